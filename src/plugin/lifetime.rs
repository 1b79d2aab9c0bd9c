//! The end of the process without the host's request: signals, and a host that no longer exists.

use tokio_util::sync::CancellationToken;

/// The interval between checks of the host.
#[cfg(unix)]
const CHECK_INTERVAL: std::time::Duration = std::time::Duration::from_secs(1);

/// The time that a host has for its first connection. Terraform needs milliseconds.
#[cfg(unix)]
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// Ignores interrupts. Cancels `shutdown` on a termination signal, and if the host no longer exists. Requires a Tokio
/// runtime.
///
/// Ctrl-C reaches all processes of the foreground group. The host then requests a stop over gRPC. A plugin that ended
/// on the signal would lose the results of running calls. Call this before the host learns the address: from its return
/// on, interrupts are ignored.
#[cfg(unix)]
pub fn watch_parent(shutdown: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut interrupts), Ok(mut terminations)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::warn!("could not listen for signals");
        return;
    };
    let host = std::os::unix::process::parent_id();
    tokio::spawn(async move {
        let mut checks = tokio::time::interval(CHECK_INTERVAL);
        loop {
            tokio::select! {
                _ = interrupts.recv() => tracing::trace!("ignored an interrupt; the host requests the stop"),
                _ = terminations.recv() => break,
                _ = checks.tick() => {
                    // The system assigns another parent to an orphan.
                    if std::os::unix::process::parent_id() != host {
                        tracing::warn!("the program that started this plugin has ended");
                        break;
                    }
                }
            }
        }
        shutdown.cancel();
    });
}

/// Cancels `shutdown` if no client connects in time and the reader of standard output has ended. Requires a Tokio
/// runtime.
///
/// If the host ends while this process starts, the system may assign another parent before [`watch_parent`] reads the
/// parent's ID. The reader of standard output shows that the host has ended.
#[cfg(unix)]
pub(super) fn watch_for_first_connection(first_connection: CancellationToken, shutdown: CancellationToken) {
    tokio::spawn(first_connection.run_until_cancelled_owned(async move {
        let first_check = tokio::time::Instant::now() + CONNECT_TIMEOUT;
        let mut checks = tokio::time::interval_at(first_check, CHECK_INTERVAL);
        loop {
            checks.tick().await;
            if is_stdout_closed() {
                tracing::warn!("the program that started this plugin ended before it connected");
                shutdown.cancel();
                return;
            }
        }
    }));
}

/// Returns `true` if the other end of standard output is closed.
#[cfg(unix)]
fn is_stdout_closed() -> bool {
    use std::os::fd::AsFd;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    let stdout = std::io::stdout();
    let mut polled = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
    let has_events = poll(&mut polled, PollTimeout::ZERO).is_ok_and(|count| count > 0);
    let events = polled[0].revents().unwrap_or(PollFlags::empty());
    has_events && events.intersects(PollFlags::POLLERR | PollFlags::POLLHUP)
}

/// Does nothing: Windows does not assign another parent to a process.
#[cfg(not(unix))]
pub(super) fn watch_for_first_connection(_first_connection: CancellationToken, _shutdown: CancellationToken) {}

/// Ignores interrupts, because the host requests a stop over gRPC. Requires a Tokio runtime.
#[cfg(not(unix))]
pub fn watch_parent(shutdown: CancellationToken) {
    tokio::spawn(async move {
        // Keeps the signature of Unix; nothing cancels it here.
        let _shutdown = shutdown;
        while tokio::signal::ctrl_c().await.is_ok() {
            tracing::trace!("ignored an interrupt; the host requests the stop");
        }
    });
}

/// Cancels `shutdown` on the first interrupt or termination signal. For a process that a user started. Requires a Tokio
/// runtime.
pub fn watch_signals(shutdown: CancellationToken) {
    tokio::spawn(async move {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            if let Ok(mut terminations) = signal(SignalKind::terminate()) {
                tokio::select! {
                    _ = terminations.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
                shutdown.cancel();
                return;
            }
        }
        let _ = tokio::signal::ctrl_c().await;
        shutdown.cancel();
    });
}
