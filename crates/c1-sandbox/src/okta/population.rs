//! The objects of an org of any size, computed from a seed.
//!
//! A user, a group or an app is a function of the seed and its index; an ID is the scrambled index. The members of a
//! group are an arithmetic progression over the users, so that members can be listed from any index and one membership
//! can be looked up without a table. Sizes are counted once, at the start.

use super::roles::RoleType;

/// How large an org is, and which one of all orgs of this size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrgSize {
    /// Users in all, deprovisioned ones included; at least the named ones, who own the tokens.
    pub users: u32,
    /// Groups, Everyone included; at least the named ones.
    pub groups: u32,
    /// Apps; at least the named ones.
    pub apps: u32,
    /// The same seed makes the same org.
    pub seed: u64,
}

impl Default for OrgSize {
    /// The named ones only.
    fn default() -> Self {
        Self { users: 0, groups: 0, apps: 0, seed: 1 }
    }
}

/// First name, last name, status. The first ones own the tokens.
pub(crate) const NAMED_USERS: &[(&str, &str, Status)] = &[
    ("Rita", "Readonly", Status::Active),
    ("Gus", "Groupadmin", Status::Active),
    ("Sue", "Superadmin", Status::Active),
    ("Norbert", "Norole", Status::Active),
    ("Cora", "Customrole", Status::Active),
    ("Alice", "Active", Status::Active),
    ("Bob", "Builder", Status::Active),
    ("Stan", "Staged", Status::Staged),
    ("Paula", "Provisioned", Status::Provisioned),
    ("Lara", "Lockedout", Status::LockedOut),
    ("Sven", "Suspended", Status::Suspended),
    ("Dora", "Deprovisioned", Status::Deprovisioned),
    ("Tessa", "Targets", Status::Active),
];

/// Name, description, kind, members.
const NAMED_GROUPS: &[(&str, &str, GroupKind, u32)] = &[
    ("Everyone", "All users in your organization", GroupKind::BuiltIn, 0),
    ("Engineering", "Builds things", GroupKind::Okta, 5),
    ("Sales", "Sells things", GroupKind::Okta, 3),
    ("Directory Staff", "From the directory", GroupKind::App, 4),
];

/// Key of the catalogue, label, whether it is active, sign-on mode, users assigned directly, groups assigned.
type NamedApp = (&'static str, &'static str, bool, &'static str, u32, &'static [u32]);
const NAMED_APPS: &[NamedApp] = &[
    ("amazon_aws", "AWS Account Federation", true, "SAML_2_0", 2, &[1]),
    ("oidc_client", "Internal Wiki", true, "OPENID_CONNECT", 0, &[0]),
    ("bookmark", "Lunch Menu", true, "BOOKMARK", 3, &[]),
    ("salesforce", "Salesforce (old)", false, "SAML_2_0", 2, &[2]),
];

const FIRST_NAMES: [&str; 12] =
    ["Ada", "Bela", "Chen", "Dana", "Emil", "Fatma", "Goran", "Hana", "Ivo", "Jun", "Kira", "Luis"];
const LAST_NAMES: [&str; 10] =
    ["Abel", "Brandt", "Costa", "Dube", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jansen"];
const APP_KEYS: [(&str, &str); 6] = [
    ("oidc_client", "OPENID_CONNECT"),
    ("salesforce", "SAML_2_0"),
    ("slack", "SAML_2_0"),
    ("bookmark", "BOOKMARK"),
    ("zoomus", "SAML_2_0"),
    ("basic_auth_app", "BROWSER_PLUGIN"),
];

/// The place of the group of all users.
pub(crate) const EVERYONE: u32 = 0;

/// State of a user in the life cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Active,
    Deprovisioned,
    Staged,
    Provisioned,
    Suspended,
    LockedOut,
    PasswordExpired,
    Recovery,
}

impl Status {
    /// As Okta writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Deprovisioned => "DEPROVISIONED",
            Self::Staged => "STAGED",
            Self::Provisioned => "PROVISIONED",
            Self::Suspended => "SUSPENDED",
            Self::LockedOut => "LOCKED_OUT",
            Self::PasswordExpired => "PASSWORD_EXPIRED",
            Self::Recovery => "RECOVERY",
        }
    }
}

/// Source of a group's members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupKind {
    BuiltIn,
    Okta,
    App,
}

impl GroupKind {
    /// As Okta writes it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::BuiltIn => "BUILT_IN",
            Self::Okta => "OKTA_GROUP",
            Self::App => "APP_GROUP",
        }
    }
}

/// Some of the users: `start`, `start + stride`, … of them, `size` places long.
#[derive(Clone, Copy, Debug)]
struct Progression {
    start: u32,
    stride: u32,
    inverse: u32,
    size: u32,
}

#[derive(Clone, Debug)]
struct Group {
    kind: GroupKind,
    members: Progression,
    members_count: u32,
    role: Option<RoleType>,
}

#[derive(Clone, Debug)]
struct App {
    is_active: bool,
    direct: Progression,
    groups: Vec<u32>,
}

/// An org's content.
#[derive(Debug)]
pub(crate) struct Population {
    seed: u64,
    statuses: Vec<Status>,
    groups: Vec<Group>,
    apps: Vec<App>,
    apps_of_groups: Vec<Vec<u32>>,
    /// Users with an admin role of their own, by place.
    admins: Vec<(u32, RoleType)>,
}

impl Population {
    /// The content of org `number`. Takes time and memory in proportion to the numbers of objects, not of memberships.
    pub(crate) fn new(size: OrgSize, number: usize) -> Self {
        let least = |wanted: u32, named: usize| (wanted as usize).max(named);
        let seed = mix(size.seed ^ mix(number as u64));
        let users = least(size.users, NAMED_USERS.len());
        let mut population = Self {
            seed,
            statuses: Vec::new(),
            groups: Vec::new(),
            apps: Vec::new(),
            apps_of_groups: Vec::new(),
            admins: Vec::new(),
        };
        population.statuses = (0..users).map(|user| population.made_up_status(user)).collect();
        let users = users as u32;
        let groups = least(size.groups, NAMED_GROUPS.len()) as u32;
        population.groups = (0..groups).map(|group| population.made_up_group(group, users)).collect();
        for group in 0..population.groups.len() {
            let count = population.members(group as u32, 0).count() as u32;
            population.groups[group].members_count = count;
        }
        let apps = least(size.apps, NAMED_APPS.len()) as u32;
        population.apps = (0..apps).map(|app| population.made_up_app(app, users, groups)).collect();
        population.apps_of_groups = vec![Vec::new(); groups as usize];
        for (app, facts) in population.apps.iter().enumerate() {
            for group in &facts.groups {
                population.apps_of_groups[*group as usize].push(app as u32);
            }
        }
        population.admins = (NAMED_USERS.len() as u32..users)
            .filter(|user| population.hash(7, *user).is_multiple_of(1_500))
            .filter(|user| population.statuses[*user as usize] != Status::Deprovisioned)
            .map(|user| (user, ROLES[(population.hash(8, user) % ROLES.len() as u64) as usize]))
            .collect();
        population
    }

    fn hash(&self, what: u64, place: u32) -> u64 {
        mix(self.seed ^ mix(what << 40 | u64::from(place)))
    }

    /// From above 0 to 1.
    fn fraction(&self, what: u64, place: u32) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits are enough of a fraction")]
        let fraction = ((self.hash(what, place) >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        fraction
    }

    fn made_up_status(&self, user: usize) -> Status {
        if let Some((_, _, status)) = NAMED_USERS.get(user) {
            return *status;
        }
        match self.hash(1, user as u32) % 100 {
            0..82 => Status::Active,
            82..92 => Status::Deprovisioned,
            92..94 => Status::Staged,
            94..96 => Status::Provisioned,
            96 => Status::Suspended,
            97 => Status::LockedOut,
            98 => Status::PasswordExpired,
            _ => Status::Recovery,
        }
    }

    fn made_up_group(&self, group: u32, users: u32) -> Group {
        let (kind, size) = match NAMED_GROUPS.get(group as usize) {
            Some((_, _, kind, size)) => (*kind, *size),
            None => {
                let kind = if self.hash(2, group).is_multiple_of(10) { GroupKind::App } else { GroupKind::Okta };
                (kind, self.skewed(3, group, users, f64::from(users / 5_000).clamp(2.0, 40.0)))
            }
        };
        let is_named = (group as usize) < NAMED_GROUPS.len();
        let carries_role = !is_named && kind == GroupKind::Okta && self.hash(5, group).is_multiple_of(200);
        let role = carries_role.then(|| ROLES[(self.hash(6, group) % ROLES.len() as u64) as usize]);
        // Groups of administrators are small.
        let size = if carries_role { size.clamp(1, 20) } else { size };
        Group { kind, members: self.progression(4, group, users, size), members_count: 0, role }
    }

    fn made_up_app(&self, app: u32, users: u32, groups: u32) -> App {
        if let Some((_, _, is_active, _, size, assigned)) = NAMED_APPS.get(app as usize) {
            let direct = self.progression(10, app, users, *size);
            return App { is_active: *is_active, direct, groups: assigned.to_vec() };
        }
        let size = self.skewed(9, app, users, f64::from(users / 2_000).clamp(2.0, 200.0));
        let mut assigned: Vec<u32> = (0..self.hash(11, app) % 4)
            .map(|turn| 1 + (self.hash(12 + turn, app) % u64::from(groups - 1)) as u32)
            .collect();
        assigned.sort_unstable();
        assigned.dedup();
        let is_active = !self.hash(16, app).is_multiple_of(8);
        App { is_active, direct: self.progression(10, app, users, size), groups: assigned }
    }

    /// Most are small, some are empty and a few are very large.
    fn skewed(&self, what: u64, place: u32, users: u32, scale: f64) -> u32 {
        let fraction = self.fraction(what, place);
        if fraction < 0.15 {
            return 0;
        }
        let size = scale * ((fraction - 0.15) / 0.85).max(1e-6).powf(-0.9);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to the number of users")]
        let size = size.min(f64::from(users) * 0.3) as u32;
        size
    }

    fn progression(&self, what: u64, place: u32, users: u32, size: u32) -> Progression {
        let hash = self.hash(what + 100, place);
        let start = (hash % u64::from(users)) as u32;
        let mut stride = ((hash >> 32) % u64::from(users)) as u32;
        let inverse = loop {
            stride = stride % users + 1;
            if let Some(inverse) = inverse(stride, users) {
                break inverse;
            }
        };
        Progression { start, stride, inverse, size: size.min(users) }
    }

    // Users.

    pub(crate) fn users(&self) -> u32 {
        self.statuses.len() as u32
    }

    pub(crate) fn status(&self, user: u32) -> Status {
        self.statuses[user as usize]
    }

    /// First and last name.
    pub(crate) fn names(&self, user: u32) -> (&'static str, &'static str) {
        match NAMED_USERS.get(user as usize) {
            Some((first, last, _)) => (first, last),
            None => {
                let hash = self.hash(17, user);
                (FIRST_NAMES[(hash % 12) as usize], LAST_NAMES[(hash / 12 % 10) as usize])
            }
        }
    }

    /// Milliseconds from the making of the org to the user's, later ones later, over about five years.
    pub(crate) fn created_after(&self, user: u32) -> u64 {
        const FIVE_YEARS: u64 = 5 * 365 * 24 * 3_600 * 1_000;
        let step = FIVE_YEARS / u64::from(self.users());
        u64::from(user) * step + self.hash(18, user) % (step / 2).max(1)
    }

    /// The first user made so many milliseconds after the org or later.
    pub(crate) fn first_created_after(&self, millis: u64) -> u32 {
        let (mut low, mut high) = (0, self.users());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.created_after(middle) < millis { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// Admin roles of a user's own, besides those that come with a token.
    pub(crate) fn admins(&self) -> &[(u32, RoleType)] {
        &self.admins
    }

    // Groups.

    pub(crate) fn groups(&self) -> u32 {
        self.groups.len() as u32
    }

    pub(crate) fn group_kind(&self, group: u32) -> GroupKind {
        self.groups[group as usize].kind
    }

    /// Name and description.
    pub(crate) fn group_names(&self, group: u32) -> (String, String) {
        match NAMED_GROUPS.get(group as usize) {
            Some((name, description, ..)) => ((*name).to_owned(), (*description).to_owned()),
            None => (format!("Team {group:05}"), format!("People of team {group:05}")),
        }
    }

    pub(crate) fn members_count(&self, group: u32) -> u32 {
        self.groups[group as usize].members_count
    }

    /// The admin role that a group carries.
    pub(crate) fn group_role(&self, group: u32) -> Option<RoleType> {
        self.groups[group as usize].role
    }

    pub(crate) fn apps_of_group(&self, group: u32) -> &[u32] {
        &self.apps_of_groups[group as usize]
    }

    /// Members from a place in the list on, each with the place after it. Deprovisioned users are in no group.
    pub(crate) fn members(&self, group: u32, from: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let facts = &self.groups[group as usize];
        let all = if group == EVERYONE { self.users() } else { facts.members.size };
        (from..all)
            .map(move |place| {
                (place + 1, if group == EVERYONE { place } else { facts.members.at(place, self.users()) })
            })
            .filter(|(_, user)| self.status(*user) != Status::Deprovisioned)
    }

    pub(crate) fn is_member(&self, group: u32, user: u32) -> bool {
        self.status(user) != Status::Deprovisioned
            && (group == EVERYONE || self.groups[group as usize].members.contains(user, self.users()))
    }

    // Apps.

    pub(crate) fn apps(&self) -> u32 {
        self.apps.len() as u32
    }

    pub(crate) fn is_active_app(&self, app: u32) -> bool {
        self.apps[app as usize].is_active
    }

    /// Key of the catalogue.
    pub(crate) fn app_key(&self, app: u32) -> &'static str {
        match NAMED_APPS.get(app as usize) {
            Some((name, ..)) => name,
            None => APP_KEYS[(self.hash(19, app) % 6) as usize].0,
        }
    }

    /// Key of the catalogue, label, sign-on mode.
    pub(crate) fn app_names(&self, app: u32) -> (&'static str, String, &'static str) {
        match NAMED_APPS.get(app as usize) {
            Some((name, label, _, mode, ..)) => (name, (*label).to_owned(), mode),
            None => {
                let (name, mode) = APP_KEYS[(self.hash(19, app) % 6) as usize];
                (name, format!("App {app:04}"), mode)
            }
        }
    }

    pub(crate) fn groups_of_app(&self, app: u32) -> &[u32] {
        &self.apps[app as usize].groups
    }

    /// Users who are assigned to an app directly, from a place on, each with the place after it.
    pub(crate) fn direct_users(&self, app: u32, from: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let direct = &self.apps[app as usize].direct;
        let users = (from..direct.size).map(|place| (place + 1, direct.at(place, self.users())));
        users.filter(|(_, user)| self.status(*user) != Status::Deprovisioned)
    }

    pub(crate) fn is_direct(&self, app: u32, user: u32) -> bool {
        self.status(user) != Status::Deprovisioned && self.apps[app as usize].direct.contains(user, self.users())
    }
}

/// Roles that are given out at random.
const ROLES: [RoleType; 4] = [RoleType::ReadOnly, RoleType::Application, RoleType::Group, RoleType::Super];

impl Progression {
    fn at(&self, place: u32, users: u32) -> u32 {
        ((u64::from(self.start) + u64::from(place) * u64::from(self.stride)) % u64::from(users)) as u32
    }

    fn contains(&self, user: u32, users: u32) -> bool {
        let ahead = (u64::from(user) + u64::from(users) - u64::from(self.start)) % u64::from(users);
        let place = ahead * u64::from(self.inverse) % u64::from(users);
        place < u64::from(self.size)
    }
}

/// The number that undoes a multiplication modulo `modulus`. `None` when nothing does.
fn inverse(number: u32, modulus: u32) -> Option<u32> {
    let (mut old, mut rest) = (i64::from(number), i64::from(modulus));
    let (mut old_factor, mut factor) = (1_i64, 0_i64);
    while rest != 0 {
        let quotient = old / rest;
        (old, rest) = (rest, old - quotient * rest);
        (old_factor, factor) = (factor, old_factor - quotient * factor);
    }
    (old == 1).then(|| old_factor.rem_euclid(i64::from(modulus)) as u32)
}

const FIRST_FACTOR: u64 = 0xbf58_476d_1ce4_e5b9;
const SECOND_FACTOR: u64 = 0x94d0_49bb_1331_11eb;

/// Scrambles a number so that each other one looks nothing like it, and no two become one.
///
/// Source: the finaliser of SplitMix64; Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
pub(crate) fn mix(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(FIRST_FACTOR);
    let number = (number ^ number >> 27).wrapping_mul(SECOND_FACTOR);
    number ^ number >> 31
}

/// Inverts [`mix`].
pub(crate) fn unmix(number: u64) -> u64 {
    let number = unshift(number, 31).wrapping_mul(odd_inverse(SECOND_FACTOR));
    let number = unshift(number, 27).wrapping_mul(odd_inverse(FIRST_FACTOR));
    unshift(number, 30)
}

fn unshift(number: u64, by: u32) -> u64 {
    number ^ number >> by ^ number >> (2 * by)
}

/// By Newton's method: each step doubles the bits that are right.
fn odd_inverse(number: u64) -> u64 {
    (0..6).fold(number, |found, _| found.wrapping_mul(2_u64.wrapping_sub(number.wrapping_mul(found))))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn scrambling_can_be_undone(number in any::<u64>()) {
            prop_assert_eq!(unmix(mix(number)), number);
        }

        #[test]
        fn members_are_told_the_same_from_both_sides_and_counted_right(
            users in 12_u32..400, groups in 4_u32..40, seed in any::<u64>(),
        ) {
            let population = Population::new(OrgSize { users, groups, apps: 0, seed }, 0);
            for group in 0..population.groups() {
                let listed: Vec<u32> = population.members(group, 0).map(|(_, user)| user).collect();
                let distinct: HashSet<u32> = listed.iter().copied().collect();
                prop_assert_eq!(listed.len(), distinct.len());
                prop_assert_eq!(listed.len() as u32, population.members_count(group));
                for user in 0..population.users() {
                    prop_assert_eq!(population.is_member(group, user), distinct.contains(&user));
                }
            }
        }

        #[test]
        fn later_users_were_made_later(users in 12_u32..5_000, millis in 0_u64..200_000_000_000) {
            let population = Population::new(OrgSize { users, groups: 0, apps: 0, seed: 1 }, 0);
            let first = population.first_created_after(millis);
            prop_assert!((0..first).all(|user| population.created_after(user) < millis));
            prop_assert!((first..population.users()).all(|user| population.created_after(user) >= millis));
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_org_and_another_one_another() {
        let size = OrgSize { users: 300, groups: 30, apps: 10, seed: 7 };
        let members =
            |size, number| -> Vec<u32> { Population::new(size, number).members(20, 0).map(|(_, user)| user).collect() };
        let statuses = |size, number| Population::new(size, number).statuses;
        assert_eq!((members(size, 0), statuses(size, 0)), (members(size, 0), statuses(size, 0)));
        assert_ne!(statuses(size, 0), statuses(OrgSize { seed: 8, ..size }, 0));
        assert_ne!(statuses(size, 0), statuses(size, 1));
    }
}
