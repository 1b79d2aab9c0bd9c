//! Syncs that start by themselves.

use std::time::Duration;

use c1_sandbox::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Bench;

async fn syncs(bench: &Bench, id: &str) -> u64 {
    bench.inside(id).await["syncs"].as_u64().unwrap()
}

#[tokio::test]
async fn a_connector_syncs_at_its_interval_and_not_while_it_is_paused() {
    let bench = Bench::with(Options { sync_interval: Duration::from_secs(1), ..Options::default() }).await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    for _ in 0..400 {
        if syncs(&bench, &id).await >= 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert!(syncs(&bench, &id).await >= 3);

    bench.ok(Method::POST, &format!("{}/{id}/pause", bench.connectors()), json!({})).await;
    bench.settled(&id).await;
    let before = syncs(&bench, &id).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(syncs(&bench, &id).await, before);
}

#[tokio::test]
async fn a_schedule_is_read_as_it_was_set_and_takes_the_place_of_the_interval() {
    let bench = Bench::with(Options { sync_interval: Duration::from_secs(1), ..Options::default() }).await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let path = format!("{}/{id}/schedule", bench.connectors());
    assert_eq!(bench.connector(&id).await["connectorSyncCronSchedule"], Value::Null);
    for (body, field) in [
        (json!({}), "schedule"),
        (json!({"cron": {"cronSpec": "hourly", "timezone": "UTC"}}), "cronSpec"),
        (json!({"cron": {"cronSpec": "0 * * * *", "timezone": "Mars"}}), "timezone"),
    ] {
        let (status, answer) = bench.post(&path, body).await;
        assert!(status == 400 && answer["message"].as_str().unwrap().contains(field), "{answer}");
    }
    let yearly = json!({"cron": {"cronSpec": "0 0 1 1 *", "timezone": "Europe/Berlin"}});
    bench.ok(Method::POST, &path, yearly).await;
    let schedule = bench.settled(&id).await["connectorSyncCronSchedule"].clone();
    assert_eq!((&schedule["cronSpec"], &schedule["timezone"]), (&json!("0 0 1 1 *"), &json!("Europe/Berlin")));
    assert!(schedule["start"].is_string());
    let before = syncs(&bench, &id).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(syncs(&bench, &id).await, before, "not before next year");
}
