//! Changes of an org by clients. They complement the population, which is computed and never changes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

/// All changes of an org since it was made.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    members: HashMap<u32, Arc<Difference>>,
    assignments: HashMap<u32, Arc<Assignments>>,
}

/// Some of the users, as they differ from the computed ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Difference {
    /// In the order in which they came. Who went again leaves a gap, so that places in lists stay.
    added: Vec<Option<u32>>,
    removed: HashSet<u32>,
}

/// Differences of an app's assignments from the computed ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Assignments {
    /// Users who are assigned directly.
    pub(crate) direct: Difference,
    /// All groups in their order, where they were changed.
    pub(crate) groups: Option<Vec<u32>>,
    users: HashMap<u32, Given>,
    group_settings: HashMap<u32, GroupSettings>,
}

/// Data of an assignment of a user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub(crate) user_name: Option<String>,
    pub(crate) profile: Map<String, Value>,
}

/// Data of an assignment of a group.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupSettings {
    pub(crate) priority: Option<i64>,
    pub(crate) profile: Map<String, Value>,
}

impl Difference {
    /// Returns whether a user is assigned. `is_computed` says whether the population assigns them.
    pub(crate) fn has(&self, user: u32, is_computed: bool) -> bool {
        if is_computed { !self.removed.contains(&user) } else { self.added.contains(&Some(user)) }
    }

    /// Returns whether a computed assignment was removed.
    pub(crate) fn is_removed(&self, user: u32) -> bool {
        self.removed.contains(&user)
    }

    /// Those who came, from a place on, each with the place after it.
    pub(crate) fn added_from(&self, from: u32) -> Vec<(u32, u32)> {
        let places = (1_u32..).zip(&self.added).skip(from as usize);
        places.filter_map(|(after, user)| Some((after, (*user)?))).collect()
    }

    /// How many more there are than the computed ones.
    pub(crate) fn growth(&self) -> i64 {
        self.added.iter().flatten().count() as i64 - self.removed.len() as i64
    }

    fn set(&mut self, user: u32, is_computed: bool, is_wanted: bool) {
        match (is_computed, is_wanted) {
            (true, true) => {
                self.removed.remove(&user);
            }
            (true, false) => {
                self.removed.insert(user);
            }
            (false, true) if !self.added.contains(&Some(user)) => self.added.push(Some(user)),
            (false, true) => {}
            (false, false) => {
                self.added.iter_mut().filter(|added| **added == Some(user)).for_each(|added| *added = None);
            }
        }
    }
}

impl Assignments {
    /// Returns the data of a user's assignment.
    pub(crate) fn given(&self, user: u32) -> Option<&Given> {
        self.users.get(&user)
    }

    /// Returns the data of a group's assignment.
    pub(crate) fn settings(&self, group: u32) -> Option<&GroupSettings> {
        self.group_settings.get(&group)
    }
}

impl Changes {
    /// How a group's members differ. `None` where they do not.
    pub(crate) fn members(&self, group: u32) -> Option<Arc<Difference>> {
        self.members.get(&group).cloned()
    }

    /// How an app's assignments differ. `None` where they do not.
    pub(crate) fn assignments(&self, app: u32) -> Option<Arc<Assignments>> {
        self.assignments.get(&app).cloned()
    }

    /// Apps whose groups were changed, with those they have now.
    pub(crate) fn changed_groups(&self) -> impl Iterator<Item = (u32, &[u32])> {
        self.assignments.iter().filter_map(|(app, changed)| Some((*app, changed.groups.as_deref()?)))
    }

    /// Puts a user into a group or takes them out. `is_computed` tells whether the population has them in it.
    pub(crate) fn set_member(&mut self, group: u32, user: u32, is_computed: bool, is_wanted: bool) {
        Arc::make_mut(self.members.entry(group).or_default()).set(user, is_computed, is_wanted);
    }

    /// Assigns a user to an app directly.
    pub(crate) fn assign(&mut self, app: u32, user: u32, is_computed: bool, given: Given) {
        let assignments = Arc::make_mut(self.assignments.entry(app).or_default());
        assignments.direct.set(user, is_computed, true);
        assignments.users.insert(user, given);
    }

    /// Ends a user's direct assignment.
    pub(crate) fn unassign(&mut self, app: u32, user: u32, is_computed: bool) {
        let assignments = Arc::make_mut(self.assignments.entry(app).or_default());
        assignments.direct.set(user, is_computed, false);
        assignments.users.remove(&user);
    }

    /// Sets the groups of an app, and what came along with one of them.
    pub(crate) fn set_groups(&mut self, app: u32, groups: Vec<u32>, of_one: Option<(u32, GroupSettings)>) {
        let assignments = Arc::make_mut(self.assignments.entry(app).or_default());
        assignments.group_settings.retain(|group, _| groups.contains(group));
        assignments.groups = Some(groups);
        assignments.group_settings.extend(of_one);
    }
}
