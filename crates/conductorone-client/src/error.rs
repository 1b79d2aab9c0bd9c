//! Errors of calls to ConductorOne, with one variant per decision of a caller.

use service_http::{DecodeError, Origin, SendError, StatusCode};

/// Error of a call. No variant contains a secret or a raw body.
///
/// An `operation` is a gerund that completes "when …".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable response: DNS, TLS, a broken connection, a timeout, or a body that is too long.
    #[error("ConductorOne at {tenant} returned no usable response when {operation} ({attempts} attempts)")]
    NoResponse {
        tenant: Box<Origin>,
        operation: &'static str,
        attempts: u32,
        /// `true` if a write may have taken effect. Then check before repeating it.
        may_have_taken_effect: bool,
        /// The failure of the last attempt.
        #[source]
        source: SendError,
    },
    /// The response is a redirect. It is not followed, because that could send an access token to another host.
    #[error(
        "ConductorOne returned {status} when {operation}: a redirect to {}, which is not followed",
        to.as_deref().unwrap_or("an unreadable address")
    )]
    Redirected {
        operation: &'static str,
        status: StatusCode,
        /// Origin of the target, if readable.
        to: Option<String>,
    },
    /// The service returned an error.
    #[error(transparent)]
    Api(Box<ApiError>),
    /// The body of a successful response does not match the model.
    #[error("ConductorOne returned an unexpected body when {operation}")]
    Decode {
        operation: &'static str,
        /// `true` for a write, which has most likely taken effect.
        may_have_taken_effect: bool,
        #[source]
        source: DecodeError,
    },
    /// The token endpoint returned an error, so the call was not made.
    #[error(transparent)]
    Token(Box<TokenError>),
    /// The OIDC token was available at the start but is not any more.
    #[error("the OIDC token is no longer available from the source that it was first read from")]
    OidcTokenMissing,
    /// The ID is not safe in a path. Nothing was sent: the service treats a path with an empty segment as another
    /// request, such as listing all objects.
    #[error("no request was sent when {operation}: the {object} ID is empty or contains an invalid character")]
    InvalidId {
        operation: &'static str,
        /// The kind of object: `app`, `connector`, `user`.
        object: &'static str,
    },
}

/// An error response with the service's explanation, without registered secrets.
///
/// Source of the body's shape: ConductorOne's OpenAPI document, schema `google.rpc.Status`.
#[derive(Debug, thiserror::Error)]
#[error("ConductorOne returned {status} when {operation}{}{message}", if message.is_empty() { "" } else { ": " })]
pub struct ApiError {
    pub operation: &'static str,
    pub status: StatusCode,
    /// The gRPC code, if the body contained one.
    pub code: Option<i32>,
    /// The service's message; empty if the body was not the service's.
    pub message: String,
    /// The service's ID of the request, for a support case.
    pub request_id: Option<String>,
    pub attempts: u32,
    /// `true` if a write may have taken effect, because this or an earlier response was a server error.
    pub may_have_taken_effect: bool,
    /// `true` if the body is not the service's: the response may come from a proxy or another host.
    pub not_from_service: bool,
}

/// An error response of the token endpoint.
#[derive(Debug, thiserror::Error)]
#[error("ConductorOne returned {status} when requesting an access token{}{explanation}", if explanation.is_empty() { "" } else { ": " })]
pub struct TokenError {
    pub status: StatusCode,
    /// The OAuth error code, such as `invalid_client`, if the body contained one. Source: RFC 6749, section 5.2.
    pub code: Option<String>,
    /// The service's reason; empty if it returned none.
    pub explanation: String,
    /// The service's ID of the request, for a support case.
    pub request_id: Option<String>,
}

impl TokenError {
    /// Returns whether the credentials are the cause, not the service or the network.
    pub fn is_refusal(&self) -> bool {
        matches!(self.status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
    }
}

impl Error {
    /// Returns whether the object does not exist (404).
    ///
    /// `false` for a failed token request and for a response of another host, neither of which is about the object.
    pub fn is_not_found(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::NOT_FOUND && !api.not_from_service)
    }

    /// Returns whether the credentials or the access token are not accepted.
    pub fn is_unauthenticated(&self) -> bool {
        match self {
            Self::Api(api) => api.status == StatusCode::UNAUTHORIZED,
            Self::Token(token) => token.is_refusal(),
            _ => false,
        }
    }

    /// Returns whether the caller lacks a permission (403).
    pub fn is_forbidden(&self) -> bool {
        self.api().is_some_and(|api| api.status == StatusCode::FORBIDDEN)
    }

    /// Returns whether a write may have taken effect although it failed. If so, check before repeating it.
    ///
    /// Always `false` for a read.
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::NoResponse { may_have_taken_effect, .. } | Self::Decode { may_have_taken_effect, .. } => {
                *may_have_taken_effect
            }
            Self::Api(api) => api.may_have_taken_effect,
            Self::Redirected { .. } | Self::Token(_) | Self::OidcTokenMissing | Self::InvalidId { .. } => false,
        }
    }

    /// Returns whether the same call may succeed later: no response, too many requests, a server error.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoResponse { .. } => true,
            Self::Api(api) => api.status == StatusCode::TOO_MANY_REQUESTS || api.status.is_server_error(),
            Self::Token(token) => !token.is_refusal(),
            Self::Redirected { .. } | Self::Decode { .. } | Self::OidcTokenMissing | Self::InvalidId { .. } => false,
        }
    }

    /// Returns the service's error response, if that is the cause.
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(api) => Some(api),
            _ => None,
        }
    }
}
