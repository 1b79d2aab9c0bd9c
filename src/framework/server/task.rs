//! The task of one call, with a span for its log lines.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinError;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::framework::context::CallSignals;
use crate::framework::diagnostics::Diagnostic;

tokio::task_local! {
    static RUNNING: ();
}

/// Returns `true` if the current task belongs to a call, so that a panic in it fails only that call.
pub fn is_running() -> bool {
    RUNNING.try_with(|()| ()).is_ok()
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// The effect of a lost connection on a running call.
pub(super) enum OnDisconnect {
    /// Ends the call at its next await point. For calls that change nothing outside this process.
    Abort,
    /// Cancels the signals and lets the call complete, because the outcome of a request that the service has accepted
    /// must still be handled.
    Signal(CallSignals),
}

/// Runs a call to completion. Converts a panic to a diagnostic.
pub(super) async fn run<T: Send + 'static>(
    rpc: &'static str,
    type_name: &str,
    on_disconnect: OnDisconnect,
    call: impl Future<Output = T> + Send + 'static,
) -> Result<T, Diagnostic> {
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    let span = tracing::info_span!("rpc", tf_rpc = rpc, tf_req_id = id, tf_resource_type = type_name);
    let timed = async move {
        let started = Instant::now();
        tracing::trace!("received request");
        let response = call.await;
        let elapsed = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(tf_req_duration_ms = elapsed, "served request");
        response
    };
    let task = tokio::spawn(RUNNING.scope((), timed).instrument(span));
    let outcome = match on_disconnect {
        OnDisconnect::Abort => AbortOnDropHandle::new(task).await,
        OnDisconnect::Signal(CallSignals { cancelled, disconnected }) => {
            // In this order, so that code woken by `cancelled` can read the reason from `disconnected`.
            let guards = [disconnected, cancelled].map(CancellationToken::drop_guard);
            let outcome = task.await;
            for guard in guards {
                DropGuard::disarm(guard);
            }
            outcome
        }
    };
    outcome.map_err(|error| panicked(rpc, &error))
}

fn panicked(rpc: &str, error: &JoinError) -> Diagnostic {
    let outcome = if error.is_panic() { "panicked" } else { "was aborted" };
    Diagnostic::error(
        "Provider failed unexpectedly",
        format!(
            "The provider {outcome} while serving {rpc}. This is a bug in the provider; please report it with the log of \
             a run with TF_LOG_PROVIDER=TRACE, which contains the source location.\n\nIf this was an apply, the service \
             may have changed: run a plan before you apply again."
        ),
    )
}
