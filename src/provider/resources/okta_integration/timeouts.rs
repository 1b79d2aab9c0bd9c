//! How long operations may take: the `timeouts` block as durations.

use std::time::Duration;

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;

use super::model::Timeouts;

/// The limits of one integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// For creating, the first sync included.
    pub(super) create: Duration,
    /// For changing, the sync that follows included.
    pub(super) update: Duration,
    /// For deleting.
    pub(super) delete: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Self { create: minutes(30), update: minutes(30), delete: minutes(5) }
    }
}

impl Limits {
    /// Reads the block. What is not set, or not known yet, has its default.
    ///
    /// # Errors
    /// When a duration is none, each on its argument.
    pub(super) fn from_block(block: &Value<Timeouts>) -> Result<Self, Diagnostics> {
        let mut limits = Self::default();
        let Some(Timeouts { create, update, delete }) = block.known() else { return Ok(limits) };
        let mut wrong = Diagnostics::none();
        for (name, argument, limit) in [
            ("create", create, &mut limits.create),
            ("update", update, &mut limits.update),
            ("delete", delete, &mut limits.delete),
        ] {
            let Some(text) = argument.text() else { continue };
            match humantime::parse_duration(text) {
                Ok(duration) if !duration.is_zero() => *limit = duration,
                _ => wrong.push(
                    Diagnostic::error(
                        "Timeout is not a duration",
                        format!("{text:?} is not a length of time above zero. Write one such as \"90s\", \"30m\" or \"1h 30m\"."),
                    )
                    .at(AttributePath::to("timeouts").attribute(name)),
                ),
            }
        }
        wrong.into_result()?;
        Ok(limits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(create: &str) -> Value<Timeouts> {
        Value::Known(Timeouts { create: Value::Known(create.to_owned()), update: Value::Null, delete: Value::Unknown })
    }

    #[test]
    fn durations_are_read_and_defaults_fill_the_rest() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("1h 30m", 5400)] {
            let limits = Limits::from_block(&block(text)).unwrap();
            assert_eq!(limits, Limits { create: Duration::from_secs(seconds), ..Limits::default() }, "{text}");
        }
        assert_eq!(Limits::from_block(&Value::Null), Ok(Limits::default()));
        assert_eq!(Limits::from_block(&Value::Unknown), Ok(Limits::default()));
    }

    #[test]
    fn what_is_no_duration_is_refused_on_its_argument() {
        for text in ["", "30", "soon", "-5m", "0s"] {
            let wrong = Limits::from_block(&block(text)).unwrap_err();
            let paths: Vec<_> = wrong.iter().map(|diagnostic| diagnostic.attribute().to_string()).collect();
            assert_eq!(paths, ["timeouts.create"], "{text}");
        }
    }
}
