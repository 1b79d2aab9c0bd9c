//! Sending as much as an org's rate limits allow, and no more.
//!
//! ```text
//! Limits ── one Scheduler per org and token ── Buckets       what may be sent now (family, told, server_clock)
//!                                          └── Concurrency   how many at once
//! ```

mod buckets;
mod concurrency;
mod family;
#[cfg(test)]
mod properties;
mod scheduler;
mod server_clock;
mod told;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use secrecy::ExposeSecret;

use super::{Domain, Token};

pub use buckets::Quota;
pub use family::Bucket;
pub use family::Family;
pub use scheduler::{Lane, Permit, Refusal, Scheduler, Urgency};

/// Requests in flight at most. Source: the lowest published limit, that of Integrator orgs, is 35.
const MOST_AT_ONCE: u32 = 35;

/// How much of each limit to use, in whole percent from 1 to 100. The default is 90: Okta writes to an org's super
/// administrators when a limit is nearly used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateShare(u8);

/// A number that is no [`RateShare`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a share of the rate limit is a whole number of percent from 1 to 100")]
pub struct InvalidRateShare;

impl RateShare {
    /// # Errors
    /// [`InvalidRateShare`] outside 1 to 100.
    pub fn percent(percent: u8) -> Result<Self, InvalidRateShare> {
        if (1..=100).contains(&percent) { Ok(Self(percent)) } else { Err(InvalidRateShare) }
    }

    /// This share of `limit`, at least 1.
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

/// What is known of the limits of all orgs that one process asks. Clones share it: whoever asks the same org with the
/// same token takes turns.
#[derive(Clone, Debug, Default)]
pub struct Limits(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    share: RateShare,
    schedulers: Mutex<HashMap<(Domain, Fingerprint), Arc<Scheduler>>>,
}

/// Tells tokens apart without keeping them.
type Fingerprint = Vec<u8>;

impl Limits {
    /// Nothing known yet, to use this share of each limit.
    pub fn new(share: RateShare) -> Self {
        Self(Arc::new(Shared { share, schedulers: Mutex::default() }))
    }

    /// Who decides what is sent to this org with this token.
    pub fn scheduler(&self, domain: &Domain, token: &Token, http: &service_http::Client) -> Arc<Scheduler> {
        let mut schedulers = self.0.schedulers.lock().unwrap_or_else(PoisonError::into_inner);
        let fingerprint: Fingerprint = digest(&SHA256, token.secret().expose_secret().as_bytes()).as_ref().to_vec();
        let scheduler = schedulers.entry((domain.clone(), fingerprint));
        Arc::clone(scheduler.or_insert_with(|| Arc::new(Scheduler::new(self.0.share, MOST_AT_ONCE, http.clone()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_a_limit_is_never_nothing_and_never_more() {
        let rows = [(90, 600, 540), (90, 10, 9), (1, 20, 1), (100, 50, 50), (50, 1, 1), (90, 0, 1)];
        for (percent, limit, share) in rows {
            assert_eq!(RateShare::percent(percent).unwrap().of(limit), share, "{percent} % of {limit}");
        }
        assert_eq!(RateShare::percent(100).unwrap().of(u32::MAX), u32::MAX);
        assert_eq!((RateShare::percent(0), RateShare::percent(101)), (Err(InvalidRateShare), Err(InvalidRateShare)));
    }
}
