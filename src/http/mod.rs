//! Sending one HTTP request safely: what the ConductorOne client and the Okta client would otherwise both do, and
//! do differently.
//!
//! A [`Client`] follows no redirect, caps every body, honours the environment's proxies and certificate
//! authorities, and says of every failure whether the service may have acted on the request. What a status or a body
//! *means* is for the two API clients to say; this module knows neither service.

mod answer;
mod backoff;
mod client;
mod clock;
mod error;
mod origin;
mod redact;
mod roots;
#[cfg(test)]
#[cfg(feature = "sandbox")]
pub(crate) mod testing;

pub use answer::{Answer, DecodeError, decode_json};
pub use backoff::{Again, Attempted, Backoff, MAX_RETRY_AFTER, retry, retry_after};
pub use client::{CONNECT_TIMEOUT, Client, Incoming, MAX_BODY, Request, TOTAL_TIMEOUT, USER_AGENT};
pub use clock::{Clock, SystemClock};
pub use error::{LibraryError, SendError};
pub use origin::{InvalidOrigin, Origin};
pub use redact::Redactor;

/// The parts of an HTTP exchange that both clients name, so that neither depends on the HTTP library itself.
pub use reqwest::{Method, StatusCode, header};
