//! Apps, users and roles, authentication, and responses to unknown paths.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Bench;

#[tokio::test]
async fn a_request_without_a_valid_token_is_unauthenticated() {
    let bench = Bench::start().await;
    for authorization in [None, Some("Bearer wrong"), Some("Basic abc"), Some("wrong")] {
        for path in ["/api/v1/auth/introspect", "/api/v1/apps/x/connectors/y", "/api/v1/nothing"] {
            let mut request = bench.http.get(bench.c1(path));
            if let Some(authorization) = authorization {
                request = request.header("Authorization", authorization);
            }
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 401);
            let body: Value = response.json().await.unwrap();
            assert_eq!(body, json!({"code": 16, "message": "unauthenticated", "details": []}));
        }
    }
}

#[tokio::test]
async fn unknown_paths_are_not_found_and_unknown_methods_not_implemented() {
    let bench = Bench::start().await;
    bench.refused(404, 5, Method::GET, "/api/v1/nothing", Value::Null).await;
    bench.refused(501, 12, Method::PUT, "/api/v1/apps", Value::Null).await;
}

#[tokio::test]
async fn a_path_with_an_empty_id_redirects_to_the_list() {
    let bench = Bench::start().await;
    let response = bench.http.get(bench.c1(&format!("{}/", bench.connectors())));
    let response = response.bearer_auth(&bench.sandbox.ready().access_token).send().await.unwrap();
    assert_eq!(response.status(), 301);
    assert_eq!(response.headers()["location"], bench.connectors().as_str());
}

#[tokio::test]
async fn an_app_is_created_updated_and_returned_after_its_deletion() {
    let bench = Bench::start().await;
    bench.refused(400, 3, Method::POST, "/api/v1/apps", json!({"description": "no name"})).await;
    bench.refused(400, 3, Method::POST, "/api/v1/apps", json!({"displayName": "A", "monthlyCostUsd": "1"})).await;
    let app = bench.ok(Method::POST, "/api/v1/apps", json!({"displayName": "Mine", "description": "d"})).await;
    let path = format!("/api/v1/apps/{}", app["app"]["id"].as_str().unwrap());

    let change = json!({"app": {"displayName": "Yours", "description": "changed"}, "updateMask": "displayName"});
    let changed = bench.ok(Method::POST, &path, change).await;
    assert_eq!((&changed["app"]["displayName"], &changed["app"]["description"]), (&json!("Yours"), &json!("d")));
    let unmasked = bench.ok(Method::POST, &path, json!({"app": {"id": "ignored", "description": "e"}})).await;
    assert_eq!((&unmasked["app"]["displayName"], &unmasked["app"]["description"]), (&json!("Yours"), &json!("e")));
    bench.refused(400, 3, Method::POST, &path, json!({"displayName": "no wrapper"})).await;
    bench.refused(400, 3, Method::POST, &path, json!({"app": {}, "updateMask": "createdAt"})).await;

    let search = bench.ok(Method::POST, "/api/v1/search/apps", json!({"displayName": "yours"})).await;
    assert_eq!(search["list"].as_array().unwrap().len(), 1);

    assert_eq!(bench.ok(Method::DELETE, &path, json!({})).await, json!({}));
    bench.refused(404, 5, Method::DELETE, &path, json!({})).await;
    assert!(bench.ok(Method::GET, &path, Value::Null).await["app"]["deletedAt"].is_string());
    let list = bench.ok(Method::GET, "/api/v1/apps", Value::Null).await;
    assert_eq!(list["list"].as_array().unwrap().len(), bench.sandbox.ready().apps.len());
}

#[tokio::test]
async fn users_are_found_by_email_query_reference_role_and_status() {
    let bench = Bench::start().await;
    let ready = bench.sandbox.ready();
    let roles = bench.ok(Method::GET, "/api/v1/iam/roles?page_size=100", Value::Null).await;
    let connector_admin =
        roles["list"].as_array().unwrap().iter().find(|role| role["displayName"] == "Connector Administrator").unwrap();
    for (search, expected) in [
        (json!({"email": ready.users[2].email.to_uppercase()}), vec![2]),
        (json!({"email": "conrad"}), vec![]),
        (json!({"query": "CONRAD"}), vec![2]),
        (json!({"refs": [{"id": ready.users[0].id}, {"id": ready.users[3].id}]}), vec![0, 3]),
        (json!({"roleIds": [connector_admin["id"]]}), vec![2]),
        (json!({"userStatuses": ["DISABLED"]}), vec![5]),
        (json!({}), vec![0, 1, 2, 3, 4, 5, 6, 7]),
    ] {
        let found = bench.ok(Method::POST, "/api/v1/search/users", search.clone()).await;
        let ids: Vec<&str> =
            found["list"].as_array().unwrap().iter().map(|view| view["user"]["id"].as_str().unwrap()).collect();
        let expected: Vec<&str> = expected.into_iter().map(|index: usize| bench.user(index)).collect();
        assert_eq!(ids, expected, "{search}");
    }
}

#[tokio::test]
async fn role_ids_of_a_user_lead_to_roles() {
    let bench = Bench::start().await;
    let user = bench.ok(Method::GET, &format!("/api/v1/users/{}", bench.user(0)), Value::Null).await;
    let role = user["userView"]["user"]["roleIds"][0].as_str().unwrap().to_owned();
    let role = bench.ok(Method::GET, &format!("/api/v1/iam/roles/{role}"), Value::Null).await;
    assert_eq!(
        (&role["role"]["name"], &role["role"]["displayName"]),
        (&json!("system:owner"), &json!("Super Administrator"))
    );
    bench.refused(404, 5, Method::GET, "/api/v1/users/unknown", Value::Null).await;
    bench.refused(404, 5, Method::GET, "/api/v1/iam/roles/none", Value::Null).await;
}

#[tokio::test]
async fn introspection_returns_the_caller() {
    let bench = Bench::start().await;
    let token = bench.ok(Method::GET, "/api/v1/auth/introspect", Value::Null).await;
    assert_eq!(
        (&token["userId"], &token["principleId"]),
        (&json!(bench.user(0)), &json!(bench.sandbox.ready().client_id))
    );
    let user = bench.ok(Method::POST, "/api/v1/users/introspect", json!({})).await;
    assert_eq!(user["userView"]["user"]["id"], bench.user(0));
}
