//! Syncs: when they start, how they end, and what overtakes them.

use std::time::Duration;

use c1_sandbox::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, OKTA, SYNC, config};

async fn outcome(bench: &Bench, domain: &str, token: &str) -> (String, String) {
    let body = json!({"catalogId": OKTA, "config": config(domain, token, &[])});
    let answer = bench.ok(Method::POST, &format!("{}/create", bench.connectors()), body).await;
    let connector = &answer["connectorView"]["connector"];
    assert_eq!(connector["status"]["status"], "SYNC_STATUS_RUNNING");
    assert!(connector["status"]["startedAt"].is_string() && connector["status"]["completedAt"].is_null());
    let status = bench.settled(connector["id"].as_str().unwrap()).await["status"].clone();
    assert!(status["completedAt"].as_str() > status["startedAt"].as_str(), "{status}");
    (status["status"].as_str().unwrap().to_owned(), status["lastError"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_ends_as_the_okta_org_answers() {
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
async fn each_way_to_start_a_sync_starts_one() {
    let bench = Bench::start().await;
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
async fn a_paused_connector_syncs_only_when_resumed() {
    let bench = Bench::start().await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let path = format!("{}/{id}", bench.connectors());
    bench.settled(&id).await;
    assert_eq!(bench.ok(Method::POST, &format!("{path}/pause"), json!({})).await, json!({}));
    let paused = bench.connector(&id).await;
    assert!(paused["syncDisabledAt"].is_string() && paused["canResumeSync"] == json!(true));
    bench.refused(400, 9, Method::POST, &format!("{path}/force_sync"), json!({})).await;
    let update = json!({"connector": {"config": bench.create_body()["config"]}, "updateMask": "config"});
    let answer = bench.ok(Method::POST, &path, update).await;
    assert_eq!(answer["connectorView"]["connector"]["status"]["status"], "SYNC_STATUS_DONE");
    bench.ok(Method::POST, &format!("{path}/resume"), json!({})).await;
    let resumed = bench.connector(&id).await;
    assert_eq!(
        (&resumed["syncDisabledAt"], &resumed["status"]["status"]),
        (&Value::Null, &json!("SYNC_STATUS_RUNNING"))
    );
}

#[tokio::test]
async fn a_change_in_mid_sync_starts_over() {
    let bench = Bench::start().await;
    let connector = bench.create().await;
    let id = connector["id"].as_str().unwrap();
    let path = format!("{}/{id}", bench.connectors());
    let dead = config(&bench.sandbox.ready().okta_url, &bench.sandbox.ready().okta_tokens.revoked, &[]);
    let update = json!({"connector": {"config": dead}, "updateMask": "config"});
    let answer = bench.ok(Method::POST, &path, update).await;
    assert_ne!(answer["connectorView"]["connector"]["status"]["startedAt"], connector["status"]["startedAt"]);
    assert_eq!(bench.settled(id).await["status"]["status"], "SYNC_STATUS_ERROR");
    assert_eq!(bench.inside(id).await["syncs"], 1, "the overtaken sync does not count");
}

#[tokio::test]
async fn a_configuration_taken_away_leaves_the_connector_unconnected() {
    let bench = Bench::start().await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let update = json!({"connector": {}, "updateMask": "config"});
    let answer = bench.ok(Method::POST, &format!("{}/{id}", bench.connectors()), update).await;
    let connector = &answer["connectorView"]["connector"];
    assert_eq!((&connector["config"], &connector["status"]), (&Value::Null, &Value::Null));
    tokio::time::sleep(SYNC * 2).await;
    assert_eq!(bench.inside(&id).await["syncs"], 0);
}

#[tokio::test]
async fn a_connector_removed_in_mid_sync_hears_no_more_of_it() {
    let bench = Bench::start().await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    bench.ok(Method::DELETE, &format!("{}/{id}", bench.connectors()), json!({})).await;
    tokio::time::sleep(SYNC + Duration::from_millis(200)).await;
    let inside = bench.inside(&id).await;
    assert_eq!((&inside["syncs"], &inside["status"]), (&json!(0), &json!("SYNC_STATUS_RUNNING")));
}
