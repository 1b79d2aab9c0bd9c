//! Lookups that must find exactly one object.

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;

/// Returns the only element of a list, or the list if it has none or several.
pub(crate) fn exactly_one<T>(found: Vec<T>) -> Result<T, Vec<T>> {
    <[T; 1]>::try_from(found).map(|[only]| only)
}

/// Returns the error of a lookup without a result. `reason` is a sentence.
pub(crate) fn not_found(summary: &'static str, reason: &str, argument: &str) -> Diagnostics {
    let detail = format!("{reason} Check {argument}, and that the credentials have access to the object.");
    Diagnostic::error(summary, detail).at(AttributePath::to(argument)).into()
}
