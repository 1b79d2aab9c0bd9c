//! IDs that were seen lately.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// Remembers the latest IDs of a walk. A list that changes while it is read repeats what stood near the end of the page
/// before; remembering all of a list would take memory that grows with the org.
#[derive(Debug)]
pub(super) struct Recent {
    capacity: usize,
    hasher: RandomState,
    known: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Recent {
    /// Remembers nothing yet, and `capacity` IDs at most. Each takes up to 34 bytes.
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, hasher: RandomState::new(), known: HashSet::new(), order: VecDeque::new() }
    }

    /// Whether this ID has not been seen lately; it has now.
    pub(super) fn is_new(&mut self, id: &str) -> bool {
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
    fn what_was_seen_lately_is_not_new_and_what_was_seen_long_ago_is() {
        let mut recent = Recent::new(100);
        assert!(recent.is_new("a") && !recent.is_new("a"));
        for number in 0..100 {
            assert!(recent.is_new(&number.to_string()));
        }
        assert!(!recent.is_new("5"));
        assert!(recent.is_new("a"));
        assert_eq!(recent.known.len(), 100);
    }
}
