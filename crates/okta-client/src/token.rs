//! Okta API tokens, which have all permissions of the admin who created them.

use std::fmt;

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use secrecy::{ExposeSecret, SecretString};

use service_http::header::HeaderValue;

/// An API token ("SSWS"). `Debug` omits it, and there is no `Display`.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

/// Error for text that is not a [`Token`]. Never contains the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    #[error("the Okta API token is empty")]
    Empty,
    /// The token starts with the scheme of the `Authorization` header.
    #[error("the Okta API token starts with \"SSWS\"; remove that word")]
    HasScheme,
    /// White space, usually the line end of a file.
    #[error("the Okta API token contains white space, such as a line end; remove it")]
    WhiteSpace,
    /// A character that is not valid in an HTTP header.
    #[error("the Okta API token contains a character other than printable ASCII")]
    InvalidCharacter,
}

impl Token {
    /// Creates a token from any text that is valid in an HTTP header. Its format is not verified: see
    /// [`Token::looks_like_api_token`].
    ///
    /// # Errors
    /// [`InvalidToken`].
    pub fn try_new(token: SecretString) -> Result<Self, InvalidToken> {
        let text = token.expose_secret();
        if text.trim().is_empty() {
            return Err(InvalidToken::Empty);
        }
        if text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("ssws ")) {
            return Err(InvalidToken::HasScheme);
        }
        if text.chars().any(char::is_whitespace) {
            return Err(InvalidToken::WhiteSpace);
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(InvalidToken::InvalidCharacter);
        }
        Ok(Self(token))
    }

    /// Returns whether the token has the format of Okta's tokens: 42 characters of `[A-Za-z0-9_-]`, starting with `00`.
    ///
    /// Only for warnings, because the format was observed and is not guaranteed. Source: Okta developer docs, "Create an API token",
    /// and published secret-scanner rules.
    pub fn looks_like_api_token(&self) -> bool {
        let text = self.0.expose_secret();
        text.len() == 42
            && text.starts_with("00")
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    }

    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// Returns a hash of the token, to compare tokens without keeping them.
    pub fn fingerprint(&self) -> TokenFingerprint {
        let mut hash = [0; SHA256_OUTPUT_LEN];
        hash.copy_from_slice(digest(&SHA256, self.0.expose_secret().as_bytes()).as_ref());
        TokenFingerprint(hash)
    }

    /// Returns the `Authorization` header. Source: Okta developer docs, "API token management".
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("SSWS {}", self.0.expose_secret())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// The SHA-256 hash of a token. `Debug` omits it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenFingerprint([u8; SHA256_OUTPUT_LEN]);

impl fmt::Debug for TokenFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenFingerprint")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn token(text: &str) -> Result<Token, InvalidToken> {
        Token::try_new(SecretString::from(text))
    }

    #[test]
    fn tokens_that_are_not_valid_in_a_header_are_rejected() {
        for (text, expected) in [
            ("", InvalidToken::Empty),
            (" \n", InvalidToken::Empty),
            ("SSWS 00abc", InvalidToken::HasScheme),
            ("ssws 00abc", InvalidToken::HasScheme),
            ("00abc\n", InvalidToken::WhiteSpace),
            ("00 abc", InvalidToken::WhiteSpace),
            ("00äbc", InvalidToken::InvalidCharacter),
            ("00\u{7}abc", InvalidToken::InvalidCharacter),
        ] {
            assert_eq!(token(text).map(|_| ()), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn the_usual_format_is_recognized_and_others_are_accepted() {
        for (text, expected) in [
            ("00abcdefghijklmnopqrstuvwxyzABCDEFGHIJ-_12", true),
            ("01abcdefghijklmnopqrstuvwxyzABCDEFGHIJ-_12", false),
            ("00abcdefghijklmnopqrstuvwxyzABCDEFGHIJ-_1", false),
            ("00abcdefghijklmnopqrstuvwxyzABCDEFGHIJ-_1.", false),
        ] {
            assert_eq!(token(text).unwrap().looks_like_api_token(), expected, "{text}");
        }
    }

    #[test]
    fn fingerprints_are_equal_for_equal_tokens_only() {
        let (one, other) = (token("00one").unwrap(), token("00other").unwrap());
        assert_eq!(one.fingerprint(), one.clone().fingerprint());
        assert_ne!(one.fingerprint(), other.fingerprint());
        assert_eq!(format!("{:?}", one.fingerprint()), "TokenFingerprint");
    }

    #[test]
    fn debug_output_omits_the_token() {
        let token = token("00canary-canary").unwrap();
        assert!(!format!("{token:?} {:?}", token.authorization()).contains("canary"));
    }

    proptest! {
        #[test]
        fn accepted_tokens_are_valid_in_a_header(text in "\\PC{0,60}") {
            if let Ok(token) = token(&text) {
                prop_assert!(token.authorization().is_some());
            }
        }
    }
}
