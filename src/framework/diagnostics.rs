//! Messages for users: what failed, why, and what to do next.
//!
//! Diagnostics are not an error type: a list can hold warnings only. A method that fails returns `Err(Diagnostics)`
//! with at least one error. Warnings go to [`Context::warn`](crate::framework::context::Context::warn), and reach
//! Terraform whether the method succeeds or fails.

use crate::framework::path::AttributePath;
use crate::plugin::proto::tfplugin5;

/// The severity of a diagnostic.
///
/// It has no default, because Terraform treats a missing severity as success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation continued.
    Warning,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    severity: Severity,
    summary: String,
    detail: String,
    attribute: AttributePath,
}

impl Diagnostic {
    /// Creates an error from a summary and a detail. The summary is a search term of at most eight words. The detail
    /// contains the operation, its result, and the next step.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary, detail)
    }

    /// Creates a warning from a summary and a detail.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary, detail)
    }

    fn new(severity: Severity, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity, summary: summary.into(), detail: detail.into(), attribute: AttributePath::root() }
    }

    /// Returns the message with the attribute that it is about.
    #[must_use]
    pub fn at(self, attribute: AttributePath) -> Self {
        Self { attribute, ..self }
    }

    /// Returns the severity.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Returns the summary, one line.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Returns the detail.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns the attribute that the message is about; the root for none in particular.
    pub fn attribute(&self) -> &AttributePath {
        &self.attribute
    }

    /// Applies `redact` to summary and detail.
    pub(crate) fn map_text(self, redact: impl Fn(&str) -> String) -> Self {
        Self { summary: redact(&self.summary), detail: redact(&self.detail), ..self }
    }

    pub(crate) fn into_proto(self) -> tfplugin5::Diagnostic {
        let severity = match self.severity {
            Severity::Error => tfplugin5::diagnostic::Severity::Error,
            Severity::Warning => tfplugin5::diagnostic::Severity::Warning,
        };
        let attribute = (!self.attribute.steps().is_empty()).then(|| self.attribute.to_proto());
        tfplugin5::Diagnostic { severity: severity.into(), summary: self.summary, detail: self.detail, attribute }
    }
}

/// A list of messages, in the order in which Terraform shows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Creates an empty list.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Returns `true` if a message is an error.
    pub fn has_error(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Returns `true` if there are no messages.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns an iterator over the messages.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Returns `Ok` if no message is an error. Warnings are dropped in that case, so use it for lists of errors only.
    ///
    /// # Errors
    /// All messages, if one is an error.
    pub fn into_result(self) -> Result<(), Self> {
        if self.has_error() { Err(self) } else { Ok(()) }
    }

    /// Adds an error if there is none. For the diagnostics of a failure: without an error Terraform treats it as
    /// success.
    #[must_use]
    pub(crate) fn with_error(mut self) -> Self {
        if !self.has_error() {
            self.push(Diagnostic::error(
                "Provider failed without an error message",
                "An operation of the provider failed and did not return an error message. This is a bug in the provider; \
                 please report it.",
            ));
        }
        self
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        self.0.extend(diagnostics);
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        Self(diagnostics.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
