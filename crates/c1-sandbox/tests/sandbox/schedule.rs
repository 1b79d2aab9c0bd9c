//! Syncs that start at an interval or on a schedule.

use std::time::Duration;

use c1_sandbox::Options;
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::support::Bench;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Starts a sandbox with a connector that has synced once and syncs every hour.
async fn synced() -> (Bench, String) {
    let bench = Bench::with_manual_clock(Options { sync_interval: HOUR, ..Options::default() }).await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    bench.settled(&id).await;
    (bench, id)
}

/// Advances the clock and waits until the scheduler has checked for due syncs.
async fn advance(bench: &Bench, duration: Duration) {
    bench.sleepers(1).await;
    bench.advance(duration);
    bench.sleepers(1).await;
}

async fn syncs(bench: &Bench, id: &str) -> u64 {
    assert_ne!(bench.connector(id).await["status"]["status"], "SYNC_STATUS_RUNNING");
    bench.inside(id).await["syncs"].as_u64().unwrap()
}

#[tokio::test]
async fn connectors_sync_at_their_interval_unless_they_are_paused() {
    let (bench, id) = synced().await;
    for count in 2..=3 {
        advance(&bench, HOUR / 2).await;
        assert_eq!(syncs(&bench, &id).await, count - 1);
        advance(&bench, HOUR / 2).await;
        assert_eq!(bench.connector(&id).await["status"]["status"], "SYNC_STATUS_RUNNING");
        bench.settled(&id).await;
        assert_eq!(syncs(&bench, &id).await, count);
    }
    bench.ok(Method::POST, &format!("{}/{id}/pause", bench.connectors()), json!({})).await;
    advance(&bench, HOUR * 5).await;
    assert_eq!(syncs(&bench, &id).await, 3);
}

#[tokio::test]
async fn invalid_schedules_are_rejected_with_the_fields_name() {
    let (bench, id) = synced().await;
    let path = format!("{}/{id}/schedule", bench.connectors());
    for (body, field) in [
        (json!({}), "schedule"),
        (json!({"cron": {"cronSpec": "hourly", "timezone": "UTC"}}), "cronSpec"),
        (json!({"cron": {"cronSpec": "0 * * * *", "timezone": "Mars"}}), "timezone"),
    ] {
        let (status, response) = bench.post(&path, body).await;
        assert!(status == 400 && response["message"].as_str().unwrap().contains(field), "{response}");
    }
    assert_eq!(bench.connector(&id).await["connectorSyncCronSchedule"], Value::Null);
}

#[tokio::test]
async fn a_schedule_is_returned_and_replaces_the_interval() {
    let (bench, id) = synced().await;
    // The first day of a month that is at least 150 days and less than a year ahead.
    let now = OffsetDateTime::from_unix_timestamp(bench.clock().unix_seconds()).unwrap();
    let month = u8::from(now.month().nth_next(6));
    let cron_spec = format!("0 0 1 {month} *");
    let cron = json!({"cron": {"cronSpec": cron_spec, "timezone": "Europe/Berlin"}});
    bench.ok(Method::POST, &format!("{}/{id}/schedule", bench.connectors()), cron).await;
    let schedule = bench.connector(&id).await["connectorSyncCronSchedule"].clone();
    assert_eq!((&schedule["cronSpec"], &schedule["timezone"]), (&json!(cron_spec), &json!("Europe/Berlin")));
    assert!(schedule["start"].is_string());
    advance(&bench, DAY * 140).await;
    assert_eq!(syncs(&bench, &id).await, 1, "the interval no longer applies");
    advance(&bench, DAY * 80).await;
    bench.settled(&id).await;
    assert_eq!(syncs(&bench, &id).await, 2);
}
