//! Sends single HTTP requests safely. Shared by the ConductorOne client and the Okta client.
//!
//! A [`Client`] never follows redirects, limits the size of bodies, and honours the proxies and certificate authorities
//! of the environment. Each failure states whether the service may have executed the request. The two API clients
//! interpret statuses and bodies; this crate knows neither service.

mod client;
mod clock;
mod duration;
mod error;
mod json;
mod origin;
mod quoted;
mod redact;
mod response;
mod retry;
mod roots;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use client::{Client, Request, StreamingResponse};
pub use clock::{Clock, SystemClock};
pub use duration::{InvalidDuration, parse_duration};
pub use error::{LibraryError, SendError};
pub use json::{DecodeError, null_as_default};
pub use origin::{InvalidOrigin, Origin};
pub use redact::Redactor;
pub use response::Response;
pub use retry::{Backoff, RetryDecision, RetryOutcome, RetryPolicy, retry};

/// The parts of an HTTP exchange that both clients use, so that neither depends on the HTTP library.
pub use reqwest::{Method, StatusCode, header};

/// Locks a mutex. Ignores poisoning: a panic of one thread must not spread to all that share its data.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
