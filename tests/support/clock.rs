//! Time for the provider under test: pauses take none, and count all the same.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use futures::future::BoxFuture;
use terraform_provider_conductorone::http::{Clock, SystemClock};

/// How long a pause really takes, so that what else goes on gets its turn.
const PAUSE: Duration = Duration::from_millis(4);

/// The runtime's clock, with every pause skipped and added.
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
        // The sandbox's, which holds assertions to it.
        SystemClock.wall()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        *self.0.lock().unwrap() += duration;
        SystemClock.sleep(PAUSE.min(duration))
    }
}
