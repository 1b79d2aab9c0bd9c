//! When the process ends beside the host's request: signals, and a host that died.

use tokio_util::sync::CancellationToken;

/// How often to look whether the host is still there.
#[cfg(unix)]
const WATCH: std::time::Duration = std::time::Duration::from_secs(1);

/// How long a host may take to connect before it is missed. Terraform takes milliseconds.
#[cfg(unix)]
const MEETING: std::time::Duration = std::time::Duration::from_secs(5);

/// Ignores interrupts and ends on a termination signal or when the host is gone.
///
/// Ctrl-C reaches the whole foreground process group. The host then asks for a stop over gRPC; a plugin that died
/// of the signal itself would take the answer of a running call with it. That holds from the moment in which this
/// returns, so it is called before the host learns that there is a plugin. Needs a Tokio runtime.
#[cfg(unix)]
pub fn watch_parent(shutdown: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut interrupts), Ok(mut terminations)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return tracing::warn!("could not listen for signals");
    };
    let host = std::os::unix::process::parent_id();
    tokio::spawn(async move {
        let mut watch = tokio::time::interval(WATCH);
        loop {
            tokio::select! {
                _ = interrupts.recv() => tracing::trace!("ignored an interrupt; the host decides"),
                _ = terminations.recv() => break,
                _ = watch.tick() => {
                    // An orphan gets another parent.
                    if std::os::unix::process::parent_id() != host {
                        tracing::warn!("the program that started this plugin is gone");
                        break;
                    }
                }
            }
        }
        shutdown.cancel();
    });
}

/// Ends when nobody has connected and nobody reads standard output any more. Needs a Tokio runtime.
///
/// A host that dies in the moment in which it starts this process may have given it away to another parent before it
/// is asked for, and then is not missed later.
#[cfg(unix)]
pub(super) fn watch_for_first_connection(first_connection: CancellationToken, shutdown: CancellationToken) {
    tokio::spawn(first_connection.run_until_cancelled_owned(async move {
        let mut watch = tokio::time::interval_at(tokio::time::Instant::now() + MEETING, WATCH);
        loop {
            watch.tick().await;
            if is_unread() {
                tracing::warn!("the program that started this plugin is gone before it connected");
                return shutdown.cancel();
            }
        }
    }));
}

/// Whether the other end of standard output is closed.
#[cfg(unix)]
fn is_unread() -> bool {
    use std::os::fd::AsFd;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    let stdout = std::io::stdout();
    let mut asked = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
    let told = poll(&mut asked, PollTimeout::ZERO).is_ok_and(|told| told > 0);
    told && asked[0].revents().is_some_and(|told| told.intersects(PollFlags::POLLERR | PollFlags::POLLHUP))
}

/// Windows gives no process away to another parent.
#[cfg(not(unix))]
pub(super) fn watch_for_first_connection(_met: CancellationToken, _shutdown: CancellationToken) {}

/// Ignores interrupts: the host asks for a stop over gRPC. Needs a Tokio runtime.
#[cfg(not(unix))]
pub fn watch_parent(shutdown: CancellationToken) {
    drop(tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            tracing::trace!("ignored an interrupt; the host decides");
        }
        drop(shutdown);
    }));
}

/// Ends on the first interrupt or termination signal, for a process that a person started.
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
                return shutdown.cancel();
            }
        }
        drop(tokio::signal::ctrl_c().await);
        shutdown.cancel();
    });
}
