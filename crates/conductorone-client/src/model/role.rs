//! What users may do in a tenant.

use serde::Deserialize;

use super::lenient::null_as_default;

/// Name of the role that may do everything. Source: constants of ConductorOne's public command line client.
const OWNER: &str = "system:owner";

/// Roles that ConductorOne's documentation asks of a connector's owner, besides [`OWNER`]. Their names are not
/// published, only how they are shown; "Integration Administrator" is the older wording for a connector administrator.
const OWNERS_OF_CONNECTORS: [&str; 3] = ["Super Administrator", "Connector Administrator", "Integration Administrator"];

/// A role. Source: ConductorOne's OpenAPI document, schema `c1.api.iam.v1.Role`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Role {
    /// What a user's `role_ids` refer to. Differs from tenant to tenant. Never empty in what the client returns.
    #[serde(deserialize_with = "null_as_default")]
    pub id: String,
    /// Its name for programs, such as `system:owner`.
    #[serde(deserialize_with = "null_as_default")]
    pub name: String,
    /// Its name for people, such as `Super Administrator`.
    #[serde(deserialize_with = "null_as_default")]
    pub display_name: String,
}

impl Role {
    /// Whether ConductorOne's documentation lets its holders own connectors.
    pub fn may_own_connectors(&self) -> bool {
        let known = |text: &str| OWNERS_OF_CONNECTORS.iter().any(|role| role.eq_ignore_ascii_case(text.trim()));
        self.name == OWNER || known(&self.display_name) || known(&self.name)
    }

    /// What to call it in front of people.
    pub fn title(&self) -> &str {
        [&self.display_name, &self.name].into_iter().find(|text| !text.is_empty()).unwrap_or(&self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_administrators_of_connectors_may_own_them() {
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
