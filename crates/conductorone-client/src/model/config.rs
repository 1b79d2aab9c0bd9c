//! Settings of a connector, in responses and requests.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::secret_keys;

/// Type of the settings message. Source: the requests of ConductorOne's own Terraform provider (1.5.0).
const ENV_CONFIG: &str = "type.googleapis.com/c1.api.app.v1.EnvConfig";

/// The settings that the service returns.
///
/// Values of secret keys are dropped. Whether the service returns the secret, a placeholder or nothing is not
/// documented. `Debug` shows keys only, because the secrets of unknown keys are not known either.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ConnectorConfig {
    type_url: Option<String>,
    values: BTreeMap<String, String>,
}

impl ConnectorConfig {
    /// Returns the text of a key that is not secret.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// Returns the type of the settings message.
    pub fn type_url(&self) -> Option<&str> {
        self.type_url.as_deref()
    }

    /// Returns whether the message has another type, whose content is unknown.
    pub fn has_unknown_type(&self) -> bool {
        self.type_url.as_deref().is_some_and(|type_url| type_url != ENV_CONFIG)
    }

    fn read(mut message: Map<String, Value>) -> Self {
        let type_url = message.remove("@type").and_then(|v| v.as_str().map(str::to_owned)).filter(|t| !t.is_empty());
        let mut config = Self { type_url, ..Self::default() };
        if config.has_unknown_type() {
            return config;
        }
        let Some(Value::Object(entries)) = message.remove("configuration") else { return config };
        for (key, entry) in entries {
            // Until July 2025, the service returned the text without a wrapper.
            let text = match entry {
                Value::String(text) => Some(text),
                Value::Object(mut wrapper) => match wrapper.remove("stringValue") {
                    Some(Value::String(text)) => Some(text),
                    _ => None,
                },
                _ => None,
            };
            if let Some(text) = text.filter(|_| !secret_keys::is_secret(&key)) {
                config.values.insert(key, text);
            }
        }
        config
    }
}

impl fmt::Debug for ConnectorConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectorConfig").field("type_url", &self.type_url).field("keys", &self.values.keys()).finish()
    }
}

impl<'de> Deserialize<'de> for ConnectorConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self::read)
    }
}

/// The settings to send. Contains no empty secret, which would delete the secret of the connector.
#[derive(Clone, Debug, Default)]
pub struct ConfigInput {
    values: BTreeMap<String, String>,
    secrets: BTreeMap<String, SecretString>,
}

/// Error for a secret without content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret for a connector is empty")]
pub struct EmptySecret;

impl ConfigInput {
    /// Sets a value that is not secret. Ignores values of secret keys; see [`ConfigInput::with_secret`].
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        if !secret_keys::is_secret(key) {
            self.values.insert(key.to_owned(), value.to_owned());
        }
        self
    }

    /// Sets a secret.
    ///
    /// # Errors
    /// [`EmptySecret`].
    pub fn with_secret(mut self, key: &str, value: SecretString) -> Result<Self, EmptySecret> {
        if value.expose_secret().trim().is_empty() {
            return Err(EmptySecret);
        }
        self.secrets.insert(key.to_owned(), value);
        Ok(self)
    }

    pub(crate) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.secrets.values()
    }
}

/// Serializes settings with their secrets. Only for request bodies.
pub(crate) struct WireConfig<'a>(pub(crate) &'a ConfigInput);

impl Serialize for WireConfig<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wrapper<'a> {
            string_value: &'a str,
        }
        let plain = self.0.values.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let secret = self.0.secrets.iter().map(|(key, value)| (key.as_str(), value.expose_secret()));
        let entries: BTreeMap<_, _> =
            plain.chain(secret).map(|(key, string_value)| (key, Wrapper { string_value })).collect();
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("@type", ENV_CONFIG)?;
        map.serialize_entry("configuration", &entries)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> ConnectorConfig {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn settings_of_all_shapes_are_accepted_without_their_secrets() {
        let config = read(json!({"@type": ENV_CONFIG, "configuration": {
            "okta_domain": {"stringValue": "acme.okta.com"}, "okta_api_key": {"stringValue": "canary-secret"},
            "bare": "text", "null": null, "absent": {}, "unset": {"stringValue": null}, "number": 7,
            "list": {"stringListValue": {"values": []}}}}));
        assert_eq!(config.get("okta_domain"), Some("acme.okta.com"));
        assert_eq!(config.get("okta_api_key"), None);
        assert_eq!(Vec::from_iter(config.values.keys()), ["bare", "okta_domain"]);
        let shown = format!("{config:?}");
        assert!(!shown.contains("canary") && !shown.contains("acme"), "{shown}");

        for empty in [
            json!({}),
            json!({"@type": ENV_CONFIG}),
            json!({"@type": null, "configuration": null}),
            json!({"configuration": []}),
        ] {
            let config = read(empty.clone());
            assert!(config.values.is_empty() && !config.has_unknown_type(), "{empty}");
        }
        let unknown =
            read(json!({"@type": "type.googleapis.com/x.Y", "configuration": {"okta_domain": {"stringValue": "a"}}}));
        assert!(unknown.has_unknown_type() && unknown.values.is_empty());
        assert_eq!(unknown.type_url(), Some("type.googleapis.com/x.Y"));
    }

    #[test]
    fn settings_are_sent_in_their_envelope_and_never_with_an_empty_secret() {
        let secret = SecretString::from("canary-secret");
        let input = ConfigInput::default()
            .with("okta_domain", "acme.okta.com")
            .with("okta_api_key", "")
            .with_secret("okta_api_key", secret);
        let input = input.unwrap();
        assert!(!format!("{input:?}").contains("canary"));
        assert_eq!(
            serde_json::to_value(WireConfig(&input)).unwrap(),
            json!({"@type": "type.googleapis.com/c1.api.app.v1.EnvConfig", "configuration": {
                "okta_domain": {"stringValue": "acme.okta.com"}, "okta_api_key": {"stringValue": "canary-secret"}}})
        );
        for empty in ["", " ", "\n"] {
            assert_eq!(
                ConfigInput::default().with_secret("k", SecretString::from(empty)).map(|_| ()),
                Err(EmptySecret)
            );
        }
        let input = ConfigInput::default().with("okta_api_key", "");
        assert_eq!(serde_json::to_value(WireConfig(&input)).unwrap()["configuration"], json!({}));
    }
}
