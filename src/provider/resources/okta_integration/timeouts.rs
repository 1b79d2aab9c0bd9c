//! Timeouts and deadlines of operations.

use std::time::Duration;

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::support::diagnostics::as_sentence;
use service_http::{InvalidDuration, parse_duration};

use super::model::Timeouts;

/// The timeouts of one integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OperationTimeouts {
    /// Includes the first sync.
    pub(super) create: Duration,
    /// Includes the sync that follows the change.
    pub(super) update: Duration,
    pub(super) delete: Duration,
}

impl Default for OperationTimeouts {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Self { create: minutes(30), update: minutes(30), delete: minutes(5) }
    }
}

impl OperationTimeouts {
    /// Parses the `timeouts` block. Null and unknown arguments have their defaults.
    ///
    /// # Errors
    /// One error for each argument that is not a positive duration.
    pub(super) fn from_block(block: &Value<Timeouts>) -> Result<Self, Diagnostics> {
        let mut timeouts = Self::default();
        let Some(Timeouts { create, update, delete }) = block.known() else { return Ok(timeouts) };
        let mut problems = Diagnostics::none();
        for (name, argument, timeout) in [
            ("create", create, &mut timeouts.create),
            ("update", update, &mut timeouts.update),
            ("delete", delete, &mut timeouts.delete),
        ] {
            let Some(text) = argument.text() else { continue };
            match parse_timeout(text) {
                Ok(duration) => *timeout = duration,
                Err(problem) => problems.push(problem.at(AttributePath::to("timeouts").attribute(name))),
            }
        }
        problems.into_result()?;
        Ok(timeouts)
    }
}

fn parse_timeout(text: &str) -> Result<Duration, Diagnostic> {
    let not_positive = || {
        let detail = format!("The timeout {text:?} is not longer than zero. Set a longer one, such as \"30m\".");
        Diagnostic::error("Timeout is not positive", detail)
    };
    match parse_duration(text) {
        Ok(duration) if duration.is_zero() => Err(not_positive()),
        Ok(duration) => Ok(duration),
        Err(InvalidDuration::Negative(_)) => Err(not_positive()),
        Err(error @ (InvalidDuration::Malformed(_) | InvalidDuration::TooLong(_))) => {
            Err(Diagnostic::error("Timeout is not a duration", as_sentence(&error.to_string())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(create: &str) -> Value<Timeouts> {
        Value::Known(Timeouts { create: Value::Known(create.to_owned()), update: Value::Null, delete: Value::Unknown })
    }

    #[test]
    fn timeouts_follow_gos_grammar_and_default_if_unset() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("1.5h", 5400)] {
            let timeouts = OperationTimeouts::from_block(&block(text)).unwrap();
            let expected = OperationTimeouts { create: Duration::from_secs(seconds), ..OperationTimeouts::default() };
            assert_eq!(timeouts, expected, "{text}");
        }
        assert_eq!(OperationTimeouts::from_block(&Value::Null), Ok(OperationTimeouts::default()));
        assert_eq!(OperationTimeouts::from_block(&Value::Unknown), Ok(OperationTimeouts::default()));
    }

    #[test]
    fn invalid_timeouts_are_rejected_on_their_argument() {
        for (text, summary) in [
            ("", "Timeout is not a duration"),
            ("30", "Timeout is not a duration"),
            ("30M", "Timeout is not a duration"),
            ("1month", "Timeout is not a duration"),
            ("1h 30m", "Timeout is not a duration"),
            ("9000000h", "Timeout is not a duration"),
            ("-5m", "Timeout is not positive"),
            ("0s", "Timeout is not positive"),
            ("0", "Timeout is not positive"),
        ] {
            let problems = OperationTimeouts::from_block(&block(text)).unwrap_err();
            let found: Vec<_> =
                problems.iter().map(|problem| (problem.summary(), problem.attribute().to_string())).collect();
            assert_eq!(found, [(summary, "timeouts.create".to_owned())], "{text}");
        }
    }
}
