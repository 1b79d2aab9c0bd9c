//! The journal: one JSON line per exchange, so that what was said can be held against the API contracts.
//!
//! Secrets do not get in: form posts are left out, and in JSON a secret's value is a placeholder of the same type.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::Value;

use super::conductorone::catalog;
use super::faults::{FaultKind, Service};

/// Replacement for a secret.
const PLACEHOLDER: &str = "(secret)";

/// One exchange. `request_body` and `response_body` are null where there was no JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Exchange {
    pub(crate) service: Service,
    pub(crate) method: String,
    pub(crate) path: String,
    /// As sent, without the question mark; empty when there was none.
    pub(crate) query: String,
    /// `User-Agent` of the client, or empty. The sandbox's own syncs send `c1-sandbox/VERSION`.
    pub(crate) user_agent: String,
    /// 0 when the connection was dropped before anything was done.
    pub(crate) status: u16,
    pub(crate) request_body: Value,
    pub(crate) response_body: Value,
    /// The fault that struck the exchange, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<FaultKind>,
}

/// Writer of exchanges. Writes nowhere by default. Clones write to the same file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal(Option<Arc<Mutex<File>>>);

impl Journal {
    /// Appends to `path`, which is created when missing.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Some(Arc::new(Mutex::new(file)))))
    }

    /// Returns whether exchanges are written.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Writes one line in one piece, so that a reader that follows the file sees whole lines.
    pub(crate) fn write(&self, mut exchange: Exchange) -> io::Result<()> {
        let Some(file) = &self.0 else { return Ok(()) };
        redact(&mut exchange.request_body);
        redact(&mut exchange.response_body);
        let mut line = serde_json::to_vec(&exchange)?;
        line.push(b'\n');
        file.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }
}

/// Replaces the values of secrets: those of the connectors' configurations, and tokens that were issued.
fn redact(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                if matches!(name.as_str(), "access_token" | "api_token") && field.is_string() {
                    *field = PLACEHOLDER.into();
                } else if catalog::is_secret_key(name) {
                    hide_texts(field);
                } else {
                    redact(field);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}

/// Replaces every text below a secret's key, whatever shape a client gave it. Empty ones stay: they delete a secret.
fn hide_texts(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_empty() => *value = PLACEHOLDER.into(),
        Value::Object(fields) => fields.values_mut().for_each(hide_texts),
        Value::Array(items) => items.iter_mut().for_each(hide_texts),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_replaced_and_the_rest_is_kept() {
        let mut body = json!({"config": {"configuration": {
            "okta_api_key": {"stringValue": "00abc"}, "okta_domain": {"stringValue": "acme.okta.com"},
            "okta_v2_api_token": "bare"}}, "list": [{"access_token": "t"}]});
        redact(&mut body);
        assert_eq!(
            body,
            json!({"config": {"configuration": {
            "okta_api_key": {"stringValue": "(secret)"}, "okta_domain": {"stringValue": "acme.okta.com"},
            "okta_v2_api_token": "(secret)"}}, "list": [{"access_token": "(secret)"}]})
        );
    }
}
