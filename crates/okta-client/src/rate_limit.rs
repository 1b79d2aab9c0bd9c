//! Okta's rate-limit headers, and the share of each limit that this client uses.

use service_http::header::HeaderMap;

/// The share of each rate limit to use, in percent from 1 to 100. Defaults to 90, because Okta sends an email to the
/// org's super administrators when a limit is nearly used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateShare(u8);

/// Error for a number that is not a valid [`RateShare`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a share of the rate limit is a whole number of percent from 1 to 100")]
pub struct InvalidRateShare;

impl RateShare {
    /// Creates a share.
    ///
    /// # Errors
    /// [`InvalidRateShare`] outside 1 to 100.
    pub fn percent(percent: u8) -> Result<Self, InvalidRateShare> {
        if (1..=100).contains(&percent) { Ok(Self(percent)) } else { Err(InvalidRateShare) }
    }

    /// Returns this share of `limit`, at least 1.
    pub fn of(self, limit: u32) -> u32 {
        let share = u64::from(limit) * u64::from(self.0) / 100;
        u32::try_from(share).unwrap_or(limit).clamp(1, limit.max(1))
    }
}

impl Default for RateShare {
    fn default() -> Self {
        Self(90)
    }
}

/// The rate-limit headers of a response. Source: Okta developer docs, "Monitor and troubleshoot rate limits".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RateLimitHeaders {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// End of the window, in UTC epoch seconds of the server's clock.
    pub(super) reset: i64,
}

impl RateLimitHeaders {
    /// Returns `None` if the limit or the reset time is missing or not a number.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let count = |name: &str| number(name).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        Some(Self {
            limit: count("x-rate-limit-limit")?,
            remaining: count("x-rate-limit-remaining").unwrap_or_default(),
            reset: i64::try_from(number("x-rate-limit-reset")?).ok()?,
        })
    }

    /// Returns whether a 429 response is about concurrency. Its reset time is only a guess.
    /// Source: Okta developer docs, "Rate limits", concurrent rate limits.
    pub(super) fn is_concurrency(&self) -> bool {
        self.limit == 0 && self.remaining == 0
    }
}

/// The limit of one bucket, for estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests per window.
    pub limit: u32,
    /// `true` if the limit comes from Okta's headers, `false` if it is the documented default.
    pub is_reported: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_at_least_one_request_and_at_most_the_limit() {
        let rows = [(90, 600, 540), (90, 10, 9), (1, 20, 1), (100, 50, 50), (50, 1, 1), (90, 0, 1)];
        for (percent, limit, share) in rows {
            assert_eq!(RateShare::percent(percent).unwrap().of(limit), share, "{percent} % of {limit}");
        }
        assert_eq!(RateShare::percent(100).unwrap().of(u32::MAX), u32::MAX);
        assert_eq!((RateShare::percent(0), RateShare::percent(101)), (Err(InvalidRateShare), Err(InvalidRateShare)));
    }

    #[test]
    fn rate_limit_headers_need_a_limit_and_a_reset_time() {
        let read = |rows: &[(&'static str, &str)]| {
            RateLimitHeaders::read(
                &rows.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect(),
            )
        };
        let (limit, remaining) = (("x-rate-limit-limit", "600"), ("x-rate-limit-remaining", "7"));
        let reset = ("x-rate-limit-reset", "1790000000");
        let expected = RateLimitHeaders { limit: 600, remaining: 7, reset: 1_790_000_000 };
        assert_eq!(read(&[limit, remaining, reset]), Some(expected));
        assert_eq!(read(&[limit, reset]), Some(RateLimitHeaders { remaining: 0, ..expected }));
        assert_eq!(read(&[remaining, reset]), None);
        assert_eq!(read(&[limit, remaining]), None);
        assert_eq!(read(&[("x-rate-limit-limit", "many"), remaining, reset]), None);
        assert_eq!(read(&[limit, remaining, ("x-rate-limit-reset", "18446744073709551615")]), None);
        assert!(!expected.is_concurrency());
        assert!(read(&[("x-rate-limit-limit", "0"), ("x-rate-limit-remaining", "0"), reset]).unwrap().is_concurrency());
    }
}
