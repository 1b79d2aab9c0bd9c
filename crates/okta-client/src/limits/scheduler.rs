//! Whose request goes out next.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, oneshot};

use service_http::header::HeaderMap;

use super::RateShare;
use super::buckets::{Buckets, Decision, Heard, Quota, Sent};
use super::concurrency::Concurrency;
use super::family::{Bucket, Family};
use super::told::{self, Told};

/// One user of an org among several: single requests together, and each crawl for itself. Lanes take turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane(u64);

impl Lane {
    /// Requests that belong to no crawl.
    pub const SINGLE: Self = Self(0);
}

/// A moment that comes closer by less than this is not worth waking anybody for.
const NOTEWORTHY: Duration = Duration::from_millis(5);

/// Which of a lane's own requests goes first when there is room for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Others can only be made when its answer is there.
    First,
    /// The next page of a walk that has been long: its pages come one after the other, and may end last of all.
    Long,
    /// The next page of a walk.
    Soon,
    /// Any time.
    Whenever,
}

/// Why a request was refused for a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its bucket is used up. The next permit comes when there is room again.
    Rate,
    /// Too many at once: to be sent again after a pause.
    Concurrency,
}

/// Decides for one org and one token what is sent when.
pub struct Scheduler {
    state: Mutex<State>,
    /// Tells one of those who wait that nobody keeps the time.
    vacancy: Notify,
    /// Tells who keeps the time that there is a new moment to wait for.
    alarm: Arc<Notify>,
    http: service_http::Client,
}

struct State {
    buckets: Buckets,
    concurrency: Concurrency,
    /// Lanes with requests that wait, in the order of their turns.
    lanes: VecDeque<(Lane, Vec<Waiter>)>,
    /// Which of those who wait dispatches when the time has come.
    keeper: Option<u64>,
    /// When somebody's request may go out, if that takes only time.
    alarm: Option<Instant>,
    news: Arc<Notify>,
    /// Requests that each lane was allowed.
    sent: HashMap<u64, u64>,
    next: u64,
}

struct Waiter {
    id: u64,
    family: Family,
    urgency: Urgency,
    grant: oneshot::Sender<Sent>,
}

impl std::fmt::Debug for Scheduler {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Scheduler")
    }
}

impl Scheduler {
    pub fn new(share: RateShare, most_at_once: u32, http: service_http::Client) -> Self {
        let buckets = Buckets::new(share, http.clock().monotonic());
        let alarm = Arc::<Notify>::default();
        let state = State {
            buckets,
            concurrency: Concurrency::new(most_at_once),
            lanes: VecDeque::new(),
            keeper: None,
            alarm: None,
            news: Arc::clone(&alarm),
            sent: HashMap::new(),
            next: 1,
        };
        Self { state: Mutex::new(state), vacancy: Notify::new(), alarm, http }
    }

    /// A lane of one's own.
    pub fn lane(&self) -> Lane {
        let mut state = self.state();
        state.next += 1;
        Lane(state.next)
    }

    /// How many requests a lane has sent.
    pub fn sent_by(&self, lane: Lane) -> u64 {
        self.state().sent.get(&lane.0).copied().unwrap_or_default()
    }

    /// What is known of a bucket.
    pub fn quota(&self, bucket: Bucket) -> Quota {
        self.state().buckets.quota(bucket)
    }

    /// Waits until one request may go out. Whoever gives up waiting leaves no trace.
    pub async fn permit(self: &Arc<Self>, lane: Lane, family: Family, urgency: Urgency) -> Permit {
        let mut waiting = Waiting::join(self, lane, family, urgency);
        loop {
            let mut vacancy = pin!(self.vacancy.notified());
            // From here on no news is missed.
            vacancy.as_mut().enable();
            let now = self.now();
            let alarm = {
                let mut state = self.state();
                state.dispatch(now);
                let keeper = *state.keeper.get_or_insert(waiting.id);
                (keeper == waiting.id).then_some(state.alarm)
            };
            if let Some(permit) = waiting.granted() {
                return permit;
            }
            let turn = async {
                match alarm {
                    // Somebody else keeps the time.
                    None => vacancy.await,
                    // Whoever ends a request dispatches those who wait, and says when there is a moment to wait for.
                    Some(None) => self.alarm.notified().await,
                    Some(Some(moment)) => {
                        // A little more than nothing, so that a moment that is just over cannot make this spin.
                        let pause = moment.saturating_duration_since(now).max(Duration::from_millis(1));
                        tokio::select! {
                            () = self.alarm.notified() => {}
                            () = self.http.clock().sleep(pause) => {}
                        }
                    }
                }
            };
            tokio::select! {
                biased;
                permit = waiting.grant() => return permit,
                () = turn => {}
            }
        }
    }

    fn now(&self) -> Instant {
        self.http.clock().monotonic()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives out as many permits as there may be, lane by lane.
    fn dispatch(&mut self, now: Instant) {
        // What was decided for each family since the last grant.
        let mut open: [Option<bool>; Family::ALL.len()] = [None; Family::ALL.len()];
        let mut idle = 0;
        while idle < self.lanes.len() && self.concurrency.has_room() {
            let Some((lane, mut waiters)) = self.lanes.pop_front() else { break };
            let ready = waiters.iter().enumerate().filter(|(_, waiter)| {
                *open[waiter.family as usize]
                    .get_or_insert_with(|| self.buckets.decide(waiter.family, now) == Decision::Send)
            });
            match ready.min_by_key(|(place, waiter)| (waiter.urgency, *place)).map(|(place, _)| place) {
                None => idle += 1,
                Some(place) => {
                    idle = 0;
                    open = [None; Family::ALL.len()];
                    let waiter = waiters.remove(place);
                    let sent = self.buckets.send(waiter.family, now);
                    self.concurrency.send();
                    *self.sent.entry(lane.0).or_default() += 1;
                    if let Err(sent) = waiter.grant.send(sent) {
                        self.buckets.take_back(&sent);
                        self.concurrency.land();
                    }
                }
            }
            if !waiters.is_empty() {
                self.lanes.push_back((lane, waiters));
            }
        }
        self.set_alarm(now);
    }

    /// Finds the next moment at which time alone lets a request out.
    fn set_alarm(&mut self, now: Instant) {
        let mut waited_for = [false; Family::ALL.len()];
        self.lanes.iter().flat_map(|(_, waiters)| waiters).for_each(|waiter| waited_for[waiter.family as usize] = true);
        let moments = Family::ALL.into_iter().filter(|family| waited_for[*family as usize]).filter_map(|family| {
            match self.buckets.decide(family, now) {
                Decision::At(moment) => Some(moment),
                Decision::Send | Decision::AfterAnswer => None,
            }
        });
        let alarm = moments.min();
        let is_news = match (self.alarm, alarm) {
            (None, Some(_)) => true,
            (Some(before), Some(after)) => before <= now || after + NOTEWORTHY < before,
            (_, None) => false,
        };
        self.alarm = alarm;
        if is_news {
            self.news.notify_one();
        }
    }

    fn leave(&mut self, id: u64) {
        for (_, waiters) in &mut self.lanes {
            waiters.retain(|waiter| waiter.id != id);
        }
        self.lanes.retain(|(_, waiters)| !waiters.is_empty());
        self.keeper = self.keeper.filter(|keeper| *keeper != id);
    }
}

/// A place in the queue, which is left when this is dropped.
struct Waiting<'s> {
    scheduler: &'s Arc<Scheduler>,
    id: u64,
    grant: oneshot::Receiver<Sent>,
}

impl<'s> Waiting<'s> {
    fn join(scheduler: &'s Arc<Scheduler>, lane: Lane, family: Family, urgency: Urgency) -> Self {
        let (sender, grant) = oneshot::channel();
        let mut state = scheduler.state();
        state.next += 1;
        let id = state.next;
        let waiter = Waiter { id, family, urgency, grant: sender };
        match state.lanes.iter_mut().find(|(known, _)| *known == lane) {
            Some((_, waiters)) => waiters.push(waiter),
            None => state.lanes.push_back((lane, vec![waiter])),
        }
        drop(state);
        Self { scheduler, id, grant }
    }

    fn granted(&mut self) -> Option<Permit> {
        self.grant.try_recv().ok().map(|sent| self.permit(sent))
    }

    async fn grant(&mut self) -> Permit {
        match (&mut self.grant).await {
            Ok(sent) => self.permit(sent),
            // The sender lives in the queue until it sends or this leaves.
            Err(_) => std::future::pending().await,
        }
    }

    fn permit(&self, sent: Sent) -> Permit {
        Permit { scheduler: Arc::clone(self.scheduler), stage: Stage::Unsent(sent) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let is_vacant = {
            let mut state = self.scheduler.state();
            state.leave(self.id);
            state.keeper.is_none()
        };
        if is_vacant {
            self.scheduler.vacancy.notify_one();
        }
        // Granted in the moment in which the wait was given up: the permit's own end gives it back.
        self.grant.close();
        drop(self.granted());
    }
}

/// Leave to send one request. Dropping it makes room for the next.
pub struct Permit {
    scheduler: Arc<Scheduler>,
    stage: Stage,
}

enum Stage {
    Unsent(Sent),
    Sent(Sent),
    Heard,
}

impl Permit {
    /// To be said right before sending.
    pub fn sending(&mut self) {
        self.stage = match std::mem::replace(&mut self.stage, Stage::Heard) {
            Stage::Unsent(sent) | Stage::Sent(sent) => Stage::Sent(sent),
            Stage::Heard => Stage::Heard,
        };
    }

    /// To be said when the head of the answer is there. Tells whether, and why, a limit refused the request.
    pub fn heard(&mut self, status: service_http::StatusCode, headers: &HeaderMap) -> Option<Refusal> {
        let (Stage::Unsent(sent) | Stage::Sent(sent)) = std::mem::replace(&mut self.stage, Stage::Heard) else {
            return None;
        };
        let refused = status == service_http::StatusCode::TOO_MANY_REQUESTS;
        let told = Told::read(headers, refused);
        let now = self.scheduler.now();
        let mut state = self.scheduler.state();
        let at_once = refused && told.is_some_and(|told| told.is_concurrency());
        // What a refusal for concurrency tells of the bucket is nothing: its figures are no figures.
        let heard =
            Heard { told: told.filter(|_| !at_once), date: told::date(headers), refused: refused && !at_once, at: now };
        if at_once {
            state.concurrency.refused(sent.at(), now);
            state.buckets.lose(&sent);
            return Some(Refusal::Concurrency);
        }
        state.concurrency.accepted();
        state.buckets.hear(&sent, heard);
        state.dispatch(now);
        refused.then_some(Refusal::Rate)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = self.scheduler.now();
        let mut state = self.scheduler.state();
        match &self.stage {
            Stage::Unsent(sent) => state.buckets.take_back(sent),
            Stage::Sent(sent) => state.buckets.lose(sent),
            Stage::Heard => {}
        }
        state.concurrency.land();
        state.dispatch(now);
    }
}
