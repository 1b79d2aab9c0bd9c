//! What may be sent now: Okta's counters as its answers tell of them.
//!
//! The table in [`super::family`] is where counting starts. From then on headers decide. A family whose answers tell of
//! another window than its counter has gets a counter of its own; counters whose windows have the same limit and the
//! same end become one, until a family shows more left than its counter allows.
//!
//! A window's end is told in whole seconds and not how it was rounded. So the last request of a window is kept back and
//! sent as soon as the server's clock shows the end: it opens the next window, or it still counts in the old one and a
//! second is added from then on. Either way it is accepted. That a window ended when it was told to proves nothing about
//! the next one: a window that begins just after a full second ends just after one, however it is rounded.
//!
//! Other clients of the same token are seen in what is left beyond our own requests. What they used in the last window
//! is left to them in this one, in proportion to the time that is left of it. So that they can be seen, and get a turn
//! at all, a crawl that uses up one window after the other spends only a part of the next ones at once.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::RateShare;
use super::family::{Bucket, Family};
use super::server_clock::ServerClock;
use super::told::Told;

/// Length of a window until one was seen whole, and the longest that is believed.
///
/// Source: Okta developer docs, "Rate limits": most counters reset every 60 seconds.
const WINDOW: Duration = Duration::from_secs(60);

/// Requests in flight into a window of which nothing is known yet but that it has begun.
const FIRST_BURST: u32 = 10;

/// How long a bucket rests after a refusal that does not tell until when.
const UNTOLD_REST: Duration = Duration::from_secs(5);

/// How long a bucket rests after a refusal for a window that should be over.
const STRANGE_REST: Duration = Duration::from_secs(1);

/// How much more than in the last window is left to others, so that they come to what they want: as a factor, and in
/// requests besides.
const FOREIGN_GROWTH: (f64, f64) = (1.2, 2.0);

/// The part of a window that is given out in step with its time, once the window before was used up.
const SPREAD: f64 = 0.3;

/// Whether a request may go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Now.
    Send,
    /// Not before this moment; an answer may change that.
    At(Instant),
    /// When an answer to what is in flight has come.
    AfterAnswer,
}

/// A request that went out and has not been answered.
#[derive(Debug)]
pub(crate) struct Sent {
    family: Family,
    at: Instant,
    /// The end of its counter's window, and what answers had told to be left.
    had_left: Option<(i64, u32)>,
}

impl Sent {
    pub(crate) fn at(&self) -> Instant {
        self.at
    }
}

/// What the head of an answer told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    pub(crate) told: Option<Told>,
    /// The server's date.
    pub(crate) date: Option<i64>,
    /// Whether it was refused for a rate limit.
    pub(crate) refused: bool,
    pub(crate) at: Instant,
}

/// How much of a bucket there is, for estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests in a window, as Okta tells, or as its documentation does where it has not told yet.
    pub limit: u32,
    /// Whether Okta told.
    pub is_told: bool,
}

/// One counter, as far as is known.
#[derive(Debug, Default)]
struct Cell {
    window: Option<Window>,
    /// The longest window seen.
    length: Option<Duration>,
    /// Answers of this counter come without headers: nothing but concurrency limits it.
    is_silent: bool,
    /// Most that the token may send in a window, where that is less than the limit which is told.
    ceiling: Option<u32>,
    /// What others used in the last window.
    foreign_before: Option<f64>,
    /// Whether the last window was used up.
    was_used_up: bool,
    /// Rests until then after a refusal that told nothing.
    rests_until: Option<Instant>,
}

#[derive(Debug)]
struct Window {
    limit: u32,
    /// The least that answers told.
    told: u32,
    /// Ours that nobody answered, which may have been counted.
    lost: u32,
    is_used_up: bool,
    reset: i64,
    /// When it is over at the latest, should the reset be absurd.
    over_by: Instant,
    /// Our requests that were answered in it.
    ours: u32,
    /// What others have used of it, at least.
    foreign: u32,
    /// The families that told of it, as bits.
    heard_of: u32,
    heard_at: Instant,
}

/// All counters of one org for one token.
#[derive(Debug)]
pub(crate) struct Buckets {
    share: RateShare,
    clock: ServerClock,
    /// Whether a window was seen to end later than the second that was told.
    ends_later: bool,
    cells: Vec<Cell>,
    cell_of: [usize; Family::ALL.len()],
    in_flight: [u32; Family::ALL.len()],
    /// The families that were ever answered, as bits.
    known: u32,
    /// Families that were seen not to share a counter.
    apart: HashSet<(Family, Family)>,
}

impl Cell {
    fn length(&self) -> Duration {
        self.length.unwrap_or(WINDOW)
    }
}

impl Window {
    fn remaining(&self) -> u32 {
        if self.is_used_up { 0 } else { self.told.saturating_sub(self.lost) }
    }
}

fn bit(family: Family) -> u32 {
    1 << (family as u32)
}

impl Buckets {
    pub(crate) fn new(share: RateShare, now: Instant) -> Self {
        Self {
            share,
            clock: ServerClock::new(now),
            ends_later: false,
            cells: Bucket::ALL.iter().map(|_| Cell::default()).collect(),
            cell_of: Family::ALL.map(|family| family.presumed_bucket() as usize),
            in_flight: [0; Family::ALL.len()],
            known: 0,
            apart: HashSet::new(),
        }
    }

    /// What is known of a bucket.
    pub(crate) fn quota(&self, bucket: Bucket) -> Quota {
        let families = Family::ALL.iter().filter(|family| family.presumed_bucket() == bucket);
        let told = families.filter_map(|family| {
            let cell = &self.cells[self.cell_of[*family as usize]];
            let limit = cell.window.as_ref()?.limit;
            Some(cell.ceiling.map_or(limit, |ceiling| ceiling.min(limit)))
        });
        match told.min() {
            Some(limit) => Quota { limit, is_told: true },
            None => Quota { limit: bucket.default_limit(), is_told: false },
        }
    }

    /// Whether a request may go out now.
    pub(crate) fn decide(&self, family: Family, now: Instant) -> Decision {
        let index = self.cell_of[family as usize];
        let cell = &self.cells[index];
        if let Some(until) = cell.rests_until.filter(|until| *until > now) {
            return Decision::At(until);
        }
        // The first one of a family scouts for the others.
        if self.known & bit(family) == 0 && self.in_flight[family as usize] > 0 {
            return Decision::AfterAnswer;
        }
        if cell.is_silent {
            return Decision::Send;
        }
        let in_flight = self.in_flight_into(index);
        let Some(window) = &cell.window else {
            return if in_flight == 0 { Decision::Send } else { Decision::AfterAnswer };
        };
        let told_end = self.end(window, 0.0);
        let sure_end = self.end(window, 1.0);
        if now >= sure_end {
            let burst = (self.usable(cell, window.limit) / 4).clamp(1, FIRST_BURST);
            return if in_flight < burst { Decision::Send } else { Decision::AfterAnswer };
        }
        if now >= told_end {
            // Scouts for the end of the window with a request that the old one still has room for. A family of which
            // nothing is known may have another window, which tells nothing of this one.
            let is_known = self.known & bit(family) != 0;
            let may_scout = is_known && !self.ends_later && window.remaining() > 0 && in_flight == 0;
            return if may_scout { Decision::Send } else { Decision::At(sure_end) };
        }
        let headroom = window.limit - self.share.of(window.limit);
        let ours = window.remaining().saturating_sub(headroom).min(self.left_of_ceiling(cell, window));
        let reserved =
            self.kept_back(cell, window) + self.left_to_others(cell, window, now).max(self.spread(cell, window, now));
        let unseen = self.unseen(cell, window, now);
        if ours.saturating_sub(reserved) > in_flight && window.remaining().saturating_sub(unseen) > in_flight {
            return Decision::Send;
        }
        if in_flight > 0 {
            return Decision::AfterAnswer;
        }
        let end = if self.ends_later { sure_end } else { told_end };
        Decision::At(self.next_release(cell, window, now).map_or(end, |release| release.min(end)))
    }

    /// Notes that a request goes out.
    pub(crate) fn send(&mut self, family: Family, now: Instant) -> Sent {
        self.in_flight[family as usize] += 1;
        let window = self.cells[self.cell_of[family as usize]].window.as_ref();
        Sent { family, at: now, had_left: window.map(|window| (window.reset, window.told)) }
    }

    /// Notes that a request was never sent.
    pub(crate) fn take_back(&mut self, sent: &Sent) {
        self.land(sent.family);
    }

    /// Notes that no answer will come. Okta may have counted the request, so it is taken as counted.
    pub(crate) fn lose(&mut self, sent: &Sent) {
        self.land(sent.family);
        if let Some(window) = &mut self.cells[self.cell_of[sent.family as usize]].window {
            window.lost += 1;
        }
    }

    /// Takes in the head of an answer.
    pub(crate) fn hear(&mut self, sent: &Sent, heard: Heard) {
        self.land(sent.family);
        let is_first = self.known & bit(sent.family) == 0;
        self.known |= bit(sent.family);
        if let Some(date) = heard.date {
            self.clock.observe(date, sent.at, heard.at);
        }
        let index = self.cell_of[sent.family as usize];
        let Some(told) = heard.told else {
            let cell = &mut self.cells[index];
            if heard.refused {
                cell.rests_until = Some(heard.at + UNTOLD_REST);
            } else if cell.window.is_none() {
                cell.is_silent = true;
            }
            return;
        };
        self.cells[index].is_silent = false;
        let index = self.settle(sent, told, is_first, heard.at);
        self.count(index, sent, told, heard);
    }

    fn land(&mut self, family: Family) {
        let in_flight = &mut self.in_flight[family as usize];
        *in_flight = in_flight.saturating_sub(1);
    }

    /// The counter that an answer speaks of, after counters were split, merged and opened as it demands.
    fn settle(&mut self, sent: &Sent, told: Told, is_first: bool, now: Instant) -> usize {
        let index = self.cell_of[sent.family as usize];
        let Some(window) = &self.cells[index].window else {
            self.open(index, told, now);
            return self.merge(index);
        };
        let others = window.heard_of & !bit(sent.family);
        let is_another = is_first && told.limit != window.limit || self.shows_another_counter(window, sent, told, now);
        if others != 0 && is_another {
            let own = self.split(index, sent.family, others);
            self.open(own, told, now);
            return own;
        }
        if told.reset > window.reset
            || told.limit != window.limit
            || self.is_live(told.reset, now) && told.reset != window.reset
        {
            self.open(index, told, now);
            return self.merge(index);
        }
        index
    }

    /// Whether an answer cannot be about the window that other families told of.
    fn shows_another_counter(&self, window: &Window, sent: &Sent, told: Told, now: Instant) -> bool {
        if told.reset != window.reset {
            // Of one counter there is only one window at a time.
            return self.is_live(told.reset.min(window.reset), now);
        }
        // What is left of one counter never grows, and this request took one.
        told.limit != window.limit
            || sent.had_left.is_some_and(|(reset, left)| reset == told.reset && told.remaining >= left)
    }

    /// Whether a window with this end is surely not over.
    fn is_live(&self, reset: i64, now: Instant) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "dates of this age of the world fit")]
        self.clock.at_most(now).is_some_and(|at_most| at_most < reset as f64)
    }

    /// Gives a family a counter of its own.
    fn split(&mut self, index: usize, family: Family, others: u32) -> usize {
        let length = self.cells[index].length;
        let fresh = Cell { length, ..Cell::default() };
        let free = (0..self.cells.len()).find(|cell| !self.cell_of.contains(cell));
        let own = free.unwrap_or(self.cells.len());
        if own == self.cells.len() {
            self.cells.push(fresh)
        } else {
            self.cells[own] = fresh
        }
        self.cell_of[family as usize] = own;
        for other in Family::ALL.into_iter().filter(|other| others & bit(*other) != 0) {
            self.apart.insert((family.min(other), family.max(other)));
        }
        own
    }

    /// Makes one counter of all whose windows cannot be told from this one's. Gives the one that remains.
    fn merge(&mut self, index: usize) -> usize {
        for other in 0..self.cells.len() {
            if other == index || !self.is_same(index, other) {
                continue;
            }
            let Some(gone) = self.cells[other].window.take() else { continue };
            self.cell_of.iter_mut().filter(|cell| **cell == other).for_each(|cell| *cell = index);
            if let Some(window) = &mut self.cells[index].window {
                window.told = window.told.min(gone.told);
                window.ours += gone.ours;
                window.lost += gone.lost;
                window.heard_of |= gone.heard_of;
            }
        }
        index
    }

    fn is_same(&self, one: usize, other: usize) -> bool {
        let (Some(first), Some(second)) = (&self.cells[one].window, &self.cells[other].window) else { return false };
        let families = |cell| Family::ALL.into_iter().filter(move |family| self.cell_of[*family as usize] == cell);
        (first.limit, first.reset) == (second.limit, second.reset)
            && families(one).all(|a| families(other).all(|b| !self.apart.contains(&(a.min(b), a.max(b)))))
    }

    fn open(&mut self, index: usize, told: Told, now: Instant) {
        let share = self.share;
        let at_most = self.clock.at_most(now);
        let before = &self.cells[index];
        let foreign = before.window.as_ref().map(|old| {
            let seen = 1.0 - self.time_left(before, old, old.heard_at);
            let used = f64::from(old.foreign) / seen.clamp(0.5, 1.0);
            // Whoever was refused something is seen with less than it wanted.
            if old.foreign > 0 { used * FOREIGN_GROWTH.0 + FOREIGN_GROWTH.1 } else { 0.0 }
        });
        let cell = &mut self.cells[index];
        if let Some(old) = cell.window.take() {
            cell.foreign_before = foreign;
            let used = old.limit.saturating_sub(old.remaining());
            cell.was_used_up = u64::from(used) * 10 >= u64::from(share.of(old.limit)) * 8;
        }
        let left = at_most.map(|at_most| {
            #[expect(clippy::cast_precision_loss, reason = "dates of this age of the world fit")]
            let left = told.reset as f64 - at_most;
            Duration::try_from_secs_f64(left).unwrap_or_default().min(WINDOW)
        });
        let left = left.unwrap_or(WINDOW);
        // A window that nobody else opened shows its whole length in its first answer.
        if told.remaining.saturating_add(FIRST_BURST) >= told.limit && !left.is_zero() {
            let whole = Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0));
            cell.length = cell.length.max(Some(whole));
        }
        cell.window = Some(Window {
            limit: told.limit,
            told: told.remaining,
            lost: 0,
            is_used_up: false,
            reset: told.reset,
            over_by: now + left + Duration::from_secs(1),
            ours: 0,
            foreign: 0,
            heard_of: 0,
            heard_at: now,
        });
    }

    fn count(&mut self, index: usize, sent: &Sent, told: Told, heard: Heard) {
        let in_flight = self.in_flight_into(index);
        let is_over = self.cells[index].window.as_ref().is_some_and(|window| heard.at >= self.end(window, 1.0));
        let after_end = self.cells[index].window.as_ref().is_some_and(|window| sent.at >= self.end(window, 0.0));
        let cell = &mut self.cells[index];
        let Some(window) = &mut cell.window else { return };
        if told.reset != window.reset {
            return; // Late news of a window that is over.
        }
        if after_end {
            self.ends_later = true;
        }
        window.heard_of |= bit(sent.family);
        window.heard_at = heard.at;
        window.told = window.told.min(told.remaining);
        if heard.refused {
            if told.remaining > 0 {
                // Okta tells the org's limit, and the token has a smaller one of its own.
                cell.ceiling = Some(window.ours.max(1));
            }
            window.is_used_up = true;
            if is_over {
                // Refused for a window that should be past: the clocks or the figures are off.
                cell.rests_until = Some(heard.at + STRANGE_REST);
            }
            return;
        }
        window.ours += 1;
        let used = told.limit.saturating_sub(told.remaining);
        window.foreign = window.foreign.max(used.saturating_sub(window.ours + window.lost + in_flight));
    }

    /// Requests in flight that a counter may count: its own, and those of families of which nothing is known yet.
    fn in_flight_into(&self, index: usize) -> u32 {
        let counted = Family::ALL
            .into_iter()
            .filter(|family| self.cell_of[*family as usize] == index || self.known & bit(*family) == 0);
        counted.map(|family| self.in_flight[family as usize]).sum()
    }

    /// When a window is over, with so many seconds added.
    fn end(&self, window: &Window, added: f64) -> Instant {
        #[expect(clippy::cast_precision_loss, reason = "dates of this age of the world fit")]
        let end = self.clock.surely_at(window.reset as f64 + added);
        end.map_or(window.over_by, |end| end.min(window.over_by))
    }

    /// Requests of a window that are for us at all.
    fn usable(&self, cell: &Cell, limit: u32) -> u32 {
        self.share.of(cell.ceiling.map_or(limit, |ceiling| ceiling.min(limit)))
    }

    fn left_of_ceiling(&self, cell: &Cell, window: &Window) -> u32 {
        cell.ceiling.map_or(u32::MAX, |ceiling| self.share.of(ceiling).saturating_sub(window.ours))
    }

    /// One request is kept for scouting the end, where knowing it gains more time than the request costs.
    fn kept_back(&self, cell: &Cell, window: &Window) -> u32 {
        let pays = u64::from(self.usable(cell, window.limit)) > cell.length().as_secs();
        u32::from(!self.ends_later && pays)
    }

    /// What others will still want of this window.
    fn left_to_others(&self, cell: &Cell, window: &Window, now: Instant) -> u32 {
        let expected = self.expected_of_others(cell, window, now);
        if expected <= 0.0 && window.foreign == 0 {
            return 0;
        }
        let share = expected * self.time_left(cell, window, now);
        let wanted = share.min(expected - f64::from(window.foreign)).ceil().max(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1, at most a limit")]
        let wanted = wanted as u32;
        wanted
    }

    /// What others may have used since the last answer.
    fn unseen(&self, cell: &Cell, window: &Window, now: Instant) -> u32 {
        let expected = self.expected_of_others(cell, window, now).max(f64::from(window.foreign));
        if expected <= 0.0 {
            return 0;
        }
        let since = now.saturating_duration_since(window.heard_at).as_secs_f64() / cell.length().as_secs_f64().max(1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a few limits")]
        let unseen = (expected * since).ceil() as u32;
        unseen + 1
    }

    fn expected_of_others(&self, cell: &Cell, window: &Window, now: Instant) -> f64 {
        cell.foreign_before.unwrap_or_else(|| {
            let passed = (1.0 - self.time_left(cell, window, now)).max(0.25);
            f64::from(window.foreign) / passed
        })
    }

    /// How much of a window's time is left, from 0 to 1.
    fn time_left(&self, cell: &Cell, window: &Window, now: Instant) -> f64 {
        let left = self.end(window, 0.0).saturating_duration_since(now);
        (left.as_secs_f64() / cell.length().as_secs_f64().max(1.0)).clamp(0.0, 1.0)
    }

    /// What a crawl that used up the last window leaves for later in this one.
    fn spread(&self, cell: &Cell, window: &Window, now: Instant) -> u32 {
        if !cell.was_used_up {
            return 0;
        }
        let usable = f64::from(self.usable(cell, window.limit));
        // All is given out when a tenth of the time is left.
        let left = (self.time_left(cell, window, now) - 0.1).max(0.0) / 0.9;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a limit")]
        let spread = (usable * SPREAD * left) as u32;
        spread
    }

    /// When one request less will be left to others, or for later.
    fn next_release(&self, cell: &Cell, window: &Window, now: Instant) -> Option<Instant> {
        let others = self.expected_of_others(cell, window, now);
        let later = if cell.was_used_up { f64::from(self.usable(cell, window.limit)) * SPREAD / 0.9 } else { 0.0 };
        let times = others.max(later);
        (times > 0.0).then(|| now + cell.length().div_f64(times.max(1.0)).max(Duration::from_millis(2)))
    }
}
