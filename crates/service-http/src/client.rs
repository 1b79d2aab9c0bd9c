//! Sending a request and holding its whole answer.

use std::ffi::OsString;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use reqwest::{Method, StatusCode, redirect};
use url::Url;

use super::error::LibraryError;
use super::{Clock, Origin, Redactor, Response, SendError, SystemClock, response, roots};

/// How long a connection may take to stand, name look-up and TLS handshake included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long one exchange may take, from looking up the name to the last byte of the body.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(60);

/// Longest body held, in bytes. The largest honest answers, a page of Okta users, are about a hundredth of it.
pub const MAX_BODY: usize = 16 * 1024 * 1024;

/// What every request calls itself, as both services ask of API clients.
pub const USER_AGENT: &str = concat!("terraform-provider-conductorone/", env!("CARGO_PKG_VERSION"));

/// One request, ready to be sent as often as needed.
#[derive(Clone)]
pub struct Request {
    method: Method,
    url: Url,
    /// Whether the address is this machine's own.
    near: bool,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl Request {
    /// A request for the resource at `segments` below `origin`; each segment is percent-encoded. Asks for JSON.
    pub fn new(method: Method, origin: &Origin, segments: &[&str]) -> Self {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        Self { method, url: origin.join(segments), near: origin.is_loopback(), headers, body: None }
    }

    /// A request for an address that a service gave, as it stands. `None` when it is on another origin: what goes along
    /// with a request is meant for `origin` alone. Asks for JSON.
    pub fn at(method: Method, origin: &Origin, url: Url) -> Option<Self> {
        let same = origin.contains(&url) && url.username().is_empty() && url.password().is_none();
        same.then(|| Self { url, ..Self::new(method, origin, &[]) })
    }

    /// Adds a query parameter, encoded.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets `Authorization`, marked so that no library logs it.
    #[must_use]
    pub fn authorization(self, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.header(AUTHORIZATION, value)
    }

    /// Sets the body and its media type.
    #[must_use]
    pub fn body(self, media_type: &'static str, body: Vec<u8>) -> Self {
        let mut this = self.header(CONTENT_TYPE, HeaderValue::from_static(media_type));
        this.body = Some(body);
        this
    }

    /// Says that no body follows, as some services demand of every `PUT` and `POST` that has none.
    #[must_use]
    pub fn without_body(self) -> Self {
        self.header(CONTENT_LENGTH, HeaderValue::from_static("0"))
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Where it goes.
    pub fn url(&self) -> &Url {
        &self.url
    }
}

/// Method and path only: query, headers and body may hold secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, self.url.path())
    }
}

/// Sends requests. Cheap to clone; clones share connections, the known secrets and the clock.
///
/// Make one per process: connections and the table of certificate authorities are worth sharing. Nothing is opened
/// or read from disk before the first request that needs it.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    /// Plain HTTP to this machine: needs no certificate authorities, which a minimal container may lack.
    plain: OnceLock<reqwest::Client>,
    /// TLS to this machine: never through a proxy, as Go programs have it.
    near: OnceLock<reqwest::Client>,
    /// Everything else, through the proxies that the environment names.
    far: OnceLock<reqwest::Client>,
    environment: fn(&str) -> Option<OsString>,
    redactor: Redactor,
    clock: Arc<dyn Clock>,
    user_agent: &'static str,
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// A client with this process's environment and clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// A client that takes its time from `clock`.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self::made_of(clock, USER_AGENT)
    }

    /// A client that tells services this name in place of [`USER_AGENT`].
    pub fn with_user_agent(user_agent: &'static str) -> Self {
        Self::made_of(Arc::new(SystemClock), user_agent)
    }

    fn made_of(clock: Arc<dyn Clock>, user_agent: &'static str) -> Self {
        let environment = |name: &str| std::env::var_os(name);
        let (plain, near, far) = Default::default();
        let redactor = Redactor::default();
        Self { shared: Arc::new(Shared { plain, near, far, environment, redactor, clock, user_agent }) }
    }

    /// The secrets known so far. What is learned here is removed from every message of a service.
    pub fn redactor(&self) -> &Redactor {
        &self.shared.redactor
    }

    /// The clock that pauses and lifetimes are measured with.
    pub fn clock(&self) -> &dyn Clock {
        self.shared.clock.as_ref()
    }

    /// Sends `request` once and reads the whole answer, whatever its status but 3xx.
    ///
    /// # Errors
    /// [`SendError`], which says whether the service may have acted on the request.
    pub async fn send(&self, request: &Request) -> Result<Response, SendError> {
        self.send_streaming(request).await?.collect().await
    }

    /// Sends `request` once and waits for the head of the answer, whatever its status but 3xx.
    ///
    /// # Errors
    /// [`SendError`], which says whether the service may have acted on the request.
    pub async fn send_streaming(&self, request: &Request) -> Result<StreamingResponse, SendError> {
        let started = Instant::now();
        let result = self.exchange(request).await;
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (method, path) = (request.method.as_str(), request.url.path());
        match &result {
            Ok(incoming) => {
                let request_id = incoming.request_id();
                let status = incoming.status.as_u16();
                tracing::debug!(method, path, status, elapsed_ms, request_id, "HTTP exchange");
            }
            Err(error) => tracing::debug!(method, path, elapsed_ms, %error, "HTTP exchange failed"),
        }
        result
    }

    async fn exchange(&self, request: &Request) -> Result<StreamingResponse, SendError> {
        let mut outgoing = reqwest::Request::new(request.method.clone(), request.url.clone());
        *outgoing.headers_mut() = request.headers.clone();
        *outgoing.body_mut() = request.body.clone().map(Into::into);

        let mut response = self.connections(request)?.execute(outgoing).await.map_err(send_error)?;
        let status = response.status();
        if status.is_redirection() {
            return Err(SendError::Redirected { status, to: redirect_target(&request.url, &response) });
        }
        let headers = std::mem::take(response.headers_mut());
        let incoming = StreamingResponse { status, headers, response, received: 0 };
        match incoming.response.content_length() {
            Some(length) if length > MAX_BODY as u64 => Err(incoming.too_large()),
            _ => Ok(incoming),
        }
    }

    fn connections(&self, request: &Request) -> Result<&reqwest::Client, SendError> {
        let builder = || {
            reqwest::Client::builder()
                .user_agent(self.shared.user_agent)
                .connect_timeout(CONNECT_TIMEOUT)
                .timeout(TOTAL_TIMEOUT)
                .redirect(redirect::Policy::none())
                .referer(false)
        };
        let with_roots = |builder: reqwest::ClientBuilder| match roots::from_environment(&self.shared.environment) {
            Some(roots) => builder.tls_certs_only(roots),
            None => builder,
        };
        match (request.near, request.url.scheme()) {
            (true, "http") => made(&self.shared.plain, || builder().no_proxy().tls_certs_only([])),
            (true, _) => made(&self.shared.near, || with_roots(builder().no_proxy().https_only(true))),
            (false, _) => made(&self.shared.far, || with_roots(builder().https_only(true))),
        }
    }
}

/// The head of an answer whose body has yet to come.
pub struct StreamingResponse {
    status: StatusCode,
    headers: HeaderMap,
    response: reqwest::Response,
    received: usize,
}

impl StreamingResponse {
    /// The status code.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The header lines.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The service's own name for this request, for a support case. At most 200 characters.
    pub fn request_id(&self) -> Option<String> {
        response::request_id(&self.headers)
    }

    /// The next piece of the body, `None` after the last.
    ///
    /// # Errors
    /// [`SendError`] when the connection breaks, or the body is longer than [`MAX_BODY`] bytes.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, SendError> {
        let chunk = self.response.chunk().await.map_err(send_error)?;
        self.received = self.received.saturating_add(chunk.as_ref().map_or(0, Bytes::len));
        if self.received > MAX_BODY { Err(self.too_large()) } else { Ok(chunk) }
    }

    /// The whole answer.
    ///
    /// # Errors
    /// As [`StreamingResponse::chunk`].
    pub async fn collect(mut self) -> Result<Response, SendError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status: self.status, headers: self.headers, body })
    }

    fn too_large(&self) -> SendError {
        SendError::TooLarge { status: self.status, limit: MAX_BODY }
    }
}

/// The head only: a body may hold a token.
impl fmt::Debug for StreamingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// The client in `place`, made now if this is its first use. Two first uses at once make two and keep one.
fn made(
    place: &OnceLock<reqwest::Client>,
    builder: impl FnOnce() -> reqwest::ClientBuilder,
) -> Result<&reqwest::Client, SendError> {
    if let Some(client) = place.get() {
        return Ok(client);
    }
    let client = builder().build().map_err(|error| SendError::Setup(LibraryError::new(error)))?;
    Ok(place.get_or_init(|| client))
}

fn send_error(error: reqwest::Error) -> SendError {
    if error.is_builder() {
        return SendError::Setup(LibraryError::new(error));
    }
    if error.is_connect() {
        return SendError::NotSent(LibraryError::new(error));
    }
    SendError::Broken { timed_out: error.is_timeout(), source: LibraryError::new(error) }
}

/// Where a redirect points, without path and query, which may repeat what we sent.
fn redirect_target(from: &Url, response: &reqwest::Response) -> Option<String> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let target = from.join(location).ok()?;
    target.host_str()?;
    Some(target.origin().ascii_serialization())
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("http::Client")
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::{HeaderMap, StatusCode};
    use axum::response::Redirect;
    use axum::routing::{any, get, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    fn get_request(origin: &Origin, segment: &str) -> Request {
        Request::new(Method::GET, origin, &[segment])
    }

    #[tokio::test]
    async fn a_redirect_is_an_error_that_names_only_status_and_origin() {
        let app = Router::new()
            .route("/away", any(|| async { Redirect::temporary("https://elsewhere.example:8443/path?token=canary") }))
            .route("/near", any(|| async { Redirect::permanent("/api/v1/apps") }))
            .fallback(|| async { "followed" });
        let origin: Origin = test_support::serve(app).await.parse().unwrap();
        let error = Client::new().send(&get_request(&origin, "away")).await.unwrap_err();
        let text = "the answer was 307 Temporary Redirect, a redirect to https://elsewhere.example:8443, which is not followed";
        assert_eq!(error.to_string(), text);
        let error = Client::new().send(&get_request(&origin, "near")).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the answer was 308 Permanent Redirect, a redirect to {origin}, which is not followed")
        );
        assert!(!error.may_have_taken_effect());
    }

    #[tokio::test]
    async fn every_request_names_this_product_and_asks_for_json() {
        let app = Router::new().route(
            "/echo",
            get(|headers: HeaderMap| async move {
                let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
                format!("{} {} {}", text("user-agent"), text("accept"), text("referer"))
            }),
        );
        let answer =
            Client::new().send(&get_request(&test_support::serve(app).await.parse().unwrap(), "echo")).await.unwrap();
        let expected = format!("terraform-provider-conductorone/{} application/json -", env!("CARGO_PKG_VERSION"));
        assert_eq!(String::from_utf8(answer.body).unwrap(), expected);
    }

    #[tokio::test]
    async fn a_refused_connection_surely_did_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin: Origin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        drop(listener);
        let error = Client::new().send(&get_request(&origin, "x")).await.unwrap_err();
        assert!(matches!(error, SendError::NotSent(_)), "{error:?}");
        assert!(!error.may_have_taken_effect() && error.is_transient());
        assert!(!format!("{error:?}").contains("/x"), "{error:?}");
    }

    /// Reads a request, then answers with `bytes` and closes the connection.
    async fn raw_server(bytes: &'static [u8]) -> Origin {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut buffer = [0; 4096];
                let _ = stream.read(&mut buffer).await;
                let _ = stream.write_all(bytes).await;
            }
        });
        origin
    }

    #[tokio::test]
    async fn a_connection_that_breaks_after_sending_may_have_done_something() {
        for bytes in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"] {
            let origin = raw_server(bytes).await;
            let request = Request::new(Method::POST, &origin, &["x"]).body("application/json", b"{}".to_vec());
            let error = Client::new().send(&request).await.unwrap_err();
            assert!(matches!(error, SendError::Broken { timed_out: false, .. }), "{error:?}");
            assert!(error.may_have_taken_effect());
        }
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_refused_with_and_without_a_length() {
        let app = Router::new()
            .route("/sized", post(|| async { vec![b' '; MAX_BODY + 1] }))
            .route(
                "/chunked",
                post(|| async {
                    let chunks = (0..17).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1024 * 1024]));
                    axum::body::Body::from_stream(futures::stream::iter(chunks))
                }),
            )
            .route("/fits", post(|| async { vec![b' '; MAX_BODY] }));
        let origin: Origin = test_support::serve(app).await.parse().unwrap();
        for path in ["sized", "chunked"] {
            let error = Client::new().send(&Request::new(Method::POST, &origin, &[path])).await.unwrap_err();
            assert!(matches!(error, SendError::TooLarge { status: StatusCode::OK, limit: MAX_BODY }), "{error:?}");
            assert!(error.may_have_taken_effect());
        }
        assert!(Client::new().send(&Request::new(Method::POST, &origin, &["fits"])).await.is_ok());
    }

    #[test]
    fn the_debug_form_of_a_request_shows_neither_query_headers_nor_body() {
        let origin: Origin = "https://acme.okta.com".parse().unwrap();
        let request = Request::new(Method::POST, &origin, &["api", "v1"])
            .query("token", "canary")
            .authorization(HeaderValue::from_static("SSWS canary"))
            .body("application/json", b"canary".to_vec());
        assert_eq!(format!("{request:?}"), "Request(POST /api/v1)");
        assert!(!format!("{:?}", request.headers).contains("canary"));
    }

    /// Keeps every event of this crate as one line of its fields.
    #[derive(Clone, Default)]
    struct Lines(Arc<std::sync::Mutex<Vec<String>>>);

    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Lines {
        fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            struct Line(String);
            impl tracing::field::Visit for Line {
                fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
                    self.0.push_str(&format!("{}={value:?} ", field.name()));
                }
            }
            let mut line = Line(format!("{} ", event.metadata().target()));
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
    }

    #[tokio::test]
    async fn the_log_names_the_exchange_and_nothing_secret() {
        use tracing_subscriber::layer::SubscriberExt;

        let lines = Lines::default();
        let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(lines.clone()));
        let app = Router::new().fallback(|| async { ([("x-request-id", "req-7")], "canary-answer") });
        let origin: Origin = test_support::serve(app).await.parse().unwrap();
        let request = Request::new(Method::POST, &origin, &["api", "v1"])
            .query("q", "canary-query")
            .authorization(HeaderValue::from_static("SSWS canary-token"))
            .body("application/json", b"canary-body".to_vec());
        Client::new().send(&request).await.unwrap();
        let lines = lines.0.lock().unwrap();
        // At every level, other libraries' lines included.
        assert!(lines.iter().all(|line| !line.contains("canary")), "{lines:?}");
        let ours: Vec<&String> = lines.iter().filter(|line| line.starts_with("service_http")).collect();
        assert_eq!(ours.len(), 1, "{ours:?}");
        for part in ["method=\"POST\"", "path=\"/api/v1\"", "status=200", "elapsed_ms=", "request_id=\"req-7\""] {
            assert!(ours[0].contains(part), "{part} is not in {}", ours[0]);
        }
    }
}
