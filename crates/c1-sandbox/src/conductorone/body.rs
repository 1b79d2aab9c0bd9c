//! Reading JSON request bodies, with refusals that name the field.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::error::Rejection;

/// A request body read as protobuf's JSON: the content type is not looked at, an absent body counts as `{}`, and
/// fields that the sandbox does not know are passed over, as gRPC's gateway does by default.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let bytes = Bytes::from_request(request, state).await.map_err(|_| Rejection::invalid("unreadable body"))?;
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let mut deserializer = serde_json::Deserializer::from_slice(bytes);
        serde_path_to_error::deserialize(&mut deserializer).map(Self).map_err(|error| {
            // serde's message can quote a value; only its position and the field are told, for secrets' sake.
            let (path, inner) = (error.path().to_string(), error.inner());
            Rejection::invalid(format!("proto: syntax error (line {}:{}): {path}", inner.line(), inner.column()))
        })
    }
}
