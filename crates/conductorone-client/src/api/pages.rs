//! Paginated lists.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use service_http::{DecodeError, null_as_default};

use crate::client::Call;
use crate::{Client, Error};

/// Rows per page. Source of the maximum: ConductorOne documentation, "Pagination".
pub(super) const PAGE_SIZE: u32 = 100;

/// Maximum number of pages. A longer list is a defect of the service: it would have a hundred thousand rows.
const MAX_PAGES: usize = 1_000;

/// A page. Rows that the caller has no access to are `null`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
struct Page<T> {
    #[serde(default = "Vec::new", deserialize_with = "null_as_default")]
    list: Vec<Option<T>>,
    #[serde(default, deserialize_with = "null_as_default")]
    next_page_token: String,
}

/// Returns the call for one page of a list.
pub(super) fn list_call<'a>(
    operation: &'static str,
    segments: &[&'a str],
    query: &[(&'static str, &str)],
    page_token: &str,
) -> Call<'a> {
    let mut call = Call::get(operation, segments);
    call.query.push(("page_size", PAGE_SIZE.to_string()));
    call.query.extend(query.iter().map(|(name, value)| (*name, (*value).to_owned())));
    if !page_token.is_empty() {
        call.query.push(("page_token", page_token.to_owned()));
    }
    call
}

impl Client {
    /// Returns all rows of a list except those that the caller has no access to. `call` creates the call for the page
    /// with a token, which is empty for the first page.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::Decode`] if the pages form a cycle.
    pub(super) async fn all_pages<'a, T: DeserializeOwned>(
        &self,
        call: impl Fn(&str) -> Call<'a>,
    ) -> Result<Vec<T>, Error> {
        self.all_rows(call).await.map(|rows| rows.into_iter().flatten().collect())
    }

    /// As [`Client::all_pages`], with `None` for each row that the caller has no access to.
    pub(super) async fn all_rows<'a, T: DeserializeOwned>(
        &self,
        call: impl Fn(&str) -> Call<'a>,
    ) -> Result<Vec<Option<T>>, Error> {
        let mut rows = Vec::new();
        let mut seen = HashSet::new();
        let mut page_token = String::new();
        loop {
            let mut reply = self.call::<Page<T>>(call(&page_token)).await?;
            rows.append(&mut reply.body.list);
            page_token.clone_from(&reply.body.next_page_token);
            if page_token.is_empty() {
                return Ok(rows);
            }
            if !seen.insert(page_token.clone()) || seen.len() >= MAX_PAGES {
                let problem = "expected a last page, but the pages repeat";
                return Err(reply.decode_error(DecodeError::at("nextPageToken", problem)));
            }
        }
    }
}
