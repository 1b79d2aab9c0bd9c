//! When to try again, and after how long.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::Clock;

/// Longest pause taken from a `Retry-After` header. A service that asks for more is asked again sooner.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Exponential pauses with full jitter: the n-th is anything from nothing to `first` doubled n times, at most `cap`.
///
/// Full jitter spreads callers that failed together; see "Exponential Backoff And Jitter", AWS Architecture Blog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Upper bound of the first pause.
    pub first: Duration,
    /// Upper bound of every pause.
    pub cap: Duration,
    /// How often to send at most, the first time included. At least 1.
    pub attempts: u32,
}

impl Backoff {
    /// The pause after attempt number `attempt`, which counts from 1.
    pub fn delay(&self, attempt: u32) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        doubled.min(self.cap).mul_f64(rand::random_range(0.0..=1.0))
    }
}

/// What to do after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    /// The outcome stands.
    No,
    /// Send again after the next pause of the [`Backoff`].
    AfterBackoff,
    /// Send again after this pause, which the service asked for.
    After(Duration),
}

/// The last outcome, and how many attempts it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryOutcome<T> {
    /// What the last attempt gave.
    pub outcome: T,
    /// How often the request was sent, at least 1.
    pub attempts: u32,
}

/// Makes attempts until `judge` lets an outcome stand or the attempts are used up.
///
/// `judge` is called once per attempt, the last included, so it can also keep notes over all of them.
pub async fn retry<T, F, A, J>(clock: &dyn Clock, backoff: Backoff, mut attempt: F, mut judge: J) -> RetryOutcome<T>
where
    F: FnMut() -> A,
    A: Future<Output = T>,
    J: FnMut(&T) -> RetryDecision,
{
    let mut attempts = 1;
    loop {
        let outcome = attempt().await;
        let pause = match judge(&outcome) {
            RetryDecision::No => return RetryOutcome { outcome, attempts },
            _ if attempts >= backoff.attempts => return RetryOutcome { outcome, attempts },
            RetryDecision::AfterBackoff => backoff.delay(attempts),
            RetryDecision::After(pause) => pause,
        };
        if !pause.is_zero() {
            clock.sleep(pause).await;
        }
        attempts += 1;
    }
}

/// The pause a `Retry-After` header asks for, at most `limit` and never more than [`MAX_RETRY_AFTER`].
///
/// Accepts seconds and HTTP dates; a date in the past is no pause. `None` when there is no such header or it is
/// neither. Source: RFC 9110, section 10.2.3.
pub fn retry_after(headers: &HeaderMap, now: SystemTime, limit: Duration) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // Digits that overflow ask for longer than we would ever wait.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let until = SystemTime::from(OffsetDateTime::parse(value, &Rfc2822).ok()?);
        until.duration_since(now).unwrap_or_default()
    };
    Some(asked.min(limit).min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_or_a_date_and_clamped() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let rows = [
            ("0", Some(0)),
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("61", Some(60)),
            ("99999999999999999999999999", Some(60)),
            ("-1", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", Some(0)),
            ("Sun, 06 Nov 2094 08:49:37 GMT", Some(60)),
        ];
        for (value, expected) in rows {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            let found = retry_after(&headers, now, Duration::from_secs(3_600));
            assert_eq!(found, expected.map(Duration::from_secs), "{value:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now, MAX_RETRY_AFTER), None);
    }

    proptest! {
        #[test]
        fn a_pause_stays_under_its_bounds(attempt in 0_u32.., first in 0_u64..10_000, cap in 0_u64..100_000) {
            let backoff = Backoff { first: Duration::from_millis(first), cap: Duration::from_millis(cap), attempts: 1 };
            let delay = backoff.delay(attempt);
            prop_assert!(delay <= backoff.cap);
            let doublings = attempt.saturating_sub(1).min(31);
            prop_assert!(delay.as_millis() <= u128::from(first) << doublings);
        }

        #[test]
        fn any_retry_after_is_harmless(value in "[ -~]{0,40}") {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            let limit = Duration::from_secs(30);
            prop_assert!(retry_after(&headers, SystemTime::now(), limit).is_none_or(|pause| pause <= limit));
        }
    }
}
