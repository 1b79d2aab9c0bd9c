//! Rate limits: how many requests an org takes in a window, and how many at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderValue, Method};

use crate::clock::Clock;

/// Limit in the headers of an org without limits. Okta's responses always contain the headers, and Okta's own SDK fails
/// without them.
const UNLIMITED: u32 = 1_000_000;

/// Plan that defines an org's limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RatePlan {
    /// No request is refused.
    #[default]
    Off,
    /// Integrator Free.
    Integrator,
    /// One App.
    OneApp,
    /// Customer Identity Enterprise.
    CustomerIdentity,
    /// Workforce Identity.
    Workforce,
}

impl RatePlan {
    /// All there are, by name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("off", Self::Off),
        ("integrator", Self::Integrator),
        ("one-app", Self::OneApp),
        ("customer-identity", Self::CustomerIdentity),
        ("workforce", Self::Workforce),
    ];

    /// Requests at once. Source: Okta developer docs, "Rate limits", concurrent rate limits.
    fn at_once(self) -> Option<u32> {
        match self {
            Self::Off => None,
            Self::Integrator | Self::OneApp => Some(35),
            Self::CustomerIdentity | Self::Workforce => Some(75),
        }
    }
}

/// The limits of an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// The plan.
    pub plan: RatePlan,
    /// How much of each limit one token gets, in percent; Okta's default is 50.
    pub token_share: u8,
    /// Length of a window in whole seconds; Okta's is 60.
    pub window: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { plan: RatePlan::Off, token_share: 50, window: 60 }
    }
}

/// Requests to an org so far, of all tokens together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests with a token that lives, refused ones included.
    pub requests: u64,
    /// Refused for a rate limit.
    pub rate_refusals: u64,
    /// Refused for too many at once.
    pub concurrency_refusals: u64,
    /// Requests at once at the most.
    pub most_at_once: u32,
    /// By bucket, how much of its quota each window used that is over, in order.
    pub windows: BTreeMap<&'static str, Vec<(u32, u32)>>,
}

/// One counter.
struct Bucket {
    name: &'static str,
    /// Requests a minute: Integrator Free, One App, Customer Identity, Workforce.
    limits: [u32; 4],
}

/// Source: Okta developer docs, rate limit tables of December 2025; where no figure is published, that of the rest.
const fn bucket(name: &'static str, limits: [u32; 4]) -> Bucket {
    Bucket { name, limits }
}

const USERS: Bucket = bucket("/api/v1/users*", [100, 600, 600, 600]);
const USER: Bucket = bucket("/api/v1/users/{id}", [100, 1_000, 1_000, 2_000]);
const CHANGED_USER: Bucket = bucket("write /api/v1/users/{id}", [100, 600, 600, 600]);
const CURRENT_USER: Bucket = bucket("/api/v1/users/me", [100, 600, 600, 1_200]);
const GROUPS: Bucket = bucket("/api/v1/groups*", [100, 600, 600, 500]);
const GROUP: Bucket = bucket("/api/v1/groups/{id}", [100, 600, 600, 1_000]);
const APPS: Bucket = bucket("/api/v1/apps*", [20, 100, 100, 100]);
const APP: Bucket = bucket("/api/v1/apps/{id}", [100, 600, 600, 500]);
const IAM: Bucket = bucket("/api/v1/iam*", [100, 600, 600, 1_200]);
const LOGS: Bucket = bucket("/api/v1/logs*", [20, 50, 50, 120]);
const REST: Bucket = bucket("/api/v1", [100, 600, 600, 1_200]);

impl Bucket {
    /// The most specific one that counts a request.
    fn of(method: &Method, path: &str) -> &'static Self {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty()).skip(2);
        match (segments.next(), segments.next(), segments.next()) {
            (Some("users"), Some("me"), None) => &CURRENT_USER,
            (Some("users"), Some(_), None) if method == Method::GET => &USER,
            (Some("users"), Some(_), None) => &CHANGED_USER,
            (Some("users"), ..) => &USERS,
            (Some("groups"), Some(_), None) => &GROUP,
            (Some("groups"), ..) => &GROUPS,
            (Some("apps"), Some(_), None) => &APP,
            (Some("apps"), ..) => &APPS,
            (Some("iam"), ..) => &IAM,
            (Some("logs"), ..) => &LOGS,
            _ => &REST,
        }
    }

    fn limit(&self, plan: RatePlan) -> u32 {
        let [integrator, one_app, customer_identity, workforce] = self.limits;
        match plan {
            RatePlan::Off => UNLIMITED,
            RatePlan::Integrator => integrator,
            RatePlan::OneApp => one_app,
            RatePlan::CustomerIdentity => customer_identity,
            RatePlan::Workforce => workforce,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Window {
    ends: i64,
    used: u32,
}

/// Counts the requests of one org.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    rules: RateLimits,
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    of_tokens: HashMap<(String, &'static str), Window>,
    of_org: HashMap<&'static str, Window>,
    at_once: u32,
    traffic: Traffic,
}

/// One request that is being answered.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Mutex<State>>);

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.at_once = state.at_once.saturating_sub(1);
    }
}

/// Result of counting a request.
#[derive(Debug)]
pub(crate) enum Counted {
    /// It is, with these headers.
    Accepted(HeaderMap, InFlight),
    /// It is refused, with these headers.
    Refused(HeaderMap),
}

impl Limits {
    pub(crate) fn new(rules: RateLimits, clock: Clock) -> Self {
        Self { rules, clock, state: Arc::default() }
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.state().traffic.clone()
    }

    pub(crate) fn forget_traffic(&self) {
        self.state().traffic = Traffic::default();
    }

    /// Counts a request of a token. The headers tell of the token's share, and a refused request counts as none.
    pub(crate) fn count(&self, token: &str, method: &Method, path: &str) -> Counted {
        let bucket = Bucket::of(method, path);
        let now = self.clock.now().unix();
        let mut state = self.state();
        state.traffic.requests += 1;
        let share = |limit: u32| match self.rules.plan {
            RatePlan::Off => limit,
            _ => (limit * u32::from(self.rules.token_share) / 100).max(1),
        };
        if self.rules.plan.at_once().is_some_and(|most| state.at_once >= share(most)) {
            state.traffic.concurrency_refusals += 1;
            // Limit and remaining of 0 mark this refusal. Its reset is only a guess, as live reports show.
            return Counted::Refused(headers(0, 0, now + 60 + rand::random_range(0..60)));
        }
        let org_limit = bucket.limit(self.rules.plan);
        let limit = share(org_limit);
        let length = i64::from(self.rules.window);
        let fresh = Window { ends: now + length, used: 0 };
        let of_org = state.of_org.entry(bucket.name).or_insert(fresh);
        if of_org.ends <= now {
            *of_org = fresh;
        }
        let org_is_used_up = of_org.used >= org_limit;
        let window = state.of_tokens.entry((token.to_owned(), bucket.name)).or_insert(fresh);
        let over = (window.ends <= now).then_some(window.used);
        if over.is_some() {
            *window = fresh;
        }
        let is_refused = window.used >= limit || org_is_used_up;
        window.used += u32::from(!is_refused);
        let headers = headers(limit, limit - window.used, window.ends);
        if let Some(used) = over {
            state.traffic.windows.entry(bucket.name).or_default().push((limit, used));
        }
        if is_refused {
            state.traffic.rate_refusals += 1;
            return Counted::Refused(headers);
        }
        if let Some(of_org) = state.of_org.get_mut(bucket.name) {
            of_org.used += 1;
        }
        state.at_once += 1;
        state.traffic.most_at_once = state.traffic.most_at_once.max(state.at_once);
        drop(state);
        Counted::Accepted(headers, InFlight(Arc::clone(&self.state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The headers of every authenticated answer. Source: Okta developer docs, "Rate limits".
fn headers(limit: u32, remaining: u32, reset: i64) -> HeaderMap {
    let rows: [(&'static str, i64); 3] = [
        ("x-rate-limit-limit", limit.into()),
        ("x-rate-limit-remaining", remaining.into()),
        ("x-rate-limit-reset", reset),
    ];
    rows.into_iter()
        .map(|(name, value)| (axum::http::HeaderName::from_static(name), HeaderValue::from(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(limits: &Limits, token: &str, path: &str, times: u32) -> (u32, Vec<InFlight>) {
        let mut accepted = Vec::new();
        for _ in 0..times {
            if let Counted::Accepted(_, in_flight) = limits.count(token, &Method::GET, path) {
                accepted.push(in_flight);
            }
        }
        (accepted.len() as u32, accepted)
    }

    #[test]
    fn a_token_gets_its_share_of_each_bucket_and_the_rest_is_refused() {
        for (plan, share, path, expected) in [
            (RatePlan::Workforce, 50, "/api/v1/apps/0oa1/users", 50),
            (RatePlan::Workforce, 100, "/api/v1/apps", 100),
            (RatePlan::Integrator, 50, "/api/v1/apps", 10),
            (RatePlan::Off, 50, "/api/v1/apps", 200),
        ] {
            let limits = Limits::new(RateLimits { plan, token_share: share, window: 60 }, Clock::System);
            let accepted: u32 = (0..200).map(|_| outcomes(&limits, "a", path, 1).0).sum();
            assert_eq!(accepted, expected, "{plan:?} {share} {path}");
            assert_eq!(limits.traffic().rate_refusals, u64::from(200 - expected));
            assert_eq!(outcomes(&limits, "a", "/api/v1/groups", 1).0, 1, "another bucket");
        }
    }

    #[test]
    fn tokens_share_what_the_org_has() {
        let limits = Limits::new(RateLimits { plan: RatePlan::Workforce, token_share: 75, window: 60 }, Clock::System);
        let both: Vec<u32> =
            ["a", "b"].map(|token| (0..90).map(|_| outcomes(&limits, token, "/api/v1/apps", 1).0).sum()).to_vec();
        assert_eq!(both, [75, 25]);
    }

    #[test]
    fn too_many_at_once_are_refused_with_nothing_of_nothing() {
        let limits = Limits::new(RateLimits { plan: RatePlan::Workforce, token_share: 50, window: 60 }, Clock::System);
        let (accepted, open) = outcomes(&limits, "a", "/api/v1/users", 40);
        assert_eq!(accepted, 37);
        let Counted::Refused(headers) = limits.count("a", &Method::GET, "/api/v1/users") else { panic!() };
        assert_eq!(
            (&headers["x-rate-limit-limit"], &headers["x-rate-limit-remaining"]),
            (&"0".parse().unwrap(), &"0".parse().unwrap())
        );
        drop(open);
        assert_eq!(outcomes(&limits, "a", "/api/v1/users", 1).0, 1);
        assert_eq!(limits.traffic().most_at_once, 37);
    }
}
