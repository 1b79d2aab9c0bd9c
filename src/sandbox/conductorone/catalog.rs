//! The connectors that a tenant can hold: the Okta entries of ConductorOne's catalog.
//!
//! Source: the public source of ConductorOne's own Terraform provider, version 1.5.0, one file per integration.

/// One entry of the catalog.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: &'static str,
    /// The display name of a connector that is created without one.
    pub(crate) display_name: &'static str,
    /// The key of the Okta domain.
    pub(crate) domain: &'static str,
    /// The key of the API token; the only secret of each entry.
    pub(crate) api_token: &'static str,
    /// Keys that hold the texts `true` and `false`.
    pub(crate) flags: &'static [&'static str],
    /// Keys that hold other text.
    pub(crate) texts: &'static [&'static str],
}

/// Key of the group of fields that was chosen where an entry offers several. Allowed with every entry.
const FIELD_GROUP: &str = "C1_selected_field_group_name";

/// Key of the first version's "Do not sync inactive apps".
pub(crate) const SKIP_INACTIVE_APPS: &str = "okta_dont_sync_inactive_apps";
/// Key of the first version's "Sync deprovisioned users".
pub(crate) const SYNC_DEPROVISIONED_USERS: &str = "okta_sync_deprovisioned_users";
/// Key of the first version's "Extract SAML Role assignments in Okta AWS apps".
pub(crate) const EXTRACT_AWS_SAML_ROLES: &str = "okta_extract_aws_saml_roles";

const ENTRIES: &[Entry] = &[
    Entry {
        id: "23w9L3qudsiSZQJ8jUP1KYyQqVW",
        display_name: "Okta",
        domain: "okta_domain",
        api_token: "okta_api_key",
        flags: &[SKIP_INACTIVE_APPS, EXTRACT_AWS_SAML_ROLES, SYNC_DEPROVISIONED_USERS],
        texts: &[],
    },
    Entry {
        id: "2kG3aTftCcAvWtHZt2Ywry0dPn7",
        display_name: "Okta v2",
        domain: "okta_v2_domain",
        api_token: "okta_v2_api_token",
        flags: &["okta_sync_custom_roles", "okta_skip_secondary_emails", "okta_sync_secrets"],
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
        flags: &["okta_aws_federation_allow_group_to_direct_conversion_for_provisioning"],
        texts: &["okta_aws_federation_aws_okta_app_id"],
    },
];

/// The entry with this id.
pub(crate) fn entry(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.id == id)
}

/// Whether a key of any entry holds a secret.
pub(crate) fn is_secret_key(key: &str) -> bool {
    ENTRIES.iter().any(|entry| entry.api_token == key)
}

impl Entry {
    /// Says what is wrong with a value under this key, if anything is.
    pub(crate) fn problem(&self, key: &str, value: &str) -> Option<String> {
        if self.flags.contains(&key) {
            return (!matches!(value, "true" | "false" | "")).then(|| format!("{key}: must be `true` or `false`"));
        }
        let known = key == self.domain || key == self.api_token || key == FIELD_GROUP || self.texts.contains(&key);
        (!known).then(|| format!("{key}: unknown field of {}", self.display_name))
    }
}
