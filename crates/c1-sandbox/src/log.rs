//! Recent events, for the page.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::clock::Timestamp;

/// Lines that are kept.
const KEPT: usize = 200;

/// The latest lines, without secrets. Clones are the same log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<VecDeque<Line>>>);

/// When something happened, and what.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) at: Timestamp,
    pub(crate) text: String,
}

impl Log {
    /// Adds a line; the oldest one goes when there are too many.
    pub(crate) fn add(&self, text: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(Line { at: Timestamp::now(), text });
    }

    /// The lines, the latest first.
    pub(crate) fn latest_first(&self) -> Vec<Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_lines_are_kept_and_come_first() {
        let log = Log::default();
        (0..KEPT + 5).for_each(|number| log.add(number.to_string()));
        let lines = log.latest_first();
        assert_eq!((lines.len(), lines[0].text.as_str()), (KEPT, "204"));
    }
}
