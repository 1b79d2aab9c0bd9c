//! What time it is at the server, to better than the second that its answers are dated with.
//!
//! Every answer says that the server's clock stood within one certain second at some moment between our sending and
//! our receiving. The differences of the two clocks that all answers allow are an interval, and each tick of a second
//! between two answers makes it about as narrow as the time between them. This machine's own date is never used.

use std::time::{Duration, Instant};

/// Differences at least this far outside mean that the server's clock was set, and not that it drifts.
const STEP: f64 = 0.25;

/// An interval for the server's clock.
#[derive(Clone, Debug)]
pub(crate) struct ServerClock {
    /// Where our readings count from.
    epoch: Instant,
    /// The server's time at `epoch`, in UTC epoch seconds: at least and at most. `None` before the first answer.
    offset: Option<(f64, f64)>,
}

impl ServerClock {
    pub(crate) fn new(epoch: Instant) -> Self {
        Self { epoch, offset: None }
    }

    /// Takes in an answer dated `date`, in whole seconds, to a request sent and answered at these moments.
    pub(crate) fn observe(&mut self, date: i64, sent: Instant, received: Instant) {
        #[expect(clippy::cast_precision_loss, reason = "dates of this age of the world fit")]
        let date = date as f64;
        let seen = (date - self.since_epoch(received), date + 1.0 - self.since_epoch(sent));
        self.offset = Some(match self.offset {
            Some((low, high)) if seen.0 < high + STEP && seen.1 > low - STEP => {
                let (low, high) = (low.max(seen.0), high.min(seen.1));
                // Clocks drift apart: where the two ends have met, the newer answer is right.
                if low < high { (low, high) } else { (seen.0.min(low), seen.1.max(low)) }
            }
            _ => seen,
        });
    }

    /// The moment from which the server's clock surely shows at least `second`. `None` before the first answer.
    pub(crate) fn surely_at(&self, second: f64) -> Option<Instant> {
        let (low, _) = self.offset?;
        let after = second - low;
        Some(if after > 0.0 { self.epoch + Duration::try_from_secs_f64(after).ok()? } else { self.epoch })
    }

    /// The latest time that the server's clock may show.
    pub(crate) fn at_most(&self, now: Instant) -> Option<f64> {
        self.offset.map(|(_, high)| high + self.since_epoch(now))
    }

    fn since_epoch(&self, moment: Instant) -> f64 {
        moment.saturating_duration_since(self.epoch).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(epoch: Instant, seconds: f64) -> Instant {
        epoch + Duration::from_secs_f64(seconds)
    }

    proptest! {
        #[test]
        fn a_second_is_never_taken_to_be_there_too_early(
            start in 1_700_000_000.0_f64..1_800_000_000.0,
            answers in prop::collection::vec((0.0_f64..3.0, 0.0_f64..0.5, 0.0_f64..1.0), 1..40),
            ahead in 0.0_f64..100.0,
        ) {
            let epoch = Instant::now();
            let (mut clock, mut now) = (ServerClock::new(epoch), 0.0);
            for (pause, took, part) in answers {
                now += pause;
                let date = (start + now + took * part).floor();
                #[expect(clippy::cast_possible_truncation)]
                clock.observe(date as i64, at(epoch, now), at(epoch, now + took));
                now += took;
            }
            let second = (start + now + ahead).ceil();
            let there = clock.surely_at(second).unwrap();
            // A microsecond for the arithmetic.
            prop_assert!(there >= at(epoch, second - start - 1e-6));
            prop_assert!(clock.at_most(at(epoch, now)).unwrap() >= start + now - 1e-6);
        }
    }

    #[test]
    fn many_quick_answers_tell_the_time_to_their_own_length() {
        let epoch = Instant::now();
        let mut clock = ServerClock::new(epoch);
        let start = 1_790_000_000.7;
        for step in 0..100 {
            let sent = f64::from(step) * 0.02;
            #[expect(clippy::cast_possible_truncation)]
            clock.observe((start + sent + 0.005).floor() as i64, at(epoch, sent), at(epoch, sent + 0.01));
        }
        let late = clock.surely_at(1_790_000_010.0).unwrap() - at(epoch, 1_790_000_010.0 - start);
        assert!(late <= Duration::from_millis(31), "{late:?}");
    }

    #[test]
    fn a_clock_that_was_set_is_followed() {
        let epoch = Instant::now();
        let mut clock = ServerClock::new(epoch);
        clock.observe(1_000, at(epoch, 0.0), at(epoch, 0.1));
        clock.observe(5_000, at(epoch, 1.0), at(epoch, 1.1));
        assert!(clock.surely_at(5_000.0).unwrap() <= at(epoch, 1.1));
        clock.observe(900, at(epoch, 2.0), at(epoch, 2.1));
        assert!(clock.surely_at(901.0).unwrap() >= at(epoch, 2.1));
    }
}
