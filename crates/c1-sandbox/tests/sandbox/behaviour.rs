//! The switches for what ConductorOne does not publish: each value shows in what clients see.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, OKTA, OKTA_V2, config};

async fn created(bench: &Bench) -> (String, String) {
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    bench.settled(&id).await;
    let path = format!("{}/{id}", bench.connectors());
    (id, path)
}

fn update(connector: Value, mask: &str) -> Value {
    json!({"connector": connector, "updateMask": mask})
}

#[tokio::test]
async fn keys_that_an_update_leaves_out_stay_where_updates_merge() {
    let bench = Bench::behaving(&["config_update=merge"]).await;
    let (id, path) = created(&bench).await;
    let text = |text: &str| json!({"stringValue": text});
    let message = |fields: Value| {
        update(
            json!({"config": {"@type": "type.googleapis.com/c1.api.app.v1.EnvConfig", "configuration": fields}}),
            "config",
        )
    };
    bench.ok(Method::POST, &path, message(json!({"okta_dont_sync_inactive_apps": text("true")}))).await;
    let inside = bench.inside(&id).await;
    assert_eq!(inside["skip_inactive_apps"], true);
    assert!(inside["api_token_sha256"].is_string() && inside["domain"].is_string());
    bench.ok(Method::POST, &path, message(json!({"okta_api_key": text("")}))).await;
    let inside = bench.inside(&id).await;
    assert_eq!((&inside["api_token_sha256"], &inside["skip_inactive_apps"]), (&Value::Null, &json!(true)));
    bench.ok(Method::POST, &path, update(json!({"config": null}), "config")).await;
    assert_eq!(bench.connector(&id).await["config"], Value::Null);
}

#[tokio::test]
async fn a_secret_is_read_as_nothing_an_empty_text_or_asterisks() {
    for (value, expected) in [("omit", None), ("empty", Some("")), ("masked", Some("********"))] {
        let bench = Bench::behaving(&[&format!("secret_on_read={value}")]).await;
        let (id, _) = created(&bench).await;
        let connector = bench.connector(&id).await;
        let key = &connector["config"]["configuration"]["okta_api_key"];
        assert_eq!(key["stringValue"].as_str(), expected, "{value}");
        assert!(!connector.to_string().contains(&bench.sandbox.ready().okta_tokens.read_only));
    }
}

#[tokio::test]
async fn shuffled_owners_never_come_in_the_order_that_was_sent() {
    let bench = Bench::behaving(&["owners_order=shuffled"]).await;
    let mut body = bench.create_body();
    body["userIds"] = json!([bench.user(0), bench.user(2), bench.user(3)]);
    let answer = bench.ok(Method::POST, &format!("{}/create", bench.connectors()), body.clone()).await;
    let id = answer["connectorView"]["connector"]["id"].as_str().unwrap();
    for _ in 0..10 {
        let owners = bench.connector(id).await["userIds"].clone();
        assert_ne!(owners, body["userIds"]);
        let sorted = |ids: &Value| {
            let mut ids: Vec<String> = serde_json::from_value(ids.clone()).unwrap();
            ids.sort();
            ids
        };
        assert_eq!(sorted(&owners), sorted(&body["userIds"]));
    }
}

#[tokio::test]
async fn owners_can_be_passed_over_by_either_update() {
    for (switches, plain, delegated) in [
        (&[][..], true, true),
        (&["owners_in_update=ignored"], false, true),
        (&["owners_in_delegated_update=ignored"], true, false),
        (&["owners_in_update=ignored", "owners_in_delegated_update=ignored"], false, false),
    ] {
        let bench = Bench::behaving(switches).await;
        let (id, path) = created(&bench).await;
        for (path, user, honoured) in [(path.clone(), 2, plain), (format!("{path}/delegated"), 3, delegated)] {
            let message = update(json!({"userIds": [bench.user(user)], "displayName": "x"}), "userIds,displayName");
            let answer = bench.ok(Method::POST, &path, message).await;
            let connector = &answer["connectorView"]["connector"];
            assert_eq!(connector["userIds"] == json!([bench.user(user)]), honoured, "{switches:?} {path}");
            assert_eq!(connector["displayName"], "x");
        }
        let owners = format!("/api/v2/apps/{}/connectors/{id}/owners", bench.app());
        bench.ok(Method::PUT, &owners, json!({"roleSlug": "primary", "userRefs": [{"id": bench.user(4)}]})).await;
        assert_eq!(bench.connector(&id).await["userIds"], json!([bench.user(4)]), "{switches:?}");
    }
}

#[tokio::test]
async fn a_domain_is_read_as_sent_or_normalised() {
    for (value, expected) in [("kept", "https://ACME.okta.com/"), ("normalised", "acme.okta.com")] {
        let bench = Bench::behaving(&[&format!("domain_on_read={value}"), "sync_start=forced"]).await;
        let body = json!({"catalogId": OKTA, "config": config("https://ACME.okta.com/", "00key", &[])});
        let answer = bench.ok(Method::POST, &format!("{}/create", bench.connectors()), body).await;
        let connector = &answer["connectorView"]["connector"];
        assert_eq!(connector["config"]["configuration"]["okta_domain"]["stringValue"], expected);
    }
    let bench = Bench::behaving(&["domain_on_read=normalised"]).await;
    let (id, _) = created(&bench).await;
    let connector = bench.connector(&id).await;
    assert_eq!(connector["config"]["configuration"]["okta_domain"]["stringValue"], bench.sandbox.ready().okta_url);
    assert_eq!(connector["status"]["status"], "SYNC_STATUS_DONE");
}

#[tokio::test]
async fn a_deleted_connector_is_shown_where_wanted_and_listed_nowhere() {
    let bench = Bench::behaving(&["deleted_connector=200"]).await;
    let (id, path) = created(&bench).await;
    bench.ok(Method::DELETE, &path, json!({})).await;
    assert!(bench.connector(&id).await["deletedAt"].is_string());
    assert_eq!(bench.ok(Method::GET, &bench.connectors(), Value::Null).await["list"], json!([]));
    bench.refused(404, 5, Method::DELETE, &path, json!({})).await;
    bench.ok(Method::DELETE, &format!("/api/v1/apps/{}", bench.app()), json!({})).await;
    assert!(bench.connector(&id).await["deletedAt"].is_string());
    bench.refused(404, 5, Method::GET, &format!("{}/none", bench.connectors()), Value::Null).await;
}

#[tokio::test]
async fn the_first_okta_entry_can_be_closed_to_new_connectors() {
    let bench = Bench::behaving(&["v1_create=refused"]).await;
    for path in [bench.connectors(), format!("{}/create", bench.connectors())] {
        bench.refused(400, 9, Method::POST, &path, bench.create_body()).await;
        bench.ok(Method::POST, &path, json!({"catalogId": OKTA_V2})).await;
    }
    let (_, answer) = bench.post(&bench.connectors(), bench.create_body()).await;
    assert!(answer["message"].as_str().unwrap().contains("use the Okta v2 connector"), "{answer}");
}

#[tokio::test]
async fn syncs_start_only_when_ordered_where_wanted() {
    let bench = Bench::behaving(&["sync_start=forced"]).await;
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let path = format!("{}/{id}", bench.connectors());
    let connector = bench.connector(&id).await;
    assert_eq!((&connector["status"], connector["config"].is_object()), (&Value::Null, true));
    bench.ok(Method::POST, &format!("{path}/force_sync"), json!({})).await;
    assert_eq!(bench.settled(&id).await["status"]["status"], "SYNC_STATUS_DONE");
    let message = update(json!({"config": bench.create_body()["config"]}), "config");
    let answer = bench.ok(Method::POST, &path, message).await;
    assert_eq!(answer["connectorView"]["connector"]["status"]["status"], "SYNC_STATUS_DONE");
    bench.ok(Method::PATCH, &format!("/_sandbox/connectors/{id}"), json!({"skip_inactive_apps": true})).await;
    assert_eq!(bench.inside(&id).await["syncs"], 1);
    bench.ok(Method::POST, &format!("{path}/resume"), json!({})).await;
    bench.settled(&id).await;
    assert_eq!(bench.inside(&id).await["syncs"], 2);
    bench.ok(Method::POST, &path, update(json!({}), "config")).await;
    assert_eq!(bench.connector(&id).await["status"], Value::Null);
}

#[tokio::test]
async fn what_an_answer_may_leave_out_can_be_null() {
    let bench = Bench::behaving(&["null_sub_objects=on"]).await;
    let created = bench.ok(Method::POST, &format!("{}/create", bench.connectors()), bench.create_body()).await;
    let connector = &created["connectorView"]["connector"];
    assert_eq!((&created["expanded"], &connector["status"]), (&Value::Null, &Value::Null));
    assert_eq!(connector["profileAllowList"], Value::Null);
    let id = connector["id"].as_str().unwrap();
    assert_eq!(bench.settled(id).await["status"]["status"], "SYNC_STATUS_DONE");
    let path = format!("{}/{id}", bench.connectors());
    let cleared = bench.ok(Method::POST, &path, update(json!({"userIds": []}), "userIds")).await;
    assert_eq!(cleared["connectorView"]["connector"]["userIds"], Value::Null);
    let list = bench.ok(Method::GET, &bench.connectors(), Value::Null).await;
    let rows = list["list"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[1]["connector"]), (2, &Value::Null));
}

#[tokio::test]
async fn when_a_configuration_was_written_need_not_be_told() {
    for (value, told) in [("told", true), ("absent", false)] {
        let bench = Bench::behaving(&[&format!("config_updated_at={value}")]).await;
        let (id, _) = created(&bench).await;
        assert_eq!(bench.connector(&id).await["configUpdatedAt"].is_string(), told);
    }
}

#[tokio::test]
async fn an_update_without_a_mask_is_refused_or_sets_what_the_body_has() {
    for (switch, wanted) in [("absent_mask=refused", 400), ("absent_mask=present", 200)] {
        let bench = Bench::behaving(&[switch]).await;
        let id = bench.create().await["id"].as_str().unwrap().to_owned();
        let path = format!("{}/{id}", bench.connectors());
        let body = json!({"connector": {"id": id, "displayName": "New", "userIds": [bench.user(2)]}});
        assert_eq!(bench.post(&path, body).await.0, wanted, "{switch}");
        let connector = bench.connector(&id).await;
        let name = if wanted == 200 { "New" } else { "Okta" };
        assert_eq!(connector["displayName"], name);
        assert_eq!(connector["userIds"] == json!([bench.user(2)]), wanted == 200);
        assert_ne!(connector["config"], Value::Null, "what the body lacks stays");
    }
}

#[tokio::test]
async fn a_new_connector_is_called_after_its_entry_or_nothing_and_is_unspecified_where_it_is_not_connected() {
    let bench = Bench::behaving(&["default_name=empty", "not_connected=unspecified"]).await;
    assert_eq!(bench.create().await["displayName"], "");
    let delegated = bench.ok(Method::POST, &bench.connectors(), json!({"catalogId": OKTA})).await;
    let connector = &delegated["connectorView"]["connector"];
    assert_eq!(connector["status"]["status"], "SYNC_STATUS_UNSPECIFIED");
}

#[tokio::test]
async fn owners_without_the_role_are_refused_where_it_is_required() {
    let bench = Bench::behaving(&["owner_roles=required"]).await;
    let basic = bench.sandbox.ready().users.iter().find(|user| user.email.starts_with("basil")).unwrap().id.clone();
    let mut body = bench.create_body();
    body["userIds"] = json!([basic]);
    let create = format!("{}/create", bench.connectors());
    bench.refused(403, 7, Method::POST, &create, body.clone()).await;
    body["userIds"] = json!([bench.user(0), bench.user(2)]);
    let created = bench.ok(Method::POST, &create, body).await;
    let path = format!("{}/{}", bench.connectors(), created["connectorView"]["connector"]["id"].as_str().unwrap());
    let update = json!({"connector": {"userIds": [basic]}, "updateMask": "userIds"});
    bench.refused(403, 7, Method::POST, &path, update).await;
    let owners = format!("{}/owners", path.replace("/api/v1/", "/api/v2/"));
    let set = json!({"roleSlug": "primary", "userRefs": [{"id": basic}]});
    bench.refused(403, 7, Method::PUT, &owners, set).await;
}

#[tokio::test]
async fn credentials_that_do_not_work_are_refused_where_writes_are_checked() {
    let bench = Bench::behaving(&["credential_check=at_write"]).await;
    let ready = bench.sandbox.ready();
    let create = format!("{}/create", bench.connectors());
    let dead = json!({"catalogId": OKTA, "config": config(&ready.okta_url, &ready.okta_tokens.revoked, &[])});
    let (status, answer) = bench.post(&create, dead.clone()).await;
    assert!(status == 400 && answer["message"].as_str().unwrap().contains("E0000011"), "{answer}");
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let update = json!({"connector": {"config": dead["config"]}, "updateMask": "config"});
    bench.refused(400, 3, Method::POST, &format!("{}/{id}", bench.connectors()), update).await;
    assert_eq!(bench.settled(&id).await["status"]["status"], "SYNC_STATUS_DONE");
}

#[tokio::test]
async fn refusals_come_without_details_and_from_the_token_endpoint_as_from_all_others() {
    let bench = Bench::behaving(&["error_details=absent", "token_errors=status"]).await;
    let (status, answer) = bench.get("/api/v1/apps/none/connectors").await;
    assert_eq!((status, answer), (404, json!({"code": 5, "message": "app not found"})));
    let form = [("grant_type", "client_credentials"), ("client_id", "missing"), ("client_secret", "x")];
    let answer = bench.http.post(bench.c1("/auth/v1/token")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!({"code": 16, "message": "unknown client_id"}));
}
