//! Users of the tenant, and who the caller is.

use axum::Extension;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::Body;
use super::error::Rejection;
use super::expand::{self, Expansion, Mask, Relation};
use super::paging::Paging;
use super::roles;
use super::synced::people::Wanted;
use super::tenant::{Caller, Tenant, User};

/// Users, as others point at them.
pub(crate) const OBJECT: expand::Object = expand::Object {
    message: "c1.api.user.v1.User",
    find: |tenant, id| tenant.synced().user(id).ok().map(|found| user(&found)),
};

/// The paths of `c1.api.user.v1.UserExpandMask` but `directory_ids`: the sandbox keeps no such objects.
const RELATED: &[Relation] = &[
    Relation::new("role_ids", "rolesPath", &["/user/roleIds"], &roles::OBJECT),
    Relation::new("manager_ids", "managersPath", &["/user/managerIds"], &OBJECT),
    Relation::new("delegated_user_id", "delegatedUserPath", &["/user/delegatedUserId"], &OBJECT),
];

/// `GET /api/v1/auth/introspect`: the principal behind the token.
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
        // Service roles as public clients know them; every credential of the sandbox is an administrator's.
        "roles": ["role/c1.api.tenant.v1.Tenant:owner", "role/c1.api.app.v1.Apps:owner"],
        "tenantId": tenant_id,
        "userId": caller.user_id,
    }))
}

/// Body of the question who the caller is.
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
    answer(&tenant, &caller.user_id, &expand_mask)
}

/// `GET /api/v1/users/{id}`.
pub(crate) async fn get(State(tenant): State<Tenant>, Path(id): Path<String>) -> Result<Json<Value>, Rejection> {
    answer(&tenant, &id, &Mask::default())
}

fn answer(tenant: &Tenant, id: &str, mask: &Mask) -> Result<Json<Value>, Rejection> {
    let mut expansion = Expansion::new(tenant, mask, RELATED);
    let view = expansion.point(view(&tenant.synced().user(id)?));
    Ok(Json(json!({"userView": view, "expanded": expansion.into_objects()})))
}

/// `GET /api/v1/users`.
pub(crate) async fn list(State(tenant): State<Tenant>, paging: Paging) -> Result<Json<Value>, Rejection> {
    page(&tenant, &paging, &Wanted::default(), &Mask::default())
}

/// A user that a request names.
#[derive(Deserialize)]
pub(crate) struct Reference {
    #[serde(default)]
    pub(crate) id: String,
}

/// The conditions of a user search that the sandbox knows; each that is given has to hold.
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

/// `POST /api/v1/search/users`. `email` is the whole address, in any case; `query` a part of name or address.
pub(crate) async fn search(State(tenant): State<Tenant>, Body(search): Body<Search>) -> Result<Json<Value>, Rejection> {
    let mut ids = search.ids.unwrap_or_default();
    ids.extend(search.refs.unwrap_or_default().into_iter().map(|reference| reference.id));
    let wanted = Wanted {
        email: search.email.unwrap_or_default(),
        part: search.query.unwrap_or_default(),
        ids,
        not_ids: search.exclude_ids.unwrap_or_default(),
        roles: search.role_ids.unwrap_or_default(),
        statuses: search.user_statuses.unwrap_or_default(),
        not_kinds: search.exclude_types.unwrap_or_default(),
    };
    page(&tenant, &search.paging, &wanted, &search.expand_mask)
}

fn page(tenant: &Tenant, paging: &Paging, wanted: &Wanted, mask: &Mask) -> Result<Json<Value>, Rejection> {
    let (users, next) = tenant.synced().users(paging, wanted)?;
    let mut expansion = Expansion::new(tenant, mask, RELATED);
    let list: Vec<Value> = users.iter().map(|user| expansion.point(view(user))).collect();
    Ok(Json(json!({"list": list, "expanded": expansion.into_objects(), "nextPageToken": next})))
}

/// `c1.api.user.v1.UserView`, every field of it, pointing at nothing yet.
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

/// `c1.api.user.v1.User`, every field of it.
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
