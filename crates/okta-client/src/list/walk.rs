//! Following a list from page to page.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::de::DeserializeOwned;
use url::Url;

use crate::exchange::Turn;
use crate::limits::Urgency;
use crate::{AuthenticatedClient, Error};
use service_http::{DecodeError, Method, StatusCode, header};

use super::link;
use super::recent::Recent;

/// Shortest page asked for after Okta failed on longer ones.
const SHORTEST_PAGE: u32 = 20;

/// Pages after which a walk counts as long.
const LONG: usize = 3;

/// How many IDs of a list are remembered to know what is listed twice: more than the longest page, for many lists at
/// once; and, where only a few are read at once, for each of these.
const REMEMBERED: usize = 1_024;
const REMEMBERED_OF_FEW: usize = 8_192;

/// Query parameters that Okta has been known to leave out of the link to the next page.
/// Source: Okta's release notes 2026.08.0.
const MUST_STAY: [&str; 2] = ["expand", "fields"];

/// An element of a list.
pub trait Listed: DeserializeOwned {
    /// Its ID, by which repetitions are known.
    fn id(&self) -> &str;
}

/// A list that is being read.
///
/// Links are followed as they come, on the same origin only; what is listed twice is given once; a page on which Okta
/// fails with 500, for which a time-out is the usual reason, is asked for again at half its length.
/// Source: Okta developer docs, "Pagination".
pub struct Walk<'c> {
    client: &'c AuthenticatedClient,
    operation: &'static str,
    turn: Turn,
    first: Url,
    next: Option<Url>,
    limit: u32,
    content_type: Option<&'static str>,
    is_cross_checked: bool,
    /// Addresses that were asked, so that no list goes round in circles for ever.
    asked: HashSet<u64>,
    recent: Recent,
}

impl<'c> Walk<'c> {
    /// The list at `segments`, at most `limit` elements a page.
    pub fn new(
        client: &'c AuthenticatedClient,
        operation: &'static str,
        segments: &[&str],
        query: &[(&str, &str)],
        limit: u32,
        turn: Turn,
    ) -> Self {
        let mut first = client.origin().join(segments);
        for (name, value) in query {
            first.query_pairs_mut().append_pair(name, value);
        }
        first.query_pairs_mut().append_pair("limit", &limit.to_string());
        let next = Some(first.clone());
        let (content_type, is_cross_checked) = (None, false);
        let (asked, recent) = (HashSet::new(), Recent::new(REMEMBERED));
        Self { client, operation, turn, first, next, limit, content_type, is_cross_checked, asked, recent }
    }

    /// The same with a media type that asks for shorter elements.
    #[must_use]
    pub fn content_type(self, media_type: &'static str) -> Self {
        Self { content_type: Some(media_type), ..self }
    }

    /// The same, not trusting a full page that is said to be the last one: it is asked for once more, one element
    /// shorter, and followed where that shows a next page. Orgs have been seen to leave the link out for groups.
    #[must_use]
    pub fn cross_checked(self) -> Self {
        Self { is_cross_checked: true, ..self }
    }

    /// The same for a list of which there are only a few: what is listed twice is known for longer.
    #[must_use]
    pub fn one_of_few(self) -> Self {
        Self { recent: Recent::new(REMEMBERED_OF_FEW), ..self }
    }

    /// Ends the list here.
    pub fn end(&mut self) {
        self.next = None;
    }

    /// Whether the list has been read to its end.
    pub fn is_over(&self) -> bool {
        self.next.is_none()
    }

    /// The next page; `None` after the last. A page may be empty where all of it had been listed before.
    ///
    /// # Errors
    /// As any read; [`Error::Decode`] also when the next page is said to be on another origin.
    pub async fn next_page<T: Listed>(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(url) = self.next.take() else { return Ok(None) };
        let (mut elements, mut url, mut link) = self.page::<T>(url).await?;
        if self.is_cross_checked && link.is_none() && elements.len() as u32 == self.limit && self.limit > SHORTEST_PAGE
        {
            let (again, shorter, next) = self.page::<T>(with_limit(&url, self.limit - 1)).await?;
            if next.is_some() {
                tracing::warn!(operation = self.operation, "a full page left out where the next one is");
                (elements, url, link) = (again, shorter, next);
                self.limit -= 1;
            }
        }
        let (count, is_first) = (elements.len(), url == self.first);
        if self.asked.len() >= LONG {
            self.turn.urgency = self.turn.urgency.min(Urgency::Long);
        }
        self.next = self.follow(&url, link)?;
        // Not even the start of a circle is lost by ending at a page with nothing on it.
        if count == 0 || !self.asked.insert(hash(&url)) {
            self.next = None;
        }
        // A list of one page has nothing to repeat but itself.
        if !(is_first && self.next.is_none() && count <= 1) {
            elements.retain(|element| self.recent.is_new(element.id()));
        }
        Ok(Some(elements))
    }

    /// One page and where the next one is; shorter ones where Okta fails on this.
    async fn page<T: Listed>(&mut self, mut url: Url) -> Result<(Vec<T>, Url, Option<String>), Error> {
        loop {
            let mut request = self.client.request_at(Method::GET, url.clone()).ok_or_else(|| self.elsewhere())?;
            if let Some(media_type) = self.content_type {
                request = request.header(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
            }
            match self.client.elements(self.operation, &request, self.turn, link::next).await {
                Ok((elements, link)) => return Ok((elements, url, link)),
                Err(Error::Api(api))
                    if api.status == StatusCode::INTERNAL_SERVER_ERROR && self.limit > SHORTEST_PAGE =>
                {
                    self.limit = (self.limit / 2).max(SHORTEST_PAGE);
                    tracing::debug!(operation = self.operation, limit = self.limit, "asking for a shorter page");
                    url = with_limit(&url, self.limit);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn follow(&self, url: &Url, link: Option<String>) -> Result<Option<Url>, Error> {
        let Some(link) = link else { return Ok(None) };
        let mut next = url.join(&link).map_err(|_| self.elsewhere())?;
        if !self.client.origin().contains(&next) {
            return Err(self.elsewhere());
        }
        for name in MUST_STAY {
            let value = |url: &Url| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
            if let (Some(value), None) = (value(&self.first), value(&next)) {
                next.query_pairs_mut().append_pair(name, &value);
            }
        }
        if next == *url || self.asked.contains(&hash(&next)) {
            tracing::warn!(
                operation = self.operation,
                "the list leads back to a page that was read already; it ends here"
            );
            return Ok(None);
        }
        Ok(Some(next))
    }

    fn elsewhere(&self) -> Error {
        let source = DecodeError::at("Link", "the next page is said to be on another host, where no token is sent");
        Error::Decode { operation: self.operation, source }
    }
}

fn hash(url: &Url) -> u64 {
    let mut hasher = DefaultHasher::new();
    url.as_str().hash(&mut hasher);
    hasher.finish()
}

/// The same address with another `limit`; everything else stays to the letter, cursors above all.
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
    fn another_limit_leaves_the_cursor_to_the_letter() {
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
mod walks {
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

    /// Answers a query of the list, at an address.
    type Script = fn(query: &str, origin: &str) -> Response;
    type Asked = Arc<Mutex<Vec<String>>>;

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

    /// Everything that a walk gives, and the queries that it made.
    async fn walked(script: Script) -> (Result<Vec<String>, Error>, Vec<String>) {
        let asked = Asked::default();
        let app = Router::new().fallback(move |State(asked): State<Asked>, request: Request| async move {
            let host = request.headers()["host"].to_str().unwrap().to_owned();
            if request.uri().path().starts_with("/.well-known") {
                return axum::Json(json!({"id": "00o1", "pipeline": "idx"})).into_response();
            }
            assert!(request.headers().contains_key("authorization"));
            let query = request.uri().query().unwrap_or_default().to_owned();
            asked.lock().unwrap().push(query.clone());
            script(&query, &format!("http://{host}"))
        });
        let origin = test_support::serve(app.with_state(Arc::clone(&asked))).await;
        let http = service_http::Client::with_clock(FakeClock::new());
        let client = Client::new(origin.to_string().parse().unwrap(), http, Limits::default());
        let token = Token::try_new(SecretString::from("00token")).unwrap();
        let client = client.organization().await.unwrap().with_token(token);
        let query = [("expand", "stats")];
        let mut walk =
            Walk::new(&client, "read groups", &["api", "v1", "groups"], &query, 40, Turn::SINGLE).cross_checked();
        let mut found = Vec::new();
        let outcome = loop {
            match walk.next_page::<Item>().await {
                Ok(Some(items)) => found.extend(items.into_iter().map(|item| item.id)),
                Ok(None) => break Ok(found),
                Err(error) => break Err(error),
            }
        };
        let asked = asked.lock().unwrap().clone();
        (outcome, asked)
    }

    #[tokio::test]
    async fn a_cursor_is_sent_back_to_the_letter_and_what_okta_forgets_is_added() {
        let (found, asked) = walked(|query, origin| match query {
            "expand=stats&limit=40" => page(&["a", "b"], &next(origin, "after=x+y%2B%3d&limit=40")),
            _ => page(&["c"], &[]),
        })
        .await;
        assert_eq!(found.unwrap(), ["a", "b", "c"]);
        assert_eq!(asked, ["expand=stats&limit=40", "after=x+y%2B%3d&limit=40&expand=stats"]);
    }

    #[tokio::test]
    async fn what_is_listed_twice_is_given_once() {
        let (found, _) = walked(|query, origin| match query {
            "expand=stats&limit=40" => page(&["a", "b", "a"], &next(origin, "after=1&expand=stats")),
            _ => page(&["b", "c"], &[]),
        })
        .await;
        assert_eq!(found.unwrap(), ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn no_list_goes_round_in_circles() {
        for script in [
            (|query, origin| page(&["a"], &next(origin, query))) as Script,
            |query, origin| match query {
                "expand=stats&limit=40" => page(&["a"], &next(origin, "after=1&expand=stats")),
                _ => page(&["b"], &next(origin, "expand=stats&limit=40")),
            },
            |query, origin| page(&[], &next(origin, &format!("{query}1"))),
        ] {
            let (found, asked) = walked(script).await;
            assert!(found.unwrap().len() <= 2);
            assert!(asked.len() <= 2, "{asked:?}");
        }
    }

    #[tokio::test]
    async fn a_page_on_which_okta_fails_is_asked_for_at_half_its_length() {
        let (found, asked) = walked(|query, origin| match query {
            "expand=stats&limit=40" => page(&["a"], &next(origin, "after=1&expand=stats&limit=40")),
            _ if query.contains("limit=40") => (StatusCode::INTERNAL_SERVER_ERROR, "{}").into_response(),
            _ => page(&["b"], &[]),
        })
        .await;
        assert_eq!(found.unwrap(), ["a", "b"]);
        assert_eq!(asked[1..], ["after=1&expand=stats&limit=40", "after=1&expand=stats&limit=20"]);

        let (found, asked) = walked(|_, _| (StatusCode::INTERNAL_SERVER_ERROR, "{}").into_response()).await;
        assert!(matches!(found, Err(Error::Api(api)) if api.status == StatusCode::INTERNAL_SERVER_ERROR));
        assert_eq!(asked.len(), 2, "{asked:?}");
    }

    #[tokio::test]
    async fn a_full_page_without_a_link_is_not_taken_for_the_last_one() {
        const FORTY: [&str; 40] = ["00"; 40];
        fn numbered(count: usize, links: &[String]) -> Response {
            let ids: Vec<String> = FORTY.iter().take(count).enumerate().map(|(place, _)| place.to_string()).collect();
            page(&ids.iter().map(String::as_str).collect::<Vec<_>>(), links)
        }
        let (found, asked) = walked(|query, origin| match query {
            "expand=stats&limit=40" => numbered(40, &[]),
            "expand=stats&limit=39" => numbered(39, &next(origin, "after=39&expand=stats&limit=39")),
            _ => page(&["39", "40"], &[]),
        })
        .await;
        assert_eq!(found.unwrap().len(), 41);
        assert_eq!(asked.len(), 3);
    }

    #[tokio::test]
    async fn no_link_leads_the_token_to_another_host() {
        let (found, asked) =
            walked(|_, _| page(&["a"], &["<https://elsewhere.example/x?after=1>; rel=\"next\"".to_owned()])).await;
        let error = found.unwrap_err();
        assert!(
            matches!(&error, Error::Decode { source, .. } if source.to_string().contains("another host")),
            "{error:?}"
        );
        assert_eq!(asked.len(), 1);
    }
}
