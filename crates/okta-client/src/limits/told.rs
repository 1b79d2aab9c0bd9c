//! What an answer tells of a limit.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use service_http::header::{DATE, HeaderMap};

/// The three rate-limit headers of an answer and its date.
///
/// Source: Okta developer docs, "Monitor and troubleshoot rate limits".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// Requests in a window.
    pub(crate) limit: u32,
    /// Requests left in this window.
    pub(crate) remaining: u32,
    /// When the window ends, by the server's clock: UTC epoch seconds, and not a delay.
    pub(crate) reset: i64,
}

impl Told {
    /// `None` when a header is missing or no number: then nothing is known. A refusal means that nothing is left,
    /// whether or not it says so.
    pub(crate) fn read(headers: &HeaderMap, is_refusal: bool) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let count = |name: &str| number(name).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        Some(Self {
            limit: count("x-rate-limit-limit")?,
            remaining: count("x-rate-limit-remaining").or(is_refusal.then_some(0))?,
            reset: i64::try_from(number("x-rate-limit-reset")?).ok()?,
        })
    }

    /// Marks too many requests at once: that is over in a moment, and the reset is only a guess.
    ///
    /// Source: Okta developer docs, "Rate limits", concurrent rate limits.
    pub(crate) fn is_concurrency(&self) -> bool {
        self.limit == 0 && self.remaining == 0
    }
}

/// The server's own time, in whole UTC epoch seconds.
pub(crate) fn date(headers: &HeaderMap) -> Option<i64> {
    OffsetDateTime::parse(headers.get(DATE)?.to_str().ok()?, &Rfc2822).ok().map(OffsetDateTime::unix_timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(rows: &[(&'static str, &str)]) -> HeaderMap {
        rows.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_limit_is_read_only_when_all_of_it_is_there() {
        let whole =
            [("x-rate-limit-limit", "600"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1790000000")];
        let told = Told::read(&headers(&whole), false);
        assert_eq!(told, Some(Told { limit: 600, remaining: 0, reset: 1_790_000_000 }));
        assert!(!told.unwrap().is_concurrency());
        for (name, value) in [("x-rate-limit-limit", "many"), ("x-rate-limit-reset", "18446744073709551615")] {
            let mut changed = headers(&whole);
            changed.insert(name, value.parse().unwrap());
            assert_eq!(Told::read(&changed, true), None, "{name}");
        }
        assert_eq!(Told::read(&headers(&whole[1..]), true), None);
        let without_remaining = headers(&[whole[0], whole[2]]);
        assert_eq!(Told::read(&without_remaining, false), None);
        assert_eq!(Told::read(&without_remaining, true), told);
    }

    #[test]
    fn nothing_of_nothing_is_too_many_at_once() {
        let rows = [("x-rate-limit-limit", "0"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1")];
        assert!(Told::read(&headers(&rows), true).unwrap().is_concurrency());
    }

    #[test]
    fn the_date_is_the_servers() {
        assert_eq!(date(&headers(&[("date", "Sun, 06 Nov 1994 08:49:37 GMT")])), Some(784_111_777));
        assert_eq!(date(&headers(&[("date", "today")])), None);
    }
}
