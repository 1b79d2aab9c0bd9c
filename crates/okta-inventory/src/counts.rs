//! Counts of an inventory, and the duration of a sync under the org's rate limits.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;

use super::event::{Event, Id, Sink};
use okta_client::{Bucket, Quota};

/// Page sizes of ConductorOne's connector for group members, app users and other lists.
/// Sources: Okta's OpenAPI specification; public source of ConductorOne's Okta connector.
const MEMBERS: u64 = 1_000;
const APP_USERS: u64 = 500;
const LISTED: u64 = 200;

/// Length of a rate-limit window in seconds. Source: Okta developer docs, "Rate limits".
const WINDOW: u64 = 60;

/// The number of objects of each kind.
#[derive(Clone, Debug, Default)]
pub struct InventoryCounts {
    /// Users by status.
    pub users: BTreeMap<String, u64>,
    /// Groups by type.
    pub groups: BTreeMap<String, u64>,
    /// Apps by status.
    pub apps: BTreeMap<String, u64>,
    /// Memberships, from Okta's count for each group. `None` if Okta omits a count.
    pub memberships: Option<u64>,
    /// Assignments of groups to apps, from Okta's count for each group. `None` if Okta omits a count.
    pub group_assignments: Option<u64>,
    /// Assignments of users to apps. 0 unless the detail is full.
    pub app_users: u64,
    /// Assignments among these that do not come from a group.
    pub direct_app_users: u64,
    /// Users with an active admin role. 0 unless the detail is full.
    pub administrators: u64,
    member_pages: u64,
    pages_of_apps: HashMap<Id, u64>,
}

/// The minimum duration of a sync under the org's rate limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The bucket that determines the duration.
    pub bucket: Bucket,
    /// Its limit.
    pub quota: Quota,
    /// Requests that count in it.
    pub requests: u64,
    /// Duration in seconds.
    pub seconds: u64,
}

impl InventoryCounts {
    /// Creates counts of zero.
    pub fn new() -> Self {
        Self { memberships: Some(0), group_assignments: Some(0), ..Self::default() }
    }

    /// Returns the sum of counts.
    pub fn total(of: &BTreeMap<String, u64>) -> u64 {
        of.values().sum()
    }

    /// Returns the requests of one sync of ConductorOne's connector by bucket. Unless the detail is full, the result
    /// assumes one page of users per app and is a lower bound.
    ///
    /// Source: public source of ConductorOne's Okta connector.
    pub fn requests_of_a_sync(&self) -> BTreeMap<Bucket, u64> {
        let (users, groups, apps) = (Self::total(&self.users), Self::total(&self.groups), Self::total(&self.apps));
        let app_pages: u64 = self.pages_of_apps.values().map(|users| users.div_ceil(APP_USERS).max(1)).sum();
        BTreeMap::from([
            (Bucket::Users, users.div_ceil(LISTED) + self.administrators),
            // The list, the members, and the admin roles of each group.
            (Bucket::Groups, groups.div_ceil(LISTED) + self.member_pages + groups),
            // The list, the users, and the groups of each app.
            (Bucket::Apps, apps.div_ceil(LISTED) + app_pages + apps),
        ])
    }

    /// Returns the minimum duration of one sync with the limits that `quota` returns.
    pub fn estimate(&self, quota: impl Fn(Bucket) -> Quota) -> Option<Estimate> {
        let estimates = self.requests_of_a_sync().into_iter().map(|(bucket, requests)| {
            let quota = quota(bucket);
            let windows = requests.div_ceil(u64::from(quota.limit.max(1)));
            Estimate { bucket, quota, requests, seconds: windows.saturating_sub(1) * WINDOW }
        });
        estimates.max_by_key(|estimate| estimate.seconds)
    }
}

impl Sink for InventoryCounts {
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
    async fn the_lowest_limit_determines_the_duration() {
        let mut counts = InventoryCounts::new();
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
        counts.accept(Event::Groups(vec![group("1", 0), group("2", 1_001)])).await.unwrap();
        counts.accept(Event::Apps((0..100).map(|number| app(&number.to_string())).collect())).await.unwrap();
        let users = (0..501).map(|number| user(&number.to_string())).collect();
        counts.accept(Event::AppUsers { app: "1".into(), users }).await.unwrap();
        assert_eq!((counts.memberships, counts.group_assignments, counts.app_users), (Some(1_001), Some(2), 501));
        let expected = BTreeMap::from([(Bucket::Users, 0), (Bucket::Groups, 1 + 2 + 2), (Bucket::Apps, 1 + 101 + 100)]);
        assert_eq!(counts.requests_of_a_sync(), expected);
        for (limit, seconds) in [(100, 120), (202, 0), (50, 240), (0, 201 * 60)] {
            let estimate = counts.estimate(|_| Quota { limit, is_reported: true }).unwrap();
            assert_eq!((estimate.bucket, estimate.seconds), (Bucket::Apps, seconds), "{limit}");
        }
    }
}
