//! How many requests are in flight at once.
//!
//! An org limits them for all its clients together and shows the figure in no header; only a refusal tells that there
//! were too many. So the window grows while none comes, and is halved when one does.

use std::time::{Duration, Instant};

/// Where the window starts. Source: the lowest published limit, that of Integrator orgs, is 35, of which a token has
/// half by default.
const START: f64 = 12.0;

/// Refusals of requests that went out before the window was last halved tell nothing new.
const SETTLING: Duration = Duration::from_millis(500);

/// A window of requests in flight.
#[derive(Debug)]
pub(crate) struct Concurrency {
    window: f64,
    most: f64,
    in_flight: u32,
    halved_at: Option<Instant>,
}

impl Concurrency {
    /// At most `most` at once, at least 1.
    pub(crate) fn new(most: u32) -> Self {
        let most = f64::from(most.max(1));
        Self { window: START.min(most), most, in_flight: 0, halved_at: None }
    }

    /// Whether one more may go out.
    pub(crate) fn has_room(&self) -> bool {
        f64::from(self.in_flight) + 1.0 <= self.window
    }

    pub(crate) fn send(&mut self) {
        self.in_flight += 1;
    }

    pub(crate) fn land(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// One answer came that was not refused for concurrency.
    pub(crate) fn accepted(&mut self) {
        let step = if self.halved_at.is_none() { 1.0 } else { 1.0 / self.window };
        self.window = (self.window + step).min(self.most);
    }

    /// One was refused for concurrency; it had been sent at `sent`.
    pub(crate) fn refused(&mut self, sent: Instant, now: Instant) {
        if self.halved_at.is_none_or(|halved| sent > halved || now >= halved + SETTLING) {
            self.window = (self.window.min(f64::from(self.in_flight.max(1))) / 2.0).max(1.0);
            self.halved_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(concurrency: &mut Concurrency) -> u32 {
        let mut sent = 0;
        while concurrency.has_room() {
            concurrency.send();
            sent += 1;
        }
        (0..sent).for_each(|_| concurrency.land());
        sent
    }

    #[test]
    fn the_window_grows_to_its_bound_and_is_halved_once_per_burst() {
        let mut concurrency = Concurrency::new(35);
        assert_eq!(room(&mut concurrency), 12);
        (0..40).for_each(|_| concurrency.accepted());
        assert_eq!(room(&mut concurrency), 35);

        let now = Instant::now();
        (0..35).for_each(|_| concurrency.send());
        for late in 0..5 {
            concurrency.refused(now, now + Duration::from_millis(late));
        }
        (0..35).for_each(|_| concurrency.land());
        assert_eq!(room(&mut concurrency), 17);
        (0..18).for_each(|_| concurrency.accepted());
        assert_eq!(room(&mut concurrency), 18, "slowly from now on");

        for step in 1..20 {
            concurrency.refused(now + Duration::from_secs(step), now + Duration::from_secs(step));
        }
        assert_eq!(room(&mut concurrency), 1, "never nothing");
    }
}
