//! What a call knows beside its arguments: the provider's own data, the caller's abilities, the user's interrupt.

use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::framework::diagnostics::{Diagnostic, Diagnostics};

/// Terraform at the other end of a call.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Cancelled on the user's first interrupt, and when Terraform hangs up.
    pub stop: CancellationToken,
    /// Cancelled when Terraform hangs up, as it does when it is killed: nobody will hear the answer.
    pub hung_up: CancellationToken,
}

impl Line {
    /// The line of a call that `stop` interrupts together with all others.
    pub fn new(stop: &CancellationToken) -> Self {
        Self { stop: stop.child_token(), hung_up: CancellationToken::new() }
    }
}

/// The circumstances of one call.
///
/// `D` is what [`Provider::configure`](crate::framework::provider::Provider::configure) made.
#[derive(Debug)]
pub struct Context<D> {
    data: Option<Arc<D>>,
    line: Line,
    warnings: Mutex<Diagnostics>,
    write_only_allowed: bool,
}

impl<D> Context<D> {
    /// The circumstances of a call that starts now.
    pub fn new(data: Option<Arc<D>>, line: Line, write_only_allowed: bool) -> Self {
        Self { data, line, warnings: Mutex::default(), write_only_allowed }
    }

    /// What the provider made of its configuration.
    ///
    /// # Errors
    /// When Terraform has not configured the provider, as in the process that only validates.
    pub fn data(&self) -> Result<&D, Diagnostics> {
        self.data.as_deref().ok_or_else(|| {
            Diagnostic::error(
                "Provider is not configured",
                "Terraform asked for something that needs ConductorOne or Okta before it configured this provider. \
                 This is a bug; please report it with the output of `terraform version`.",
            )
            .into()
        })
    }

    /// Cancelled on the user's first interrupt, and when Terraform is gone. Whatever waits should end then and return
    /// what exists.
    pub fn stop(&self) -> &CancellationToken {
        &self.line.stop
    }

    /// Cancelled when Terraform no longer waits for the answer, as far as can be known before it is sent.
    pub fn hung_up(&self) -> &CancellationToken {
        &self.line.hung_up
    }

    /// Whether the caller keeps write-only values out of plan and state (Terraform 1.11).
    pub fn write_only_allowed(&self) -> bool {
        self.write_only_allowed
    }

    /// Adds a warning to the answer, whether the call succeeds or fails.
    pub fn warn(&self, warning: Diagnostic) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    /// The warnings so far.
    pub fn take_warnings(&self) -> Diagnostics {
        std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
