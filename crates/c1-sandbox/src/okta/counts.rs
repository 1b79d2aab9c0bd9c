//! Numbers of objects in an org, for clients that read all of them.

use super::org::Org;
use super::population::{EVERYONE, OrgSize, Status};
use crate::behaviour::OktaBehaviour;

/// True counts of an org.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrgCounts {
    /// Users of every status.
    pub users: u64,
    /// Deprovisioned ones among them.
    pub deprovisioned: u64,
    /// Groups, Everyone included.
    pub groups: u64,
    /// Memberships, those of Everyone left out.
    pub memberships: u64,
    /// Pages of up to 1,000 members over all groups with members but Everyone.
    pub member_pages: u64,
    /// Groups that carry admin roles.
    pub admin_groups: u64,
    /// Groups that are assigned to apps.
    pub groups_with_apps: u64,
    /// Assignments of groups to apps.
    pub group_assignments: u64,
    /// Apps.
    pub apps: u64,
    /// Inactive ones among them.
    pub inactive_apps: u64,
    /// Users of apps, summed over the apps.
    pub app_users: u64,
    /// Direct ones among them.
    pub direct_app_users: u64,
    /// Pages of up to 500 users over all apps, at least one for each.
    pub app_user_pages: u64,
    /// Users who hold an admin role, also through a group.
    pub administrators: u64,
}

impl OrgCounts {
    /// Those of the first org of a size.
    pub fn of_size(size: OrgSize) -> Self {
        Self::of(&Org::new(0, String::new(), size, OktaBehaviour::default()))
    }

    pub(crate) fn of(org: &Org) -> Self {
        let population = org.population();
        let users = 0..population.users();
        let deprovisioned = users.clone().filter(|user| population.status(*user) == Status::Deprovisioned).count();
        let groups = || 0..population.groups();
        let crowds = || groups().filter(|group| *group != EVERYONE).map(|group| u64::from(org.members_count(group)));
        let assigned = || groups().map(|group| org.apps_of_group(group).len() as u64);
        let apps = || 0..population.apps();
        let (mut app_users, mut direct_app_users, mut app_user_pages) = (0, 0, 0);
        for app in apps() {
            let (mut all, mut direct) = (0_u64, 0_u64);
            for (_, _, is_direct) in org.app_users(app, 0) {
                all += 1;
                direct += u64::from(is_direct);
            }
            app_users += all;
            direct_app_users += direct;
            app_user_pages += all.div_ceil(500).max(1);
        }
        Self {
            users: u64::from(population.users()),
            deprovisioned: deprovisioned as u64,
            groups: u64::from(population.groups()),
            memberships: crowds().sum(),
            member_pages: crowds().map(|members| members.div_ceil(1_000)).sum(),
            admin_groups: org.admin_groups().len() as u64,
            groups_with_apps: assigned().filter(|apps| *apps > 0).count() as u64,
            group_assignments: assigned().sum(),
            apps: u64::from(population.apps()),
            inactive_apps: apps().filter(|app| !population.is_active_app(*app)).count() as u64,
            app_users,
            direct_app_users,
            app_user_pages,
            administrators: org.administrators().len() as u64,
        }
    }

    /// The fewest requests that page sizes allow for reading all of it: users, groups with their counts, members, admin
    /// roles of groups that carry some, apps of groups that have some, apps, users of apps, administrators and their
    /// roles, and finding out what the token may do.
    pub fn fewest_requests(&self) -> u64 {
        const FINDING_OUT: u64 = 11;
        FINDING_OUT
            + self.users.div_ceil(200)
            + self.groups.div_ceil(200)
            + self.member_pages
            + self.admin_groups
            + self.groups_with_apps
            + self.apps.div_ceil(200)
            + self.app_user_pages
            + self.administrators.div_ceil(200)
            + self.administrators
    }
}
