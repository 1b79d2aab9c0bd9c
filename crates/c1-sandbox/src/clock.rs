//! Time in the formats of the two services.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant in UTC. As JSON it is RFC 3339 with microseconds, the form of ConductorOne's samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(OffsetDateTime);

impl Timestamp {
    pub(crate) fn now() -> Self {
        Self(OffsetDateTime::now_utc())
    }

    /// So many milliseconds later.
    pub(crate) fn plus_millis(self, millis: u64) -> Self {
        Self(self.0 + std::time::Duration::from_millis(millis))
    }

    /// Milliseconds since an earlier instant; 0 when it is none.
    pub(crate) fn millis_since(self, earlier: Self) -> u64 {
        u64::try_from((self.0 - earlier.0).whole_milliseconds()).unwrap_or(0)
    }

    /// RFC 3339 with six fractional digits: `2026-08-20T10:00:00.123456Z`.
    pub(crate) fn micros(self) -> String {
        self.with_fraction(self.0.microsecond(), 6)
    }

    /// RFC 3339 with three fractional digits, the date form of Okta developer docs: `2026-08-20T10:00:00.123Z`.
    pub(crate) fn millis(self) -> String {
        self.with_fraction(self.0.millisecond().into(), 3)
    }

    fn with_fraction(self, fraction: u32, digits: usize) -> String {
        let at = self.0;
        let (date, month) = (at.date(), u8::from(at.month()));
        format!(
            "{:04}-{month:02}-{:02}T{:02}:{:02}:{:02}.{fraction:0digits$}Z",
            date.year(),
            date.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }

    /// Reads RFC 3339 with any offset; the value is kept in UTC.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(|at| Self(at.to_offset(time::UtcOffset::UTC)))
    }

    /// Seconds since 1970-01-01T00:00:00Z, as JWT claims and Okta's rate headers count.
    pub(crate) fn unix(self) -> i64 {
        self.0.unix_timestamp()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.micros())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not an RFC 3339 timestamp")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_services_forms_have_fixed_width_fractions() {
        let at = Timestamp::parse("2026-08-20T12:00:01.05+02:00").unwrap();
        assert_eq!(at.micros(), "2026-08-20T10:00:01.050000Z");
        assert_eq!(at.millis(), "2026-08-20T10:00:01.050Z");
    }
}
