//! Reading a list to its end.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use service_http::DecodeError;

use super::super::client::Call;
use super::super::model::lenient::null_as_default;
use super::super::{Client, Error};

/// Rows asked for per page, the most the service gives. Source: ConductorOne documentation, "Pagination".
pub(super) const PAGE_SIZE: u32 = 100;

/// Pages read before giving up: a hundred thousand rows of anything asked for here are nobody's.
const MAX_PAGES: usize = 1_000;

/// One page. Rows that the caller may not see come as `null`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
struct Page<T> {
    #[serde(default = "Vec::new", deserialize_with = "null_as_default")]
    list: Vec<Option<T>>,
    #[serde(default, deserialize_with = "null_as_default")]
    next_page_token: String,
}

impl Client {
    /// Every row of the list that `call` asks for, given the token of a page; the first page's is empty. Rows that the
    /// caller may not see are left out.
    ///
    /// # Errors
    /// Any [`Error`]; a page that repeats is [`Error::Decode`].
    pub(super) async fn all_pages<'a, T: DeserializeOwned>(
        &self,
        operation: &'static str,
        call: impl Fn(&str) -> Call<'a>,
    ) -> Result<Vec<T>, Error> {
        self.all_rows(operation, call).await.map(|rows| rows.into_iter().flatten().collect())
    }

    /// As [`Client::all_pages`], with `None` for each row that the caller may not see.
    async fn all_rows<'a, T: DeserializeOwned>(
        &self,
        operation: &'static str,
        call: impl Fn(&str) -> Call<'a>,
    ) -> Result<Vec<Option<T>>, Error> {
        let mut rows = Vec::new();
        let mut seen = HashSet::new();
        let mut page_token = String::new();
        for _ in 0..MAX_PAGES {
            let page: Page<T> = self.call(call(&page_token)).await?;
            rows.extend(page.list);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(rows);
            }
            if !seen.insert(page_token.clone()) {
                break;
            }
        }
        let source = DecodeError::at("nextPageToken", "expected an end of the pages and found a circle");
        Err(Error::Decode { operation, may_have_taken_effect: false, source })
    }

    /// As [`Client::all_pages`] for a list that is asked for with GET.
    pub(super) async fn all_pages_of<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        segments: &[&str],
        query: &[(&'static str, &str)],
    ) -> Result<Vec<T>, Error> {
        let rows = self.all_rows_of(operation, segments, query).await?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// As [`Client::all_pages_of`], with `None` for each row that the caller may not see.
    pub(super) async fn all_rows_of<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        segments: &[&str],
        query: &[(&'static str, &str)],
    ) -> Result<Vec<Option<T>>, Error> {
        let call = |page_token: &str| {
            let mut call = Call::get(operation, segments);
            call.query.push(("page_size", PAGE_SIZE.to_string()));
            call.query.extend(query.iter().map(|(name, value)| (*name, (*value).to_owned())));
            if !page_token.is_empty() {
                call.query.push(("page_token", page_token.to_owned()));
            }
            call
        };
        self.all_rows(operation, call).await
    }
}
