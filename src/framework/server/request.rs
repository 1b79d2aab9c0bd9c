//! Running one call: in its own task, with a span for its log lines.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::task::JoinError;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::framework::context::Line;
use crate::framework::diagnostics::Diagnostic;

tokio::task_local! {
    static RUNNING: ();
}

/// Whether the code that asks runs on behalf of a call, so that a panic in it ends only that call.
pub fn is_running() -> bool {
    RUNNING.try_with(|()| ()).is_ok()
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// What becomes of a call's task when Terraform hangs up in the middle.
pub(super) enum OnHangUp {
    /// The call ends at its next await: nothing outside has been changed.
    Abort,
    /// The call learns of it and runs to its end: what the service accepted must be heard out.
    Finish(Line),
}

/// Runs a call to its end. A panic in it becomes a diagnostic.
pub(super) async fn run<T: Send + 'static>(
    rpc: &'static str,
    type_name: &str,
    on_hang_up: OnHangUp,
    call: impl Future<Output = T> + Send + 'static,
) -> Result<T, Diagnostic> {
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    let span = tracing::info_span!("rpc", tf_rpc = rpc, tf_req_id = id, tf_resource_type = type_name);
    let timed = async move {
        let started = Instant::now();
        tracing::trace!("call received");
        let answer = call.await;
        let elapsed = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(tf_req_duration_ms = elapsed, "call answered");
        answer
    };
    let task = tokio::spawn(RUNNING.scope((), timed).instrument(span));
    let outcome = match on_hang_up {
        OnHangUp::Abort => AbortOnDropHandle::new(task).await,
        OnHangUp::Finish(Line { stop, hung_up }) => {
            // In this order: whoever is stopped by it can tell why.
            let guards = [hung_up, stop].map(CancellationToken::drop_guard);
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
    let what = if error.is_panic() { "stopped at a mistake of its own" } else { "was aborted" };
    Diagnostic::error(
        "Provider failed unexpectedly",
        format!(
            "The provider {what} while answering {rpc}. This is a bug in the provider; please report it with the log \
             of a run under TF_LOG_PROVIDER=TRACE, which holds the place in the code.\n\nIf this was an apply, \
             something may have been changed: run a plan before applying again."
        ),
    )
}
