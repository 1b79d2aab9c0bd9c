//! One Okta org: who is in it, and which tokens open it. It is the same in every run, tokens included, so that a
//! connector from a state file still finds its org after a restart.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use crate::sandbox::clock::Timestamp;
use crate::sandbox::identifiers::{okta_id, random_base62};

/// Tokens of one Okta org, by what their owners may do.
#[derive(Clone, Debug, Serialize)]
pub struct OktaTokens {
    /// Of a Read-Only Administrator.
    pub read_only: String,
    /// Of a Read-Only, Application and Group Administrator.
    pub app_and_group_admin: String,
    /// Of a Super Administrator.
    pub super_admin: String,
    /// Of a user without an admin role.
    pub no_role: String,
    /// A token that was revoked: every call with it is refused with 401 E0000011.
    pub revoked: String,
}

/// A standard admin role, by the name that Okta's API gives its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoleType {
    Super,
    ReadOnly,
    Application,
    /// Group Administrator.
    Group,
}

impl RoleType {
    /// Type and label. Source: Okta developer docs, standard role types.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            RoleType::Super => ("SUPER_ADMIN", "Super Administrator"),
            RoleType::ReadOnly => ("READ_ONLY_ADMIN", "Read-Only Administrator"),
            RoleType::Application => ("APP_ADMIN", "Application Administrator"),
            RoleType::Group => ("USER_ADMIN", "Group Administrator"),
        }
    }
}

/// A user of the org.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) login: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) status: &'static str,
    pub(crate) roles: &'static [RoleType],
}

/// A group of the org.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) kind: &'static str,
}

/// An app of the org.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) id: String,
    /// Key of Okta's catalogue.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) status: &'static str,
    pub(crate) sign_on_mode: &'static str,
}

/// An Okta org. Clones are the same org.
#[derive(Clone, Debug)]
pub(crate) struct Org(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    url: String,
    id: String,
    subdomain: String,
    created: Timestamp,
    tokens: OktaTokens,
    users: Vec<User>,
    groups: Vec<Group>,
    apps: Vec<App>,
    /// Cursors that were given out, with the offset they stand for. Random, so that no client can make its own.
    cursors: Mutex<HashMap<String, usize>>,
}

/// First name, last name, status, roles. The first four own the tokens, in the order of [`OktaTokens`].
const USERS: &[(&str, &str, &str, &[RoleType])] = &[
    ("Rita", "Readonly", "ACTIVE", &[RoleType::ReadOnly]),
    ("Gus", "Groupadmin", "ACTIVE", &[RoleType::ReadOnly, RoleType::Application, RoleType::Group]),
    ("Sue", "Superadmin", "ACTIVE", &[RoleType::Super]),
    ("Norbert", "Norole", "ACTIVE", &[]),
    ("Alice", "Active", "ACTIVE", &[]),
    ("Bob", "Builder", "ACTIVE", &[]),
    ("Stan", "Staged", "STAGED", &[]),
    ("Paula", "Provisioned", "PROVISIONED", &[]),
    ("Lara", "Lockedout", "LOCKED_OUT", &[]),
    ("Sven", "Suspended", "SUSPENDED", &[]),
    ("Dora", "Deprovisioned", "DEPROVISIONED", &[]),
];

const GROUPS: &[(&str, &str, &str)] = &[
    ("Everyone", "All users in your organization", "BUILT_IN"),
    ("Engineering", "Builds things", "OKTA_GROUP"),
    ("Sales", "Sells things", "OKTA_GROUP"),
    ("Directory Staff", "From the directory", "APP_GROUP"),
];

const APPS: &[(&str, &str, &str, &str)] = &[
    ("amazon_aws", "AWS Account Federation", "ACTIVE", "SAML_2_0"),
    ("oidc_client", "Internal Wiki", "ACTIVE", "OPENID_CONNECT"),
    ("bookmark", "Lunch Menu", "ACTIVE", "BOOKMARK"),
    ("salesforce", "Salesforce (old)", "INACTIVE", "SAML_2_0"),
];

impl Org {
    /// The org with this number, counted from 0, reached at `url` (without a slash at the end).
    pub(crate) fn new(number: usize, url: String) -> Self {
        let id = |prefix: &str, name: &str| okta_id(prefix, 20, &format!("{number}/{name}"));
        // 42 characters that begin with 00: the shape of a token in Okta developer docs.
        let token = |name: &str| okta_id("00", 42, &format!("{number}/token/{name}"));
        let subdomain = if number == 0 { "sandbox".to_owned() } else { format!("sandbox-{number}") };
        let users = USERS.iter().map(|&(first_name, last_name, status, roles)| User {
            id: id("00u", last_name),
            login: format!("{first_name}.{last_name}@{subdomain}.example.com").to_lowercase(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            status,
            roles,
        });
        let groups =
            GROUPS.iter().map(|&(name, description, kind)| Group { id: id("00g", name), name, description, kind });
        let apps = APPS.iter().map(|&(name, label, status, sign_on_mode)| {
            let id = id("0oa", label);
            App { id, name, label, status, sign_on_mode }
        });
        Self(Arc::new(Inner {
            url,
            id: id("00o", "org"),
            // A fixed day: whatever an org says about itself is the same in every run.
            created: Timestamp::parse("2025-03-04T05:06:07.089Z").unwrap_or_else(Timestamp::now),
            tokens: OktaTokens {
                read_only: token("read_only"),
                app_and_group_admin: token("app_and_group_admin"),
                super_admin: token("super_admin"),
                no_role: token("no_role"),
                revoked: token("revoked"),
            },
            users: users.collect(),
            groups: groups.collect(),
            apps: apps.collect(),
            subdomain,
            cursors: Mutex::default(),
        }))
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    pub(crate) fn id(&self) -> &str {
        &self.0.id
    }

    pub(crate) fn subdomain(&self) -> &str {
        &self.0.subdomain
    }

    /// When the org and everything in it was made.
    pub(crate) fn created(&self) -> Timestamp {
        self.0.created
    }

    pub(crate) fn tokens(&self) -> &OktaTokens {
        &self.0.tokens
    }

    pub(crate) fn users(&self) -> &[User] {
        &self.0.users
    }

    pub(crate) fn groups(&self) -> &[Group] {
        &self.0.groups
    }

    pub(crate) fn apps(&self) -> &[App] {
        &self.0.apps
    }

    /// The owner of a token that lives.
    pub(crate) fn token_owner(&self, token: &str) -> Option<&User> {
        let OktaTokens { read_only, app_and_group_admin, super_admin, no_role, revoked: _ } = self.tokens();
        let index = [read_only, app_and_group_admin, super_admin, no_role].iter().position(|known| *known == token)?;
        self.users().get(index)
    }

    /// A user by id or login, as Okta's paths take both.
    pub(crate) fn user(&self, id_or_login: &str) -> Option<&User> {
        let is_meant = |user: &&User| user.id == id_or_login || user.login.eq_ignore_ascii_case(id_or_login);
        self.users().iter().find(is_meant)
    }

    /// A new cursor for the items from `offset` on.
    pub(crate) fn cursor(&self, offset: usize) -> String {
        let cursor = random_base62(24);
        self.0.cursors.lock().unwrap_or_else(PoisonError::into_inner).insert(cursor.clone(), offset);
        cursor
    }

    /// The offset of a cursor that was given out.
    pub(crate) fn offset(&self, cursor: &str) -> Option<usize> {
        self.0.cursors.lock().unwrap_or_else(PoisonError::into_inner).get(cursor).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_org_is_the_same_in_every_run_and_unlike_any_other() {
        let (first, again, second) =
            (Org::new(0, String::new()), Org::new(0, String::new()), Org::new(1, String::new()));
        assert_eq!((first.id(), &first.tokens().super_admin), (again.id(), &again.tokens().super_admin));
        assert_ne!(first.id(), second.id());
        assert!(second.token_owner(&first.tokens().super_admin).is_none());
        assert!(first.id().starts_with("00o") && first.id().len() == 20);
    }

    #[test]
    fn each_token_belongs_to_the_user_with_its_roles() {
        let org = Org::new(0, String::new());
        let owner = |token: &str| org.token_owner(token).map(|user| user.last_name.as_str());
        assert_eq!(owner(&org.tokens().read_only), Some("Readonly"));
        assert_eq!(owner(&org.tokens().app_and_group_admin), Some("Groupadmin"));
        assert_eq!(owner(&org.tokens().super_admin), Some("Superadmin"));
        assert_eq!(owner(&org.tokens().no_role), Some("Norole"));
        assert_eq!(owner(&org.tokens().revoked), None);
    }
}
