//! The permissions of a token, derived from the results of a few reads.
//!
//! Okta has no read for them. They follow from the owner's admin roles if the token can read these, and otherwise mostly
//! from which reads are forbidden. Therefore each status contains its evidence, and a status with only indirect evidence
//! is presumed.
//!
//! Sources: ConductorOne documentation, "Set up an Okta connector" (the capabilities of each kind of token); Okta's
//! OpenAPI specification (the roles that each read requires); Okta developer docs, "Standard administrator roles".

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{AdminRole, RoleType, User, UserStatus};

/// An operation of ConductorOne that requires permissions of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Reads the members of groups.
    ReviewGroupMembership,
    /// Adds users to groups and removes them.
    ProvisionGroupMembership,
    /// Reads the users of apps.
    ReviewAppAssignment,
    /// Assigns users to apps and removes them.
    ProvisionAppAssignment,
    /// Reads the assignments of admin roles.
    ReviewOrgRoles,
}

/// Error for text that is not the name of a [`Capability`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown capability; the capabilities are {}", Capability::ALL.map(Capability::as_str).join(", "))]
pub struct UnknownCapability;

impl Capability {
    pub const ALL: [Self; 5] = [
        Self::ReviewGroupMembership,
        Self::ProvisionGroupMembership,
        Self::ReviewAppAssignment,
        Self::ProvisionAppAssignment,
        Self::ReviewOrgRoles,
    ];

    /// Returns the name in configurations.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReviewGroupMembership => "review_group_membership",
            Self::ProvisionGroupMembership => "provision_group_membership",
            Self::ReviewAppAssignment => "review_app_assignment",
            Self::ProvisionAppAssignment => "provision_app_assignment",
            Self::ReviewOrgRoles => "review_org_roles",
        }
    }

    /// Returns the least privileged Okta admin roles that grant the capability. Completes "requires the role".
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

/// The status of a [`Capability`] of a token. Each variant contains its evidence: a request and its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CapabilityStatus {
    Granted(String),
    Denied(String),
    /// Most likely granted, with only indirect evidence.
    Presumed(String),
    Unknown(String),
}

impl CapabilityStatus {
    /// Returns `yes`, `no`, `presumed` or `unknown`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Granted(_) => "yes",
            Self::Denied(_) => "no",
            Self::Presumed(_) => "presumed",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Returns the request and its result.
    pub fn evidence(&self) -> &str {
        match self {
            Self::Granted(evidence) | Self::Denied(evidence) | Self::Presumed(evidence) | Self::Unknown(evidence) => {
                evidence
            }
        }
    }

    /// Returns whether the capability is granted or presumed.
    pub fn is_likely(&self) -> bool {
        matches!(self, Self::Granted(_) | Self::Presumed(_))
    }
}

/// The part of an org that a permission applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Full,
    /// Some groups or apps only.
    Partial,
    Unknown,
}

/// The parts of the org that the token's permissions apply to. A capability that is granted with [`Extent::Partial`] is
/// granted for some objects only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    pub group_reads: Extent,
    /// Changes of group members.
    pub group_writes: Extent,
    /// Changes of app assignments.
    pub app_writes: Extent,
}

/// A problem that does not affect the status of a capability.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// Okta may revoke the token soon.
    #[error(
        "the status of the token's owner {owner} is {}, not ACTIVE; Okta revokes the tokens of deactivated users",
        status.as_str()
    )]
    OwnerNotActive {
        /// Login or ID.
        owner: String,
        status: UserStatus,
    },
    /// The list of users is empty, but should contain at least the owner of the token.
    #[error(
        "Okta returned an empty list of users, without the token's owner {owner}; the owner therefore has no \
         effective admin role"
    )]
    NoUsers {
        /// Login or ID.
        owner: String,
    },
    /// The group Everyone is missing.
    #[error(
        "Okta did not return the group Everyone; the token can read only some groups, so reviews will be incomplete"
    )]
    PartialGroupReads,
    /// A role with targets.
    #[error("the role {role} is limited to some groups or apps; Okta will reject requests for all others")]
    LimitedRole { role: RoleType },
    /// The results of two requests contradict each other.
    #[error("Okta returned contradictory results: {one}, but {other}")]
    Contradiction {
        /// Evidence of one request.
        one: String,
        /// Evidence of the other.
        other: String,
    },
}

/// The permissions of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPermissions {
    pub owner: User,
    /// The owner's admin roles, active and inactive. `None` if the token cannot read them.
    pub roles: Option<Vec<AdminRole>>,
    pub capabilities: BTreeMap<Capability, CapabilityStatus>,
    pub scope: Scope,
    pub warnings: Vec<Warning>,
}

impl TokenPermissions {
    /// Returns whether the token can most likely read the assignments of admin roles.
    pub fn reads_org_roles(&self) -> bool {
        self.status(Capability::ReviewOrgRoles).is_some_and(CapabilityStatus::is_likely)
    }

    pub fn status(&self, capability: Capability) -> Option<&CapabilityStatus> {
        self.capabilities.get(&capability)
    }
}

/// A request of the probe with its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ProbeResult<T> {
    /// Method, path and query.
    pub(super) request: String,
    pub(super) outcome: ProbeOutcome<T>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProbeOutcome<T> {
    /// 200, with the relevant part of the body.
    Ok(T),
    /// 403, with Okta's code.
    Forbidden(String),
    /// Any other result, as text.
    Failed(String),
    /// Not sent, because earlier results were sufficient.
    NotSent,
}

impl<T> ProbeResult<T> {
    fn value(&self) -> Option<&T> {
        match &self.outcome {
            ProbeOutcome::Ok(value) => Some(value),
            _ => None,
        }
    }

    fn is_forbidden(&self) -> bool {
        matches!(self.outcome, ProbeOutcome::Forbidden(_))
    }

    /// Returns the request and its outcome as text.
    fn evidence(&self) -> String {
        let request = &self.request;
        match &self.outcome {
            ProbeOutcome::Ok(_) => format!("{request} returned 200"),
            ProbeOutcome::Forbidden(code) if code.is_empty() => format!("{request} returned 403"),
            ProbeOutcome::Forbidden(code) => format!("{request} returned 403 {code}"),
            ProbeOutcome::Failed(reason) => format!("{request} failed: {reason}"),
            ProbeOutcome::NotSent => format!("{request} was not sent"),
        }
    }
}

/// The results of all requests of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Observations {
    pub(super) owner: User,
    /// The owner's admin roles.
    pub(super) roles: ProbeResult<Vec<AdminRole>>,
    /// The owner's admin roles with the groups that they are limited to.
    pub(super) group_targets: ProbeResult<Vec<AdminRole>>,
    /// The owner's admin roles with the apps that they are limited to.
    pub(super) app_targets: ProbeResult<Vec<AdminRole>>,
    /// Users with admin roles.
    pub(super) assignees: ProbeResult<()>,
    /// Number of users in a page of one.
    pub(super) users: ProbeResult<usize>,
    pub(super) groups: ProbeResult<usize>,
    pub(super) apps: ProbeResult<usize>,
    /// Okta's built-in groups: Everyone, if the token can read all groups.
    pub(super) built_in_groups: ProbeResult<usize>,
    /// The org's settings.
    pub(super) organization: ProbeResult<()>,
    /// The schema of groups, which application administrators can read and read-only administrators cannot.
    pub(super) group_schema: ProbeResult<()>,
    /// Okta's access to the org, which only super administrators can read.
    pub(super) support: ProbeResult<()>,
}

/// Derives the permissions from the results of a probe.
pub(super) fn decide(seen: Observations) -> TokenPermissions {
    let (group_writes, app_writes) = (write_extent(&seen, TargetKind::Groups), write_extent(&seen, TargetKind::Apps));
    let scope = Scope { group_reads: group_read_extent(&seen), group_writes, app_writes };
    let capabilities = Capability::ALL.map(|capability| (capability, status(&seen, capability)));
    let warnings = warnings(&seen);
    let roles = seen.roles.value().cloned();
    TokenPermissions { owner: seen.owner, roles, capabilities: BTreeMap::from(capabilities), scope, warnings }
}

fn status(seen: &Observations, capability: Capability) -> CapabilityStatus {
    if let Some(role) = held(seen, granting_roles(capability)) {
        return CapabilityStatus::Granted(format!("{} with {role}", seen.roles.evidence()));
    }
    if let Some(roles) = seen.roles.value()
        && !roles.iter().any(AdminRole::is_active)
    {
        return CapabilityStatus::Denied(format!("{} without an active role", seen.roles.evidence()));
    }
    match capability {
        Capability::ReviewGroupMembership => read_status(seen, &seen.groups),
        Capability::ReviewAppAssignment => read_status(seen, &seen.apps),
        Capability::ReviewOrgRoles => org_roles(seen),
        Capability::ProvisionGroupMembership => group_provisioning(seen),
        Capability::ProvisionAppAssignment => app_provisioning(seen),
    }
}

/// Returns the roles that certainly grant a capability.
fn granting_roles(capability: Capability) -> &'static [RoleType] {
    match capability {
        Capability::ReviewGroupMembership | Capability::ReviewAppAssignment => &[RoleType::Super, RoleType::ReadOnly],
        Capability::ProvisionGroupMembership => &[RoleType::Super, RoleType::Group, RoleType::GroupMembership],
        Capability::ProvisionAppAssignment => &[RoleType::Super, RoleType::Application],
        Capability::ReviewOrgRoles => &[RoleType::Super],
    }
}

/// Returns the first of these roles that the owner is known to have.
fn held<'r>(seen: &Observations, kinds: &'r [RoleType]) -> Option<&'r RoleType> {
    let roles = seen.roles.value()?;
    kinds.iter().find(|kind| roles.iter().any(|role| role.grants(kind)))
}

/// Returns the status of reading `list`, which also requires access to users.
fn read_status(seen: &Observations, list: &ProbeResult<usize>) -> CapabilityStatus {
    if seen.users.value() == Some(&0) {
        return CapabilityStatus::Denied(format!(
            "{} with an empty list, without the token's owner",
            seen.users.evidence()
        ));
    }
    let results = [list, &seen.users];
    if let Some(forbidden) = results.into_iter().find(|result| result.is_forbidden()) {
        return CapabilityStatus::Denied(forbidden.evidence());
    }
    match results.into_iter().find(|result| result.value().is_none()) {
        Some(failed) => CapabilityStatus::Unknown(failed.evidence()),
        None => CapabilityStatus::Granted(list.evidence()),
    }
}

fn org_roles(seen: &Observations) -> CapabilityStatus {
    match (&seen.assignees.outcome, &seen.roles.outcome) {
        (ProbeOutcome::Ok(()), _) => CapabilityStatus::Granted(seen.assignees.evidence()),
        (ProbeOutcome::Forbidden(_), _) => CapabilityStatus::Denied(seen.assignees.evidence()),
        (_, ProbeOutcome::Forbidden(_)) => CapabilityStatus::Denied(seen.roles.evidence()),
        _ if seen.support.value().is_some() => CapabilityStatus::Presumed(seen.support.evidence()),
        _ => CapabilityStatus::Unknown(seen.assignees.evidence()),
    }
}

fn app_provisioning(seen: &Observations) -> CapabilityStatus {
    if seen.roles.value().is_some() && held(seen, &[RoleType::Organization, RoleType::Custom]).is_none() {
        return CapabilityStatus::Denied(without(seen, "a role that can change app assignments"));
    }
    from_schema(seen)
}

fn group_provisioning(seen: &Observations) -> CapabilityStatus {
    if seen.roles.value().is_none() {
        return from_schema(seen);
    }
    match held(seen, &[RoleType::Organization, RoleType::Custom]) {
        None => CapabilityStatus::Denied(without(seen, "a role that can change group members")),
        Some(role @ RoleType::Organization) => {
            CapabilityStatus::Presumed(format!("{} with {role}", seen.roles.evidence()))
        }
        // A custom role can have any permissions. With known roles, the schema of groups is no evidence about members.
        Some(role) => {
            CapabilityStatus::Unknown(format!("{} with {role}, whose permissions are unknown", seen.roles.evidence()))
        }
    }
}

fn without(seen: &Observations, role: &str) -> String {
    format!("{} without {role}", seen.roles.evidence())
}

/// Derives a status from the schema of groups: administrators who can read it can usually change assignments and members.
fn from_schema(seen: &Observations) -> CapabilityStatus {
    // An owner without access to any user has no effective role, even if the schema is readable.
    if seen.users.value() == Some(&0) {
        return read_status(seen, &seen.users);
    }
    let evidence = seen.group_schema.evidence();
    match &seen.group_schema.outcome {
        ProbeOutcome::Ok(()) => CapabilityStatus::Presumed(evidence),
        ProbeOutcome::Forbidden(_) => CapabilityStatus::Denied(evidence),
        ProbeOutcome::Failed(_) | ProbeOutcome::NotSent => CapabilityStatus::Unknown(evidence),
    }
}

/// Okta returns the group Everyone to tokens that can read all groups, as those of super and read-only administrators
/// always can.
fn group_read_extent(seen: &Observations) -> Extent {
    if held(seen, &[RoleType::Super, RoleType::ReadOnly]).is_some() {
        return Extent::Full;
    }
    match seen.built_in_groups.value() {
        Some(0) => Extent::Partial,
        Some(_) => Extent::Full,
        None => Extent::Unknown,
    }
}

/// The kind of objects that a role can be limited to.
#[derive(Clone, Copy)]
pub(super) enum TargetKind {
    Groups,
    Apps,
}

impl TargetKind {
    /// Returns the roles that can be limited to such objects, except super administrators.
    pub(super) fn roles(self) -> &'static [RoleType] {
        match self {
            Self::Groups => &[RoleType::Group, RoleType::GroupMembership],
            Self::Apps => &[RoleType::Application],
        }
    }

    fn roles_with_targets(self, seen: &Observations) -> &ProbeResult<Vec<AdminRole>> {
        match self {
            Self::Groups => &seen.group_targets,
            Self::Apps => &seen.app_targets,
        }
    }
}

fn write_extent(seen: &Observations, kind: TargetKind) -> Extent {
    if held(seen, &[RoleType::Super]).is_some() {
        return Extent::Full;
    }
    let Some(roles) = kind.roles_with_targets(seen).value() else { return Extent::Unknown };
    let limited: Vec<bool> = roles
        .iter()
        .filter(|role| kind.roles().iter().any(|kind| role.grants(kind)))
        .map(AdminRole::has_targets)
        .collect();
    // Permissions are cumulative: one assignment without targets applies to the whole org.
    match limited.iter().all(|limited| *limited) {
        _ if limited.is_empty() => Extent::Unknown,
        true => Extent::Partial,
        false => Extent::Full,
    }
}

fn warnings(seen: &Observations) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let owner = || seen.owner.login().unwrap_or(&seen.owner.id).to_owned();
    if !seen.owner.status.is_active() && seen.owner.status != UserStatus::default() {
        warnings.push(Warning::OwnerNotActive { owner: owner(), status: seen.owner.status.clone() });
    }
    if seen.users.value() == Some(&0) {
        warnings.push(Warning::NoUsers { owner: owner() });
    } else if group_read_extent(seen) == Extent::Partial {
        warnings.push(Warning::PartialGroupReads);
    }
    for kind in [TargetKind::Groups, TargetKind::Apps] {
        if write_extent(seen, kind) == Extent::Partial
            && let Some(role) = held(seen, kind.roles())
        {
            warnings.push(Warning::LimitedRole { role: role.clone() });
        }
    }
    let mut contradict = |one: String, other: String| warnings.push(Warning::Contradiction { one, other });
    if seen.roles.is_forbidden() && seen.assignees.value().is_some() {
        contradict(seen.roles.evidence(), seen.assignees.evidence());
    }
    if seen.roles.is_forbidden() && seen.support.value().is_some() {
        contradict(seen.roles.evidence(), seen.support.evidence());
    }
    if let Some(role) = held(seen, &[RoleType::Super, RoleType::ReadOnly])
        && seen.organization.is_forbidden()
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

    fn seen<T>(request: &str, outcome: ProbeOutcome<T>) -> ProbeResult<T> {
        ProbeResult { request: request.to_owned(), outcome }
    }

    fn forbidden<T>() -> ProbeOutcome<T> {
        ProbeOutcome::Forbidden("E0000006".to_owned())
    }

    fn failed<T>() -> ProbeOutcome<T> {
        ProbeOutcome::Failed("503".to_owned())
    }

    /// The results for the token of a read-only administrator that cannot read its own roles.
    fn read_only() -> Observations {
        Observations {
            owner: serde_json::from_str(r#"{"id":"00u1","status":"ACTIVE","profile":{"login":"rita@b.c"}}"#).unwrap(),
            roles: seen("roles", forbidden()),
            group_targets: seen("groups of roles", ProbeOutcome::NotSent),
            app_targets: seen("apps of roles", ProbeOutcome::NotSent),
            assignees: seen("assignees", forbidden()),
            users: seen("users", ProbeOutcome::Ok(1)),
            groups: seen("groups", ProbeOutcome::Ok(1)),
            apps: seen("apps", ProbeOutcome::Ok(1)),
            built_in_groups: seen("built-in", ProbeOutcome::Ok(1)),
            organization: seen("org", ProbeOutcome::Ok(())),
            group_schema: seen("schema", forbidden()),
            support: seen("support", forbidden()),
        }
    }

    fn with(change: impl FnOnce(&mut Observations)) -> Observations {
        let mut observations = read_only();
        change(&mut observations);
        observations
    }

    /// The results for a token that can read its own roles.
    fn with_roles(kinds: &[&str], change: impl FnOnce(&mut Observations)) -> Observations {
        with(|seen| {
            seen.roles.outcome = ProbeOutcome::Ok(kinds.iter().map(|kind| role(kind)).collect());
            change(seen);
        })
    }

    /// Returns the statuses of review groups, provision groups, review apps, provision apps, review roles.
    fn statuses(observations: Observations) -> [&'static str; 5] {
        let permissions = decide(observations);
        Capability::ALL.map(|capability| permissions.status(capability).unwrap().as_str())
    }

    const RO: [&str; 5] = ["yes", "no", "yes", "no", "no"];
    const NONE: [&str; 5] = ["no"; 5];
    const ALL: [&str; 5] = ["yes"; 5];

    #[test]
    fn hidden_roles_are_inferred_from_forbidden_requests() {
        let rows = [
            ("read-only", read_only(), RO),
            (
                "application administrator",
                with(|seen| seen.group_schema.outcome = ProbeOutcome::Ok(())),
                ["yes", "presumed", "yes", "presumed", "no"],
            ),
            (
                "schema fails",
                with(|seen| seen.group_schema.outcome = failed()),
                ["yes", "unknown", "yes", "unknown", "no"],
            ),
            ("no role", with(|seen| seen.users.outcome = ProbeOutcome::Ok(0)), NONE),
            (
                "no role, schema readable",
                with(|seen| {
                    seen.users.outcome = ProbeOutcome::Ok(0);
                    seen.group_schema.outcome = ProbeOutcome::Ok(());
                }),
                NONE,
            ),
            ("groups forbidden", with(|seen| seen.groups.outcome = forbidden()), ["no", "no", "yes", "no", "no"]),
            ("apps forbidden", with(|seen| seen.apps.outcome = forbidden()), ["yes", "no", "no", "no", "no"]),
            ("users forbidden", with(|seen| seen.users.outcome = forbidden()), NONE),
            ("groups fail", with(|seen| seen.groups.outcome = failed()), ["unknown", "no", "yes", "no", "no"]),
            ("users fail", with(|seen| seen.users.outcome = failed()), ["unknown", "no", "unknown", "no", "no"]),
            (
                "assignees readable",
                with(|seen| seen.assignees.outcome = ProbeOutcome::Ok(())),
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
                    seen.support.outcome = ProbeOutcome::Ok(());
                }),
                ["yes", "no", "yes", "no", "presumed"],
            ),
        ];
        for (name, observations, expected) in rows {
            assert_eq!(statuses(observations), expected, "{name}");
        }
    }

    #[test]
    fn readable_roles_determine_the_permissions() {
        let nothing = |_: &mut Observations| {};
        let schema = |seen: &mut Observations| seen.group_schema.outcome = ProbeOutcome::Ok(());
        let assignees = |seen: &mut Observations| seen.assignees.outcome = ProbeOutcome::Ok(());
        let rows = [
            ("super", with_roles(&["SUPER_ADMIN"], nothing), ALL),
            ("read-only", with_roles(&["READ_ONLY_ADMIN"], nothing), RO),
            // The schema would be evidence for an application administrator, but the roles are known.
            ("read-only, schema readable", with_roles(&["READ_ONLY_ADMIN"], schema), RO),
            (
                "three roles",
                with_roles(&["READ_ONLY_ADMIN", "APP_ADMIN", "USER_ADMIN"], nothing),
                ["yes", "yes", "yes", "yes", "no"],
            ),
            ("application", with_roles(&["APP_ADMIN"], nothing), ["yes", "no", "yes", "yes", "no"]),
            ("group", with_roles(&["USER_ADMIN"], nothing), ["yes", "yes", "yes", "no", "no"]),
            (
                "group membership, no apps",
                with_roles(&["GROUP_MEMBERSHIP_ADMIN"], |seen| seen.apps.outcome = forbidden()),
                ["yes", "yes", "no", "no", "no"],
            ),
            ("organization", with_roles(&["ORG_ADMIN"], schema), ["yes", "presumed", "yes", "presumed", "no"]),
            (
                "report",
                with_roles(&["REPORT_ADMIN"], |seen| seen.groups.outcome = forbidden()),
                ["no", "no", "yes", "no", "no"],
            ),
            ("custom, reading roles", with_roles(&["CUSTOM"], assignees), ["yes", "unknown", "yes", "no", "yes"]),
            ("custom, managing apps", with_roles(&["CUSTOM"], schema), ["yes", "unknown", "yes", "presumed", "no"]),
            ("nothing", with_roles(&[], schema), NONE),
            (
                "no active role",
                with(|seen| {
                    let role = read(serde_json::json!({"type": "SUPER_ADMIN", "status": "INACTIVE"}));
                    seen.roles.outcome = ProbeOutcome::Ok(vec![role]);
                }),
                NONE,
            ),
            // Active roles take precedence over an empty list.
            (
                "read-only, no users",
                with_roles(&["READ_ONLY_ADMIN"], |seen| seen.users.outcome = ProbeOutcome::Ok(0)),
                RO,
            ),
        ];
        for (name, observations, expected) in rows {
            assert_eq!(statuses(observations), expected, "{name}");
        }
    }

    #[test]
    fn each_status_contains_its_evidence() {
        let evidence =
            |observations, capability| decide(observations).status(capability).unwrap().evidence().to_owned();
        for (observations, capability, expected) in [
            (read_only(), ReviewGroupMembership, "groups returned 200"),
            (read_only(), ProvisionAppAssignment, "schema returned 403 E0000006"),
            (read_only(), ReviewOrgRoles, "assignees returned 403 E0000006"),
            (with_roles(&["SUPER_ADMIN"], |_| {}), ReviewOrgRoles, "roles returned 200 with SUPER_ADMIN"),
            (with_roles(&[], |_| {}), ReviewAppAssignment, "roles returned 200 without an active role"),
            (
                with_roles(&["USER_ADMIN"], |_| {}),
                ProvisionAppAssignment,
                "roles returned 200 without a role that can change app assignments",
            ),
            (
                with(|seen| seen.users.outcome = ProbeOutcome::Ok(0)),
                ReviewAppAssignment,
                "users returned 200 with an empty list, without the token's owner",
            ),
            (with(|seen| seen.apps.outcome = failed()), ReviewAppAssignment, "apps failed: 503"),
            (
                with(|seen| seen.group_schema.outcome = ProbeOutcome::Forbidden(String::new())),
                ProvisionGroupMembership,
                "schema returned 403",
            ),
        ] {
            assert_eq!(evidence(observations, capability), expected);
        }
    }

    #[test]
    fn targets_determine_the_extent_of_writes() {
        let limited =
            |kind: &str| read(serde_json::json!({"type": kind, "_embedded": {"targets": {"groups": [{"id": "00g"}]}}}));
        let with_targets = |roles: Vec<AdminRole>| {
            with_roles(&["USER_ADMIN"], |seen| seen.group_targets.outcome = ProbeOutcome::Ok(roles))
        };
        for (observations, expected) in [
            (with_targets(vec![limited("USER_ADMIN")]), Extent::Partial),
            (with_targets(vec![role("USER_ADMIN")]), Extent::Full),
            (with_targets(vec![limited("USER_ADMIN"), role("GROUP_MEMBERSHIP_ADMIN")]), Extent::Full),
            (with_targets(vec![]), Extent::Unknown),
            (with_roles(&["USER_ADMIN"], |seen| seen.group_targets.outcome = failed()), Extent::Unknown),
            (with_roles(&["SUPER_ADMIN"], |_| {}), Extent::Full),
        ] {
            let permissions = decide(observations);
            assert_eq!(permissions.scope.group_writes, expected);
            assert_eq!(!permissions.warnings.is_empty(), expected == Extent::Partial, "{:?}", permissions.warnings);
        }
        let permissions = decide(with(|seen| seen.built_in_groups.outcome = ProbeOutcome::Ok(0)));
        assert_eq!(
            (permissions.scope.group_reads, permissions.warnings),
            (Extent::Partial, vec![Warning::PartialGroupReads])
        );
    }

    #[test]
    fn warnings_cover_inactive_owners_missing_users_and_contradictions() {
        let shown =
            |observations| decide(observations).warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert_eq!(shown(read_only()), "");
        let suspended = with(|seen| seen.owner.status = UserStatus::Suspended);
        assert!(shown(suspended).contains("the token's owner rita@b.c is SUSPENDED, not ACTIVE"));
        assert!(shown(with(|seen| seen.users.outcome = ProbeOutcome::Ok(0))).contains("an empty list of users"));
        let contradiction = with(|seen| seen.assignees.outcome = ProbeOutcome::Ok(()));
        assert!(shown(contradiction).contains("roles returned 403 E0000006, but assignees returned 200"));
    }

    #[test]
    fn names_of_capabilities_survive_a_round_trip() {
        for capability in Capability::ALL {
            assert_eq!(capability.to_string().parse(), Ok(capability));
            assert!(!capability.granting_roles().is_empty());
        }
        let error = "levitate".parse::<Capability>().unwrap_err().to_string();
        assert!(error.starts_with("unknown capability; the capabilities are review_group_membership, "), "{error}");
    }
}
