//! The scheduler against a model of Okta's windows, in virtual time: it never exceeds them, never stands still while
//! there is room, and always ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::family::Family;
use super::scheduler::{Lane, Refusal, Scheduler, Urgency};
use super::{Bucket, RateShare};
use service_http::StatusCode;
use service_http::header::{DATE, HeaderMap};

/// How the model rounds and groups.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// Requests in a window, by bucket; others have 1,000.
    apps: u32,
    groups: u32,
    /// Length of a window in seconds.
    window: u32,
    /// Whether a window ends with the second that its reset names, or a fraction later.
    ends_as_told: bool,
    /// Whether everything is counted in one bucket, unlike the published table.
    one_bucket: bool,
    /// Whether `/apps/{id}/users` has a bucket of its own, unlike the published table.
    app_users_apart: bool,
    latency: Duration,
    /// Fraction of a second that the server's clock is ahead.
    ahead: f64,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    ends: f64,
    reset: i64,
    used: u32,
}

/// An org that counts.
struct Model {
    rules: Rules,
    start: Instant,
    windows: Mutex<HashMap<&'static str, Window>>,
    refusals: Mutex<u32>,
    /// Used of each closed window of the apps bucket.
    closed: Mutex<Vec<u32>>,
}

impl Model {
    fn new(rules: Rules) -> Arc<Self> {
        let (windows, refusals, closed) = Default::default();
        Arc::new(Self { rules, start: Instant::now(), windows, refusals, closed })
    }

    fn bucket(&self, family: Family) -> (&'static str, u32) {
        let Rules { apps, groups, one_bucket, app_users_apart, .. } = self.rules;
        match (family.presumed_bucket(), family) {
            _ if one_bucket => ("all", groups),
            (_, Family::AppUsers) if app_users_apart => ("app users", groups),
            (Bucket::Apps, _) => ("apps", apps),
            (Bucket::Groups, _) => ("groups", groups),
            _ => ("rest", 1_000),
        }
    }

    /// Counts one request and answers it.
    fn answer(&self, family: Family) -> (StatusCode, HeaderMap) {
        let (bucket, limit) = self.bucket(family);
        let now = 1_790_000_000.0 + self.rules.ahead + self.start.elapsed().as_secs_f64();
        let mut windows = self.windows.lock().unwrap();
        #[expect(clippy::cast_possible_truncation)]
        let opened = |used| {
            let length = f64::from(self.rules.window);
            let ends = if self.rules.ends_as_told { now.floor() + length } else { now + length };
            Window { ends, reset: ends.floor() as i64, used }
        };
        let window = windows.entry(bucket).or_insert_with(|| opened(0));
        if window.ends <= now {
            if bucket == "apps" {
                self.closed.lock().unwrap().push(window.used);
            }
            *window = opened(0);
        }
        let refused = window.used >= limit;
        if !refused {
            window.used += 1;
        }
        let mut headers = HeaderMap::new();
        headers.insert("x-rate-limit-limit", limit.into());
        headers.insert("x-rate-limit-remaining", (limit - window.used).into());
        headers.insert("x-rate-limit-reset", window.reset.into());
        #[expect(clippy::cast_possible_truncation)]
        let date = time::OffsetDateTime::from_unix_timestamp(now as i64).unwrap();
        let date = date.format(&time::format_description::well_known::Rfc2822).unwrap();
        headers.insert(DATE, date.parse().unwrap());
        (if refused { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK }, headers)
    }
}

/// Sends one request of a family until it is not refused, and counts the refusals.
async fn ask(scheduler: &Arc<Scheduler>, model: &Model, lane: Lane, family: Family) {
    loop {
        let mut permit = scheduler.permit(lane, family, Urgency::Whenever).await;
        permit.sending();
        sleep(model.rules.latency / 2).await;
        let (status, headers) = model.answer(family);
        sleep(model.rules.latency / 2).await;
        match permit.heard(status, &headers) {
            None => return,
            Some(Refusal::Rate) => *model.refusals.lock().unwrap() += 1,
            Some(Refusal::Concurrency) => unreachable!("the model has no such limit"),
        }
    }
}

struct Outcome {
    refusals: u32,
    took: Duration,
    closed: Vec<u32>,
    /// Requests of the other client, and how many of them were refused.
    foreign: (u32, u32),
}

/// `lanes` crawls ask `apps` and `groups` requests each, in virtual time.
async fn crawl(rules: Rules, lanes: u32, apps: u32, groups: u32, foreign: Option<Duration>) -> Outcome {
    let model = Model::new(rules);
    let scheduler = Arc::new(Scheduler::new(RateShare::percent(100).unwrap(), 35, service_http::Client::new()));
    let of_others = Arc::new(Mutex::new((0, 0)));
    let others = foreign.map(|pause| {
        let (model, counts) = (Arc::clone(&model), Arc::clone(&of_others));
        tokio::spawn(async move {
            loop {
                sleep(pause).await;
                let (status, _) = model.answer(Family::Apps);
                let mut counts = counts.lock().unwrap();
                counts.0 += 1;
                counts.1 += u32::from(status == StatusCode::TOO_MANY_REQUESTS);
            }
        })
    });
    let mut tasks = JoinSet::new();
    for _ in 0..lanes {
        let lane = scheduler.lane();
        let work = [(Family::Apps, apps / 2), (Family::AppUsers, apps - apps / 2), (Family::GroupUsers, groups)];
        for (family, times) in work {
            for _ in 0..times {
                let (scheduler, model) = (Arc::clone(&scheduler), Arc::clone(&model));
                tasks.spawn(async move { ask(&scheduler, &model, lane, family).await });
            }
        }
    }
    // A day of nothing would be a deadlock, and the virtual clock gets there at once.
    let all = async { while tasks.join_next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(86_400), all).await.expect("everything is answered in the end");
    if let Some(others) = others {
        others.abort();
    }
    let (refusals, closed) = (*model.refusals.lock().unwrap(), model.closed.lock().unwrap().clone());
    let foreign = *of_others.lock().unwrap();
    Outcome { refusals, took: model.start.elapsed(), closed, foreign }
}

fn in_virtual_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work)
}

fn rules() -> impl Strategy<Value = Rules> {
    let figures = (2_u32..120, 10_u32..300, prop::sample::select(vec![2_u32, 10, 60]), 1_u64..400, 0.0..1.0_f64);
    (figures, any::<bool>(), 0..4_u32).prop_map(|((apps, groups, window, latency, ahead), ends_as_told, grouping)| {
        Rules {
            apps,
            groups,
            window,
            ends_as_told,
            one_bucket: grouping == 0,
            app_users_apart: grouping == 1,
            latency: Duration::from_millis(latency),
            ahead,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn no_window_is_ever_exceeded_and_all_work_ends(
        rules in rules(), lanes in 1_u32..4, apps in 1_u32..150, groups in 1_u32..200,
    ) {
        let Outcome { refusals, took, .. } = in_virtual_time(crawl(rules, lanes, apps, groups, None));
        // Where the table is wrong about a bucket, the first answers of each family tell; until they have come, a
        // bucket smaller than the requests sent meanwhile may refuse some of them.
        prop_assert!(refusals <= if rules.one_bucket { 2 } else { 0 }, "{refusals} refusals, {rules:?}");
        // Each window used up, and each up to two seconds longer than it is for not knowing how it was rounded.
        let window = f64::from(rules.window) + 2.0;
        let windows = |requests: u32, limit: u32| f64::from((lanes * requests).div_ceil(limit.saturating_sub(1).max(1)));
        // Buckets with the same limit may look like one all the time, when their windows begin together.
        let floor = match rules {
            Rules { one_bucket: true, .. } => windows(apps + groups, rules.groups),
            _ if rules.apps == rules.groups => windows(apps + groups, rules.groups),
            Rules { app_users_apart: true, .. } => {
                windows(apps, rules.apps.min(rules.groups)).max(windows(apps + groups, rules.groups))
            }
            _ => windows(apps, rules.apps).max(windows(groups, rules.groups)),
        };
        // What concurrency and one scout per window cost besides.
        let latency = rules.latency.as_secs_f64();
        let rest = f64::from(lanes * (apps + groups)) * latency / 10.0 + (floor + 2.0) * 4.0 * latency;
        prop_assert!(took.as_secs_f64() <= floor * window + rest + 1.0, "{took:?} {rules:?}");
    }
}

const WORKFORCE_SCALED: Rules = Rules {
    apps: 50,
    groups: 250,
    window: 2,
    ends_as_told: true,
    one_bucket: false,
    app_users_apart: false,
    latency: Duration::from_millis(2),
    ahead: 0.3,
};

#[test]
fn a_window_that_ended_as_told_proves_nothing_about_the_others() {
    // The apps' windows happen to end just after a full second, those of their users do not.
    let just_after = Rules {
        apps: 2,
        groups: 66,
        window: 60,
        ends_as_told: false,
        app_users_apart: true,
        latency: Duration::from_millis(19),
        ahead: 0.0,
        ..WORKFORCE_SCALED
    };
    for _ in 0..20 {
        assert_eq!(in_virtual_time(crawl(just_after, 2, 8, 98, None)).refusals, 0);
    }
}

#[test]
fn every_full_window_of_the_scarcest_bucket_is_used_to_95_percent() {
    for ends_as_told in [true, false] {
        let rules = Rules { ends_as_told, ..WORKFORCE_SCALED };
        let outcome = in_virtual_time(crawl(rules, 1, 3_000, 6_000, None));
        assert_eq!(outcome.refusals, 0);
        assert!(outcome.closed.iter().all(|used| *used >= 48), "{:?}", outcome.closed);
        let floor = Duration::from_secs(2 * 59);
        let most = if ends_as_told { floor.mul_f64(1.05) } else { floor.mul_f64(1.5) };
        assert!(outcome.took <= most, "{:?} ends_as_told={ends_as_told}", outcome.took);
    }
}

#[test]
fn a_second_client_of_the_same_token_is_left_its_share_once_it_was_seen() {
    // 15 of 50 requests in every window of 2 s.
    let foreign = Some(Duration::from_millis(133));
    let outcome = in_virtual_time(crawl(WORKFORCE_SCALED, 1, 2_100, 100, foreign));
    assert_eq!(outcome.refusals, 0);
    let full = &outcome.closed[1..];
    let (of_others, refused) = outcome.foreign;
    assert!(refused <= 15 && of_others > 800, "only until it has been seen: {refused} of {of_others}");
    assert!(full.iter().all(|used| *used >= 47), "{full:?}");
    assert!(outcome.took <= Duration::from_secs(2 * 60).mul_f64(1.05), "{:?}", outcome.took);
}

#[test]
fn crawls_of_one_org_advance_together() {
    let outcome = in_virtual_time(async {
        let model = Model::new(Rules { apps: 20, ..WORKFORCE_SCALED });
        let scheduler = Arc::new(Scheduler::new(RateShare::percent(100).unwrap(), 35, service_http::Client::new()));
        let done = Arc::new(Mutex::new([0_u32; 2]));
        let mut tasks = JoinSet::new();
        for crawl in 0..2 {
            let lane = scheduler.lane();
            // The first one has ten times as many requests waiting.
            for _ in 0..[400, 40][crawl] {
                let (scheduler, model, done) = (Arc::clone(&scheduler), Arc::clone(&model), Arc::clone(&done));
                tasks.spawn(async move {
                    ask(&scheduler, &model, lane, Family::Apps).await;
                    done.lock().unwrap()[crawl] += 1;
                });
            }
        }
        while done.lock().unwrap()[1] < 40 {
            tasks.join_next().await.unwrap().unwrap();
        }
        let done = done.lock().unwrap();
        *done
    });
    assert!((38..=60).contains(&outcome[0]), "{outcome:?}");
}

#[test]
fn giving_up_waiting_leaves_room_for_the_others() {
    in_virtual_time(async {
        let model = Model::new(Rules { apps: 3, ..WORKFORCE_SCALED });
        let scheduler = Arc::new(Scheduler::new(RateShare::percent(100).unwrap(), 2, service_http::Client::new()));
        for round in 0..50_u64 {
            let (scheduler, model) = (Arc::clone(&scheduler), Arc::clone(&model));
            let asking = async move { ask(&scheduler, &model, Lane::SINGLE, Family::Apps).await };
            let _ = tokio::time::timeout(Duration::from_millis(round % 7), asking).await;
        }
        let asking = ask(&scheduler, &model, Lane::SINGLE, Family::Apps);
        tokio::time::timeout(Duration::from_secs(60), asking).await.expect("there is room again");
    });
}
