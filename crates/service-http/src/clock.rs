//! Time as an argument, so that a test of waiting does not wait.

use std::time::{Duration, Instant, SystemTime};

use futures::future::BoxFuture;

/// What the clients need to know about time.
pub trait Clock: Send + Sync {
    /// A reading that only ever grows, for measuring lifetimes.
    fn monotonic(&self) -> Instant;

    /// Calendar time, for assertions and for `Retry-After` dates.
    fn wall(&self) -> SystemTime;

    /// Ends after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// The machine's clock and the runtime's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn monotonic(&self) -> Instant {
        // The runtime's, so that both stand still together where a test pauses the runtime's clock.
        tokio::time::Instant::now().into_std()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
