//! Messages for the practitioner: what went wrong, whose fault it is, and what to do next.
//!
//! Diagnostics are not an error type: a list may hold only warnings. A method that fails returns
//! `Err(Diagnostics)` with at least one error; warnings of a method that succeeds go to
//! [`Context::warn`](crate::framework::context::Context::warn).

use crate::framework::path::AttributePath;
use crate::plugin::proto::tfplugin5;

/// How grave a diagnostic is.
///
/// There is no way to leave it out: Terraform takes a missing severity for success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The operation failed.
    Error,
    /// The operation went on, and the reader should know something.
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
    /// A failure: one line that says what failed, then what happened and what to do next.
    pub fn error(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary, detail)
    }

    /// A warning, in the same two parts.
    pub fn warning(summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary, detail)
    }

    fn new(severity: Severity, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity, summary: summary.into(), detail: detail.into(), attribute: AttributePath::root() }
    }

    /// The same message, blaming one attribute.
    #[must_use]
    pub fn at(self, attribute: AttributePath) -> Self {
        Self { attribute, ..self }
    }

    /// How grave it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The line that says what this is about.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// What happened and what to do next.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The attribute to blame; empty when it is none in particular.
    pub fn attribute(&self) -> &AttributePath {
        &self.attribute
    }

    /// The same message with each text passed through `redact`.
    pub(crate) fn map_text(self, redact: impl Fn(String) -> String) -> Self {
        Self { summary: redact(self.summary), detail: redact(self.detail), ..self }
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

/// Some messages, in the order in which they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No messages.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a message.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether one of them is an error.
    pub fn has_error(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The messages.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// `Ok` when no message is an error. Warnings get lost then, so ask only for lists of errors.
    ///
    /// # Errors
    /// The messages, when one of them is an error.
    pub fn into_result(self) -> Result<(), Self> {
        if self.has_error() { Err(self) } else { Ok(()) }
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
