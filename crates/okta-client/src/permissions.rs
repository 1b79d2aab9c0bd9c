//! What a token may do, decided from what Okta answered to a few reads.
//!
//! No read of Okta's tells it outright. The owner's own admin roles do, where they may be read; where not, which reads
//! are refused tells most of it. So every verdict names its evidence, and what only an indirect evidence supports is
//! called presumed.
//!
//! Sources: ConductorOne documentation, "Set up an Okta connector" (what each kind of token can do there); Okta's
//! OpenAPI specification (which roles each read takes); Okta developer docs, "Standard administrator roles".

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{AdminRole, RoleType, User, UserStatus};

/// Something that ConductorOne does with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// See who is in which group.
    ReviewGroupMembership,
    /// Put users into groups and take them out.
    ProvisionGroupMembership,
    /// See who is assigned to which app.
    ReviewAppAssignment,
    /// Assign users to apps and take them off.
    ProvisionAppAssignment,
    /// See who holds which admin role.
    ReviewOrgRoles,
}

/// A text that names no [`Capability`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such capability; there are {}", Capability::ALL.map(Capability::as_str).join(", "))]
pub struct UnknownCapability;

impl Capability {
    /// All there are.
    pub const ALL: [Self; 5] = [
        Self::ReviewGroupMembership,
        Self::ProvisionGroupMembership,
        Self::ReviewAppAssignment,
        Self::ProvisionAppAssignment,
        Self::ReviewOrgRoles,
    ];

    /// Its name in configurations.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReviewGroupMembership => "review_group_membership",
            Self::ProvisionGroupMembership => "provision_group_membership",
            Self::ReviewAppAssignment => "review_app_assignment",
            Self::ProvisionAppAssignment => "provision_app_assignment",
            Self::ReviewOrgRoles => "review_org_roles",
        }
    }

    /// The smallest Okta admin role that would give it, to follow "needs the role".
    pub fn granting_roles(self) -> &'static str {
        match self {
            Self::ReviewGroupMembership | Self::ReviewAppAssignment => "Read-Only Administrator",
            Self::ProvisionGroupMembership => "Group Administrator",
            Self::ProvisionAppAssignment => "Application Administrator",
            Self::ReviewOrgRoles => {
                "Super Administrator, or a custom role with the permission to view roles, resources and admin assignments"
            }
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Capability {
    type Err = UnknownCapability;

    fn from_str(text: &str) -> Result<Self, UnknownCapability> {
        Self::ALL.into_iter().find(|capability| capability.as_str() == text).ok_or(UnknownCapability)
    }
}

/// Whether a token has a [`Capability`], each with its evidence: the request that showed it and what was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has.
    Yes(String),
    /// It has not.
    No(String),
    /// It most likely has: the evidence is an indirect one.
    Presumed(String),
    /// Nothing can be said.
    Unknown(String),
}

impl Verdict {
    /// `yes`, `no`, `presumed` or `unknown`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Yes(_) => "yes",
            Self::No(_) => "no",
            Self::Presumed(_) => "presumed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The request that showed it and what was answered.
    pub fn evidence(&self) -> &str {
        match self {
            Self::Yes(evidence) | Self::No(evidence) | Self::Presumed(evidence) | Self::Unknown(evidence) => evidence,
        }
    }

    /// Whether it is held, surely or most likely.
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Yes(_) | Self::Presumed(_))
    }
}

/// How much of the org a right reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// Some groups or apps only.
    Part,
    /// Nothing told.
    Unknown,
}

/// How much of the org the token's rights reach. A yes with [`Extent::Part`] means "for some objects".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Reading groups.
    pub group_reads: Extent,
    /// Changing members of groups.
    pub group_writes: Extent,
    /// Changing assignments to apps.
    pub app_writes: Extent,
}

/// Something worth telling a person, although it stands in no capability's way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// Okta may turn the token off soon.
    #[error("the token's owner {owner} is not active but {}; Okta revokes a token whose owner is deactivated", status.as_str())]
    OwnerNotActive {
        /// Login or ID.
        owner: String,
        /// What Okta says.
        status: UserStatus,
    },
    /// 200 and an empty list, where the caller at least should be.
    #[error(
        "the token sees no user at all, not even its owner {owner}, who therefore has no effective admin role; an \
         empty list does not mean an empty org"
    )]
    SeesNobody {
        /// Login or ID.
        owner: String,
    },
    /// The Everyone group is missing.
    #[error("the token does not see the group Everyone, so it sees some groups only and reviews will be incomplete")]
    GroupReadsInPart,
    /// A role with targets.
    #[error("the role {role} holds for named groups or apps only; for all others, requests will be refused")]
    RoleInPart {
        /// Its type.
        role: RoleType,
    },
    /// Two requests that should agree do not.
    #[error("Okta contradicts itself: {one}, yet {other}")]
    Contradiction {
        /// What one request showed.
        one: String,
        /// What the other showed.
        other: String,
    },
}

/// What a token may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPermissions {
    /// Whose token it is.
    pub owner: User,
    /// The owner's admin roles, in force or not; `None` when they may not be read.
    pub roles: Option<Vec<AdminRole>>,
    /// A verdict for each capability.
    pub capabilities: BTreeMap<Capability, Verdict>,
    /// How far they reach.
    pub scope: Scope,
    /// What else a person should know.
    pub warnings: Vec<Warning>,
}

impl TokenPermissions {
    /// Whether who holds which admin role can be read, surely or most likely.
    pub fn reads_org_roles(&self) -> bool {
        self.verdict(Capability::ReviewOrgRoles).is_some_and(Verdict::is_held)
    }

    /// The verdict on one capability.
    pub fn verdict(&self, capability: Capability) -> Option<&Verdict> {
        self.capabilities.get(&capability)
    }
}

/// A request of the probe and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen<T> {
    /// Method, path and query, as a person would look it up.
    pub(super) request: String,
    pub(super) outcome: Outcome<T>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome<T> {
    /// 200, and what matters of the body.
    Told(T),
    /// 403, with Okta's code.
    Refused(String),
    /// Anything else, in words.
    Failed(String),
    /// Not asked: another answer had decided.
    NotAsked,
}

impl<T> Seen<T> {
    fn told(&self) -> Option<&T> {
        match &self.outcome {
            Outcome::Told(told) => Some(told),
            _ => None,
        }
    }

    fn is_refused(&self) -> bool {
        matches!(self.outcome, Outcome::Refused(_))
    }

    /// The request with its outcome, as a evidence tells it.
    fn evidence(&self) -> String {
        let request = &self.request;
        match &self.outcome {
            Outcome::Told(_) => format!("{request} answered 200"),
            Outcome::Refused(code) if code.is_empty() => format!("{request} answered 403"),
            Outcome::Refused(code) => format!("{request} answered 403 {code}"),
            Outcome::Failed(reason) => format!("{request} gave no result: {reason}"),
            Outcome::NotAsked => format!("{request} was not sent"),
        }
    }
}

/// Everything that the probe saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Observations {
    pub(super) owner: User,
    /// The owner's admin roles.
    pub(super) roles: Seen<Vec<AdminRole>>,
    /// The same with the groups that they are limited to.
    pub(super) group_targets: Seen<Vec<AdminRole>>,
    /// The same with the apps that they are limited to.
    pub(super) app_targets: Seen<Vec<AdminRole>>,
    /// Who holds admin roles.
    pub(super) assignees: Seen<()>,
    /// How many users came in a page of one.
    pub(super) users: Seen<usize>,
    pub(super) groups: Seen<usize>,
    pub(super) apps: Seen<usize>,
    /// Groups of Okta's own: Everyone, for whoever sees all groups.
    pub(super) built_in_groups: Seen<usize>,
    /// The org's settings.
    pub(super) organization: Seen<()>,
    /// The schema of groups, which application administrators may read and read-only ones may not.
    pub(super) group_schema: Seen<()>,
    /// Okta's access to the org, which super administrators alone may read.
    pub(super) support: Seen<()>,
}

/// Judges what was seen.
pub(super) fn decide(seen: Observations) -> TokenPermissions {
    let (group_writes, app_writes) = (reach(&seen, Limit::Groups), reach(&seen, Limit::Apps));
    let scope = Scope { group_reads: group_reads(&seen), group_writes, app_writes };
    let capabilities = Capability::ALL.map(|capability| (capability, verdict(&seen, capability)));
    let warnings = warnings(&seen);
    let roles = seen.roles.told().cloned();
    TokenPermissions { owner: seen.owner, roles, capabilities: BTreeMap::from(capabilities), scope, warnings }
}

fn verdict(seen: &Observations, capability: Capability) -> Verdict {
    if let Some(role) = held(seen, grants(capability)) {
        return Verdict::Yes(format!("{} with {role}", seen.roles.evidence()));
    }
    if let Some(roles) = seen.roles.told()
        && !roles.iter().any(AdminRole::is_active)
    {
        return Verdict::No(format!("{} without any role in force", seen.roles.evidence()));
    }
    match capability {
        Capability::ReviewGroupMembership => reads(seen, &seen.groups),
        Capability::ReviewAppAssignment => reads(seen, &seen.apps),
        Capability::ReviewOrgRoles => org_roles(seen),
        Capability::ProvisionGroupMembership => group_provisioning(seen),
        Capability::ProvisionAppAssignment => app_provisioning(seen),
    }
}

/// Roles that surely give a capability.
fn grants(capability: Capability) -> &'static [RoleType] {
    match capability {
        Capability::ReviewGroupMembership | Capability::ReviewAppAssignment => &[RoleType::Super, RoleType::ReadOnly],
        Capability::ProvisionGroupMembership => &[RoleType::Super, RoleType::Group, RoleType::GroupMembership],
        Capability::ProvisionAppAssignment => &[RoleType::Super, RoleType::Application],
        Capability::ReviewOrgRoles => &[RoleType::Super],
    }
}

/// The first of these roles that the owner is known to hold.
fn held<'r>(seen: &Observations, kinds: &'r [RoleType]) -> Option<&'r RoleType> {
    let roles = seen.roles.told()?;
    kinds.iter().find(|kind| roles.iter().any(|role| role.grants(kind)))
}

/// Reading `list`, for which users must be readable too.
fn reads(seen: &Observations, list: &Seen<usize>) -> Verdict {
    if seen.users.told() == Some(&0) {
        return Verdict::No(format!("{} with an empty list, without even the token's owner", seen.users.evidence()));
    }
    let refused = [list, &seen.users].into_iter().find(|one| one.is_refused());
    if let Some(one) = refused {
        return Verdict::No(one.evidence());
    }
    match [list, &seen.users].into_iter().find(|one| one.told().is_none()) {
        Some(one) => Verdict::Unknown(one.evidence()),
        None => Verdict::Yes(list.evidence()),
    }
}

fn org_roles(seen: &Observations) -> Verdict {
    match (&seen.assignees.outcome, &seen.roles.outcome) {
        (Outcome::Told(()), _) => Verdict::Yes(seen.assignees.evidence()),
        (Outcome::Refused(_), _) => Verdict::No(seen.assignees.evidence()),
        (_, Outcome::Refused(_)) => Verdict::No(seen.roles.evidence()),
        _ if seen.support.told().is_some() => Verdict::Presumed(seen.support.evidence()),
        _ => Verdict::Unknown(seen.assignees.evidence()),
    }
}

fn app_provisioning(seen: &Observations) -> Verdict {
    if seen.roles.told().is_some() && held(seen, &[RoleType::Organization, RoleType::Custom]).is_none() {
        return Verdict::No(without(seen, "any role that changes app assignments"));
    }
    from_schema(seen)
}

fn group_provisioning(seen: &Observations) -> Verdict {
    if seen.roles.told().is_none() {
        return from_schema(seen);
    }
    match held(seen, &[RoleType::Organization, RoleType::Custom]) {
        None => Verdict::No(without(seen, "any role that changes group members")),
        Some(role @ RoleType::Organization) => Verdict::Presumed(format!("{} with {role}", seen.roles.evidence())),
        // Its permissions are its own; the schema of groups says nothing of members when the roles are known.
        Some(role) => {
            Verdict::Unknown(format!("{} with {role}, whose permissions are not told", seen.roles.evidence()))
        }
    }
}

fn without(seen: &Observations, what: &str) -> String {
    format!("{} without {what}", seen.roles.evidence())
}

/// An administrator who may read this schema is one of those who usually may change assignments and members too.
fn from_schema(seen: &Observations) -> Verdict {
    // Who sees nobody has no effective role, whatever a schema shows.
    if seen.users.told() == Some(&0) {
        return reads(seen, &seen.users);
    }
    let evidence = seen.group_schema.evidence();
    match &seen.group_schema.outcome {
        Outcome::Told(()) => Verdict::Presumed(evidence),
        Outcome::Refused(_) => Verdict::No(evidence),
        Outcome::Failed(_) | Outcome::NotAsked => Verdict::Unknown(evidence),
    }
}

/// Okta shows the group Everyone to whoever sees all groups. Super and read-only administrators always do.
fn group_reads(seen: &Observations) -> Extent {
    if held(seen, &[RoleType::Super, RoleType::ReadOnly]).is_some() {
        return Extent::Whole;
    }
    match seen.built_in_groups.told() {
        Some(0) => Extent::Part,
        Some(_) => Extent::Whole,
        None => Extent::Unknown,
    }
}

/// What a role with targets is limited to.
#[derive(Clone, Copy)]
pub(super) enum Limit {
    Groups,
    Apps,
}

impl Limit {
    /// The roles that can be limited so, the widest apart.
    pub(super) fn roles(self) -> &'static [RoleType] {
        match self {
            Self::Groups => &[RoleType::Group, RoleType::GroupMembership],
            Self::Apps => &[RoleType::Application],
        }
    }

    fn told(self, seen: &Observations) -> &Seen<Vec<AdminRole>> {
        match self {
            Self::Groups => &seen.group_targets,
            Self::Apps => &seen.app_targets,
        }
    }
}

fn reach(seen: &Observations, limit: Limit) -> Extent {
    if held(seen, &[RoleType::Super]).is_some() {
        return Extent::Whole;
    }
    let Some(roles) = limit.told(seen).told() else { return Extent::Unknown };
    let limited: Vec<bool> = roles
        .iter()
        .filter(|role| limit.roles().iter().any(|kind| role.grants(kind)))
        .map(AdminRole::has_targets)
        .collect();
    // Rights add up: one assignment without targets reaches everything.
    match limited.iter().all(|limited| *limited) {
        _ if limited.is_empty() => Extent::Unknown,
        true => Extent::Part,
        false => Extent::Whole,
    }
}

fn warnings(seen: &Observations) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let owner = || seen.owner.login().unwrap_or(&seen.owner.id).to_owned();
    if !seen.owner.status.is_active() && seen.owner.status != UserStatus::default() {
        warnings.push(Warning::OwnerNotActive { owner: owner(), status: seen.owner.status.clone() });
    }
    if seen.users.told() == Some(&0) {
        warnings.push(Warning::SeesNobody { owner: owner() });
    } else if group_reads(seen) == Extent::Part {
        warnings.push(Warning::GroupReadsInPart);
    }
    for limit in [Limit::Groups, Limit::Apps] {
        if reach(seen, limit) == Extent::Part
            && let Some(role) = held(seen, limit.roles())
        {
            warnings.push(Warning::RoleInPart { role: role.clone() });
        }
    }
    let mut contradict = |one: String, other: String| warnings.push(Warning::Contradiction { one, other });
    if seen.roles.is_refused() && seen.assignees.told().is_some() {
        contradict(seen.roles.evidence(), seen.assignees.evidence());
    }
    if seen.roles.is_refused() && seen.support.told().is_some() {
        contradict(seen.roles.evidence(), seen.support.evidence());
    }
    if let Some(role) = held(seen, &[RoleType::Super, RoleType::ReadOnly])
        && seen.organization.is_refused()
    {
        contradict(format!("{} with {role}", seen.roles.evidence()), seen.organization.evidence());
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use Capability::*;

    fn role(kind: &str) -> AdminRole {
        read(serde_json::json!({"type": kind, "status": "ACTIVE", "assignmentType": "USER"}))
    }

    fn read(body: serde_json::Value) -> AdminRole {
        serde_json::from_value(body).unwrap()
    }

    fn seen<T>(request: &str, outcome: Outcome<T>) -> Seen<T> {
        Seen { request: request.to_owned(), outcome }
    }

    fn refused<T>() -> Outcome<T> {
        Outcome::Refused("E0000006".to_owned())
    }

    fn failed<T>() -> Outcome<T> {
        Outcome::Failed("503".to_owned())
    }

    /// What a read-only administrator's token is answered whose own roles are hidden.
    fn read_only() -> Observations {
        Observations {
            owner: serde_json::from_str(r#"{"id":"00u1","status":"ACTIVE","profile":{"login":"rita@b.c"}}"#).unwrap(),
            roles: seen("roles", refused()),
            group_targets: seen("groups of roles", Outcome::NotAsked),
            app_targets: seen("apps of roles", Outcome::NotAsked),
            assignees: seen("assignees", refused()),
            users: seen("users", Outcome::Told(1)),
            groups: seen("groups", Outcome::Told(1)),
            apps: seen("apps", Outcome::Told(1)),
            built_in_groups: seen("built-in", Outcome::Told(1)),
            organization: seen("org", Outcome::Told(())),
            group_schema: seen("schema", refused()),
            support: seen("support", refused()),
        }
    }

    fn with(change: impl FnOnce(&mut Observations)) -> Observations {
        let mut observations = read_only();
        change(&mut observations);
        observations
    }

    /// The same with own roles that may be read.
    fn holding(kinds: &[&str], change: impl FnOnce(&mut Observations)) -> Observations {
        with(|seen| {
            seen.roles.outcome = Outcome::Told(kinds.iter().map(|kind| role(kind)).collect());
            change(seen);
        })
    }

    /// Review groups, provision groups, review apps, provision apps, review roles.
    fn answers(observations: Observations) -> [&'static str; 5] {
        let permissions = decide(observations);
        Capability::ALL.map(|capability| permissions.verdict(capability).unwrap().as_str())
    }

    const RO: [&str; 5] = ["yes", "no", "yes", "no", "no"];
    const NONE: [&str; 5] = ["no"; 5];
    const ALL: [&str; 5] = ["yes"; 5];

    #[test]
    fn hidden_roles_are_inferred_from_what_is_refused() {
        let rows = [
            ("read-only", read_only(), RO),
            (
                "application administrator",
                with(|seen| seen.group_schema.outcome = Outcome::Told(())),
                ["yes", "presumed", "yes", "presumed", "no"],
            ),
            (
                "no schema to be had",
                with(|seen| seen.group_schema.outcome = failed()),
                ["yes", "unknown", "yes", "unknown", "no"],
            ),
            ("no role", with(|seen| seen.users.outcome = Outcome::Told(0)), NONE),
            (
                "no role, and a schema all the same",
                with(|seen| {
                    seen.users.outcome = Outcome::Told(0);
                    seen.group_schema.outcome = Outcome::Told(());
                }),
                NONE,
            ),
            ("groups refused", with(|seen| seen.groups.outcome = refused()), ["no", "no", "yes", "no", "no"]),
            ("apps refused", with(|seen| seen.apps.outcome = refused()), ["yes", "no", "no", "no", "no"]),
            ("users refused", with(|seen| seen.users.outcome = refused()), NONE),
            ("groups fail", with(|seen| seen.groups.outcome = failed()), ["unknown", "no", "yes", "no", "no"]),
            ("users fail", with(|seen| seen.users.outcome = failed()), ["unknown", "no", "unknown", "no", "no"]),
            (
                "assignees readable",
                with(|seen| seen.assignees.outcome = Outcome::Told(())),
                ["yes", "no", "yes", "no", "yes"],
            ),
            ("assignees fail", with(|seen| seen.assignees.outcome = failed()), RO),
            (
                "roles fail",
                with(|seen| {
                    seen.roles.outcome = failed();
                    seen.assignees.outcome = failed();
                }),
                ["yes", "no", "yes", "no", "unknown"],
            ),
            (
                "roles fail, a super administrator's read works",
                with(|seen| {
                    seen.roles.outcome = failed();
                    seen.assignees.outcome = failed();
                    seen.support.outcome = Outcome::Told(());
                }),
                ["yes", "no", "yes", "no", "presumed"],
            ),
        ];
        for (name, observations, expected) in rows {
            assert_eq!(answers(observations), expected, "{name}");
        }
    }

    #[test]
    fn roles_that_may_be_read_decide() {
        let nothing = |_: &mut Observations| {};
        let schema = |seen: &mut Observations| seen.group_schema.outcome = Outcome::Told(());
        let assignees = |seen: &mut Observations| seen.assignees.outcome = Outcome::Told(());
        let rows = [
            ("super", holding(&["SUPER_ADMIN"], nothing), ALL),
            ("read-only", holding(&["READ_ONLY_ADMIN"], nothing), RO),
            // The schema says "application administrator", the roles say no.
            ("read-only, schema readable", holding(&["READ_ONLY_ADMIN"], schema), RO),
            (
                "three roles",
                holding(&["READ_ONLY_ADMIN", "APP_ADMIN", "USER_ADMIN"], nothing),
                ["yes", "yes", "yes", "yes", "no"],
            ),
            ("application", holding(&["APP_ADMIN"], nothing), ["yes", "no", "yes", "yes", "no"]),
            ("group", holding(&["USER_ADMIN"], nothing), ["yes", "yes", "yes", "no", "no"]),
            (
                "group membership, no apps",
                holding(&["GROUP_MEMBERSHIP_ADMIN"], |seen| seen.apps.outcome = refused()),
                ["yes", "yes", "no", "no", "no"],
            ),
            ("organization", holding(&["ORG_ADMIN"], schema), ["yes", "presumed", "yes", "presumed", "no"]),
            (
                "report",
                holding(&["REPORT_ADMIN"], |seen| seen.groups.outcome = refused()),
                ["no", "no", "yes", "no", "no"],
            ),
            ("custom, reading roles", holding(&["CUSTOM"], assignees), ["yes", "unknown", "yes", "no", "yes"]),
            ("custom, managing apps", holding(&["CUSTOM"], schema), ["yes", "unknown", "yes", "presumed", "no"]),
            ("nothing", holding(&[], schema), NONE),
            (
                "nothing in force",
                with(|seen| {
                    let role = read(serde_json::json!({"type": "SUPER_ADMIN", "status": "INACTIVE"}));
                    seen.roles.outcome = Outcome::Told(vec![role]);
                }),
                NONE,
            ),
            // Roles in force are believed over a list that came up short.
            ("read-only, nobody seen", holding(&["READ_ONLY_ADMIN"], |seen| seen.users.outcome = Outcome::Told(0)), RO),
        ];
        for (name, observations, expected) in rows {
            assert_eq!(answers(observations), expected, "{name}");
        }
    }

    #[test]
    fn every_verdict_names_its_witness() {
        let evidence =
            |observations, capability| decide(observations).verdict(capability).unwrap().evidence().to_owned();
        for (observations, capability, expected) in [
            (read_only(), ReviewGroupMembership, "groups answered 200"),
            (read_only(), ProvisionAppAssignment, "schema answered 403 E0000006"),
            (read_only(), ReviewOrgRoles, "assignees answered 403 E0000006"),
            (holding(&["SUPER_ADMIN"], |_| {}), ReviewOrgRoles, "roles answered 200 with SUPER_ADMIN"),
            (holding(&[], |_| {}), ReviewAppAssignment, "roles answered 200 without any role in force"),
            (
                holding(&["USER_ADMIN"], |_| {}),
                ProvisionAppAssignment,
                "roles answered 200 without any role that changes app assignments",
            ),
            (
                with(|seen| seen.users.outcome = Outcome::Told(0)),
                ReviewAppAssignment,
                "users answered 200 with an empty list, without even the token's owner",
            ),
            (with(|seen| seen.apps.outcome = failed()), ReviewAppAssignment, "apps gave no result: 503"),
            (
                with(|seen| seen.group_schema.outcome = Outcome::Refused(String::new())),
                ProvisionGroupMembership,
                "schema answered 403",
            ),
        ] {
            assert_eq!(evidence(observations, capability), expected);
        }
    }

    #[test]
    fn targets_tell_how_far_a_right_reaches() {
        let limited =
            |kind: &str| read(serde_json::json!({"type": kind, "_embedded": {"targets": {"groups": [{"id": "00g"}]}}}));
        let told =
            |roles: Vec<AdminRole>| holding(&["USER_ADMIN"], |seen| seen.group_targets.outcome = Outcome::Told(roles));
        for (observations, expected) in [
            (told(vec![limited("USER_ADMIN")]), Extent::Part),
            (told(vec![role("USER_ADMIN")]), Extent::Whole),
            (told(vec![limited("USER_ADMIN"), role("GROUP_MEMBERSHIP_ADMIN")]), Extent::Whole),
            (told(vec![]), Extent::Unknown),
            (holding(&["USER_ADMIN"], |seen| seen.group_targets.outcome = failed()), Extent::Unknown),
            (holding(&["SUPER_ADMIN"], |_| {}), Extent::Whole),
        ] {
            let permissions = decide(observations);
            assert_eq!(permissions.scope.group_writes, expected);
            assert_eq!(!permissions.warnings.is_empty(), expected == Extent::Part, "{:?}", permissions.warnings);
        }
        let permissions = decide(with(|seen| seen.built_in_groups.outcome = Outcome::Told(0)));
        assert_eq!(
            (permissions.scope.group_reads, permissions.warnings),
            (Extent::Part, vec![Warning::GroupReadsInPart])
        );
    }

    #[test]
    fn what_a_person_should_know_is_told() {
        let shown =
            |observations| decide(observations).warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert_eq!(shown(read_only()), "");
        let suspended = with(|seen| seen.owner.status = UserStatus::Suspended);
        assert!(shown(suspended).contains("rita@b.c is not active but SUSPENDED"));
        assert!(shown(with(|seen| seen.users.outcome = Outcome::Told(0))).contains("sees no user at all"));
        let contradiction = with(|seen| seen.assignees.outcome = Outcome::Told(()));
        assert!(shown(contradiction).contains("roles answered 403 E0000006, yet assignees answered 200"));
    }

    #[test]
    fn capabilities_have_names_that_read_back() {
        for capability in Capability::ALL {
            assert_eq!(capability.to_string().parse(), Ok(capability));
            assert!(!capability.granting_roles().is_empty());
        }
        let error = "levitate".parse::<Capability>().unwrap_err().to_string();
        assert!(error.starts_with("no such capability; there are review_group_membership, "), "{error}");
    }
}
