//! The identity of an access token.

use serde::Deserialize;
use service_http::null_as_default;

/// The identity of an access token. Source: ConductorOne's OpenAPI document, schema
/// `c1.api.auth.v1.IntrospectResponse`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Introspection {
    #[serde(deserialize_with = "null_as_default")]
    pub tenant_id: String,
}
