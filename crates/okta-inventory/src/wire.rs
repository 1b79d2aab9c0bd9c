//! The fields of Okta's objects that a crawl uses. All others are skipped without decoding.

use std::fmt;

use compact_str::CompactString;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::event::{AppEntry, AppUserEntry, GroupEntry, Id, UserEntry};
use okta_client::{Link, Listed, UserStatus};
use service_http::null_as_default;

/// Schema `User`.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    id: Id,
    #[serde(default, deserialize_with = "null_as_default")]
    status: UserStatus,
    #[serde(default)]
    pub(super) created: Option<CompactString>,
    #[serde(default, deserialize_with = "null_as_default")]
    profile: Profile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Profile {
    login: Option<String>,
    email: Option<String>,
    display_name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
}

impl From<User> for UserEntry {
    fn from(user: User) -> Self {
        let Profile { login, email, display_name, first_name, last_name } = user.profile;
        let names = || [first_name, last_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
        Self {
            id: user.id,
            status: user.status,
            login: login.unwrap_or_default(),
            email: email.unwrap_or_default(),
            display_name: display_name.filter(|name| !name.is_empty()).unwrap_or_else(names),
        }
    }
}

/// Any object of which only the ID is used.
#[derive(Debug, Deserialize)]
pub(super) struct IdOnly {
    pub(super) id: Id,
}

/// Schema `Group`, with `expand=stats`.
#[derive(Debug, Deserialize)]
pub(super) struct Group {
    id: Id,
    #[serde(rename = "type", default, deserialize_with = "null_as_default")]
    kind: CompactString,
    #[serde(default, deserialize_with = "null_as_default")]
    profile: GroupProfile,
    #[serde(rename = "_embedded", default, deserialize_with = "null_as_default")]
    embedded: Embedded,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GroupProfile {
    name: Option<String>,
    description: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Embedded {
    #[serde(deserialize_with = "null_as_default")]
    stats: Stats,
}

/// Has its own deserializer for one key, which is `hasAdminPrivlege` in Okta's OpenAPI document and
/// `hasAdminPrivileges` in its release notes.
#[derive(Debug, Default)]
struct Stats {
    users_count: Option<u64>,
    apps_count: Option<u64>,
    has_admin_roles: Option<bool>,
}

impl<'de> Deserialize<'de> for Stats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Stats;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a group's counts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Stats, A::Error> {
                let mut stats = Stats::default();
                while let Some(key) = map.next_key::<CompactString>()? {
                    match key.as_str() {
                        "usersCount" => stats.users_count = map.next_value()?,
                        "appsCount" => stats.apps_count = map.next_value()?,
                        key if key.starts_with("hasAdminPriv") => stats.has_admin_roles = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(stats)
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl From<Group> for GroupEntry {
    fn from(group: Group) -> Self {
        let Stats { users_count, apps_count, has_admin_roles } = group.embedded.stats;
        Self {
            id: group.id,
            kind: group.kind,
            name: group.profile.name.unwrap_or_default(),
            description: group.profile.description.unwrap_or_default(),
            users_count,
            apps_count,
            has_admin_roles,
        }
    }
}

/// Schema `Application`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct App {
    id: Id,
    #[serde(default, deserialize_with = "null_as_default")]
    name: CompactString,
    #[serde(default, deserialize_with = "null_as_default")]
    label: String,
    #[serde(default, deserialize_with = "null_as_default")]
    status: CompactString,
    #[serde(default, deserialize_with = "null_as_default")]
    sign_on_mode: CompactString,
}

impl From<App> for AppEntry {
    fn from(App { id, name, label, status, sign_on_mode }: App) -> Self {
        Self { id, name, label, status, sign_on_mode }
    }
}

/// Schema `AppUser`.
#[derive(Debug, Deserialize)]
pub(super) struct AppUser {
    id: Id,
    #[serde(default, deserialize_with = "null_as_default")]
    scope: CompactString,
}

impl From<AppUser> for AppUserEntry {
    fn from(AppUser { id, scope }: AppUser) -> Self {
        Self { user: id, is_direct: scope == "USER", saml_roles: Vec::new() }
    }
}

/// Schema `AppUser` with the profile of an AWS app.
#[derive(Debug, Deserialize)]
pub(super) struct AwsAppUser {
    #[serde(flatten)]
    user: AppUser,
    #[serde(default, deserialize_with = "null_as_default")]
    profile: AwsProfile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct AwsProfile {
    #[serde(deserialize_with = "null_as_default")]
    saml_roles: Vec<CompactString>,
}

impl From<AwsAppUser> for AppUserEntry {
    fn from(AwsAppUser { user, profile }: AwsAppUser) -> Self {
        Self { saml_roles: profile.saml_roles, ..user.into() }
    }
}

/// Schema `RoleAssignedUsers`, whose body contains the link to the next page.
#[derive(Debug, Deserialize)]
pub(super) struct Assignees {
    #[serde(default, deserialize_with = "null_as_default")]
    pub(super) value: Vec<IdOnly>,
    #[serde(rename = "_links", default, deserialize_with = "null_as_default")]
    pub(super) links: AssigneesLinks,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct AssigneesLinks {
    pub(super) next: Option<Link>,
}

macro_rules! listed {
    ($($kind:ty: $id:ident $(. $rest:ident)*),* $(,)?) => {
        $(impl Listed for $kind {
            fn id(&self) -> &str {
                self.$id $(.$rest)* .as_str()
            }
        })*
    };
}

listed!(User: id, IdOnly: id, Group: id, App: id, AppUser: id, AwsAppUser: user.id);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_the_admin_key_are_read_and_a_missing_one_is_unknown() {
        for (stats, expected) in [
            (r#"{"usersCount":3,"appsCount":0,"hasAdminPrivlege":true}"#, (Some(3), Some(0), Some(true))),
            (r#"{"usersCount":3,"hasAdminPrivileges":false,"new":[{}]}"#, (Some(3), None, Some(false))),
            (r#"{"usersCount":null}"#, (None, None, None)),
            ("null", (None, None, None)),
        ] {
            let body = format!(r#"{{"id":"00g1","type":"OKTA_GROUP","profile":null,"_embedded":{{"stats":{stats}}}}}"#);
            let group = GroupEntry::from(serde_json::from_str::<Group>(&body).unwrap());
            assert_eq!((group.users_count, group.apps_count, group.has_admin_roles), expected, "{stats}");
        }
        let id_only = GroupEntry::from(serde_json::from_str::<Group>(r#"{"id":"00g1"}"#).unwrap());
        assert_eq!(id_only.has_admin_roles, None);
    }

    #[test]
    fn the_name_is_the_display_name_or_first_and_last_name() {
        for (profile, name) in [
            (r#"{"displayName":"Ada","firstName":"A","lastName":"L"}"#, "Ada"),
            (r#"{"displayName":"","firstName":"Ada","lastName":"Lovelace"}"#, "Ada Lovelace"),
            (r#"{"lastName":"Lovelace","custom":{"a":[]}}"#, "Lovelace"),
            ("null", ""),
        ] {
            let body = format!(r#"{{"id":"00u1","status":"DREAMING","profile":{profile}}}"#);
            let user = UserEntry::from(serde_json::from_str::<User>(&body).unwrap());
            assert_eq!((user.display_name.as_str(), user.status.as_str()), (name, "DREAMING"), "{profile}");
        }
    }

    #[test]
    fn an_assignment_has_its_scope_and_saml_roles() {
        let body = r#"{"id":"00u1","scope":"GROUP","profile":{"samlRoles":["a","b"],"role":"x"}}"#;
        let user = AppUserEntry::from(serde_json::from_str::<AwsAppUser>(body).unwrap());
        assert_eq!((user.is_direct, user.saml_roles), (false, vec!["a".into(), "b".into()]));
        assert!(
            AppUserEntry::from(serde_json::from_str::<AppUser>(r#"{"id":"00u1","scope":"USER"}"#).unwrap()).is_direct
        );
    }
}
