//! What can go wrong between sending a request and holding its whole answer.

use std::fmt;

use reqwest::StatusCode;

/// No usable answer to one request. Whether the service may have acted on it is [`SendError::may_have_taken_effect`].
///
/// No variant holds an address with a path or query, a header or a body.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The client itself could not be made, for example because this machine has no certificate authorities.
    #[error("the HTTP client could not be set up")]
    Setup(#[source] LibraryError),
    /// Name look-up, connecting or the TLS handshake failed: the service has surely not seen the request.
    #[error("the connection could not be made")]
    NotSent(#[source] LibraryError),
    /// The connection broke, or time ran out, after the request may have been sent.
    #[error("{}", if *.timed_out { "no complete answer in time" } else { "the connection broke before the answer was complete" })]
    Broken {
        /// Whether it was the time limit that ended the wait.
        timed_out: bool,
        /// What the HTTP library said.
        #[source]
        source: LibraryError,
    },
    /// The answer points elsewhere. Following it could carry a credential to another place, so nobody does.
    #[error("the answer was {status}, a redirect to {}, which is not followed", to.as_deref().unwrap_or("an unreadable address"))]
    Redirected {
        /// The 3xx status.
        status: StatusCode,
        /// Origin of the target, without path or query. `None` when it could not be read.
        to: Option<String>,
    },
    /// The body is longer than this client is willing to hold.
    #[error("the answer, with status {status}, is longer than {limit} bytes")]
    TooLarge {
        /// The status it came with.
        status: StatusCode,
        /// The limit in bytes.
        limit: usize,
    },
}

impl SendError {
    /// Whether the service may have acted on the request. `false` means it surely has not.
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::Setup(_) | Self::NotSent(_) | Self::Redirected { .. } => false,
            Self::Broken { .. } => true,
            Self::TooLarge { status, .. } => status.is_success() || status.is_server_error(),
        }
    }

    /// Whether trying again could help at all: no connection, or one that broke.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::NotSent(_) | Self::Broken { .. })
    }
}

/// An error of the HTTP library with its address removed, and the chain of causes in one line.
///
/// The chain is flattened because the causes are the library's private types, of no use to a caller but as text.
pub struct LibraryError(String);

impl LibraryError {
    pub(super) fn new(error: reqwest::Error) -> Self {
        // Addresses may carry a query, and proxies a password.
        let error = error.without_url();
        let mut text = String::new();
        let mut next = std::error::Error::source(&error);
        let mut last = String::new();
        while let Some(cause) = next {
            let this = cause.to_string();
            // Many wrappers repeat their cause; say each thing once.
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
