//! Cron schedules of syncs.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use serde::{Deserialize, Serialize};

use super::super::error::Rejection;
use crate::clock::Timestamp;

/// `c1.api.app.v1.ConnectorSyncCronSchedule`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Schedule {
    cron_spec: String,
    /// The schedule applies from this time on.
    start: Timestamp,
    timezone: String,
}

impl Schedule {
    /// Parses a cron expression of five fields and the name of a time zone. An empty name means UTC.
    pub(crate) fn new(cron: CronSpec, start: Timestamp) -> Result<Self, Rejection> {
        let (cron_spec, timezone) = (cron.cron_spec.unwrap_or_default(), cron.timezone.unwrap_or_default());
        let timezone = if timezone.is_empty() { "UTC".to_owned() } else { timezone };
        Cron::from_str(&cron_spec).map_err(|error| Rejection::invalid(format!("cron.cronSpec: {error}")))?;
        Tz::from_str(&timezone).map_err(|_| Rejection::invalid("cron.timezone: unknown time zone"))?;
        Ok(Self { cron_spec, start, timezone })
    }

    /// Returns the first occurrence after a time; both are in seconds since 1970. `None` if there is none.
    pub(crate) fn next(&self, after: i64) -> Option<i64> {
        let (cron, zone) = (Cron::from_str(&self.cron_spec).ok()?, Tz::from_str(&self.timezone).ok()?);
        let after = DateTime::<Utc>::from_timestamp(after.max(self.start.unix()), 0)?.with_timezone(&zone);
        cron.find_next_occurrence(&after, false).ok().map(|at| at.timestamp())
    }
}

/// `c1.api.app.v1.ConnectorScheduleCron`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CronSpec {
    cron_spec: Option<String>,
    timezone: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn schedule(cron: &str, zone: &str) -> Result<Schedule, Rejection> {
        let spec = CronSpec { cron_spec: Some(cron.to_owned()), timezone: Some(zone.to_owned()) };
        Schedule::new(spec, at("2026-01-01T00:00:00Z"))
    }

    #[test]
    fn next_occurrence_uses_the_schedules_time_zone() {
        for (cron, zone, after, next) in [
            ("0 * * * *", "UTC", "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"),
            ("30 6 * * *", "Europe/Berlin", "2026-03-01T10:00:00Z", "2026-03-02T05:30:00Z"),
            // Summer time has begun.
            ("30 6 * * *", "Europe/Berlin", "2026-06-01T10:00:00Z", "2026-06-02T04:30:00Z"),
            ("0 0 1 * *", "", "2020-03-01T10:00:00Z", "2026-02-01T00:00:00Z"),
        ] {
            let found = schedule(cron, zone).unwrap().next(at(after).unix());
            assert_eq!(found, Some(at(next).unix()), "{cron} {zone} {after}");
        }
    }

    #[test]
    fn invalid_schedules_are_rejected_with_the_fields_name() {
        for (cron, zone, field) in
            [("", "UTC", "cronSpec"), ("hourly", "UTC", "cronSpec"), ("0 * * * *", "Berlin", "timezone")]
        {
            let rejection = schedule(cron, zone).unwrap_err().to_string();
            assert!(rejection.contains(field), "{rejection}");
        }
    }
}
