//! Following a list from page to page.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::de::DeserializeOwned;
use url::Url;

use crate::limiter::RequestPriority;
use crate::transport::RequestOptions;
use crate::{AuthenticatedClient, Error};
use service_http::{DecodeError, Method, StatusCode, header};

use super::dedup::DedupWindow;
use super::link;

/// Shortest page that is requested after Okta failed on longer ones.
const SHORTEST_PAGE: u32 = 20;

/// Pages after which the rest of a list gets a high priority: its pages are serial, so it may end last.
const LONG: usize = 3;

/// IDs that are kept to recognize repeated items: more than the longest page has. There are many paginators of the
/// first kind at once, but only a few of the second.
const DEDUP_WINDOW: usize = 1_024;
const LARGE_DEDUP_WINDOW: usize = 8_192;

/// Query parameters that Okta has omitted from the link to the next page. Source: Okta's release notes 2026.08.0.
const KEPT_PARAMETERS: [&str; 2] = ["expand", "fields"];

/// An item of a list.
pub trait Listed: DeserializeOwned {
    /// Returns the ID by which repeated items are recognized.
    fn id(&self) -> &str;
}

/// A paginated read.
///
/// It follows links verbatim and on the same origin only, and removes repeated items. If Okta returns 500 for a page,
/// which usually means a timeout, it requests the page at half the length. Source: Okta developer docs, "Pagination".
pub struct Paginator<'c> {
    client: &'c AuthenticatedClient,
    operation: &'static str,
    options: RequestOptions,
    first: Url,
    next: Option<Url>,
    limit: u32,
    content_type: Option<&'static str>,
    checks_full_pages: bool,
    /// Hashes of the addresses that were read, so that a cycle ends.
    visited: HashSet<u64>,
    dedup: DedupWindow,
}

/// One page as Okta returned it.
struct Page<T> {
    items: Vec<T>,
    url: Url,
    link: Option<String>,
}

impl<'c> Paginator<'c> {
    /// Creates a paginator for the list at `segments`, with at most `limit` items per page.
    pub fn new(
        client: &'c AuthenticatedClient,
        operation: &'static str,
        segments: &[&str],
        query: &[(&str, &str)],
        limit: u32,
        mut options: RequestOptions,
    ) -> Self {
        let mut first = client.origin().join(segments);
        for (name, value) in query {
            first.query_pairs_mut().append_pair(name, value);
        }
        first.query_pairs_mut().append_pair("limit", &limit.to_string());
        let next = Some(first.clone());
        // A shorter page may work where the same one would fail again.
        options.retry.retries_500 = false;
        let (content_type, checks_full_pages) = (None, false);
        let (visited, dedup) = (HashSet::new(), DedupWindow::new(DEDUP_WINDOW));
        Self { client, operation, options, first, next, limit, content_type, checks_full_pages, visited, dedup }
    }

    /// Sets a media type that makes Okta return shorter items.
    #[must_use]
    pub fn content_type(self, media_type: &'static str) -> Self {
        Self { content_type: Some(media_type), ..self }
    }

    /// Verifies a full last page: requests it again with one item less, and follows the link if there is one then.
    /// Orgs have been observed to omit the link for groups.
    #[must_use]
    pub fn check_full_pages(self) -> Self {
        Self { checks_full_pages: true, ..self }
    }

    /// Recognizes repeated items for longer. For lists of which only a few are read at once.
    #[must_use]
    pub fn large_dedup_window(self) -> Self {
        Self { dedup: DedupWindow::new(LARGE_DEDUP_WINDOW), ..self }
    }

    /// Ends the list with the current page.
    pub fn stop(&mut self) {
        self.next = None;
    }

    /// Returns whether there is no further page.
    pub fn is_finished(&self) -> bool {
        self.next.is_none()
    }

    /// Returns the items of the next page, or `None` after the last page. They are empty if all were repetitions.
    ///
    /// # Errors
    /// As any read, and [`Error::Decode`] if the next page is on another origin.
    pub async fn next_page<T: Listed>(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(url) = self.next.take() else { return Ok(None) };
        let mut page = self.page::<T>(url).await?;
        let is_full = page.items.len() as u32 == self.limit && self.limit > SHORTEST_PAGE;
        if self.checks_full_pages && page.link.is_none() && is_full {
            let shorter = self.page::<T>(with_limit(&page.url, self.limit - 1)).await?;
            if shorter.link.is_some() {
                tracing::warn!(operation = self.operation, "a full page has no link to the next page");
                page = shorter;
                self.limit -= 1;
            }
        }
        let Page { mut items, url, link } = page;
        if self.visited.len() >= LONG {
            self.options.priority = RequestPriority::High;
        }
        self.next = self.follow(&url, link)?;
        if items.is_empty() || !self.visited.insert(hash(&url)) {
            self.next = None;
        }
        // A list of one item has no repetitions, and most lists of a crawl are that short.
        if !(url == self.first && self.next.is_none() && items.len() <= 1) {
            items.retain(|item| self.dedup.insert(item.id()));
        }
        Ok(Some(items))
    }

    /// Reads one page, at a shorter length if Okta fails.
    async fn page<T: Listed>(&mut self, mut url: Url) -> Result<Page<T>, Error> {
        let operation = self.operation;
        loop {
            let mut request = self.client.request_at(Method::GET, url.clone()).ok_or_else(|| self.other_origin())?;
            if let Some(media_type) = self.content_type {
                request = request.header(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
            }
            match self.client.send(operation, &request, self.options).await {
                Ok(response) => {
                    let items = response.json().map_err(|source| Error::Decode { operation, source })?;
                    return Ok(Page { items, url, link: link::next(response.headers()) });
                }
                Err(Error::Api(api))
                    if api.status == StatusCode::INTERNAL_SERVER_ERROR && self.limit > SHORTEST_PAGE =>
                {
                    self.limit = (self.limit / 2).max(SHORTEST_PAGE);
                    tracing::debug!(operation, limit = self.limit, "requesting a shorter page");
                    url = with_limit(&url, self.limit);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn follow(&self, url: &Url, link: Option<String>) -> Result<Option<Url>, Error> {
        let Some(link) = link else { return Ok(None) };
        let mut next = url.join(&link).map_err(|_| self.other_origin())?;
        if !self.client.origin().contains(&next) {
            return Err(self.other_origin());
        }
        for name in KEPT_PARAMETERS {
            let value = |url: &Url| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
            if let (Some(value), None) = (value(&self.first), value(&next)) {
                next.query_pairs_mut().append_pair(name, &value);
            }
        }
        if next == *url || self.visited.contains(&hash(&next)) {
            tracing::warn!(operation = self.operation, "the link to the next page leads to an earlier page; stopping");
            return Ok(None);
        }
        Ok(Some(next))
    }

    fn other_origin(&self) -> Error {
        let source = DecodeError::at("Link", "the next page is on another host, to which no token is sent");
        Error::Decode { operation: self.operation, source }
    }
}

fn hash(url: &Url) -> u64 {
    let mut hasher = DefaultHasher::new();
    url.as_str().hash(&mut hasher);
    hasher.finish()
}

/// Returns the same address with another `limit`. The rest stays verbatim, because cursors must not be re-encoded.
fn with_limit(url: &Url, limit: u32) -> Url {
    let kept =
        url.query().unwrap_or_default().split('&').filter(|pair| !pair.starts_with("limit=") && !pair.is_empty());
    let query: Vec<String> = kept.map(str::to_owned).chain([format!("limit={limit}")]).collect();
    let mut url = url.clone();
    url.set_query(Some(&query.join("&")));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changing_the_limit_keeps_the_cursor_verbatim() {
        for (before, after) in [
            (
                "https://a.b/c?after=x+y%2B%3D&limit=200&expand=stats",
                "https://a.b/c?after=x+y%2B%3D&expand=stats&limit=100",
            ),
            ("https://a.b/c", "https://a.b/c?limit=100"),
        ] {
            assert_eq!(with_limit(&before.parse().unwrap(), 100).as_str(), after);
        }
    }
}

#[cfg(test)]
mod responses {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::extract::{Request, State};
    use axum::http::StatusCode;
    use axum::response::{IntoResponse, Response};
    use secrecy::SecretString;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;
    use crate::{Client, Limits, Token};
    use test_support::FakeClock;

    #[derive(Deserialize)]
    struct Item {
        id: String,
    }

    impl Listed for Item {
        fn id(&self) -> &str {
            &self.id
        }
    }

    /// Returns the response to a query of the list at an origin.
    type Script = fn(query: &str, origin: &str) -> Response;
    type Queries = Arc<Mutex<Vec<String>>>;

    fn page(ids: &[&str], links: &[String]) -> Response {
        let items: Vec<Value> = ids.iter().map(|id| json!({ "id": id, "more": [{"a": "]}"}] })).collect();
        let mut response = axum::Json(items).into_response();
        for link in links {
            response.headers_mut().append("link", link.parse().unwrap());
        }
        response
    }

    fn next(origin: &str, query: &str) -> Vec<String> {
        vec![
            format!("<{origin}/api/v1/groups?x>; rel=\"self\""),
            format!("<{origin}/api/v1/groups?{query}>; rel=\"next\""),
        ]
    }

    /// Reads a list to its end. Returns the IDs and the queries that the server received.
    async fn read_list(script: Script) -> (Result<Vec<String>, Error>, Vec<String>) {
        let queries = Queries::default();
        let app = Router::new().fallback(move |State(queries): State<Queries>, request: Request| async move {
            let host = request.headers()["host"].to_str().unwrap().to_owned();
            if request.uri().path().starts_with("/.well-known") {
                return axum::Json(json!({"id": "00o1", "pipeline": "idx"})).into_response();
            }
            assert!(request.headers().contains_key("authorization"));
            let query = request.uri().query().unwrap_or_default().to_owned();
            queries.lock().unwrap().push(query.clone());
            script(&query, &format!("http://{host}"))
        });
        let origin = test_support::serve(app.with_state(Arc::clone(&queries))).await;
        let http = service_http::Client::with_clock("test/1", FakeClock::new());
        let client = Client::new(origin.to_string().parse().unwrap(), http, Limits::default());
        let token = Token::try_new(SecretString::from("00token")).unwrap();
        let client = client.organization().await.unwrap().with_token(token);
        let query = [("expand", "stats")];
        let path = ["api", "v1", "groups"];
        let mut paginator =
            Paginator::new(&client, "reading groups", &path, &query, 40, RequestOptions::SINGLE).check_full_pages();
        let mut found = Vec::new();
        let outcome = loop {
            match paginator.next_page::<Item>().await {
                Ok(Some(items)) => found.extend(items.into_iter().map(|item| item.id)),
                Ok(None) => break Ok(found),
                Err(error) => break Err(error),
            }
        };
        let queries = queries.lock().unwrap().clone();
        (outcome, queries)
    }

    #[tokio::test]
    async fn the_cursor_is_sent_verbatim_and_omitted_parameters_are_added() {
        let (found, queries) = read_list(|query, origin| match query {
            "expand=stats&limit=40" => page(&["a", "b"], &next(origin, "after=x+y%2B%3d&limit=40")),
            _ => page(&["c"], &[]),
        })
        .await;
        assert_eq!(found.unwrap(), ["a", "b", "c"]);
        assert_eq!(queries, ["expand=stats&limit=40", "after=x+y%2B%3d&limit=40&expand=stats"]);
    }

    #[tokio::test]
    async fn repeated_items_are_removed() {
        let (found, _) = read_list(|query, origin| match query {
            "expand=stats&limit=40" => page(&["a", "b", "a"], &next(origin, "after=1&expand=stats")),
            _ => page(&["b", "c"], &[]),
        })
        .await;
        assert_eq!(found.unwrap(), ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn a_cycle_of_links_ends_the_list() {
        for script in [
            (|query, origin| page(&["a"], &next(origin, query))) as Script,
            |query, origin| match query {
                "expand=stats&limit=40" => page(&["a"], &next(origin, "after=1&expand=stats")),
                _ => page(&["b"], &next(origin, "expand=stats&limit=40")),
            },
            |query, origin| page(&[], &next(origin, &format!("{query}1"))),
        ] {
            let (found, queries) = read_list(script).await;
            assert!(found.unwrap().len() <= 2);
            assert!(queries.len() <= 2, "{queries:?}");
        }
    }

    #[tokio::test]
    async fn a_page_that_fails_with_500_is_requested_at_half_the_length() {
        let (found, queries) = read_list(|query, origin| match query {
            "expand=stats&limit=40" => page(&["a"], &next(origin, "after=1&expand=stats&limit=40")),
            _ if query.contains("limit=40") => (StatusCode::INTERNAL_SERVER_ERROR, "{}").into_response(),
            _ => page(&["b"], &[]),
        })
        .await;
        assert_eq!(found.unwrap(), ["a", "b"]);
        assert_eq!(queries[1..], ["after=1&expand=stats&limit=40", "after=1&expand=stats&limit=20"]);

        let (found, queries) = read_list(|_, _| (StatusCode::INTERNAL_SERVER_ERROR, "{}").into_response()).await;
        assert!(matches!(found, Err(Error::Api(api)) if api.status == StatusCode::INTERNAL_SERVER_ERROR));
        assert_eq!(queries.len(), 2, "{queries:?}");
    }

    #[tokio::test]
    async fn a_full_page_without_a_link_is_verified() {
        const FORTY: [&str; 40] = ["00"; 40];
        fn numbered(count: usize, links: &[String]) -> Response {
            let ids: Vec<String> = FORTY.iter().take(count).enumerate().map(|(index, _)| index.to_string()).collect();
            page(&ids.iter().map(String::as_str).collect::<Vec<_>>(), links)
        }
        let (found, queries) = read_list(|query, origin| match query {
            "expand=stats&limit=40" => numbered(40, &[]),
            "expand=stats&limit=39" => numbered(39, &next(origin, "after=39&expand=stats&limit=39")),
            _ => page(&["39", "40"], &[]),
        })
        .await;
        assert_eq!(found.unwrap().len(), 41);
        assert_eq!(queries.len(), 3);
    }

    #[tokio::test]
    async fn a_link_to_another_host_is_rejected() {
        let (found, queries) =
            read_list(|_, _| page(&["a"], &["<https://elsewhere.example/x?after=1>; rel=\"next\"".to_owned()])).await;
        let error = found.unwrap_err();
        assert!(
            matches!(&error, Error::Decode { source, .. } if source.to_string().contains("another host")),
            "{error:?}"
        );
        assert_eq!(queries.len(), 1);
    }
}
