//! One complete answer, and reading its body as JSON without ever quoting it.

use std::fmt;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;

/// Longest JSON path or type name repeated from an answer, in characters.
const MAX_QUOTED: usize = 200;

/// Headers that carry the service's own name for a request, by preference.
///
/// Sources: Okta developer docs, "Request debugging" (`X-Okta-Request-Id`); the other is common practice.
const REQUEST_ID_HEADERS: [&str; 2] = ["x-okta-request-id", "x-request-id"];

/// Status, headers and the whole body of an answer that was no redirect.
pub struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Response {
    /// The status code.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether the body has no bytes.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// The header lines.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// A header's value, if present and readable as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The service's own name for this request, for a support case. At most 200 characters.
    pub fn request_id(&self) -> Option<String> {
        request_id(&self.headers)
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// [`DecodeError`] when the body is no JSON or does not fit `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        decode_json(&self.body)
            .map_err(|error| DecodeError { content_type: unexpected_content_type(&self.headers), ..error })
    }
}

/// Reads JSON, on its own.
///
/// # Errors
/// [`DecodeError`] when it is none or does not fit `T`.
pub fn decode_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    // Keeping track of the path costs as much again as reading, so it is kept only once something does not fit.
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
    read().map_err(|(path, error): (String, serde_json::Error)| DecodeError {
        path: quoted(&path),
        problem: problem(&error),
        content_type: None,
    })
}

/// The media type, when it is not JSON: a sign-in page or a proxy answered in the service's place.
fn unexpected_content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    (!media_type.ends_with("json")).then(|| quoted(&media_type))
}

/// A body may hold a token, so only its length is shown.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).field("body_bytes", &self.body.len()).finish()
    }
}

pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_ID_HEADERS.iter().find_map(|name| headers.get(*name)?.to_str().ok()).map(quoted)
}

/// A body that does not fit what was expected. Names the place, never the value found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    problem: String,
    content_type: Option<String>,
}

impl DecodeError {
    /// A body that is readable but lacks something, at `path` (`.` is the whole body).
    pub fn at(path: &str, problem: &str) -> Self {
        Self { path: quoted(path), problem: quoted(problem), content_type: None }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(content_type) = &self.content_type {
            return write!(f, "the body is {content_type} and not JSON");
        }
        match self.path.as_str() {
            // serde_path_to_error writes `?` where it lost track, as at the end of a cut body.
            "." | "?" => write!(f, "{}", self.problem),
            path => write!(f, "at {path}: {}", self.problem),
        }
    }
}

impl std::error::Error for DecodeError {}

/// The part of serde's message that comes from our own types. The rest quotes the body.
fn problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    match error.classify() {
        serde_json::error::Category::Eof => "the JSON ends early".to_owned(),
        serde_json::error::Category::Syntax => "not JSON".to_owned(),
        serde_json::error::Category::Io => "unreadable".to_owned(),
        serde_json::error::Category::Data => match text.rsplit_once(", expected ") {
            Some((_, expected)) => format!("expected {}", quoted(expected)),
            None if text.starts_with("missing field `") => quoted(text),
            None => "a value of another kind than expected".to_owned(),
        },
    }
}

/// Text from outside, short and on one line.
fn quoted(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_QUOTED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only the shape matters")]
    struct Body {
        count: u64,
        inner: Option<Vec<String>>,
    }

    fn answer(content_type: &'static str, body: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Response { status: StatusCode::OK, headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn a_decode_error_names_the_place_and_never_the_value() {
        let json = "application/json; charset=utf-8";
        let rows = [
            (json, r#"{"count":"canary-secret"}"#, "at count: expected u64"),
            (json, r#"{"count":"canary-secret, expected canary"}"#, "at count: expected u64"),
            (json, r#"{"count":1,"inner":["a",{"canary-secret":1}]}"#, "at inner[1]: expected a string"),
            (json, "{}", "missing field `count`"),
            (json, r#"{"count":1"#, "the JSON ends early"),
            (json, "", "the JSON ends early"),
            (json, r#"{"count":1} canary-secret"#, "not JSON"),
            (json, "<html>canary-secret</html>", "not JSON"),
            ("text/html", "<html>canary-secret</html>", "the body is text/html and not JSON"),
        ];
        for (content_type, body, expected) in rows {
            let error = answer(content_type, body).json::<Body>().unwrap_err();
            assert_eq!(error.to_string(), expected, "{body}");
            assert!(!format!("{error:?}").contains("canary"), "{body}");
        }
    }

    #[test]
    fn the_debug_form_of_an_answer_has_no_body() {
        assert_eq!(format!("{:?}", answer("text/plain", "canary")), "Response { status: 200, body_bytes: 6 }");
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        let body = "[".repeat(100_000);
        assert!(answer("application/json", &body).json::<serde_json::Value>().is_err());
    }
}
