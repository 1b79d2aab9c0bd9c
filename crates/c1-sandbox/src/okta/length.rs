//! Writes that do not say how long they are.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};

/// A write that says how long its body is, or that it has none. Any other is refused.
///
/// Source: RFC 9110, 15.5.12, and what Okta's clients report of body-less PUTs.
pub(super) struct Length;

impl<S: Send + Sync> FromRequestParts<S> for Length {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let is_told = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
        let is_told = is_told.iter().any(|name| parts.headers.contains_key(name));
        if is_told { Ok(Self) } else { Err(StatusCode::LENGTH_REQUIRED) }
    }
}
