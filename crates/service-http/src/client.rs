//! Sends a request and receives its complete response.

use std::ffi::OsString;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use reqwest::{Method, StatusCode, redirect};
use url::Url;

use crate::error::LibraryError;
use crate::{Clock, Origin, Redactor, Response, SendError, SystemClock, response, roots};

/// Time limit for establishing a connection, including DNS and the TLS handshake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time limit of one exchange, from DNS to the last byte of the body.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(60);

/// Maximum length of a body in bytes. The longest regular bodies, pages of Okta users, have about a hundredth of it.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// A request, which can be sent more than once.
#[derive(Clone)]
pub struct Request {
    method: Method,
    url: Url,
    is_loopback: bool,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl Request {
    /// Creates a request for the resource at `segments` below `origin`. Percent-encodes each segment. Accepts JSON.
    pub fn new(method: Method, origin: &Origin, segments: &[&str]) -> Self {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        Self { method, url: origin.join(segments), is_loopback: origin.is_loopback(), headers, body: None }
    }

    /// Creates a request for an address that a service returned, unchanged. Accepts JSON.
    ///
    /// Returns `None` if the address is on another origin, because credentials are meant for `origin` alone.
    pub fn at(method: Method, origin: &Origin, url: Url) -> Option<Self> {
        let same = origin.contains(&url) && url.username().is_empty() && url.password().is_none();
        same.then(|| Self { url, ..Self::new(method, origin, &[]) })
    }

    /// Adds a query parameter and encodes it.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets `Authorization`, marked as sensitive so that no library logs it.
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

    /// Adds the content length of an empty body, which some services require of each `PUT` and `POST` without a body.
    #[must_use]
    pub fn without_body(self) -> Self {
        self.header(CONTENT_LENGTH, HeaderValue::from_static("0"))
    }

    pub fn method(&self) -> &Method {
        &self.method
    }

    pub fn url(&self) -> &Url {
        &self.url
    }
}

/// Shows method and path only: query, headers and body may contain secrets.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method, self.url.path())
    }
}

/// An HTTP client. Cheap to clone; clones share connections, the registered secrets and the clock.
///
/// Create one per process, to share connections and the table of certificate authorities. Connections and files are
/// opened on first use.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    /// Plain HTTP to this machine. Works without certificate authorities, which a minimal container may lack.
    loopback_plain: OnceLock<reqwest::Client>,
    /// TLS to this machine. Ignores proxies, as Go programs do.
    loopback_tls: OnceLock<reqwest::Client>,
    /// TLS to other machines. Uses the proxies of the environment.
    remote: OnceLock<reqwest::Client>,
    environment: fn(&str) -> Option<OsString>,
    redactor: Redactor,
    clock: Arc<dyn Clock>,
    user_agent: &'static str,
}

impl Client {
    /// Creates a client with the environment of this process and the system clock.
    ///
    /// The user agent is a product name and version, such as `example/1.0.0`. Both services ask API clients for one.
    pub fn new(user_agent: &'static str) -> Self {
        Self::with_clock(user_agent, Arc::new(SystemClock))
    }

    /// Creates a client with another clock.
    pub fn with_clock(user_agent: &'static str, clock: Arc<dyn Clock>) -> Self {
        let environment = |name: &str| std::env::var_os(name);
        let (loopback_plain, loopback_tls, remote) = Default::default();
        let redactor = Redactor::default();
        Self {
            shared: Arc::new(Shared { loopback_plain, loopback_tls, remote, environment, redactor, clock, user_agent }),
        }
    }

    /// Returns the redactor, which removes registered secrets from every message of a service.
    pub fn redactor(&self) -> &Redactor {
        &self.shared.redactor
    }

    pub fn clock(&self) -> &dyn Clock {
        self.shared.clock.as_ref()
    }

    /// Sends `request` once and returns the complete response, of any status except 3xx.
    ///
    /// # Errors
    /// [`SendError`], which contains whether the service may have executed the request.
    pub async fn send(&self, request: &Request) -> Result<Response, SendError> {
        self.send_streaming(request).await?.collect().await
    }

    /// Sends `request` once and returns the head of the response, of any status except 3xx.
    ///
    /// # Errors
    /// [`SendError`], which contains whether the service may have executed the request.
    pub async fn send_streaming(&self, request: &Request) -> Result<StreamingResponse, SendError> {
        let started = Instant::now();
        let result = self.exchange(request).await;
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (method, path) = (request.method.as_str(), request.url.path());
        match &result {
            Ok(response) => {
                let request_id = response::request_id(&response.headers);
                let status = response.status.as_u16();
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
        match response.content_length() {
            Some(length) if length > MAX_BODY as u64 => Err(SendError::TooLarge { status, limit: MAX_BODY }),
            _ => Ok(StreamingResponse { status, headers, response }),
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
        let Shared { loopback_plain, loopback_tls, remote, .. } = &*self.shared;
        match (request.is_loopback, request.url.scheme()) {
            (true, "http") => get_or_build(loopback_plain, || builder().no_proxy().tls_certs_only([])),
            (true, _) => get_or_build(loopback_tls, || with_roots(builder().no_proxy().https_only(true))),
            (false, _) => get_or_build(remote, || with_roots(builder().https_only(true))),
        }
    }
}

/// The head of a response whose body has not been received yet.
pub struct StreamingResponse {
    status: StatusCode,
    headers: HeaderMap,
    response: reqwest::Response,
}

impl StreamingResponse {
    pub fn status(&self) -> StatusCode {
        self.status
    }

    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Receives the rest of the response.
    ///
    /// # Errors
    /// [`SendError`] if the connection breaks, or the body is longer than `MAX_BODY` bytes.
    pub async fn collect(mut self) -> Result<Response, SendError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.response.chunk().await.map_err(send_error)? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(SendError::TooLarge { status: self.status, limit: MAX_BODY });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status: self.status, headers: self.headers, body })
    }
}

/// Shows the status only: headers and body may contain a token.
impl fmt::Debug for StreamingResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamingResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Returns the client, and builds it on first use. Concurrent first calls may build it twice; one is kept.
fn get_or_build(
    cell: &OnceLock<reqwest::Client>,
    builder: impl FnOnce() -> reqwest::ClientBuilder,
) -> Result<&reqwest::Client, SendError> {
    if let Some(client) = cell.get() {
        return Ok(client);
    }
    let client = builder().build().map_err(|error| SendError::Setup(LibraryError::new(error)))?;
    Ok(cell.get_or_init(|| client))
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

/// Returns the target of a redirect without path and query, which may repeat parts of the request.
fn redirect_target(from: &Url, response: &reqwest::Response) -> Option<String> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let target = from.join(location).ok()?;
    target.host_str()?;
    Some(target.origin().ascii_serialization())
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("service_http::Client")
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

    fn client() -> Client {
        Client::new("test/1")
    }

    fn get_request(origin: &Origin, segment: &str) -> Request {
        Request::new(Method::GET, origin, &[segment])
    }

    #[tokio::test]
    async fn redirects_are_errors_with_status_and_origin_only() {
        let app = Router::new()
            .route("/away", any(|| async { Redirect::temporary("https://elsewhere.example:8443/path?token=canary") }))
            .route("/here", any(|| async { Redirect::permanent("/api/v1/apps") }))
            .fallback(|| async { "followed" });
        let origin: Origin = test_support::serve(app).await.parse().unwrap();
        let error = client().send(&get_request(&origin, "away")).await.unwrap_err();
        let text = "the response was 307 Temporary Redirect, a redirect to https://elsewhere.example:8443, which is not followed";
        assert_eq!(error.to_string(), text);
        let error = client().send(&get_request(&origin, "here")).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the response was 308 Permanent Redirect, a redirect to {origin}, which is not followed")
        );
        assert!(!error.may_have_taken_effect());
    }

    #[tokio::test]
    async fn requests_contain_the_user_agent_and_accept_json() {
        let app = Router::new().route(
            "/echo",
            get(|headers: HeaderMap| async move {
                let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
                format!("{} {} {}", text("user-agent"), text("accept"), text("referer"))
            }),
        );
        let response =
            client().send(&get_request(&test_support::serve(app).await.parse().unwrap(), "echo")).await.unwrap();
        assert_eq!(String::from_utf8(response.body).unwrap(), "test/1 application/json -");
    }

    #[tokio::test]
    async fn refused_connections_have_no_effect() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin: Origin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        drop(listener);
        let error = client().send(&get_request(&origin, "x")).await.unwrap_err();
        assert!(matches!(error, SendError::NotSent(_)), "{error:?}");
        assert!(!error.may_have_taken_effect() && error.is_transient());
        assert!(!format!("{error:?}").contains("/x"), "{error:?}");
    }

    /// Serves `bytes` to each request, then closes the connection.
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
    async fn broken_connections_may_have_an_effect() {
        for bytes in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"] {
            let origin = raw_server(bytes).await;
            let request = Request::new(Method::POST, &origin, &["x"]).body("application/json", b"{}".to_vec());
            let error = client().send(&request).await.unwrap_err();
            assert!(matches!(error, SendError::Broken { timed_out: false, .. }), "{error:?}");
            assert!(error.may_have_taken_effect());
        }
    }

    #[tokio::test]
    async fn too_long_bodies_are_rejected_with_and_without_a_content_length() {
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
            let error = client().send(&Request::new(Method::POST, &origin, &[path])).await.unwrap_err();
            assert!(matches!(error, SendError::TooLarge { status: StatusCode::OK, limit: MAX_BODY }), "{error:?}");
            assert!(error.may_have_taken_effect());
        }
        assert!(client().send(&Request::new(Method::POST, &origin, &["fits"])).await.is_ok());
    }

    #[test]
    fn debug_output_of_requests_omits_query_headers_and_body() {
        let origin: Origin = "https://acme.okta.com".parse().unwrap();
        let request = Request::new(Method::POST, &origin, &["api", "v1"])
            .query("token", "canary")
            .authorization(HeaderValue::from_static("SSWS canary"))
            .body("application/json", b"canary".to_vec());
        assert_eq!(format!("{request:?}"), "Request(POST /api/v1)");
        assert!(!format!("{:?}", request.headers).contains("canary"));
    }

    /// Records each event as one line of its fields.
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
    async fn the_log_describes_exchanges_without_secrets() {
        use tracing_subscriber::layer::SubscriberExt;

        let lines = Lines::default();
        let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(lines.clone()));
        let app = Router::new().fallback(|| async { ([("x-request-id", "req-7")], "canary-response") });
        let origin: Origin = test_support::serve(app).await.parse().unwrap();
        let request = Request::new(Method::POST, &origin, &["api", "v1"])
            .query("q", "canary-query")
            .authorization(HeaderValue::from_static("SSWS canary-token"))
            .body("application/json", b"canary-body".to_vec());
        client().send(&request).await.unwrap();
        let lines = lines.0.lock().unwrap();
        // Includes all levels and the events of other libraries.
        assert!(lines.iter().all(|line| !line.contains("canary")), "{lines:?}");
        let ours: Vec<&String> = lines.iter().filter(|line| line.starts_with("service_http")).collect();
        assert_eq!(ours.len(), 1, "{ours:?}");
        for part in ["method=\"POST\"", "path=\"/api/v1\"", "status=200", "elapsed_ms=", "request_id=\"req-7\""] {
            assert!(ours[0].contains(part), "{part} is not in {}", ours[0]);
        }
    }
}
