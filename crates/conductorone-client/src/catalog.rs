//! The entries for Okta in ConductorOne's connector catalog, with their settings.
//!
//! The catalog IDs and the keys are not documented. Source: the requests of ConductorOne's own Terraform provider
//! (1.5.0).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;

use crate::model::{ConfigInput, ConnectorConfig, EmptySecret};
use crate::secret_keys;

/// A catalog entry: a kind of connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CatalogEntry {
    /// The first version. According to ConductorOne's documentation, it is not available for new installations.
    Okta,
    /// Its successor.
    OktaV2,
}

/// A boolean setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Omits apps that are inactive in Okta.
    SkipInactiveApps,
    /// Includes users that are deprovisioned in Okta.
    SyncDeprovisionedUsers,
    /// Reads the SAML roles of AWS apps.
    ExtractAwsSamlRoles,
    /// Includes the org's custom admin roles.
    SyncCustomRoles,
    /// Omits the secondary email addresses of users.
    SkipSecondaryEmails,
    /// Includes API tokens as resources.
    SyncSecrets,
}

/// The data of an entry.
struct Row {
    entry: CatalogEntry,
    /// The value in configurations.
    name: &'static str,
    catalog_id: &'static str,
    /// The name that ConductorOne's own tools give to a connector of the entry.
    display_name: &'static str,
    /// The key of the org's host.
    domain: &'static str,
    /// The key of the org's API token, a secret.
    api_token: &'static str,
    /// The keys of flags, whose values are the texts `true` and `false`.
    flags: &'static [(Flag, &'static str)],
}

static TABLE: [Row; 2] = [
    Row {
        entry: CatalogEntry::Okta,
        name: "okta",
        catalog_id: "23w9L3qudsiSZQJ8jUP1KYyQqVW",
        display_name: "Okta",
        domain: "okta_domain",
        api_token: secret_keys::OKTA_API_TOKEN,
        flags: &[
            (Flag::SkipInactiveApps, "okta_dont_sync_inactive_apps"),
            (Flag::SyncDeprovisionedUsers, "okta_sync_deprovisioned_users"),
            (Flag::ExtractAwsSamlRoles, "okta_extract_aws_saml_roles"),
        ],
    },
    Row {
        entry: CatalogEntry::OktaV2,
        name: "okta_v2",
        catalog_id: "2kG3aTftCcAvWtHZt2Ywry0dPn7",
        display_name: "Okta v2",
        domain: "okta_v2_domain",
        api_token: secret_keys::OKTA_V2_API_TOKEN,
        flags: &[
            (Flag::SyncCustomRoles, "okta_sync_custom_roles"),
            (Flag::SkipSecondaryEmails, "okta_skip_secondary_emails"),
            (Flag::SyncSecrets, "okta_sync_secrets"),
        ],
    },
];

/// Error for text that is not the name of an [`CatalogEntry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown connector; the connectors are {}", CatalogEntry::ALL.map(CatalogEntry::name).join(" and "))]
pub struct UnknownCatalogEntry;

impl CatalogEntry {
    pub const ALL: [Self; 2] = [Self::Okta, Self::OktaV2];

    fn row(self) -> &'static Row {
        let [okta, okta_v2] = &TABLE;
        match self {
            Self::Okta => okta,
            Self::OktaV2 => okta_v2,
        }
    }

    /// Returns the entry with this ID in the catalog.
    pub fn from_catalog_id(id: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.catalog_id == id).map(|row| row.entry)
    }

    /// Returns the name in configurations: `okta` or `okta_v2`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    pub fn catalog_id(self) -> &'static str {
        self.row().catalog_id
    }

    /// Returns the name that ConductorOne's own tools give to a connector of this entry.
    pub fn display_name(self) -> &'static str {
        self.row().display_name
    }

    /// Returns the flags that connectors of this entry have.
    pub fn flags(self) -> impl Iterator<Item = Flag> {
        self.row().flags.iter().map(|(flag, _)| *flag)
    }

    /// Returns whether connectors of this entry have this flag.
    pub fn has(self, flag: Flag) -> bool {
        self.flags().any(|known| known == flag)
    }

    /// Returns the readable settings of a connector of this entry.
    pub fn settings(self, config: &ConnectorConfig) -> EntrySettings {
        let row = self.row();
        let text = |key| config.get(key).filter(|value| !value.is_empty());
        let flag = |key| match text(key) {
            Some(value) if value.eq_ignore_ascii_case("true") => Some(true),
            Some(value) if value.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        EntrySettings {
            domain: text(row.domain).map(str::to_owned),
            flags: row.flags.iter().filter_map(|(name, key)| Some((*name, flag(key)?))).collect(),
        }
    }
}

impl fmt::Display for CatalogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Parses the name in configurations.
impl FromStr for CatalogEntry {
    type Err = UnknownCatalogEntry;

    fn from_str(text: &str) -> Result<Self, UnknownCatalogEntry> {
        Self::ALL.into_iter().find(|entry| entry.name() == text).ok_or(UnknownCatalogEntry)
    }
}

impl Flag {
    /// Returns the name in configurations.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SkipInactiveApps => "skip_inactive_apps",
            Self::SyncDeprovisionedUsers => "sync_deprovisioned_users",
            Self::ExtractAwsSamlRoles => "extract_aws_saml_roles",
            Self::SyncCustomRoles => "sync_custom_roles",
            Self::SkipSecondaryEmails => "skip_secondary_emails",
            Self::SyncSecrets => "sync_secrets",
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// All settings of a connector. Always sent completely, because the effect of an absent key is not documented.
#[derive(Clone, Debug)]
pub struct EntryConfig {
    pub entry: CatalogEntry,
    /// The host of the org, such as `acme.okta.com`.
    pub domain: String,
    pub api_token: SecretString,
    /// Absent flags are off.
    pub flags: BTreeMap<Flag, bool>,
}

/// Error for an [`EntryConfig`] that cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfig {
    /// An empty token would delete the token of the connector.
    #[error(transparent)]
    EmptySecret(#[from] EmptySecret),
    /// A flag is on that this kind of connector does not have.
    #[error("the connector {entry} has no setting {flag}")]
    NoSuchFlag { entry: CatalogEntry, flag: Flag },
}

impl EntryConfig {
    /// Converts the settings to those of a request.
    ///
    /// # Errors
    /// [`InvalidConfig`].
    pub fn to_input(&self) -> Result<ConfigInput, InvalidConfig> {
        let on = |flag: &Flag| self.flags.get(flag).copied().unwrap_or(false);
        if let Some(flag) = self.flags.keys().find(|flag| on(flag) && !self.entry.has(**flag)) {
            return Err(InvalidConfig::NoSuchFlag { entry: self.entry, flag: *flag });
        }
        let row = self.entry.row();
        let input = ConfigInput::default().with(row.domain, &self.domain);
        let input = row.flags.iter().fold(input, |input, (flag, key)| {
            let text = if on(flag) { "true" } else { "false" };
            input.with(key, text)
        });
        Ok(input.with_secret(row.api_token, self.api_token.clone())?)
    }
}

/// The readable settings of a connector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntrySettings {
    /// The host of the org, as stored.
    pub domain: Option<String>,
    /// The flags that the service returned.
    pub flags: BTreeMap<Flag, bool>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::model::WireConfig;
    use super::*;

    fn config(entry: CatalogEntry, api_token: &str, flags: &[Flag]) -> EntryConfig {
        EntryConfig {
            entry,
            domain: "acme.okta.com".to_owned(),
            api_token: SecretString::from(api_token),
            flags: flags.iter().map(|flag| (*flag, true)).collect(),
        }
    }

    fn read(entry: CatalogEntry, configuration: Value) -> EntrySettings {
        let config: ConnectorConfig = serde_json::from_value(json!({"configuration": configuration})).unwrap();
        entry.settings(&config)
    }

    #[test]
    fn each_entry_has_its_own_row() {
        for entry in CatalogEntry::ALL {
            assert_eq!(entry.row().entry, entry);
            assert_eq!(CatalogEntry::from_catalog_id(entry.catalog_id()), Some(entry));
            assert_eq!(entry.name().parse(), Ok(entry));
        }
        assert_eq!(CatalogEntry::from_catalog_id(""), None);
        assert_eq!(
            "Okta".parse::<CatalogEntry>().unwrap_err().to_string(),
            "unknown connector; the connectors are okta and okta_v2"
        );
    }

    #[test]
    fn all_settings_are_sent_with_the_keys_of_the_entry() {
        let text = |text: &str| json!({"stringValue": text});
        for (entry, flag, expected) in [
            (
                CatalogEntry::Okta,
                Flag::SkipInactiveApps,
                json!({"okta_domain": text("acme.okta.com"), "okta_api_key": text("00canary-token"),
                    "okta_dont_sync_inactive_apps": text("true"), "okta_extract_aws_saml_roles": text("false"),
                    "okta_sync_deprovisioned_users": text("false")}),
            ),
            (
                CatalogEntry::OktaV2,
                Flag::SyncSecrets,
                json!({"okta_v2_domain": text("acme.okta.com"), "okta_v2_api_token": text("00canary-token"),
                    "okta_sync_custom_roles": text("false"), "okta_skip_secondary_emails": text("false"),
                    "okta_sync_secrets": text("true")}),
            ),
        ] {
            let config = config(entry, "00canary-token", &[flag]);
            let input = config.to_input().unwrap();
            assert_eq!(serde_json::to_value(WireConfig(&input)).unwrap()["configuration"], expected);
            assert!(!format!("{config:?} {input:?}").contains("canary"));
        }
    }

    #[test]
    fn invalid_settings_are_rejected() {
        let error = |config: EntryConfig| config.to_input().map(|_| ()).unwrap_err();
        assert_eq!(error(config(CatalogEntry::OktaV2, "", &[])), InvalidConfig::EmptySecret(EmptySecret));
        let unknown_flag = error(config(CatalogEntry::OktaV2, "00t", &[Flag::SkipInactiveApps]));
        assert_eq!(unknown_flag.to_string(), "the connector okta_v2 has no setting skip_inactive_apps");
        // A flag that is off does not matter.
        let mut off = config(CatalogEntry::Okta, "00t", &[]);
        off.flags.insert(Flag::SyncSecrets, false);
        assert!(off.to_input().is_ok());
    }

    #[test]
    fn only_readable_settings_of_the_entry_are_returned() {
        let text = |text: &str| json!({"stringValue": text});
        let nothing = EntrySettings::default();
        assert_eq!(read(CatalogEntry::Okta, json!({})), nothing);
        assert_eq!(
            read(CatalogEntry::Okta, json!({"okta_domain": text(""), "okta_dont_sync_inactive_apps": text("maybe")})),
            nothing
        );
        let both = json!({"okta_domain": text("acme.okta.com"), "okta_v2_domain": text("other.okta.com"),
            "okta_dont_sync_inactive_apps": text("TRUE"), "okta_extract_aws_saml_roles": text("false"),
            "okta_sync_secrets": text("true")});
        let domain = |text: &str| Some(text.to_owned());
        let flags = BTreeMap::from([(Flag::SkipInactiveApps, true), (Flag::ExtractAwsSamlRoles, false)]);
        assert_eq!(read(CatalogEntry::Okta, both.clone()), EntrySettings { domain: domain("acme.okta.com"), flags });
        let flags = BTreeMap::from([(Flag::SyncSecrets, true)]);
        assert_eq!(read(CatalogEntry::OktaV2, both), EntrySettings { domain: domain("other.okta.com"), flags });
    }
}
