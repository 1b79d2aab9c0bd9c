//! Syncs: starts, results, and superseded syncs.

use std::time::Duration;

use c1_sandbox::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, OKTA, config};

/// Creates a connector and returns the status of its first sync, with its error.
async fn outcome(bench: &Bench, domain: &str, token: &str) -> (String, String) {
    let body = json!({"catalogId": OKTA, "config": config(domain, token, &[])});
    let response = bench.ok(Method::POST, &format!("{}/create", bench.connectors()), body).await;
    let connector = &response["connectorView"]["connector"];
    assert_eq!(connector["status"]["status"], "SYNC_STATUS_RUNNING");
    assert!(connector["status"]["startedAt"].is_string() && connector["status"]["completedAt"].is_null());
    let status = bench.settled(connector["id"].as_str().unwrap()).await["status"].clone();
    assert!(status["completedAt"].as_str() > status["startedAt"].as_str(), "{status}");
    (status["status"].as_str().unwrap().to_owned(), status["lastError"].as_str().unwrap().to_owned())
}

/// Waits for the log's line about a superseded sync of the connector.
async fn sync_without_effect(bench: &Bench, id: &str) {
    let line = format!("sync of {id} ended without effect");
    bench
        .until(async || {
            let page = bench.http.get(bench.c1("/")).send().await.unwrap().text().await.unwrap();
            page.contains(&line).then_some(())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_of_a_sync_depends_on_the_responses_of_the_okta_org() {
    let bench = Bench::with(Options { okta_orgs: 2, ..Options::default() }).await;
    let orgs = bench.sandbox.okta_orgs();
    let (first, second) = (&orgs[0], &orgs[1]);
    assert_ne!(first.id, second.id);
    let bare = first.url.strip_prefix("http://").unwrap();
    for (domain, token) in [
        (first.url.as_str(), &first.tokens.read_only),
        (bare, &first.tokens.super_admin),
        (&second.url, &second.tokens.read_only),
    ] {
        assert_eq!(outcome(&bench, domain, token).await, ("SYNC_STATUS_DONE".to_owned(), String::new()), "{domain}");
    }
    for (domain, token, reason) in [
        (first.url.as_str(), &first.tokens.revoked, "E0000011"),
        (&first.url, &second.tokens.super_admin, "E0000011"),
        (&second.url, &second.tokens.no_role, "the token may not read"),
        (&bench.sandbox.ready().c1_url, &first.tokens.super_admin, "not an Okta org"),
        ("acme-admin.okta.com", &first.tokens.super_admin, "acme.okta.com"),
    ] {
        let (status, error) = outcome(&bench, domain, token).await;
        assert_eq!(status, "SYNC_STATUS_ERROR");
        assert!(error.contains(reason) && !error.contains(token.as_str()), "{domain}: {error}");
    }
}

#[tokio::test]
async fn config_updates_force_sync_and_resume_each_start_a_sync() {
    let bench = Bench::with_manual_clock(Options::default()).await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let path = format!("{}/{id}", bench.connectors());
    bench.settled(&id).await;
    let update = json!({"connector": {"config": bench.create_body()["config"]}, "updateMask": "config"});
    for (number, (path, body)) in
        [(path.clone(), update), (format!("{path}/force_sync"), json!({})), (format!("{path}/resume"), json!({}))]
            .into_iter()
            .enumerate()
    {
        bench.ok(Method::POST, &path, body).await;
        assert_eq!(bench.connector(&id).await["status"]["status"], "SYNC_STATUS_RUNNING", "{path}");
        bench.settled(&id).await;
        assert_eq!(bench.inside(&id).await["syncs"], number + 2);
    }
}

#[tokio::test]
async fn a_paused_connector_does_not_sync_until_it_is_resumed() {
    let bench = Bench::with_manual_clock(Options::default()).await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let path = format!("{}/{id}", bench.connectors());
    bench.settled(&id).await;
    assert_eq!(bench.ok(Method::POST, &format!("{path}/pause"), json!({})).await, json!({}));
    let paused = bench.connector(&id).await;
    assert!(paused["syncDisabledAt"].is_string() && paused["canResumeSync"] == json!(true));
    bench.refused(400, 9, Method::POST, &format!("{path}/force_sync"), json!({})).await;
    let update = json!({"connector": {"config": bench.create_body()["config"]}, "updateMask": "config"});
    let response = bench.ok(Method::POST, &path, update).await;
    assert_eq!(response["connectorView"]["connector"]["status"]["status"], "SYNC_STATUS_DONE");
    bench.ok(Method::POST, &format!("{path}/resume"), json!({})).await;
    let resumed = bench.connector(&id).await;
    assert_eq!(
        (&resumed["syncDisabledAt"], &resumed["status"]["status"]),
        (&Value::Null, &json!("SYNC_STATUS_RUNNING"))
    );
}

#[tokio::test]
async fn a_config_update_supersedes_the_running_sync() {
    let bench = Bench::with_manual_clock(Options::default()).await;
    let connector = bench.create().await;
    bench.advance(Duration::from_millis(1));
    let id = connector["id"].as_str().unwrap();
    let path = format!("{}/{id}", bench.connectors());
    let dead = config(&bench.sandbox.ready().okta_url, &bench.sandbox.ready().okta_tokens.revoked, &[]);
    let update = json!({"connector": {"config": dead}, "updateMask": "config"});
    let response = bench.ok(Method::POST, &path, update).await;
    assert_ne!(response["connectorView"]["connector"]["status"]["startedAt"], connector["status"]["startedAt"]);
    assert_eq!(bench.settled(id).await["status"]["status"], "SYNC_STATUS_ERROR");
    assert_eq!(bench.inside(id).await["syncs"], 1, "the superseded sync does not count");
}

#[tokio::test]
async fn removing_the_configuration_disconnects_the_connector_and_supersedes_its_sync() {
    let bench = Bench::with_manual_clock(Options::default()).await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let update = json!({"connector": {}, "updateMask": "config"});
    let response = bench.ok(Method::POST, &format!("{}/{id}", bench.connectors()), update).await;
    let connector = &response["connectorView"]["connector"];
    assert_eq!((&connector["config"], &connector["status"]), (&Value::Null, &Value::Null));
    sync_without_effect(&bench, &id).await;
    assert_eq!(bench.inside(&id).await["syncs"], 0);
}

#[tokio::test]
async fn the_running_sync_of_a_deleted_connector_has_no_effect() {
    let bench = Bench::with_manual_clock(Options::default()).await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    bench.ok(Method::DELETE, &format!("{}/{id}", bench.connectors()), json!({})).await;
    sync_without_effect(&bench, &id).await;
    let inside = bench.inside(&id).await;
    assert_eq!((&inside["syncs"], &inside["status"]), (&json!(0), &json!("SYNC_STATUS_RUNNING")));
}
