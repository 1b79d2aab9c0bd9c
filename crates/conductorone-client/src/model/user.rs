//! A person or service in a tenant.

use serde::{Deserialize, Deserializer};

use super::Timestamp;
use super::lenient::null_as_default;
use super::timestamp::optional;

/// A user. Source: ConductorOne's OpenAPI document, schema `c1.api.user.v1.User`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct User {
    /// Never empty in what the client returns.
    #[serde(deserialize_with = "null_as_default")]
    pub id: String,
    /// Name shown to people.
    #[serde(deserialize_with = "null_as_default")]
    pub display_name: String,
    /// Primary e-mail address.
    #[serde(deserialize_with = "null_as_default")]
    pub email: String,
    /// All e-mail addresses.
    #[serde(deserialize_with = "null_as_default")]
    pub emails: Vec<String>,
    /// Login name.
    #[serde(deserialize_with = "null_as_default")]
    pub username: String,
    /// Roles in the tenant, by ID.
    #[serde(deserialize_with = "null_as_default")]
    pub role_ids: Vec<String>,
    /// Whether the user can act.
    #[serde(deserialize_with = "null_as_default")]
    pub status: UserStatus,
    /// When it was deleted; `None` while it exists.
    #[serde(deserialize_with = "optional")]
    pub deleted_at: Option<Timestamp>,
}

impl User {
    /// Whether this is one of the user's e-mail addresses, in any case.
    pub fn has_email(&self, email: &str) -> bool {
        std::iter::once(&self.email).chain(&self.emails).any(|known| known.eq_ignore_ascii_case(email))
    }
}

/// Whether a user can act.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UserStatus {
    /// The service does not know, or does not say.
    #[default]
    Unknown,
    /// Can act.
    Enabled,
    /// Cannot act.
    Disabled,
    /// Gone.
    Deleted,
    /// A value newer than this client, kept as it came.
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
