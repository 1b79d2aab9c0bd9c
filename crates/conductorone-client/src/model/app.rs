//! An app, which connectors feed.

use serde::Deserialize;

use super::Timestamp;
use super::lenient::{integer, null_as_default};
use super::timestamp::optional;

/// An app. Source: ConductorOne's OpenAPI document, schema `c1.api.app.v1.App`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct App {
    /// Never empty in what the client returns.
    #[serde(deserialize_with = "null_as_default")]
    pub id: String,
    /// Name shown to people.
    #[serde(deserialize_with = "null_as_default")]
    pub display_name: String,
    /// Free text.
    #[serde(deserialize_with = "null_as_default")]
    pub description: String,
    /// Whether its accounts are the tenant's directory.
    #[serde(deserialize_with = "null_as_default")]
    pub is_directory: bool,
    /// Whether people keep it up to date by hand, with no connector.
    #[serde(deserialize_with = "null_as_default")]
    pub is_manually_managed: bool,
    /// ID of the account that a connector found; empty before a sync.
    #[serde(deserialize_with = "null_as_default")]
    pub app_account_id: String,
    /// Name of that account; for Okta the org's subdomain.
    #[serde(deserialize_with = "null_as_default")]
    pub app_account_name: String,
    /// How many accounts it has, where the service says.
    #[serde(deserialize_with = "integer")]
    pub user_count: Option<i64>,
    /// When it was made.
    #[serde(deserialize_with = "optional")]
    pub created_at: Option<Timestamp>,
    /// When anything about it last changed.
    #[serde(deserialize_with = "optional")]
    pub updated_at: Option<Timestamp>,
    /// When it was deleted; `None` while it exists.
    #[serde(deserialize_with = "optional")]
    pub deleted_at: Option<Timestamp>,
}
