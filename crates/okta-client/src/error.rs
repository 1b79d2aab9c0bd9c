//! Errors of calls to Okta, with one variant per decision of a caller.

use service_http::{DecodeError, SendError, StatusCode};

use super::Domain;

/// Error of a call to Okta. No variant contains a token or a raw body.
///
/// An `operation` is a gerund that completes "when …".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No response: DNS, TLS, a broken connection, a timeout.
    #[error("Okta returned no response when {operation} ({attempts} attempts)")]
    NoResponse {
        operation: &'static str,
        attempts: u32,
        /// `true` if a write may have taken effect. Always `false` for a read.
        may_have_taken_effect: bool,
        /// The failure of the last attempt.
        #[source]
        source: SendError,
    },
    /// The host responds, but is not an Okta org. No secret was sent to it.
    #[error("{domain} is not an Okta org: {reason}")]
    NotAnOrg { domain: Domain, reason: String },
    /// Okta returned an error.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The response to the last attempt was still about a rate limit.
    #[error("Okta returned 429 Too Many Requests when {operation} ({attempts} attempts)")]
    RateLimited {
        operation: &'static str,
        attempts: u32,
        /// Okta's ID of the last request.
        request_id: Option<String>,
    },
    /// The body of a successful response does not match the model.
    #[error("Okta returned an unexpected body when {operation}")]
    Decode {
        operation: &'static str,
        #[source]
        source: DecodeError,
    },
    /// The response is a redirect. It is not followed, because that could send a token to another host.
    #[error(
        "Okta returned {status} when {operation}: a redirect to {}, which is not followed",
        to.as_deref().unwrap_or("an unreadable address")
    )]
    Redirected {
        operation: &'static str,
        status: StatusCode,
        /// Origin of the target, if readable.
        to: Option<String>,
    },
}

/// An error response with Okta's explanation, without registered secrets.
#[derive(Debug, thiserror::Error)]
#[error("Okta returned {status} when {operation}{}", explanation(code, summary, causes))]
pub struct ApiError {
    pub operation: &'static str,
    pub status: StatusCode,
    /// Okta's `errorCode`, such as `E0000011`; empty if the body was not Okta's. The only part for programs.
    pub code: String,
    /// Okta's `errorSummary`.
    pub summary: String,
    /// The summaries of Okta's `errorCauses`.
    pub causes: Vec<String>,
    /// Okta's ID of the request, for a support case.
    pub request_id: Option<String>,
}

fn explanation(code: &str, summary: &str, causes: &[String]) -> String {
    let mut text = String::new();
    if !summary.is_empty() {
        text.push_str(": ");
        text.push_str(summary);
    }
    if !causes.is_empty() {
        text.push_str(": ");
        text.push_str(&causes.join("; "));
    }
    if !code.is_empty() {
        text.push_str(&format!(" ({code})"));
    }
    text
}

/// The conditions follow Okta developer docs, "Okta error codes and descriptions".
impl Error {
    /// Returns whether the token is unknown, expired or revoked (401 E0000011). Also `true` for a 401 without a code.
    pub fn is_invalid_token(&self) -> bool {
        self.api()
            .is_some_and(|api| api.status == StatusCode::UNAUTHORIZED && matches!(api.code.as_str(), "E0000011" | ""))
    }

    /// Returns whether authentication failed (401 E0000004), often because the token belongs to another org.
    pub fn is_authentication_failed(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::UNAUTHORIZED && api.code == "E0000004")
    }

    /// Returns whether the status is 401, for any reason.
    pub(super) fn is_unauthorized(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::UNAUTHORIZED)
    }

    /// Returns whether the org lacks the feature (401 E0000015). The token may be valid.
    pub fn is_feature_missing(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::UNAUTHORIZED && api.code == "E0000015")
    }

    /// Returns whether the owner of the token lacks a permission (403).
    pub fn is_forbidden(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::FORBIDDEN)
    }

    /// Returns whether the object does not exist (404 with an Okta code). `false` for the response of another host, which
    /// is not about the object.
    pub fn is_not_found(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::NOT_FOUND && !api.code.is_empty())
    }

    /// Returns Okta's error response, if that is the cause.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(api) => Some(api),
            _ => None,
        }
    }
}
