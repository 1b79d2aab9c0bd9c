//! Users of the tenant, and introspection of the caller.

use axum::Extension;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand::{self, Expansion, Mask, Relation};
use super::super::model::user::User;
use super::super::paging::Paging;
use super::super::synced::users::UserFilter;
use super::super::tenant::{Caller, Tenant};
use super::lists::{self, Reference};
use super::roles;

/// Users as related objects.
pub(crate) const OBJECT: expand::Object = expand::Object {
    message: "c1.api.user.v1.User",
    find: |tenant, id| tenant.synced().user(id).ok().map(|found| user(&found)),
};

/// The paths of `c1.api.user.v1.UserExpandMask` except `directory_ids`: the sandbox has no such objects.
const RELATED: &[Relation] = &[
    Relation::new("role_ids", "rolesPath", &["/user/roleIds"], &roles::OBJECT),
    Relation::new("manager_ids", "managersPath", &["/user/managerIds"], &OBJECT),
    Relation::new("delegated_user_id", "delegatedUserPath", &["/user/delegatedUserId"], &OBJECT),
];

/// `GET /api/v1/auth/introspect`: the principal of the token.
pub(crate) async fn introspect_token(
    State(tenant): State<Tenant>,
    Extension(caller): Extension<Caller>,
) -> Json<Value> {
    let tenant_id = tenant.read(|data| data.tenant_id.clone());
    Json(json!({
        "deviceClientId": "",
        "disabledModules": [],
        "features": [],
        "permissions": ["permission/c1.api.auth.v1.Auth.Introspect"],
        "principleId": caller.client_id,
        // Service roles from public clients. Every credential of the sandbox belongs to an administrator.
        "roles": ["role/c1.api.tenant.v1.Tenant:owner", "role/c1.api.app.v1.Apps:owner"],
        "tenantId": tenant_id,
        "userId": caller.user_id,
    }))
}

/// Body of an introspection request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Introspect {
    #[serde(default)]
    expand_mask: Mask,
}

/// `POST /api/v1/users/introspect`: the caller as a user.
pub(crate) async fn introspect(
    State(tenant): State<Tenant>,
    Extension(caller): Extension<Caller>,
    Body(Introspect { expand_mask }): Body<Introspect>,
) -> Result<Json<Value>, Rejection> {
    response(&tenant, &caller.user_id, &expand_mask)
}

/// `GET /api/v1/users/{id}`.
pub(crate) async fn get(State(tenant): State<Tenant>, Path(id): Path<String>) -> Result<Json<Value>, Rejection> {
    response(&tenant, &id, &Mask::default())
}

fn response(tenant: &Tenant, id: &str, mask: &Mask) -> Result<Json<Value>, Rejection> {
    let mut expansion = Expansion::new(tenant, mask, RELATED);
    let view = expansion.expand(view(&tenant.synced().user(id)?));
    Ok(Json(json!({"userView": view, "expanded": expansion.into_objects()})))
}

/// `GET /api/v1/users`.
pub(crate) async fn list(State(tenant): State<Tenant>, paging: Paging) -> Result<Json<Value>, Rejection> {
    page(&tenant, &paging, &UserFilter::default(), &Mask::default())
}

/// The conditions of a user search that the sandbox supports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search {
    #[serde(flatten)]
    paging: Paging,
    email: Option<String>,
    query: Option<String>,
    ids: Option<Vec<String>>,
    refs: Option<Vec<Reference>>,
    exclude_ids: Option<Vec<String>>,
    role_ids: Option<Vec<String>>,
    user_statuses: Option<Vec<String>>,
    exclude_types: Option<Vec<String>>,
    #[serde(default)]
    expand_mask: Mask,
}

/// `POST /api/v1/search/users`. `email` is the whole address, case-insensitive; `query` is a part of the name or address.
pub(crate) async fn search(State(tenant): State<Tenant>, Body(search): Body<Search>) -> Result<Json<Value>, Rejection> {
    let filter = UserFilter {
        email: search.email.unwrap_or_default(),
        query: search.query.unwrap_or_default(),
        ids: lists::ids(search.ids, search.refs),
        excluded_ids: search.exclude_ids.unwrap_or_default(),
        role_ids: search.role_ids.unwrap_or_default(),
        statuses: search.user_statuses.unwrap_or_default(),
        excluded_types: search.exclude_types.unwrap_or_default(),
    };
    page(&tenant, &search.paging, &filter, &search.expand_mask)
}

fn page(tenant: &Tenant, paging: &Paging, filter: &UserFilter, mask: &Mask) -> Result<Json<Value>, Rejection> {
    let (users, next) = tenant.synced().users(paging, filter)?;
    let mut expansion = Expansion::new(tenant, mask, RELATED);
    let list: Vec<Value> = users.iter().map(|user| expansion.expand(view(user))).collect();
    Ok(Json(json!({"list": list, "expanded": expansion.into_objects(), "nextPageToken": next})))
}

/// Returns `c1.api.user.v1.UserView` with all its fields and empty paths.
fn view(user: &User) -> Value {
    json!({
        "delegatedUserPath": "",
        "directoriesPath": "",
        "managersPath": "",
        "objectPermissions": null,
        "rolesPath": "",
        "user": self::user(user),
        "userId": user.id,
    })
}

/// Returns `c1.api.user.v1.User` with all its fields.
pub(crate) fn user(user: &User) -> Value {
    json!({
            "createdAt": user.created_at,
            "delegatedUserId": "",
            "deletedAt": null,
            "department": "",
            "departmentSources": [],
            "directoryIds": user.directory.iter().collect::<Vec<_>>(),
            "directoryStatus": user.status,
            "directoryStatusSources": [],
            "displayName": user.display_name,
            "email": user.email,
            "emailSources": [],
            "emails": [user.email],
            "employeeIdSources": [],
            "employeeIds": [],
            "employmentStatus": "",
            "employmentStatusSources": [],
            "employmentType": "",
            "employmentTypeSources": [],
            "id": user.id,
            "jobTitle": "",
            "jobTitleSources": [],
            "managerIds": [],
            "managerSources": [],
            "origin": if user.directory.is_some() { "USER_ORIGIN_DIRECTORY" } else { "USER_ORIGIN_LOCAL" },
            "profile": null,
            "roleIds": user.role_ids,
            "status": user.status,
            "type": user.kind,
            "updatedAt": user.created_at,
            "username": user.email,
            "usernameSources": [],
            "usernames": [user.email],
    })
}
