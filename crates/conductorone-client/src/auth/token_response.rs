//! The body of the token endpoint's response, decoded leniently.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use service_http::null_as_default;

/// Source: RFC 6749, section 5.1. ConductorOne's documentation lists exactly these fields.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenResponse {
    #[serde(deserialize_with = "secret")]
    pub(super) access_token: SecretString,
    #[serde(deserialize_with = "null_as_default")]
    pub(super) token_type: String,
    #[serde(deserialize_with = "integer")]
    expires_in: Option<i64>,
}

impl TokenResponse {
    /// Returns the lifetime, or `None` if the service states none.
    pub(super) fn lifetime(&self) -> Option<Duration> {
        self.expires_in.and_then(|s| u64::try_from(s).ok()).filter(|s| *s > 0).map(Duration::from_secs)
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    null_as_default::<D, String>(deserializer).map(SecretString::from)
}

/// Deserializes a number or a string with a number. `null` and an empty string are `None`.
///
/// 64-bit integers are strings in JSON. Source: Protocol Buffers documentation, "ProtoJSON format".
fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Float(f64),
        Text(String),
    }
    let invalid = || serde::de::Error::custom("invalid number, expected a whole number");
    match Option::deserialize(deserializer).map_err(|_: D::Error| invalid())? {
        None => Ok(None),
        Some(Either::Number(number)) => Ok(Some(number)),
        // ProtoJSON allows `1.0` and `1e3` for whole numbers; beyond 2^53, a float is not exact.
        Some(Either::Float(float)) if float.fract() == 0.0 && float.abs() < 9.0e15 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within range by the guard")]
            Ok(Some(float as i64))
        }
        Some(Either::Float(_)) => Err(invalid()),
        Some(Either::Text(text)) if text.is_empty() => Ok(None),
        Some(Either::Text(text)) => text.parse().map(Some).map_err(|_| invalid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_whole_numbers_or_strings_of_them() {
        for (json, expected) in [
            ("{}", Some(None)),
            (r#"{"expires_in":null}"#, Some(None)),
            (r#"{"expires_in":""}"#, Some(None)),
            (r#"{"expires_in":7}"#, Some(Some(7))),
            (r#"{"expires_in":7.0}"#, Some(Some(7))),
            (r#"{"expires_in":"9223372036854775807"}"#, Some(Some(i64::MAX))),
            (r#"{"expires_in":9223372036854775807}"#, Some(Some(i64::MAX))),
            (r#"{"expires_in":7.5}"#, None),
            (r#"{"expires_in":1e300}"#, None),
            (r#"{"expires_in":"seven"}"#, None),
            (r#"{"expires_in":true}"#, None),
            (r#"{"expires_in":[]}"#, None),
        ] {
            let decoded = serde_json::from_str::<TokenResponse>(json).ok();
            assert_eq!(decoded.map(|response| response.expires_in), expected, "{json}");
        }
    }
}
