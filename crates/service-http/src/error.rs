//! Failures between sending a request and receiving its complete response.

use std::fmt;

use reqwest::StatusCode;

/// A request without a usable response. See [`SendError::may_have_taken_effect`].
///
/// No variant contains an address with a path or query, a header or a body.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The HTTP client could not be created, for example because this machine has no certificate authorities.
    #[error("the HTTP client could not be created")]
    Setup(#[source] LibraryError),
    /// DNS, connecting or the TLS handshake failed: the service has certainly not received the request.
    #[error("the connection could not be established")]
    NotSent(#[source] LibraryError),
    /// The connection broke, or the time limit was reached, after the request may have been sent.
    #[error("{}", if *.timed_out { "the request timed out" } else { "the connection was closed before the response was complete" })]
    Broken {
        timed_out: bool,
        #[source]
        source: LibraryError,
    },
    /// The response is a redirect. It is not followed, because that could send a credential to another host.
    #[error("the response was {status}, a redirect to {}, which is not followed", to.as_deref().unwrap_or("an unreadable address"))]
    Redirected {
        status: StatusCode,
        /// Origin of the target, without path or query. `None` if it could not be read.
        to: Option<String>,
    },
    /// The body is longer than the client accepts.
    #[error("the response, with status {status}, is longer than {limit} bytes")]
    TooLarge {
        status: StatusCode,
        /// Maximum length in bytes.
        limit: usize,
    },
}

impl SendError {
    /// Returns whether the service may have executed the request. `false` means that it certainly has not.
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::Setup(_) | Self::NotSent(_) | Self::Redirected { .. } => false,
            Self::Broken { .. } => true,
            Self::TooLarge { status, .. } => status.is_success() || status.is_server_error(),
        }
    }

    /// Returns whether a retry could succeed: no connection, or one that broke.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::NotSent(_) | Self::Broken { .. })
    }
}

/// An error of the HTTP library without its address, with the chain of causes on one line.
///
/// The chain is flattened because the causes have private types of the library, so callers can only use their text.
pub struct LibraryError(String);

impl LibraryError {
    pub(super) fn new(error: reqwest::Error) -> Self {
        // Addresses may contain a query, and those of proxies a password.
        let error = error.without_url();
        let mut text = String::new();
        let mut next = std::error::Error::source(&error);
        let mut last = String::new();
        while let Some(cause) = next {
            let this = cause.to_string();
            // Many wrappers repeat the text of their cause.
            if this != last {
                if !text.is_empty() {
                    text.push_str(": ");
                }
                text.push_str(&this);
            }
            last = this;
            next = cause.source();
        }
        if text.is_empty() {
            text = error.to_string();
        }
        Self(text)
    }

    #[cfg(test)]
    pub(super) fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LibraryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LibraryError({:?})", self.0)
    }
}

impl std::error::Error for LibraryError {}
