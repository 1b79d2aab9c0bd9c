//! Decides whether a request is retried, and when.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::{Clock, Response, SendError};

/// Longest pause taken from a `Retry-After` header. Longer ones are shortened to it.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// Exponential backoff with full jitter: the n-th pause is random, at most `first` doubled n - 1 times, at most `cap`.
///
/// Full jitter spreads callers that failed together; see "Exponential Backoff And Jitter", AWS Architecture Blog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Upper bound of the first pause.
    pub first: Duration,
    /// Upper bound of every pause.
    pub cap: Duration,
    /// Maximum number of attempts, the first included. At least 1.
    pub attempts: u32,
}

impl Backoff {
    /// Returns a pause after attempt number `attempt`, which counts from 1.
    pub fn delay(&self, attempt: u32) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        doubled.min(self.cap).mul_f64(rand::random_range(0.0..=1.0))
    }
}

/// The failures of a request after which it is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryPolicy {
    /// All transient failures: executing the request twice has the same effect as executing it once.
    Idempotent,
    /// Failures after which the service has certainly not executed the request.
    NonIdempotent,
}

impl RetryPolicy {
    /// Decides about one outcome. A 429 response is always retried, because the service has done nothing.
    pub fn classify(self, outcome: &Result<Response, SendError>, now: SystemTime) -> RetryDecision {
        let is_idempotent = self == Self::Idempotent;
        match outcome {
            Err(error) if error.is_transient() && (is_idempotent || !error.may_have_taken_effect()) => {
                RetryDecision::AfterBackoff
            }
            Err(_) => RetryDecision::No,
            Ok(response) => match response.status().as_u16() {
                429 => retry_after(response.headers(), now).map_or(RetryDecision::AfterBackoff, RetryDecision::After),
                500 | 502..=504 if is_idempotent => RetryDecision::AfterBackoff,
                _ => RetryDecision::No,
            },
        }
    }
}

/// The next step after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    /// Return the outcome.
    No,
    /// Retry after the next pause of the [`Backoff`].
    AfterBackoff,
    /// Retry after this pause, which the service requested.
    After(Duration),
}

/// The outcome of the last attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryOutcome<T> {
    pub outcome: T,
    /// Number of attempts, at least 1.
    pub attempts: u32,
}

/// Makes attempts until `classify` returns [`RetryDecision::No`] or the attempts of `backoff` are used up.
///
/// Calls `classify` once per attempt, the last included, so it can also collect data about all attempts.
pub async fn retry<T, F, A, C>(clock: &dyn Clock, backoff: Backoff, mut attempt: F, mut classify: C) -> RetryOutcome<T>
where
    F: FnMut() -> A,
    A: Future<Output = T>,
    C: FnMut(&T) -> RetryDecision,
{
    let mut attempts = 1;
    loop {
        let outcome = attempt().await;
        let pause = match classify(&outcome) {
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

/// Returns the pause that a `Retry-After` header requests, at most [`MAX_RETRY_AFTER`].
///
/// Accepts seconds and HTTP dates; a date in the past is no pause. Returns `None` if the header is absent or is
/// neither. Source: RFC 9110, section 10.2.3.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let requested = if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // Digits that overflow exceed the maximum anyway.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let until = SystemTime::from(OffsetDateTime::parse(value, &Rfc2822).ok()?);
        until.duration_since(now).unwrap_or_default()
    };
    Some(requested.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::StatusCode;

    use super::*;
    use crate::LibraryError;

    #[test]
    fn only_idempotent_requests_are_retried_after_a_failure_with_a_possible_effect() {
        let broken = || SendError::Broken { timed_out: false, source: LibraryError::from_text("reset") };
        let unsent = || SendError::NotSent(LibraryError::from_text("refused"));
        let redirected = || SendError::Redirected { status: StatusCode::FOUND, to: None };
        let response = |status, retry_after: Option<&str>| {
            let headers = retry_after.map(|value| (RETRY_AFTER, value.parse().unwrap())).into_iter().collect();
            Ok(Response { status: StatusCode::from_u16(status).unwrap(), headers, body: Vec::new() })
        };
        let after = |seconds| RetryDecision::After(Duration::from_secs(seconds));
        let (no, backoff) = (RetryDecision::No, RetryDecision::AfterBackoff);
        for (outcome, idempotent, non_idempotent) in [
            (Err(unsent()), backoff, backoff),
            (Err(broken()), backoff, no),
            (Err(redirected()), no, no),
            (response(429, None), backoff, backoff),
            (response(429, Some("7")), after(7), after(7)),
            (response(429, Some("86400")), after(30), after(30)),
            (response(500, Some("7")), backoff, no),
            (response(502, None), backoff, no),
            (response(503, None), backoff, no),
            (response(504, None), backoff, no),
            (response(501, None), no, no),
            (response(403, None), no, no),
            (response(200, None), no, no),
        ] {
            let now = SystemTime::UNIX_EPOCH;
            assert_eq!(RetryPolicy::Idempotent.classify(&outcome, now), idempotent, "{outcome:?}");
            assert_eq!(RetryPolicy::NonIdempotent.classify(&outcome, now), non_idempotent, "{outcome:?}");
        }
    }

    #[test]
    fn retry_after_accepts_seconds_and_dates_up_to_the_maximum() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let rows = [
            ("0", Some(0)),
            ("7", Some(7)),
            (" 7 ", Some(7)),
            ("31", Some(30)),
            ("99999999999999999999999999", Some(30)),
            ("-1", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", Some(0)),
            ("Sun, 06 Nov 2094 08:49:37 GMT", Some(30)),
        ];
        for (value, expected) in rows {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{value:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    proptest! {
        #[test]
        fn delays_stay_within_their_bounds(attempt in 0_u32.., first in 0_u64..10_000, cap in 0_u64..100_000) {
            let backoff = Backoff { first: Duration::from_millis(first), cap: Duration::from_millis(cap), attempts: 1 };
            let delay = backoff.delay(attempt);
            prop_assert!(delay <= backoff.cap);
            let doublings = attempt.saturating_sub(1).min(31);
            prop_assert!(delay.as_millis() <= u128::from(first) << doublings);
        }

        #[test]
        fn every_retry_after_value_stays_within_the_maximum(value in "[ -~]{0,40}") {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            prop_assert!(retry_after(&headers, SystemTime::now()).is_none_or(|pause| pause <= MAX_RETRY_AFTER));
        }
    }
}
