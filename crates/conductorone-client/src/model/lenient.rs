//! Reading JSON the way Protocol Buffers write it, and a little worse.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// `null` as if the field were left out.
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A text that must not outlive its use in the clear; `null` is empty.
pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    null_as_default::<D, String>(deserializer).map(SecretString::from)
}

/// A number, or a number in a text: 64-bit integers travel as texts. `null` and an empty text are `None`.
///
/// Source: Protocol Buffers documentation, "ProtoJSON format".
pub(crate) fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Float(f64),
        Text(String),
    }
    let wrong = || serde::de::Error::custom("invalid number, expected a whole number");
    match Option::deserialize(deserializer).map_err(|_: D::Error| wrong())? {
        None => Ok(None),
        Some(Either::Number(number)) => Ok(Some(number)),
        // ProtoJSON allows `1.0` and `1e3` for whole numbers; beyond 2^53 a float is not exact.
        Some(Either::Float(float)) if float.fract() == 0.0 && float.abs() < 9.0e15 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within range by the guard")]
            Ok(Some(float as i64))
        }
        Some(Either::Float(_)) => Err(wrong()),
        Some(Either::Text(text)) if text.is_empty() => Ok(None),
        Some(Either::Text(text)) => text.parse().map(Some).map_err(|_| wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Holder {
        #[serde(default, deserialize_with = "integer")]
        n: Option<i64>,
    }

    #[test]
    fn whole_numbers_come_as_numbers_or_texts() {
        for (json, expected) in [
            ("{}", Some(None)),
            (r#"{"n":null}"#, Some(None)),
            (r#"{"n":""}"#, Some(None)),
            (r#"{"n":7}"#, Some(Some(7))),
            (r#"{"n":7.0}"#, Some(Some(7))),
            (r#"{"n":"9223372036854775807"}"#, Some(Some(i64::MAX))),
            (r#"{"n":9223372036854775807}"#, Some(Some(i64::MAX))),
            (r#"{"n":7.5}"#, None),
            (r#"{"n":1e300}"#, None),
            (r#"{"n":"seven"}"#, None),
            (r#"{"n":true}"#, None),
            (r#"{"n":[]}"#, None),
        ] {
            assert_eq!(serde_json::from_str::<Holder>(json).ok().map(|holder| holder.n), expected, "{json}");
        }
    }
}
