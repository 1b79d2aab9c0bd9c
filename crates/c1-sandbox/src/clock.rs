//! The sandbox's time: its source, and its formats in the two services.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::{Notify, oneshot};

/// The source of the sandbox's time. It decides how long syncs, delays and tokens last, and dates every object.
///
/// The network layer (accept, TLS handshakes, shutdown) keeps the system's time.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The system's clock.
    #[default]
    System,
    /// A clock that a test advances.
    Manual(ManualClock),
}

impl Clock {
    pub(crate) fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp::now(),
            Self::Manual(clock) => clock.lock().now,
        }
    }

    pub(crate) async fn sleep(&self, duration: Duration) {
        match self {
            Self::System => tokio::time::sleep(duration).await,
            Self::Manual(clock) => clock.sleep(duration).await,
        }
    }
}

/// A clock that stands still until it is advanced. Clones are the same clock.
///
/// Tests that use it decide themselves when a sync ends or a token expires, so no real-time window has to be met:
///
/// ```no_run
/// # use std::time::Duration;
/// # use c1_sandbox::{Clock, ManualClock, Options, Sandbox};
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = ManualClock::new();
/// let options = Options { token_lifetime: Duration::from_secs(60), clock: Clock::Manual(clock.clone()), ..Options::default() };
/// let sandbox = Sandbox::start(options).await?;
/// // Every token issued so far expires.
/// clock.advance(Duration::from_secs(60));
/// # drop(sandbox);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Manual>);

#[derive(Debug)]
struct Manual {
    state: Mutex<ManualState>,
    /// Notified when a task begins to sleep.
    sleeping: Notify,
}

#[derive(Debug)]
struct ManualState {
    now: Timestamp,
    sleepers: Vec<Sleeper>,
}

#[derive(Debug)]
struct Sleeper {
    deadline: Timestamp,
    wake: oneshot::Sender<()>,
}

impl ManualClock {
    /// Returns a clock that shows the system's current time.
    #[expect(clippy::new_without_default, reason = "two clocks differ, so the default would not be a value")]
    pub fn new() -> Self {
        let state = ManualState { now: Timestamp::now(), sleepers: Vec::new() };
        Self(Arc::new(Manual { state: Mutex::new(state), sleeping: Notify::new() }))
    }

    /// Advances the clock and wakes every task of the sandbox whose sleep is over.
    ///
    /// A woken task counts as a sleeper again only after its next sleep has begun; see [`Self::wait_for_sleepers`].
    pub fn advance(&self, duration: Duration) {
        let mut state = self.lock();
        let now = state.now.plus(duration);
        state.now = now;
        let due = state.sleepers.extract_if(.., |sleeper| sleeper.deadline <= now);
        for sleeper in due {
            // The task may have been cancelled.
            let _ = sleeper.wake.send(());
        }
    }

    /// Waits until at least `count` tasks of the sandbox sleep, for example until a delayed response is ready to be
    /// sent.
    ///
    /// A sandbox without syncs and tasks has one sleeper: the scheduler of syncs, between two checks.
    pub async fn wait_for_sleepers(&self, count: usize) {
        loop {
            let sleeping = self.0.sleeping.notified();
            if self.sleepers() >= count {
                return;
            }
            sleeping.await;
        }
    }

    /// Returns the number of tasks of the sandbox that sleep.
    pub fn sleepers(&self) -> usize {
        let mut state = self.lock();
        state.sleepers.retain(|sleeper| !sleeper.wake.is_closed());
        state.sleepers.len()
    }

    /// Returns the current time in seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(&self) -> i64 {
        self.lock().now.unix()
    }

    async fn sleep(&self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        let (wake, woken) = oneshot::channel();
        {
            let mut state = self.lock();
            let deadline = state.now.plus(duration);
            state.sleepers.push(Sleeper { deadline, wake });
        }
        self.0.sleeping.notify_waiters();
        // The sender lives as long as this clock.
        let _ = woken.await;
    }

    fn lock(&self) -> MutexGuard<'_, ManualState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An instant in UTC. As JSON it is RFC 3339 with microseconds, the form of ConductorOne's samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(OffsetDateTime);

impl Timestamp {
    pub(crate) fn now() -> Self {
        Self(OffsetDateTime::now_utc())
    }

    /// So many milliseconds later.
    pub(crate) fn plus_millis(self, millis: u64) -> Self {
        self.plus(Duration::from_millis(millis))
    }

    pub(crate) fn plus(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }

    /// Milliseconds since an earlier instant; 0 when it is none.
    pub(crate) fn millis_since(self, earlier: Self) -> u64 {
        u64::try_from((self.0 - earlier.0).whole_milliseconds()).unwrap_or(0)
    }

    /// RFC 3339 with six fractional digits: `2026-08-20T10:00:00.123456Z`.
    pub(crate) fn micros(self) -> String {
        self.with_fraction(self.0.microsecond(), 6)
    }

    /// RFC 3339 with three fractional digits, the date form of Okta developer docs: `2026-08-20T10:00:00.123Z`.
    pub(crate) fn millis(self) -> String {
        self.with_fraction(self.0.millisecond().into(), 3)
    }

    fn with_fraction(self, fraction: u32, digits: usize) -> String {
        let at = self.0;
        let (date, month) = (at.date(), u8::from(at.month()));
        format!(
            "{:04}-{month:02}-{:02}T{:02}:{:02}:{:02}.{fraction:0digits$}Z",
            date.year(),
            date.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }

    /// Reads RFC 3339 with any offset; the value is kept in UTC.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(|at| Self(at.to_offset(time::UtcOffset::UTC)))
    }

    /// Seconds since 1970-01-01T00:00:00Z, as JWT claims and Okta's rate headers count.
    pub(crate) fn unix(self) -> i64 {
        self.0.unix_timestamp()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.micros())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not an RFC 3339 timestamp")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_services_forms_have_fixed_width_fractions() {
        let at = Timestamp::parse("2026-08-20T12:00:01.05+02:00").unwrap();
        assert_eq!(at.micros(), "2026-08-20T10:00:01.050000Z");
        assert_eq!(at.millis(), "2026-08-20T10:00:01.050Z");
    }

    #[tokio::test]
    async fn a_manual_clock_wakes_a_sleeper_at_its_deadline_only() {
        let clock = ManualClock::new();
        let before = Clock::Manual(clock.clone()).now();
        let sleep = tokio::spawn({
            let clock = Clock::Manual(clock.clone());
            async move { clock.sleep(Duration::from_secs(2)).await }
        });
        clock.wait_for_sleepers(1).await;
        clock.advance(Duration::from_millis(1_999));
        assert_eq!(clock.sleepers(), 1);
        clock.advance(Duration::from_millis(1));
        assert_eq!(clock.sleepers(), 0);
        sleep.await.unwrap();
        assert_eq!(Clock::Manual(clock).now().millis_since(before), 2_000);
    }

    #[tokio::test]
    async fn a_cancelled_sleep_is_no_sleeper() {
        let clock = ManualClock::new();
        let sleep = tokio::spawn({
            let clock = Clock::Manual(clock.clone());
            async move { clock.sleep(Duration::from_secs(2)).await }
        });
        clock.wait_for_sleepers(1).await;
        sleep.abort();
        assert!(sleep.await.unwrap_err().is_cancelled());
        assert_eq!(clock.sleepers(), 0);
    }
}
