//! One request, sent when the org's limits allow it and as often as it is worth repeating.

use std::time::Duration;

use serde::de::DeserializeOwned;

use service_http::{Backoff, DecodeError, Method, Request, Response, SendError, StatusCode, StreamingResponse};

use super::limits::{Family, Lane, Permit, Refusal, Urgency};
use super::list::Elements;
use super::model::ErrorBody;
use super::{ApiError, AuthenticatedClient, Error};

/// How a read is repeated that failed: at most 4 times, after up to 0.5 s, 1 s and 2 s.
pub const READS: Backoff = Backoff { first: Duration::from_millis(500), cap: Duration::from_secs(10), attempts: 4 };

/// Pause after a refusal for too many requests at once, in milliseconds. Okta's own reset is only a guess then.
const CONCURRENCY_PAUSE: std::ops::RangeInclusive<u64> = 200..=2_000;

/// How often too many requests at once may be the answer to one read.
const CONCURRENCY_REFUSALS: u32 = 20;

/// Whose read it is.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    pub lane: Lane,
    pub urgency: Urgency,
    /// How often the rate limit may refuse it. Each refusal waits for the end of a window, of a minute most often.
    pub rate_refusals: u32,
}

impl Turn {
    /// A read that somebody waits for.
    pub const SINGLE: Self = Self { lane: Lane::SINGLE, urgency: Urgency::First, rate_refusals: 3 };
}

impl AuthenticatedClient {
    /// Sends a read and gives the first 2xx answer.
    pub async fn whole(&self, operation: &'static str, request: &Request, turn: Turn) -> Result<Response, Error> {
        let mut attempts = Attempts::new(self, operation, turn, Retried::EveryFailure);
        loop {
            let answer = match attempts.open(request).await? {
                None => continue,
                Some((incoming, permit)) => {
                    let answer = incoming.collect().await;
                    drop(permit);
                    answer
                }
            };
            match answer {
                Ok(answer) if answer.status().is_success() => return Ok(answer),
                Ok(answer) => attempts.refused(&answer).await?,
                Err(error) => attempts.failed(error).await?,
            }
        }
    }

    /// Sends a read of a list and takes its elements as they come. The head of the answer goes to `head`.
    ///
    /// A 500 stands, because a shorter page may work where the same one would fail again.
    pub async fn elements<T: DeserializeOwned, H>(
        &self,
        operation: &'static str,
        request: &Request,
        turn: Turn,
        head: impl Fn(&service_http::header::HeaderMap) -> H,
    ) -> Result<(Vec<T>, H), Error> {
        let mut attempts = Attempts::new(self, operation, turn, Retried::AllBut500);
        loop {
            let Some((mut incoming, permit)) = attempts.open(request).await? else { continue };
            if !incoming.status().is_success() {
                let answer = incoming.collect().await;
                drop(permit);
                match answer {
                    Ok(answer) => attempts.refused(&answer).await?,
                    Err(error) => attempts.failed(error).await?,
                }
                continue;
            }
            let head = head(incoming.headers());
            let taken = take_elements(&mut incoming).await;
            drop(permit);
            match taken {
                Ok(elements) => return Ok((elements, head)),
                Err(Unread::Broken(error)) => attempts.failed(error).await?,
                Err(Unread::Foreign(source)) => return Err(Error::Decode { operation, source }),
            }
        }
    }
}

enum Unread {
    Broken(SendError),
    Foreign(DecodeError),
}

async fn take_elements<T: DeserializeOwned>(incoming: &mut StreamingResponse) -> Result<Vec<T>, Unread> {
    let mut elements = Elements::new();
    while let Some(chunk) = incoming.chunk().await.map_err(Unread::Broken)? {
        elements.push(&chunk).map_err(Unread::Foreign)?;
    }
    elements.finish().map_err(Unread::Foreign)
}

/// Which 5xx are worth the same request again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Retried {
    EveryFailure,
    AllBut500,
}

/// How often one request was tried, and why.
struct Attempts<'c> {
    client: &'c AuthenticatedClient,
    operation: &'static str,
    turn: Turn,
    retried: Retried,
    is_change: bool,
    sent: u32,
    failures: u32,
    rate_refusals: u32,
    concurrency_refusals: u32,
}

impl<'c> Attempts<'c> {
    fn new(client: &'c AuthenticatedClient, operation: &'static str, turn: Turn, retried: Retried) -> Self {
        let (is_change, sent, failures, rate_refusals, concurrency_refusals) = (false, 0, 0, 0, 0);
        Self { client, operation, turn, retried, is_change, sent, failures, rate_refusals, concurrency_refusals }
    }

    /// Waits for its turn and sends. `None`: a limit or a failure came in between, and it is time to try again.
    async fn open(&mut self, request: &Request) -> Result<Option<(StreamingResponse, Permit)>, Error> {
        let family = Family::of(request.url().path());
        let mut permit = self.client.scheduler().permit(self.turn.lane, family, self.turn.urgency).await;
        permit.sending();
        self.sent += 1;
        self.is_change = *request.method() != Method::GET;
        let incoming = match self.client.http().send_streaming(request).await {
            Ok(incoming) => incoming,
            Err(error) => {
                drop(permit);
                self.failed(error).await?;
                return Ok(None);
            }
        };
        match permit.heard(incoming.status(), incoming.headers()) {
            None => return Ok(Some((incoming, permit))),
            Some(Refusal::Rate) => {
                self.rate_refusals += 1;
                if self.rate_refusals > self.turn.rate_refusals {
                    return Err(self.limited(&incoming));
                }
            }
            Some(Refusal::Concurrency) => {
                self.concurrency_refusals += 1;
                if self.concurrency_refusals > CONCURRENCY_REFUSALS {
                    return Err(self.limited(&incoming));
                }
                drop((permit, incoming));
                let pause = Duration::from_millis(rand::random_range(CONCURRENCY_PAUSE));
                self.client.http().clock().sleep(pause).await;
            }
        }
        Ok(None)
    }

    fn limited(&self, incoming: &StreamingResponse) -> Error {
        Error::RateLimited { operation: self.operation, attempts: self.sent, request_id: incoming.request_id() }
    }

    /// Waits after a failure that may pass, or gives up.
    async fn failed(&mut self, error: SendError) -> Result<(), Error> {
        if error.is_transient() && self.may_repeat() {
            self.back_off().await;
            return Ok(());
        }
        let may_have_taken_effect = self.is_change && error.may_have_taken_effect();
        Err(unanswered(self.operation, self.sent, may_have_taken_effect, error))
    }

    /// Waits after an answer that was no success and may be one next time, or gives up.
    async fn refused(&mut self, answer: &Response) -> Result<(), Error> {
        let may_pass = match answer.status().as_u16() {
            500 => self.retried == Retried::EveryFailure,
            502..=504 => true,
            _ => false,
        };
        if may_pass && self.may_repeat() {
            self.back_off().await;
            return Ok(());
        }
        Err(refusal(self.client.http(), self.operation, answer))
    }

    fn may_repeat(&mut self) -> bool {
        self.failures += 1;
        self.failures < READS.attempts
    }

    async fn back_off(&self) {
        self.client.http().clock().sleep(READS.delay(self.failures)).await;
    }
}

/// A request that was never answered.
fn unanswered(operation: &'static str, attempts: u32, may_have_taken_effect: bool, source: SendError) -> Error {
    match source {
        SendError::Redirected { status, to } => Error::Redirected { operation, status, to },
        source => Error::NoAnswer { operation, attempts, may_have_taken_effect, source },
    }
}

/// An answer that is no success.
fn refusal(http: &service_http::Client, operation: &'static str, answer: &Response) -> Error {
    // Whatever stands in place of Okta's own error body (a proxy's page, nothing) adds nothing to the status.
    let body: ErrorBody = answer.json().unwrap_or_default();
    let redactor = http.redactor();
    Error::Api(Box::new(ApiError {
        operation,
        status: answer.status(),
        code: redactor.message(&body.error_code),
        summary: redactor.message(&body.error_summary),
        causes: body.error_causes.summaries().iter().map(|cause| redactor.message(cause)).collect(),
        request_id: answer.request_id().or(Some(redactor.message(&body.error_id)).filter(|id| !id.is_empty())),
    }))
}

/// Sends a read that needs no token as often as [`READS`] allows, and gives the first 2xx answer. Such reads are not
/// limited. Source: Okta developer docs, "Rate limits".
pub async fn read_openly(
    http: &service_http::Client,
    operation: &'static str,
    request: &Request,
) -> Result<Response, Error> {
    let again = |outcome: &Result<Response, SendError>| match outcome {
        Err(error) if error.is_transient() => service_http::RetryDecision::AfterBackoff,
        Ok(answer) if matches!(answer.status().as_u16(), 429 | 500 | 502..=504) => {
            service_http::RetryDecision::AfterBackoff
        }
        _ => service_http::RetryDecision::No,
    };
    let service_http::RetryOutcome { outcome, attempts } =
        service_http::retry(http.clock(), READS, || http.send(request), again).await;
    let answer = outcome.map_err(|source| unanswered(operation, attempts, false, source))?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    if answer.status() == StatusCode::TOO_MANY_REQUESTS {
        return Err(Error::RateLimited { operation, attempts, request_id: answer.request_id() });
    }
    Err(refusal(http, operation, &answer))
}
