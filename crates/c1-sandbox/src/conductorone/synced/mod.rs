//! What syncs brought: accounts, resources, entitlements and grants, kept in SQLite and shown by the read operations.
//!
//! ```text
//! intake    events of an Okta inventory → rows of one sync
//! database  rows, and which sync of a connector is the one that is shown
//! people    the tenant's users, of which syncs make some
//! rows      questions to the rows
//! accounts, resources, entitlements, grants    the operations
//! ```

pub(crate) mod accounts;
pub(crate) mod database;
pub(crate) mod entitlements;
pub(crate) mod grants;
mod intake;
pub(crate) mod people;
pub(crate) mod resources;
mod rows;

pub(crate) use database::Database;
pub(crate) use intake::{Brought, bring};

use crate::identifiers::okta_id;

/// The ID of something that a connector brought: the same after every sync.
fn brought_id(connector: &str, kind: &str, external: &str) -> String {
    okta_id("", 27, &format!("{connector}/{kind}/{external}"))
}

/// What a resource is.
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

    /// As it is kept.
    fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::App => "app",
            Self::Role => "role",
            Self::SamlRole => "saml_role",
        }
    }

    /// What people call it.
    fn display_name(self) -> &'static str {
        match self {
            Self::Group => "Group",
            Self::App => "Application",
            Self::Role => "Role",
            Self::SamlRole => "AWS SAML role",
        }
    }

    /// What its only entitlement is called.
    fn entitlement(self) -> &'static str {
        match self {
            Self::Group => "member",
            Self::App => "access",
            Self::Role | Self::SamlRole => "assigned",
        }
    }

    /// The ID of the resource type of an app.
    fn type_id(self, app: &str) -> String {
        brought_id(app, "type", self.as_str())
    }
}
