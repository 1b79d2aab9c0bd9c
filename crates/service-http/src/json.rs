//! Decodes JSON without ever quoting it in an error: a body may contain a secret.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::quoted::quoted;

/// An error about a body that does not match the expected type. Contains the path, never the value found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    problem: String,
    content_type: Option<String>,
}

impl DecodeError {
    /// Creates an error about a readable body that lacks something at `path`; `.` is the whole body.
    pub fn at(path: &str, problem: &str) -> Self {
        Self { path: quoted(path), problem: quoted(problem), content_type: None }
    }

    pub(super) fn with_content_type(self, content_type: Option<String>) -> Self {
        Self { content_type, ..self }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(content_type) = &self.content_type {
            return write!(f, "the body is {content_type}, not JSON");
        }
        match self.path.as_str() {
            // serde_path_to_error returns `?` if the path is unknown, for example at the end of a truncated body.
            "." | "?" => write!(f, "{}", self.problem),
            path => write!(f, "at {path}: {}", self.problem),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Decodes a JSON document.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    // Tracking the path doubles the cost, so it is tracked only after a failure.
    serde_json::from_slice(body).or_else(|_| decode_with_path(body))
}

fn decode_with_path<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    let read = || {
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let value = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| (error.path().to_string(), error.into_inner()))?;
        deserializer.end().map_err(|error| (".".to_owned(), error))?;
        Ok(value)
    };
    read().map_err(|(path, error): (String, serde_json::Error)| DecodeError::at(&path, &problem(&error)))
}

/// Returns the part of serde's message that comes from this program's types. The rest quotes the body.
fn problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    match error.classify() {
        serde_json::error::Category::Eof => "unexpected end of the JSON document".to_owned(),
        serde_json::error::Category::Syntax => "invalid JSON".to_owned(),
        serde_json::error::Category::Io => "unreadable".to_owned(),
        serde_json::error::Category::Data => match text.rsplit_once(", expected ") {
            Some((_, expected)) => format!("expected {}", quoted(expected)),
            None if text.starts_with("missing field `") => quoted(text),
            None => "unexpected type of value".to_owned(),
        },
    }
}

/// Deserializes `null` as the default value, as for an absent field.
///
/// # Errors
/// As for `T`.
pub fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_nesting_is_an_error() {
        let body = "[".repeat(100_000);
        assert!(decode::<serde_json::Value>(body.as_bytes()).is_err());
    }

    #[test]
    fn null_and_absent_fields_are_the_default() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Body {
            #[serde(default, deserialize_with = "null_as_default")]
            count: u64,
        }
        for (body, count) in [("{}", 0), (r#"{"count":null}"#, 0), (r#"{"count":7}"#, 7)] {
            assert_eq!(decode(body.as_bytes()), Ok(Body { count }), "{body}");
        }
        assert!(decode::<Body>(br#"{"count":"7"}"#).is_err());
    }
}
