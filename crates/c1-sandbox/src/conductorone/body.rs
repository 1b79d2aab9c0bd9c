//! Parsing of JSON request bodies, with errors that name the field.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::error::Rejection;

/// A request body in protobuf's JSON format. As in gRPC's gateway, the content type is ignored, an absent body is `{}`,
/// and unknown fields are ignored.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let bytes = Bytes::from_request(request, state).await.map_err(|_| Rejection::invalid("unreadable body"))?;
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let mut deserializer = serde_json::Deserializer::from_slice(bytes);
        serde_path_to_error::deserialize(&mut deserializer).map(Self).map_err(|error| {
            // serde's message can quote a secret, so the error contains only the position and the field.
            let (path, inner) = (error.path().to_string(), error.inner());
            Rejection::invalid(format!("proto: syntax error (line {}:{}): {path}", inner.line(), inner.column()))
        })
    }
}
