//! A connector's configuration: protobuf's `Any` on the wire, a plain map inside.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::catalog::{self, Entry};
use super::error::Rejection;
use crate::behaviour::{C1Behaviour, ConfigUpdate, DomainOnRead, SecretOnRead};

/// The only message that the Okta entries take. Source: requests of ConductorOne's own Terraform provider.
const ENVELOPE: &str = "type.googleapis.com/c1.api.app.v1.EnvConfig";

/// Key to text, the secret included.
pub(crate) type Config = BTreeMap<String, String>;

/// Reads `config` of a create or update of a connector that has `before`; null means that it then has none. An empty
/// text removes its key.
pub(crate) fn read(
    entry: &Entry,
    value: &Value,
    before: Option<&Config>,
    update: ConfigUpdate,
) -> Result<Option<Config>, Rejection> {
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
    let mut config = match update {
        ConfigUpdate::Replace => Config::new(),
        ConfigUpdate::Merge => before.cloned().unwrap_or_default(),
    };
    for (key, value) in fields {
        let text = value.as_object().filter(|value| value.len() == 1).and_then(|value| value.get("stringValue"));
        let Some(Value::String(text)) = text else {
            return Err(Rejection::invalid(format!("config.configuration.{key}: must be {{\"stringValue\": text}}")));
        };
        if let Some(problem) = entry.problem(key, text) {
            return Err(Rejection::invalid(format!("config.configuration.{problem}")));
        }
        if text.is_empty() {
            config.remove(key);
        } else {
            config.insert(key.clone(), text.clone());
        }
    }
    Ok(Some(config))
}

/// The configuration as it is read back. Public sources only show that a secret itself never is.
pub(crate) fn view(config: Option<&Config>, behaviour: C1Behaviour) -> Value {
    let Some(config) = config else { return Value::Null };
    let shown = |key: &str, text: &str| match behaviour.secret_on_read {
        _ if catalog::is_domain_key(key) => match behaviour.domain_on_read {
            DomainOnRead::Kept => Some(text.to_owned()),
            DomainOnRead::Normalised => Some(normalised(text)),
        },
        _ if !catalog::is_secret_key(key) => Some(text.to_owned()),
        SecretOnRead::Omit => None,
        SecretOnRead::Empty => Some(String::new()),
        SecretOnRead::Masked => Some("********".to_owned()),
    };
    let fields: Map<String, Value> = config
        .iter()
        .filter_map(|(key, text)| Some((key.clone(), json!({"stringValue": shown(key, text)?}))))
        .collect();
    json!({"@type": ENVELOPE, "configuration": fields})
}

fn normalised(domain: &str) -> String {
    let domain = domain.to_ascii_lowercase();
    domain.strip_prefix("https://").unwrap_or(&domain).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(entry: &Entry, value: &Value) -> Result<Option<Config>, Rejection> {
        super::read(entry, value, None, ConfigUpdate::Replace)
    }

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
            view(Some(&config), C1Behaviour::default()),
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
    #[test]
    fn a_domain_that_is_normalised_is_still_reached() {
        for (domain, expected) in [
            ("https://Acme.okta.com/", "acme.okta.com"),
            ("acme.okta.com", "acme.okta.com"),
            ("http://127.0.0.1:80/", "http://127.0.0.1:80"),
        ] {
            assert_eq!(normalised(domain), expected);
        }
    }
}
