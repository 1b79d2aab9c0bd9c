//! Admin roles.

use crate::identifiers::okta_id;

/// Label of the custom role that [`RoleType::Custom`] is, and of the resource set that it is bound in.
pub(crate) const CUSTOM_LABEL: &str = "ConductorOne read-only";

/// The ID of the custom role with a label.
pub(crate) fn custom_role_id(label: &str) -> String {
    okta_id("cr0", 20, label)
}

/// The ID of the resource set with a label.
pub(crate) fn resource_set_id(label: &str) -> String {
    okta_id("iam", 20, label)
}

/// An admin role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoleType {
    Super,
    ReadOnly,
    Application,
    /// Group Administrator.
    Group,
    /// A custom role with `okta.iam.read` and the reads of a read-only administrator, as ConductorOne's documentation
    /// describes it for its newer Okta connector.
    Custom,
}

impl RoleType {
    /// Type and label. Source: Okta developer docs, standard role types.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            RoleType::Super => ("SUPER_ADMIN", "Super Administrator"),
            RoleType::ReadOnly => ("READ_ONLY_ADMIN", "Read-Only Administrator"),
            RoleType::Application => ("APP_ADMIN", "Application Administrator"),
            RoleType::Group => ("USER_ADMIN", "Group Administrator"),
            RoleType::Custom => ("CUSTOM", CUSTOM_LABEL),
        }
    }
}
