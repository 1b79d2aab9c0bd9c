//! Sending one HTTP request safely: what the ConductorOne client and the Okta client would otherwise both do, and
//! do differently.
//!
//! A [`Client`] follows no redirect, caps every body, honours the environment's proxies and certificate
//! authorities, and says of every failure whether the service may have acted on the request. What a status or a body
//! *means* is for the two API clients to say; this module knows neither service.

mod backoff;
mod client;
mod clock;
mod duration;
mod error;
mod origin;
mod redact;
mod response;
mod roots;

pub use backoff::{Backoff, MAX_RETRY_AFTER, RetryDecision, RetryOutcome, retry, retry_after};
pub use client::{CONNECT_TIMEOUT, Client, MAX_BODY, Request, StreamingResponse, TOTAL_TIMEOUT, USER_AGENT};
pub use clock::{Clock, SystemClock};
pub use duration::{InvalidDuration, parse_duration};
pub use error::{LibraryError, SendError};
pub use origin::{InvalidOrigin, Origin};
pub use redact::Redactor;
pub use response::{DecodeError, Response, decode_json};

/// The parts of an HTTP exchange that both clients name, so that neither depends on the HTTP library itself.
pub use reqwest::{Method, StatusCode, header};
