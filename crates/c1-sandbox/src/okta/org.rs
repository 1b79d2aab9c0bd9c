//! One Okta org: who is in it, and which tokens open it. It is the same in every run, tokens included, so that a
//! connector from a state file still finds its org after a restart.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use serde::Serialize;

use super::changes::Changes;
use super::error::OktaError;
use super::population::{NAMED_USERS, OrgSize, Population, mix, unmix};
use super::roles::RoleType;
use crate::behaviour::{JudgedFirst, OktaBehaviour};
use crate::clock::Timestamp;
use crate::identifiers::{BASE62, okta_id, random_base62};

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
    /// Of a Group and Application Administrator of one group and one app only.
    pub scoped_admin: String,
    /// Of a user without an admin role.
    pub no_role: String,
    /// A token that was revoked: every call with it is refused with 401 E0000011.
    pub revoked: String,
}

/// A token's owner and what the token opens right now. Tests change all but the owner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant {
    /// Place of the owner among the users.
    pub(crate) owner: u32,
    pub(crate) revoked: bool,
    /// The owner's admin roles.
    pub(crate) roles: &'static [RoleType],
    /// Targets of these roles. `None` is everything.
    pub(crate) targets: Option<&'static Targets>,
    /// Lets the owner read their own roles without the permission to read those of others. Okta's documentation does
    /// not say whether an administrator may.
    pub(crate) sees_own_roles: bool,
}

/// Groups and apps that an administrator is one of, by their places.
#[derive(Debug)]
pub(crate) struct Targets {
    pub(crate) groups: &'static [u32],
    pub(crate) apps: &'static [u32],
}

/// Of the named groups and apps, one each.
const TARGETS: &Targets = &Targets { groups: &[2], apps: &[0] };

/// Kinds of tokens by the names of the fields of [`OktaTokens`], with what they open at the start. The owners are the
/// first of the named users, in this order, but that of the revoked token, which once was another one of the first's, and
/// that with targets, who is the last.
const KINDS: &[(&str, Grant)] = &[
    ("read_only", grant(0, &[RoleType::ReadOnly])),
    ("app_and_group_admin", grant(1, &[RoleType::ReadOnly, RoleType::Application, RoleType::Group])),
    ("super_admin", grant(2, &[RoleType::Super])),
    ("no_role", grant(3, &[])),
    ("custom_read_only", grant(4, &[RoleType::Custom])),
    ("scoped_admin", Grant { targets: Some(TARGETS), ..grant(12, &[RoleType::Application, RoleType::Group]) }),
    ("revoked", Grant { revoked: true, ..grant(0, &[RoleType::ReadOnly]) }),
];

const fn grant(owner: u32, roles: &'static [RoleType]) -> Grant {
    Grant { owner, revoked: false, roles, targets: None, sees_own_roles: false }
}

/// Returns the initial permissions of a kind of token.
pub(crate) fn grant_of_kind(kind: &str) -> Option<&'static Grant> {
    KINDS.iter().find(|(known, grant)| *known == kind && !grant.revoked).map(|(_, grant)| grant)
}

/// An Okta org. Clones are the same org.
#[derive(Clone, Debug)]
pub(crate) struct Org(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    url: String,
    number: usize,
    id: String,
    subdomain: String,
    user_type: String,
    /// The digits that all objects of a kind have in common, by kind.
    families: [String; 3],
    created: Timestamp,
    tokens: OktaTokens,
    population: Population,
    /// Groups that carry an admin role, and everybody who was in them at the start.
    admin_groups: Vec<u32>,
    admins_by_group: BTreeSet<u32>,
    changes: RwLock<Changes>,
    behaviour: OktaBehaviour,
    /// Permissions of each kind of token, in the order of [`KINDS`].
    grants: Mutex<Vec<Grant>>,
    /// Cursors that were given out, with the place they stand for. Random, so that no client can make its own.
    cursors: Mutex<HashMap<String, u64>>,
}

/// Type of an object, as the prefix of its ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    Group,
    App,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::User => "00u",
            Self::Group => "00g",
            Self::App => "0oa",
        }
    }
}

/// Digits of an ID that tell a place: enough for 64 bits.
const PLACE_DIGITS: u32 = 11;

impl Org {
    /// The org with this number, counted from 0, reached at `url` (without a slash at the end).
    pub(crate) fn new(number: usize, url: String, size: OrgSize, behaviour: OktaBehaviour) -> Self {
        // 42 characters that begin with 00: the shape of a token in Okta developer docs.
        let token = |name: &str| okta_id("00", 42, &format!("{number}/token/{name}"));
        let subdomain = if number == 0 { "sandbox".to_owned() } else { format!("sandbox-{number}") };
        let population = Population::new(size, number);
        let admin_groups: Vec<u32> =
            (0..population.groups()).filter(|group| population.group_role(*group).is_some()).collect();
        let admins_by_group =
            admin_groups.iter().flat_map(|group| population.members(*group, 0)).map(|(_, user)| user).collect();
        let id = okta_id("00o", 20, &format!("{number}/org"));
        let family = |kind: Kind| okta_id("", 6, &format!("{number}/{}", kind.prefix()));
        Self(Arc::new(Inner {
            url,
            number,
            user_type: okta_id("oty", 20, &id),
            families: [Kind::User, Kind::Group, Kind::App].map(family),
            id,
            // A fixed day: whatever an org says about itself is the same in every run.
            created: Timestamp::parse("2020-03-04T05:06:07.089Z").unwrap_or_else(Timestamp::now),
            tokens: OktaTokens {
                read_only: token("read_only"),
                app_and_group_admin: token("app_and_group_admin"),
                super_admin: token("super_admin"),
                custom_read_only: token("custom_read_only"),
                scoped_admin: token("scoped_admin"),
                no_role: token("no_role"),
                revoked: token("revoked"),
            },
            population,
            admin_groups,
            admins_by_group,
            subdomain,
            changes: RwLock::default(),
            behaviour,
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

    pub(crate) fn behaviour(&self) -> OktaBehaviour {
        self.0.behaviour
    }

    /// The object of a call, judged with the caller's permission in the order that the org has.
    pub(crate) fn judged<T>(
        &self,
        permission: Result<(), OktaError>,
        existence: impl FnOnce() -> Result<T, OktaError>,
    ) -> Result<T, OktaError> {
        match self.0.behaviour.judged_first {
            JudgedFirst::Permission => permission.and_then(|()| existence()),
            JudgedFirst::Existence => existence().and_then(|found| permission.map(|()| found)),
        }
    }

    /// Users and groups that hold a role of their own, not through a group.
    pub(crate) fn holders(&self, role: RoleType) -> Vec<(Kind, u32)> {
        let population = &self.0.population;
        let of_tokens: BTreeSet<u32> =
            self.grants().iter().filter(|grant| grant.roles.contains(&role)).map(|grant| grant.owner).collect();
        let own = population.admins().iter().filter(|(_, held)| *held == role).map(|(user, _)| *user);
        let users = of_tokens.into_iter().chain(own).map(|user| (Kind::User, user));
        let groups = self.0.admin_groups.iter().filter(|group| population.group_role(**group) == Some(role));
        users.chain(groups.map(|group| (Kind::Group, *group))).collect()
    }

    pub(super) fn change_lock(&self) -> &RwLock<Changes> {
        &self.0.changes
    }

    /// ID of the type that all users have.
    pub(crate) fn user_type(&self) -> &str {
        &self.0.user_type
    }

    /// When the org was made.
    pub(crate) fn created(&self) -> Timestamp {
        self.0.created
    }

    pub(crate) fn tokens(&self) -> &OktaTokens {
        &self.0.tokens
    }

    pub(crate) fn population(&self) -> &Population {
        &self.0.population
    }

    /// When a user was made.
    pub(crate) fn user_created(&self, user: u32) -> Timestamp {
        self.0.created.plus_millis(self.0.population.created_after(user))
    }

    pub(crate) fn login(&self, user: u32) -> String {
        let (first, last) = self.0.population.names(user);
        let number = if (user as usize) < NAMED_USERS.len() { String::new() } else { format!(".{user}") };
        format!("{first}.{last}{number}@{}.example.com", self.0.subdomain).to_lowercase()
    }

    /// The ID of the object at a place: the same in every run, and telling nothing of its place.
    pub(crate) fn object_id(&self, kind: Kind, place: u32) -> String {
        let mut scrambled = mix(u64::from(place) ^ self.key(kind));
        let mut id = String::with_capacity(20);
        id.push_str(kind.prefix());
        id.push_str(self.family(kind));
        for _ in 0..PLACE_DIGITS {
            id.push(char::from(BASE62[(scrambled % 62) as usize]));
            scrambled /= 62;
        }
        id
    }

    /// The place of the object with an ID.
    pub(crate) fn place(&self, kind: Kind, id: &str) -> Option<u32> {
        let digits = id.strip_prefix(kind.prefix())?.strip_prefix(self.family(kind))?;
        let scrambled = digits.bytes().rev().try_fold(0_u64, |number, digit| {
            let value = BASE62.iter().position(|known| *known == digit)? as u64;
            number.checked_mul(62)?.checked_add(value)
        })?;
        let place = u32::try_from(unmix(scrambled) ^ self.key(kind)).ok()?;
        let population = &self.0.population;
        let count = match kind {
            Kind::User => population.users(),
            Kind::Group => population.groups(),
            Kind::App => population.apps(),
        };
        (place < count && digits.len() == PLACE_DIGITS as usize).then_some(place)
    }

    fn key(&self, kind: Kind) -> u64 {
        mix(self.0.number as u64) << 35 | (kind as u64) << 33
    }

    fn family(&self, kind: Kind) -> &str {
        &self.0.families[kind as usize]
    }

    /// A user by ID or login, as Okta's paths take both.
    pub(crate) fn user(&self, id_or_login: &str) -> Option<u32> {
        if let Some(user) = self.place(Kind::User, id_or_login) {
            return Some(user);
        }
        let (name, _) = id_or_login.split_once('@')?;
        let numbered = name.rsplit_once('.').and_then(|(_, number)| number.parse().ok());
        let candidates = numbered.into_iter().chain(0..NAMED_USERS.len() as u32);
        let mut known = candidates.filter(|user| *user < self.0.population.users());
        known.find(|user| self.login(*user).eq_ignore_ascii_case(id_or_login))
    }

    /// The owner of a token that lives, and what the token opens.
    pub(crate) fn token_owner(&self, token: &str) -> Option<(u32, Grant)> {
        let OktaTokens {
            read_only,
            app_and_group_admin,
            super_admin,
            no_role,
            custom_read_only,
            scoped_admin,
            revoked,
        } = self.tokens();
        let tokens = [read_only, app_and_group_admin, super_admin, no_role, custom_read_only, scoped_admin, revoked];
        let index = tokens.iter().position(|known| *known == token)?;
        let grant = self.grants().get(index).copied().filter(|grant| !grant.revoked)?;
        Some((grant.owner, grant))
    }

    /// The targets of a user's own roles. None: they are good for everything.
    pub(crate) fn targets(&self, user: u32) -> Option<&'static Targets> {
        self.grants().iter().find(|grant| grant.owner == user).and_then(|grant| grant.targets)
    }

    /// A user's admin roles, each with the group that it came through.
    pub(crate) fn roles(&self, user: u32) -> Vec<(RoleType, Option<u32>)> {
        let of_token = self.grants().iter().find(|grant| grant.owner == user).map(|grant| grant.roles);
        let population = &self.0.population;
        let own = population.admins().iter().filter(|(admin, _)| *admin == user).map(|(_, role)| *role);
        let direct = of_token.into_iter().flatten().copied().chain(own).map(|role| (role, None));
        let groups = self.0.admin_groups.iter().filter(|group| self.is_member(**group, user));
        let derived = groups.filter_map(|group| Some((population.group_role(*group)?, Some(*group))));
        direct.chain(derived).collect()
    }

    /// Everybody who holds an admin role, also through a group.
    pub(crate) fn administrators(&self) -> BTreeSet<u32> {
        let of_tokens: Vec<u32> =
            self.grants().iter().filter(|grant| !grant.roles.is_empty()).map(|grant| grant.owner).collect();
        let own = self.0.population.admins().iter().map(|(user, _)| *user);
        let through_groups: Vec<u32> = if self.0.admin_groups.iter().any(|group| self.has_changed_members(*group)) {
            self.0.admin_groups.iter().flat_map(|group| self.members(*group, 0)).map(|(_, user)| user).collect()
        } else {
            self.0.admins_by_group.iter().copied().collect()
        };
        of_tokens.into_iter().chain(own).chain(through_groups).collect()
    }

    /// Groups that carry an admin role.
    pub(crate) fn admin_groups(&self) -> &[u32] {
        &self.0.admin_groups
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

    /// A new cursor for the items from a place on.
    pub(crate) fn cursor(&self, place: u64) -> String {
        let cursor = random_base62(24);
        self.0.cursors.lock().unwrap_or_else(PoisonError::into_inner).insert(cursor.clone(), place);
        cursor
    }

    /// The place of a cursor that was given out.
    pub(crate) fn cursor_place(&self, cursor: &str) -> Option<u64> {
        self.0.cursors.lock().unwrap_or_else(PoisonError::into_inner).get(cursor).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn org(number: usize) -> Org {
        Org::new(number, String::new(), OrgSize { users: 50, groups: 20, apps: 10, seed: 1 }, OktaBehaviour::default())
    }

    #[test]
    fn an_org_is_the_same_in_every_run_and_unlike_any_other() {
        let (first, again, second) = (org(0), org(0), org(1));
        assert_eq!((first.id(), &first.tokens().super_admin), (again.id(), &again.tokens().super_admin));
        assert_ne!(first.id(), second.id());
        assert!(second.token_owner(&first.tokens().super_admin).is_none());
        assert!(first.id().starts_with("00o") && first.id().len() == 20);
    }

    #[test]
    fn every_object_is_found_by_its_id_and_none_of_another_kind_or_org() {
        let (first, second) = (org(0), org(1));
        for (kind, count) in [(Kind::User, 50), (Kind::Group, 20), (Kind::App, 10)] {
            for place in 0..count {
                let id = first.object_id(kind, place);
                assert_eq!(id.len(), 20);
                assert_eq!(first.place(kind, &id), Some(place), "{id}");
                assert_eq!(second.place(kind, &id), None);
                assert_eq!(first.place(if kind == Kind::User { Kind::App } else { Kind::User }, &id), None);
            }
            assert_eq!(first.place(kind, &first.object_id(kind, count)), None);
        }
        for text in ["", "00u", "00u00000000000000000", "00uäöü", "missing"] {
            assert_eq!(first.place(Kind::User, text), None, "{text}");
        }
        for user in 0..50 {
            assert_eq!(first.user(&first.login(user).to_uppercase()), Some(user));
        }
    }

    #[test]
    fn each_token_belongs_to_the_user_with_its_roles() {
        let org = org(0);
        let owner = |token: &str| org.token_owner(token).map(|(user, _)| org.population().names(user).1);
        assert_eq!(owner(&org.tokens().read_only), Some("Readonly"));
        assert_eq!(owner(&org.tokens().app_and_group_admin), Some("Groupadmin"));
        assert_eq!(owner(&org.tokens().super_admin), Some("Superadmin"));
        assert_eq!(owner(&org.tokens().no_role), Some("Norole"));
        assert_eq!(owner(&org.tokens().custom_read_only), Some("Customrole"));
        assert_eq!(owner(&org.tokens().revoked), None);
    }
}
