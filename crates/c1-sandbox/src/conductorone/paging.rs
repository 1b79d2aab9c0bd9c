//! Pages of lists and searches: `page_size` 10 to 100, default 25, and an opaque token.
//!
//! Source: ConductorOne's API documentation on pagination.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::error::Rejection;

/// Which page is wanted. In a search it is part of the body, in a list of the query.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Paging {
    page_size: Option<i32>,
    page_token: Option<String>,
}

impl Paging {
    /// How long a page is.
    pub(crate) fn size(&self) -> usize {
        match self.page_size {
            None | Some(0) => 25,
            // A negative size is clamped like any other that is too small.
            Some(size) => usize::try_from(size.clamp(10, 100)).unwrap_or(10),
        }
    }

    /// The key of the last row of the page before. `None` on the first page.
    pub(crate) fn after(&self) -> Result<Option<String>, Rejection> {
        match self.page_token.as_deref() {
            None | Some("") => Ok(None),
            Some(token) => decode(token).map(Some).ok_or_else(bad_token),
        }
    }

    /// A page out of rows of which one more was read than it has, and the token of the next page.
    pub(crate) fn cut<T>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> String) -> (Vec<T>, String) {
        let more = rows.len() > self.size();
        rows.truncate(self.size());
        let token = rows.last().filter(|_| more).map(|last| encode(&key(last)));
        (rows, token.unwrap_or_default())
    }

    /// The page of `items` that are to be kept, and the token of the next page, empty on the last one.
    ///
    /// The token names the last item of its page, so that neither new nor removed items shift the pages after it;
    /// for that `items` must keep their order and removed ones must stay among them.
    pub(crate) fn page<'a, T>(
        &self,
        items: &'a [T],
        id: impl Fn(&T) -> &str,
        keep: impl Fn(&T) -> bool,
    ) -> Result<(Vec<&'a T>, String), Rejection> {
        let start = match self.page_token.as_deref() {
            None | Some("") => 0,
            Some(token) => {
                let last = decode(token).ok_or_else(bad_token)?;
                1 + items.iter().position(|item| id(item) == last).ok_or_else(bad_token)?
            }
        };
        let mut page: Vec<&T> = items[start..].iter().filter(|item| keep(item)).take(self.size() + 1).collect();
        let more = page.len() > self.size();
        page.truncate(self.size());
        let token = page.last().filter(|_| more).map(|last| encode(id(last)));
        Ok((page, token.unwrap_or_default()))
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

    fn walk(items: &[String], size: i32) -> Vec<usize> {
        let (mut sizes, mut token) = (Vec::new(), String::new());
        loop {
            let paging = Paging { page_size: Some(size), page_token: Some(token) };
            let (page, next) = paging.page(items, |item| item, |item| item != "3").unwrap();
            sizes.push(page.len());
            token = next;
            if token.is_empty() {
                return sizes;
            }
        }
    }

    #[test]
    fn sizes_are_clamped_and_the_last_page_has_no_token() {
        let items: Vec<String> = (0..51).map(|number| number.to_string()).collect();
        assert_eq!(walk(&items, 0), [25, 25]);
        assert_eq!(walk(&items, 1), [10, 10, 10, 10, 10]);
        assert_eq!(walk(&items, -7), [10, 10, 10, 10, 10]);
        assert_eq!(walk(&items, 1000), [50]);
    }

    #[test]
    fn a_token_that_was_not_given_out_is_refused() {
        let items = ["a".to_owned()];
        for token in ["x", "YWZ0ZXI6Yg"] {
            let paging = Paging { page_size: None, page_token: Some(token.to_owned()) };
            assert_eq!(paging.page(&items, |item| item, |_| true), Err(bad_token()));
        }
    }
}
