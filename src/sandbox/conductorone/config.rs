//! A connector's configuration: protobuf's `Any` on the wire, a plain map inside.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::catalog::{self, Entry};
use super::error::Rejection;

/// The only message that the Okta entries take. Source: requests of ConductorOne's own Terraform provider.
const ENVELOPE: &str = "type.googleapis.com/c1.api.app.v1.EnvConfig";

/// Key to text, the secret included.
pub(crate) type Config = BTreeMap<String, String>;

/// Reads `config` of a create or update; null means that the connector has none.
///
/// A key that is absent here is absent afterwards, the secret too: public sources do not say whether ConductorOne
/// replaces or merges, and replacing is what shows a client that relies on a merge. An empty text removes its key.
pub(crate) fn read(entry: &Entry, value: &Value) -> Result<Option<Config>, Rejection> {
    let Value::Object(any) = value else {
        return if value.is_null() { Ok(None) } else { Err(Rejection::invalid("config: must be an object")) };
    };
    if any.get("@type").and_then(Value::as_str) != Some(ENVELOPE) {
        return Err(Rejection::invalid(format!("config: `@type` must be `{ENVELOPE}`")));
    }
    let empty = Map::new();
    let fields = match any.get("configuration") {
        Some(Value::Object(fields)) => fields,
        None | Some(Value::Null) => &empty,
        Some(_) => return Err(Rejection::invalid("config.configuration: must be an object")),
    };
    let mut config = Config::new();
    for (key, value) in fields {
        let text = value.as_object().filter(|value| value.len() == 1).and_then(|value| value.get("stringValue"));
        let Some(Value::String(text)) = text else {
            return Err(Rejection::invalid(format!("config.configuration.{key}: must be {{\"stringValue\": text}}")));
        };
        if let Some(problem) = entry.problem(key, text) {
            return Err(Rejection::invalid(format!("config.configuration.{problem}")));
        }
        if !text.is_empty() {
            config.insert(key.clone(), text.clone());
        }
    }
    Ok(Some(config))
}

/// The configuration as it is read back: without the secret's key. Public sources only show that the secret itself
/// never comes back; leaving the key out is the sandbox's choice.
pub(crate) fn view(config: Option<&Config>) -> Value {
    let Some(config) = config else { return Value::Null };
    let fields: Map<String, Value> = config
        .iter()
        .filter(|(key, _)| !catalog::is_secret_key(key))
        .map(|(key, text)| (key.clone(), json!({"stringValue": text})))
        .collect();
    json!({"@type": ENVELOPE, "configuration": fields})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn okta() -> &'static Entry {
        catalog::entry("23w9L3qudsiSZQJ8jUP1KYyQqVW").unwrap()
    }

    #[test]
    fn the_secret_is_kept_and_never_shown() {
        let body = json!({"@type": ENVELOPE, "configuration": {
            "okta_domain": {"stringValue": "acme.okta.com"}, "okta_api_key": {"stringValue": "00key"}}});
        let config = read(okta(), &body).unwrap().unwrap();
        assert_eq!(config["okta_api_key"], "00key");
        assert_eq!(
            view(Some(&config)),
            json!({"@type": ENVELOPE, "configuration": {"okta_domain": {"stringValue": "acme.okta.com"}}})
        );
    }

    #[test]
    fn what_is_not_the_envelope_or_not_a_field_is_refused() {
        let key = |key: &str, value: Value| json!({"@type": ENVELOPE, "configuration": {key: value}});
        for body in [
            json!({"configuration": {}}),
            json!("okta"),
            json!({"@type": ENVELOPE, "configuration": []}),
            key("okta_domain", json!("bare")),
            key("okta_domain", json!({"stringValue": "a", "boolValue": true})),
            key("okta_sync_deprovisioned_users", json!({"stringValue": "yes"})),
            key("okta_sync_deprovisioned_users", json!({"boolValue": true})),
            key("okta_v2_domain", json!({"stringValue": "a"})),
        ] {
            assert!(read(okta(), &body).is_err(), "{body}");
        }
    }

    #[test]
    fn an_empty_text_removes_its_key() {
        let body = json!({"@type": ENVELOPE, "configuration": {"okta_api_key": {"stringValue": ""}}});
        assert_eq!(read(okta(), &body), Ok(Some(Config::new())));
        assert_eq!(read(okta(), &Value::Null), Ok(None));
    }
}
