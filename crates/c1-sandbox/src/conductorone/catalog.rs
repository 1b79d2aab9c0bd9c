//! The Okta entries of ConductorOne's connector catalog.
//!
//! Source: the public source of ConductorOne's own Terraform provider, version 1.5.0, one file per integration.

/// An entry of the catalog.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: &'static str,
    /// Default of a connector's display name.
    pub(crate) display_name: &'static str,
    /// The key of the Okta domain.
    pub(crate) domain: &'static str,
    /// The key of the API token; the only secret of each entry.
    pub(crate) api_token: &'static str,
    /// Keys whose values are `true` and `false`, each with its name in the test interface.
    pub(crate) flags: &'static [(&'static str, &'static str)],
    /// Keys with other values.
    pub(crate) texts: &'static [&'static str],
}

/// The first Okta entry. ConductorOne's documentation calls it no longer available for new installations.
pub(crate) const FIRST_OKTA: &str = "23w9L3qudsiSZQJ8jUP1KYyQqVW";

/// Key of the selected group of fields, for entries with several. Every entry accepts it.
const FIELD_GROUP: &str = "C1_selected_field_group_name";

const ENTRIES: &[Entry] = &[
    Entry {
        id: FIRST_OKTA,
        display_name: "Okta",
        domain: "okta_domain",
        api_token: "okta_api_key",
        flags: &[
            ("okta_dont_sync_inactive_apps", "skip_inactive_apps"),
            ("okta_extract_aws_saml_roles", "extract_aws_saml_roles"),
            ("okta_sync_deprovisioned_users", "sync_deprovisioned_users"),
        ],
        texts: &[],
    },
    Entry {
        id: "2kG3aTftCcAvWtHZt2Ywry0dPn7",
        display_name: "Okta v2",
        domain: "okta_v2_domain",
        api_token: "okta_v2_api_token",
        flags: &[
            ("okta_sync_custom_roles", "sync_custom_roles"),
            ("okta_skip_secondary_emails", "skip_secondary_emails"),
            ("okta_sync_secrets", "sync_secrets"),
        ],
        texts: &[],
    },
    Entry {
        id: "2hhAMtlHune8HuTHdeg1W4SP1aF",
        display_name: "Okta CIAM",
        domain: "okta_ciam_domain",
        api_token: "okta_ciam_api_token",
        flags: &[],
        texts: &["okta_ciam_email_domains"],
    },
    Entry {
        id: "2nGJJx3InU97armF8CBWKzqHnLE",
        display_name: "Okta AWS Federation",
        domain: "okta_aws_federation_domain",
        api_token: "okta_aws_federation_api_token",
        flags: &[(
            "okta_aws_federation_allow_group_to_direct_conversion_for_provisioning",
            "allow_group_to_direct_conversion_for_provisioning",
        )],
        texts: &["okta_aws_federation_aws_okta_app_id"],
    },
];

/// Returns the entry with this ID.
pub(crate) fn entry(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.id == id)
}

/// Returns whether the value of this key is a secret, in any entry.
pub(crate) fn is_secret_key(key: &str) -> bool {
    ENTRIES.iter().any(|entry| entry.api_token == key)
}

/// Returns whether the value of this key is an Okta domain, in any entry.
pub(crate) fn is_domain_key(key: &str) -> bool {
    ENTRIES.iter().any(|entry| entry.domain == key)
}

/// Returns whether this is a flag's name in the test interface, in any entry.
pub(crate) fn is_flag_name(name: &str) -> bool {
    ENTRIES.iter().any(|entry| entry.flag(name).is_some())
}

impl Entry {
    /// Returns the key of a flag by its name in the test interface.
    pub(crate) fn flag(&self, name: &str) -> Option<&'static str> {
        self.flags.iter().find(|(_, known)| *known == name).map(|(key, _)| *key)
    }

    /// Returns an error message if this key cannot have this value.
    pub(crate) fn problem(&self, key: &str, value: &str) -> Option<String> {
        if self.flags.iter().any(|(flag, _)| *flag == key) {
            return (!matches!(value, "true" | "false" | "")).then(|| format!("{key}: must be `true` or `false`"));
        }
        let known = key == self.domain || key == self.api_token || key == FIELD_GROUP || self.texts.contains(&key);
        (!known).then(|| format!("{key}: unknown field of {}", self.display_name))
    }
}
