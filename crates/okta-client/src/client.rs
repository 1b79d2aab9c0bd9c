//! Clients for an Okta org, before and after it has been verified.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::DeserializeOwned;
use url::Url;

use service_http::{Method, Origin, Request, Response, SendError};

use super::endpoint_group::{Bucket, EndpointGroup};
use super::limiter::{Limiter, RequestPriority};
use super::limits::Limits;
use super::model::OrganizationDocument;
use super::rate_limit::Quota;
use super::transport::{self, RequestOptions};
use super::{AdminRole, Domain, Error, Token, User};

/// A client for a host that has not been verified as an Okta org. It can only read the org's public document.
#[derive(Clone, Debug)]
pub struct Client {
    domain: Domain,
    http: service_http::Client,
    limits: Limits,
}

impl Client {
    /// Creates a client for the org at `domain`. Clients that share `limits` share rate limiters. Sends nothing.
    pub fn new(domain: Domain, http: service_http::Client, limits: Limits) -> Self {
        Self { domain, http, limits }
    }

    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Reads the org's public document without credentials, which verifies that the host is an Okta org.
    ///
    /// Source: Okta developer docs, `GET /.well-known/okta-organization`.
    ///
    /// # Errors
    /// [`Error::NotAnOrg`] if the host is not an org. [`Error::NoResponse`], [`Error::RateLimited`],
    /// [`Error::Redirected`] and [`Error::Api`] (5xx) if this is not known.
    pub async fn organization(&self) -> Result<Organization, Error> {
        const OPERATION: &str = "reading the org's public document";
        let not_an_org = |reason: String| Error::NotAnOrg { domain: self.domain.clone(), reason };
        let request = Request::new(Method::GET, self.domain.origin(), &[".well-known", "okta-organization"]);
        let response = match transport::get_unauthenticated(&self.http, OPERATION, &request).await {
            Ok(response) => response,
            Err(Error::Api(api)) if api.status.is_client_error() => {
                return Err(not_an_org(format!("it returned {} for the public document of an org", api.status)));
            }
            Err(other) => return Err(other),
        };
        let document: OrganizationDocument = response
            .json()
            .map_err(|problem| not_an_org(format!("it returned an unexpected public document: {problem}")))?;
        let is_id_valid = !document.id.is_empty() && document.id.bytes().all(|b| b.is_ascii_alphanumeric());
        if !is_id_valid || (document.pipeline.is_none() && document.links.organization.is_none()) {
            return Err(not_an_org("its public document lacks fields that every org has".to_owned()));
        }
        Ok(Organization { id: document.id, client: self.clone() })
    }
}

/// A host that has been verified as an Okta org. Only this can create an [`AuthenticatedClient`].
#[derive(Clone, Debug)]
pub struct Organization {
    id: String,
    client: Client,
}

impl Organization {
    /// Returns the org's ID, which is the same for all its domains. Usually starts with `00o`.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn domain(&self) -> &Domain {
        &self.client.domain
    }

    /// Creates a client that sends `token` to this org, only at the verified address.
    pub fn with_token(&self, token: Token) -> AuthenticatedClient {
        self.client.http.redactor().register(token.secret());
        let limiter = self.client.limits.limiter(&self.client.domain, &token, &self.client.http);
        AuthenticatedClient { client: self.client.clone(), token, limiter, sent: Arc::default() }
    }
}

/// A client that authenticates with a token.
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
    /// Returns the owner of the token, which verifies the token. Source: Okta developer docs, `GET /api/v1/users/me`.
    ///
    /// # Errors
    /// [`Error::is_invalid_token`] if Okta rejects the token; any other [`Error`] except `NotAnOrg`.
    pub async fn current_user(&self) -> Result<User, Error> {
        self.get("validating the API token", &["api", "v1", "users", "me"]).await
    }

    /// Returns the admin roles of the user with an ID or login. Source: Okta developer docs, `GET /api/v1/users/{id}/roles`.
    ///
    /// # Errors
    /// [`Error::is_forbidden`] if the token lacks the permission, as most do; [`Error::is_not_found`] if there is no such
    /// user; any other [`Error`] except `NotAnOrg`.
    pub async fn admin_roles(&self, user: &str) -> Result<Vec<AdminRole>, Error> {
        self.get("reading the admin roles of a user", &["api", "v1", "users", user, "roles"]).await
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
        let response = self.send(operation, &self.authorize(request), RequestOptions::SINGLE).await?;
        response.json().map_err(|source| Error::Decode { operation, source })
    }

    /// Returns a request for an address that Okta returned, or `None` if the address is on another origin.
    pub fn request_at(&self, method: Method, url: Url) -> Option<Request> {
        Request::at(method, self.origin(), url).map(|request| self.authorize(request))
    }

    /// Adds the token to a request.
    pub fn authorize(&self, request: Request) -> Request {
        // Always present, because a token is only created from text that is valid in a header.
        match self.token.authorization() {
            Some(authorization) => request.authorization(authorization),
            None => request,
        }
    }

    /// Sends an idempotent change, and retries it as a read.
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

    /// Sends a request and returns the first 2xx response.
    pub async fn send(
        &self,
        operation: &'static str,
        request: &Request,
        options: RequestOptions,
    ) -> Result<Response, Error> {
        let attempt = || self.attempt(request, options.priority);
        transport::send(self.http(), operation, request, options.retry, attempt).await
    }

    /// Sends a request once, when the rate limiter permits it.
    async fn attempt(&self, request: &Request, priority: RequestPriority) -> Result<Response, SendError> {
        let mut permit = self.limiter.acquire(EndpointGroup::of(request.url().path()), priority).await;
        self.sent.fetch_add(1, Ordering::Relaxed);
        let streaming = self.http().send_streaming(request).await?;
        permit.record(streaming.status(), streaming.headers());
        streaming.collect().await
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
    type Condition = fn(&Error) -> bool;
    /// The headers of a 429 response, and the range of the pause in milliseconds.
    type Row = (&'static [(&'static str, &'static str)], std::ops::RangeInclusive<u64>);
    type Seen = Arc<Mutex<Vec<(String, HeaderMap)>>>;

    /// Starts a host that returns the responses in turn and records the requests.
    async fn host(responses: Vec<Response>) -> (Domain, Seen) {
        let seen = Seen::default();
        let script: Script = Arc::new(Mutex::new(responses.into_iter().rev().collect()));
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

    fn error_response(status: u16, code: &str) -> Response {
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
        (Client::new(domain, service_http::Client::with_clock("test/1", clock.clone()), Limits::default()), clock)
    }

    async fn current_user(mut responses: Vec<Response>) -> (Result<User, Error>, Vec<Duration>, usize) {
        responses.insert(0, org());
        let (domain, seen) = host(responses).await;
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
    async fn the_token_is_sent_only_after_the_org_is_verified() {
        let user = json!({"id": "00u1", "status": "ACTIVE", "profile": {"login": "root@acme.example"}});
        let (domain, seen) = host(vec![org(), axum::Json(user).into_response()]).await;
        let (client, _) = client(domain);
        let organization = client.organization().await.unwrap();
        assert_eq!(organization.id(), "00o1234567890abcdefg");

        let token = Token::try_new(SecretString::from(TOKEN)).unwrap();
        let user = organization.with_token(token).current_user().await.unwrap();
        assert_eq!((user.login(), user.status.is_active()), (Some("root@acme.example"), true));

        let seen = seen.lock().unwrap();
        assert_eq!(seen[0].0, "/.well-known/okta-organization");
        assert!(!seen[0].1.contains_key("authorization"));
        // The verified address, not the link of the org.
        assert_eq!(seen[1].0, "/api/v1/users/me");
        assert_eq!(seen[1].1["authorization"], format!("SSWS {TOKEN}"));
        assert_eq!(seen[1].1["accept"], "application/json");
    }

    #[tokio::test]
    async fn hosts_that_are_not_orgs_are_distinguished_from_failing_orgs() {
        for (response, expected) in [
            ((StatusCode::OK, "<html>parked</html>").into_response(), "unexpected public document"),
            (axum::Json(json!({"id": "x"})).into_response(), "lacks fields"),
            (axum::Json(json!({"id": "<b>", "pipeline": "idx"})).into_response(), "lacks fields"),
            (axum::Json(json!([])).into_response(), "unexpected public document"),
            (StatusCode::NOT_FOUND.into_response(), "404 Not Found"),
            (StatusCode::UNAUTHORIZED.into_response(), "401 Unauthorized"),
        ] {
            let (domain, seen) = host(vec![response]).await;
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
    async fn client_errors_are_distinguished_and_never_retried() {
        let conditions: [(&str, Condition); 5] = [
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
            let (result, pauses, requests) = current_user(vec![error_response(status, code)]).await;
            let error = result.unwrap_err();
            let yes: Vec<&str> = conditions.iter().filter(|(_, holds)| holds(&error)).map(|(name, _)| *name).collect();
            assert_eq!(yes, Vec::from_iter(expected), "{status} {code}");
            assert_eq!((pauses.len(), requests), (0, 1), "{status} {code}");
            assert!(error.to_string().ends_with(&format!(": No for [redacted]: because ({code})")), "{error}");
            assert_eq!(error.api().and_then(|api| api.request_id.as_deref()), Some("req-1"));
        }
    }

    #[tokio::test]
    async fn server_errors_are_retried_three_times() {
        for status in [500, 502, 503, 504] {
            let (result, pauses, requests) =
                current_user((0..9).map(|_| error_response(status, "E0000009")).collect()).await;
            assert_eq!(result.unwrap_err().api().map(|api| api.status.as_u16()), Some(status));
            assert_eq!((pauses.len(), requests), (3, 4));
        }
        let user = axum::Json(json!({"id": "00u1"})).into_response();
        let (result, pauses, _) = current_user(vec![error_response(503, ""), user]).await;
        assert_eq!((result.unwrap().id.as_str(), pauses.len()), ("00u1", 1));
    }

    #[tokio::test]
    async fn rate_limits_are_waited_for_by_the_servers_clock() {
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
            let limited = with_headers(error_response(429, "E0000047"), headers);
            let user = axum::Json(json!({"id": "00u1"})).into_response();
            let (result, pauses, _) = current_user(vec![limited, user]).await;
            assert!(result.is_ok());
            let pause = u64::try_from(pauses[0].as_millis()).unwrap();
            assert!(expected.contains(&pause), "{pause} is not in {expected:?}");
        }
        let (result, _, requests) = current_user((0..9).map(|_| error_response(429, "E0000047")).collect()).await;
        assert!(matches!(result, Err(Error::RateLimited { attempts: 4, .. })));
        assert_eq!(requests, 4);
    }

    #[tokio::test]
    async fn redirects_are_not_followed() {
        let (elsewhere, seen_elsewhere) = host(vec![]).await;
        let target = format!("{elsewhere}/api/v1/users/me");
        let (result, _, requests) = current_user(vec![Redirect::temporary(&target).into_response()]).await;
        assert!(matches!(result, Err(Error::Redirected { .. })));
        assert_eq!((requests, seen_elsewhere.lock().unwrap().len()), (1, 0));
    }

    #[tokio::test]
    async fn errors_of_unexpected_bodies_contain_the_path() {
        let (result, ..) = current_user(vec![axum::Json(json!({"id": 7})).into_response()]).await;
        let Err(Error::Decode { source, .. }) = result else { panic!("{result:?}") };
        assert_eq!(source.to_string(), "at id: expected a string");
    }

    #[tokio::test]
    async fn a_missing_response_is_an_error_after_four_attempts() {
        let (client, clock) = client("http://127.0.0.1:1".parse().unwrap());
        let error = client.organization().await.unwrap_err();
        assert!(matches!(error, Error::NoResponse { attempts: 4, may_have_taken_effect: false, .. }), "{error:?}");
        assert_eq!(clock.pauses().len(), 3);
    }

    #[tokio::test]
    async fn changes_have_a_content_length_and_are_retried() {
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
