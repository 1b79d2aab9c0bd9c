//! Counting what a crawl finds, and what a sync of it costs under the org's limits.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;

use super::event::{Event, Id, Sink};
use okta_client::{Bucket, Quota};

/// Members, users of an app and objects of a list in a page at most, as ConductorOne's connector asks for them.
/// Sources: Okta's OpenAPI specification; public source of ConductorOne's Okta connector.
const MEMBERS: u64 = 1_000;
const APP_USERS: u64 = 500;
const LISTED: u64 = 200;

/// Seconds after which a limit starts anew. Source: Okta developer docs, "Rate limits".
const WINDOW: u64 = 60;

/// How much a crawl found of everything.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Users by status, as Okta writes it.
    pub users: BTreeMap<String, u64>,
    /// Groups by type, as Okta writes it.
    pub groups: BTreeMap<String, u64>,
    /// Apps by status, as Okta writes it.
    pub apps: BTreeMap<String, u64>,
    /// Memberships: as Okta counts them for each group. `None` when it does not count them.
    pub memberships: Option<u64>,
    /// Assignments of groups to apps, as Okta counts them for each group. `None` when it does not count them.
    pub group_assignments: Option<u64>,
    /// Users of apps, and direct ones among them. Counted only where everything is read.
    pub app_users: u64,
    /// Those that were made for the user and did not come through a group.
    pub direct_app_users: u64,
    /// Users who hold an admin role. Counted only where everything is read.
    pub administrators: u64,
    member_pages: u64,
    pages_of_apps: HashMap<Id, u64>,
}

/// The least time that a sync takes under an org's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The limit that sets the pace.
    pub bucket: Bucket,
    /// How large it is.
    pub quota: Quota,
    /// Requests that count against it.
    pub requests: u64,
    /// The least time in seconds.
    pub seconds: u64,
}

impl Tally {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self { memberships: Some(0), group_assignments: Some(0), ..Self::default() }
    }

    /// Objects of all kinds.
    pub fn total(of: &BTreeMap<String, u64>) -> u64 {
        of.values().sum()
    }

    /// Requests of one sync of ConductorOne's connector, by the limit that they count against. Where not everything was
    /// read, each app is taken to have one page of users, so there may be more.
    ///
    /// Source: public source of ConductorOne's Okta connector.
    pub fn requests_of_a_sync(&self) -> BTreeMap<Bucket, u64> {
        let (users, groups, apps) = (Self::total(&self.users), Self::total(&self.groups), Self::total(&self.apps));
        let app_pages: u64 = self.pages_of_apps.values().map(|users| users.div_ceil(APP_USERS).max(1)).sum();
        BTreeMap::from([
            (Bucket::Users, users.div_ceil(LISTED) + self.administrators),
            // The list, the members, and for every group its admin roles.
            (Bucket::Groups, groups.div_ceil(LISTED) + self.member_pages + groups),
            // The list, the users, and for every app its groups.
            (Bucket::Apps, apps.div_ceil(LISTED) + app_pages + apps),
        ])
    }

    /// The least time of one sync, with the limits that `quota` tells.
    pub fn estimate(&self, quota: impl Fn(Bucket) -> Quota) -> Option<Estimate> {
        let estimates = self.requests_of_a_sync().into_iter().map(|(bucket, requests)| {
            let quota = quota(bucket);
            let windows = requests.div_ceil(u64::from(quota.limit.max(1)));
            Estimate { bucket, quota, requests, seconds: windows.saturating_sub(1) * WINDOW }
        });
        estimates.max_by_key(|estimate| estimate.seconds)
    }
}

impl Sink for Tally {
    type Error = Infallible;

    async fn accept(&mut self, event: Event) -> Result<(), Infallible> {
        match event {
            Event::Users(users) => {
                users.iter().for_each(|user| *self.users.entry(user.status.as_str().to_owned()).or_default() += 1);
            }
            Event::Groups(groups) => {
                for group in groups {
                    *self.groups.entry(group.kind.to_string()).or_default() += 1;
                    let add = |sum: Option<u64>, count: Option<u64>| sum.zip(count).map(|(sum, count)| sum + count);
                    self.memberships = add(self.memberships, group.users_count);
                    self.group_assignments = add(self.group_assignments, group.apps_count);
                    self.member_pages += group.users_count.unwrap_or(1).div_ceil(MEMBERS);
                }
            }
            Event::Apps(apps) => {
                for app in apps {
                    *self.apps.entry(app.status.to_string()).or_default() += 1;
                    self.pages_of_apps.entry(app.id).or_default();
                }
            }
            Event::AppUsers { app, users } => {
                self.app_users += users.len() as u64;
                self.direct_app_users += users.iter().filter(|user| user.is_direct).count() as u64;
                *self.pages_of_apps.entry(app).or_default() += users.len() as u64;
            }
            Event::UserRoles { roles, .. } => {
                self.administrators += u64::from(roles.iter().any(|role| role.is_active()))
            }
            Event::Members { .. }
            | Event::EveryoneIsMember { .. }
            | Event::GroupApps { .. }
            | Event::GroupRoles { .. } => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AppEntry, AppUserEntry, GroupEntry};

    #[tokio::test]
    async fn the_scarcest_limit_sets_the_pace() {
        let mut tally = Tally::new();
        let group = |id: &str, users| GroupEntry {
            id: id.into(),
            kind: "OKTA_GROUP".into(),
            name: String::new(),
            description: String::new(),
            users_count: Some(users),
            apps_count: Some(1),
            has_admin_roles: None,
        };
        let app = |id: &str| AppEntry {
            id: id.into(),
            name: "x".into(),
            label: String::new(),
            status: "ACTIVE".into(),
            sign_on_mode: "x".into(),
        };
        let user = |id: &str| AppUserEntry { user: id.into(), is_direct: true, saml_roles: Vec::new() };
        tally.accept(Event::Groups(vec![group("1", 0), group("2", 1_001)])).await.unwrap();
        tally.accept(Event::Apps((0..100).map(|number| app(&number.to_string())).collect())).await.unwrap();
        let users = (0..501).map(|number| user(&number.to_string())).collect();
        tally.accept(Event::AppUsers { app: "1".into(), users }).await.unwrap();
        assert_eq!((tally.memberships, tally.group_assignments, tally.app_users), (Some(1_001), Some(2), 501));
        let expected = BTreeMap::from([(Bucket::Users, 0), (Bucket::Groups, 1 + 2 + 2), (Bucket::Apps, 1 + 101 + 100)]);
        assert_eq!(tally.requests_of_a_sync(), expected);
        for (limit, seconds) in [(100, 120), (202, 0), (50, 240), (0, 201 * 60)] {
            let estimate = tally.estimate(|_| Quota { limit, is_told: true }).unwrap();
            assert_eq!((estimate.bucket, estimate.seconds), (Bucket::Apps, seconds), "{limit}");
        }
    }
}
