//! What can go wrong in one call to ConductorOne: one variant for each decision a caller can take.

use service_http::{DecodeError, Origin, SendError, StatusCode};

/// Why a call gave no result. No variant holds a secret or a raw body.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable answer: name look-up, TLS, reset, time-out, or a body beyond all measure.
    #[error("ConductorOne gave no usable answer at {tenant} to the request to {operation} ({attempts} attempts)")]
    NoAnswer {
        /// Where the tenant should be.
        tenant: Box<Origin>,
        /// What was being done.
        operation: &'static str,
        /// How often it was tried.
        attempts: u32,
        /// Whether a write may have taken effect; look before repeating it.
        may_have_taken_effect: bool,
        /// The last attempt's failure.
        #[source]
        source: SendError,
    },
    /// The host sends its callers elsewhere. Nobody follows, because an access token could travel along.
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
    /// The service refused, or failed, and said so.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// A success that does not fit our model.
    #[error("ConductorOne answered the request to {operation} with a body this client does not understand")]
    Decode {
        /// What was being done.
        operation: &'static str,
        /// Whether this was a write, which has then most likely taken effect.
        may_have_taken_effect: bool,
        /// Where the body is at odds with the model.
        #[source]
        source: DecodeError,
    },
    /// No access token was issued, so the call itself was never made.
    #[error(transparent)]
    Token(Box<TokenError>),
    /// The OIDC token that was there at the start cannot be read any more.
    #[error("the OIDC token to exchange for an access token is gone from where it was first read")]
    OidcTokenGone,
    /// An ID that cannot name one object. Nothing was sent: the service reads a path with an empty part as another
    /// request, such as a list of everything.
    #[error("cannot {operation}: the {what} ID is empty or contains a character no ID has")]
    InvalidId {
        /// What was being done.
        operation: &'static str,
        /// Whose ID: `app`, `connector`, `user`.
        what: &'static str,
    },
}

/// A refusal or failure with the service's own explanation, free of the secrets we know.
///
/// Source of the body's shape: ConductorOne's OpenAPI document, schema `google.rpc.Status`.
#[derive(Debug, thiserror::Error)]
#[error("ConductorOne refused to {operation} with {status}{}{message}", if message.is_empty() { "" } else { ": " })]
pub struct ApiError {
    /// What was being done.
    pub operation: &'static str,
    /// HTTP status.
    pub status: StatusCode,
    /// The gRPC code, where the body had one.
    pub code: Option<i32>,
    /// The service's message; empty when the body was not the service's.
    pub message: String,
    /// The service's own name for the request, for a support case.
    pub request_id: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether a write may have taken effect: this answer or one before it was a server's failure.
    pub may_have_taken_effect: bool,
    /// Whether the body was something other than the service's: a proxy or a stranger's host may have answered.
    pub foreign: bool,
}

/// The token endpoint gave no access token.
#[derive(Debug, thiserror::Error)]
#[error("ConductorOne issued no access token and answered {status}{}{explanation}", if explanation.is_empty() { "" } else { ": " })]
pub struct TokenError {
    /// HTTP status.
    pub status: StatusCode,
    /// The OAuth error code, such as `invalid_client`, where the body had one. Source: RFC 6749, section 5.2.
    pub code: Option<String>,
    /// The service's reason; empty when it gave none.
    pub explanation: String,
    /// The service's own name for the request, for a support case.
    pub request_id: Option<String>,
}

impl TokenError {
    /// Whether the credentials are to blame, rather than the service or what lies between.
    pub fn is_refusal(&self) -> bool {
        matches!(self.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
    }
}

impl Error {
    /// The object does not exist (404).
    ///
    /// Never true for a failure to get an access token, nor for a page that the service did not write: neither says
    /// anything about the object.
    pub fn is_not_found(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::NOT_FOUND && !api.foreign)
    }

    /// The credentials or the access token are not accepted.
    pub fn is_unauthenticated(&self) -> bool {
        match self {
            Self::Api(api) => api.status == StatusCode::UNAUTHORIZED,
            Self::Token(token) => token.is_refusal(),
            _ => false,
        }
    }

    /// The caller may not do this (403).
    pub fn is_forbidden(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::FORBIDDEN)
    }

    /// Whether a write may have taken effect although this error came back: look before repeating it. Always `false`
    /// for a read.
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::NoAnswer { may_have_taken_effect, .. } | Self::Decode { may_have_taken_effect, .. } => {
                *may_have_taken_effect
            }
            Self::Api(api) => api.may_have_taken_effect,
            Self::Redirected { .. } | Self::Token(_) | Self::OidcTokenGone | Self::InvalidId { .. } => false,
        }
    }

    /// Whether the same call may well succeed in a while: no answer, too many requests, a server's failure.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoAnswer { .. } => true,
            Self::Api(api) => api.status == StatusCode::TOO_MANY_REQUESTS || api.status.is_server_error(),
            Self::Token(token) => !token.is_refusal(),
            Self::Redirected { .. } | Self::Decode { .. } | Self::OidcTokenGone | Self::InvalidId { .. } => false,
        }
    }

    /// The service's refusal, where there is one.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(api) => Some(api),
            _ => None,
        }
    }
}
