//! One authenticated exchange with the API, repeated where that is safe.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use service_http::{
    self, Backoff, DecodeError, Method, Origin, Request, Response, RetryDecision, RetryOutcome, SendError, StatusCode,
};

use super::auth::{Authenticator, Bearer};
use super::{ApiError, Config, Credentials, Error};

/// How a call is repeated: at most 5 times, after up to 0.5, 1, 2 and 4 seconds.
pub(super) const BACKOFF: Backoff =
    Backoff { first: Duration::from_millis(500), cap: Duration::from_secs(30), attempts: 5 };

/// Longest pause taken from a `Retry-After`.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// A client for one tenant. Cheap to clone; clones share the access token and the connections.
#[derive(Clone)]
pub struct Client {
    http: service_http::Client,
    authenticator: Arc<Authenticator>,
}

impl Client {
    /// A client for the tenant in `config`. Sends nothing.
    pub fn new(config: Config, http: service_http::Client) -> Self {
        let authenticator = Arc::new(Authenticator::new(config, &http));
        Self { http, authenticator }
    }

    /// The tenant's address.
    pub fn origin(&self) -> &Origin {
        &self.authenticator.config().origin
    }

    /// The secrets known so far, to be removed from whatever else the service says, such as a connector's last error.
    pub fn redactor(&self) -> &service_http::Redactor {
        self.http.redactor()
    }

    /// The clock that pauses between calls are measured with.
    pub fn clock(&self) -> &dyn service_http::Clock {
        self.http.clock()
    }

    /// Finds out now whether the credentials are good: gets an access token, or asks who a ready one speaks for.
    ///
    /// # Errors
    /// [`Error::is_unauthenticated`] when they are not; any other [`Error`] when nothing can be said.
    pub async fn authenticate(&self) -> Result<(), Error> {
        match self.authenticator.config().credentials {
            Credentials::AccessToken(_) => self.introspect().await.map(|_| ()),
            Credentials::Federation { .. } | Credentials::Client { .. } => {
                self.authenticator.bearer(&self.http).await.map(|_| ())
            }
        }
    }

    /// Makes `call` and reads the answer.
    pub(super) async fn call<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T, Error> {
        let mut acted = false;
        let mut bearer = self.authenticator.bearer(&self.http).await?;
        let mut done = self.attempts(&call, &bearer, &mut acted).await;
        // A token may end early: its owner disabled, the tenant's keys turned. One more try with another one.
        if matches!(&done.outcome, Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED)
            && let Some(other) = self.authenticator.renewed(&self.http, &bearer).await?
        {
            bearer = other;
            done = self.attempts(&call, &bearer, &mut acted).await;
        }

        let operation = call.operation;
        let RetryOutcome { outcome, attempts } = done;
        let answer = outcome.map_err(|source| match source {
            SendError::Redirected { status, to } => Error::Redirected { operation, status, to },
            source => {
                let tenant = Box::new(self.origin().clone());
                Error::NoAnswer { tenant, operation, attempts, may_have_taken_effect: acted, source }
            }
        })?;
        if !answer.status().is_success() {
            return Err(Error::Api(Box::new(self.refusal(operation, attempts, acted, &answer))));
        }
        answer.json().map_err(|source| call.undecodable(source))
    }

    async fn attempts(
        &self,
        call: &Call<'_>,
        bearer: &Bearer,
        acted: &mut bool,
    ) -> RetryOutcome<Result<Response, SendError>> {
        let mut request = Request::new(call.method.clone(), self.origin(), &call.segments);
        for (name, value) in &call.query {
            request = request.query(name, value);
        }
        if let Some(body) = &call.body {
            request = request.body("application/json", body.clone());
        }
        let request = request.authorization(bearer.authorization());
        let judge = |outcome: &Result<Response, SendError>| {
            *acted |= call.writes && may_have_taken_effect(outcome);
            call.repeat.verdict(&self.http, outcome)
        };
        service_http::retry(self.http.clock(), BACKOFF, || self.http.send(&request), judge).await
    }

    fn refusal(
        &self,
        operation: &'static str,
        attempts: u32,
        may_have_taken_effect: bool,
        answer: &Response,
    ) -> ApiError {
        let foreign = is_foreign(answer);
        let Refusal { code, message } = answer.json().unwrap_or_default();
        ApiError {
            operation,
            status: answer.status(),
            code: code.and_then(|code| code.as_i64()).and_then(|code| i32::try_from(code).ok()),
            message: self.redactor().message(message.as_ref().and_then(Value::as_str).unwrap_or_default()),
            request_id: answer.request_id(),
            attempts,
            may_have_taken_effect,
            foreign,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("origin", self.origin()).finish_non_exhaustive()
    }
}

/// What is asked of the API.
pub(super) struct Call<'a> {
    /// In words, to follow "to": `read the connector`.
    pub(super) operation: &'static str,
    pub(super) method: Method,
    /// Path, unencoded. IDs in it have been through [`Call::id`].
    pub(super) segments: Vec<&'a str>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) repeat: Repeat,
    /// Whether it changes anything.
    writes: bool,
}

impl<'a> Call<'a> {
    /// A read.
    pub(super) fn get(operation: &'static str, segments: impl Into<Vec<&'a str>>) -> Self {
        Self::new(operation, Method::GET, segments.into(), None)
    }

    /// A read whose conditions travel in a body.
    pub(super) fn search(operation: &'static str, segments: impl Into<Vec<&'a str>>, body: Vec<u8>) -> Self {
        Self { writes: false, ..Self::new(operation, Method::POST, segments.into(), Some(body)) }
    }

    /// A write that must not happen twice.
    pub(super) fn post(operation: &'static str, segments: impl Into<Vec<&'a str>>, body: Vec<u8>) -> Self {
        Self { repeat: Repeat::OnlyIfUnheard, ..Self::new(operation, Method::POST, segments.into(), Some(body)) }
    }

    /// A replacement, which twice is as good as once.
    pub(super) fn put(operation: &'static str, segments: impl Into<Vec<&'a str>>, body: Vec<u8>) -> Self {
        Self::new(operation, Method::PUT, segments.into(), Some(body))
    }

    /// A deletion, which twice is as good as once.
    pub(super) fn delete(operation: &'static str, segments: impl Into<Vec<&'a str>>) -> Self {
        Self::new(operation, Method::DELETE, segments.into(), Some(b"{}".to_vec()))
    }

    fn new(operation: &'static str, method: Method, segments: Vec<&'a str>, body: Option<Vec<u8>>) -> Self {
        let writes = method != Method::GET;
        Self { operation, method, segments, query: Vec::new(), body, repeat: Repeat::Always, writes }
    }

    /// Passes an ID that can name one object.
    ///
    /// The service takes an empty part of a path, `.` and `/` for its parent collection.
    ///
    /// # Errors
    /// [`Error::InvalidId`].
    pub(super) fn id(operation: &'static str, what: &'static str, id: &'a str) -> Result<&'a str, Error> {
        let strange = |c: char| matches!(c, '/' | '\\') || c.is_whitespace() || c.is_control();
        if id.is_empty() || id == "." || id == ".." || id.contains(strange) {
            return Err(Error::InvalidId { operation, what });
        }
        Ok(id)
    }

    fn undecodable(&self, source: DecodeError) -> Error {
        Error::Decode { operation: self.operation, may_have_taken_effect: self.writes, source }
    }
}

/// Whether the service may have acted on a request with this outcome, if it was a write.
fn may_have_taken_effect(outcome: &Result<Response, SendError>) -> bool {
    match outcome {
        // A proxy that answers in the service's place may have passed the request on before.
        Ok(answer) => answer.status().is_server_error() || !answer.status().is_success() && is_foreign(answer),
        Err(error) => error.may_have_taken_effect(),
    }
}

/// Whether a refusal is not the service's own, whose body is always a JSON object.
fn is_foreign(answer: &Response) -> bool {
    !answer.is_empty() && answer.json::<Refusal>().is_err()
}

/// Source of the shape: ConductorOne's OpenAPI document, schema `google.rpc.Status`.
#[derive(Default, Deserialize)]
struct Refusal {
    code: Option<Value>,
    message: Option<Value>,
}

/// When a call may be sent again. A 429 always may, because it says that nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Whatever went wrong on the way.
    Always,
    /// Only when the service surely has not heard it.
    OnlyIfUnheard,
}

impl Repeat {
    pub(super) fn verdict(self, http: &service_http::Client, outcome: &Result<Response, SendError>) -> RetryDecision {
        match outcome {
            Err(error) if error.is_transient() && (self == Self::Always || !error.may_have_taken_effect()) => {
                RetryDecision::AfterBackoff
            }
            Err(_) => RetryDecision::No,
            Ok(answer) => match answer.status().as_u16() {
                429 => service_http::retry_after(answer.headers(), http.clock().wall(), MAX_RETRY_AFTER)
                    .map_or(RetryDecision::AfterBackoff, RetryDecision::After),
                500 | 502 | 503 | 504 if self == Self::Always => RetryDecision::AfterBackoff,
                _ => RetryDecision::No,
            },
        }
    }
}
