//! Admin roles, which determine the permissions of a token.

use std::fmt;

use serde::{Deserialize, Deserializer};
use service_http::null_as_default;

/// The assignment of an admin role.
///
/// Source: Okta's OpenAPI document, schemas `StandardRole` and `CustomRole`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AdminRole {
    #[serde(rename = "type", deserialize_with = "null_as_default")]
    pub kind: RoleType,
    /// Such as `Read-Only Administrator`.
    #[serde(deserialize_with = "null_as_default")]
    pub label: String,
    #[serde(deserialize_with = "null_as_default")]
    pub status: RoleStatus,
    #[serde(rename = "assignmentType", deserialize_with = "null_as_default")]
    pub assignment: Assignment,
    #[serde(rename = "_embedded", deserialize_with = "null_as_default")]
    embedded: Embedded,
}

impl AdminRole {
    /// Returns whether the assignment is active. An assignment without a status is.
    pub fn is_active(&self) -> bool {
        matches!(&self.status, RoleStatus::Active) || self.status == RoleStatus::default()
    }

    /// Returns whether the assignment is active and of this type.
    pub fn grants(&self, kind: &RoleType) -> bool {
        self.is_active() && self.kind == *kind
    }

    /// Returns whether the assignment is limited to some groups or apps. Only known if the request expanded the targets.
    pub(super) fn has_targets(&self) -> bool {
        !self.embedded.targets.groups.is_empty() || !self.embedded.targets.catalog.apps.is_empty()
    }
}

/// Only the number of targets is used, so their content is not decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Embedded {
    #[serde(deserialize_with = "null_as_default")]
    targets: Targets,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Targets {
    #[serde(deserialize_with = "null_as_default")]
    groups: Vec<Target>,
    #[serde(deserialize_with = "null_as_default")]
    catalog: Catalog,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Catalog {
    #[serde(deserialize_with = "null_as_default")]
    apps: Vec<Target>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
struct Target {}

/// The type of an admin role. Source: Okta's OpenAPI document, schema `RoleType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleType {
    /// All permissions.
    Super,
    /// Most permissions, but none for apps.
    Organization,
    /// Apps and their assignments.
    Application,
    /// Okta's "Group Administrator": users and groups. Called `USER_ADMIN` in the API.
    Group,
    /// Membership of groups.
    GroupMembership,
    /// Almost all reads.
    ReadOnly,
    /// A custom role of the org, with any permissions.
    Custom,
    /// Any other role. None grants what ConductorOne needs.
    Other(String),
}

impl Default for RoleType {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl RoleType {
    /// Returns Okta's text of the value.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Super => "SUPER_ADMIN",
            Self::Organization => "ORG_ADMIN",
            Self::Application => "APP_ADMIN",
            Self::Group => "USER_ADMIN",
            Self::GroupMembership => "GROUP_MEMBERSHIP_ADMIN",
            Self::ReadOnly => "READ_ONLY_ADMIN",
            Self::Custom => "CUSTOM",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for RoleType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<String> for RoleType {
    fn from(text: String) -> Self {
        match text.as_str() {
            "SUPER_ADMIN" => Self::Super,
            "ORG_ADMIN" => Self::Organization,
            "APP_ADMIN" => Self::Application,
            "USER_ADMIN" => Self::Group,
            "GROUP_MEMBERSHIP_ADMIN" => Self::GroupMembership,
            "READ_ONLY_ADMIN" => Self::ReadOnly,
            "CUSTOM" => Self::Custom,
            _ => Self::Other(text),
        }
    }
}

impl<'de> Deserialize<'de> for RoleType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// The status of an assignment. Source: Okta's OpenAPI document, schema `LifecycleStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleStatus {
    Active,
    Inactive,
    /// An unknown value; empty if absent.
    Other(String),
}

impl Default for RoleStatus {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl<'de> Deserialize<'de> for RoleStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| match text.as_str() {
            "ACTIVE" => Self::Active,
            "INACTIVE" => Self::Inactive,
            _ => Self::Other(text),
        })
    }
}

/// The kind of an assignment. Source: Okta's OpenAPI document, schema `RoleAssignmentType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// Assigned to the user.
    User,
    /// Assigned to a group of the user.
    Group,
    /// An unknown value; empty if absent.
    Other(String),
}

impl Default for Assignment {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl<'de> Deserialize<'de> for Assignment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| match text.as_str() {
            "USER" => Self::User,
            "GROUP" => Self::Group,
            _ => Self::Other(text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_decoded_with_absent_and_unknown_fields() {
        for (body, kind, active, targets) in [
            (r#"{"type":"SUPER_ADMIN","status":"ACTIVE","assignmentType":"USER"}"#, "SUPER_ADMIN", true, false),
            (r#"{"type":"CUSTOM","status":"INACTIVE","role":"cr0","resource-set":"iam"}"#, "CUSTOM", false, false),
            (r#"{"type":"DREAM_ADMIN","status":"DREAMING","assignmentType":"DREAM"}"#, "DREAM_ADMIN", false, false),
            (r#"{"type":null,"status":null,"assignmentType":null,"_embedded":null}"#, "", true, false),
            (r#"{"type":"USER_ADMIN","_embedded":{"targets":{"groups":[{"id":"00g"}]}}}"#, "USER_ADMIN", true, true),
            (r#"{"type":"APP_ADMIN","_embedded":{"targets":{"catalog":{"apps":[{}]}}}}"#, "APP_ADMIN", true, true),
            (r#"{"type":"APP_ADMIN","_embedded":{"targets":{"groups":[],"catalog":null}}}"#, "APP_ADMIN", true, false),
        ] {
            let role: AdminRole = serde_json::from_str(body).unwrap();
            assert_eq!((role.kind.as_str(), role.is_active(), role.has_targets()), (kind, active, targets), "{body}");
        }
    }
}
