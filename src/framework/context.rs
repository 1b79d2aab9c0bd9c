//! Per-call context: provider data, cancellation, warnings, the client's capabilities.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::framework::diagnostics::{Diagnostic, Diagnostics};

/// The cancellation signals of one call.
#[derive(Clone, Debug, Default)]
pub struct CallSignals {
    /// Cancelled on the user's first interrupt, and if the connection to Terraform is lost.
    pub cancelled: CancellationToken,
    /// Cancelled if the connection to Terraform is lost, for example because Terraform was killed. The response of the
    /// call is then discarded.
    pub disconnected: CancellationToken,
}

impl CallSignals {
    /// Creates the signals of a call that a Stop request cancels together with all other calls.
    pub fn new(stop: &CancellationToken) -> Self {
        Self { cancelled: stop.child_token(), disconnected: CancellationToken::new() }
    }
}

/// The context of one call.
///
/// `D` is the type that [`Provider::configure`](crate::framework::provider::Provider::configure) returns.
#[derive(Debug)]
pub struct Context<D> {
    data: Option<Arc<D>>,
    signals: CallSignals,
    warnings: Mutex<Diagnostics>,
    write_only_allowed: bool,
}

impl<D> Context<D> {
    /// Creates the context of a call.
    pub fn new(data: Option<Arc<D>>, signals: CallSignals, write_only_allowed: bool) -> Self {
        Self { data, signals, warnings: Mutex::default(), write_only_allowed }
    }

    /// Returns the data of the configured provider.
    ///
    /// # Errors
    /// If Terraform has not configured the provider, for example in a process that only validates.
    pub fn data(&self) -> Result<&D, Diagnostics> {
        self.data.as_deref().ok_or_else(|| {
            Diagnostic::error(
                "Provider is not configured",
                "Terraform requested an operation that needs a configured provider before it configured the provider. \
                 This is a bug; please report it with the output of `terraform version`.",
            )
            .into()
        })
    }

    /// Returns a token that is cancelled on the user's first interrupt, and if the connection to Terraform is lost.
    /// Code that waits should then stop and return what exists.
    pub fn cancelled(&self) -> &CancellationToken {
        &self.signals.cancelled
    }

    /// Returns a token that is cancelled if the connection to Terraform is lost, so that Terraform does not receive the
    /// response. The connection can still be lost later, while the response is sent.
    pub fn disconnected(&self) -> &CancellationToken {
        &self.signals.disconnected
    }

    /// Returns `true` if the client keeps write-only values out of plan and state (Terraform 1.11, OpenTofu 1.11).
    pub fn write_only_allowed(&self) -> bool {
        self.write_only_allowed
    }

    /// Adds a warning to the response, both if the call succeeds and if it fails.
    pub fn warn(&self, warning: Diagnostic) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    /// Removes and returns the warnings added so far.
    pub fn take_warnings(&self) -> Diagnostics {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
