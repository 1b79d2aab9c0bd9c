//! Current group memberships and app assignments: the population with all changes.

use std::sync::{Arc, PoisonError, RwLockReadGuard, RwLockWriteGuard};

use super::changes::{Assignments, Changes, Difference, Given, GroupSettings};
use super::org::Org;
use super::population::{Population, Status};

/// Places of members who came later begin here: no org has so many users.
const LATER_MEMBERS: u32 = 1 << 31;

/// The part of an app's users who were assigned later.
const LATER_ASSIGNED: u64 = u32::MAX as u64 >> 1;

/// Users assigned to one app at one moment.
struct Assigned {
    app: u32,
    changes: Option<Arc<Assignments>>,
    groups: Vec<(u32, Option<Arc<Difference>>)>,
}

impl Assigned {
    fn is_direct(&self, population: &Population, user: u32) -> bool {
        let is_computed = population.is_direct(self.app, user);
        self.changes.as_ref().map_or(is_computed, |changes| changes.direct.has(user, is_computed))
    }

    /// Returns whether a user is a member of one of the first `groups` groups.
    fn is_in_first(&self, groups: usize, population: &Population, user: u32) -> bool {
        self.groups[..groups]
            .iter()
            .any(|(group, difference)| is_member(population, *group, difference.as_deref(), user))
    }
}

fn is_member(population: &Population, group: u32, difference: Option<&Difference>, user: u32) -> bool {
    let is_computed = population.is_member(group, user);
    difference.map_or(is_computed, |difference| difference.has(user, is_computed))
}

/// Members from a place on, each with the place after it.
fn members(
    population: &Population,
    group: u32,
    difference: Option<Arc<Difference>>,
    from: u32,
) -> impl Iterator<Item = (u32, u32)> + '_ {
    let later = difference.as_ref().map(|difference| difference.added_from(from.saturating_sub(LATER_MEMBERS)));
    let later = later.unwrap_or_default().into_iter().map(|(after, user)| (after + LATER_MEMBERS, user));
    let computed = (from < LATER_MEMBERS).then(|| population.members(group, from)).into_iter().flatten();
    let kept =
        computed.filter(move |(_, user)| difference.as_ref().is_none_or(|difference| !difference.is_removed(*user)));
    kept.chain(later)
}

impl Org {
    /// Members from a place in the list on, each with the place after it.
    pub(crate) fn members(&self, group: u32, from: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let difference = self.changes().members(group);
        members(self.population(), group, difference, from)
    }

    pub(crate) fn members_count(&self, group: u32) -> u32 {
        let growth = self.changes().members(group).map_or(0, |difference| difference.growth());
        u32::try_from(i64::from(self.population().members_count(group)) + growth).unwrap_or_default()
    }

    pub(crate) fn is_member(&self, group: u32, user: u32) -> bool {
        is_member(self.population(), group, self.changes().members(group).as_deref(), user)
    }

    /// Returns whether members of a group were added or removed.
    pub(crate) fn has_changed_members(&self, group: u32) -> bool {
        self.changes().members(group).is_some()
    }

    /// Groups that are assigned to an app, in their order.
    pub(crate) fn groups_of_app(&self, app: u32) -> Vec<u32> {
        let changed = self.changes().assignments(app).and_then(|changed| changed.groups.clone());
        changed.unwrap_or_else(|| self.population().groups_of_app(app).to_vec())
    }

    /// Apps that a group is assigned to.
    pub(crate) fn apps_of_group(&self, group: u32) -> Vec<u32> {
        let mut apps = self.population().apps_of_group(group).to_vec();
        for (app, groups) in self.changes().changed_groups() {
            apps.retain(|known| *known != app);
            if groups.contains(&group) {
                apps.push(app);
            }
        }
        apps.sort_unstable();
        apps
    }

    /// Users of an app from a place in the list on, each with the place after it and whether the assignment is direct:
    /// first direct ones, then group by group those not listed yet, then users assigned later.
    pub(crate) fn app_users(&self, app: u32, from: u64) -> impl Iterator<Item = (u64, u32, bool)> + '_ {
        let population = self.population();
        let assigned = self.assigned(app);
        let (first_part, first_place) = (from >> 32, from as u32);
        let at = |part: u64| if part == first_part { first_place } else { 0 };

        let kept = Arc::clone(&assigned);
        let direct = (first_part == 0).then(|| population.direct_users(app, first_place)).into_iter().flatten();
        let direct = direct
            .filter(move |(_, user)| kept.changes.as_ref().is_none_or(|changes| !changes.direct.is_removed(*user)))
            .map(|(place, user)| (u64::from(place), user, true));

        let later = (first_part <= LATER_ASSIGNED).then(|| assigned.changes.as_ref()).flatten();
        let later = later.map(|changes| changes.direct.added_from(at(LATER_ASSIGNED))).unwrap_or_default();
        let later = later.into_iter().map(|(place, user)| (LATER_ASSIGNED << 32 | u64::from(place), user, true));

        let parts = (1..=assigned.groups.len()).filter(move |part| *part as u64 >= first_part);
        let derived = parts.flat_map(move |part| {
            let (group, difference) = assigned.groups[part - 1].clone();
            let assigned = Arc::clone(&assigned);
            let from = if part as u64 == first_part { first_place } else { 0 };
            members(population, group, difference, from)
                .filter(move |(_, user)| {
                    !assigned.is_direct(population, *user) && !assigned.is_in_first(part - 1, population, *user)
                })
                .map(move |(place, user)| ((part as u64) << 32 | u64::from(place), user, false))
        });
        direct.chain(derived).chain(later)
    }

    /// How a user is assigned to an app: directly, or only through groups. `None`: not at all.
    pub(crate) fn assignment(&self, app: u32, user: u32) -> Option<bool> {
        let (population, assigned) = (self.population(), self.assigned(app));
        if population.status(user) == Status::Deprovisioned {
            return None;
        }
        let is_direct = assigned.is_direct(population, user);
        (is_direct || assigned.is_in_first(assigned.groups.len(), population, user)).then_some(is_direct)
    }

    /// Returns the data of a user's assignment to an app.
    pub(crate) fn given(&self, app: u32, user: u32) -> Option<Given> {
        self.changes().assignments(app)?.given(user).cloned()
    }

    /// Returns the data of a group's assignment to an app.
    pub(crate) fn group_settings(&self, app: u32, group: u32) -> Option<GroupSettings> {
        self.changes().assignments(app)?.settings(group).cloned()
    }

    /// Puts a user into a group or takes them out.
    pub(crate) fn set_member(&self, group: u32, user: u32, is_wanted: bool) {
        let is_computed = self.population().is_member(group, user);
        self.changes_mut().set_member(group, user, is_computed, is_wanted);
    }

    /// Assigns a user to an app directly.
    pub(crate) fn assign(&self, app: u32, user: u32, given: Given) {
        self.changes_mut().assign(app, user, self.population().is_direct(app, user), given);
    }

    /// Ends a user's direct assignment to an app.
    pub(crate) fn unassign(&self, app: u32, user: u32) {
        self.changes_mut().unassign(app, user, self.population().is_direct(app, user));
    }

    /// Assigns a group to an app, or changes what came along with its assignment.
    pub(crate) fn assign_group(&self, app: u32, group: u32, settings: GroupSettings) {
        let mut groups = self.groups_of_app(app);
        if !groups.contains(&group) {
            groups.push(group);
        }
        self.changes_mut().set_groups(app, groups, Some((group, settings)));
    }

    /// Ends a group's assignment to an app.
    pub(crate) fn unassign_group(&self, app: u32, group: u32) {
        let mut groups = self.groups_of_app(app);
        groups.retain(|known| *known != group);
        self.changes_mut().set_groups(app, groups, None);
    }

    fn assigned(&self, app: u32) -> Arc<Assigned> {
        let groups = self.groups_of_app(app);
        let changes = self.changes();
        let groups = groups.into_iter().map(|group| (group, changes.members(group))).collect();
        Arc::new(Assigned { app, changes: changes.assignments(app), groups })
    }

    fn changes(&self) -> RwLockReadGuard<'_, Changes> {
        self.change_lock().read().unwrap_or_else(PoisonError::into_inner)
    }

    fn changes_mut(&self) -> RwLockWriteGuard<'_, Changes> {
        self.change_lock().write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::behaviour::OktaBehaviour;
    use crate::okta::population::{EVERYONE, OrgSize};

    fn org(users: u32, groups: u32, apps: u32, seed: u64) -> Org {
        Org::new(0, String::new(), OrgSize { users, groups, apps, seed }, OktaBehaviour::default())
    }

    proptest! {
        #[test]
        fn an_apps_users_are_each_listed_once_from_any_place_on_whatever_was_changed(
            users in 12_u32..200, groups in 4_u32..20, apps in 4_u32..20, seed in any::<u64>(),
            changes in prop::collection::vec((0_u8..6, any::<u32>(), any::<u32>()), 0..30),
        ) {
            let org = org(users, groups, apps, seed);
            let population = org.population();
            for (what, one, other) in changes {
                let (app, group) = (one % population.apps(), 1 + one % (population.groups() - 1));
                let (user, other_group) = (other % population.users(), other % population.groups());
                match what {
                    0 | 1 if population.status(user) != Status::Deprovisioned => org.set_member(group, user, what == 0),
                    2 if population.status(user) != Status::Deprovisioned => org.assign(app, user, Given::default()),
                    3 => org.unassign(app, user),
                    4 => org.assign_group(app, other_group, GroupSettings::default()),
                    5 => org.unassign_group(app, other_group),
                    _ => {}
                }
            }
            for group in 0..population.groups() {
                let listed: Vec<u32> = org.members(group, 0).map(|(_, user)| user).collect();
                let distinct: HashSet<u32> = listed.iter().copied().collect();
                prop_assert_eq!(listed.len(), distinct.len());
                prop_assert_eq!(listed.len() as u32, org.members_count(group));
                prop_assert!((0..population.users()).all(|user| org.is_member(group, user) == distinct.contains(&user)));
            }
            for app in 0..population.apps() {
                let all: Vec<(u64, u32, bool)> = org.app_users(app, 0).collect();
                let distinct: HashSet<u32> = all.iter().map(|(_, user, _)| *user).collect();
                prop_assert_eq!(distinct.len(), all.len());
                for (index, (after, user, is_direct)) in all.iter().enumerate() {
                    let rest: Vec<_> = org.app_users(app, *after).collect();
                    prop_assert_eq!(&rest[..], &all[index + 1..]);
                    prop_assert_eq!(org.assignment(app, *user), Some(*is_direct));
                }
                for group in org.groups_of_app(app) {
                    prop_assert!(org.members(group, 0).all(|(_, user)| distinct.contains(&user)));
                    prop_assert!(org.apps_of_group(group).contains(&app));
                }
            }
        }
    }

    #[test]
    fn a_change_and_its_opposite_leave_everything_as_it_was() {
        let org = org(50, 6, 6, 1);
        let members = |org: &Org| org.members(1, 0).map(|(_, user)| user).collect::<Vec<_>>();
        let (before, users) = (members(&org), org.app_users(0, 0).map(|(_, user, _)| user).collect::<Vec<_>>());
        let inside = before[0];
        let outside = (0..50).find(|user| org.population().status(*user) == Status::Active && !before.contains(user));
        let outside = outside.unwrap();
        org.set_member(1, inside, false);
        org.set_member(1, outside, true);
        assert_eq!((org.is_member(1, inside), org.is_member(1, outside)), (false, true));
        org.set_member(1, inside, true);
        org.set_member(1, outside, false);
        assert_eq!(members(&org), before);
        org.assign(0, outside, Given::default());
        org.unassign(0, outside);
        assert_eq!(org.app_users(0, 0).map(|(_, user, _)| user).collect::<Vec<_>>(), users);
        assert!(org.is_member(EVERYONE, outside));
    }
}
