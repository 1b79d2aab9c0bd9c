//! The connectors that a tenant can hold: the Okta entries of ConductorOne's catalog.
//!
//! Source: the public source of ConductorOne's own Terraform provider, version 1.5.0, one file per integration.

use axum::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Body;
use super::config::Config;
use super::error::Rejection;

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
    /// Keys that hold the texts `true` and `false`, each with the name that the test interface knows it by.
    pub(crate) flags: &'static [(&'static str, &'static str)],
    /// Keys that hold other text.
    pub(crate) texts: &'static [&'static str],
}

/// The first Okta entry, which ConductorOne's documentation calls no longer available for new installations.
pub(crate) const FIRST_OKTA: &str = "23w9L3qudsiSZQJ8jUP1KYyQqVW";

/// Key of the group of fields that was chosen where an entry offers several. Allowed with every entry.
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

/// The entry with this id.
pub(crate) fn entry(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|entry| entry.id == id)
}

/// Whether a key of any entry holds a secret.
pub(crate) fn is_secret_key(key: &str) -> bool {
    ENTRIES.iter().any(|entry| entry.api_token == key)
}

/// Whether a key of any entry holds an Okta domain.
pub(crate) fn is_domain_key(key: &str) -> bool {
    ENTRIES.iter().any(|entry| entry.domain == key)
}

/// Whether the test interface knows a flag of any entry by this name.
pub(crate) fn is_flag_name(name: &str) -> bool {
    ENTRIES.iter().any(|entry| entry.flag(name).is_some())
}

/// Body of a question for an entry's settings. `appId` and `connectorId` change nothing here.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SchemaQuestion {
    catalog_id: Option<String>,
}

/// `POST /api/v1/connectorcatalog`: which settings an entry has, in the older of the two forms that the service knows.
pub(crate) async fn schema(Body(question): Body<SchemaQuestion>) -> Result<Json<Value>, Rejection> {
    let entry = question.catalog_id.as_deref().and_then(entry);
    let entry = entry.ok_or_else(|| Rejection::not_found("connector catalog entry not found"))?;
    let text = |key: &'static str| (key, json!({"str": {"secret": key == entry.api_token, "valueValidator": null}}));
    let flag = |key: &'static str| (key, json!({"checkbox": {"checked": false}}));
    let texts = [entry.domain, entry.api_token].into_iter().chain(entry.texts.iter().copied()).map(text);
    let fields = texts.chain(entry.flags.iter().map(|(key, _)| flag(key))).map(|(key, mut field)| {
        field["name"] = key.into();
        // The real labels of most fields are not published.
        field["displayName"] = key.replace('_', " ").into();
        for name in ["placeholder", "additionalPlaceholder", "helpUrl"] {
            field[name] = "".into();
        }
        field["dependsOnFields"] = json!([]);
        field["postCreate"] = false.into();
        field
    });
    Ok(Json(json!({
        "schema": {
            "displayName": entry.display_name,
            "fieldGroups": [],
            "fields": fields.collect::<Vec<_>>(),
            "helpUrl": "",
            "iconUrl": "",
            "isOauth2": false,
            "requiresExternalConnector": false,
            "supportsExternalResources": false,
        },
        "formSchema": null,
    })))
}

impl Entry {
    /// The key of the flag that the test interface knows by this name.
    pub(crate) fn flag(&self, name: &str) -> Option<&'static str> {
        self.flags.iter().find(|(_, known)| *known == name).map(|(key, _)| *key)
    }

    /// Whether a configuration turns the flag on that the test interface knows by this name.
    pub(crate) fn is_on(&self, config: &Config, name: &str) -> bool {
        self.flag(name).and_then(|key| config.get(key)).is_some_and(|value| value == "true")
    }

    /// Says what is wrong with a value under this key, if anything is.
    pub(crate) fn problem(&self, key: &str, value: &str) -> Option<String> {
        if self.flags.iter().any(|(flag, _)| *flag == key) {
            return (!matches!(value, "true" | "false" | "")).then(|| format!("{key}: must be `true` or `false`"));
        }
        let known = key == self.domain || key == self.api_token || key == FIELD_GROUP || self.texts.contains(&key);
        (!known).then(|| format!("{key}: unknown field of {}", self.display_name))
    }
}
