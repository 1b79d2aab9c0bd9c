//! A collection of objects with indexes, in which deleted objects cost nothing but memory.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

/// An object of a [`Records`] collection.
pub(crate) trait Record: Clone {
    fn id(&self) -> &str;

    /// Returns the ID of the object that contains this one. Empty if there is none.
    fn parent_id(&self) -> &str;

    /// Returns false for objects that lists omit, such as deleted ones.
    fn is_active(&self) -> bool;
}

/// Objects in the order in which they were added.
///
/// Deleted objects stay readable by ID, but neither lists nor changes visit them. Changes belong to a transaction, which
/// ends with [`Records::commit`] or [`Records::roll_back`] and takes time in proportion to the changed objects.
pub(crate) struct Records<T> {
    all: Vec<T>,
    index_by_id: HashMap<String, usize>,
    /// Indexes of active objects.
    active: BTreeSet<usize>,
    active_by_parent: HashMap<String, BTreeSet<usize>>,
    /// Objects before their changes in this transaction. `None` for added ones.
    before: Vec<(usize, Option<T>)>,
    #[cfg(test)]
    visited: std::cell::Cell<usize>,
}

impl<T> Default for Records<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            index_by_id: HashMap::new(),
            active: BTreeSet::new(),
            active_by_parent: HashMap::new(),
            before: Vec::new(),
            #[cfg(test)]
            visited: std::cell::Cell::new(0),
        }
    }
}

impl<T: Record> Records<T> {
    /// Returns the number of objects, including deleted ones.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Returns the object with this ID, deleted or not.
    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.index_by_id.get(id).map(|index| self.at(*index))
    }

    /// Iterates over all objects, including deleted ones.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        (0..self.all.len()).map(|index| self.at(index))
    }

    /// Iterates over the active objects.
    pub(crate) fn active(&self) -> impl Iterator<Item = &T> {
        self.active.iter().map(|index| self.at(*index))
    }

    /// Iterates over the active objects of a parent.
    pub(crate) fn active_of(&self, parent_id: &str) -> impl Iterator<Item = &T> {
        self.active_by_parent.get(parent_id).into_iter().flatten().map(|index| self.at(*index))
    }

    /// Iterates over the active objects of a parent, or of all parents, that follow the object `last`. `None` if no
    /// object has the ID `last`, which may be a deleted one's.
    pub(crate) fn active_after(&self, parent_id: Option<&str>, last: Option<&str>) -> Option<impl Iterator<Item = &T>> {
        let start = match last {
            None => Bound::Unbounded,
            Some(id) => Bound::Excluded(*self.index_by_id.get(id)?),
        };
        let indexes = match parent_id {
            None => Some(&self.active),
            Some(parent_id) => self.active_by_parent.get(parent_id),
        };
        let range = indexes.into_iter().flat_map(move |indexes| indexes.range((start, Bound::Unbounded)));
        Some(range.map(|index| self.at(*index)))
    }

    /// Adds an object, or replaces the one with the same ID.
    pub(crate) fn put(&mut self, record: T) {
        if let Some(index) = self.index_by_id.get(record.id()).copied() {
            let before = self.replace(index, record);
            self.before.push((index, Some(before)));
            return;
        }
        let index = self.all.len();
        self.index_by_id.insert(record.id().to_owned(), index);
        self.insert_into_lists(index, &record);
        self.all.push(record);
        self.before.push((index, None));
    }

    /// Iterates over the objects that this transaction added or changed.
    pub(crate) fn changed(&self) -> impl Iterator<Item = &T> {
        let indexes: BTreeSet<usize> = self.before.iter().map(|(index, _)| *index).collect();
        indexes.into_iter().map(|index| self.at(index))
    }

    /// Keeps the changes of the transaction.
    pub(crate) fn commit(&mut self) {
        self.before.clear();
    }

    /// Reverts the changes of the transaction.
    pub(crate) fn roll_back(&mut self) {
        while let Some((index, before)) = self.before.pop() {
            if let Some(before) = before {
                self.replace(index, before);
            } else if let Some(added) = self.all.pop() {
                self.remove_from_lists(index, added.parent_id());
                self.index_by_id.remove(added.id());
            }
        }
    }

    /// Replaces an object and returns the previous one.
    fn replace(&mut self, index: usize, record: T) -> T {
        let parent_id = self.all[index].parent_id().to_owned();
        self.remove_from_lists(index, &parent_id);
        self.insert_into_lists(index, &record);
        std::mem::replace(&mut self.all[index], record)
    }

    fn insert_into_lists(&mut self, index: usize, record: &T) {
        if record.is_active() {
            self.active.insert(index);
            self.active_by_parent.entry(record.parent_id().to_owned()).or_default().insert(index);
        }
    }

    fn remove_from_lists(&mut self, index: usize, parent_id: &str) {
        self.active.remove(&index);
        if let Some(siblings) = self.active_by_parent.get_mut(parent_id) {
            siblings.remove(&index);
            if siblings.is_empty() {
                self.active_by_parent.remove(parent_id);
            }
        }
    }

    fn at(&self, index: usize) -> &T {
        #[cfg(test)]
        self.visited.set(self.visited.get() + 1);
        &self.all[index]
    }
}

#[cfg(test)]
impl<T: Record> Records<T> {
    /// Returns the number of objects that were read or iterated over since the last call.
    pub(crate) fn take_visited(&self) -> usize {
        self.visited.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ID, parent, and whether the object is active.
    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Item(&'static str, &'static str, bool);

    impl Record for Item {
        fn id(&self) -> &str {
            self.0
        }

        fn parent_id(&self) -> &str {
            self.1
        }

        fn is_active(&self) -> bool {
            self.2
        }
    }

    fn ids<'a>(items: impl Iterator<Item = &'a Item>) -> Vec<&'static str> {
        items.map(|item| item.0).collect()
    }

    fn records() -> Records<Item> {
        let mut records = Records::default();
        for item in [Item("a", "x", true), Item("b", "y", true), Item("c", "x", false), Item("d", "x", true)] {
            records.put(item);
        }
        records.commit();
        records
    }

    #[test]
    fn lists_keep_the_order_of_creation_and_omit_inactive_objects() {
        let records = records();
        assert_eq!(ids(records.iter()), ["a", "b", "c", "d"]);
        assert_eq!(ids(records.active()), ["a", "b", "d"]);
        assert_eq!(ids(records.active_of("x")), ["a", "d"]);
        assert_eq!(ids(records.active_of("z")), [""; 0]);
        assert_eq!(records.get("c"), Some(&Item("c", "x", false)));
        for (parent, last, expected) in [
            (None, None, Some(vec!["a", "b", "d"])),
            (None, Some("a"), Some(vec!["b", "d"])),
            (Some("x"), Some("b"), Some(vec!["d"])),
            (Some("x"), Some("c"), Some(vec!["d"])),
            (Some("z"), None, Some(vec![])),
            (None, Some("d"), Some(vec![])),
            (None, Some("none"), None),
        ] {
            assert_eq!(records.active_after(parent, last).map(ids), expected, "{parent:?} {last:?}");
        }
    }

    #[test]
    fn changed_objects_move_between_lists_and_keep_their_place() {
        let mut records = records();
        records.put(Item("a", "x", false));
        records.put(Item("b", "x", true));
        records.put(Item("c", "x", true));
        assert_eq!(ids(records.active()), ["b", "c", "d"]);
        assert_eq!((ids(records.active_of("x")), ids(records.active_of("y"))), (vec!["b", "c", "d"], vec![]));
        assert_eq!(ids(records.changed()), ["a", "b", "c"]);
        records.commit();
        assert_eq!(ids(records.changed()), [""; 0]);
    }

    #[test]
    fn a_rollback_reverts_additions_and_repeated_changes() {
        let mut records = records();
        records.put(Item("a", "y", true));
        records.put(Item("a", "y", false));
        records.put(Item("e", "x", true));
        records.put(Item("e", "x", false));
        records.roll_back();
        assert_eq!(ids(records.iter()), ["a", "b", "c", "d"]);
        assert_eq!((ids(records.active_of("x")), ids(records.active_of("y"))), (vec!["a", "d"], vec!["b"]));
        assert_eq!((records.get("a"), records.get("e")), (Some(&Item("a", "x", true)), None));
        assert_eq!(ids(records.changed()), [""; 0]);
    }
}
