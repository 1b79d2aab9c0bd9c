//! Who calls, and what they may do.

use super::error::OktaError;
use super::roles::RoleType;

/// What the caller may do, from the roles of the token's owner.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Place of the owner among the users.
    pub(crate) user: u32,
    pub(crate) roles: &'static [RoleType],
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
