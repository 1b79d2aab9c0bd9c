//! Kinds of resources, and IDs of synced objects.

use crate::identifiers::okta_id;

/// Returns the ID of a synced object. It is the same after every sync of the connector.
pub(crate) fn synced_id(connector_id: &str, kind: &str, external_id: &str) -> String {
    okta_id("", 27, &format!("{connector_id}/{kind}/{external_id}"))
}

/// Kind of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourceKind {
    Group,
    App,
    Role,
    /// A role that an AWS app gives to its users.
    SamlRole,
}

impl ResourceKind {
    pub(crate) const ALL: [Self; 4] = [Self::Group, Self::App, Self::Role, Self::SamlRole];

    /// Returns the name in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::App => "app",
            Self::Role => "role",
            Self::SamlRole => "saml_role",
        }
    }

    pub(crate) fn display_name(self) -> &'static str {
        match self {
            Self::Group => "Group",
            Self::App => "Application",
            Self::Role => "Role",
            Self::SamlRole => "AWS SAML role",
        }
    }

    /// Returns the slug of the only entitlement of a resource.
    pub(crate) fn entitlement(self) -> &'static str {
        match self {
            Self::Group => "member",
            Self::App => "access",
            Self::Role | Self::SamlRole => "assigned",
        }
    }

    /// Returns the ID of the resource type in an app.
    pub(crate) fn type_id(self, app_id: &str) -> String {
        synced_id(app_id, "type", self.as_str())
    }
}
