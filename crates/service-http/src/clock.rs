//! Time as a dependency, so that tests can replace it.

use std::time::{Duration, Instant, SystemTime};

use futures::future::BoxFuture;

/// A source of time.
pub trait Clock: Send + Sync {
    /// Returns a time that never decreases, for measuring durations.
    fn monotonic(&self) -> Instant;

    /// Returns calendar time, for JWT claims and `Retry-After` dates.
    fn wall(&self) -> SystemTime;

    /// Returns a future that completes after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's clock and the timer of the tokio runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn monotonic(&self) -> Instant {
        // The runtime's time, so that this clock pauses as well if a test pauses the runtime's.
        tokio::time::Instant::now().into_std()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
