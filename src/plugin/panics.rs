//! The panic hook.
//!
//! Terraform treats a line that starts with `panic: ` as the start of a crash report, and shows it to the user. That is
//! correct if the process ends, and wrong if only the task of one request fails.

use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;

/// Installs a hook that logs a panic as an error if `survives` returns `true`, and prints a crash report otherwise.
pub fn install(survives: impl Fn() -> bool + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |panic| {
        let backtrace = Backtrace::force_capture();
        if survives() {
            let location = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(location, backtrace = %backtrace, "panicked: {}", message(panic));
        } else {
            report(panic, &backtrace);
        }
    }));
}

#[expect(
    clippy::print_stderr,
    reason = "Terraform expects crash reports as plain lines, and the panic may come from logging"
)]
fn report(panic: &PanicHookInfo<'_>, backtrace: &Backtrace) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    eprintln!("panic: {}\n\n{location}\n{backtrace}", message(panic));
}

fn message(panic: &PanicHookInfo<'_>) -> String {
    panic.payload_as_str().unwrap_or("without a message").to_owned()
}
