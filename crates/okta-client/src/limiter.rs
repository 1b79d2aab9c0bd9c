//! Limits the requests to one org with one credential: how many are in flight, and how many each window allows.
//!
//! Each endpoint group keeps the rate-limit headers of its last response. Okta does not document which groups share a
//! counter, so groups with the same limit and reset time are treated as one. Nor does it document how it rounds the
//! reset time to seconds. The limiter therefore keeps one request per window for a probe at the reset time, which the
//! old window still accepts if it ends up to a second later. In that case, all further windows get that second.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use service_http::StatusCode;
use service_http::header::{DATE, HeaderMap};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::endpoint_group::{Bucket, EndpointGroup};
use super::rate_limit::{Quota, RateLimitHeaders, RateShare};

/// Longest window in seconds. Source: Okta developer docs, "Rate limits": most counters reset every 60 seconds.
const LONGEST_WINDOW: i64 = 60;

/// Upper bound of what rounding adds to a reset time, and shortest pause after a rate-limit response.
const ROUNDING: Duration = Duration::from_secs(1);

/// Lowest limit of which one request is kept for a probe. Below it, the request is worth more than the second.
const LOWEST_PROBED_LIMIT: u32 = 50;

/// Requests in flight at most, and what each response adds again to a reduced number. No header contains the limit.
/// Source of the maximum: the lowest published limit, that of Integrator orgs. A token may use half of it by default.
const CONCURRENCY: f64 = 35.0;
const CONCURRENCY_STEP: f64 = 0.02;

/// Order in which waiting requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestPriority {
    /// Others depend on the response, or many pages follow that can only be read one after the other.
    High,
    Normal,
    Low,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    Send,
    WaitUntil(Instant),
    WaitForResponse,
}

#[derive(Debug, Default)]
struct Group {
    /// The last response's headers, with the lowest `remaining` of the window.
    window: Option<RateLimitHeaders>,
    in_flight: u32,
    /// Part of the limit that this credential cannot use: what remained when Okta returned 429.
    withheld: u32,
}

#[derive(Debug)]
struct State {
    share: RateShare,
    groups: [Group; EndpointGroup::COUNT],
    epoch: Instant,
    /// Lower bound of the server's clock at `epoch`, in UTC epoch seconds.
    server_time: f64,
    resets_late: bool,
    concurrency: f64,
    /// Sorted by priority, then by arrival.
    waiting: Vec<Waiter>,
    timer: Option<Instant>,
}

#[derive(Debug)]
struct Waiter {
    group: EndpointGroup,
    priority: RequestPriority,
    permit: oneshot::Sender<Permit>,
}

#[expect(clippy::cast_precision_loss, reason = "dates of this age of the world fit")]
impl State {
    /// Returns when the server's clock has reached the reset time for certain.
    fn reset_at(&self, window: &RateLimitHeaders) -> Instant {
        self.epoch + Duration::try_from_secs_f64(window.reset as f64 - self.server_time).unwrap_or_default()
    }

    /// Narrows the server's clock: it showed `date` at some time between sending and receiving.
    fn observe_date(&mut self, date: i64, sent: Instant, received: Instant) {
        let since_epoch = |at: Instant| at.saturating_duration_since(self.epoch).as_secs_f64();
        let (lowest, highest) = (date as f64 - since_epoch(received), date as f64 + 1.0 - since_epoch(sent));
        // A bound above the highest value means that one of the clocks drifted or was set.
        self.server_time = if self.server_time > highest { lowest } else { self.server_time.max(lowest) };
    }

    fn decide(&self, group: EndpointGroup, now: Instant) -> Decision {
        let is_current = |window: &RateLimitHeaders| now < self.reset_at(window);
        // The other group of the bucket most likely shares the counter, and may have seen its next window first.
        let (own, other) = (&self.groups[group.index()], &self.groups[group.index() ^ 1]);
        let is_likely = |window: &RateLimitHeaders| own.window.is_none_or(|own| own.limit == window.limit);
        let candidates = [own.window, other.window.filter(is_likely)].into_iter().flatten();
        let window = own.window.filter(is_current).or_else(|| candidates.max_by_key(|window| window.reset));
        let window = window.filter(|window| now < self.reset_at(window) + ROUNDING);
        let has_probe = own.in_flight > 0 || window.is_none() && other.in_flight > 0;
        if (own.window.is_none() || window.is_none()) && has_probe {
            return Decision::WaitForResponse;
        }
        let Some(window) = window else { return Decision::Send };
        let may_share = |other: &&Group| match &other.window {
            Some(other) if other.limit != window.limit => false,
            Some(other) => other.reset == window.reset || !is_current(other),
            None => true,
        };
        let (mut in_flight, mut remaining, mut withheld) = (0, window.remaining, own.withheld);
        for other in self.groups.iter().filter(may_share) {
            in_flight += other.in_flight;
            withheld = withheld.max(other.withheld);
            let same = other.window.filter(|other| other.reset == window.reset);
            remaining = same.map_or(remaining, |same| remaining.min(same.remaining));
        }
        let reset_at = self.reset_at(&window);
        let unused = window.limit - self.share.of(window.limit.saturating_sub(withheld)).min(window.limit);
        let left = remaining.saturating_sub(unused);
        let may_probe = !self.resets_late && left > 0;
        let kept = u32::from(!self.resets_late && window.limit >= LOWEST_PROBED_LIMIT);
        match now < reset_at {
            true if left.saturating_sub(kept) > in_flight => Decision::Send,
            true if may_probe => Decision::WaitUntil(reset_at),
            false if may_probe && in_flight == 0 => Decision::Send,
            _ => Decision::WaitUntil(reset_at + ROUNDING),
        }
    }

    fn record(&mut self, group: EndpointGroup, status: StatusCode, headers: &HeaderMap, sent: Instant, now: Instant) {
        let date = headers.get(DATE).and_then(|date| OffsetDateTime::parse(date.to_str().ok()?, &Rfc2822).ok());
        let Some(date) = date.map(OffsetDateTime::unix_timestamp) else { return };
        self.observe_date(date, sent, now);
        let (is_limited, headers) = (status == StatusCode::TOO_MANY_REQUESTS, RateLimitHeaders::read(headers));
        if is_limited && headers.is_some_and(|headers| headers.is_concurrency()) {
            // Okta returns one such response for each request above the limit.
            self.concurrency = (self.concurrency - 1.0).max(1.0);
            return;
        }
        self.concurrency = (self.concurrency + CONCURRENCY_STEP).min(CONCURRENCY);

        let known = self.groups[group.index()].window.map(|window| (window, self.reset_at(&window)));
        let own = &mut self.groups[group.index()];
        let Some(mut window) = headers else { return };
        window.reset = window.reset.min(date + LONGEST_WINDOW);
        if is_limited {
            own.withheld = own.withheld.max(std::mem::take(&mut window.remaining));
            window.reset = window.reset.max(date);
        }
        match known {
            Some((known, reset_at)) if (known.limit, known.reset) == (window.limit, window.reset) => {
                own.window = Some(RateLimitHeaders { remaining: known.remaining.min(window.remaining), ..window });
                self.resets_late |= sent >= reset_at;
            }
            // A late response of an earlier window.
            Some((known, reset_at)) if window.reset < known.reset && now < reset_at => {}
            _ => own.window = Some(window),
        }
    }

    fn in_flight(&self) -> u32 {
        self.groups.iter().map(|group| group.in_flight).sum()
    }

    /// Removes the requests that may be sent now from the list. Also returns when time alone allows the next one.
    fn grant(&mut self, now: Instant) -> (Vec<Waiter>, Option<Instant>) {
        let (mut wake_at, mut is_blocked) = (None::<Instant>, [false; EndpointGroup::COUNT]);
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|waiter| !waiter.permit.is_closed());
        let granted = waiting.extract_if(.., |waiter| {
            let index = waiter.group.index();
            if is_blocked[index] || f64::from(self.in_flight()) + 1.0 > self.concurrency {
                return false;
            }
            let decision = self.decide(waiter.group, now);
            if let Decision::WaitUntil(at) = decision {
                wake_at = Some(wake_at.map_or(at, |earliest| earliest.min(at)));
            }
            is_blocked[index] = decision != Decision::Send;
            self.groups[index].in_flight += u32::from(!is_blocked[index]);
            !is_blocked[index]
        });
        let granted = granted.collect();
        self.waiting = waiting;
        (granted, wake_at)
    }
}

/// A rate limiter. Clones share its state.
#[derive(Clone, Debug)]
pub(super) struct Limiter {
    state: Arc<Mutex<State>>,
    http: service_http::Client,
}

impl Limiter {
    /// Creates a limiter that takes its time from the clock of `http`.
    pub(super) fn new(share: RateShare, http: service_http::Client) -> Self {
        let (groups, resets_late, waiting, timer) = Default::default();
        let (epoch, server_time, concurrency) = (http.clock().monotonic(), f64::MIN, CONCURRENCY);
        let state = State { share, groups, epoch, server_time, resets_late, concurrency, waiting, timer };
        Self { state: Arc::new(Mutex::new(state)), http }
    }

    /// Waits for permission to send one request, which counts as sent when this returns. Cancel-safe.
    pub(super) async fn acquire(&self, group: EndpointGroup, priority: RequestPriority) -> Permit {
        let (permit, granted) = oneshot::channel();
        {
            let waiting = &mut self.state().waiting;
            let position = waiting.partition_point(|waiter| waiter.priority <= priority);
            waiting.insert(position, Waiter { group, priority, permit });
        }
        self.dispatch();
        // The sender is not dropped before the receiver: it stays in the list until it grants the permit.
        let Ok(mut permit) = granted.await else { std::future::pending().await };
        permit.sent = Some(self.http.clock().monotonic());
        permit
    }

    /// Returns the limit of a bucket.
    pub(super) fn quota(&self, bucket: Bucket) -> Quota {
        let groups = [false, true].map(|is_below_object| EndpointGroup { bucket, is_below_object }.index());
        let state = self.state();
        let limit = |group: &Group| group.window.map(|window| window.limit.saturating_sub(group.withheld));
        match groups.iter().filter_map(|index| limit(&state.groups[*index])).min() {
            Some(limit) => Quota { limit, is_reported: true },
            None => Quota { limit: bucket.default_limit(), is_reported: false },
        }
    }

    /// Grants all permits that are possible now, and sets a timer for those that only time makes possible.
    fn dispatch(&self) {
        let now = self.http.clock().monotonic();
        let (granted, wake_at) = {
            let mut state = self.state();
            let (granted, wake_at) = state.grant(now);
            let wake_at = wake_at.filter(|at| state.timer.is_none_or(|timer| timer <= now || *at < timer));
            state.timer = wake_at.or(state.timer);
            (granted, wake_at)
        };
        for Waiter { group, permit, .. } in granted {
            // If the waiter is gone, the permit is dropped here and returns its request.
            drop(permit.send(Permit { limiter: self.clone(), group, sent: None }));
        }
        if let (Some(at), Ok(runtime)) = (wake_at, Handle::try_current()) {
            let (state, http) = (Arc::downgrade(&self.state), self.http.clone());
            runtime.spawn(async move {
                http.clock().sleep(at.saturating_duration_since(now)).await;
                if let Some(limiter) = state.upgrade().map(|state| Self { state, http }) {
                    limiter.state().timer.take_if(|timer| *timer == at);
                    limiter.dispatch();
                }
            });
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        service_http::lock(&self.state)
    }
}

/// Permission to send one request. It counts as in flight until this is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    limiter: Limiter,
    group: EndpointGroup,
    /// `None` before sending and after the response.
    sent: Option<Instant>,
}

impl Permit {
    /// Records the head of the response.
    pub(super) fn record(&mut self, status: StatusCode, headers: &HeaderMap) {
        if let Some(sent) = self.sent.take() {
            let now = self.limiter.http.clock().monotonic();
            self.limiter.state().record(self.group, status, headers, sent, now);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        {
            let group = &mut self.limiter.state().groups[self.group.index()];
            group.in_flight = group.in_flight.saturating_sub(1);
            // Okta may have counted a request without a response.
            let lost = group.window.as_mut().filter(|_| self.sent.is_some());
            lost.into_iter().for_each(|window| window.remaining = window.remaining.saturating_sub(1));
        }
        self.limiter.dispatch();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use tokio::sync::Semaphore;
    use tokio::task::JoinSet;
    use tokio::time::{Instant, sleep, timeout};

    use super::*;

    /// An org's limits, in variants that Okta's documentation leaves open.
    #[derive(Clone, Copy, Debug)]
    struct Org {
        /// Percent.
        share: u8,
        /// Requests per window.
        apps: u32,
        groups: u32,
        window: u32,
        /// `false` if windows end within a second and the reset time is rounded down.
        ends_on_second: bool,
        has_one_counter: bool,
        has_app_user_counter: bool,
        /// Difference between the limit in the headers and the actual one.
        withheld: u32,
        concurrency: usize,
        latency: Duration,
        /// Fraction of a second that the server's clock shows at the start.
        fraction: f64,
    }

    const ORG: Org = Org {
        share: 100,
        apps: 50,
        groups: 250,
        window: 2,
        ends_on_second: true,
        has_one_counter: false,
        has_app_user_counter: false,
        withheld: 0,
        concurrency: 37,
        latency: Duration::from_millis(2),
        fraction: 0.3,
    };

    struct Server {
        org: Org,
        start: Instant,
        slots: Semaphore,
        /// End and use of the window of each counter.
        windows: Mutex<HashMap<&'static str, (f64, u32)>>,
        /// Number of 429 responses.
        limited: Mutex<u32>,
        /// Use of each past window of apps.
        used: Mutex<Vec<u32>>,
    }

    impl Server {
        fn respond(&self, path: &str, is_concurrency: bool) -> (StatusCode, HeaderMap) {
            let org = self.org;
            let now = 1_790_000_000.0 + org.fraction + self.start.elapsed().as_secs_f64();
            let (counter, limit) = match path.split('/').nth(3) {
                _ if org.has_one_counter => ("all", org.groups),
                Some("apps") if org.has_app_user_counter && path.ends_with("/users") => ("app users", org.groups),
                Some("apps") => ("apps", org.apps),
                _ => ("groups", org.groups),
            };
            let mut windows = self.windows.lock().unwrap();
            let (end, used) = windows.entry(counter).or_default();
            if *end <= now {
                self.used.lock().unwrap().extend((counter == "apps" && *used > 0).then_some(*used));
                let begin = if org.ends_on_second { now.floor() } else { now };
                (*end, *used) = (begin + f64::from(org.window), 0);
            }
            let is_limited = *used >= limit || is_concurrency;
            *used += u32::from(!is_limited);
            *self.limited.lock().unwrap() += u32::from(is_limited);
            let limit = limit + org.withheld;
            let (limit, remaining) = if is_concurrency { (0, 0) } else { (limit, limit - *used) };
            #[expect(clippy::cast_possible_truncation)]
            let (date, reset) = (OffsetDateTime::from_unix_timestamp(now as i64).unwrap(), *end as i64);
            let names = ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "date"];
            let date = date.format(&Rfc2822).unwrap().parse().unwrap();
            let values = [limit.into(), remaining.into(), reset.into(), date];
            let headers = names.into_iter().map(|name| name.parse().unwrap()).zip(values).collect();
            (if is_limited { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK }, headers)
        }

        async fn send(&self, limiter: &Limiter, path: &str) {
            let mut status = StatusCode::TOO_MANY_REQUESTS;
            while status != StatusCode::OK {
                let mut permit = limiter.acquire(EndpointGroup::of(path), RequestPriority::Normal).await;
                let slot = self.slots.try_acquire();
                sleep(self.org.latency / 2).await;
                let response = self.respond(path, slot.is_err());
                sleep(self.org.latency / 2).await;
                drop(slot);
                permit.record(response.0, &response.1);
                status = response.0;
            }
        }
    }

    fn in_virtual_time<T, F: Future<Output = T>>(org: Org, test: impl FnOnce(Arc<Server>, Limiter) -> F) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let ((windows, limited, used), slots) = (Default::default(), Semaphore::new(org.concurrency));
            let server = Server { org, start: Instant::now(), slots, windows, limited, used };
            test(
                Arc::new(server),
                Limiter::new(RateShare::percent(org.share).unwrap(), service_http::Client::new("test/1")),
            )
            .await
        })
    }

    /// Sends requests. Returns the number of 429 responses, the duration and the use of the windows of apps.
    fn send_all(org: Org, apps: u32, groups: u32) -> (u32, Duration, Vec<u32>) {
        in_virtual_time(org, async |server, limiter| {
            let mut tasks = JoinSet::new();
            for (path, count) in [("apps", apps / 2), ("apps/1/users", apps - apps / 2), ("groups/1/users", groups)] {
                for _ in 0..count {
                    let (server, limiter) = (Arc::clone(&server), limiter.clone());
                    tasks.spawn(async move { server.send(&limiter, &format!("/api/v1/{path}")).await });
                }
            }
            timeout(Duration::from_secs(86_400), tasks.join_all()).await.expect("all requests end");
            let (limited, used) = (*server.limited.lock().unwrap(), server.used.lock().unwrap().clone());
            (limited, server.start.elapsed(), used)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

        #[test]
        fn no_window_is_ever_exceeded_and_all_work_ends(
            (limits, window, latency) in ((2_u32..120, 10_u32..300), prop::sample::select(vec![2, 10, 60]), 1_u64..400),
            (ends_on_second, counters, fraction) in (any::<bool>(), 0..4, 0.0..1.0_f64),
            (apps, groups) in (1_u32..450, 1_u32..600),
        ) {
            let (has_one_counter, has_app_user_counter) = (counters == 0, counters == 1);
            let (org, latency) = (Org { apps: limits.0, groups: limits.1, ..ORG }, Duration::from_millis(latency));
            let org = Org { window, latency, ends_on_second, has_one_counter, has_app_user_counter, fraction, ..org };
            let (limited, took, _) = send_all(org, apps, groups);
            // A counter that the documentation shows as several is only known after the first responses.
            prop_assert!(limited <= if has_one_counter { 2 } else { 0 }, "{limited} {org:?}");
            let windows = |requests: u32, limit: u32| f64::from(requests.div_ceil(limit - 1));
            let (of_apps, of_groups) = (windows(apps, org.apps), windows(groups, org.groups));
            // Counters with the same limit whose windows begin together are treated as one.
            let is_one = has_one_counter || has_app_user_counter || org.apps == org.groups;
            let windows = if is_one { of_apps + windows(apps + groups, org.groups) } else { of_apps.max(of_groups) };
            let latency = latency.as_secs_f64() * (f64::from(apps + groups) / 10.0 + (windows + 2.0) * 4.0);
            let bound = windows * (f64::from(org.window) + 2.0) + latency + 1.0;
            prop_assert!(took.as_secs_f64() <= bound, "{took:?} > {bound} {org:?}");
        }
    }

    #[test]
    fn the_share_of_full_windows_is_used_to_95_percent_however_the_reset_time_is_rounded() {
        for (share, ends_on_second, windows, tolerance) in
            [(100, true, 60, 1.05), (100, false, 60, 1.5), (90, true, 67, 1.05), (90, false, 67, 1.5)]
        {
            let (limited, took, used) = send_all(Org { share, ends_on_second, ..ORG }, 3_000, 6_000);
            let usable = u32::from(share) / 2;
            assert!(limited == 0 && used.len() > 50, "{limited} {used:?}");
            assert!(used.iter().all(|used| (usable * 95 / 100..=usable).contains(used)), "{share} {used:?}");
            assert!(took <= Duration::from_secs(2 * windows).mul_f64(tolerance), "{took:?}");
        }
    }

    #[test]
    fn undocumented_limits_are_learned_from_429_responses() {
        let (limited, _, used) = send_all(Org { withheld: 50, ..ORG }, 1_000, 100);
        assert!((1..=35).contains(&limited) && used.iter().all(|used| *used >= 48), "{limited} {used:?}");
        let org = Org { concurrency: 5, apps: 10_000, groups: 10_000, latency: Duration::from_millis(100), ..ORG };
        let (limited, took, _) = send_all(org, 1_000, 1_000);
        assert!((1..200).contains(&limited) && took < Duration::from_secs(60), "{limited} {took:?}");
    }

    #[test]
    fn cancelled_requests_return_their_permits_and_waiting_ones_are_sent_by_priority() {
        in_virtual_time(Org { apps: 3, ..ORG }, async |server, limiter| {
            for round in 0..50 {
                let _ = timeout(Duration::from_millis(round % 7), server.send(&limiter, "/api/v1/apps")).await;
            }
            let wait = |priority| {
                timeout(Duration::from_secs(9), limiter.acquire(EndpointGroup::of("/api/v1/apps"), priority))
            };
            let (low, high) = tokio::join!(wait(RequestPriority::Low), wait(RequestPriority::High));
            assert!(low.is_err() && high.is_ok());
        });
    }
}
