//! Owners of an app.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::paging::Paging;
use super::super::synced::users::UserFilter;
use super::super::tenant::Tenant;
use super::users;

/// Body of a request with user IDs.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct UserIds {
    user_ids: Option<Vec<String>>,
}

/// `GET /api/v1/apps/{app_id}/owners`.
pub(crate) async fn list(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let ids = owners(&tenant, &app_id)?;
    if ids.is_empty() {
        return Ok(Json(json!({"list": [], "nextPageToken": ""})));
    }
    let (users, next) = tenant.synced().users(&paging, &UserFilter { ids, ..UserFilter::default() })?;
    Ok(Json(json!({"list": users.iter().map(users::user).collect::<Vec<_>>(), "nextPageToken": next})))
}

/// `GET /api/v1/apps/{app_id}/ownerids`.
pub(crate) async fn list_ids(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    Ok(Json(json!({"userIds": owners(&tenant, &app_id)?})))
}

/// `PUT /api/v1/apps/{app_id}/owners`. Replaces the owners.
pub(crate) async fn set(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    Body(request): Body<UserIds>,
) -> Result<Json<Value>, Rejection> {
    let owners = tenant.synced().resolve_owners(&request.user_ids.unwrap_or_default())?;
    change(&tenant, &app_id, |_| owners)
}

/// `DELETE /api/v1/apps/{app_id}/owners`. Removes owners; IDs of other users are ignored.
pub(crate) async fn delete(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    Body(request): Body<UserIds>,
) -> Result<Json<Value>, Rejection> {
    let removed = request.user_ids.unwrap_or_default();
    change(&tenant, &app_id, |owners| without(owners, &removed))
}

/// `POST /api/v1/apps/{app_id}/owners/{user_id}`. Idempotent.
pub(crate) async fn add(
    State(tenant): State<Tenant>,
    Path((app_id, user_id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    tenant.synced().user(&user_id)?;
    change(&tenant, &app_id, |mut owners| {
        if !owners.contains(&user_id) {
            owners.push(user_id);
        }
        owners
    })
}

/// `DELETE /api/v1/apps/{app_id}/owners/{user_id}`.
pub(crate) async fn remove(
    State(tenant): State<Tenant>,
    Path((app_id, user_id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    change(&tenant, &app_id, |owners| without(owners, &[user_id]))
}

fn without(owners: Vec<String>, removed: &[String]) -> Vec<String> {
    owners.into_iter().filter(|owner| !removed.contains(owner)).collect()
}

fn owners(tenant: &Tenant, app_id: &str) -> Result<Vec<String>, Rejection> {
    tenant.read(|data| Ok(data.app(app_id)?.owners.read(tenant.now()).to_vec()))
}

/// Changes the owners that were written last, which reads may not return yet.
fn change(
    tenant: &Tenant,
    app_id: &str,
    change: impl FnOnce(Vec<String>) -> Vec<String>,
) -> Result<Json<Value>, Rejection> {
    let delay = u64::try_from(tenant.timing().app_owners_delay.as_millis()).unwrap_or(u64::MAX);
    tenant.change(|data| {
        data.change_app(app_id, |app| {
            let owners = change(app.owners.written().to_vec());
            app.owners.write(owners, tenant.now(), delay);
            Ok(Json(json!({})))
        })
    })
}
