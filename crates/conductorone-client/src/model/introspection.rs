//! Who an access token speaks for.

use serde::Deserialize;

use super::lenient::null_as_default;

/// Who is calling and what they may do. Source: ConductorOne's OpenAPI document, schema
/// `c1.api.auth.v1.IntrospectResponse`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Introspection {
    /// The caller, a user or a service. The service spells the field `principleId`.
    #[serde(rename = "principleId", deserialize_with = "null_as_default")]
    pub principal_id: String,
    /// The user behind the caller.
    #[serde(deserialize_with = "null_as_default")]
    pub user_id: String,
    /// The tenant.
    #[serde(deserialize_with = "null_as_default")]
    pub tenant_id: String,
    /// Service roles, such as `role/c1.api.app.v1.Apps:viewer`.
    #[serde(deserialize_with = "null_as_default")]
    pub roles: Vec<String>,
    /// Permissions, such as `permission/c1.api.auth.v1.Auth.Introspect`.
    #[serde(deserialize_with = "null_as_default")]
    pub permissions: Vec<String>,
    /// Features switched on for the tenant.
    #[serde(deserialize_with = "null_as_default")]
    pub features: Vec<String>,
}
