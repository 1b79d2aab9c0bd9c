//! The reads that show what a token may do: at most 10 besides the org's public document, none with side effects.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::permissions::{self, Limit, Observations, Outcome, Seen, TokenPermissions};
use super::{AdminRole, AuthenticatedClient, Error, RoleType, User};

/// A page of one: that it may be read is what matters.
const ONE: (&str, &str) = ("limit", "1");

impl AuthenticatedClient {
    /// Finds out what the token may do: who owns it, then the owner's admin roles, then, unless they are a super
    /// administrator's, whatever else can tell. At most 10 requests, each repeated as any read is.
    ///
    /// # Errors
    /// Any [`Error`] on reading the token's owner; later only a 401, after which nothing can work. Another failure
    /// of one request leaves the capabilities that depend on it [`permissions::Verdict::Unknown`].
    pub async fn permissions(&self) -> Result<TokenPermissions, Error> {
        Asker { client: self }.permissions().await
    }
}

/// Asks in the name of somebody.
struct Asker<'c> {
    client: &'c AuthenticatedClient,
}

impl Asker<'_> {
    async fn permissions(&self) -> Result<TokenPermissions, Error> {
        let owner: User =
            self.client.get_with_query("read the token's owner", &["api", "v1", "users", "me"], &[]).await?;
        let roles =
            Request::new("read the admin roles of the token's owner", &["api", "v1", "users", &owner.id, "roles"]);
        let seen_roles: Seen<Vec<AdminRole>> = self.look(&roles).await?;
        let (known, active) = match &seen_roles.outcome {
            Outcome::Told(roles) => (true, roles.iter().filter(|role| role.is_active()).cloned().collect()),
            _ => (false, Vec::new()),
        };
        let holds = |kinds: &[RoleType]| active.iter().any(|role: &AdminRole| kinds.contains(&role.kind));
        let decided = holds(&[RoleType::Super]);
        let open = |asked: bool| asked && !decided;

        let targets = |expand: &'static str| roles.clone().with(("expand", expand));
        let group_targets = targets("targets/groups");
        let app_targets = targets("targets/catalog/apps");
        let assignees =
            Request::new("read who holds admin roles", &["api", "v1", "iam", "assignees", "users"]).with(ONE);
        let users = Request::new("read users", &["api", "v1", "users"]).with(ONE);
        let groups = Request::new("read groups", &["api", "v1", "groups"]).with(ONE);
        let apps = Request::new("read apps", &["api", "v1", "apps"]).with(ONE);
        let built_in = Request::new("read Okta's own groups", &["api", "v1", "groups"])
            .with(("filter", "type eq \"BUILT_IN\""))
            .with(ONE);
        let organization = Request::new("read the org's settings", &["api", "v1", "org"]);
        let schema = Request::new("read the schema of groups", &["api", "v1", "meta", "schemas", "group", "default"]);
        let support =
            Request::new("read Okta's own access to the org", &["api", "v1", "org", "privacy", "oktaSupport"]);

        // With known roles the last three decide nothing that is left open, except the schema about roles whose
        // permissions are not told; that leaves room for the targets.
        let (seen_assignees, seen_users, seen_groups, seen_apps, seen_built_in) = futures::try_join!(
            self.look_if(open(true), &assignees),
            self.look_if(open(true), &users),
            self.look_if(open(true), &groups),
            self.look_if(open(true), &apps),
            self.look_if(open(true), &built_in),
        )?;
        let (seen_organization, seen_schema, seen_support, seen_group_targets, seen_app_targets) = futures::try_join!(
            self.look_if(open(!known), &organization),
            self.look_if(open(!known || holds(&[RoleType::Custom, RoleType::Organization])), &schema),
            self.look_if(open(!known), &support),
            self.look_if(open(holds(Limit::Groups.roles())), &group_targets),
            self.look_if(open(holds(Limit::Apps.roles())), &app_targets),
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

    async fn look_if<T: DeserializeOwned>(&self, wanted: bool, request: &Request<'_>) -> Result<Seen<T>, Error> {
        if wanted { self.look(request).await } else { Ok(request.seen(Outcome::NotAsked)) }
    }

    /// Sends one request and keeps whatever comes of it, but for a token that is dead.
    async fn look<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<Seen<T>, Error> {
        match self.client.get_with_query(request.operation, &request.segments, &request.query).await {
            Ok(told) => Ok(request.seen(Outcome::Told(told))),
            // A feature that the org lacks says nothing of the token, although it is a 401 too.
            Err(error) if error.is_unauthorized() && !error.is_feature_missing() => Err(error),
            Err(error) => Ok(request.seen(match error.api() {
                Some(api) if error.is_forbidden() => Outcome::Refused(api.code.clone()),
                Some(api) if api.code.is_empty() => Outcome::Failed(format!("Okta answered {}", api.status)),
                Some(api) => Outcome::Failed(format!("Okta answered {} {}", api.status, api.code)),
                None => Outcome::Failed(error.to_string()),
            })),
        }
    }
}

/// One read of the probe.
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

    fn seen<T>(&self, outcome: Outcome<T>) -> Seen<T> {
        let query: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        Seen { request: format!("GET /{}{mark}{}", self.segments.join("/"), query.join("&")), outcome }
    }
}

impl<T> Seen<T> {
    fn map<U>(self, map: impl FnOnce(T) -> U) -> Seen<U> {
        let outcome = match self.outcome {
            Outcome::Told(told) => Outcome::Told(map(told)),
            Outcome::Refused(code) => Outcome::Refused(code),
            Outcome::Failed(reason) => Outcome::Failed(reason),
            Outcome::NotAsked => Outcome::NotAsked,
        };
        Seen { request: self.request, outcome }
    }
}

/// An object of a list, of which nothing but its being there is read.
#[derive(Deserialize)]
struct Entry {}

fn count(list: Vec<Entry>) -> usize {
    list.len()
}
