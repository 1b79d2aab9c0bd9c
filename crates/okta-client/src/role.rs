//! Admin roles, which decide what a token may do.

use std::fmt;

use serde::{Deserialize, Deserializer};

use super::model::null_as_default;

/// One admin role as somebody holds it.
///
/// Source: Okta's OpenAPI document, schemas `StandardRole` and `CustomRole`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AdminRole {
    /// Which role.
    #[serde(rename = "type", deserialize_with = "null_as_default")]
    pub kind: RoleType,
    /// Its name for people, such as `Read-Only Administrator`.
    #[serde(deserialize_with = "null_as_default")]
    pub label: String,
    /// Whether it is in force.
    #[serde(deserialize_with = "null_as_default")]
    pub status: RoleStatus,
    /// How its holder came by it.
    #[serde(rename = "assignmentType", deserialize_with = "null_as_default")]
    pub assignment: Assignment,
    #[serde(rename = "_embedded", deserialize_with = "null_as_default")]
    embedded: Embedded,
}

impl AdminRole {
    /// Whether it is in force. An assignment that does not say so is.
    pub fn is_active(&self) -> bool {
        matches!(&self.status, RoleStatus::Active) || self.status == RoleStatus::default()
    }

    /// Whether it is in force and of this type.
    pub fn grants(&self, kind: &RoleType) -> bool {
        self.is_active() && self.kind == *kind
    }

    /// Whether it holds for named groups or apps only, which an answer tells when it was asked for targets.
    pub(super) fn has_targets(&self) -> bool {
        !self.embedded.targets.groups.is_empty() || !self.embedded.targets.catalog.apps.is_empty()
    }
}

/// Only whether there are any is of interest, so what they are is not read.
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
    /// Everything.
    Super,
    /// Most of the org, but not its apps.
    Organization,
    /// Apps and who is assigned to them.
    Application,
    /// Okta's "Group Administrator": users and groups. Called `USER_ADMIN` in the API.
    Group,
    /// Members of groups.
    GroupMembership,
    /// Reads nearly everything.
    ReadOnly,
    /// A role made by the org, with permissions of its own choosing.
    Custom,
    /// Any other, as Okta writes it: none that gives what ConductorOne needs.
    Other(String),
}

impl Default for RoleType {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl RoleType {
    /// As Okta writes it.
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

/// Whether a role is in force. Source: Okta's OpenAPI document, schema `LifecycleStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoleStatus {
    /// In force.
    Active,
    /// Not in force.
    Inactive,
    /// A value newer than this client, kept as it came; empty when left out.
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

/// How a role came to its holder. Source: Okta's OpenAPI document, schema `RoleAssignmentType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assignment {
    /// Given to the user.
    User,
    /// Given to a group that the user is in.
    Group,
    /// A value newer than this client, kept as it came; empty when left out.
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
    fn a_role_is_read_whatever_is_missing_or_new() {
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
