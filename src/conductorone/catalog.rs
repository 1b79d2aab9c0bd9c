//! ConductorOne's connector catalog, as far as this client knows it: the Okta connector and its settings.
//!
//! The catalog ID and the keys are not documented; they are those that ConductorOne's own Terraform provider
//! (1.5.0) sends. They live here and nowhere else.

use secrecy::SecretString;

use super::model::{ConfigInput, ConnectorConfig, EmptySecret};

/// Okta connector, first version.
pub const OKTA_CATALOG_ID: &str = "23w9L3qudsiSZQJ8jUP1KYyQqVW";

/// Display name that ConductorOne's own tools give an Okta connector.
pub const OKTA_DISPLAY_NAME: &str = "Okta";

const DOMAIN: &str = "okta_domain";
const API_KEY: &str = "okta_api_key";
const SKIP_INACTIVE_APPS: &str = "okta_dont_sync_inactive_apps";
const EXTRACT_AWS_SAML_ROLES: &str = "okta_extract_aws_saml_roles";
const SYNC_DEPROVISIONED_USERS: &str = "okta_sync_deprovisioned_users";

/// Keys whose values are secrets: what a service sends for them is noted, never kept.
const SECRET_KEYS: [&str; 1] = [API_KEY];

/// Whether the value of `key` is a secret.
pub(super) fn is_secret(key: &str) -> bool {
    SECRET_KEYS.contains(&key)
}

/// Everything the Okta connector is told. Always sent whole: whether the service keeps or drops a key that is left
/// out is not documented.
#[derive(Clone, Debug)]
pub struct OktaConfig {
    /// Host of the org, `acme.okta.com`.
    pub domain: String,
    /// API token of the org.
    pub api_token: SecretString,
    /// Leave out apps that Okta lists as inactive.
    pub skip_inactive_apps: bool,
    /// Read SAML roles of AWS apps.
    pub extract_aws_saml_roles: bool,
    /// Include users that Okta lists as deprovisioned.
    pub sync_deprovisioned_users: bool,
}

impl OktaConfig {
    /// The same as the service takes it.
    ///
    /// # Errors
    /// [`EmptySecret`] when the token is empty, which would make the service delete the one it has.
    pub fn to_input(&self) -> Result<ConfigInput, EmptySecret> {
        let flag = |value: bool| if value { "true" } else { "false" };
        ConfigInput::default()
            .with(DOMAIN, &self.domain)
            .with(SKIP_INACTIVE_APPS, flag(self.skip_inactive_apps))
            .with(EXTRACT_AWS_SAML_ROLES, flag(self.extract_aws_saml_roles))
            .with(SYNC_DEPROVISIONED_USERS, flag(self.sync_deprovisioned_users))
            .with_secret(API_KEY, self.api_token.clone())
    }
}

/// What the service says about an Okta connector's settings. `None` where it says nothing readable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OktaSettings {
    /// Host of the org, as stored.
    pub domain: Option<String>,
    /// See [`OktaConfig::skip_inactive_apps`].
    pub skip_inactive_apps: Option<bool>,
    /// See [`OktaConfig::extract_aws_saml_roles`].
    pub extract_aws_saml_roles: Option<bool>,
    /// See [`OktaConfig::sync_deprovisioned_users`].
    pub sync_deprovisioned_users: Option<bool>,
}

impl From<&ConnectorConfig> for OktaSettings {
    fn from(config: &ConnectorConfig) -> Self {
        let text = |key| config.get(key).filter(|value| !value.is_empty());
        let flag = |key| match text(key) {
            Some(value) if value.eq_ignore_ascii_case("true") => Some(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        Self {
            domain: text(DOMAIN).map(str::to_owned),
            skip_inactive_apps: flag(SKIP_INACTIVE_APPS),
            extract_aws_saml_roles: flag(EXTRACT_AWS_SAML_ROLES),
            sync_deprovisioned_users: flag(SYNC_DEPROVISIONED_USERS),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::model::WireConfig;
    use super::*;

    fn config(api_token: &str) -> OktaConfig {
        OktaConfig {
            domain: "acme.okta.com".to_owned(),
            api_token: SecretString::from(api_token),
            skip_inactive_apps: true,
            extract_aws_saml_roles: false,
            sync_deprovisioned_users: false,
        }
    }

    #[test]
    fn an_okta_connector_is_always_told_everything() {
        assert_eq!(
            serde_json::to_value(WireConfig(&config("00canary-token").to_input().unwrap())).unwrap()["configuration"],
            json!({"okta_domain": {"stringValue": "acme.okta.com"}, "okta_api_key": {"stringValue": "00canary-token"},
                "okta_dont_sync_inactive_apps": {"stringValue": "true"},
                "okta_extract_aws_saml_roles": {"stringValue": "false"},
                "okta_sync_deprovisioned_users": {"stringValue": "false"}})
        );
        assert_eq!(config("").to_input().map(|_| ()), Err(EmptySecret));
        assert!(!format!("{:?}", config("00canary-token")).contains("canary"));
    }

    #[test]
    fn an_okta_connectors_settings_are_read_where_readable() {
        let read = |configuration| {
            let config: ConnectorConfig = serde_json::from_value(json!({"configuration": configuration})).unwrap();
            OktaSettings::from(&config)
        };
        assert_eq!(read(json!({})), OktaSettings::default());
        assert_eq!(
            read(json!({DOMAIN: {"stringValue": ""}, SKIP_INACTIVE_APPS: {"stringValue": "maybe"}})),
            OktaSettings::default()
        );
        assert_eq!(
            read(json!({DOMAIN: {"stringValue": "acme.okta.com"}, SKIP_INACTIVE_APPS: {"stringValue": "TRUE"},
                EXTRACT_AWS_SAML_ROLES: {"stringValue": "false"}})),
            OktaSettings {
                domain: Some("acme.okta.com".to_owned()),
                skip_inactive_apps: Some(true),
                extract_aws_saml_roles: Some(false),
                sync_deprovisioned_users: None,
            }
        );
    }
}
