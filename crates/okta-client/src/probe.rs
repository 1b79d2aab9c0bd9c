//! The reads that determine the permissions of a token: at most 10 besides the org's public document.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::permissions::{self, Observations, ProbeOutcome, ProbeResult, TargetKind, TokenPermissions};
use super::{AdminRole, AuthenticatedClient, Error, RoleType, User};

/// A page of one element, because only the permission to read it is relevant.
const ONE: (&str, &str) = ("limit", "1");

impl AuthenticatedClient {
    /// Determines the permissions of the token. Reads its owner, then the owner's admin roles. Unless the owner is a super
    /// administrator, reads other objects as evidence. Sends at most 10 requests, not counting retries.
    ///
    /// # Errors
    /// Any [`Error`] when reading the token's owner, and 401 responses later. After any other failure, the status of the
    /// capabilities that depend on it is [`permissions::CapabilityStatus::Unknown`].
    pub async fn permissions(&self) -> Result<TokenPermissions, Error> {
        Prober { client: self }.permissions().await
    }
}

struct Prober<'c> {
    client: &'c AuthenticatedClient,
}

impl Prober<'_> {
    async fn permissions(&self) -> Result<TokenPermissions, Error> {
        let owner: User = self
            .client
            .get_with_query("reading the owner of the API token", &["api", "v1", "users", "me"], &[])
            .await?;
        let roles =
            Request::new("reading the admin roles of the token's owner", &["api", "v1", "users", &owner.id, "roles"]);
        let seen_roles: ProbeResult<Vec<AdminRole>> = self.probe(&roles).await?;
        let (known, active) = match &seen_roles.outcome {
            ProbeOutcome::Ok(roles) => (true, roles.iter().filter(|role| role.is_active()).cloned().collect()),
            _ => (false, Vec::new()),
        };
        let holds = |kinds: &[RoleType]| active.iter().any(|role: &AdminRole| kinds.contains(&role.kind));
        let is_super = holds(&[RoleType::Super]);
        let if_undecided = |is_relevant: bool| is_relevant && !is_super;

        let targets = |expand: &'static str| roles.clone().with(("expand", expand));
        let group_targets = targets("targets/groups");
        let app_targets = targets("targets/catalog/apps");
        let assignees =
            Request::new("reading the users with admin roles", &["api", "v1", "iam", "assignees", "users"]).with(ONE);
        let users = Request::new("reading users", &["api", "v1", "users"]).with(ONE);
        let groups = Request::new("reading groups", &["api", "v1", "groups"]).with(ONE);
        let apps = Request::new("reading apps", &["api", "v1", "apps"]).with(ONE);
        let built_in = Request::new("reading built-in groups", &["api", "v1", "groups"])
            .with(("filter", "type eq \"BUILT_IN\""))
            .with(ONE);
        let organization = Request::new("reading the settings of the org", &["api", "v1", "org"]);
        let schema =
            Request::new("reading the schema of groups", &["api", "v1", "meta", "schemas", "group", "default"]);
        let support = Request::new("reading Okta's access to the org", &["api", "v1", "org", "privacy", "oktaSupport"]);

        // If the roles are known, the results of the last three requests are irrelevant, except the schema for roles with
        // unknown permissions. Their share of the 10 requests is used for the targets.
        let (seen_assignees, seen_users, seen_groups, seen_apps, seen_built_in) = futures::try_join!(
            self.probe_if(!is_super, &assignees),
            self.probe_if(!is_super, &users),
            self.probe_if(!is_super, &groups),
            self.probe_if(!is_super, &apps),
            self.probe_if(!is_super, &built_in),
        )?;
        let (seen_organization, seen_schema, seen_support, seen_group_targets, seen_app_targets) = futures::try_join!(
            self.probe_if(if_undecided(!known), &organization),
            self.probe_if(if_undecided(!known || holds(&[RoleType::Custom, RoleType::Organization])), &schema),
            self.probe_if(if_undecided(!known), &support),
            self.probe_if(if_undecided(holds(TargetKind::Groups.roles())), &group_targets),
            self.probe_if(if_undecided(holds(TargetKind::Apps.roles())), &app_targets),
        )?;
        Ok(permissions::decide(Observations {
            owner,
            roles: seen_roles,
            group_targets: seen_group_targets,
            app_targets: seen_app_targets,
            assignees: seen_assignees.map(|_: IgnoredAny| ()),
            users: seen_users.map(count),
            groups: seen_groups.map(count),
            apps: seen_apps.map(count),
            built_in_groups: seen_built_in.map(count),
            organization: seen_organization.map(|_: IgnoredAny| ()),
            group_schema: seen_schema.map(|_: IgnoredAny| ()),
            support: seen_support.map(|_: IgnoredAny| ()),
        }))
    }

    async fn probe_if<T: DeserializeOwned>(
        &self,
        is_needed: bool,
        request: &Request<'_>,
    ) -> Result<ProbeResult<T>, Error> {
        if is_needed { self.probe(request).await } else { Ok(request.result(ProbeOutcome::NotSent)) }
    }

    /// Sends a request and returns its outcome. Only a rejected token is an error.
    async fn probe<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<ProbeResult<T>, Error> {
        match self.client.get_with_query(request.operation, &request.segments, &request.query).await {
            Ok(value) => Ok(request.result(ProbeOutcome::Ok(value))),
            // The response about a missing feature is also a 401, but is not about the token.
            Err(error) if error.is_unauthorized() && !error.is_feature_missing() => Err(error),
            Err(error) => Ok(request.result(match error.api() {
                Some(api) if error.is_forbidden() => ProbeOutcome::Forbidden(api.code.clone()),
                Some(api) if api.code.is_empty() => ProbeOutcome::Failed(format!("Okta returned {}", api.status)),
                Some(api) => ProbeOutcome::Failed(format!("Okta returned {} {}", api.status, api.code)),
                None => ProbeOutcome::Failed(error.to_string()),
            })),
        }
    }
}

/// A read of the probe.
#[derive(Clone)]
struct Request<'a> {
    operation: &'static str,
    segments: Vec<&'a str>,
    query: Vec<(&'static str, &'static str)>,
}

impl<'a> Request<'a> {
    fn new(operation: &'static str, segments: &[&'a str]) -> Self {
        Self { operation, segments: segments.to_vec(), query: Vec::new() }
    }

    fn with(mut self, parameter: (&'static str, &'static str)) -> Self {
        self.query.push(parameter);
        self
    }

    fn result<T>(&self, outcome: ProbeOutcome<T>) -> ProbeResult<T> {
        let query: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let separator = if query.is_empty() { "" } else { "?" };
        ProbeResult { request: format!("GET /{}{separator}{}", self.segments.join("/"), query.join("&")), outcome }
    }
}

impl<T> ProbeResult<T> {
    fn map<U>(self, map: impl FnOnce(T) -> U) -> ProbeResult<U> {
        let outcome = match self.outcome {
            ProbeOutcome::Ok(value) => ProbeOutcome::Ok(map(value)),
            ProbeOutcome::Forbidden(code) => ProbeOutcome::Forbidden(code),
            ProbeOutcome::Failed(reason) => ProbeOutcome::Failed(reason),
            ProbeOutcome::NotSent => ProbeOutcome::NotSent,
        };
        ProbeResult { request: self.request, outcome }
    }
}

/// An element of a list, of which only the presence is used.
#[derive(Deserialize)]
struct Element {}

fn count(list: Vec<Element>) -> usize {
    list.len()
}
