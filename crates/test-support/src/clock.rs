//! Clocks that do not wait.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use futures::future::BoxFuture;
use service_http::{Clock, SystemClock};

/// A clock that moves only when something sleeps or a test advances it, and that records every pause.
pub struct FakeClock {
    start: (Instant, SystemTime),
    passed: Mutex<Duration>,
    pauses: Mutex<Vec<Duration>>,
}

impl FakeClock {
    /// Creates a clock that stands at a fixed wall time.
    pub fn new() -> Arc<Self> {
        let start = (Instant::now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000));
        Arc::new(Self { start, passed: Mutex::default(), pauses: Mutex::default() })
    }

    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        *self.passed.lock().unwrap() += duration;
    }

    /// Returns the pauses so far, in their order.
    pub fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().unwrap().clone()
    }
}

impl Clock for FakeClock {
    fn monotonic(&self) -> Instant {
        self.start.0 + *self.passed.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        self.start.1 + *self.passed.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.advance(duration);
        self.pauses.lock().unwrap().push(duration);
        // Lets other tasks run, as a real pause would.
        Box::pin(tokio::task::yield_now())
    }
}

/// Real time that each skipped pause takes, so that other tasks make progress.
const YIELD: Duration = Duration::from_millis(4);

/// The system's clock plus every pause that was requested, each of which takes only a few milliseconds.
#[derive(Default)]
pub struct Skipping(Mutex<Duration>);

impl Skipping {
    fn skipped(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

impl Clock for Skipping {
    fn monotonic(&self) -> Instant {
        SystemClock.monotonic() + self.skipped()
    }

    fn wall(&self) -> SystemTime {
        // The sandbox compares assertions with the system's clock.
        SystemClock.wall()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        *self.0.lock().unwrap() += duration;
        SystemClock.sleep(YIELD.min(duration))
    }
}
