//! Sends authenticated requests and decodes their responses.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use service_http::{DecodeError, Method, Origin, Request, RetryPolicy, SendError, StatusCode};

use crate::auth::{Authenticator, Bearer};
use crate::retry::{self, ErrorBody, Sent};
use crate::{ApiError, Config, Credentials, Error};

/// A client for one tenant. Cheap to clone; clones share the access token and the connections.
#[derive(Clone)]
pub struct Client {
    http: service_http::Client,
    authenticator: Arc<Authenticator>,
}

impl Client {
    /// Creates a client for the tenant of `config`. Sends nothing.
    pub fn new(config: Config, http: service_http::Client) -> Self {
        let authenticator = Arc::new(Authenticator::new(config, &http));
        Self { http, authenticator }
    }

    /// Returns the address of the tenant.
    pub fn origin(&self) -> &Origin {
        &self.authenticator.config().origin
    }

    /// Returns the redactor, for text of the service outside error messages, such as a connector's last error.
    pub fn redactor(&self) -> &service_http::Redactor {
        self.http.redactor()
    }

    pub fn clock(&self) -> &dyn service_http::Clock {
        self.http.clock()
    }

    /// Verifies the credentials: requests an access token, or introspects the configured one.
    ///
    /// # Errors
    /// [`Error::is_unauthenticated`] if the credentials are not valid; any other [`Error`] if this is not known.
    pub async fn authenticate(&self) -> Result<(), Error> {
        match self.authenticator.config().credentials {
            Credentials::AccessToken(_) => self.introspect().await.map(|_| ()),
            Credentials::Federation { .. } | Credentials::Client { .. } => {
                self.authenticator.bearer(&self.http).await.map(|_| ())
            }
        }
    }

    /// Makes a call and decodes the response.
    pub(crate) async fn call<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<Reply<T>, Error> {
        let bearer = self.authenticator.bearer(&self.http).await?;
        let mut sent = self.send(&call, &bearer).await;
        // A token can be revoked early, for example if its owner is disabled. Try once with a new one.
        if matches!(&sent.outcome, Ok(response) if response.status() == StatusCode::UNAUTHORIZED)
            && let Some(bearer) = self.authenticator.renewed(&self.http, &bearer).await?
        {
            let earlier_effect = sent.may_have_taken_effect;
            sent = self.send(&call, &bearer).await;
            sent.may_have_taken_effect |= earlier_effect;
        }

        let Sent { outcome, attempts, may_have_taken_effect } = sent;
        let may_have_taken_effect = may_have_taken_effect && call.is_write;
        let operation = call.operation;
        let response = outcome.map_err(|source| match source {
            SendError::Redirected { status, to } => Error::Redirected { operation, status, to },
            source => {
                let tenant = Box::new(self.origin().clone());
                Error::NoResponse { tenant, operation, attempts, may_have_taken_effect, source }
            }
        })?;
        if !response.status().is_success() {
            let ErrorBody { code, message } = response.json().unwrap_or_default();
            return Err(Error::Api(Box::new(ApiError {
                operation,
                status: response.status(),
                code: code.and_then(|code| code.as_i64()).and_then(|code| i32::try_from(code).ok()),
                message: self.redactor().message(message.as_ref().and_then(Value::as_str).unwrap_or_default()),
                request_id: response.request_id(),
                attempts,
                may_have_taken_effect,
                not_from_service: retry::is_not_from_service(&response),
            })));
        }
        let reply = Reply { body: (), operation, is_write: call.is_write };
        match response.json() {
            Ok(body) => Ok(reply.with_body(body)),
            Err(source) => Err(reply.decode_error(source)),
        }
    }

    async fn send(&self, call: &Call<'_>, bearer: &Bearer) -> Sent {
        let mut request = Request::new(call.method.clone(), self.origin(), &call.segments);
        for (name, value) in &call.query {
            request = request.query(name, value);
        }
        if let Some(body) = &call.body {
            request = request.body("application/json", body.clone());
        }
        retry::send(&self.http, &request.authorization(bearer.authorization()), call.retry).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("origin", self.origin()).finish_non_exhaustive()
    }
}

/// A request to the API. Its constructors determine how it is retried.
pub(crate) struct Call<'a> {
    /// A gerund that completes "when …": `reading the connector`.
    operation: &'static str,
    method: Method,
    /// Path, not encoded. Its IDs have passed [`Call::id`].
    segments: Vec<&'a str>,
    pub(crate) query: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
    retry: RetryPolicy,
    is_write: bool,
}

impl<'a> Call<'a> {
    /// Creates a read.
    pub(crate) fn get(operation: &'static str, segments: impl Into<Vec<&'a str>>) -> Self {
        Self::new(operation, Method::GET, segments.into(), None)
    }

    /// Creates a read with its conditions in the body.
    pub(crate) fn search(operation: &'static str, segments: impl Into<Vec<&'a str>>, body: Vec<u8>) -> Self {
        Self { is_write: false, ..Self::new(operation, Method::POST, segments.into(), Some(body)) }
    }

    /// Creates a write that must not be executed twice.
    pub(crate) fn post(operation: &'static str, segments: impl Into<Vec<&'a str>>, body: Vec<u8>) -> Self {
        let retry = RetryPolicy::NonIdempotent;
        Self { retry, ..Self::new(operation, Method::POST, segments.into(), Some(body)) }
    }

    /// Creates an idempotent replacement.
    pub(crate) fn put(operation: &'static str, segments: impl Into<Vec<&'a str>>, body: Vec<u8>) -> Self {
        Self::new(operation, Method::PUT, segments.into(), Some(body))
    }

    /// Creates an idempotent deletion.
    pub(crate) fn delete(operation: &'static str, segments: impl Into<Vec<&'a str>>) -> Self {
        Self::new(operation, Method::DELETE, segments.into(), Some(b"{}".to_vec()))
    }

    fn new(operation: &'static str, method: Method, segments: Vec<&'a str>, body: Option<Vec<u8>>) -> Self {
        let is_write = method != Method::GET;
        Self { operation, method, segments, query: Vec::new(), body, retry: RetryPolicy::Idempotent, is_write }
    }

    /// Returns an ID that is safe in a path.
    ///
    /// The service treats an empty segment, `.` and `/` as the path of the parent collection.
    ///
    /// # Errors
    /// [`Error::InvalidId`] for any other ID.
    pub(crate) fn id(operation: &'static str, object: &'static str, id: &'a str) -> Result<&'a str, Error> {
        let is_invalid = |c: char| matches!(c, '/' | '\\') || c.is_whitespace() || c.is_control();
        if id.is_empty() || id == "." || id == ".." || id.contains(is_invalid) {
            return Err(Error::InvalidId { operation, object });
        }
        Ok(id)
    }
}

/// The body of a successful response, with the context of errors about it.
pub(crate) struct Reply<T> {
    pub(crate) body: T,
    operation: &'static str,
    is_write: bool,
}

impl<T> Reply<T> {
    fn with_body<U>(self, body: U) -> Reply<U> {
        Reply { body, operation: self.operation, is_write: self.is_write }
    }

    /// Returns an error about the body. A successful write has most likely taken effect.
    pub(crate) fn decode_error(&self, source: DecodeError) -> Error {
        Error::Decode { operation: self.operation, may_have_taken_effect: self.is_write, source }
    }

    /// Returns the object that the response must contain at `path`.
    ///
    /// # Errors
    /// [`Error::Decode`] if the object is absent, or has no ID and therefore no address for later requests.
    pub(crate) fn require_object<U>(
        self,
        path: &str,
        object: impl FnOnce(T) -> Option<U>,
        id: impl FnOnce(&U) -> &str,
    ) -> Result<U, Error> {
        let Self { body, operation, is_write } = self;
        let context = Reply { body: (), operation, is_write };
        match object(body) {
            Some(object) if !id(&object).is_empty() => Ok(object),
            _ => Err(context.decode_error(DecodeError::at(path, "expected an object with an ID"))),
        }
    }
}
