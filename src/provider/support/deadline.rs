//! The time that an operation may take.

use std::time::{Duration, Instant};

use service_http::Clock;

/// The end of an operation. Stored in two parts, because a limit can exceed the range of the clock.
#[derive(Clone, Copy)]
pub(crate) struct Deadline<'c> {
    clock: &'c dyn Clock,
    begun: Instant,
    limit: Duration,
}

impl<'c> Deadline<'c> {
    /// Creates the deadline of an operation that begins now and may take `limit`.
    pub(crate) fn after(limit: Duration, clock: &'c dyn Clock) -> Self {
        Self { clock, begun: clock.monotonic(), limit }
    }

    pub(crate) fn clock(&self) -> &'c dyn Clock {
        self.clock
    }

    /// Returns the time since the operation began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.monotonic().saturating_duration_since(self.begun)
    }

    /// Returns the remaining time; zero once the deadline has passed.
    pub(crate) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.elapsed())
    }

    /// Returns this deadline, extended if necessary so that `limit` remains.
    pub(crate) fn or_after(&self, limit: Duration) -> Self {
        Self::after(self.left().max(limit), self.clock)
    }

    /// Runs `work` until the deadline. Returns `None` if it has not ended by then; a request that it sent may have taken
    /// effect.
    pub(crate) async fn bound<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        // The runtime's timer and not the clock's pauses, because the network takes real time.
        tokio::time::timeout(self.left(), work).await.ok()
    }
}
