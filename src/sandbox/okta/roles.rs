//! Admin roles.

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
            RoleType::Custom => ("CUSTOM", "ConductorOne read-only"),
        }
    }
}
