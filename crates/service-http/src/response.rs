//! A complete HTTP response.

use std::fmt;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;

use crate::DecodeError;
use crate::json;
use crate::quoted::quoted;

/// Headers that contain the service's ID of a request, by preference.
///
/// Sources: Okta developer docs, "Request debugging" (`X-Okta-Request-Id`); the other is common practice.
const REQUEST_ID_HEADERS: [&str; 2] = ["x-okta-request-id", "x-request-id"];

/// A response that is not a redirect: status, headers and the complete body.
pub struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Response {
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns whether the body has no bytes.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the service's ID of this request, for a support case. At most 200 characters.
    pub fn request_id(&self) -> Option<String> {
        request_id(&self.headers)
    }

    /// Decodes the body as JSON.
    ///
    /// # Errors
    /// [`DecodeError`] if the body is not JSON or does not match `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        json::decode(&self.body).map_err(|error| error.with_content_type(unexpected_content_type(&self.headers)))
    }
}

/// Returns the media type if it is not JSON, as in the response of a sign-in page or a proxy.
fn unexpected_content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    (!media_type.ends_with("json")).then(|| quoted(&media_type))
}

/// Shows only the length of the body, which may contain a token.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response").field("status", &self.status).field("body_bytes", &self.body.len()).finish()
    }
}

pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    REQUEST_ID_HEADERS.iter().find_map(|name| headers.get(*name)?.to_str().ok()).map(quoted)
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

    fn response(content_type: &'static str, body: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        Response { status: StatusCode::OK, headers, body: body.as_bytes().to_vec() }
    }

    #[test]
    fn decode_errors_contain_the_path_and_never_the_value() {
        let json = "application/json; charset=utf-8";
        let rows = [
            (json, r#"{"count":"canary-secret"}"#, "at count: expected u64"),
            (json, r#"{"count":"canary-secret, expected canary"}"#, "at count: expected u64"),
            (json, r#"{"count":1,"inner":["a",{"canary-secret":1}]}"#, "at inner[1]: expected a string"),
            (json, "{}", "missing field `count`"),
            (json, r#"{"count":1"#, "unexpected end of the JSON document"),
            (json, "", "unexpected end of the JSON document"),
            (json, r#"{"count":1} canary-secret"#, "invalid JSON"),
            (json, "<html>canary-secret</html>", "invalid JSON"),
            ("text/html", "<html>canary-secret</html>", "the body is text/html, not JSON"),
        ];
        for (content_type, body, expected) in rows {
            let error = response(content_type, body).json::<Body>().unwrap_err();
            assert_eq!(error.to_string(), expected, "{body}");
            assert!(!format!("{error:?}").contains("canary"), "{body}");
        }
    }

    #[test]
    fn debug_output_omits_the_body() {
        assert_eq!(format!("{:?}", response("text/plain", "canary")), "Response { status: 200, body_bytes: 6 }");
    }
}
