//! Roles of users in a tenant.

use serde::Deserialize;
use service_http::null_as_default;

/// Name of the role with all permissions. Source: constants of ConductorOne's public command line client.
const OWNER: &str = "system:owner";

/// Display names of the roles that ConductorOne's documentation requires of a connector's owner, besides [`OWNER`]. Their
/// names are not published. "Integration Administrator" is the former display name of Connector Administrator.
const OWNERS_OF_CONNECTORS: [&str; 3] = ["Super Administrator", "Connector Administrator", "Integration Administrator"];

/// A role. Source: ConductorOne's OpenAPI document, schema `c1.api.iam.v1.Role`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Role {
    /// Differs between tenants. Never empty in what the client returns.
    #[serde(deserialize_with = "null_as_default")]
    pub id: String,
    /// Such as `system:owner`.
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// Such as `Super Administrator`.
    #[serde(deserialize_with = "null_as_default")]
    pub display_name: String,
}

impl Role {
    /// Returns whether ConductorOne's documentation allows users with this role to own connectors.
    pub fn may_own_connectors(&self) -> bool {
        let known = |text: &str| OWNERS_OF_CONNECTORS.iter().any(|role| role.eq_ignore_ascii_case(text.trim()));
        self.name == OWNER || known(&self.display_name) || known(&self.name)
    }

    /// Returns the display name, or the name or ID if it has none.
    pub fn title(&self) -> &str {
        [&self.display_name, &self.name].into_iter().find(|text| !text.is_empty()).unwrap_or(&self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_connector_administrators_may_own_connectors() {
        for (name, display_name, expected) in [
            ("system:owner", "", true),
            ("system:owner", "Chef", true),
            ("r1", "Super Administrator", true),
            ("r2", "connector administrator", true),
            ("Integration Administrator", "", true),
            ("system:viewer", "Read-Only Administrator", false),
            ("system:user", "Basic User", false),
            ("r3", "Application Administrator", false),
            ("", "", false),
        ] {
            let role = Role { name: name.to_owned(), display_name: display_name.to_owned(), ..Role::default() };
            assert_eq!(role.may_own_connectors(), expected, "{name} {display_name}");
        }
    }
}
