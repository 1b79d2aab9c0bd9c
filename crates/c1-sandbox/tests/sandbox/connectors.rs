//! Connectors: creating, updating, listing and deleting them, and the test interface.

use c1_sandbox::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, OKTA, OKTA_V2, config};

#[tokio::test]
async fn the_caller_owns_a_new_connector_without_owners() {
    let bench = Bench::start().await;
    assert_eq!(bench.create().await["userIds"], json!([bench.user(0)]));
    let path = format!("{}/create", bench.connectors());
    let mut body = bench.create_body();
    body["userIds"] = json!([bench.user(3), bench.user(2), bench.user(3)]);
    let named = bench.ok(Method::POST, &path, body.clone()).await;
    assert_eq!(named["connectorView"]["connector"]["userIds"], json!([bench.user(3), bench.user(2)]));
    body["userIds"] = json!(["unknown"]);
    bench.refused(400, 3, Method::POST, &path, body).await;
}

#[tokio::test]
async fn responses_never_contain_the_secret() {
    let bench = Bench::start().await;
    let connector = bench.create().await;
    let shown = bench.settled(connector["id"].as_str().unwrap()).await;
    for connector in [connector, shown] {
        assert!(connector["config"]["configuration"].get("okta_api_key").is_none());
        assert_eq!(connector["config"]["configuration"]["okta_domain"]["stringValue"], bench.sandbox.ready().okta_url);
    }
}

#[tokio::test]
async fn an_invalid_create_is_rejected_and_creates_nothing() {
    let bench = Bench::start().await;
    let path = format!("{}/create", bench.connectors());
    let mut wrong = bench.create_body();
    wrong["catalogId"] = json!("none");
    bench.refused(400, 3, Method::POST, &path, wrong).await;
    bench.refused(400, 3, Method::POST, &path, json!({})).await;
    bench.refused(400, 3, Method::POST, &path, json!({"catalogId": OKTA, "config": {"configuration": {}}})).await;
    bench.refused(400, 3, Method::POST, &path, json!({"catalogId": 7})).await;
    bench.refused(400, 3, Method::POST, &path, json!([])).await;
    bench.refused(404, 5, Method::POST, "/api/v1/apps/none/connectors/create", bench.create_body()).await;
    let state = bench.ok(Method::GET, "/_sandbox/state", Value::Null).await;
    assert_eq!(state["connectors"], json!([]));
}

#[tokio::test]
async fn an_error_contains_the_field_but_not_its_value() {
    let bench = Bench::start().await;
    let body = json!({"catalogId": OKTA, "userIds": {"okta_api_key": "00canary"}});
    let (status, response) = bench.post(&format!("{}/create", bench.connectors()), body).await;
    assert_eq!(status, 400);
    let message = response["message"].as_str().unwrap();
    assert!(message.contains("userIds") && !message.contains("canary"), "{message}");
}

#[tokio::test]
async fn a_delegated_connector_syncs_once_it_is_configured() {
    let bench = Bench::start().await;
    let body = json!({"catalogId": OKTA, "displayName": "Delegated", "config": bench.create_body()["config"]});
    let response = bench.ok(Method::POST, &bench.connectors(), body).await;
    let connector = &response["connectorView"]["connector"];
    assert_eq!(
        (&connector["displayName"], &connector["config"], &connector["status"]),
        (&json!("Delegated"), &Value::Null, &Value::Null)
    );
    let path = format!("{}/{}", bench.connectors(), connector["id"].as_str().unwrap());
    bench.refused(400, 9, Method::POST, &format!("{path}/force_sync"), json!({})).await;
    let update = json!({"connector": {"config": bench.create_body()["config"]}, "updateMask": "config"});
    let response = bench.ok(Method::POST, &path, update).await;
    assert_eq!(response["connectorView"]["connector"]["status"]["status"], "SYNC_STATUS_RUNNING");
}

#[tokio::test]
async fn an_update_changes_exactly_the_fields_of_its_mask() {
    let bench = Bench::start().await;
    let before = bench.create().await;
    let id = before["id"].as_str().unwrap();
    bench.settled(id).await;
    let path = format!("{}/{id}", bench.connectors());
    let message = json!({
        "displayName": "Renamed", "description": "not named", "userIds": [bench.user(2)],
        "config": config("elsewhere.example.com", "00other", &[])});
    for path in [path.clone(), format!("{path}/delegated")] {
        let update = json!({"connector": message, "updateMask": "displayName,userIds"});
        let response = bench.ok(Method::POST, &path, update).await;
        let after = &response["connectorView"]["connector"];
        assert_eq!(after["displayName"], "Renamed");
        assert_eq!(after["userIds"], json!([bench.user(2)]));
        for name in ["description", "config", "configUpdatedAt", "createdAt", "catalogId"] {
            assert_eq!(after[name], before[name], "{name}");
        }
        assert_ne!(after["updatedAt"], before["updatedAt"]);
        assert_eq!(after["status"]["status"], "SYNC_STATUS_DONE", "owners and names start no sync");
    }
    // A field of the mask that is absent in the body gets its zero value.
    let response = bench.ok(Method::POST, &path, json!({"connector": {}, "updateMask": "userIds,displayName"})).await;
    let after = &response["connectorView"]["connector"];
    assert_eq!((&after["userIds"], &after["displayName"]), (&json!([]), &json!("")));
}

#[tokio::test]
async fn an_update_with_an_invalid_mask_changes_nothing() {
    let bench = Bench::start().await;
    let before = bench.create().await;
    let path = format!("{}/{}", bench.connectors(), before["id"].as_str().unwrap());
    for mask in
        ["displayName,nonsense", "display_name", "config.configuration", "id", "status", "createdAt", "*", "", ","]
    {
        let update = json!({"connector": {"displayName": "Renamed"}, "updateMask": mask});
        bench.refused(400, 3, Method::POST, &path, update).await;
    }
    bench.refused(400, 3, Method::POST, &path, json!({"connector": {"displayName": "Renamed"}})).await;
    bench.refused(400, 3, Method::POST, &path, json!({"updateMask": "displayName"})).await;
    bench.refused(400, 3, Method::POST, &path, json!({"displayName": "Renamed", "updateMask": "displayName"})).await;
    let after = bench.connector(before["id"].as_str().unwrap()).await;
    assert_eq!((&after["displayName"], &after["updatedAt"]), (&before["displayName"], &before["updatedAt"]));
}

#[tokio::test]
async fn a_config_update_replaces_all_keys_including_the_secret() {
    let bench = Bench::start().await;
    let (ready, id) = (bench.sandbox.ready(), bench.create().await["id"].as_str().unwrap().to_owned());
    let path = format!("{}/{id}", bench.connectors());
    let mut update = json!({"connector": {"config": bench.create_body()["config"]}, "updateMask": "config"});
    update["connector"]["config"]["configuration"] = json!({
        "okta_domain": {"stringValue": ready.okta_url}, "okta_dont_sync_inactive_apps": {"stringValue": "true"}});
    let response = bench.ok(Method::POST, &path, update).await;
    assert_eq!(response["connectorView"]["connector"]["status"]["status"], "SYNC_STATUS_RUNNING");
    let inside = bench.inside(&id).await;
    assert_eq!((&inside["skip_inactive_apps"], &inside["api_token_sha256"]), (&json!(true), &Value::Null));
    let settled = bench.settled(&id).await;
    assert_eq!(settled["status"]["status"], "SYNC_STATUS_ERROR");
    assert_eq!(settled["status"]["lastError"], "okta_api_key is not set");
}

#[tokio::test]
async fn no_operation_finds_a_deleted_connector() {
    let bench = Bench::start().await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let path = format!("{}/{id}", bench.connectors());
    assert_eq!(bench.ok(Method::DELETE, &path, json!({})).await, json!({}));
    bench.refused(404, 5, Method::GET, &path, Value::Null).await;
    bench.refused(404, 5, Method::DELETE, &path, Value::Null).await;
    let update = json!({"connector": {"displayName": "x"}, "updateMask": "displayName"});
    bench.refused(404, 5, Method::POST, &path, update).await;
    for verb in ["force_sync", "pause", "resume"] {
        bench.refused(404, 5, Method::POST, &format!("{path}/{verb}"), json!({})).await;
    }
    assert_eq!(bench.ok(Method::GET, &bench.connectors(), Value::Null).await["list"], json!([]));
    assert!(bench.inside(&id).await["deleted_at"].is_string());
}

#[tokio::test]
async fn a_connector_belongs_to_one_app_and_is_deleted_with_it() {
    let bench = Bench::start().await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let other = &bench.sandbox.ready().apps[1].id;
    bench.refused(404, 5, Method::GET, &format!("/api/v1/apps/{other}/connectors/{id}"), Value::Null).await;
    bench.ok(Method::DELETE, &format!("/api/v1/apps/{}", bench.app()), json!({})).await;
    bench.refused(404, 5, Method::GET, &format!("{}/{id}", bench.connectors()), Value::Null).await;
    bench.refused(404, 5, Method::GET, &bench.connectors(), Value::Null).await;
    assert!(bench.inside(&id).await["deleted_at"].is_string());
}

#[tokio::test]
async fn the_minimum_page_size_is_ten() {
    let bench = Bench::start().await;
    for _ in 0..11 {
        bench.ok(Method::POST, &bench.connectors(), json!({"catalogId": OKTA})).await;
    }
    let first = bench.ok(Method::GET, &format!("{}?page_size=1", bench.connectors()), Value::Null).await;
    assert_eq!(first["list"].as_array().unwrap().len(), 10);
    let token = first["nextPageToken"].as_str().unwrap();
    let second = format!("{}?page_size=1&page_token={token}", bench.connectors());
    let second = bench.ok(Method::GET, &second, Value::Null).await;
    assert_eq!((second["list"].as_array().unwrap().len(), &second["nextPageToken"]), (1, &json!("")));
    bench.refused(400, 3, Method::GET, &format!("{}?page_token=x", bench.connectors()), Value::Null).await;
    bench.refused(400, 3, Method::GET, &format!("{}?page_size=x", bench.connectors()), Value::Null).await;
}

#[tokio::test]
async fn the_test_interface_returns_settings_that_clients_cannot_read() {
    let bench = Bench::start().await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    bench.settled(&id).await;
    let inside = bench.inside(&id).await;
    let ready = bench.sandbox.ready();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, ready.okta_tokens.read_only.as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        inside,
        json!({
            "id": id, "app_id": bench.app(), "catalog_id": OKTA, "display_name": "Okta", "description": "", "domain": ready.okta_url, "owners": [bench.user(0)],
            "skip_inactive_apps": false, "sync_deprovisioned_users": false, "extract_aws_saml_roles": false,
            "status": "SYNC_STATUS_DONE", "last_error": "", "syncs": 1, "api_token_sha256": hash,
            "sync_disabled_at": null, "deleted_at": null})
    );
    let state = bench.ok(Method::GET, "/_sandbox/state", Value::Null).await;
    assert_eq!(state["apps"], serde_json::to_value(&ready.apps).unwrap());
    assert_eq!(state["users"], serde_json::to_value(&ready.users).unwrap());
}

#[tokio::test]
async fn a_change_through_the_test_interface_acts_like_an_administrators_change() {
    let bench = Bench::with_manual_clock(Options::default()).await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let before = bench.settled(&id).await;
    let path = format!("/_sandbox/connectors/{id}");
    let edit = json!({"skip_inactive_apps": true, "owners": [bench.user(2)]});
    let inside = bench.ok(Method::PATCH, &path, edit).await;
    assert_eq!((&inside["skip_inactive_apps"], &inside["owners"]), (&json!(true), &json!([bench.user(2)])));
    let after = bench.connector(&id).await;
    assert_eq!(after["status"]["status"], "SYNC_STATUS_RUNNING");
    assert_eq!(after["config"]["configuration"]["okta_dont_sync_inactive_apps"]["stringValue"], "true");
    assert_ne!(after["configUpdatedAt"], before["configUpdatedAt"]);
    assert_ne!(after["updatedAt"], before["updatedAt"]);
    assert_eq!(bench.settled(&id).await["status"]["status"], "SYNC_STATUS_DONE");
}

#[tokio::test]
async fn setting_owners_or_status_through_the_test_interface_starts_no_sync() {
    let bench = Bench::start().await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let before = bench.settled(&id).await;
    let path = format!("/_sandbox/connectors/{id}");
    let edit = json!({"owners": [bench.user(4)], "status": "SYNC_STATUS_ERROR", "last_error": "out of luck"});
    bench.ok(Method::PATCH, &path, edit).await;
    let after = bench.connector(&id).await;
    assert_eq!(after["status"]["status"], "SYNC_STATUS_ERROR");
    assert_eq!(after["status"]["lastError"], "out of luck");
    assert_eq!(after["configUpdatedAt"], before["configUpdatedAt"]);
    // Setting a status supersedes the running sync, even together with settings.
    bench.ok(Method::PATCH, &path, json!({"api_token": "00dead", "status": "SYNC_STATUS_DONE"})).await;
    assert_eq!(bench.inside(&id).await["syncs"], 1);
    bench.ok(Method::PATCH, &path, json!({"status": null})).await;
    assert_eq!(bench.connector(&id).await["status"], Value::Null);
}

#[tokio::test]
async fn an_invalid_change_through_the_test_interface_changes_nothing() {
    let bench = Bench::start().await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let path = format!("/_sandbox/connectors/{id}");
    for edit in [
        json!({"skip_inactive_apps": true, "owners": ["unknown"]}),
        json!({"skip_inactive_apps": "yes"}),
        json!({"id": "other"}),
        json!({"status": "CONNECTED"}),
        json!({"deleted_at": "yesterday"}),
    ] {
        bench.refused(400, 3, Method::PATCH, &path, edit).await;
    }
    assert_eq!(bench.inside(&id).await["skip_inactive_apps"], false);
    bench.refused(404, 5, Method::PATCH, "/_sandbox/connectors/none", json!({})).await;
}

#[tokio::test]
async fn the_test_interface_deletes_and_restores_connectors() {
    let bench = Bench::start().await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let path = format!("/_sandbox/connectors/{id}");
    let inside = bench.ok(Method::PATCH, &path, json!({"deleted_at": "2026-08-20T10:00:00Z"})).await;
    assert_eq!(inside["deleted_at"], "2026-08-20T10:00:00.000000Z");
    bench.refused(404, 5, Method::GET, &format!("{}/{id}", bench.connectors()), Value::Null).await;
    bench.ok(Method::PATCH, &path, json!({"deleted_at": null})).await;
    bench.connector(&id).await;
}

#[tokio::test]
async fn the_test_interface_pauses_renames_and_dates_changes_without_a_sync() {
    let bench = Bench::start().await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let before = bench.settled(&id).await;
    let path = format!("/_sandbox/connectors/{id}");
    let reason = "Sync paused due to significant drop in sync data: users";
    let edit = json!({"sync_disabled_reason": reason, "display_name": "Renamed", "description": "d",
        "config_updated_at": "now"});
    bench.ok(Method::PATCH, &path, edit).await;
    let after = bench.connector(&id).await;
    assert_eq!((&after["syncDisabledReason"], &after["canResumeSync"]), (&json!(reason), &json!(true)));
    assert!(after["syncDisabledAt"].is_string());
    assert_eq!((&after["displayName"], &after["description"]), (&json!("Renamed"), &json!("d")));
    assert_ne!(after["configUpdatedAt"], before["configUpdatedAt"]);
    assert_eq!(after["status"], before["status"], "none of these starts a sync");

    bench.ok(Method::PATCH, &path, json!({"config_updated_at": "2026-08-20T10:00:00Z"})).await;
    assert_eq!(bench.connector(&id).await["configUpdatedAt"], "2026-08-20T10:00:00.000000Z");
    bench.ok(Method::POST, &format!("{}/{id}/resume", bench.connectors()), json!({})).await;
    let resumed = bench.settled(&id).await;
    assert_eq!((&resumed["syncDisabledAt"], &resumed["syncDisabledReason"]), (&Value::Null, &json!("")));
    bench.ok(Method::PATCH, &path, json!({"sync_disabled_reason": ""})).await;
    assert!(bench.connector(&id).await["syncDisabledAt"].is_string());
    bench.ok(Method::PATCH, &path, json!({"sync_disabled_reason": null})).await;
    assert!(bench.connector(&id).await["syncDisabledAt"].is_null());
    bench.refused(400, 3, Method::PATCH, &path, json!({"config_updated_at": "soon"})).await;
}

#[tokio::test]
async fn the_second_okta_entry_syncs_with_its_own_keys() {
    let bench = Bench::start().await;
    let ready = bench.sandbox.ready();
    let text = |text: &str| json!({"stringValue": text});
    let config = json!({"@type": "type.googleapis.com/c1.api.app.v1.EnvConfig", "configuration": {
        "okta_v2_domain": text(&ready.okta_url), "okta_v2_api_token": text(&ready.okta_tokens.custom_read_only),
        "okta_sync_secrets": text("true")}});
    let body = json!({"catalogId": OKTA_V2, "config": config});
    let response = bench.ok(Method::POST, &format!("{}/create", bench.connectors()), body).await;
    let connector = &response["connectorView"]["connector"];
    assert_eq!(connector["displayName"], "Okta v2");
    let id = connector["id"].as_str().unwrap();
    assert_eq!(bench.settled(id).await["status"]["status"], "SYNC_STATUS_DONE");
    let path = format!("/_sandbox/connectors/{id}");
    bench.ok(Method::PATCH, &path, json!({"sync_custom_roles": true})).await;
    let inside = bench.inside(id).await;
    assert_eq!((&inside["sync_secrets"], &inside["sync_custom_roles"]), (&json!(true), &json!(true)));
    assert_eq!((&inside["catalog_id"], &inside["domain"]), (&json!(OKTA_V2), &json!(ready.okta_url)));
    bench.refused(400, 3, Method::PATCH, &path, json!({"skip_inactive_apps": true})).await;
    let keys_of_the_first = json!({"catalogId": OKTA_V2, "config": bench.create_body()["config"]});
    bench.refused(400, 3, Method::POST, &format!("{}/create", bench.connectors()), keys_of_the_first).await;
}

#[tokio::test]
async fn the_catalog_returns_the_settings_of_an_entry() {
    let bench = Bench::start().await;
    let schema = bench.ok(Method::POST, "/api/v1/connectorcatalog", json!({"catalogId": OKTA_V2})).await;
    let fields = schema["schema"]["fields"].as_array().unwrap();
    let names: Vec<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
    let expected = [
        "okta_v2_domain",
        "okta_v2_api_token",
        "okta_sync_custom_roles",
        "okta_skip_secondary_emails",
        "okta_sync_secrets",
    ];
    assert_eq!(names, expected);
    let secrets: Vec<bool> = fields.iter().map(|field| field["str"]["secret"] == true).collect();
    assert_eq!(secrets, [false, true, false, false, false]);
    assert!(fields[2]["checkbox"].is_object());
    bench.refused(404, 5, Method::POST, "/api/v1/connectorcatalog", json!({"catalogId": "none"})).await;
}
