//! Timestamps.

use std::fmt;

use serde::{Deserialize, Deserializer};

/// A timestamp in RFC 3339 with the precision that the service returned. Compared as text, so two spellings of the same
/// time are not equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// Returns the text as the service returned it, never empty.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Deserializes `null` and an empty text as `None`.
pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Option::deserialize(deserializer).map(|text| text.filter(|text: &Timestamp| !text.0.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_keep_all_digits() {
        let timestamp: Timestamp = serde_json::from_str(r#""2026-08-20T10:00:00.123456789Z""#).unwrap();
        assert_eq!(timestamp.to_string(), "2026-08-20T10:00:00.123456789Z");
    }
}
