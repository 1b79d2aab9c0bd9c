//! Users.

use serde::{Deserialize, Deserializer};
use service_http::null_as_default;

use super::Timestamp;
use super::timestamp::optional;

/// A user: a person or a service. Source: ConductorOne's OpenAPI document, schema `c1.api.user.v1.User`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct User {
    /// Never empty in what the client returns.
    #[serde(deserialize_with = "null_as_default")]
    pub id: String,
    #[serde(deserialize_with = "null_as_default")]
    pub display_name: String,
    /// Primary email address.
    #[serde(deserialize_with = "null_as_default")]
    pub email: String,
    #[serde(deserialize_with = "null_as_default")]
    pub emails: Vec<String>,
    #[serde(deserialize_with = "null_as_default")]
    pub role_ids: Vec<String>,
    #[serde(deserialize_with = "null_as_default")]
    pub status: UserStatus,
    /// `None` while the user exists.
    #[serde(deserialize_with = "optional")]
    pub deleted_at: Option<Timestamp>,
}

impl User {
    /// Returns whether this is one of the user's email addresses, case-insensitive.
    pub fn has_email(&self, email: &str) -> bool {
        std::iter::once(&self.email).chain(&self.emails).any(|known| known.eq_ignore_ascii_case(email))
    }
}

/// The status of a user. Only enabled users can sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UserStatus {
    /// Also if the service returns no status.
    #[default]
    Unknown,
    Enabled,
    Disabled,
    Deleted,
    /// An unknown value.
    Other(String),
}

impl From<String> for UserStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "" | "UNKNOWN" => Self::Unknown,
            "ENABLED" => Self::Enabled,
            "DISABLED" => Self::Disabled,
            "DELETED" => Self::Deleted,
            _ => Self::Other(text),
        }
    }
}

impl<'de> Deserialize<'de> for UserStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
