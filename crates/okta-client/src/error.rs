//! What can go wrong in one call to Okta: one variant for each decision a caller can take.

use service_http::{DecodeError, SendError, StatusCode};

use super::Domain;

/// Why a call to Okta gave no result. No variant holds a token or a raw body.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer: name look-up, TLS, reset, time-out.
    #[error("Okta gave no answer to the request to {operation} ({attempts} attempts)")]
    NoAnswer {
        /// What was being done.
        operation: &'static str,
        /// How often it was tried.
        attempts: u32,
        /// Whether a write may have taken effect. Always `false` for a read.
        may_have_taken_effect: bool,
        /// The last attempt's failure.
        #[source]
        source: SendError,
    },
    /// The host answers, but not as an Okta org does. Nothing secret has been sent to it.
    #[error("{domain} is not an Okta org: {reason}")]
    NotAnOrg {
        /// The host asked.
        domain: Domain,
        /// What it did instead.
        reason: String,
    },
    /// Okta refused, or failed, and said so.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// Okta still refused for its rate limit after the last attempt.
    #[error("Okta's rate limit did not allow the request to {operation} ({attempts} attempts)")]
    RateLimited {
        /// What was being done.
        operation: &'static str,
        /// How often it was tried.
        attempts: u32,
        /// Okta's own name for the last request.
        request_id: Option<String>,
    },
    /// A success that does not fit our model.
    #[error("Okta answered the request to {operation} with a body this client does not understand")]
    Decode {
        /// What was being done.
        operation: &'static str,
        /// Where the body is at odds with the model.
        #[source]
        source: DecodeError,
    },
    /// The host sends its callers elsewhere. Nobody follows, because a token could travel along.
    #[error(
        "the request to {operation} was answered with {status}, a redirect to {}",
        to.as_deref().unwrap_or("an unreadable address")
    )]
    Redirected {
        /// What was being done.
        operation: &'static str,
        /// The 3xx status.
        status: StatusCode,
        /// Origin of the target, where readable.
        to: Option<String>,
    },
}

/// A refusal or failure with Okta's own explanation, free of the secrets we know.
#[derive(Debug, thiserror::Error)]
#[error("Okta refused to {operation} with {status}{}", explanation(code, summary, causes))]
pub struct ApiError {
    /// What was being done.
    pub operation: &'static str,
    /// HTTP status.
    pub status: StatusCode,
    /// Okta's `errorCode`, such as `E0000011`; empty when the body was not Okta's. The only part meant for programs.
    pub code: String,
    /// Okta's `errorSummary`.
    pub summary: String,
    /// The summaries of Okta's `errorCauses`.
    pub causes: Vec<String>,
    /// Okta's own name for the request, for a support case.
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

/// The questions below follow Okta developer docs, "Okta error codes and descriptions".
impl Error {
    /// The token is unknown, expired or revoked (401 E0000011), or a 401 that gives no other reason.
    pub fn is_invalid_token(&self) -> bool {
        self.api()
            .is_some_and(|api| api.status == StatusCode::UNAUTHORIZED && matches!(api.code.as_str(), "E0000011" | ""))
    }

    /// Okta could not tell who is calling (401 E0000004): often a token used against the wrong org.
    pub fn is_authentication_failed(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::UNAUTHORIZED && api.code == "E0000004")
    }

    /// Any 401.
    pub(super) fn is_unauthorized(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::UNAUTHORIZED)
    }

    /// The org lacks the feature (401 E0000015). The token may be fine.
    pub fn is_feature_missing(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::UNAUTHORIZED && api.code == "E0000015")
    }

    /// The token is good but its owner may not do this (403).
    pub fn is_forbidden(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::FORBIDDEN)
    }

    /// No such object (404 with a code of Okta's). Never true for a page that somebody else wrote, which says nothing
    /// about the object.
    pub fn is_not_found(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::NOT_FOUND && !api.code.is_empty())
    }

    /// Okta's refusal, where there is one.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(api) => Some(api),
            _ => None,
        }
    }
}
