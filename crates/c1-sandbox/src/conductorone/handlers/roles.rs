//! Roles of the tenant, which users have in `roleIds`.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::super::error::Rejection;
use super::super::expand;
use super::super::model::user::Role;
use super::super::paging::Paging;
use super::super::tenant::Tenant;

/// Roles as related objects.
pub(crate) const OBJECT: expand::Object = expand::Object {
    message: "c1.api.iam.v1.Role",
    find: |tenant, id| tenant.read(|data| data.roles.iter().find(|role| role.id == id).map(view)),
};

/// `GET /api/v1/iam/roles`.
pub(crate) async fn list(State(tenant): State<Tenant>, paging: Paging) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| {
        let (roles, next) = paging.page(&data.roles, |role| &role.id)?;
        let list: Vec<Value> = roles.into_iter().map(view).collect();
        Ok(Json(json!({"list": list, "nextPageToken": next})))
    })
}

/// `GET /api/v1/iam/roles/{id}`.
pub(crate) async fn get(State(tenant): State<Tenant>, Path(id): Path<String>) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| {
        let role = data.roles.iter().find(|role| role.id == id);
        let role = role.ok_or_else(|| Rejection::not_found("role not found"))?;
        Ok(Json(json!({"role": view(role)})))
    })
}

/// Returns `c1.api.iam.v1.Role` with all its fields.
fn view(role: &Role) -> Value {
    json!({
        "createdAt": role.created_at,
        "deletedAt": null,
        "displayName": role.display_name,
        "id": role.id,
        "name": role.name,
        "permissions": [],
        "serviceRoles": [],
        "systemApiOnly": false,
        "systemBuiltin": true,
        "updatedAt": role.created_at,
    })
}
