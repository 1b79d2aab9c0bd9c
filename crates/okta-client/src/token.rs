//! An Okta API token, which acts with every right of the admin who made it.

use secrecy::{ExposeSecret, SecretString};

use service_http::header::HeaderValue;

/// An API token ("SSWS"). Never shown: `Debug` is redacted and there is no `Display`.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

/// Why a text cannot be a [`Token`]. Never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// Nothing there.
    #[error("the Okta API token is empty")]
    Empty,
    /// The scheme of the `Authorization` header, copied along with the token.
    #[error("the Okta API token starts with \"SSWS\"; leave that word out")]
    HasScheme,
    /// White space, most often the line end of a file.
    #[error("the Okta API token contains white space, such as a line end; remove it")]
    WhiteSpace,
    /// A character that no HTTP header can carry.
    #[error("the Okta API token contains a character other than printable ASCII")]
    UnusableCharacter,
}

impl Token {
    /// Accepts any text that can be sent. Its shape is not judged: see [`Token::looks_like_api_token`].
    ///
    /// # Errors
    /// [`InvalidToken`] when empty, or when an HTTP header cannot carry it.
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
            return Err(InvalidToken::UnusableCharacter);
        }
        Ok(Self(token))
    }

    /// Whether this has the shape of the tokens Okta makes: 42 characters of `[A-Za-z0-9_-]`, starting with `00`.
    ///
    /// For a warning only: the shape is observed, not promised. Source: Okta developer docs, "Create an API token",
    /// and published secret-scanner rules.
    pub fn looks_like_api_token(&self) -> bool {
        let text = self.0.expose_secret();
        text.len() == 42
            && text.starts_with("00")
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    }

    /// The secret, for those who must send it elsewhere.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// The `Authorization` header. Source: Okta developer docs, "API token management".
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("SSWS {}", self.0.expose_secret())).ok()?;
        value.set_sensitive(true);
        Some(value)
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
    fn a_token_that_no_header_can_carry_is_refused() {
        for (text, expected) in [
            ("", InvalidToken::Empty),
            (" \n", InvalidToken::Empty),
            ("SSWS 00abc", InvalidToken::HasScheme),
            ("ssws 00abc", InvalidToken::HasScheme),
            ("00abc\n", InvalidToken::WhiteSpace),
            ("00 abc", InvalidToken::WhiteSpace),
            ("00äbc", InvalidToken::UnusableCharacter),
            ("00\u{7}abc", InvalidToken::UnusableCharacter),
        ] {
            assert_eq!(token(text).map(|_| ()), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn the_usual_shape_is_recognised_and_others_still_accepted() {
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
    fn the_debug_form_shows_no_token() {
        let token = token("00canary-canary").unwrap();
        assert!(!format!("{token:?} {:?}", token.authorization()).contains("canary"));
    }

    proptest! {
        #[test]
        fn every_accepted_token_fits_a_header(text in "\\PC{0,60}") {
            if let Ok(token) = token(&text) {
                prop_assert!(token.authorization().is_some());
            }
        }
    }
}
