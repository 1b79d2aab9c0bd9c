//! Reading all users with several paginators at once.
//!
//! The pages of one list can only be read one after the other. Each reader therefore covers a range of creation times
//! in ascending order. After some pages it splits off the later half of its range for another reader. An empty range
//! costs one request.

use std::sync::Arc;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use okta_client::{AuthenticatedClient, Error, Paginator, RequestOptions};

use super::wire::User;

/// Longest page. Source: Okta's OpenAPI specification, `GET /api/v1/users`.
const PAGE: u32 = 200;

/// Omits parts of each user that are not used. Source: Okta developer docs, "List users", the `okta-response` parameter.
const SHORT: &str =
    "application/json; okta-response=\"omitCredentials,omitCredentialsLinks,omitTransitioningToStatus\"";

const FIELDS: &str = "id,status,created,profile:(login,email,displayName,firstName,lastName)";

/// Readers at once, and splits of one crawl.
const CONCURRENT_READERS: usize = 8;
const SPLITS: usize = 40;

/// Pages before the first reader splits, so that small orgs cost no additional request, and before others do.
const PAGES_BEFORE_SPLIT: u32 = 25;
const PAGES_BEFORE_LATER_SPLITS: u32 = 4;

/// A range of creation times, with an inclusive start and an exclusive end. `None` is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct TimeRange {
    from: Option<OffsetDateTime>,
    until: Option<OffsetDateTime>,
}

/// A range of users to read, with a slot among the concurrent readers.
#[derive(Debug)]
pub(super) struct UserRange {
    range: TimeRange,
    readers: Arc<Readers>,
    _slot: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
struct Readers {
    slots: Arc<Semaphore>,
    splits: Semaphore,
}

impl UserRange {
    /// Creates the range of all users.
    pub(super) fn all() -> Self {
        let readers = Readers { slots: Arc::new(Semaphore::new(CONCURRENT_READERS)), splits: Semaphore::new(SPLITS) };
        let slot = Arc::clone(&readers.slots).try_acquire_owned().ok();
        Self { range: TimeRange::default(), readers: Arc::new(readers), _slot: slot }
    }

    fn other(&self, range: TimeRange) -> Option<Self> {
        let slot = Arc::clone(&self.readers.slots).try_acquire_owned().ok()?;
        self.readers.splits.try_acquire().ok()?.forget();
        Some(Self { range, readers: Arc::clone(&self.readers), _slot: Some(slot) })
    }
}

/// Reads the users of one range.
pub(super) struct UserRangeReader<'c> {
    paginator: Paginator<'c>,
    users: &'c UserRange,
    range: TimeRange,
    pages: u32,
}

impl<'c> UserRangeReader<'c> {
    pub(super) fn new(client: &'c AuthenticatedClient, users: &'c UserRange, options: RequestOptions) -> Self {
        let search = search(users.range);
        let query = [("search", search.as_str()), ("sortBy", "created"), ("sortOrder", "asc"), ("fields", FIELDS)];
        let paginator = Paginator::new(client, "reading users", &["api", "v1", "users"], &query, PAGE, options);
        let paginator = paginator.content_type(SHORT).large_dedup_window();
        Self { paginator, users, range: users.range, pages: 0 }
    }

    /// Returns the next page, and a range for another reader if this one has split. Returns `None` after the last page.
    pub(super) async fn next_page(&mut self) -> Result<Option<(Vec<User>, Option<UserRange>)>, Error> {
        let Some(mut users) = self.paginator.next_page::<User>().await? else { return Ok(None) };
        self.pages += 1;
        let reached = users.last().and_then(created);
        if let Some(until) = self.range.until {
            let before = users.len();
            users.retain(|user| created(user).is_none_or(|created| created < until));
            if users.len() < before {
                self.paginator.stop();
            }
        }
        let later = reached.filter(|_| !self.paginator.is_finished()).and_then(|reached| self.split(reached));
        Ok(Some((users, later)))
    }

    fn split(&mut self, reached: OffsetDateTime) -> Option<UserRange> {
        let is_first = self.users.range == TimeRange::default();
        let enough = if is_first { PAGES_BEFORE_SPLIT } else { PAGES_BEFORE_LATER_SPLITS };
        let end = self.range.until.unwrap_or_else(OffsetDateTime::now_utc);
        let middle = reached + (end - reached) / 2;
        if self.pages < enough || middle <= reached || end - reached < time::Duration::SECOND {
            return None;
        }
        let later = self.users.other(TimeRange { from: Some(middle), until: self.range.until })?;
        self.range.until = Some(middle);
        Some(later)
    }
}

fn created(user: &User) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(user.created.as_deref()?, &Rfc3339).ok()
}

/// Returns a search for users of every status. Without it, Okta omits deprovisioned users.
/// Source: Okta developer docs, "User query options".
fn search(range: TimeRange) -> String {
    let mut search = "status pr".to_owned();
    let mut bound = |operator: &str, at: Option<OffsetDateTime>| {
        if let Some(at) = at {
            let (date, time) = (at.date(), at.time());
            let (month, day) = (u8::from(date.month()), date.day());
            search.push_str(&format!(
                " and created {operator} \"{:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z\"",
                date.year(),
                time.hour(),
                time.minute(),
                time.second(),
                time.millisecond()
            ));
        }
    };
    bound("ge", range.from);
    bound("lt", range.until);
    search
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_range_becomes_a_search() {
        let at = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
        let (from, until) = (at("2025-03-04T05:06:07.089Z"), at("2026-01-01T00:00:00Z"));
        assert_eq!(search(TimeRange::default()), "status pr");
        assert_eq!(
            search(TimeRange { from, until }),
            "status pr and created ge \"2025-03-04T05:06:07.089Z\" and created lt \"2026-01-01T00:00:00.000Z\""
        );
    }

    #[test]
    fn concurrent_readers_and_splits_are_bounded() {
        let all = UserRange::all();
        let mut ranges: Vec<UserRange> = std::iter::from_fn(|| all.other(TimeRange::default())).collect();
        assert_eq!(ranges.len(), CONCURRENT_READERS - 1);
        let mut splits = ranges.len();
        while let Some(range) = ranges.pop().and_then(|ended| {
            drop(ended);
            all.other(TimeRange::default())
        }) {
            splits += 1;
            ranges.push(range);
        }
        assert_eq!(splits, SPLITS);
    }
}
