//! Recent events, for the page.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::clock::{Clock, Timestamp};

/// Lines that are kept.
const KEPT: usize = 200;

/// The latest lines, without secrets. Clones are the same log.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    clock: Clock,
    lines: Arc<Mutex<VecDeque<Line>>>,
}

/// When something happened, and what.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) at: Timestamp,
    pub(crate) text: String,
}

impl Log {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, lines: Arc::default() }
    }

    /// Adds a line; the oldest one goes when there are too many.
    pub(crate) fn add(&self, text: String) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(Line { at: self.clock.now(), text });
    }

    /// The lines, the latest first.
    pub(crate) fn latest_first(&self) -> Vec<Line> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_lines_are_kept_and_come_first() {
        let log = Log::new(Clock::System);
        (0..KEPT + 5).for_each(|number| log.add(number.to_string()));
        let lines = log.latest_first();
        assert_eq!((lines.len(), lines[0].text.as_str()), (KEPT, "204"));
    }
}
