//! What a panic looks like from outside.
//!
//! Terraform shows the user whatever follows a line that begins with `panic: `, and calls the plugin crashed. That
//! is right when the process dies, and wrong when a request's task failed and the process lives on.

use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;

/// From now on a panic is an error in the log while `survives` says so, and a crash report otherwise.
pub fn install(survives: impl Fn() -> bool + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(move |panic| {
        let backtrace = Backtrace::force_capture();
        if survives() {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, backtrace = %backtrace, "stopped at a mistake: {}", message(panic));
        } else {
            report(panic, &backtrace);
        }
    }));
}

#[expect(
    clippy::print_stderr,
    reason = "Terraform wants crash reports as plain lines, and logging may be what crashed"
)]
fn report(panic: &PanicHookInfo<'_>, backtrace: &Backtrace) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    eprintln!("panic: {}\n\n{place}\n{backtrace}", message(panic));
}

fn message(panic: &PanicHookInfo<'_>) -> String {
    panic.payload_as_str().unwrap_or("without a message").to_owned()
}
