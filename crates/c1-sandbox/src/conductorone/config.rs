//! A connector's configuration: a protobuf `Any` in messages, a map in the tenant.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::catalog::{self, Entry};
use super::error::Rejection;
use crate::behaviour::{C1Behaviour, ConfigUpdate, DomainOnRead, SecretOnRead};

/// The only message type that the Okta entries accept. Source: requests of ConductorOne's own Terraform provider.
const ENVELOPE: &str = "type.googleapis.com/c1.api.app.v1.EnvConfig";

/// Keys and values, including the secret.
pub(crate) type Config = BTreeMap<String, String>;

/// Parses the `config` of a create or update of a connector with the configuration `before`. Null removes the
/// configuration, an empty value its key.
pub(crate) fn parse(
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

/// Returns whether a configuration enables the flag with this name in the test interface.
pub(crate) fn is_on(config: &Config, entry: &Entry, flag: &str) -> bool {
    entry.flag(flag).and_then(|key| config.get(key)).is_some_and(|value| value == "true")
}

/// Returns the configuration as clients read it. Public sources only show that it never contains the secret itself.
pub(crate) fn view(config: Option<&Config>, behaviour: C1Behaviour) -> Value {
    let Some(config) = config else { return Value::Null };
    let shown = |key: &str, text: &str| match behaviour.secret_on_read {
        _ if catalog::is_domain_key(key) => match behaviour.domain_on_read {
            DomainOnRead::Kept => Some(text.to_owned()),
            DomainOnRead::Normalised => Some(normalized(text)),
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

/// Returns a domain in lower case, without `https://` and trailing slashes.
fn normalized(domain: &str) -> String {
    let domain = domain.to_ascii_lowercase();
    domain.strip_prefix("https://").unwrap_or(&domain).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(entry: &Entry, value: &Value) -> Result<Option<Config>, Rejection> {
        super::parse(entry, value, None, ConfigUpdate::Replace)
    }

    fn okta() -> &'static Entry {
        catalog::entry("23w9L3qudsiSZQJ8jUP1KYyQqVW").unwrap()
    }

    #[test]
    fn the_secret_is_stored_but_not_returned() {
        let body = json!({"@type": ENVELOPE, "configuration": {
            "okta_domain": {"stringValue": "acme.okta.com"}, "okta_api_key": {"stringValue": "00key"}}});
        let config = parse(okta(), &body).unwrap().unwrap();
        assert_eq!(config["okta_api_key"], "00key");
        assert_eq!(
            view(Some(&config), C1Behaviour::default()),
            json!({"@type": ENVELOPE, "configuration": {"okta_domain": {"stringValue": "acme.okta.com"}}})
        );
    }

    #[test]
    fn other_message_types_and_unknown_fields_are_rejected() {
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
            assert!(parse(okta(), &body).is_err(), "{body}");
        }
    }

    #[test]
    fn an_empty_value_removes_its_key() {
        let body = json!({"@type": ENVELOPE, "configuration": {"okta_api_key": {"stringValue": ""}}});
        assert_eq!(parse(okta(), &body), Ok(Some(Config::new())));
        assert_eq!(parse(okta(), &Value::Null), Ok(None));
    }

    #[test]
    fn normalization_keeps_the_host_and_the_scheme_http() {
        for (domain, expected) in [
            ("https://Acme.okta.com/", "acme.okta.com"),
            ("acme.okta.com", "acme.okta.com"),
            ("http://127.0.0.1:80/", "http://127.0.0.1:80"),
        ] {
            assert_eq!(normalized(domain), expected);
        }
    }
}
