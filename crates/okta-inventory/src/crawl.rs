//! The crawl: what is asked in which order, and where the answers go.

use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use okta_client::Turn;
use okta_client::{AdminRole, AuthenticatedClient, Capability, Error, TokenPermissions, Verdict};
use okta_client::{Lane, Urgency};
use okta_client::{Listed, Walk, next_link};
use service_http::{DecodeError, Method, Request};

use super::event::{AppEntry, AppUserEntry, Event, GroupEntry, Id, Sink, UserEntry};
use super::users::{Chain, Chains, Span};
use super::wire::{self, Bare};
use super::{Detail, Selection};

/// Walks at once against one kind of list: more than may be in flight, so that no bucket waits for work.
const WALKS: usize = 40;

/// Pages that were read and not taken yet. More would only be memory.
const WAITING_PAGES: usize = 8;

/// How often a crawl may be refused one read for its rate limit, each time for a minute at most.
const RATE_REFUSALS: u32 = 60;

/// How often the log tells how far the crawl is.
const PROGRESS: Duration = Duration::from_secs(5);

/// What a crawl could not read, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unreadable {
    /// What it is: `users`, `groups`, `apps`, `admin roles`, `members of a group`, …
    pub what: &'static str,
    /// What Okta said, without secrets.
    pub why: String,
}

/// How a crawl went.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What the token may do.
    pub permissions: TokenPermissions,
    /// What could not be read, with how many objects it concerns. An inventory with gaps is no proof that anything is
    /// gone.
    pub unreadable: BTreeMap<Unreadable, u64>,
    /// Requests that were sent, repetitions and the finding out of permissions included.
    pub requests: u64,
}

/// Why a crawl ended early.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError<E> {
    /// Okta did not go along.
    #[error(transparent)]
    Okta(#[from] Error),
    /// What was found could not be kept.
    #[error("what was found could not be kept")]
    Sink(#[source] E),
}

/// Reads what `selection` asks for and gives it to `sink`.
///
/// # Errors
/// When the token is dead, Okta fails for longer than it is worth waiting, or the sink refuses. A list that the token
/// may not read is no error: see [`Summary::unreadable`].
pub async fn crawl<S: Sink>(
    client: &AuthenticatedClient,
    selection: Selection,
    sink: &mut S,
) -> Result<Summary, CrawlError<S::Error>> {
    let lane = client.scheduler().lane();
    let permissions = client.powers_in(lane).await?;
    let (found, mut finds) = mpsc::channel(WAITING_PAGES);
    let mut crawl = Crawl::new(client, selection, lane, &permissions, found);
    let mut progress = tokio::time::interval(PROGRESS);
    progress.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        crawl.start_walks();
        tokio::select! {
            biased;
            Some(find) = finds.recv() => {
                for event in crawl.take(find) {
                    sink.accept(event).await.map_err(CrawlError::Sink)?;
                }
            }
            Some(ended) = crawl.running.join_next() => crawl.end(ended)?,
            _ = progress.tick() => crawl.tell_progress(),
            else => break,
        }
        if crawl.running.is_empty() && crawl.is_idle() {
            // What the last walks found may still be on its way.
            while let Ok(find) = finds.try_recv() {
                for event in crawl.take(find) {
                    sink.accept(event).await.map_err(CrawlError::Sink)?;
                }
            }
            if let Some(event) = crawl.everyone() {
                sink.accept(event).await.map_err(CrawlError::Sink)?;
            }
            if crawl.is_idle() {
                break;
            }
        }
    }
    crawl.tell_progress();
    let requests = client.scheduler().sent_by(lane);
    Ok(Summary { permissions: permissions.clone(), unreadable: crawl.unreadable, requests })
}

/// A list to walk, or an object to read.
#[derive(Clone, Debug)]
enum Job {
    Users(Span),
    Groups,
    Apps { status: &'static str },
    Administrators,
    Members { group: Id },
    GroupRoles { group: Id },
    GroupApps { group: Id },
    AppUsers { app: Id, is_aws: bool },
    UserRoles { user: Id },
}

/// What walks find. Some of it makes new walks.
enum Find {
    Users(Vec<wire::User>),
    MoreUsers(Span),
    Groups(Vec<GroupEntry>),
    Apps(Vec<AppEntry>),
    Administrators(Vec<Id>),
    Event(Event),
}

/// Members of large groups first: theirs are the longest chains of pages.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Sized {
    size: u64,
    group: Id,
}

struct Crawl {
    client: AuthenticatedClient,
    selection: Selection,
    lane: Lane,
    reads_roles: bool,
    found: mpsc::Sender<Find>,
    chains: Arc<Chains>,
    running: JoinSet<(Kind, Job, Result<(), Error>)>,
    walks: BTreeMap<Kind, usize>,
    lists: VecDeque<Job>,
    members: BinaryHeap<Sized>,
    of_groups: VecDeque<Job>,
    of_apps: VecDeque<Job>,
    of_users: VecDeque<Job>,
    everyone: Option<GroupEntry>,
    users: u64,
    deprovisioned: u64,
    objects: u64,
    unreadable: BTreeMap<Unreadable, u64>,
}

/// Walks that draw on the same limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Lists,
    Groups,
    Apps,
    Users,
}

impl Crawl {
    fn new(
        client: &AuthenticatedClient,
        selection: Selection,
        lane: Lane,
        permissions: &TokenPermissions,
        found: mpsc::Sender<Find>,
    ) -> Self {
        let reads_roles = !matches!(permissions.verdict(Capability::ReviewOrgRoles), Some(Verdict::No(_)) | None);
        let mut lists = VecDeque::from([Job::Apps { status: "ACTIVE" }, Job::Users(Span::default()), Job::Groups]);
        if !selection.skip_inactive_apps {
            lists.push_back(Job::Apps { status: "INACTIVE" });
        }
        if reads_roles {
            lists.push_back(Job::Administrators);
        }
        Self {
            client: client.clone(),
            selection,
            lane,
            reads_roles,
            found,
            chains: Arc::default(),
            running: JoinSet::new(),
            walks: BTreeMap::new(),
            lists,
            members: BinaryHeap::new(),
            of_groups: VecDeque::new(),
            of_apps: VecDeque::new(),
            of_users: VecDeque::new(),
            everyone: None,
            users: 0,
            deprovisioned: 0,
            objects: 0,
            unreadable: BTreeMap::new(),
        }
    }

    fn is_idle(&self) -> bool {
        self.lists.is_empty()
            && self.members.is_empty()
            && self.of_groups.is_empty()
            && self.of_apps.is_empty()
            && self.of_users.is_empty()
    }

    /// Starts as many walks of each kind as there may be.
    fn start_walks(&mut self) {
        while let Some(job) = self.lists.pop_front() {
            self.start(Kind::Lists, job);
        }
        while self.has_room(Kind::Apps)
            && let Some(job) = self.of_apps.pop_front()
        {
            self.start(Kind::Apps, job);
        }
        while self.has_room(Kind::Users)
            && let Some(job) = self.of_users.pop_front()
        {
            self.start(Kind::Users, job);
        }
        while self.has_room(Kind::Groups) {
            let members = self.members.pop().map(|Sized { group, .. }| Job::Members { group });
            let Some(job) = members.or_else(|| self.of_groups.pop_front()) else { break };
            self.start(Kind::Groups, job);
        }
    }

    fn has_room(&self, kind: Kind) -> bool {
        self.walks.get(&kind).copied().unwrap_or_default() < WALKS
    }

    fn start(&mut self, kind: Kind, job: Job) {
        *self.walks.entry(kind).or_default() += 1;
        let urgency = match kind {
            Kind::Lists => Urgency::First,
            Kind::Apps | Kind::Users => Urgency::Soon,
            Kind::Groups => Urgency::Whenever,
        };
        let turn = Turn { lane: self.lane, urgency, rate_refusals: RATE_REFUSALS };
        let reader = Reader {
            client: self.client.clone(),
            turn,
            chains: Arc::clone(&self.chains),
            found: self.found.clone(),
            aws_saml_roles: self.selection.aws_saml_roles,
        };
        self.running.spawn(async move {
            let outcome = reader.read(&job).await;
            (kind, job, outcome)
        });
    }

    /// Notes what a walk found. What it says of other walks is kept for later, the rest is for the sink.
    fn take(&mut self, find: Find) -> Vec<Event> {
        let is_full = self.selection.detail == Detail::Full;
        match find {
            Find::MoreUsers(span) => {
                self.lists.push_back(Job::Users(span));
                Vec::new()
            }
            Find::Users(users) => {
                let mut users: Vec<UserEntry> = users.into_iter().map(UserEntry::from).collect();
                self.users += users.len() as u64;
                let is_gone = |user: &UserEntry| user.status == okta_client::UserStatus::Deprovisioned;
                self.deprovisioned += users.iter().filter(|user| is_gone(user)).count() as u64;
                if !self.selection.deprovisioned_users {
                    users.retain(|user| !is_gone(user));
                }
                self.objects += users.len() as u64;
                vec![Event::Users(users)]
            }
            Find::Groups(groups) => {
                if is_full {
                    groups.iter().for_each(|group| self.plan_group(group));
                }
                self.objects += groups.len() as u64;
                vec![Event::Groups(groups)]
            }
            Find::Apps(apps) => {
                if is_full {
                    self.of_apps.extend(
                        apps.iter().map(|app| Job::AppUsers { app: app.id.clone(), is_aws: app.name == "amazon_aws" }),
                    );
                }
                self.objects += apps.len() as u64;
                vec![Event::Apps(apps)]
            }
            Find::Administrators(users) => {
                self.of_users.extend(users.into_iter().map(|user| Job::UserRoles { user }));
                Vec::new()
            }
            Find::Event(event) => {
                self.objects += match &event {
                    Event::Members { users, .. } => users.len() as u64,
                    Event::AppUsers { users, .. } => users.len() as u64,
                    Event::GroupApps { apps, .. } => apps.len() as u64,
                    _ => 1,
                };
                vec![event]
            }
        }
    }

    /// What there is to read about a group. A count that is not told may be anything.
    fn plan_group(&mut self, group: &GroupEntry) {
        let id = || group.id.clone();
        if group.is_everyone() && group.users_count.is_some() {
            self.everyone = Some(group.clone());
        } else if group.users_count != Some(0) {
            self.members.push(Sized { size: group.users_count.unwrap_or(u64::MAX), group: id() });
        }
        if group.apps_count != Some(0) {
            self.of_groups.push_back(Job::GroupApps { group: id() });
        }
        if self.reads_roles && group.has_admin_roles != Some(false) {
            self.of_groups.push_back(Job::GroupRoles { group: id() });
        }
    }

    /// Who is in the group of all users: told by its count, or read after all where that fits nothing.
    fn everyone(&mut self) -> Option<Event> {
        let group = self.everyone.take()?;
        let (users, deprovisioned) = (self.users, self.deprovisioned);
        let event = |deprovisioned_too| Event::EveryoneIsMember { group: group.id.clone(), deprovisioned_too };
        match group.users_count {
            Some(count) if count == users - deprovisioned => Some(event(false)),
            Some(count) if count == users => Some(event(true)),
            _ => {
                self.members.push(Sized { size: users, group: group.id });
                None
            }
        }
    }

    /// Notes how a walk ended.
    fn end<E>(
        &mut self,
        ended: Result<(Kind, Job, Result<(), Error>), tokio::task::JoinError>,
    ) -> Result<(), CrawlError<E>> {
        // A walk that panicked is gone, and what it would have found too: that must not look like a whole inventory.
        let (kind, job, outcome) = match ended {
            Ok(ended) => ended,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        if let Some(walks) = self.walks.get_mut(&kind) {
            *walks = walks.saturating_sub(1);
        }
        let Err(error) = outcome else { return Ok(()) };
        // An object that was deleted since it was listed is no gap.
        if error.is_not_found() && kind != Kind::Lists {
            return Ok(());
        }
        if error.is_forbidden() || error.is_feature_missing() {
            let unreadable = Unreadable { what: job.what(), why: error.to_string() };
            let objects = self.unreadable.entry(unreadable).or_default();
            // A list is one thing, in however many parts it is read.
            *objects = if kind == Kind::Lists { 1 } else { *objects + 1 };
            return Ok(());
        }
        Err(error.into())
    }

    fn tell_progress(&self) {
        let walks: usize = self.walks.values().sum();
        let waiting = self.members.len() + self.of_groups.len() + self.of_apps.len() + self.of_users.len();
        let requests = self.client.scheduler().sent_by(self.lane);
        tracing::info!(users = self.users, objects = self.objects, requests, walks, waiting, "reading the Okta org");
    }
}

impl Job {
    fn what(&self) -> &'static str {
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
}

/// Does one job.
struct Reader {
    client: AuthenticatedClient,
    turn: Turn,
    chains: Arc<Chains>,
    found: mpsc::Sender<Find>,
    aws_saml_roles: bool,
}

impl Reader {
    async fn read(&self, job: &Job) -> Result<(), Error> {
        match job {
            Job::Users(span) => self.users(*span).await,
            Job::Groups => {
                let walk = self.walk("read groups", &["api", "v1", "groups"], &[("expand", "stats")], 200);
                self.pages(walk.cross_checked().one_of_few(), |groups: Vec<wire::Group>| {
                    Find::Groups(groups.into_iter().map(GroupEntry::from).collect())
                })
                .await
            }
            Job::Apps { status } => {
                let filter = format!("status eq \"{status}\"");
                let walk = self.walk("read apps", &["api", "v1", "apps"], &[("filter", &filter)], 200);
                self.pages(walk.one_of_few(), |apps: Vec<wire::App>| {
                    Find::Apps(apps.into_iter().map(AppEntry::from).collect())
                })
                .await
            }
            Job::Administrators => self.administrators().await,
            Job::Members { group } => {
                let path = ["api", "v1", "groups", group.as_str(), "users"];
                let walk = self.walk("read a group's members", &path, &[], 1_000);
                self.pages(walk, |users: Vec<Bare>| {
                    let users = users.into_iter().map(|user| user.id).collect();
                    Find::Event(Event::Members { group: group.clone(), users })
                })
                .await
            }
            Job::GroupApps { group } => {
                let path = ["api", "v1", "groups", group.as_str(), "apps"];
                let walk = self.walk("read a group's apps", &path, &[], 200);
                self.pages(walk, |apps: Vec<Bare>| {
                    let apps = apps.into_iter().map(|app| app.id).collect();
                    Find::Event(Event::GroupApps { group: group.clone(), apps })
                })
                .await
            }
            Job::AppUsers { app, is_aws } => {
                let path = ["api", "v1", "apps", app.as_str(), "users"];
                let walk = self.walk("read an app's users", &path, &[], 500);
                let event = |users: Vec<AppUserEntry>| Find::Event(Event::AppUsers { app: app.clone(), users });
                if *is_aws && self.aws_saml_roles {
                    self.pages(walk, |users: Vec<wire::AwsAppUser>| event(users.into_iter().map(Into::into).collect()))
                        .await
                } else {
                    self.pages(walk, |users: Vec<wire::AppUser>| event(users.into_iter().map(Into::into).collect()))
                        .await
                }
            }
            Job::GroupRoles { group } => {
                let roles = self.roles("read a group's admin roles", "groups", group).await?;
                self.give(Find::Event(Event::GroupRoles { group: group.clone(), roles })).await;
                Ok(())
            }
            Job::UserRoles { user } => {
                let roles = self.roles("read a user's admin roles", "users", user).await?;
                self.give(Find::Event(Event::UserRoles { user: user.clone(), roles })).await;
                Ok(())
            }
        }
    }

    /// Waits until there is room for a find: a slow sink slows the walks down.
    async fn give(&self, find: Find) {
        // The crawl has ended when nobody takes it.
        let _ = self.found.send(find).await;
    }

    fn walk(&self, operation: &'static str, path: &[&str], query: &[(&str, &str)], limit: u32) -> Walk<'_> {
        Walk::new(&self.client, operation, path, query, limit, self.turn)
    }

    async fn pages<T: Listed>(&self, mut walk: Walk<'_>, find: impl Fn(Vec<T>) -> Find) -> Result<(), Error> {
        while let Some(page) = walk.next_page::<T>().await? {
            if !page.is_empty() {
                self.give(find(page)).await;
            }
        }
        Ok(())
    }

    async fn users(&self, span: Span) -> Result<(), Error> {
        let mut chain = Chain::new(&self.client, span, Arc::clone(&self.chains), self.turn);
        while let Some((users, later)) = chain.next_page().await? {
            if let Some(later) = later {
                self.give(Find::MoreUsers(later)).await;
            }
            self.give(Find::Users(users)).await;
        }
        Ok(())
    }

    /// Everybody with an admin role. This list tells in its body where its next page is; whether in a header too is
    /// not documented.
    async fn administrators(&self) -> Result<(), Error> {
        const OPERATION: &str = "read who holds admin roles";
        let elsewhere = || Error::Decode {
            operation: OPERATION,
            source: DecodeError::at(
                "_links.next",
                "the next page is said to be on another host, where no token is sent",
            ),
        };
        let path = ["api", "v1", "iam", "assignees", "users"];
        let first = Request::new(Method::GET, self.client.origin(), &path).query("limit", "200");
        let mut url = first.url().clone();
        let mut asked = std::collections::HashSet::new();
        while asked.insert(url.clone()) {
            let request = self.client.request_at(Method::GET, url.clone()).ok_or_else(elsewhere)?;
            let answer = self.client.whole(OPERATION, &request, self.turn).await?;
            let page: wire::Assignees =
                answer.json().map_err(|source| Error::Decode { operation: OPERATION, source })?;
            let link = page.links.next.and_then(|link| link.href).or_else(|| next_link(answer.headers()));
            let users: Vec<Id> = page.value.into_iter().map(|user| user.id).collect();
            if users.is_empty() {
                break;
            }
            self.give(Find::Administrators(users)).await;
            let Some(link) = link else { break };
            url = url.join(&link).map_err(|_| elsewhere())?;
        }
        Ok(())
    }

    async fn roles(&self, operation: &'static str, list: &str, id: &Id) -> Result<Vec<AdminRole>, Error> {
        let path = ["api", "v1", list, id.as_str(), "roles"];
        let request = self.client.signed(Request::new(Method::GET, self.client.origin(), &path));
        let answer = self.client.whole(operation, &request, self.turn).await?;
        answer.json().map_err(|source| Error::Decode { operation, source })
    }
}
