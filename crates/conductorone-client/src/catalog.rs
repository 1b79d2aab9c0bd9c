//! ConductorOne's connector catalog, as far as this client knows it: the entries for Okta and their settings, one table.
//!
//! The catalog IDs and the keys are not documented; they are those that ConductorOne's own Terraform provider
//! (1.5.0) sends. They live here and nowhere else.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;

use super::model::{ConfigInput, ConnectorConfig, EmptySecret};

/// A kind of connector for Okta.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entry {
    /// The first version. ConductorOne's documentation calls it no longer available for new installations.
    Okta,
    /// Its successor.
    OktaV2,
}

/// A setting that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Leave out apps that Okta lists as inactive.
    SkipInactiveApps,
    /// Include users that Okta lists as deprovisioned.
    SyncDeprovisionedUsers,
    /// Read SAML roles of AWS apps.
    ExtractAwsSamlRoles,
    /// Include admin roles that the org made itself.
    SyncCustomRoles,
    /// Leave out users' second e-mail addresses.
    SkipSecondaryEmails,
    /// Include API tokens, as things that somebody holds.
    SyncSecrets,
}

/// What there is to know of one entry.
struct Row {
    entry: Entry,
    /// In configurations.
    name: &'static str,
    catalog_id: &'static str,
    /// What ConductorOne's own tools call a connector of the entry.
    display_name: &'static str,
    /// Key of the org's host.
    domain: &'static str,
    /// Key of the org's API token, a secret.
    api_token: &'static str,
    /// Keys of flags, whose values are the texts `true` and `false`.
    flags: &'static [(Flag, &'static str)],
}

static TABLE: [Row; 2] = [
    Row {
        entry: Entry::Okta,
        name: "okta",
        catalog_id: "23w9L3qudsiSZQJ8jUP1KYyQqVW",
        display_name: "Okta",
        domain: "okta_domain",
        api_token: "okta_api_key",
        flags: &[
            (Flag::SkipInactiveApps, "okta_dont_sync_inactive_apps"),
            (Flag::SyncDeprovisionedUsers, "okta_sync_deprovisioned_users"),
            (Flag::ExtractAwsSamlRoles, "okta_extract_aws_saml_roles"),
        ],
    },
    Row {
        entry: Entry::OktaV2,
        name: "okta_v2",
        catalog_id: "2kG3aTftCcAvWtHZt2Ywry0dPn7",
        display_name: "Okta v2",
        domain: "okta_v2_domain",
        api_token: "okta_v2_api_token",
        flags: &[
            (Flag::SyncCustomRoles, "okta_sync_custom_roles"),
            (Flag::SkipSecondaryEmails, "okta_skip_secondary_emails"),
            (Flag::SyncSecrets, "okta_sync_secrets"),
        ],
    },
];

/// Whether the value of `key` is a secret: what a service sends for it is noted, never kept.
pub(super) fn is_secret(key: &str) -> bool {
    TABLE.iter().any(|row| row.api_token == key)
}

/// A text that names no [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such connector; there are {}", Entry::ALL.map(Entry::name).join(" and "))]
pub struct UnknownEntry;

impl Entry {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Okta, Self::OktaV2];

    fn row(self) -> &'static Row {
        let [okta, okta_v2] = &TABLE;
        match self {
            Self::Okta => okta,
            Self::OktaV2 => okta_v2,
        }
    }

    /// The entry with this ID in the catalog.
    pub fn from_catalog_id(id: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.catalog_id == id).map(|row| row.entry)
    }

    /// Its name in configurations: `okta` or `okta_v2`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Its ID in the catalog.
    pub fn catalog_id(self) -> &'static str {
        self.row().catalog_id
    }

    /// What ConductorOne's own tools call a connector of this entry.
    pub fn display_name(self) -> &'static str {
        self.row().display_name
    }

    /// The flags it has.
    pub fn flags(self) -> impl Iterator<Item = Flag> {
        self.row().flags.iter().map(|(flag, _)| *flag)
    }

    /// Whether it has this flag.
    pub fn has(self, flag: Flag) -> bool {
        self.flags().any(|known| known == flag)
    }

    /// What the service says about the settings of a connector of this entry.
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

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// By its name in configurations.
impl FromStr for Entry {
    type Err = UnknownEntry;

    fn from_str(text: &str) -> Result<Self, UnknownEntry> {
        Self::ALL.into_iter().find(|entry| entry.name() == text).ok_or(UnknownEntry)
    }
}

impl Flag {
    /// Its name in configurations.
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

/// Everything a connector is told. Always sent whole: whether the service keeps or drops a key that is left out is not
/// documented.
#[derive(Clone, Debug)]
pub struct EntryConfig {
    /// Which kind of connector.
    pub entry: Entry,
    /// Host of the org, `acme.okta.com`.
    pub domain: String,
    /// API token of the org.
    pub api_token: SecretString,
    /// Flags; one that is left out is off.
    pub flags: BTreeMap<Flag, bool>,
}

/// Why an [`EntryConfig`] cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfig {
    /// The token is empty, which would make the service delete the one it has.
    #[error(transparent)]
    EmptySecret(#[from] EmptySecret),
    /// A flag that is on, and that this kind of connector does not have.
    #[error("the connector {entry} has no setting {flag}")]
    NoSuchFlag {
        /// The kind of connector.
        entry: Entry,
        /// The flag.
        flag: Flag,
    },
}

impl EntryConfig {
    /// The same as the service takes it.
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

/// What the service says about a connector's settings, where it says something readable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntrySettings {
    /// Host of the org, as stored.
    pub domain: Option<String>,
    /// The flags that are told.
    pub flags: BTreeMap<Flag, bool>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::model::WireConfig;
    use super::*;

    fn config(entry: Entry, api_token: &str, flags: &[Flag]) -> EntryConfig {
        EntryConfig {
            entry,
            domain: "acme.okta.com".to_owned(),
            api_token: SecretString::from(api_token),
            flags: flags.iter().map(|flag| (*flag, true)).collect(),
        }
    }

    fn read(entry: Entry, configuration: Value) -> EntrySettings {
        let config: ConnectorConfig = serde_json::from_value(json!({"configuration": configuration})).unwrap();
        entry.settings(&config)
    }

    #[test]
    fn every_row_stands_where_its_entry_looks_for_it() {
        for entry in Entry::ALL {
            assert_eq!(entry.row().entry, entry);
            assert_eq!(Entry::from_catalog_id(entry.catalog_id()), Some(entry));
            assert_eq!(entry.name().parse(), Ok(entry));
        }
        assert_eq!(Entry::from_catalog_id(""), None);
        assert_eq!("Okta".parse::<Entry>().unwrap_err().to_string(), "no such connector; there are okta and okta_v2");
    }

    #[test]
    fn a_connector_is_always_told_everything_under_its_own_keys() {
        let text = |text: &str| json!({"stringValue": text});
        for (entry, flag, expected) in [
            (
                Entry::Okta,
                Flag::SkipInactiveApps,
                json!({"okta_domain": text("acme.okta.com"), "okta_api_key": text("00canary-token"),
                    "okta_dont_sync_inactive_apps": text("true"), "okta_extract_aws_saml_roles": text("false"),
                    "okta_sync_deprovisioned_users": text("false")}),
            ),
            (
                Entry::OktaV2,
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
    fn what_no_connector_can_be_told_is_refused() {
        let refused = |config: EntryConfig| config.to_input().map(|_| ()).unwrap_err();
        assert_eq!(refused(config(Entry::OktaV2, "", &[])), InvalidConfig::EmptySecret(EmptySecret));
        let foreign = refused(config(Entry::OktaV2, "00t", &[Flag::SkipInactiveApps]));
        assert_eq!(foreign.to_string(), "the connector okta_v2 has no setting skip_inactive_apps");
        // Switched off, a setting that is not there is as good as one that is.
        let mut off = config(Entry::Okta, "00t", &[]);
        off.flags.insert(Flag::SyncSecrets, false);
        assert!(off.to_input().is_ok());
    }

    #[test]
    fn settings_are_read_where_readable_and_of_the_entry_only() {
        let text = |text: &str| json!({"stringValue": text});
        let nothing = EntrySettings::default();
        assert_eq!(read(Entry::Okta, json!({})), nothing);
        assert_eq!(
            read(Entry::Okta, json!({"okta_domain": text(""), "okta_dont_sync_inactive_apps": text("maybe")})),
            nothing
        );
        let both = json!({"okta_domain": text("acme.okta.com"), "okta_v2_domain": text("other.okta.com"),
            "okta_dont_sync_inactive_apps": text("TRUE"), "okta_extract_aws_saml_roles": text("false"),
            "okta_sync_secrets": text("true")});
        let domain = |text: &str| Some(text.to_owned());
        let flags = BTreeMap::from([(Flag::SkipInactiveApps, true), (Flag::ExtractAwsSamlRoles, false)]);
        assert_eq!(read(Entry::Okta, both.clone()), EntrySettings { domain: domain("acme.okta.com"), flags });
        let flags = BTreeMap::from([(Flag::SyncSecrets, true)]);
        assert_eq!(read(Entry::OktaV2, both), EntrySettings { domain: domain("other.okta.com"), flags });
    }

    #[test]
    fn both_tokens_are_secret() {
        assert!(is_secret("okta_api_key") && is_secret("okta_v2_api_token") && !is_secret("okta_domain"));
    }
}
