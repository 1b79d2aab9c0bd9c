//! Rate-limit headers. This org has no limits, but real answers always carry the headers, and Okta's own SDK gives up
//! on an answer without them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderValue};

use crate::sandbox::clock::Timestamp;

/// Calls per window that the headers speak of.
const LIMIT: u32 = 10_000;

/// Length of a window in seconds. It begins with the first call. Source: Okta developer docs, "Rate limits".
const WINDOW: i64 = 60;

/// Windows of one org, by token and bucket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits(Arc<Mutex<HashMap<(String, String), Window>>>);

#[derive(Clone, Copy, Debug)]
struct Window {
    ends: i64,
    used: u32,
}

impl Limits {
    /// Counts a call and writes the three headers. The remaining number never falls below 1: nothing is refused here.
    pub(crate) fn count(&self, token: &str, path: &str, headers: &mut HeaderMap) {
        let now = Timestamp::now().unix();
        let window = {
            let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let window = windows.entry((token.to_owned(), bucket(path).to_owned()));
            let window = window.or_insert(Window { ends: now + WINDOW, used: 0 });
            if window.ends <= now {
                *window = Window { ends: now + WINDOW, used: 0 };
            }
            window.used = window.used.saturating_add(1);
            *window
        };
        let remaining = LIMIT.saturating_sub(window.used).max(1);
        headers.insert("x-rate-limit-limit", HeaderValue::from(LIMIT));
        headers.insert("x-rate-limit-remaining", HeaderValue::from(remaining));
        headers.insert("x-rate-limit-reset", HeaderValue::from(window.ends));
    }
}

/// The bucket of a path: its first segment under `/api/v1`, and `/users/me` by itself.
/// Source: Okta developer docs, "Rate limits"; figures of single-object reads are not told apart here.
fn bucket(path: &str) -> &str {
    if path == "/api/v1/users/me" {
        return path;
    }
    match path.strip_prefix("/api/v1/").and_then(|rest| rest.split('/').next()) {
        Some(first @ ("users" | "groups" | "apps" | "iam" | "logs")) => first,
        _ => "/api/v1",
    }
}
