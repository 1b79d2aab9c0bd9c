//! Retries of requests to ConductorOne, and the effects that failed requests may have had.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use service_http::{Backoff, Request, Response, RetryOutcome, RetryPolicy, SendError};

/// At most 5 attempts, after pauses of up to 0.5, 1, 2 and 4 seconds.
pub(crate) const BACKOFF: Backoff =
    Backoff { first: Duration::from_millis(500), cap: Duration::from_secs(30), attempts: 5 };

/// The outcome of a request after all retries.
pub(crate) struct Sent {
    /// The outcome of the last attempt.
    pub(crate) outcome: Result<Response, SendError>,
    pub(crate) attempts: u32,
    /// `true` if the service may have executed an attempt that failed.
    pub(crate) may_have_taken_effect: bool,
}

/// Sends a request and retries it as `policy` allows.
pub(crate) async fn send(http: &service_http::Client, request: &Request, policy: RetryPolicy) -> Sent {
    let mut any_effect = false;
    let classify = |outcome: &Result<Response, SendError>| {
        any_effect |= may_have_taken_effect(outcome);
        policy.classify(outcome, http.clock().wall())
    };
    let RetryOutcome { outcome, attempts } =
        service_http::retry(http.clock(), BACKOFF, || http.send(request), classify).await;
    Sent { outcome, attempts, may_have_taken_effect: any_effect }
}

/// Returns whether the service may have executed a failed request.
fn may_have_taken_effect(outcome: &Result<Response, SendError>) -> bool {
    match outcome {
        // A proxy that responds instead of the service may have forwarded the request before.
        Ok(response) => {
            let status = response.status();
            status.is_server_error() || !status.is_success() && is_not_from_service(response)
        }
        Err(error) => error.may_have_taken_effect(),
    }
}

/// Returns whether an error response comes from another host: the service's own body is always a JSON object.
pub(crate) fn is_not_from_service(response: &Response) -> bool {
    !response.is_empty() && response.json::<ErrorBody>().is_err()
}

/// The body of an error response. Source: ConductorOne's OpenAPI document, schema `google.rpc.Status`.
#[derive(Default, Deserialize)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<Value>,
    pub(crate) message: Option<Value>,
}
