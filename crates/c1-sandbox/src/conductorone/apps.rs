//! Apps: the things that connectors feed.

use axum::Extension;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::app_owners::AppOwners;
use super::body::Body;
use super::error::Rejection;
use super::expand;
use super::fields::{self, Fields, Kind};
use super::paging::Paging;
use super::tenant::{App, Caller, Tenant};
use crate::clock::Timestamp;
use crate::identifiers::conductorone_id;

/// What callers may set. Source: `c1.api.app.v1.App` in ConductorOne's OpenAPI document, without what it marks as
/// read-only.
pub(crate) const FIELDS: &Fields = &[
    (
        "accessModel",
        Kind::Name(&[
            "APP_ACCESS_MODEL_UNSPECIFIED",
            "APP_ACCESS_MODEL_CLASSIC",
            "APP_ACCESS_MODEL_HYBRID",
            "APP_ACCESS_MODEL_SPARSE",
        ]),
    ),
    ("annotations", Kind::TextMap),
    ("appUserMapper", Kind::Message),
    ("certifyPolicyId", Kind::Text),
    ("connectorVersion", Kind::Number),
    ("defaultRequestCatalogId", Kind::Text),
    ("description", Kind::Text),
    ("displayName", Kind::Text),
    ("enableConnectorSourcedOwnership", Kind::Flag),
    ("grantPolicyId", Kind::Text),
    ("iconUrl", Kind::Text),
    (
        "identityMatching",
        Kind::Name(&[
            "APP_USER_IDENTITY_MATCHING_UNSPECIFIED",
            "APP_USER_IDENTITY_MATCHING_STRICT",
            "APP_USER_IDENTITY_MATCHING_DISPLAY_NAME",
            "APP_USER_IDENTITY_MATCHING_CUSTOM",
        ]),
    ),
    ("instructions", Kind::Text),
    ("isManuallyManaged", Kind::Flag),
    ("matchBatonRef", Kind::Message),
    ("monthlyCostUsd", Kind::Number),
    ("revokeGrantSources", Kind::Flag),
    ("revokePolicyId", Kind::Text),
    ("strictAccessEntitlementProvisioning", Kind::Flag),
];

/// Apps, as others point at them.
pub(crate) const OBJECT: expand::Object =
    expand::Object { message: "c1.api.app.v1.App", find: |tenant, id| tenant.read(|data| data.app(id).ok().map(view)) };

/// `POST /api/v1/apps`. The caller becomes the owner when none is named.
pub(crate) async fn create(
    State(tenant): State<Tenant>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<Map<String, Value>>,
) -> Result<Json<Value>, Rejection> {
    let mut stored = fields::zeros(FIELDS);
    for name in request.keys().filter(|name| fields::knows(FIELDS, name)) {
        fields::set(FIELDS, &mut stored, name, &request)?;
    }
    require_name(&stored)?;
    let named: Vec<String> = match request.get("owners") {
        None | Some(Value::Null) => Vec::new(),
        Some(owners) => Vec::deserialize(owners).map_err(|_| Rejection::invalid("owners: invalid value"))?,
    };
    let now = Timestamp::now();
    let owners = if named.is_empty() { vec![caller.user_id] } else { tenant.synced().owners(&named)? };
    tenant.change(|data| {
        let (created_at, updated_at, owners) = (now, now, AppOwners::new(owners));
        let app = App { id: conductorone_id(), fields: stored, owners, created_at, updated_at, deleted_at: None };
        let answer = json!({"app": view(&app)});
        data.apps.push(app);
        Ok(Json(answer))
    })
}

fn require_name(stored: &Map<String, Value>) -> Result<(), Rejection> {
    match stored.get("displayName").and_then(Value::as_str) {
        None | Some("") => Err(Rejection::invalid("displayName: is required")),
        Some(_) => Ok(()),
    }
}

/// `GET /api/v1/apps/{id}`. A removed app is still shown, with `deletedAt`: public clients tell of records that are
/// kept.
pub(crate) async fn get(State(tenant): State<Tenant>, Path(id): Path<String>) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| {
        let app = data.apps.iter().find(|app| app.id == id).ok_or_else(|| Rejection::not_found("app not found"))?;
        Ok(Json(json!({"app": view(app)})))
    })
}

/// `GET /api/v1/apps`.
pub(crate) async fn list(State(tenant): State<Tenant>, paging: Paging) -> Result<Json<Value>, Rejection> {
    page(&tenant, &paging, |_| true)
}

/// The conditions of an app search that the sandbox knows. `query` is fuzzy in the service and a part of the name here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search {
    #[serde(flatten)]
    paging: Paging,
    app_ids: Option<Vec<String>>,
    exclude_app_ids: Option<Vec<String>>,
    display_name: Option<String>,
    query: Option<String>,
    only_directories: Option<bool>,
}

/// `POST /api/v1/search/apps`.
pub(crate) async fn search(State(tenant): State<Tenant>, Body(search): Body<Search>) -> Result<Json<Value>, Rejection> {
    let wanted = search.app_ids.unwrap_or_default();
    let unwanted = search.exclude_app_ids.unwrap_or_default();
    let name = search.display_name.unwrap_or_default().to_lowercase();
    let part = search.query.unwrap_or_default().to_lowercase();
    // No app of the sandbox is a directory.
    let none = search.only_directories.unwrap_or_default();
    page(&tenant, &search.paging, |app| {
        let display_name = app.display_name().to_lowercase();
        !none
            && (wanted.is_empty() || wanted.contains(&app.id))
            && !unwanted.contains(&app.id)
            && (name.is_empty() || display_name == name)
            && display_name.contains(&part)
    })
}

fn page(tenant: &Tenant, paging: &Paging, keep: impl Fn(&App) -> bool) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| {
        let (apps, next) = paging.page(&data.apps, |app| &app.id, |app| app.deleted_at.is_none() && keep(app))?;
        let list: Vec<Value> = apps.into_iter().map(view).collect();
        Ok(Json(json!({"list": list, "nextPageToken": next})))
    })
}

/// Body of an app update.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    app: Option<Map<String, Value>>,
    update_mask: Option<String>,
}

/// `POST /api/v1/apps/{id}`. Without a mask the fields that the body has are set: ConductorOne's own Terraform
/// provider sends none.
pub(crate) async fn update(
    State(tenant): State<Tenant>,
    Path(id): Path<String>,
    Body(Update { app: message, update_mask }): Body<Update>,
) -> Result<Json<Value>, Rejection> {
    let message = message.ok_or_else(|| Rejection::invalid("app: is required"))?;
    let paths = match &update_mask {
        Some(mask) => fields::mask(mask),
        None => message.keys().map(String::as_str).filter(|name| fields::knows(FIELDS, name)).collect(),
    };
    tenant.change(|data| {
        let app = data.app_mut(&id)?;
        for path in paths {
            fields::set(FIELDS, &mut app.fields, path, &message)?;
        }
        require_name(&app.fields)?;
        app.updated_at = Timestamp::now();
        Ok(Json(json!({"app": view(app)})))
    })
}

/// `DELETE /api/v1/apps/{id}`. Soft: the app and its connectors stay, marked as removed.
pub(crate) async fn delete(State(tenant): State<Tenant>, Path(id): Path<String>) -> Result<Json<Value>, Rejection> {
    tenant.change(|data| {
        data.app_mut(&id)?.deleted_at = Some(Timestamp::now());
        for connector in data.connectors.iter_mut().filter(|connector| connector.app_id == id) {
            if connector.deleted_at.is_none() {
                connector.delete();
            }
        }
        Ok(Json(json!({})))
    })
}

/// `c1.api.app.v1.App`, every field of it.
fn view(app: &App) -> Value {
    let mut view = app.fields.clone();
    let read_only = json!({
        "id": app.id,
        "appAccountId": "",
        "appAccountName": "",
        // Stays empty on live tenants too; owners have an endpoint of their own.
        "appOwners": [],
        "createdAt": app.created_at,
        "deletedAt": app.deleted_at,
        "fieldMask": null,
        "isDirectory": false,
        "logoUri": "",
        "parentAppId": "",
        "updatedAt": app.updated_at,
        "userCount": "0",
    });
    if let Value::Object(read_only) = read_only {
        view.extend(read_only);
    }
    Value::Object(view)
}
