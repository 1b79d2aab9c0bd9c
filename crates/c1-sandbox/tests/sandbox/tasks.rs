//! Tasks: changes of access with each kind of token, and the errors of missing permissions.

use std::collections::BTreeMap;
use std::time::Duration;

use c1_sandbox::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, OKTA, config};

/// A connector that has synced, with its accounts and entitlements by name.
struct Synced {
    app: String,
    connector: String,
    accounts: BTreeMap<String, String>,
    entitlements: BTreeMap<String, String>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

async fn synced(bench: &Bench, token: &str) -> Synced {
    let app = text(&bench.ok(Method::POST, "/api/v1/apps", json!({"displayName": "Access"})).await["app"]["id"]);
    let connectors = format!("/api/v1/apps/{app}/connectors");
    let body = json!({"catalogId": OKTA, "config": config(&bench.sandbox.ready().okta_url, token, &[])});
    let created = bench.ok(Method::POST, &format!("{connectors}/create"), body).await;
    let connector = text(&created["connectorView"]["connector"]["id"]);
    let path = format!("{connectors}/{connector}");
    bench
        .until(async || {
            let view = bench.ok(Method::GET, &path, Value::Null).await;
            (view["connectorView"]["connector"]["status"]["status"] == "SYNC_STATUS_DONE").then_some(())
        })
        .await;
    let accounts = bench.ok(Method::GET, &format!("/api/v1/apps/{app}/app_users?page_size=100"), Value::Null).await;
    let accounts = accounts["list"].as_array().unwrap().iter().map(|row| &row["appUser"]);
    let accounts = accounts.map(|account| (text(&account["displayName"]), text(&account["id"]))).collect();
    let path = format!("/api/v1/apps/{app}/entitlements?page_size=100");
    let entitlements = bench.ok(Method::GET, &path, Value::Null).await;
    let entitlements = entitlements["list"].as_array().unwrap().iter().map(|row| &row["appEntitlement"]);
    let entitlements = entitlements.map(|found| (text(&found["displayName"]), text(&found["id"]))).collect();
    Synced { app, connector, accounts, entitlements }
}

impl Synced {
    fn request(&self, entitlement: &str, user: &str) -> Value {
        json!({
            "appId": self.app,
            "appEntitlementId": self.entitlements[entitlement],
            "appUserId": self.accounts[user],
        })
    }

    /// Creates a task and returns it once it is closed.
    async fn done(&self, bench: &Bench, verb: &str, entitlement: &str, user: &str) -> Value {
        let created = bench.ok(Method::POST, &format!("/api/v1/task/{verb}"), self.request(entitlement, user)).await;
        closed(bench, &text(&created["taskView"]["task"]["id"])).await
    }

    async fn holders(&self, bench: &Bench, entitlement: &str) -> Vec<String> {
        let id = &self.entitlements[entitlement];
        let path = format!("/api/v1/apps/{}/entitlements/{id}/users?page_size=100", self.app);
        let found = bench.ok(Method::GET, &path, Value::Null).await;
        let users = found["list"].as_array().unwrap().iter();
        users.map(|row| text(&row["appUser"]["appUser"]["displayName"])).collect()
    }
}

async fn closed(bench: &Bench, id: &str) -> Value {
    bench
        .until(async || {
            let task = bench.ok(Method::GET, &format!("/api/v1/tasks/{id}"), Value::Null).await;
            let task = &task["taskView"]["task"];
            (task["state"] == "TASK_STATE_CLOSED").then(|| task.clone())
        })
        .await
}

/// Returns whether a user is in a group or has an app, according to the Okta org.
async fn has(bench: &Bench, list: &str, name: &str, user: &str) -> bool {
    let ready = bench.sandbox.ready();
    let get = async |path: String| -> Value {
        let request = bench.http.get(format!("{}{path}", ready.okta_url));
        let token = format!("SSWS {}", ready.okta_tokens.super_admin);
        request.header("Authorization", token).send().await.unwrap().json().await.unwrap()
    };
    let object = text(&get(format!("/api/v1/{list}?q={}", name.split(' ').next().unwrap())).await[0]["id"]);
    let users = get(format!("/api/v1/{list}/{object}/users?expand=user")).await;
    let first = user.split(' ').next().unwrap();
    users.as_array().unwrap().iter().any(|found| found.to_string().contains(&format!("\"{first}\"")))
}

const GROUP: &str = "Sales member";
const APP: &str = "AWS Account Federation access";

#[tokio::test]
async fn each_kind_of_token_provisions_as_documented() {
    let bench = Bench::start().await;
    let tokens = bench.sandbox.ready().okta_tokens.clone();
    for (token, may) in [(&tokens.read_only, false), (&tokens.app_and_group_admin, true), (&tokens.super_admin, true)] {
        let synced = synced(&bench, token).await;
        for (entitlement, list, name) in [(GROUP, "groups", "Sales"), (APP, "apps", "AWS Account Federation")] {
            let user = "Norbert Norole";
            assert!(!has(&bench, list, name, user).await);
            let task = synced.done(&bench, "grant", entitlement, user).await;
            let outcome = if may { "GRANT_OUTCOME_GRANTED" } else { "GRANT_OUTCOME_ERROR" };
            assert_eq!(task["type"]["grant"]["outcome"], outcome, "{task}");
            assert_eq!(task["processing"], "TASK_PROCESSING_TYPE_DONE");
            assert_eq!(has(&bench, list, name, user).await, may);
            assert_eq!(synced.holders(&bench, entitlement).await.contains(&user.to_owned()), may);
            if may {
                assert_eq!(task["data"], Value::Null);
            } else {
                assert!(text(&task["data"]["error"]).contains("E0000006"), "{task}");
            }
            let task = synced.done(&bench, "revoke", entitlement, user).await;
            let outcome = if may { "REVOKE_OUTCOME_REVOKED" } else { "REVOKE_OUTCOME_ERROR" };
            assert_eq!(task["type"]["revoke"]["outcome"], outcome, "{task}");
            assert!(!has(&bench, list, name, user).await);
            assert!(!synced.holders(&bench, entitlement).await.contains(&user.to_owned()));
        }
    }
}

#[tokio::test]
async fn provisioning_that_okta_does_not_allow_fails_with_its_error() {
    let bench = Bench::start().await;
    let synced = synced(&bench, &bench.sandbox.ready().okta_tokens.super_admin.clone()).await;
    for (verb, entitlement, user) in
        [("grant", "Directory Staff member", "Norbert Norole"), ("revoke", "Everyone member", "Norbert Norole")]
    {
        let task = synced.done(&bench, verb, entitlement, user).await;
        assert!(text(&task["type"][verb]["outcome"]).ends_with("_ERROR"), "{task}");
        assert!(text(&task["data"]["error"]).contains("403"), "{task}");
    }
    let role = synced.entitlements.keys().find(|name| name.ends_with(" assigned")).unwrap();
    let request = synced.request(role, "Norbert Norole");
    bench.refused(403, 7, Method::POST, "/api/v1/task/grant", request).await;
}

#[tokio::test]
async fn a_task_accepts_an_account_or_a_user_and_is_found_by_id_and_number() {
    let bench = Bench::start().await;
    let synced = synced(&bench, &bench.sandbox.ready().okta_tokens.super_admin.clone()).await;
    let sue = bench.ok(Method::POST, "/api/v1/search/users", json!({"query": "superadmin"})).await;
    let mut request = synced.request(GROUP, "Sue Superadmin");
    request.as_object_mut().unwrap().remove("appUserId");
    bench.refused(500, 2, Method::POST, "/api/v1/task/grant", request.clone()).await;
    request["identityUserId"] = sue["list"][0]["userId"].clone();
    request["grantDuration"] = "3600s".into();
    let created = bench.ok(Method::POST, "/api/v1/task/grant", request.clone()).await;
    let task = closed(&bench, &text(&created["taskView"]["task"]["numericId"])).await;
    assert_eq!(task["type"]["grant"]["outcome"], "GRANT_OUTCOME_GRANTED");
    assert_eq!(task["type"]["grant"]["grantDuration"], "3600s");
    assert_eq!(task["type"]["grant"]["appUserId"], *synced.accounts["Sue Superadmin"]);
    bench.refused(404, 5, Method::GET, "/api/v1/tasks/99", Value::Null).await;
    request["appEntitlementId"] = "none".into();
    bench.refused(404, 5, Method::POST, "/api/v1/task/grant", request).await;
}

#[tokio::test]
async fn a_task_waits_for_the_end_of_its_connectors_pause() {
    let bench = Bench::with_manual_clock(Options::default()).await;
    let synced = synced(&bench, &bench.sandbox.ready().okta_tokens.super_admin.clone()).await;
    let connector = format!("/api/v1/apps/{}/connectors/{}", synced.app, synced.connector);
    bench.ok(Method::POST, &format!("{connector}/pause"), json!({})).await;
    let request = synced.request(GROUP, "Norbert Norole");
    let created = bench.ok(Method::POST, "/api/v1/task/grant", request).await;
    let id = text(&created["taskView"]["task"]["id"]);
    // One sleeper is the scheduler, the other one the task between two checks for the end of the pause.
    for _ in 0..3 {
        bench.sleepers(2).await;
        bench.advance(Duration::from_secs(1));
    }
    bench.sleepers(2).await;
    let task = bench.ok(Method::GET, &format!("/api/v1/tasks/{id}"), Value::Null).await;
    assert_eq!(task["taskView"]["task"]["state"], "TASK_STATE_OPEN");
    assert!(!has(&bench, "groups", "Sales", "Norbert Norole").await);
    bench.ok(Method::POST, &format!("{connector}/resume"), json!({})).await;
    assert_eq!(closed(&bench, &id).await["type"]["grant"]["outcome"], "GRANT_OUTCOME_GRANTED");
}
