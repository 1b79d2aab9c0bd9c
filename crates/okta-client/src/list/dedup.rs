//! Removal of repeated list items.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// A window over the latest IDs of a list. A list that changes while it is read repeats items near the page boundary.
/// A set of all its IDs would take memory that grows with the org.
#[derive(Debug)]
pub(super) struct DedupWindow {
    capacity: usize,
    hasher: RandomState,
    known: HashSet<u64>,
    order: VecDeque<u64>,
}

impl DedupWindow {
    /// Creates an empty window of at most `capacity` IDs. Each takes up to 34 bytes.
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, hasher: RandomState::new(), known: HashSet::new(), order: VecDeque::new() }
    }

    /// Adds an ID. Returns whether the window did not contain it.
    pub(super) fn insert(&mut self, id: &str) -> bool {
        let hash = self.hasher.hash_one(id);
        if !self.known.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > self.capacity
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_within_the_window_are_repetitions() {
        let mut window = DedupWindow::new(100);
        assert!(window.insert("a") && !window.insert("a"));
        for number in 0..100 {
            assert!(window.insert(&number.to_string()));
        }
        assert!(!window.insert("5"));
        assert!(window.insert("a"));
        assert_eq!(window.known.len(), 100);
    }
}
