//! Deleted objects must not make requests slower.

use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::body::Body;
use super::error::Rejection;
use super::handlers::{accounts, apps, connector_syncs, connectors, entitlements, resource_types};
use super::org_clients::OrgClients;
use super::paging::Paging;
use super::scheduler;
use super::seed;
use super::synced::database::Database;
use super::tenant::{Caller, Setting, Tenant, Timing};
use crate::behaviour::C1Behaviour;
use crate::clock::Clock;
use crate::log::Log;

fn tenant() -> Tenant {
    let clock = Clock::System;
    let setting = Setting {
        url: "http://127.0.0.1:1".to_owned(),
        timing: Timing {
            sync_duration: std::time::Duration::ZERO,
            sync_interval: std::time::Duration::ZERO,
            app_owners_delay: std::time::Duration::ZERO,
            token_lifetime: std::time::Duration::ZERO,
        },
        behaviour: C1Behaviour::default(),
        log: Log::new(clock.clone()),
        clock: clock.clone(),
    };
    let (synced, clients) = (Database::open(None).unwrap(), OrgClients::new(Vec::new()));
    Tenant::new(seed::new_tenant(clock.now()), None, synced, setting, clients, CancellationToken::new()).unwrap()
}

fn body<T: serde::de::DeserializeOwned>(body: Value) -> Body<T> {
    Body(serde_json::from_value(body).unwrap())
}

/// Creates an app with one connector and returns their IDs.
async fn create(tenant: &Tenant) -> (String, String) {
    let user_id = tenant.read(|data| data.users[0].id.clone());
    let caller = Extension(Caller { user_id, client_id: String::new() });
    let app = apps::create(State(tenant.clone()), caller.clone(), body(json!({"displayName": "App"}))).await.unwrap();
    let app_id = app.0["app"]["id"].as_str().unwrap().to_owned();
    let create = body(json!({"catalogId": "23w9L3qudsiSZQJ8jUP1KYyQqVW"}));
    let connector = connectors::create_delegated(State(tenant.clone()), caller, Path(app_id.clone()), create);
    let connector = connector.await.unwrap().0;
    (app_id, connector["connectorView"]["connector"]["id"].as_str().unwrap().to_owned())
}

/// Sends one request of each kind.
async fn requests(tenant: &Tenant) -> Result<Vec<Json<Value>>, Rejection> {
    let state = || State(tenant.clone());
    let (app_id, id) = create(tenant).await;
    let path = || Path((app_id.clone(), id.clone()));
    let app_path = || Path(app_id.clone());
    let update = json!({"connector": {"displayName": "d"}, "updateMask": "displayName"});
    scheduler::start_due(tenant);
    Ok(vec![
        apps::list(state(), Paging::default()).await?,
        apps::search(state(), body(json!({"query": "app"}))).await?,
        apps::get(state(), app_path()).await?,
        apps::update(state(), app_path(), body(json!({"app": {"description": "d"}}))).await?,
        connectors::list(state(), app_path(), Paging::default()).await?,
        connectors::get(state(), path()).await?,
        connectors::update(state(), path(), body(update)).await?,
        connector_syncs::pause(state(), path()).await?,
        connector_syncs::resume(state(), path()).await?,
        accounts::search(state(), body(json!({}))).await?,
        entitlements::search(state(), body(json!({"appIds": [app_id]}))).await?,
        resource_types::search(state(), body(json!({}))).await?,
        connectors::delete(state(), path()).await?,
        apps::delete(state(), app_path()).await?,
    ])
}

/// Deletes an app, and before it every other connector, so that connectors are deleted in both ways.
async fn delete(tenant: &Tenant, app_id: String, id: String, number: usize) -> Result<Json<Value>, Rejection> {
    if number.is_multiple_of(2) {
        let _ = connectors::delete(State(tenant.clone()), Path((app_id.clone(), id))).await?;
    }
    apps::delete(State(tenant.clone()), Path(app_id)).await
}

/// Returns the number of objects that one request of each kind visits in a tenant with deleted apps and connectors.
async fn visited(deleted: usize) -> usize {
    let tenant = tenant();
    for number in 0..deleted {
        let (app_id, id) = create(&tenant).await;
        assert_eq!(delete(&tenant, app_id, id, number).await.unwrap().0, json!({}));
    }
    let take = || tenant.read(|data| data.apps.take_visited() + data.connectors.take_visited());
    take();
    assert!(requests(&tenant).await.unwrap().iter().all(|response| response.0.is_object()));
    take()
}

#[tokio::test]
async fn requests_visit_no_deleted_objects() {
    let without = visited(0).await;
    assert!(without > 10, "{without} objects are too few to be all");
    assert_eq!(visited(300).await, without);
}
