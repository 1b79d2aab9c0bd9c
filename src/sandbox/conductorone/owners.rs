//! Owners of a connector by role, ConductorOne's draft API v2. The same owners as `userIds`.
//!
//! ConductorOne publishes no role names; the sandbox knows one. Entitlements cannot own anything here.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Body;
use super::error::Rejection;
use super::paging::Paging;
use super::tenant::{Connector, Data, Tenant, User};
use super::users;
use crate::sandbox::clock::Timestamp;

/// The one role. ConductorOne's OpenAPI document only hints at a "primary" one.
const PRIMARY: &str = "primary";

/// Body of a replacement.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Set {
    role_slug: Option<String>,
    user_refs: Option<Vec<users::Reference>>,
    app_entitlement_refs: Option<Vec<Value>>,
}

/// `PUT …/owners`: replaces the owners of a role.
pub(crate) async fn set(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    Body(Set { role_slug, user_refs, app_entitlement_refs }): Body<Set>,
) -> Result<Json<Value>, Rejection> {
    require_role(role_slug.as_deref().unwrap_or_default())?;
    if !app_entitlement_refs.unwrap_or_default().is_empty() {
        return Err(Rejection::unimplemented("the sandbox has no owners by entitlement"));
    }
    let ids: Vec<String> = user_refs.unwrap_or_default().into_iter().map(|user| user.id).collect();
    change(&tenant, &app_id, &id, |data| data.owners(&ids)).map(|()| Json(json!({})))
}

/// The query of a list of owners, besides its page.
#[derive(Deserialize)]
pub(crate) struct Condition {
    role_slug: Option<String>,
}

/// `GET …/owners/users`.
pub(crate) async fn list_users(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    Query(condition): Query<Condition>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let wanted = condition.role_slug.is_none_or(|slug| slug.is_empty() || slug == PRIMARY);
    tenant.read(|data| {
        let connector = data.connector(&app_id, &id)?;
        let owns = |user: &User| wanted && connector.user_ids.contains(&user.id);
        let (owners, next) = paging.page(&data.users, |user| &user.id, owns)?;
        let list: Vec<Value> = owners.into_iter().map(|user| view(connector, user)).collect();
        Ok(Json(json!({"list": list, "nextPageToken": next})))
    })
}

/// `GET …/owners/entitlements`: always nobody.
pub(crate) async fn list_entitlements(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| data.connector(&app_id, &id).map(|_| ()))?;
    Ok(Json(json!({"list": [], "nextPageToken": ""})))
}

/// The path of one owner: app, connector, role, user.
type OwnerPath = Path<(String, String, String, String)>;

/// `GET …/owners/users/{role_slug}/{user_ref_id}`.
pub(crate) async fn get_user(
    State(tenant): State<Tenant>,
    Path((app_id, id, slug, user_id)): OwnerPath,
) -> Result<Json<Value>, Rejection> {
    one(&tenant, &app_id, &id, &slug, &user_id)
}

/// `POST …/owners/users/{role_slug}/{user_ref_id}`. An owner who is one already stays one.
pub(crate) async fn add_user(
    State(tenant): State<Tenant>,
    Path((app_id, id, slug, user_id)): OwnerPath,
) -> Result<Json<Value>, Rejection> {
    require_role(&slug)?;
    change(&tenant, &app_id, &id, |data| {
        let mut owners = data.connector(&app_id, &id)?.user_ids.clone();
        owners.push(user_id.clone());
        data.owners(&owners)
    })?;
    one(&tenant, &app_id, &id, &slug, &user_id)
}

/// `DELETE …/owners/users/{role_slug}/{user_ref_id}`.
pub(crate) async fn remove_user(
    State(tenant): State<Tenant>,
    Path((app_id, id, slug, user_id)): OwnerPath,
) -> Result<Json<Value>, Rejection> {
    one(&tenant, &app_id, &id, &slug, &user_id).map(|_| ())?;
    change(&tenant, &app_id, &id, |data| {
        let owners = &data.connector(&app_id, &id)?.user_ids;
        Ok(owners.iter().filter(|owner| **owner != user_id).cloned().collect())
    })?;
    Ok(Json(json!({})))
}

fn change(
    tenant: &Tenant,
    app_id: &str,
    id: &str,
    owners: impl FnOnce(&Data) -> Result<Vec<String>, Rejection>,
) -> Result<(), Rejection> {
    tenant.change(|data| {
        let owners = owners(data)?;
        let connector = data.connector_mut(app_id, id)?;
        connector.user_ids = owners;
        connector.updated_at = Timestamp::now();
        Ok(())
    })
}

fn one(tenant: &Tenant, app_id: &str, id: &str, slug: &str, user_id: &str) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| {
        let connector = data.connector(app_id, id)?;
        let found = data.users.iter().find(|user| user.id == user_id && connector.user_ids.contains(&user.id));
        let user = found.filter(|_| slug == PRIMARY).ok_or_else(|| Rejection::not_found("owner not found"))?;
        Ok(Json(json!({"connectorOwnerUser": view(connector, user)})))
    })
}

fn require_role(slug: &str) -> Result<(), Rejection> {
    if slug == PRIMARY { Ok(()) } else { Err(Rejection::invalid("roleSlug: unknown role")) }
}

/// `c1.api.app.v2.ConnectorOwnerUser`, every field of it.
fn view(connector: &Connector, user: &User) -> Value {
    json!({
        "appId": connector.app_id,
        "connectorId": connector.id,
        "createdAt": connector.created_at,
        "roleSlug": PRIMARY,
        "user": users::user(user),
    })
}
