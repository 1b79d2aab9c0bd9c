//! A moment, as the service wrote it.

use std::fmt;

use serde::{Deserialize, Deserializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment in RFC 3339 with whatever precision the service gave. Compared as text: the same moment written in
/// another way counts as another.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// As the service wrote it, never empty.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The moment, to the nanosecond. `None` when the text is not RFC 3339.
    pub fn to_time(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(&self.0, &Rfc3339).ok()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `null` and an empty text are `None`.
pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Option::deserialize(deserializer).map(|text| text.filter(|text: &Timestamp| !text.0.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_keeps_every_digit_and_can_be_read() {
        let timestamp: Timestamp = serde_json::from_str(r#""2026-08-20T10:00:00.123456789Z""#).unwrap();
        assert_eq!(timestamp.to_string(), "2026-08-20T10:00:00.123456789Z");
        assert_eq!(timestamp.to_time().unwrap().nanosecond(), 123_456_789);
        assert_eq!(serde_json::from_str::<Timestamp>(r#""yesterday""#).unwrap().to_time(), None);
    }
}
