//! Owners of a connector by role, API v2.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Bench;

async fn connector(bench: &Bench) -> (String, String) {
    let id = bench.create().await["id"].as_str().unwrap().to_owned();
    let owners = format!("/api/v2/apps/{}/connectors/{id}/owners", bench.app());
    (id, owners)
}

async fn owners(bench: &Bench, path: &str) -> Vec<String> {
    let list = bench.ok(Method::GET, path, Value::Null).await;
    let ids = list["list"].as_array().unwrap().iter();
    ids.map(|owner| owner["user"]["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn owners_are_replaced_as_a_whole_and_are_the_connectors_own() {
    let bench = Bench::start().await;
    let (id, path) = connector(&bench).await;
    let body = json!({"roleSlug": "primary", "userRefs": [{"id": bench.user(2)}, {"id": bench.user(3)}]});
    assert_eq!(bench.ok(Method::PUT, &path, body).await, json!({}));
    assert_eq!(bench.connector(&id).await["userIds"], json!([bench.user(2), bench.user(3)]));
    assert_eq!(owners(&bench, &format!("{path}/users")).await, [bench.user(2), bench.user(3)]);
    assert_eq!(owners(&bench, &format!("{path}/users?role_slug=primary")).await.len(), 2);
    assert!(owners(&bench, &format!("{path}/users?role_slug=other")).await.is_empty());
    bench.ok(Method::PUT, &path, json!({"roleSlug": "primary"})).await;
    assert_eq!(bench.connector(&id).await["userIds"], json!([]));
}

#[tokio::test]
async fn one_owner_is_added_shown_and_removed() {
    let bench = Bench::start().await;
    let (id, path) = connector(&bench).await;
    let one = format!("{path}/users/primary/{}", bench.user(3));
    bench.refused(404, 5, Method::GET, &one, Value::Null).await;
    for _ in 0..2 {
        let added = bench.ok(Method::POST, &one, json!({})).await;
        assert_eq!(added["connectorOwnerUser"]["roleSlug"], "primary");
    }
    assert_eq!(bench.connector(&id).await["userIds"], json!([bench.user(0), bench.user(3)]));
    assert_eq!(bench.ok(Method::GET, &one, Value::Null).await["connectorOwnerUser"]["user"]["id"], bench.user(3));
    bench.ok(Method::DELETE, &one, json!({})).await;
    bench.refused(404, 5, Method::DELETE, &one, json!({})).await;
    assert_eq!(bench.connector(&id).await["userIds"], json!([bench.user(0)]));
}

#[tokio::test]
async fn what_cannot_own_is_refused() {
    let bench = Bench::start().await;
    let (id, path) = connector(&bench).await;
    for body in [
        json!({}),
        json!({"roleSlug": "emperor"}),
        json!({"roleSlug": "primary", "userRefs": [{"id": "nobody"}]}),
        json!({"roleSlug": "primary", "userRefs": {}}),
    ] {
        bench.refused(400, 3, Method::PUT, &path, body).await;
    }
    let body = json!({"roleSlug": "primary", "appEntitlementRefs": [{"appId": "a", "id": "e"}]});
    bench.refused(501, 12, Method::PUT, &path, body).await;
    bench.refused(400, 3, Method::POST, &format!("{path}/users/primary/nobody"), json!({})).await;
    bench.ok(Method::DELETE, &format!("{}/{id}", bench.connectors()), json!({})).await;
    bench.refused(404, 5, Method::PUT, &path, json!({"roleSlug": "primary"})).await;
    bench.refused(404, 5, Method::GET, &format!("{path}/users"), Value::Null).await;
}
