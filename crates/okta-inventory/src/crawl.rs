//! The crawl: which jobs run when, and what their results lead to.

use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};

use okta_client::{AuthenticatedClient, Capability, CapabilityStatus, Error, TokenPermissions, UserStatus};

use super::event::{Event, GroupEntry, Id, Sink, UserEntry};
use super::reader::{Discovery, Job, Kind, Reader};
use super::users::UserRange;
use super::{Detail, Selection};

/// Jobs of one kind at once. More than may be in flight, so that no rate-limit bucket waits for work.
const JOBS_PER_KIND: usize = 40;

/// Pages that wait for the sink. A longer queue only takes memory.
const QUEUED_PAGES: usize = 8;

/// Interval of progress messages in the log.
const PROGRESS: Duration = Duration::from_secs(5);

/// A kind of object that could not be read, and the reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    /// The kind: `users`, `groups`, `apps`, `administrators`, `members of a group`, …
    pub what: &'static str,
    /// Okta's error message, without secrets.
    pub why: String,
}

/// The result of a crawl.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The permissions of the token.
    pub permissions: TokenPermissions,
    /// Number of objects that could not be read, by kind and reason. An object missing from an incomplete inventory may
    /// still exist.
    pub unreadable: BTreeMap<Unreadable, u64>,
    /// Requests sent, including retries and those that determine the permissions.
    pub requests: u64,
}

/// Error that ends a crawl early.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError<E> {
    /// A request to Okta failed.
    #[error(transparent)]
    Okta(#[from] Error),
    /// The sink failed.
    #[error("the inventory could not be stored")]
    Sink(#[source] E),
}

/// Reads the objects that `selection` includes and passes them to `sink`.
///
/// # Errors
/// If the token is invalid, Okta fails repeatedly, or the sink fails. A list that the token may not read is not an
/// error: see [`Summary::unreadable`].
pub async fn crawl<S: Sink>(
    client: &AuthenticatedClient,
    selection: Selection,
    sink: &mut S,
) -> Result<Summary, CrawlError<S::Error>> {
    let client = client.with_own_counter();
    let permissions = client.permissions().await?;
    let (sender, mut discoveries) = mpsc::channel(QUEUED_PAGES);
    let reader = Reader::new(client.clone(), sender, selection.aws_saml_roles);
    let mut crawl = Crawl::new(reader, selection, &permissions);
    let mut progress = tokio::time::interval(PROGRESS);
    progress.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        crawl.start_jobs();
        tokio::select! {
            biased;
            Some(discovery) = discoveries.recv() => crawl.accept(discovery, sink).await?,
            Some(ended) = crawl.running.join_next() => crawl.end_job(ended)?,
            _ = progress.tick() => crawl.log_progress(&client),
            else => break,
        }
        if crawl.running.is_empty() && crawl.queue.is_empty() {
            while let Ok(discovery) = discoveries.try_recv() {
                crawl.accept(discovery, sink).await?;
            }
            if let Some(event) = crawl.everyone() {
                sink.accept(event).await.map_err(CrawlError::Sink)?;
            }
            if crawl.queue.is_empty() {
                break;
            }
        }
    }
    crawl.log_progress(&client);
    Ok(Summary { permissions, unreadable: crawl.unreadable, requests: client.requests_sent() })
}

/// A group whose members are to be read. The largest is first, because it has the most serial pages.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct GroupBySize {
    size: u64,
    group: Id,
}

/// Jobs that wait for a start.
#[derive(Debug, Default)]
struct Queue {
    lists: VecDeque<Job>,
    members: BinaryHeap<GroupBySize>,
    groups: VecDeque<Job>,
    apps: VecDeque<Job>,
    users: VecDeque<Job>,
}

impl Queue {
    fn len(&self) -> usize {
        self.lists.len() + self.members.len() + self.groups.len() + self.apps.len() + self.users.len()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn pop(&mut self, kind: Kind) -> Option<Job> {
        match kind {
            Kind::Lists => self.lists.pop_front(),
            Kind::Groups => {
                let members = self.members.pop().map(|GroupBySize { group, .. }| Job::Members { group });
                members.or_else(|| self.groups.pop_front())
            }
            Kind::Apps => self.apps.pop_front(),
            Kind::Users => self.users.pop_front(),
        }
    }
}

#[derive(Debug, Default)]
struct Totals {
    users: u64,
    deprovisioned: u64,
    objects: u64,
}

struct Crawl {
    reader: Reader,
    selection: Selection,
    reads_roles: bool,
    queue: Queue,
    running: JoinSet<(Job, Result<(), Error>)>,
    /// Number of running jobs, indexed by [`Kind`].
    running_by_kind: [usize; 4],
    totals: Totals,
    everyone: Option<GroupEntry>,
    unreadable: BTreeMap<Unreadable, u64>,
}

impl Crawl {
    fn new(reader: Reader, selection: Selection, permissions: &TokenPermissions) -> Self {
        let reads_roles =
            !matches!(permissions.status(Capability::ReviewOrgRoles), Some(CapabilityStatus::Denied(_)) | None);
        let mut lists = VecDeque::from([Job::Apps { status: "ACTIVE" }, Job::Users(UserRange::all()), Job::Groups]);
        if !selection.skip_inactive_apps {
            lists.push_back(Job::Apps { status: "INACTIVE" });
        }
        if reads_roles {
            lists.push_back(Job::Administrators);
        }
        Self {
            reader,
            selection,
            reads_roles,
            queue: Queue { lists, ..Queue::default() },
            running: JoinSet::new(),
            running_by_kind: [0; 4],
            totals: Totals::default(),
            everyone: None,
            unreadable: BTreeMap::new(),
        }
    }

    fn start_jobs(&mut self) {
        for kind in [Kind::Lists, Kind::Apps, Kind::Users, Kind::Groups] {
            while kind == Kind::Lists || self.running_by_kind[kind as usize] < JOBS_PER_KIND {
                let Some(job) = self.queue.pop(kind) else { break };
                self.running_by_kind[kind as usize] += 1;
                let reader = self.reader.clone();
                self.running.spawn(async move {
                    let outcome = reader.read(&job).await;
                    (job, outcome)
                });
            }
        }
    }

    /// Queues the jobs that follow from a discovery, and passes its objects to the sink.
    async fn accept<S: Sink>(&mut self, discovery: Discovery, sink: &mut S) -> Result<(), CrawlError<S::Error>> {
        let event = match discovery {
            Discovery::Event(event) => self.plan(event),
            Discovery::UserRange(range) => {
                self.queue.lists.push_back(Job::Users(range));
                return Ok(());
            }
            Discovery::Administrators(users) => {
                self.queue.users.extend(users.into_iter().map(|user| Job::UserRoles { user }));
                return Ok(());
            }
        };
        self.totals.objects += event.objects();
        sink.accept(event).await.map_err(CrawlError::Sink)
    }

    fn plan(&mut self, event: Event) -> Event {
        let is_full = self.selection.detail == Detail::Full;
        match event {
            Event::Users(users) => return Event::Users(self.select_users(users)),
            Event::Groups(ref groups) if is_full => groups.iter().for_each(|group| self.plan_group(group)),
            Event::Apps(ref apps) if is_full => self
                .queue
                .apps
                .extend(apps.iter().map(|app| Job::AppUsers { app: app.id.clone(), is_aws: app.name == "amazon_aws" })),
            _ => {}
        }
        event
    }

    fn select_users(&mut self, mut users: Vec<UserEntry>) -> Vec<UserEntry> {
        let is_deprovisioned = |user: &UserEntry| user.status == UserStatus::Deprovisioned;
        self.totals.users += users.len() as u64;
        self.totals.deprovisioned += users.iter().filter(|user| is_deprovisioned(user)).count() as u64;
        if !self.selection.deprovisioned_users {
            users.retain(|user| !is_deprovisioned(user));
        }
        users
    }

    /// Queues the jobs of a group. A missing count is not zero.
    fn plan_group(&mut self, group: &GroupEntry) {
        let id = || group.id.clone();
        if group.is_everyone() && group.users_count.is_some() {
            self.everyone = Some(group.clone());
        } else if group.users_count != Some(0) {
            self.queue.members.push(GroupBySize { size: group.users_count.unwrap_or(u64::MAX), group: id() });
        }
        if group.apps_count != Some(0) {
            self.queue.groups.push_back(Job::GroupApps { group: id() });
        }
        if self.reads_roles && group.has_admin_roles != Some(false) {
            self.queue.groups.push_back(Job::GroupRoles { group: id() });
        }
    }

    /// Returns the members of Everyone as derived from its count, or queues reading them if the count fits neither all
    /// users nor all but the deprovisioned ones.
    fn everyone(&mut self) -> Option<Event> {
        let group = self.everyone.take()?;
        let Totals { users, deprovisioned, .. } = self.totals;
        let event = |deprovisioned_too| Event::EveryoneIsMember { group: group.id.clone(), deprovisioned_too };
        match group.users_count {
            Some(count) if count == users - deprovisioned => Some(event(false)),
            Some(count) if count == users => Some(event(true)),
            _ => {
                self.queue.members.push(GroupBySize { size: users, group: group.id });
                None
            }
        }
    }

    fn end_job<E>(&mut self, ended: Result<(Job, Result<(), Error>), JoinError>) -> Result<(), CrawlError<E>> {
        // After a panic the inventory would be incomplete without an error.
        let (job, outcome) = ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        let is_list = job.kind() == Kind::Lists;
        let running = &mut self.running_by_kind[job.kind() as usize];
        *running = running.saturating_sub(1);
        match outcome {
            Ok(()) => Ok(()),
            // The object was deleted after it was listed.
            Err(error) if error.is_not_found() && !is_list => Ok(()),
            Err(error) if error.is_forbidden() || error.is_feature_missing() => {
                let unreadable = Unreadable { what: job.what(), why: error.to_string() };
                let objects = self.unreadable.entry(unreadable).or_default();
                // Parts of a list count as one object.
                *objects = if is_list { 1 } else { *objects + 1 };
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn log_progress(&self, client: &AuthenticatedClient) {
        let Totals { users, objects, .. } = self.totals;
        let (requests, running, queued) = (client.requests_sent(), self.running.len(), self.queue.len());
        tracing::info!(users, objects, requests, running, queued, "reading the Okta org");
    }
}
