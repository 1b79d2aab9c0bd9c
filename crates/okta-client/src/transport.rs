//! Sends requests to an Okta org, paced by the rate limiter, and retries them.
//!
//! Every request is retried as idempotent, and every request of this client is: most are reads. The writes
//! exist for the sandbox only. They set or remove one membership or app assignment, so a repetition changes nothing.

use std::time::{Duration, SystemTime};

use service_http::{
    Backoff, Method, Request, Response, RetryDecision, RetryOutcome, RetryPolicy, SendError, StatusCode,
};

use super::limiter::RequestPriority;
use super::model::ErrorBody;
use super::rate_limit::RateLimitHeaders;
use super::{ApiError, Error};

/// Retries of transient failures: at most 3, after up to 0.5 s, 1 s and 2 s.
const TRANSIENT: Backoff = Backoff { first: Duration::from_millis(500), cap: Duration::from_secs(10), attempts: 4 };

/// Pause after a concurrency response, in milliseconds. Okta's own reset time is only a guess.
const CONCURRENCY_PAUSE: std::ops::RangeInclusive<u64> = 200..=2_000;

/// Retries after concurrency responses.
const CONCURRENCY_RETRIES: u32 = 20;

/// The number of retries after each cause of failure.
#[derive(Clone, Copy, Debug)]
pub struct RetryLimits {
    /// Retries after rate-limit responses, which the rate limiter delays until the reset time: usually up to a minute.
    /// `None` for requests without a rate limiter, where each 429 response is a transient failure.
    pub rate_limit_retries: Option<u32>,
    /// Treats a 500 response as transient.
    pub retries_500: bool,
}

/// Failed attempts of one request, by cause.
#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    transient: u32,
    rate_limit: u32,
    concurrency: u32,
}

impl RetryLimits {
    /// For a request that a single operation waits for.
    const SINGLE: Self = Self { rate_limit_retries: Some(3), retries_500: true };

    /// For a request without credentials. Okta does not limit these. Source: Okta developer docs, "Rate limits".
    const UNAUTHENTICATED: Self = Self { rate_limit_retries: None, retries_500: true };

    /// Decides about the last attempt, and counts its failure.
    fn decide(self, failures: &mut Failures, outcome: &Result<Response, SendError>, now: SystemTime) -> RetryDecision {
        let decision = RetryPolicy::Idempotent.classify(outcome, now);
        let response = match outcome {
            _ if decision == RetryDecision::No => return RetryDecision::No,
            Ok(response) => response,
            Err(_) => return failures.transient(),
        };
        match response.status() {
            StatusCode::TOO_MANY_REQUESTS => {
                match self.rate_limit_retries.zip(RateLimitHeaders::read(response.headers())) {
                    Some((_, headers)) if headers.is_concurrency() => failures.concurrency(),
                    Some((retries, _)) => failures.rate_limit(retries),
                    None => failures.transient(),
                }
            }
            StatusCode::INTERNAL_SERVER_ERROR if !self.retries_500 => RetryDecision::No,
            _ => failures.transient(),
        }
    }
}

impl Failures {
    fn transient(&mut self) -> RetryDecision {
        self.transient += 1;
        if self.transient < TRANSIENT.attempts {
            RetryDecision::After(TRANSIENT.delay(self.transient))
        } else {
            RetryDecision::No
        }
    }

    /// Retries at once: the rate limiter waits until the reset time.
    fn rate_limit(&mut self, retries: u32) -> RetryDecision {
        self.rate_limit += 1;
        if self.rate_limit > retries { RetryDecision::No } else { RetryDecision::After(Duration::ZERO) }
    }

    fn concurrency(&mut self) -> RetryDecision {
        self.concurrency += 1;
        if self.concurrency > CONCURRENCY_RETRIES {
            return RetryDecision::No;
        }
        RetryDecision::After(Duration::from_millis(rand::random_range(CONCURRENCY_PAUSE)))
    }
}

/// How a request is sent.
#[derive(Clone, Copy, Debug)]
pub struct RequestOptions {
    pub priority: RequestPriority,
    pub retry: RetryLimits,
}

impl RequestOptions {
    /// For a request that a single operation waits for.
    pub const SINGLE: Self = Self { priority: RequestPriority::High, retry: RetryLimits::SINGLE };
}

/// Repeats a request within the limits, and returns the first 2xx response.
pub(super) async fn send<A: Future<Output = Result<Response, SendError>>>(
    http: &service_http::Client,
    operation: &'static str,
    request: &Request,
    limits: RetryLimits,
    attempt: impl FnMut() -> A,
) -> Result<Response, Error> {
    let attempted = retry(http, limits, attempt).await;
    into_result(http, operation, request, attempted)
}

/// Sends a read without credentials and returns the first 2xx response.
pub(super) async fn get_unauthenticated(
    http: &service_http::Client,
    operation: &'static str,
    request: &Request,
) -> Result<Response, Error> {
    send(http, operation, request, RetryLimits::UNAUTHENTICATED, || http.send(request)).await
}

async fn retry<A: Future<Output = Result<Response, SendError>>>(
    http: &service_http::Client,
    limits: RetryLimits,
    attempt: impl FnMut() -> A,
) -> RetryOutcome<Result<Response, SendError>> {
    // Each cause has its own number of retries.
    let unbounded = Backoff { attempts: u32::MAX, ..TRANSIENT };
    let mut failures = Failures::default();
    let classify = |outcome: &Result<Response, SendError>| limits.decide(&mut failures, outcome, http.clock().wall());
    service_http::retry(http.clock(), unbounded, attempt, classify).await
}

fn into_result(
    http: &service_http::Client,
    operation: &'static str,
    request: &Request,
    RetryOutcome { outcome, attempts }: RetryOutcome<Result<Response, SendError>>,
) -> Result<Response, Error> {
    match outcome {
        Ok(response) if response.status().is_success() => Ok(response),
        Ok(response) if response.status() == StatusCode::TOO_MANY_REQUESTS => {
            Err(Error::RateLimited { operation, attempts, request_id: response.request_id() })
        }
        Ok(response) => Err(api_error(http, operation, &response)),
        Err(SendError::Redirected { status, to }) => Err(Error::Redirected { operation, status, to }),
        Err(source) => {
            let may_have_taken_effect = *request.method() != Method::GET && source.may_have_taken_effect();
            Err(Error::NoResponse { operation, attempts, may_have_taken_effect, source })
        }
    }
}

fn api_error(http: &service_http::Client, operation: &'static str, response: &Response) -> Error {
    // A body that is not Okta's, such as a proxy's page, adds nothing to the status.
    let body: ErrorBody = response.json().unwrap_or_default();
    let redactor = http.redactor();
    Error::Api(Box::new(ApiError {
        operation,
        status: response.status(),
        code: redactor.message(&body.error_code),
        summary: redactor.message(&body.error_summary),
        causes: body.error_causes.summaries().iter().map(|cause| redactor.message(cause)).collect(),
        request_id: response.request_id().or(Some(redactor.message(&body.error_id)).filter(|id| !id.is_empty())),
    }))
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use axum::response::IntoResponse;

    use super::*;

    /// Returns the number of retries of a request that always gets this response.
    async fn retries(limits: RetryLimits, status: u16, headers: &'static [(&'static str, &'static str)]) -> u32 {
        let app = axum::Router::new().fallback(async move || {
            let mut response = StatusCode::from_u16(status).unwrap().into_response();
            for (name, value) in headers {
                response.headers_mut().insert(*name, value.parse().unwrap());
            }
            response
        });
        let origin = test_support::serve(app).await.parse().unwrap();
        let http = service_http::Client::with_clock("test/1", test_support::FakeClock::new());
        let request = Request::new(Method::GET, &origin, &["api"]);
        retry(&http, limits, || http.send(&request)).await.attempts - 1
    }

    #[tokio::test]
    async fn each_cause_has_its_own_number_of_retries() {
        const RATE_LIMIT: &[(&str, &str)] = &[("x-rate-limit-limit", "600"), ("x-rate-limit-reset", "1790000000")];
        const CONCURRENCY: &[(&str, &str)] =
            &[("x-rate-limit-limit", "0"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1790000000")];
        let crawl = RetryLimits { rate_limit_retries: Some(7), ..RetryLimits::SINGLE };
        let page = RetryLimits { retries_500: false, ..crawl };
        for (limits, status, headers, expected) in [
            (crawl, 429, RATE_LIMIT, 7),
            (crawl, 429, CONCURRENCY, 20),
            (crawl, 429, &[], 3),
            (crawl, 500, &[], 3),
            (crawl, 503, RATE_LIMIT, 3),
            (page, 500, &[], 0),
            (page, 502, &[], 3),
            (crawl, 403, RATE_LIMIT, 0),
            (crawl, 501, &[], 0),
            (crawl, 200, &[], 0),
            (RetryLimits::UNAUTHENTICATED, 429, RATE_LIMIT, 3),
            (RetryLimits::UNAUTHENTICATED, 429, CONCURRENCY, 3),
        ] {
            assert_eq!(retries(limits, status, headers).await, expected, "{limits:?} {status} {headers:?}");
        }
    }
}
