//! One Okta org: who is in it, and which tokens open it. It is the same in every run, tokens included, so that a
//! connector from a state file still finds its org after a restart.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// Of a holder of a custom role that reads users, groups, apps and who holds which admin role.
    pub custom_read_only: String,
    /// Of a user without an admin role.
    pub no_role: String,
    /// A token that was revoked: every call with it is refused with 401 E0000011.
    pub revoked: String,
}

/// An admin role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoleType {
    Super,
    ReadOnly,
    Application,
    /// Group Administrator.
    Group,
    /// A custom role with `okta.iam.read` and the reads of a read-only administrator, as ConductorOne's documentation
    /// describes it for its newer Okta connector.
    Custom,
}

impl RoleType {
    /// Type and label. Source: Okta developer docs, standard role types.
    pub(crate) fn names(self) -> (&'static str, &'static str) {
        match self {
            RoleType::Super => ("SUPER_ADMIN", "Super Administrator"),
            RoleType::ReadOnly => ("READ_ONLY_ADMIN", "Read-Only Administrator"),
            RoleType::Application => ("APP_ADMIN", "Application Administrator"),
            RoleType::Group => ("USER_ADMIN", "Group Administrator"),
            RoleType::Custom => ("CUSTOM", "ConductorOne read-only"),
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
}

/// A token's owner and what the token opens right now. Tests change all but the owner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant {
    /// Index of the owner among the users.
    owner: usize,
    pub(crate) revoked: bool,
    /// The owner's admin roles.
    pub(crate) roles: &'static [RoleType],
    /// Whether the owner may read their own roles even without the right to read anybody's. Okta's documentation does
    /// not say whether an administrator may.
    pub(crate) sees_own_roles: bool,
}

/// Kinds of tokens by the names of the fields of [`OktaTokens`], with what they open at the start. The owners are the
/// first of [`USERS`], in this order, but that of the revoked token, which once was another one of the first's.
const KINDS: &[(&str, Grant)] = &[
    ("read_only", grant(0, &[RoleType::ReadOnly])),
    ("app_and_group_admin", grant(1, &[RoleType::ReadOnly, RoleType::Application, RoleType::Group])),
    ("super_admin", grant(2, &[RoleType::Super])),
    ("no_role", grant(3, &[])),
    ("custom_read_only", grant(4, &[RoleType::Custom])),
    ("revoked", Grant { revoked: true, ..grant(0, &[RoleType::ReadOnly]) }),
];

const fn grant(owner: usize, roles: &'static [RoleType]) -> Grant {
    Grant { owner, revoked: false, roles, sees_own_roles: false }
}

/// The roles that a kind of token has at the start.
pub(crate) fn roles_of_kind(kind: &str) -> Option<&'static [RoleType]> {
    KINDS.iter().find(|(known, grant)| *known == kind && !grant.revoked).map(|(_, grant)| grant.roles)
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
    /// What each kind of token opens, in the order of [`KINDS`].
    grants: Mutex<Vec<Grant>>,
    /// Cursors that were given out, with the offset they stand for. Random, so that no client can make its own.
    cursors: Mutex<HashMap<String, usize>>,
}

/// First name, last name, status. The first ones own the tokens: see [`KINDS`].
const USERS: &[(&str, &str, &str)] = &[
    ("Rita", "Readonly", "ACTIVE"),
    ("Gus", "Groupadmin", "ACTIVE"),
    ("Sue", "Superadmin", "ACTIVE"),
    ("Norbert", "Norole", "ACTIVE"),
    ("Cora", "Customrole", "ACTIVE"),
    ("Alice", "Active", "ACTIVE"),
    ("Bob", "Builder", "ACTIVE"),
    ("Stan", "Staged", "STAGED"),
    ("Paula", "Provisioned", "PROVISIONED"),
    ("Lara", "Lockedout", "LOCKED_OUT"),
    ("Sven", "Suspended", "SUSPENDED"),
    ("Dora", "Deprovisioned", "DEPROVISIONED"),
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
        let users = USERS.iter().map(|&(first_name, last_name, status)| User {
            id: id("00u", last_name),
            login: format!("{first_name}.{last_name}@{subdomain}.example.com").to_lowercase(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            status,
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
                custom_read_only: token("custom_read_only"),
                no_role: token("no_role"),
                revoked: token("revoked"),
            },
            users: users.collect(),
            groups: groups.collect(),
            apps: apps.collect(),
            subdomain,
            grants: Mutex::new(KINDS.iter().map(|(_, grant)| *grant).collect()),
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

    /// The owner of a token that lives, and what the token opens.
    pub(crate) fn token_owner(&self, token: &str) -> Option<(&User, Grant)> {
        let OktaTokens { read_only, app_and_group_admin, super_admin, no_role, custom_read_only, revoked } =
            self.tokens();
        let tokens = [read_only, app_and_group_admin, super_admin, no_role, custom_read_only, revoked];
        let index = tokens.iter().position(|known| *known == token)?;
        let grant = self.grants().get(index).copied().filter(|grant| !grant.revoked)?;
        Some((self.users().get(grant.owner)?, grant))
    }

    /// A user's admin roles.
    pub(crate) fn roles(&self, user: &User) -> &'static [RoleType] {
        let index = self.users().iter().position(|known| known.id == user.id);
        let grants = self.grants();
        let mine = grants.iter().find(|grant| Some(grant.owner) == index);
        mine.map_or(&[], |grant| grant.roles)
    }

    /// Changes what a kind of token opens. None: there is no such kind.
    pub(crate) fn change_token(&self, kind: &str, change: impl FnOnce(&mut Grant)) -> Option<Grant> {
        let index = KINDS.iter().position(|(known, _)| *known == kind)?;
        let mut grants = self.grants();
        let grant = grants.get_mut(index)?;
        change(grant);
        Some(*grant)
    }

    fn grants(&self) -> MutexGuard<'_, Vec<Grant>> {
        self.0.grants.lock().unwrap_or_else(PoisonError::into_inner)
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
        let owner = |token: &str| org.token_owner(token).map(|(user, _)| user.last_name.as_str());
        assert_eq!(owner(&org.tokens().read_only), Some("Readonly"));
        assert_eq!(owner(&org.tokens().app_and_group_admin), Some("Groupadmin"));
        assert_eq!(owner(&org.tokens().super_admin), Some("Superadmin"));
        assert_eq!(owner(&org.tokens().no_role), Some("Norole"));
        assert_eq!(owner(&org.tokens().custom_read_only), Some("Customrole"));
        assert_eq!(owner(&org.tokens().revoked), None);
    }
}
