//! Objects that a crawl finds, compared with the org.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use c1_sandbox::{Options, OrgCounts, OrgSize, RateLimits, RatePlan};
use okta_client::{Limits, RateShare, UserStatus};
use okta_inventory::{CrawlError, Detail, Event, Id, Selection, Sink, Summary};

use crate::support::{Bench, authenticated};

const EVERYTHING: Selection =
    Selection { skip_inactive_apps: false, deprovisioned_users: true, aws_saml_roles: true, detail: Detail::Full };

/// Found objects. An object that is found twice is a failure.
#[derive(Default)]
struct Collected {
    users: BTreeMap<Id, UserStatus>,
    groups: BTreeMap<Id, String>,
    members: BTreeSet<(Id, Id)>,
    everyone: Option<(Id, bool)>,
    apps: BTreeMap<Id, bool>,
    app_users: BTreeMap<(Id, Id), bool>,
    saml_roles: usize,
    group_apps: BTreeSet<(Id, Id)>,
    user_roles: BTreeMap<Id, usize>,
    group_roles: BTreeMap<Id, usize>,
}

impl Sink for Collected {
    type Error = Infallible;

    async fn accept(&mut self, event: Event) -> Result<(), Infallible> {
        match event {
            Event::Users(users) => users.into_iter().for_each(|user| {
                assert!(!user.login.is_empty() && !user.display_name.is_empty());
                assert_eq!(self.users.insert(user.id, user.status), None);
            }),
            Event::Groups(groups) => groups.into_iter().for_each(|group| {
                assert_eq!(self.groups.insert(group.id, group.name), None);
            }),
            Event::Members { group, users } => {
                assert!(self.groups.contains_key(&group), "an object comes before what belongs to it");
                users.into_iter().for_each(|user| assert!(self.members.insert((group.clone(), user))));
            }
            Event::EveryoneIsMember { group, deprovisioned_too } => self.everyone = Some((group, deprovisioned_too)),
            Event::Apps(apps) => apps.into_iter().for_each(|app| {
                let is_active = app.is_active();
                assert_eq!(self.apps.insert(app.id, is_active), None);
            }),
            Event::AppUsers { app, users } => {
                assert!(self.apps.contains_key(&app));
                for user in users {
                    self.saml_roles += user.saml_roles.len();
                    assert_eq!(self.app_users.insert((app.clone(), user.user), user.is_direct), None);
                }
            }
            Event::GroupApps { group, apps } => {
                apps.into_iter().for_each(|app| assert!(self.group_apps.insert((group.clone(), app))));
            }
            Event::UserRoles { user, roles } => assert_eq!(self.user_roles.insert(user, roles.len()), None),
            Event::GroupRoles { group, roles } => assert_eq!(self.group_roles.insert(group, roles.len()), None),
        }
        Ok(())
    }
}

async fn crawled(bench: &Bench, token: &str, selection: Selection) -> (Collected, Summary) {
    let client = authenticated(bench, token, Limits::default()).await;
    let mut found = Collected::default();
    let summary = okta_inventory::crawl(&client, selection, &mut found).await.unwrap();
    (found, summary)
}

async fn org(users: u32, groups: u32, apps: u32) -> (Bench, OrgCounts) {
    let org_size = OrgSize { users, groups, apps, seed: 3 };
    let bench = Bench::with(Options { org_size, ..Options::default() }).await;
    let counts = bench.sandbox.okta_orgs()[0].counts();
    (bench, counts)
}

#[tokio::test]
async fn a_super_administrators_token_finds_everything_with_hardly_more_requests_than_pages() {
    let (bench, counts) = org(6_500, 450, 60).await;
    let (found, summary) = crawled(&bench, &bench.sandbox.ready().okta_tokens.super_admin, EVERYTHING).await;
    assert_eq!(summary.unreadable, BTreeMap::new());
    assert_eq!(found.users.len() as u64, counts.users);
    let gone = found.users.values().filter(|status| **status == UserStatus::Deprovisioned).count();
    assert_eq!(gone as u64, counts.deprovisioned);
    assert_eq!((found.groups.len() as u64, found.members.len() as u64), (counts.groups, counts.memberships));
    let (everyone, deprovisioned_too) = found.everyone.unwrap();
    assert_eq!((found.groups[&everyone].as_str(), deprovisioned_too), ("Everyone", false));
    assert_eq!(found.apps.len() as u64, counts.apps);
    assert_eq!(found.apps.values().filter(|active| !**active).count() as u64, counts.inactive_apps);
    assert_eq!(found.app_users.len() as u64, counts.app_users);
    assert_eq!(found.app_users.values().filter(|direct| **direct).count() as u64, counts.direct_app_users);
    assert!(found.saml_roles > 0);
    assert_eq!(found.group_apps.len() as u64, counts.group_assignments);
    assert_eq!(found.user_roles.len() as u64, counts.administrators);
    assert_eq!(found.group_roles.len() as u64, counts.admin_groups);
    assert!(found.user_roles.values().chain(found.group_roles.values()).all(|roles| *roles > 0));

    let fewest = counts.fewest_requests();
    assert!(summary.requests * 100 <= fewest * 102, "{} of {fewest}", summary.requests);
    assert_eq!(bench.sandbox.okta_orgs()[0].traffic().requests, summary.requests);
}

#[tokio::test]
async fn the_flags_leave_out_what_they_say_and_nothing_else() {
    let (bench, counts) = org(300, 20, 24).await;
    let token = bench.sandbox.ready().okta_tokens.super_admin.clone();
    let (all, _) = crawled(&bench, &token, EVERYTHING).await;

    let (active, _) = crawled(&bench, &token, Selection { skip_inactive_apps: true, ..EVERYTHING }).await;
    assert_eq!(active.apps.len() as u64, counts.apps - counts.inactive_apps);
    assert!(active.app_users.keys().all(|(app, _)| all.apps[app]));
    assert_eq!((&active.users, &active.members), (&all.users, &all.members));

    let (living, _) = crawled(&bench, &token, Selection { deprovisioned_users: false, ..EVERYTHING }).await;
    assert_eq!(living.users.len() as u64, counts.users - counts.deprovisioned);
    assert_eq!((&living.apps, &living.members), (&all.apps, &all.members));

    let (without_roles, _) = crawled(&bench, &token, Selection { aws_saml_roles: false, ..EVERYTHING }).await;
    assert_eq!(without_roles.saml_roles, 0);
    assert_eq!(without_roles.app_users, all.app_users);

    let (lists, summary) = crawled(&bench, &token, Selection { detail: Detail::Counts, ..EVERYTHING }).await;
    assert_eq!((lists.users, lists.groups, lists.apps), (all.users, all.groups, all.apps));
    assert!(lists.members.is_empty() && lists.app_users.is_empty());
    assert!(summary.requests < 20, "{}", summary.requests);
}

#[tokio::test]
async fn each_kind_of_token_finds_what_it_may_see_and_says_what_it_may_not() {
    let (bench, counts) = org(60, 12, 8).await;
    let tokens = bench.sandbox.ready().okta_tokens.clone();
    for (token, sees_roles) in [
        (&tokens.read_only, false),
        (&tokens.app_and_group_admin, false),
        (&tokens.custom_read_only, true),
        (&tokens.super_admin, true),
    ] {
        let (found, summary) = crawled(&bench, token, EVERYTHING).await;
        assert_eq!(found.users.len() as u64, counts.users);
        assert_eq!(found.app_users.len() as u64, counts.app_users);
        assert_eq!(!found.user_roles.is_empty(), sees_roles);
        assert_eq!(summary.unreadable, BTreeMap::new());
    }
    let (found, summary) = crawled(&bench, &tokens.no_role, EVERYTHING).await;
    let unreadable: Vec<&str> = summary.unreadable.keys().map(|unreadable| unreadable.what).collect();
    assert_eq!(unreadable, ["apps", "groups"]);
    assert!(found.users.is_empty() && found.groups.is_empty());

    let client = authenticated(&bench, &tokens.revoked, Limits::default()).await;
    let crawl = okta_inventory::crawl(&client, EVERYTHING, &mut Collected::default()).await;
    assert!(matches!(crawl, Err(CrawlError::Okta(error)) if error.is_invalid_token()));
}

#[tokio::test]
async fn limits_are_used_up_and_never_exceeded() {
    let rate_limits = RateLimits { plan: RatePlan::Integrator, token_share: 100, window: 1 };
    let org_size = OrgSize { users: 200, groups: 30, apps: 30, seed: 3 };
    let bench = Bench::with(Options { org_size, rate_limits, ..Options::default() }).await;
    let limits = Limits::new(RateShare::percent(100).unwrap());
    let client = authenticated(&bench, &bench.sandbox.ready().okta_tokens.super_admin, limits).await;
    let mut found = Collected::default();
    okta_inventory::crawl(&client, EVERYTHING, &mut found).await.unwrap();
    let org = &bench.sandbox.okta_orgs()[0];
    assert_eq!(found.app_users.len() as u64, org.counts().app_users);
    let traffic = org.traffic();
    assert_eq!((traffic.rate_refusals, traffic.concurrency_refusals), (0, 0), "{traffic:?}");
}

#[tokio::test]
async fn a_crawl_that_is_given_up_leaves_nothing_running() {
    let org_size = OrgSize { users: 2_000, groups: 300, apps: 200, seed: 3 };
    let okta_latency = Duration::from_millis(20)..=Duration::from_millis(20);
    let bench = Bench::with(Options { org_size, okta_latency, ..Options::default() }).await;
    let token = &bench.sandbox.ready().okta_tokens.super_admin;
    let client = authenticated(&bench, token, Limits::default()).await;
    let org = &bench.sandbox.okta_orgs()[0];
    let mut found = Collected::default();
    let crawl = okta_inventory::crawl(&client, EVERYTHING, &mut found);
    assert!(tokio::time::timeout(Duration::from_millis(300), crawl).await.is_err(), "given up on the way");
    // Requests in flight may still arrive.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let requests = org.traffic().requests;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(org.traffic().requests, requests);

    // The next crawl starts without a delay.
    let mut found = Collected::default();
    okta_inventory::crawl(&client, EVERYTHING, &mut found).await.unwrap();
    assert_eq!(found.app_users.len() as u64, org.counts().app_users);
}

/// Takes a while for each piece and notes how much was asked for meanwhile.
struct Slow<'s> {
    bench: &'s Bench,
    pieces: u64,
    most_ahead: u64,
}

impl Sink for Slow<'_> {
    type Error = Infallible;

    async fn accept(&mut self, _: Event) -> Result<(), Infallible> {
        self.pieces += 1;
        tokio::time::sleep(Duration::from_millis(3)).await;
        let requests = self.bench.sandbox.okta_orgs()[0].traffic().requests;
        self.most_ahead = self.most_ahead.max(requests.saturating_sub(self.pieces));
        Ok(())
    }
}

#[tokio::test]
async fn a_slow_sink_makes_a_slow_crawl_and_not_a_large_one() {
    let (bench, _) = org(2_000, 300, 200).await;
    let client = authenticated(&bench, &bench.sandbox.ready().okta_tokens.super_admin, Limits::default()).await;
    let mut slow = Slow { bench: &bench, pieces: 0, most_ahead: 0 };
    let summary = okta_inventory::crawl(&client, EVERYTHING, &mut slow).await.unwrap();
    assert!(summary.requests > 500);
    // The probe, the pages in the queue, and those of the walks that wait to put theirs there. Pages with nothing on
    // them are no pieces.
    let empty_pages = 200;
    assert!(slow.most_ahead < 11 + 8 + 3 * 40 + empty_pages, "{} ahead of {}", slow.most_ahead, slow.pieces);
}

#[tokio::test]
async fn two_crawls_of_one_org_share_its_limits() {
    let rate_limits = RateLimits { plan: RatePlan::Integrator, token_share: 100, window: 1 };
    let org_size = OrgSize { users: 100, groups: 20, apps: 25, seed: 3 };
    let bench = Bench::with(Options { org_size, rate_limits, ..Options::default() }).await;
    let limits = Limits::new(RateShare::percent(100).unwrap());
    let client = authenticated(&bench, &bench.sandbox.ready().okta_tokens.super_admin, limits).await;
    let (mut first, mut second) = (Collected::default(), Collected::default());
    let crawls = tokio::join!(
        okta_inventory::crawl(&client, EVERYTHING, &mut first),
        okta_inventory::crawl(&client, EVERYTHING, &mut second),
    );
    assert!(crawls.0.is_ok() && crawls.1.is_ok());
    assert_eq!((&first.members, &first.app_users), (&second.members, &second.app_users));
    assert_eq!(bench.sandbox.okta_orgs()[0].traffic().rate_refusals, 0);
}
