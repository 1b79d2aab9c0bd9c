//! Apps.

use serde::Deserialize;
use service_http::null_as_default;

use super::Timestamp;
use super::timestamp::optional;

/// An app, whose data connectors provide. Source: ConductorOne's OpenAPI document, schema `c1.api.app.v1.App`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct App {
    /// Never empty in what the client returns.
    #[serde(deserialize_with = "null_as_default")]
    pub id: String,
    #[serde(deserialize_with = "null_as_default")]
    pub display_name: String,
    #[serde(deserialize_with = "null_as_default")]
    pub description: String,
    #[serde(deserialize_with = "optional")]
    pub created_at: Option<Timestamp>,
    /// `None` while the app exists.
    #[serde(deserialize_with = "optional")]
    pub deleted_at: Option<Timestamp>,
}
