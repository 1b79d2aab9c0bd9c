//! Pagination of lists and searches: `page_size` from 10 to 100, default 25, and an opaque token.
//!
//! Source: ConductorOne's API documentation on pagination.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::error::Rejection;
use super::records::{Record, Records};

/// The requested page. A search has it in its body, a list in its query.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Paging {
    page_size: Option<i32>,
    page_token: Option<String>,
}

impl Paging {
    /// Returns the page size.
    pub(crate) fn size(&self) -> usize {
        match self.page_size {
            None | Some(0) => 25,
            // A negative size is clamped like any other that is too small.
            Some(size) => usize::try_from(size.clamp(10, 100)).unwrap_or(10),
        }
    }

    /// Returns the key of the last row of the previous page. `None` for the first page.
    pub(crate) fn last_key(&self) -> Result<Option<String>, Rejection> {
        match self.page_token.as_deref() {
            None | Some("") => Ok(None),
            Some(token) => decode(token).map(Some).ok_or_else(bad_token),
        }
    }

    /// Cuts rows to the page size, and returns the token of the next page. The caller reads one row more than the page
    /// size, so that an empty token marks the last page.
    pub(crate) fn cut<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> String) -> (Vec<T>, String) {
        let has_next = rows.len() > self.size();
        rows.truncate(self.size());
        let token = rows.last().filter(|_| has_next).map(|last| encode(&key(last)));
        (rows, token.unwrap_or_default())
    }

    /// Returns the page of a list's items, and the token of the next page.
    pub(crate) fn page<'a, T>(
        &self,
        items: &'a [T],
        id: impl Fn(&T) -> &str,
    ) -> Result<(Vec<&'a T>, String), Rejection> {
        let start = match self.last_key()? {
            None => 0,
            Some(last) => 1 + items.iter().position(|item| id(item) == last).ok_or_else(bad_token)?,
        };
        Ok(self.cut(items[start..].iter().take(self.size() + 1).collect(), |item| id(item).to_owned()))
    }

    /// Returns the page of the active objects that match, and the token of the next page. With a parent, only that
    /// parent's objects match.
    ///
    /// The token names the last object of its page. New and deleted objects do not shift the pages after it, because
    /// deleted objects keep their places.
    pub(crate) fn page_of<'a, T: Record>(
        &self,
        records: &'a Records<T>,
        parent_id: Option<&str>,
        matches: impl Fn(&T) -> bool,
    ) -> Result<(Vec<&'a T>, String), Rejection> {
        let last = self.last_key()?;
        let rest = records.active_after(parent_id, last.as_deref()).ok_or_else(bad_token)?;
        let page = rest.filter(|record| matches(record)).take(self.size() + 1).collect();
        Ok(self.cut(page, |record| record.id().to_owned()))
    }
}

fn bad_token() -> Rejection {
    Rejection::invalid("invalid page token")
}

fn encode(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("after:{last}"))
}

fn decode(token: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix("after:").map(str::to_owned)
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let Ok(Query(mut query)) = Query::<HashMap<String, String>>::from_request_parts(parts, state).await else {
            return Err(Rejection::invalid("unreadable query"));
        };
        let page_size = match query.get("page_size").map(|size| size.parse()) {
            None => None,
            Some(Ok(size)) => Some(size),
            Some(Err(_)) => return Err(Rejection::invalid("page_size: not a number")),
        };
        Ok(Self { page_size, page_token: query.remove("page_token") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the lengths of all pages of the items, first as a list, then as objects of which one does not match.
    fn page_lengths(count: usize, size: i32) -> [Vec<usize>; 2] {
        let items: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        let mut records = Records::default();
        items.iter().for_each(|item| records.put(item.clone()));
        let mut lengths = [Vec::new(), Vec::new()];
        for (index, lengths) in lengths.iter_mut().enumerate() {
            let mut token = String::new();
            loop {
                let paging = Paging { page_size: Some(size), page_token: Some(token) };
                let (page, next) = match index {
                    0 => paging.page(&items, |item| item).unwrap(),
                    _ => paging.page_of(&records, None, |item| item != "3").unwrap(),
                };
                lengths.push(page.len());
                token = next;
                if token.is_empty() {
                    break;
                }
            }
        }
        lengths
    }

    impl Record for String {
        fn id(&self) -> &str {
            self
        }

        fn parent_id(&self) -> &str {
            ""
        }

        fn is_active(&self) -> bool {
            true
        }
    }

    #[test]
    fn page_sizes_are_clamped_and_the_last_page_has_no_token() {
        for (size, expected) in [
            (0, [vec![25, 25, 1], vec![25, 25]]),
            (1, [vec![10, 10, 10, 10, 10, 1], vec![10; 5]]),
            (-7, [vec![10, 10, 10, 10, 10, 1], vec![10; 5]]),
            (1000, [vec![51], vec![50]]),
        ] {
            assert_eq!(page_lengths(51, size), expected, "{size}");
        }
    }

    #[test]
    fn unknown_page_tokens_are_rejected() {
        let items = ["a".to_owned()];
        let mut records = Records::default();
        records.put("a".to_owned());
        for token in ["x", "YWZ0ZXI6Yg"] {
            let paging = Paging { page_size: None, page_token: Some(token.to_owned()) };
            assert_eq!(paging.page(&items, |item| item), Err(bad_token()));
            assert_eq!(paging.page_of(&records, None, |_| true), Err(bad_token()));
        }
    }
}
