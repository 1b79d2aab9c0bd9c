//! What Okta says, read leniently: its documentation announces that fields and enum values may come and go.

use serde::{Deserialize, Deserializer};

/// A user of the org.
///
/// Source: Okta's OpenAPI document, schema `User`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// 20 characters of `[0-9A-Za-z]`, usually starting `00u`.
    pub id: String,
    /// Where in its life cycle the user is. [`UserStatus::Other`] with an empty text when left out.
    #[serde(default, deserialize_with = "null_as_default")]
    pub status: UserStatus,
    /// Name, login and address.
    #[serde(default, deserialize_with = "null_as_default")]
    pub profile: UserProfile,
}

/// The part of a user's profile that every org has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct UserProfile {
    /// Unique in the org, most often an e-mail address.
    pub login: Option<String>,
    /// Primary e-mail address.
    pub email: Option<String>,
}

impl User {
    /// The unique login name.
    pub fn login(&self) -> Option<&str> {
        self.profile.login.as_deref()
    }

    /// The primary e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.profile.email.as_deref()
    }
}

/// Where in its life cycle a user is. Source: Okta's OpenAPI document, schema `UserStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserStatus {
    /// Can sign in.
    Active,
    /// Deactivated; its tokens are dead.
    Deprovisioned,
    /// Locked after failed sign-ins.
    LockedOut,
    /// Must set a new password.
    PasswordExpired,
    /// Activated but has not signed in yet.
    Provisioned,
    /// Is being given a new password.
    Recovery,
    /// Created, not activated.
    Staged,
    /// Suspended by an admin.
    Suspended,
    /// A value newer than this client, kept as it came.
    Other(String),
}

impl Default for UserStatus {
    fn default() -> Self {
        Self::Other(String::new())
    }
}

impl UserStatus {
    /// Whether the user can act: anything but active means that a token of theirs may fail soon.
    pub fn is_active(&self) -> bool {
        *self == Self::Active
    }

    /// As Okta writes it.
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

/// Which engine runs the org. Source: Okta's OpenAPI document, schema `PipelineType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pipeline {
    /// `v1`: Okta Classic Engine.
    Classic,
    /// `idx`: Okta Identity Engine.
    IdentityEngine,
    /// A value newer than this client, kept as it came.
    Other(String),
}

impl From<String> for Pipeline {
    fn from(text: String) -> Self {
        match text.as_str() {
            "v1" => Self::Classic,
            "idx" => Self::IdentityEngine,
            _ => Self::Other(text),
        }
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
    pub alternate: Option<Link>,
}

#[derive(Debug, Deserialize)]
pub struct Link {
    pub href: Option<String>,
}

/// The body of a refusal. Source: Okta developer docs, "Okta error codes and descriptions".
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
    /// Whatever else comes must not hide the code and the summary.
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

/// `null` as if the field were left out.
pub fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_read_whatever_is_missing_or_new() {
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
    fn every_documented_status_survives_a_round_trip() {
        for text in "ACTIVE DEPROVISIONED LOCKED_OUT PASSWORD_EXPIRED PROVISIONED RECOVERY STAGED SUSPENDED".split(' ')
        {
            let status = UserStatus::from(text.to_owned());
            assert!(!matches!(status, UserStatus::Other(_)), "{text}");
            assert_eq!(status.as_str(), text);
            assert_eq!(status.is_active(), text == "ACTIVE");
        }
    }

    #[test]
    fn causes_may_be_an_array_one_object_or_nonsense() {
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
