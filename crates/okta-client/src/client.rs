//! Asking an Okta org.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeOwned;
use url::Url;

use service_http::{Method, Origin, Request};

use super::endpoint_group::Bucket;
use super::limiter::Limiter;
use super::limits::{Limits, Quota};
use super::model::OrganizationDocument;
use super::transport::{self, RequestOptions};
use super::{AdminRole, Domain, Error, Pipeline, Token, User};

/// An Okta org that has not shown itself to be one yet, so there is nothing to ask but its public document.
#[derive(Clone, Debug)]
pub struct Client {
    domain: Domain,
    http: service_http::Client,
    limits: Limits,
}

impl Client {
    /// A client for the org at `domain`, which takes turns with all others that share `limits`. Sends nothing.
    pub fn new(domain: Domain, http: service_http::Client, limits: Limits) -> Self {
        Self { domain, http, limits }
    }

    /// The address this client asks.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Reads the org's public document, without any credential: proof that an Okta org is what answers here.
    ///
    /// Source: Okta developer docs, `GET /.well-known/okta-organization`.
    ///
    /// # Errors
    /// [`Error::NotAnOrg`] when something else answers; [`Error::NoAnswer`], [`Error::RateLimited`],
    /// [`Error::Redirected`] and [`Error::Api`] (5xx) when nothing can be said.
    pub async fn organization(&self) -> Result<Organization, Error> {
        const OPERATION: &str = "read the org's public document";
        let not_an_org = |reason: String| Error::NotAnOrg { domain: self.domain.clone(), reason };
        let request = Request::new(Method::GET, self.domain.origin(), &[".well-known", "okta-organization"]);
        let answer = match transport::get_unauthenticated(&self.http, OPERATION, &request).await {
            Ok(answer) => answer,
            Err(Error::Api(api)) if api.status.is_client_error() => {
                return Err(not_an_org(format!("it answered {} where an org shows its public document", api.status)));
            }
            Err(other) => return Err(other),
        };
        let document: OrganizationDocument = answer.json().map_err(|problem| {
            not_an_org(format!("what it shows in place of an org's public document does not fit: {problem}"))
        })?;
        let plausible_id = !document.id.is_empty() && document.id.bytes().all(|b| b.is_ascii_alphanumeric());
        if !plausible_id || (document.pipeline.is_none() && document.links.organization.is_none()) {
            return Err(not_an_org("its public document lacks what an org's has".to_owned()));
        }
        let href = |link: Option<super::model::Link>| link.and_then(|link| link.href).filter(|href| !href.is_empty());
        Ok(Organization {
            id: document.id,
            pipeline: document.pipeline.map(Pipeline::from),
            canonical_link: href(document.links.organization),
            alternate_link: href(document.links.alternate),
            client: self.clone(),
        })
    }
}

/// A host that has shown itself to be an Okta org. Only this can make an [`AuthenticatedClient`].
#[derive(Clone, Debug)]
pub struct Organization {
    id: String,
    pipeline: Option<Pipeline>,
    canonical_link: Option<String>,
    alternate_link: Option<String>,
    client: Client,
}

impl Organization {
    /// The org's own ID, the same whatever domain it is reached by. Usually starts `00o`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Which engine runs the org, where it says so.
    pub fn pipeline(&self) -> Option<&Pipeline> {
        self.pipeline.as_ref()
    }

    /// The org's address under Okta's own domain, as the org gives it. To show, never to follow: it need not be the
    /// host that was asked.
    pub fn canonical_link(&self) -> Option<&str> {
        self.canonical_link.as_deref()
    }

    /// The org's custom domain, as the org gives it. To show, never to follow.
    pub fn alternate_link(&self) -> Option<&str> {
        self.alternate_link.as_deref()
    }

    /// The address that was asked.
    pub fn domain(&self) -> &Domain {
        &self.client.domain
    }

    /// A client that sends `token` to this org, at the address that was asked and at no other.
    pub fn with_token(&self, token: Token) -> AuthenticatedClient {
        self.client.http.redactor().register(token.secret());
        let limiter = self.client.limits.limiter(&self.client.domain, &token, &self.client.http);
        AuthenticatedClient { client: self.client.clone(), token, limiter, sent: Arc::default() }
    }
}

/// Asks an Okta org in the name of a token's owner.
#[derive(Clone)]
pub struct AuthenticatedClient {
    client: Client,
    token: Token,
    limiter: Limiter,
    /// Requests sent by this client and its clones, retries included.
    sent: Arc<AtomicU64>,
}

impl fmt::Debug for AuthenticatedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticatedClient").field("domain", &self.client.domain).finish_non_exhaustive()
    }
}

impl AuthenticatedClient {
    /// The token's owner. Source: Okta developer docs, `GET /api/v1/users/me`.
    ///
    /// # Errors
    /// [`Error::is_invalid_token`] when the token is dead; any other [`Error`] but `NotAnOrg`.
    pub async fn current_user(&self) -> Result<User, Error> {
        self.get("read the token's owner", &["api", "v1", "users", "me"]).await
    }

    /// The admin roles of a user, given by ID or login. Source: Okta developer docs, `GET /api/v1/users/{id}/roles`.
    ///
    /// # Errors
    /// [`Error::is_forbidden`] when the token may not read them, as most may not; [`Error::is_not_found`] when there is
    /// no such user; any other [`Error`] but `NotAnOrg`.
    pub async fn admin_roles(&self, user: &str) -> Result<Vec<AdminRole>, Error> {
        self.get("read a user's admin roles", &["api", "v1", "users", user, "roles"]).await
    }

    async fn get<T: DeserializeOwned>(&self, operation: &'static str, segments: &[&str]) -> Result<T, Error> {
        self.get_with_query(operation, segments, &[]).await
    }

    /// Sends a read with a query, and encodes the query's values.
    pub async fn get_with_query<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let mut request = Request::new(Method::GET, self.origin(), segments);
        for (name, value) in query {
            request = request.query(name, value);
        }
        let answer = self.send(operation, &self.authorize(request), RequestOptions::SINGLE).await?;
        answer.json().map_err(|source| Error::Decode { operation, source })
    }

    /// Returns a request for an address that Okta returned, or `None` if the address is on another origin.
    pub fn request_at(&self, method: Method, url: Url) -> Option<Request> {
        Request::at(method, self.origin(), url).map(|request| self.authorize(request))
    }

    /// Adds the token to a request.
    pub fn authorize(&self, request: Request) -> Request {
        // A token is only accepted when a header can carry it, so this is always there.
        match self.token.authorization() {
            Some(authorization) => request.authorization(authorization),
            None => request,
        }
    }

    /// Sends a change that has the same effect once and twice, and retries it as a read.
    ///
    /// # Errors
    /// [`Error::is_forbidden`] if the token lacks the permission; [`Error::is_not_found`] if an object in the path does
    /// not exist; any other [`Error`] except `NotAnOrg`.
    pub async fn change(
        &self,
        operation: &'static str,
        method: Method,
        segments: &[&str],
        body: Option<&serde_json::Value>,
    ) -> Result<(), Error> {
        let request = Request::new(method, self.origin(), segments);
        let request = match body {
            Some(body) => request.body("application/json", body.to_string().into_bytes()),
            // Okta returns 411 for a PUT without a content length.
            None => request.without_body(),
        };
        self.send(operation, &self.authorize(request), RequestOptions::SINGLE).await.map(drop)
    }

    /// Returns the limit of a bucket: as reported by Okta, or the documented default before the first response.
    pub fn quota(&self, bucket: Bucket) -> Quota {
        self.limiter.quota(bucket)
    }

    /// Returns a clone with a request counter of its own. Clones otherwise share theirs.
    #[must_use]
    pub fn with_own_counter(&self) -> Self {
        Self { sent: Arc::default(), ..self.clone() }
    }

    /// Returns how many requests this client and its clones have sent, retries included.
    pub fn requests_sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub fn origin(&self) -> &Origin {
        self.client.domain.origin()
    }

    pub fn http(&self) -> &service_http::Client {
        &self.client.http
    }

    pub(super) fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    pub(super) fn sent(&self) -> &AtomicU64 {
        &self.sent
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use axum::Router;
    use axum::extract::{Request as Incoming, State};
    use axum::http::{HeaderMap, HeaderValue};
    use axum::response::{IntoResponse, Redirect, Response};
    use secrecy::SecretString;
    use serde_json::json;

    use super::*;
    use service_http::StatusCode;
    use test_support::FakeClock;

    const TOKEN: &str = "00canary-canary-canary-canary-canary-canar";

    type Script = Arc<Mutex<Vec<Response>>>;
    type Question = fn(&Error) -> bool;
    /// Headers of a 429, and the milliseconds that may be waited for it.
    type Row = (&'static [(&'static str, &'static str)], std::ops::RangeInclusive<u64>);
    type Seen = Arc<Mutex<Vec<(String, HeaderMap)>>>;

    /// A host that answers requests with the given answers in turn, the last one for ever, and keeps what it saw.
    async fn host(answers: Vec<Response>) -> (Domain, Seen) {
        let seen = Seen::default();
        let script: Script = Arc::new(Mutex::new(answers.into_iter().rev().collect()));
        let app = Router::new()
            .fallback(|State((script, seen)): State<(Script, Seen)>, request: Incoming| async move {
                seen.lock().unwrap().push((request.uri().path().to_owned(), request.headers().clone()));
                script.lock().unwrap().pop().unwrap_or_else(|| StatusCode::NOT_IMPLEMENTED.into_response())
            })
            .with_state((script, Arc::clone(&seen)));
        (test_support::serve(app).await.parse().unwrap(), seen)
    }

    fn org() -> Response {
        let links = json!({"organization": {"href": "https://acme.okta.com"}, "alternate": {"href": null}});
        axum::Json(json!({"id": "00o1234567890abcdefg", "pipeline": "idx", "_links": links})).into_response()
    }

    fn refusal(status: u16, code: &str) -> Response {
        let body = json!({"errorCode": code, "errorSummary": format!("No for {TOKEN}"), "errorId": "oae1",
            "errorCauses": [{"errorSummary": "because"}]});
        let mut response = axum::Json(body).into_response();
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response.headers_mut().insert("x-okta-request-id", HeaderValue::from_static("req-1"));
        response
    }

    fn with_headers(mut response: Response, headers: &[(&'static str, &'static str)]) -> Response {
        for (name, value) in headers {
            response.headers_mut().insert(*name, HeaderValue::from_static(value));
        }
        response
    }

    fn client(domain: Domain) -> (Client, Arc<FakeClock>) {
        let clock = FakeClock::new();
        (Client::new(domain, service_http::Client::with_clock(clock.clone()), Limits::default()), clock)
    }

    async fn current_user(mut answers: Vec<Response>) -> (Result<User, Error>, Vec<Duration>, usize) {
        answers.insert(0, org());
        let (domain, seen) = host(answers).await;
        let (client, clock) = client(domain);
        let token = Token::try_new(SecretString::from(TOKEN)).unwrap();
        let authenticated = client.organization().await.unwrap().with_token(token);
        assert!(!format!("{authenticated:?}").contains("canary"));
        let result = authenticated.current_user().await;
        if let Err(error) = &result {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("canary"), "{shown}");
        }
        let requests = seen.lock().unwrap().len() - 1;
        (result, clock.pauses(), requests)
    }

    #[tokio::test]
    async fn an_org_is_recognised_without_sending_the_token_and_then_gets_it() {
        let user = json!({"id": "00u1", "status": "ACTIVE", "profile": {"login": "root@acme.example"}});
        let (domain, seen) = host(vec![org(), axum::Json(user).into_response()]).await;
        let (client, _) = client(domain);
        let organization = client.organization().await.unwrap();
        assert_eq!(organization.id(), "00o1234567890abcdefg");
        assert_eq!(organization.pipeline(), Some(&Pipeline::IdentityEngine));
        assert_eq!(organization.canonical_link(), Some("https://acme.okta.com"));
        assert_eq!(organization.alternate_link(), None);

        let token = Token::try_new(SecretString::from(TOKEN)).unwrap();
        let user = organization.with_token(token).current_user().await.unwrap();
        assert_eq!((user.login(), user.status.is_active()), (Some("root@acme.example"), true));

        let seen = seen.lock().unwrap();
        assert_eq!(seen[0].0, "/.well-known/okta-organization");
        assert!(!seen[0].1.contains_key("authorization"));
        // The host that was asked, although the org calls itself something else.
        assert_eq!(seen[1].0, "/api/v1/users/me");
        assert_eq!(seen[1].1["authorization"], format!("SSWS {TOKEN}"));
        assert_eq!(seen[1].1["accept"], "application/json");
    }

    #[tokio::test]
    async fn what_is_no_org_is_told_apart_from_an_org_that_fails() {
        for (answer, expected) in [
            ((StatusCode::OK, "<html>parked</html>").into_response(), "does not fit"),
            (axum::Json(json!({"id": "x"})).into_response(), "lacks what an org's has"),
            (axum::Json(json!({"id": "<b>", "pipeline": "idx"})).into_response(), "lacks what an org's has"),
            (axum::Json(json!([])).into_response(), "does not fit"),
            (StatusCode::NOT_FOUND.into_response(), "404 Not Found"),
            (StatusCode::UNAUTHORIZED.into_response(), "401 Unauthorized"),
        ] {
            let (domain, seen) = host(vec![answer]).await;
            let error = client(domain).0.organization().await.unwrap_err();
            assert!(matches!(&error, Error::NotAnOrg { .. }), "{error:?}");
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(seen.lock().unwrap().len(), 1);
        }
        let (domain, _) = host(vec![Redirect::temporary("https://www.okta.com/login?x=1").into_response()]).await;
        let error = client(domain).0.organization().await.unwrap_err();
        assert!(matches!(&error, Error::Redirected { to: Some(to), .. } if to == "https://www.okta.com"), "{error:?}");
    }

    #[tokio::test]
    async fn refusals_are_told_apart_and_never_repeated() {
        let questions: [(&str, Question); 5] = [
            ("invalid token", Error::is_invalid_token),
            ("authentication failed", Error::is_authentication_failed),
            ("feature missing", Error::is_feature_missing),
            ("forbidden", Error::is_forbidden),
            ("not found", Error::is_not_found),
        ];
        for (status, code, expected) in [
            (401, "E0000011", Some("invalid token")),
            (401, "E0000004", Some("authentication failed")),
            (401, "E0000015", Some("feature missing")),
            (403, "E0000006", Some("forbidden")),
            (404, "E0000007", Some("not found")),
            (400, "E0000001", None),
        ] {
            let (result, pauses, requests) = current_user(vec![refusal(status, code)]).await;
            let error = result.unwrap_err();
            let yes: Vec<&str> = questions.iter().filter(|(_, ask)| ask(&error)).map(|(name, _)| *name).collect();
            assert_eq!(yes, Vec::from_iter(expected), "{status} {code}");
            assert_eq!((pauses.len(), requests), (0, 1), "{status} {code}");
            assert!(error.to_string().ends_with(&format!(": No for [redacted]: because ({code})")), "{error}");
            assert_eq!(error.api().and_then(|api| api.request_id.as_deref()), Some("req-1"));
        }
    }

    #[tokio::test]
    async fn a_failing_server_is_asked_four_times() {
        for status in [500, 502, 503, 504] {
            let (result, pauses, requests) = current_user((0..9).map(|_| refusal(status, "E0000009")).collect()).await;
            assert_eq!(result.unwrap_err().api().map(|api| api.status.as_u16()), Some(status));
            assert_eq!((pauses.len(), requests), (3, 4));
        }
        let user = axum::Json(json!({"id": "00u1"})).into_response();
        let (result, pauses, _) = current_user(vec![refusal(503, ""), user]).await;
        assert_eq!((result.unwrap().id.as_str(), pauses.len()), ("00u1", 1));
    }

    #[tokio::test]
    async fn a_rate_limit_is_waited_for_by_the_answers_own_clock() {
        const DATE: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT"); // 784111777
        let rows: [Row; 5] = [
            (&[DATE, ("x-rate-limit-limit", "600"), ("x-rate-limit-reset", "784111787")], 10_000..=11_000),
            (&[DATE, ("x-rate-limit-limit", "600"), ("x-rate-limit-reset", "784111700")], 0..=1_000),
            (&[DATE, ("x-rate-limit-limit", "600"), ("x-rate-limit-reset", "99999999999")], 60_000..=61_000),
            (
                &[
                    DATE,
                    ("x-rate-limit-limit", "0"),
                    ("x-rate-limit-remaining", "0"),
                    ("x-rate-limit-reset", "784111887"),
                ],
                200..=2_000,
            ),
            (&[DATE, ("x-rate-limit-reset", "18446744073709551615")], 0..=60_000),
        ];
        for (headers, expected) in rows {
            let limited = with_headers(refusal(429, "E0000047"), headers);
            let user = axum::Json(json!({"id": "00u1"})).into_response();
            let (result, pauses, _) = current_user(vec![limited, user]).await;
            assert!(result.is_ok());
            let pause = u64::try_from(pauses[0].as_millis()).unwrap();
            assert!(expected.contains(&pause), "{pause} is not in {expected:?}");
        }
        let (result, _, requests) = current_user((0..9).map(|_| refusal(429, "E0000047")).collect()).await;
        assert!(matches!(result, Err(Error::RateLimited { attempts: 4, .. })));
        assert_eq!(requests, 4);
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed_so_the_token_stays_here() {
        let (elsewhere, seen_elsewhere) = host(vec![]).await;
        let target = format!("{elsewhere}/api/v1/users/me");
        let (result, _, requests) = current_user(vec![Redirect::temporary(&target).into_response()]).await;
        assert!(matches!(result, Err(Error::Redirected { .. })));
        assert_eq!((requests, seen_elsewhere.lock().unwrap().len()), (1, 0));
    }

    #[tokio::test]
    async fn an_unreadable_success_names_the_place() {
        let (result, ..) = current_user(vec![axum::Json(json!({"id": 7})).into_response()]).await;
        let Err(Error::Decode { source, .. }) = result else { panic!("{result:?}") };
        assert_eq!(source.to_string(), "at id: expected a string");
    }

    #[tokio::test]
    async fn no_answer_says_so_after_four_attempts() {
        let (client, clock) = client("http://127.0.0.1:1".parse().unwrap());
        let error = client.organization().await.unwrap_err();
        assert!(matches!(error, Error::NoAnswer { attempts: 4, may_have_taken_effect: false, .. }), "{error:?}");
        assert_eq!(clock.pauses().len(), 3);
    }

    #[tokio::test]
    async fn change_sends_a_content_length_and_is_retried() {
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let app = Router::new().fallback(async |State(seen): State<Arc<Mutex<Vec<String>>>>, request: Incoming| {
            if request.uri().path().starts_with("/.well-known") {
                return axum::Json(json!({"id": "00o1", "pipeline": "idx"})).into_response();
            }
            let length = request.headers().get("content-length").map(|length| length.to_str().unwrap().to_owned());
            let line = format!("{} {} {length:?}", request.method(), request.uri().path());
            let mut seen = seen.lock().unwrap();
            seen.push(line);
            match (request.method().as_str(), seen.len()) {
                ("PUT", _) if length.as_deref() != Some("0") => StatusCode::LENGTH_REQUIRED.into_response(),
                (_, 1) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                _ => StatusCode::NO_CONTENT.into_response(),
            }
        });
        let origin = test_support::serve(app.with_state(Arc::clone(&seen))).await;
        let (client, _) = client(origin.parse().unwrap());
        let token = Token::try_new(SecretString::from(TOKEN)).unwrap();
        let client = client.organization().await.unwrap().with_token(token);

        let path = ["api", "v1", "groups", "00g1", "users", "00u1"];
        client.change("add a user to a group", Method::PUT, &path, None).await.unwrap();
        client.change("remove a user from a group", Method::DELETE, &path, None).await.unwrap();
        let put = "PUT /api/v1/groups/00g1/users/00u1 Some(\"0\")";
        let seen = seen.lock().unwrap();
        assert_eq!(seen[..2], [put, put]);
        assert!(seen[2].starts_with("DELETE /api/v1/groups/00g1/users/00u1"));
    }
}
