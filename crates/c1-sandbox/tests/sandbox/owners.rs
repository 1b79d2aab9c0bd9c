//! Owners of connectors by role, in API v2, and of apps.

use std::time::Duration;

use c1_sandbox::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Bench, OKTA};

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
async fn replacing_owners_changes_the_connectors_user_ids() {
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
async fn an_owner_is_added_read_and_removed() {
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
async fn invalid_owners_are_rejected() {
    let bench = Bench::start().await;
    let (id, path) = connector(&bench).await;
    for body in [
        json!({}),
        json!({"roleSlug": "emperor"}),
        json!({"roleSlug": "primary", "userRefs": [{"id": "unknown"}]}),
        json!({"roleSlug": "primary", "userRefs": {}}),
    ] {
        bench.refused(400, 3, Method::PUT, &path, body).await;
    }
    let body = json!({"roleSlug": "primary", "appEntitlementRefs": [{"appId": "a", "id": "e"}]});
    bench.refused(400, 3, Method::PUT, &path, body).await;
    bench.refused(400, 3, Method::POST, &format!("{path}/users/primary/unknown"), json!({})).await;
    bench.ok(Method::DELETE, &format!("{}/{id}", bench.connectors()), json!({})).await;
    bench.refused(404, 5, Method::PUT, &path, json!({"roleSlug": "primary"})).await;
    bench.refused(404, 5, Method::GET, &format!("{path}/users"), Value::Null).await;
}

#[tokio::test]
async fn an_entitlement_is_added_read_and_removed_as_an_owner() {
    let bench = Bench::start().await;
    let (id, path) = connector(&bench).await;
    bench.settled(&id).await;
    let entitlements = format!("/api/v1/apps/{}/entitlements?page_size=10", bench.app());
    let entitlements = bench.ok(Method::GET, &entitlements, Value::Null).await;
    let found = entitlements["list"][0]["appEntitlement"].clone();
    let entitlement = found["id"].as_str().unwrap();
    let list = format!("{path}/entitlements?role_slug=primary");
    let owner = format!("{path}/entitlements/primary/{}/{entitlement}", bench.app());
    bench.refused(404, 5, Method::GET, &owner, Value::Null).await;
    let missing = format!("{path}/entitlements/primary/{}/none", bench.app());
    bench.refused(400, 3, Method::POST, &missing, json!({})).await;

    let body = json!({"appEntitlementRef": {"appId": bench.app(), "id": entitlement}});
    let added = bench.ok(Method::POST, &owner, body).await["connectorOwnerEntitlement"].clone();
    assert_eq!((&added["appEntitlement"], &added["roleSlug"]), (&found, &json!("primary")));
    assert_eq!(bench.ok(Method::GET, &list, Value::Null).await["list"], json!([added]));
    let other = format!("{path}/entitlements?role_slug=emperor");
    assert_eq!(bench.ok(Method::GET, &other, Value::Null).await["list"], json!([]));

    bench.ok(Method::DELETE, &owner, json!({})).await;
    assert_eq!(bench.ok(Method::GET, &list, Value::Null).await["list"], json!([]));
    bench.refused(404, 5, Method::DELETE, &owner, json!({})).await;

    // A replacement and a delegated create accept entitlements too.
    let refs = json!([{"appId": bench.app(), "id": entitlement}]);
    bench.ok(Method::PUT, &path, json!({"roleSlug": "primary", "appEntitlementRefs": refs})).await;
    assert_eq!(bench.ok(Method::GET, &list, Value::Null).await["list"].as_array().unwrap().len(), 1);
    let body = json!({"catalogId": OKTA, "appEntitlementOwnerRefs": refs});
    let delegated = bench.ok(Method::POST, &bench.connectors(), body).await;
    let delegated = delegated["connectorView"]["connector"]["id"].as_str().unwrap();
    let list = format!("/api/v2/apps/{}/connectors/{delegated}/owners/entitlements", bench.app());
    assert_eq!(bench.ok(Method::GET, &list, Value::Null).await["list"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn owners_of_an_app_are_replaced_added_and_removed() {
    let bench = Bench::start().await;
    let owners = format!("/api/v1/apps/{}/owners", bench.app());
    let ids = format!("/api/v1/apps/{}/ownerids", bench.app());
    let read = async || bench.ok(Method::GET, &ids, Value::Null).await["userIds"].clone();
    assert_eq!(read().await, json!([]));
    bench.ok(Method::PUT, &owners, json!({"userIds": [bench.user(0), bench.user(1), bench.user(0)]})).await;
    assert_eq!(read().await, json!([bench.user(0), bench.user(1)]));
    let one = format!("{owners}/{}", bench.user(2));
    bench.ok(Method::POST, &one, json!({})).await;
    bench.ok(Method::POST, &one, json!({})).await;
    let listed = bench.ok(Method::GET, &format!("{owners}?page_size=10"), Value::Null).await;
    assert_eq!(listed["list"].as_array().unwrap().len(), 3);
    bench.ok(Method::DELETE, &one, json!({})).await;
    bench.ok(Method::DELETE, &owners, json!({"userIds": [bench.user(0)]})).await;
    assert_eq!(read().await, json!([bench.user(1)]));
    bench.refused(400, 3, Method::PUT, &owners, json!({"userIds": ["unknown"]})).await;
    bench.refused(404, 5, Method::POST, &format!("{owners}/unknown"), json!({})).await;
    bench.refused(404, 5, Method::GET, "/api/v1/apps/none/ownerids", Value::Null).await;
}

#[tokio::test]
async fn reads_return_a_change_of_an_apps_owners_after_the_delay() {
    let app_owners_delay = Duration::from_secs(60);
    let bench = Bench::with_manual_clock(Options { app_owners_delay, ..Options::default() }).await;
    let (owners, ids) =
        (format!("/api/v1/apps/{}/owners", bench.app()), format!("/api/v1/apps/{}/ownerids", bench.app()));
    bench.ok(Method::PUT, &owners, json!({"userIds": [bench.user(0)]})).await;
    assert_eq!(bench.ok(Method::GET, &ids, Value::Null).await["userIds"], json!([]));
    bench.advance(app_owners_delay - Duration::from_millis(1));
    assert_eq!(bench.ok(Method::GET, &ids, Value::Null).await["userIds"], json!([]));
    bench.advance(Duration::from_millis(1));
    assert_eq!(bench.ok(Method::GET, &ids, Value::Null).await["userIds"], json!([bench.user(0)]));
}
