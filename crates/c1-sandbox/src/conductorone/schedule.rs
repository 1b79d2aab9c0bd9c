//! When syncs start by themselves: at an interval, or as a connector's cron expression says.

use std::str::FromStr;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use croner::Cron;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use super::body::Body;
use super::error::Rejection;
use super::sync;
use super::tenant::{Connector, SyncStatus, Tenant};
use crate::clock::Timestamp;

/// How often it is looked whether a sync is due.
const TICK: Duration = Duration::from_millis(500);

/// `c1.api.app.v1.ConnectorSyncCronSchedule`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Schedule {
    cron_spec: String,
    /// From when on it holds.
    start: Timestamp,
    timezone: String,
}

impl Schedule {
    /// Reads a cron expression of five fields and the name of a time zone, which is UTC when there is none.
    fn new(CronSpec { cron_spec, timezone }: CronSpec, start: Timestamp) -> Result<Self, Rejection> {
        let (cron_spec, timezone) = (cron_spec.unwrap_or_default(), timezone.unwrap_or_default());
        let timezone = if timezone.is_empty() { "UTC".to_owned() } else { timezone };
        Cron::from_str(&cron_spec).map_err(|error| Rejection::invalid(format!("cron.cronSpec: {error}")))?;
        Tz::from_str(&timezone).map_err(|_| Rejection::invalid("cron.timezone: unknown time zone"))?;
        Ok(Self { cron_spec, start, timezone })
    }

    /// The first time that it names after this one, in seconds since 1970. None: never.
    fn next(&self, after: i64) -> Option<i64> {
        let (cron, zone) = (Cron::from_str(&self.cron_spec).ok()?, Tz::from_str(&self.timezone).ok()?);
        let after = DateTime::<Utc>::from_timestamp(after.max(self.start.unix()), 0)?.with_timezone(&zone);
        cron.find_next_occurrence(&after, false).ok().map(|at| at.timestamp())
    }
}

/// `c1.api.app.v1.ConnectorScheduleCron`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CronSpec {
    cron_spec: Option<String>,
    timezone: Option<String>,
}

/// Body of a change of schedule.
#[derive(Deserialize)]
pub(crate) struct Set {
    cron: Option<CronSpec>,
}

/// `POST …/schedule`.
pub(crate) async fn set(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    Body(Set { cron }): Body<Set>,
) -> Result<Json<Value>, Rejection> {
    let now = Timestamp::now();
    let cron = cron.ok_or_else(|| Rejection::invalid("schedule: is required"))?;
    let schedule = Schedule::new(cron, now)?;
    tenant.change(|data| {
        let connector = data.connector_mut(&app_id, &id)?;
        connector.schedule = Some(schedule);
        connector.updated_at = now;
        Ok(Json(json!({})))
    })
}

/// Starts syncs when they are due, until the tenant stops.
pub(crate) fn run(tenant: &Tenant) {
    let tenant = tenant.clone();
    tokio::spawn(async move {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => start_due(&tenant),
                () = tenant.stop().cancelled() => break,
            }
        }
    });
}

fn start_due(tenant: &Tenant) {
    let (now, interval) = (Timestamp::now(), tenant.timing().sync_interval);
    let due: Vec<String> = tenant.read(|data| {
        let living = data.connectors.iter().filter(|connector| connector.deleted_at.is_none());
        living.filter(|connector| is_due(connector, now, interval)).map(|connector| connector.id.clone()).collect()
    });
    for id in due {
        if let Err(error) = sync::start(tenant, &id) {
            tracing::error!(%error, connector = id, "a sync could not be started");
        }
    }
}

/// Whether a connector's next sync is due. One that is paused, turned off or runs already is not.
fn is_due(connector: &Connector, now: Timestamp, interval: Duration) -> bool {
    let Some(status) = &connector.status else { return false };
    if connector.config.is_none()
        || connector.sync_disabled_at.is_some()
        || matches!(status.status, SyncStatus::Running | SyncStatus::Disabled)
    {
        return false;
    }
    let last = status.started_at.unwrap_or(status.updated_at);
    match &connector.schedule {
        Some(schedule) => schedule.next(last.unix()).is_some_and(|next| next <= now.unix()),
        None => u128::from(now.millis_since(last)) >= interval.as_millis(),
    }
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
    fn the_next_time_is_told_in_the_schedules_own_time_zone() {
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
    fn what_is_no_schedule_is_refused_by_its_field() {
        for (cron, zone, field) in
            [("", "UTC", "cronSpec"), ("hourly", "UTC", "cronSpec"), ("0 * * * *", "Berlin", "timezone")]
        {
            let refused = schedule(cron, zone).unwrap_err().to_string();
            assert!(refused.contains(field), "{refused}");
        }
    }
}
