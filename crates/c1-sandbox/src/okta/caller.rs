//! Callers and their permissions.

use super::error::OktaError;
use super::org::{Org, Targets};
use super::roles::RoleType;

/// Permissions of a caller, from the roles of the token's owner.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Place of the owner among the users.
    pub(crate) user: u32,
    pub(crate) roles: &'static [RoleType],
    /// Targets of these roles. `None` is everything.
    pub(crate) targets: Option<&'static Targets>,
    pub(crate) sees_own_roles: bool,
}

/// Roles that view administrators: super administrators and custom ones with `okta.iam.read`.
const VIEW_ADMINS: &[RoleType] = &[RoleType::Super, RoleType::Custom];

impl Caller {
    fn has(&self, role: RoleType) -> bool {
        self.roles.contains(&role)
    }

    /// Users, groups and apps: any admin role reads them.
    pub(crate) fn require_any_role(&self) -> Result<(), OktaError> {
        if self.roles.is_empty() { Err(OktaError::forbidden()) } else { Ok(()) }
    }

    pub(crate) fn require(&self, roles: &[RoleType]) -> Result<(), OktaError> {
        if roles.iter().any(|role| self.has(*role)) { Ok(()) } else { Err(OktaError::forbidden()) }
    }

    /// Returns whether lists contain a group. For an administrator with targets, they contain the targets only and no
    /// error is returned. Source: Okta Help Center, "Standard administrator roles and permissions".
    pub(crate) fn sees_group(&self, group: u32) -> bool {
        self.targets.is_none_or(|targets| targets.groups.contains(&group))
    }

    /// As [`Caller::sees_group`] for an app.
    pub(crate) fn sees_app(&self, app: u32) -> bool {
        self.targets.is_none_or(|targets| targets.apps.contains(&app))
    }

    /// As [`Caller::sees_group`] for a user: the members of the targets, and the caller.
    pub(crate) fn sees_user(&self, org: &Org, user: u32) -> bool {
        self.targets
            .is_none_or(|targets| user == self.user || targets.groups.iter().any(|group| org.is_member(*group, user)))
    }

    /// The object of a path, unless it is none of the caller's targets.
    pub(crate) fn within_targets(&self, sees: bool) -> Result<(), OktaError> {
        if sees { Ok(()) } else { Err(OktaError::forbidden()) }
    }

    /// Changes of a group's members. Groups that carry an admin role are for super administrators. Source: Okta Help
    /// Center, "Standard administrator roles and permissions".
    pub(crate) fn require_group_management(&self, carries_role: bool) -> Result<(), OktaError> {
        self.require(if carries_role { &[RoleType::Super] } else { &[RoleType::Super, RoleType::Group] })
    }

    /// Changes of who is assigned to an app.
    pub(crate) fn require_app_management(&self) -> Result<(), OktaError> {
        self.require(&[RoleType::Super, RoleType::Application])
    }

    pub(crate) fn require_view_of_admins(&self) -> Result<(), OktaError> {
        self.require(VIEW_ADMINS)
    }
}
