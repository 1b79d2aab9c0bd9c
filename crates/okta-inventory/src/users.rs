//! Reading all users, whose list is one long chain of pages, in several chains at once.
//!
//! Each chain covers a span of creation times, in their order. A chain that has come far and has far to go hands the
//! later half of its span to a new one. A span that turns out to be empty costs one request.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use okta_client::Turn;
use okta_client::Walk;
use okta_client::{AuthenticatedClient, Error};

use super::wire::User;

/// Users in a page at most. Source: Okta's OpenAPI specification, `GET /api/v1/users`.
const PAGE: u32 = 200;

/// Leaves out of each user what nobody reads. Source: Okta developer docs, "List users", the `okta-response` parameter.
const SHORT: &str =
    "application/json; okta-response=\"omitCredentials,omitCredentialsLinks,omitTransitioningToStatus\"";

/// The fields that are read.
const FIELDS: &str = "id,status,created,profile:(login,email,displayName,firstName,lastName)";

/// Chains at once, and over all.
const CHAINS: u32 = 8;
const CHAINS_IN_ALL: u32 = 40;

/// Pages that the first chain reads before it is split, so that small orgs cost no request more; and every later one.
const PAGES_BEFORE_SPLIT: u32 = 25;
const PAGES_BEFORE_LATER_SPLITS: u32 = 4;

/// A span of creation times, from the first one on and up to, without, the second. Nothing is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    from: Option<OffsetDateTime>,
    until: Option<OffsetDateTime>,
}

/// How many chains there are.
#[derive(Debug, Default)]
pub(super) struct Chains {
    at_once: AtomicU32,
    in_all: AtomicU32,
}

impl Chains {
    /// Whether there may be one more; it is counted then.
    fn one_more(&self) -> bool {
        let may = self.at_once.load(Ordering::Relaxed) < CHAINS && self.in_all.load(Ordering::Relaxed) < CHAINS_IN_ALL;
        if may {
            self.at_once.fetch_add(1, Ordering::Relaxed);
            self.in_all.fetch_add(1, Ordering::Relaxed);
        }
        may
    }
}

/// One chain of pages.
pub(super) struct Chain<'c> {
    walk: Walk<'c>,
    span: Span,
    chains: Arc<Chains>,
    pages: u32,
}

impl<'c> Chain<'c> {
    pub(super) fn new(client: &'c AuthenticatedClient, span: Span, chains: Arc<Chains>, turn: Turn) -> Self {
        if span == Span::default() {
            chains.at_once.fetch_add(1, Ordering::Relaxed);
        }
        let search = search(span);
        let query = [("search", search.as_str()), ("sortBy", "created"), ("sortOrder", "asc"), ("fields", FIELDS)];
        let walk = Walk::new(client, "read users", &["api", "v1", "users"], &query, PAGE, turn);
        let walk = walk.content_type(SHORT).one_of_few();
        Self { walk, span, chains, pages: 0 }
    }

    /// The next page, and the span of a new chain when this one was split. `None` after the last page.
    pub(super) async fn next_page(&mut self) -> Result<Option<(Vec<User>, Option<Span>)>, Error> {
        let Some(mut users) = self.walk.next_page::<User>().await? else { return Ok(None) };
        self.pages += 1;
        let reached = users.last().and_then(created);
        if let Some(until) = self.span.until {
            let before = users.len();
            users.retain(|user| created(user).is_none_or(|created| created < until));
            if users.len() < before {
                self.walk.end();
            }
        }
        let later = if self.walk.is_over() { None } else { reached.and_then(|reached| self.split(reached)) };
        Ok(Some((users, later)))
    }

    fn split(&mut self, reached: OffsetDateTime) -> Option<Span> {
        let is_first = self.span == Span::default();
        let enough = if is_first { PAGES_BEFORE_SPLIT } else { PAGES_BEFORE_LATER_SPLITS };
        // Where the span has no end, now is a good guess: nobody is created later.
        let end = self.span.until.unwrap_or_else(OffsetDateTime::now_utc);
        let middle = reached + (end - reached) / 2;
        if self.pages < enough || middle <= reached || end - reached < time::Duration::SECOND || !self.chains.one_more()
        {
            return None;
        }
        let later = Span { from: Some(middle), until: self.span.until };
        self.span.until = Some(middle);
        Some(later)
    }
}

impl Drop for Chain<'_> {
    fn drop(&mut self) {
        self.chains.at_once.fetch_sub(1, Ordering::Relaxed);
    }
}

fn created(user: &User) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(user.created.as_deref()?, &Rfc3339).ok()
}

/// Users of every status, deprovisioned ones too. Source: Okta developer docs, "User query options".
fn search(span: Span) -> String {
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
    bound("ge", span.from);
    bound("lt", span.until);
    search
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_becomes_a_search() {
        let at = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
        let (from, until) = (at("2025-03-04T05:06:07.089Z"), at("2026-01-01T00:00:00Z"));
        assert_eq!(search(Span::default()), "status pr");
        assert_eq!(
            search(Span { from, until }),
            "status pr and created ge \"2025-03-04T05:06:07.089Z\" and created lt \"2026-01-01T00:00:00.000Z\""
        );
    }
}
