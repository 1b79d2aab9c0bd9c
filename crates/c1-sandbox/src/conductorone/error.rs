//! Errors in the format of ConductorOne's API: a gRPC status as JSON.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A rejected request: an HTTP status and the `google.rpc.Status` of ConductorOne's OpenAPI document.
///
/// Codes map to statuses as in gRPC's gateway. The document names neither, but samples in public clients agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    status: StatusCode,
    code: i32,
    message: String,
}

impl Rejection {
    /// Creates a 400, INVALID_ARGUMENT: the request is invalid in any state of the tenant.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: 3, message: message.into() }
    }

    /// Creates a 404, NOT_FOUND.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, code: 5, message: message.into() }
    }

    /// Creates a 400, FAILED_PRECONDITION: the request is invalid in the current state.
    pub(crate) fn precondition(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: 9, message: message.into() }
    }

    /// Creates a 501, UNIMPLEMENTED: the response of gRPC's gateway to a known path with another method.
    pub(crate) fn unimplemented(message: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_IMPLEMENTED, code: 12, message: message.into() }
    }

    /// Creates a 500, INTERNAL: the sandbox failed.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, code: 13, message: message.into() }
    }

    /// Creates a 401, UNAUTHENTICATED, with the message from the tests of public clients.
    pub(crate) fn unauthenticated() -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code: 16, message: "unauthenticated".to_owned() }
    }

    /// Adds a prefix to the message.
    pub(crate) fn within(mut self, context: &str) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// Creates a rejection with any status, and the code that gRPC's gateway maps to it. Default: 2, UNKNOWN.
    pub(crate) fn with_status(status: StatusCode, message: impl Into<String>) -> Self {
        let code = match status.as_u16() {
            400 => 3,
            401 => 16,
            403 => 7,
            404 => 5,
            409 => 6,
            429 => 8,
            499 => 1,
            501 => 12,
            503 => 14,
            504 => 4,
            _ => 2,
        };
        Self { status, code, message: message.into() }
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// Removes the `details` of an error response.
pub(crate) async fn without_details(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    // The body is in memory, so reading it cannot fail.
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let body = match serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&body) {
        Ok(mut fields) => {
            fields.remove("details");
            parts.headers.remove(axum::http::header::CONTENT_LENGTH);
            serde_json::Value::Object(fields).to_string().into()
        }
        Err(_) => body,
    };
    Response::from_parts(parts, axum::body::Body::from(body))
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"code": self.code, "message": self.message, "details": []}))).into_response()
    }
}
