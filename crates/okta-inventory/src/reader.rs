//! Jobs of a crawl: one list or one object's list each.

use std::collections::HashSet;

use tokio::sync::mpsc;

use okta_client::{
    AdminRole, AuthenticatedClient, Error, Listed, Paginator, RequestOptions, RequestPriority, RetryLimits, next_link,
};
use service_http::{DecodeError, Method, Request};

use super::event::{AppEntry, AppUserEntry, Event, GroupEntry, Id, UserEntry};
use super::users::{UserRange, UserRangeReader};
use super::wire::{self, IdOnly};

/// Retries of one request after rate-limit responses, each after at most a minute.
const RATE_LIMIT_RETRIES: u32 = 60;

/// Jobs whose requests count in the same rate-limit bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Lists,
    Groups,
    Apps,
    Users,
}

/// A list or the list of one object to read.
#[derive(Debug)]
pub(super) enum Job {
    Users(UserRange),
    Groups,
    Apps { status: &'static str },
    Administrators,
    Members { group: Id },
    GroupRoles { group: Id },
    GroupApps { group: Id },
    AppUsers { app: Id, is_aws: bool },
    UserRoles { user: Id },
}

impl Job {
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Users(_) | Self::Groups | Self::Apps { .. } | Self::Administrators => Kind::Lists,
            Self::Members { .. } | Self::GroupRoles { .. } | Self::GroupApps { .. } => Kind::Groups,
            Self::AppUsers { .. } => Kind::Apps,
            Self::UserRoles { .. } => Kind::Users,
        }
    }

    pub(super) fn what(&self) -> &'static str {
        match self {
            Self::Users(_) => "users",
            Self::Groups => "groups",
            Self::Apps { .. } => "apps",
            Self::Administrators => "administrators",
            Self::Members { .. } => "members of a group",
            Self::GroupRoles { .. } => "admin roles of a group",
            Self::GroupApps { .. } => "apps of a group",
            Self::AppUsers { .. } => "users of an app",
            Self::UserRoles { .. } => "admin roles of a user",
        }
    }

    /// Returns how the job's requests are sent. Lists come first, because they lead to the other jobs. Apps and users
    /// come before groups, because their buckets have the least slack and the fewest jobs.
    fn options(&self) -> RequestOptions {
        let priority = match self.kind() {
            Kind::Lists => RequestPriority::High,
            Kind::Apps | Kind::Users => RequestPriority::Normal,
            Kind::Groups => RequestPriority::Low,
        };
        let retry = RetryLimits { rate_limit_retries: Some(RATE_LIMIT_RETRIES), retries_500: true };
        RequestOptions { priority, retry }
    }
}

/// A result of a job.
#[derive(Debug)]
pub(super) enum Discovery {
    Event(Event),
    Administrators(Vec<Id>),
    UserRange(UserRange),
}

/// Runs jobs.
#[derive(Clone)]
pub(super) struct Reader {
    client: AuthenticatedClient,
    discoveries: mpsc::Sender<Discovery>,
    reads_saml_roles: bool,
}

impl Reader {
    pub(super) fn new(
        client: AuthenticatedClient,
        discoveries: mpsc::Sender<Discovery>,
        reads_saml_roles: bool,
    ) -> Self {
        Self { client, discoveries, reads_saml_roles }
    }

    pub(super) async fn read(&self, job: &Job) -> Result<(), Error> {
        let options = job.options();
        match job {
            Job::Users(range) => self.users(range, options).await,
            Job::Groups => self.groups(options).await,
            Job::Apps { status } => self.apps(status, options).await,
            Job::Administrators => self.administrators(options).await,
            Job::Members { group } => self.members(group, options).await,
            Job::GroupApps { group } => self.group_apps(group, options).await,
            Job::AppUsers { app, is_aws: true } if self.reads_saml_roles => {
                self.app_users::<wire::AwsAppUser>(app, options).await
            }
            Job::AppUsers { app, .. } => self.app_users::<wire::AppUser>(app, options).await,
            Job::GroupRoles { group } => {
                let roles = self.roles("reading the admin roles of a group", "groups", group, options).await?;
                self.emit(Discovery::Event(Event::GroupRoles { group: group.clone(), roles })).await;
                Ok(())
            }
            Job::UserRoles { user } => {
                let roles = self.roles("reading the admin roles of a user", "users", user, options).await?;
                self.emit(Discovery::Event(Event::UserRoles { user: user.clone(), roles })).await;
                Ok(())
            }
        }
    }

    /// Waits for room in the queue, so that a slow sink slows the jobs down.
    async fn emit(&self, discovery: Discovery) {
        // The receiver is gone if the crawl has ended.
        let _ = self.discoveries.send(discovery).await;
    }

    async fn pages<T: Listed>(
        &self,
        mut paginator: Paginator<'_>,
        event: impl Fn(Vec<T>) -> Event,
    ) -> Result<(), Error> {
        while let Some(page) = paginator.next_page::<T>().await? {
            if !page.is_empty() {
                self.emit(Discovery::Event(event(page))).await;
            }
        }
        Ok(())
    }

    async fn users(&self, range: &UserRange, options: RequestOptions) -> Result<(), Error> {
        let mut reader = UserRangeReader::new(&self.client, range, options);
        while let Some((users, later)) = reader.next_page().await? {
            if let Some(later) = later {
                self.emit(Discovery::UserRange(later)).await;
            }
            self.emit(Discovery::Event(Event::Users(users.into_iter().map(UserEntry::from).collect()))).await;
        }
        Ok(())
    }

    async fn groups(&self, options: RequestOptions) -> Result<(), Error> {
        let (path, query) = (["api", "v1", "groups"], [("expand", "stats")]);
        let paginator = Paginator::new(&self.client, "reading groups", &path, &query, 200, options);
        self.pages(paginator.check_full_pages().large_dedup_window(), |groups: Vec<wire::Group>| {
            Event::Groups(groups.into_iter().map(GroupEntry::from).collect())
        })
        .await
    }

    async fn apps(&self, status: &str, options: RequestOptions) -> Result<(), Error> {
        let filter = format!("status eq \"{status}\"");
        let (path, query) = (["api", "v1", "apps"], [("filter", filter.as_str())]);
        let paginator = Paginator::new(&self.client, "reading apps", &path, &query, 200, options);
        self.pages(paginator.large_dedup_window(), |apps: Vec<wire::App>| {
            Event::Apps(apps.into_iter().map(AppEntry::from).collect())
        })
        .await
    }

    async fn members(&self, group: &Id, options: RequestOptions) -> Result<(), Error> {
        let path = ["api", "v1", "groups", group.as_str(), "users"];
        let paginator = Paginator::new(&self.client, "reading the members of a group", &path, &[], 1_000, options);
        self.pages(paginator, |users: Vec<IdOnly>| Event::Members {
            group: group.clone(),
            users: users.into_iter().map(|user| user.id).collect(),
        })
        .await
    }

    async fn group_apps(&self, group: &Id, options: RequestOptions) -> Result<(), Error> {
        let path = ["api", "v1", "groups", group.as_str(), "apps"];
        let paginator = Paginator::new(&self.client, "reading the apps of a group", &path, &[], 200, options);
        self.pages(paginator, |apps: Vec<IdOnly>| Event::GroupApps {
            group: group.clone(),
            apps: apps.into_iter().map(|app| app.id).collect(),
        })
        .await
    }

    async fn app_users<T: Listed + Into<AppUserEntry>>(&self, app: &Id, options: RequestOptions) -> Result<(), Error> {
        let path = ["api", "v1", "apps", app.as_str(), "users"];
        let paginator = Paginator::new(&self.client, "reading the users of an app", &path, &[], 500, options);
        self.pages(paginator, |users: Vec<T>| Event::AppUsers {
            app: app.clone(),
            users: users.into_iter().map(Into::into).collect(),
        })
        .await
    }

    /// Reads the users with an admin role. The link to the next page is in the body; a `Link` header is undocumented.
    async fn administrators(&self, options: RequestOptions) -> Result<(), Error> {
        const OPERATION: &str = "reading the administrators";
        let other_origin = || {
            let problem = "the next page is on another host, to which no token is sent";
            Error::Decode { operation: OPERATION, source: DecodeError::at("_links.next", problem) }
        };
        let path = ["api", "v1", "iam", "assignees", "users"];
        let first = Request::new(Method::GET, self.client.origin(), &path).query("limit", "200");
        let mut url = first.url().clone();
        let mut visited = HashSet::new();
        while visited.insert(url.clone()) {
            let request = self.client.request_at(Method::GET, url.clone()).ok_or_else(other_origin)?;
            let response = self.client.send(OPERATION, &request, options).await?;
            let page: wire::Assignees =
                response.json().map_err(|source| Error::Decode { operation: OPERATION, source })?;
            let link = page.links.next.and_then(|link| link.href).or_else(|| next_link(response.headers()));
            let users: Vec<Id> = page.value.into_iter().map(|user| user.id).collect();
            if users.is_empty() {
                break;
            }
            self.emit(Discovery::Administrators(users)).await;
            let Some(link) = link else { break };
            url = url.join(&link).map_err(|_| other_origin())?;
        }
        Ok(())
    }

    async fn roles(
        &self,
        operation: &'static str,
        collection: &str,
        id: &Id,
        options: RequestOptions,
    ) -> Result<Vec<AdminRole>, Error> {
        let path = ["api", "v1", collection, id.as_str(), "roles"];
        let request = self.client.authorize(Request::new(Method::GET, self.client.origin(), &path));
        let response = self.client.send(operation, &request, options).await?;
        response.json().map_err(|source| Error::Decode { operation, source })
    }
}
