//! The rate limiters of a process, one per org and credential.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use service_http::lock;

use super::limiter::Limiter;
use super::rate_limit::RateShare;
use super::{Domain, Token, TokenFingerprint};

/// The rate limiters of a process, one per org and credential. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Limits(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    share: RateShare,
    limiters: Mutex<HashMap<(Domain, TokenFingerprint), Limiter>>,
}

impl Limits {
    /// Creates an empty set whose limiters use this share of each limit.
    pub fn new(share: RateShare) -> Self {
        Self(Arc::new(Shared { share, limiters: Mutex::default() }))
    }

    /// Returns the limiter for requests to `domain` with `token`.
    pub(super) fn limiter(&self, domain: &Domain, token: &Token, http: &service_http::Client) -> Limiter {
        let mut limiters = lock(&self.0.limiters);
        let limiter = limiters.entry((domain.clone(), token.fingerprint()));
        limiter.or_insert_with(|| Limiter::new(self.0.share, http.clone())).clone()
    }
}
