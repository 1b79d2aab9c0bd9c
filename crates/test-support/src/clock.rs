//! Clocks whose pauses take no or little real time.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use futures::future::BoxFuture;
use service_http::{Clock, SystemClock};

/// A clock that advances only by pauses and by [`FakeClock::advance`], and records all pauses.
pub struct FakeClock {
    start: (Instant, SystemTime),
    passed: Mutex<Duration>,
    pauses: Mutex<Vec<Duration>>,
}

impl FakeClock {
    /// Creates a clock with a fixed wall time.
    pub fn new() -> Arc<Self> {
        let start = (Instant::now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000));
        Arc::new(Self { start, passed: Mutex::default(), pauses: Mutex::default() })
    }

    /// Advances the clock.
    pub fn advance(&self, duration: Duration) {
        *self.passed.lock().unwrap() += duration;
    }

    /// Returns all pauses in order.
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
        // Other tasks run during a real pause, too.
        Box::pin(tokio::task::yield_now())
    }
}

/// Real time that each skipped pause takes, so that other tasks make progress.
const YIELD: Duration = Duration::from_millis(4);

/// The system clock plus all requested pauses, each of which takes only a few milliseconds.
#[derive(Default)]
pub struct SkippingClock(Mutex<Duration>);

impl SkippingClock {
    fn skipped(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

impl Clock for SkippingClock {
    fn monotonic(&self) -> Instant {
        SystemClock.monotonic() + self.skipped()
    }

    fn wall(&self) -> SystemTime {
        // The sandbox compares the timestamps of assertions with the system clock.
        SystemClock.wall()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        *self.0.lock().unwrap() += duration;
        SystemClock.sleep(YIELD.min(duration))
    }
}
