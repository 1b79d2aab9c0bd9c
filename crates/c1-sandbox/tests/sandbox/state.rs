//! The state file: a restart goes on where the last run ended.

use c1_sandbox::{Options, StartError};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Bench;

#[tokio::test]
async fn a_restart_finds_the_tenant_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { state: Some(folder.path().join("state.json")), ..Options::default() };
    let bench = Bench::with(options()).await;
    let before = bench.sandbox.ready().clone();
    let settled = bench.create().await["id"].as_str().unwrap().to_owned();
    bench.settled(&settled).await;
    let running = bench.create().await["id"].as_str().unwrap().to_owned();
    let app = bench.ok(Method::POST, "/api/v1/apps", json!({"displayName": "New"})).await;
    let state = bench.ok(Method::GET, "/_sandbox/state", Value::Null).await;
    bench.sandbox.stop().await;

    let bench = Bench::with(options()).await;
    let after = bench.sandbox.ready();
    assert_eq!((&after.client_secret, &after.access_token), (&before.client_secret, &before.access_token));
    assert!(after.apps.iter().any(|found| found.id == app["app"]["id"]));
    assert_eq!(bench.ok(Method::GET, "/_sandbox/state", Value::Null).await, state);
    // The interrupted sync runs again. Its org is on another port now, so the sync fails.
    assert_eq!(bench.settled(&running).await["status"]["status"], "SYNC_STATUS_ERROR");
    assert_eq!(bench.inside(&settled).await["status"], "SYNC_STATUS_DONE");
}

#[tokio::test]
async fn a_file_that_is_no_state_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    std::fs::write(&path, "{}").unwrap();
    let options = Options { state: Some(path.clone()), ..Options::default() };
    let error = c1_sandbox::Sandbox::start(options).await.unwrap_err();
    assert!(matches!(error, StartError::State { .. }), "{error:?}");
    assert_eq!(std::fs::read_to_string(path).unwrap(), "{}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_state_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let _bench = Bench::with(Options { state: Some(path.clone()), ..Options::default() }).await;
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}
