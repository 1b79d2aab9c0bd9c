//! The objects of Okta's API, decoded leniently: according to its documentation, fields and enum values may be added and
//! removed.

use serde::{Deserialize, Deserializer};
use service_http::null_as_default;

/// A user of the org.
///
/// Source: Okta's OpenAPI document, schema `User`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// 20 characters of `[0-9A-Za-z]`, usually starting `00u`.
    pub id: String,
    /// [`UserStatus::Other`] with an empty text if absent.
    #[serde(default, deserialize_with = "null_as_default")]
    pub status: UserStatus,
    #[serde(default, deserialize_with = "null_as_default")]
    pub profile: UserProfile,
}

/// The attributes of a user's profile that every org has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct UserProfile {
    /// Unique in the org, usually an email address.
    pub login: Option<String>,
    /// Primary email address.
    pub email: Option<String>,
}

impl User {
    pub fn login(&self) -> Option<&str> {
        self.profile.login.as_deref()
    }

    pub fn email(&self) -> Option<&str> {
        self.profile.email.as_deref()
    }
}

/// The state of a user's life cycle. Source: Okta's OpenAPI document, schema `UserStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserStatus {
    Active,
    /// Deactivated. Okta has revoked the tokens of the user.
    Deprovisioned,
    /// Locked after failed sign-ins.
    LockedOut,
    PasswordExpired,
    /// Activated, but has not signed in yet.
    Provisioned,
    /// Password reset in progress.
    Recovery,
    /// Created, but not activated.
    Staged,
    /// Suspended by an admin.
    Suspended,
    /// An unknown value.
    Other(String),
}

impl Default for UserStatus {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl UserStatus {
    /// Returns whether the user is active. Tokens of other users may be rejected soon.
    pub fn is_active(&self) -> bool {
        *self == Self::Active
    }

    /// Returns Okta's text of the value.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "ACTIVE",
            Self::Deprovisioned => "DEPROVISIONED",
            Self::LockedOut => "LOCKED_OUT",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
            Self::Provisioned => "PROVISIONED",
            Self::Recovery => "RECOVERY",
            Self::Staged => "STAGED",
            Self::Suspended => "SUSPENDED",
            Self::Other(text) => text,
        }
    }
}

impl From<String> for UserStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "ACTIVE" => Self::Active,
            "DEPROVISIONED" => Self::Deprovisioned,
            "LOCKED_OUT" => Self::LockedOut,
            "PASSWORD_EXPIRED" => Self::PasswordExpired,
            "PROVISIONED" => Self::Provisioned,
            "RECOVERY" => Self::Recovery,
            "STAGED" => Self::Staged,
            "SUSPENDED" => Self::Suspended,
            _ => Self::Other(text),
        }
    }
}

impl<'de> Deserialize<'de> for UserStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// The public document of an org. Source: Okta's OpenAPI document, schema `WellKnownOrgMetadata`.
#[derive(Debug, Deserialize)]
pub struct OrganizationDocument {
    pub id: String,
    pub pipeline: Option<String>,
    #[serde(rename = "_links", default, deserialize_with = "null_as_default")]
    pub links: OrganizationLinks,
}

#[derive(Debug, Default, Deserialize)]
pub struct OrganizationLinks {
    pub organization: Option<Link>,
}

#[derive(Debug, Deserialize)]
pub struct Link {
    pub href: Option<String>,
}

/// The body of an error response. Source: Okta developer docs, "Okta error codes and descriptions".
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ErrorBody {
    #[serde(deserialize_with = "null_as_default")]
    pub error_code: String,
    #[serde(deserialize_with = "null_as_default")]
    pub error_summary: String,
    #[serde(deserialize_with = "null_as_default")]
    pub error_id: String,
    #[serde(deserialize_with = "null_as_default")]
    pub error_causes: Causes,
}

/// An array in Okta's OpenAPI document, a bare object in some documented samples.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Causes {
    Many(Vec<Cause>),
    One(Cause),
    /// Any other value, so that it does not make the code and the summary unreadable.
    Unreadable(serde::de::IgnoredAny),
}

impl Default for Causes {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Causes {
    pub fn summaries(self) -> Vec<String> {
        let causes = match self {
            Self::Many(causes) => causes,
            Self::One(cause) => vec![cause],
            Self::Unreadable(_) => Vec::new(),
        };
        causes.into_iter().filter_map(|cause| cause.error_summary).filter(|summary| !summary.is_empty()).collect()
    }
}

#[derive(Debug, Deserialize)]
pub struct Cause {
    #[serde(rename = "errorSummary")]
    pub error_summary: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_decoded_with_absent_and_unknown_fields() {
        for (body, status, login) in [
            (r#"{"id":"00u1","status":"ACTIVE","profile":{"login":"a@b.c","email":null}}"#, "ACTIVE", Some("a@b.c")),
            (r#"{"id":"00u1","status":"DREAMING","profile":{"custom":[1]},"new":{}}"#, "DREAMING", None),
            (r#"{"id":"00u1","status":null,"profile":null}"#, "", None),
            (r#"{"id":"00u1"}"#, "", None),
        ] {
            let user: User = serde_json::from_str(body).unwrap();
            assert_eq!((user.status.as_str(), user.login()), (status, login), "{body}");
        }
    }

    #[test]
    fn documented_statuses_survive_a_round_trip() {
        for text in "ACTIVE DEPROVISIONED LOCKED_OUT PASSWORD_EXPIRED PROVISIONED RECOVERY STAGED SUSPENDED".split(' ')
        {
            let status = UserStatus::from(text.to_owned());
            assert!(!matches!(status, UserStatus::Other(_)), "{text}");
            assert_eq!(status.as_str(), text);
            assert_eq!(status.is_active(), text == "ACTIVE");
        }
    }

    #[test]
    fn causes_may_be_an_array_an_object_or_unreadable() {
        for (causes, expected) in [
            (r#"[{"errorSummary":"a"},{"errorSummary":"b"},{}]"#, vec!["a", "b"]),
            (r#"{"errorSummary":"a"}"#, vec!["a"]),
            ("null", vec![]),
            ("[]", vec![]),
            ("7", vec![]),
            ("[7]", vec![]),
        ] {
            let body: ErrorBody =
                serde_json::from_str(&format!(r#"{{"errorCode":"E1","errorCauses":{causes}}}"#)).unwrap();
            assert_eq!(
                (body.error_code.as_str(), body.error_causes.summaries()),
                ("E1", expected.iter().map(|s| (*s).to_owned()).collect()),
                "{causes}"
            );
        }
    }
}
