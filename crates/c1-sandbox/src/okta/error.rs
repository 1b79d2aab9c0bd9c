//! Refusals in the form of Okta's API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::identifiers::random_base62;

/// A refused call. Codes and texts: Okta developer docs, "Error codes".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OktaError {
    status: StatusCode,
    code: &'static str,
    summary: String,
    causes: Vec<String>,
}

impl OktaError {
    fn new(status: StatusCode, code: &'static str, summary: impl Into<String>) -> Self {
        Self { status, code, summary: summary.into(), causes: Vec::new() }
    }

    /// 401: the token is wrong, expired or revoked.
    pub(crate) fn invalid_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "E0000011", "Invalid token provided")
    }

    /// 403: no credential was sent.
    pub(crate) fn invalid_session() -> Self {
        Self::new(StatusCode::FORBIDDEN, "E0000005", "Invalid session")
    }

    /// 403: the caller may not do this.
    pub(crate) fn forbidden() -> Self {
        let summary = "You do not have permission to perform the requested action";
        Self::new(StatusCode::FORBIDDEN, "E0000006", summary)
    }

    /// 403: what the user's status does not allow.
    pub(crate) fn wrong_status() -> Self {
        let summary = "This operation is not allowed in the user's current status.";
        Self::new(StatusCode::FORBIDDEN, "E0000038", summary)
    }

    /// 400: credentials for an app that takes none.
    pub(crate) fn takes_no_credentials() -> Self {
        let summary = "Credentials should not be set on this resource based on the scheme.";
        Self::new(StatusCode::BAD_REQUEST, "E0000041", summary)
    }

    /// 404: an object that is not there.
    pub(crate) fn not_found(id: &str, kind: &str) -> Self {
        let summary = format!("Not found: Resource not found: {id} ({kind})");
        Self::new(StatusCode::NOT_FOUND, "E0000007", summary)
    }

    /// 404: a path that is not there.
    pub(crate) fn unknown_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "E0000008", "The requested path was not found")
    }

    /// 405: a path that does not take the method.
    pub(crate) fn method_not_allowed() -> Self {
        let summary = "The endpoint does not support the provided HTTP method";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "E0000022", summary)
    }

    /// 400: a value that does not validate; `field` is what Okta names it by.
    pub(crate) fn validation(field: &str, cause: impl Into<String>) -> Self {
        let summary = format!("Api validation failed: {field}");
        let error = Self::new(StatusCode::BAD_REQUEST, "E0000001", summary);
        Self { causes: vec![cause.into()], ..error }
    }

    /// 400: a search or filter expression that is not understood.
    pub(crate) fn invalid_search() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "E0000031", "Invalid search criteria.")
    }

    /// 400: a cursor that was not given out.
    pub(crate) fn invalid_paging() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "E0000029", "Invalid paging request.")
    }

    /// The error that goes with a status.
    pub(crate) fn with_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::new(status, "E0000003", "The request body was not well-formed."),
            401 => Self::invalid_token(),
            403 => Self::forbidden(),
            404 => Self::unknown_path(),
            405 => Self::method_not_allowed(),
            429 => Self::new(status, "E0000047", "API call exceeded rate limit due to too many requests."),
            501 => Self::new(status, "E0000060", "Unsupported operation."),
            503 => Self::new(status, "E0000010", "Service is in read only mode"),
            _ => Self::new(status, "E0000009", "Internal Server Error"),
        }
    }
}

impl IntoResponse for OktaError {
    fn into_response(self) -> Response {
        let causes: Vec<_> = self.causes.iter().map(|cause| json!({"errorSummary": cause})).collect();
        let body = json!({
            "errorCode": self.code,
            "errorSummary": self.summary,
            "errorLink": self.code,
            "errorId": format!("oae{}", random_base62(22)),
            "errorCauses": causes,
        });
        (self.status, Json(body)).into_response()
    }
}
