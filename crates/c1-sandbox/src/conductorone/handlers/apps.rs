//! Apps, which contain connectors.

use axum::Extension;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand;
use super::super::fields::{self, FieldType, Fields};
use super::super::model::app::{App, AppOwners};
use super::super::paging::Paging;
use super::super::tenant::{Caller, Tenant};
use crate::identifiers::conductorone_id;

/// Fields that callers can set. Source: `c1.api.app.v1.App` in ConductorOne's OpenAPI document, without read-only fields.
pub(crate) const FIELDS: &Fields = &[
    (
        "accessModel",
        FieldType::Name(&[
            "APP_ACCESS_MODEL_UNSPECIFIED",
            "APP_ACCESS_MODEL_CLASSIC",
            "APP_ACCESS_MODEL_HYBRID",
            "APP_ACCESS_MODEL_SPARSE",
        ]),
    ),
    ("annotations", FieldType::TextMap),
    ("appUserMapper", FieldType::Message),
    ("certifyPolicyId", FieldType::Text),
    ("connectorVersion", FieldType::Number),
    ("defaultRequestCatalogId", FieldType::Text),
    ("description", FieldType::Text),
    ("displayName", FieldType::Text),
    ("enableConnectorSourcedOwnership", FieldType::Flag),
    ("grantPolicyId", FieldType::Text),
    ("iconUrl", FieldType::Text),
    (
        "identityMatching",
        FieldType::Name(&[
            "APP_USER_IDENTITY_MATCHING_UNSPECIFIED",
            "APP_USER_IDENTITY_MATCHING_STRICT",
            "APP_USER_IDENTITY_MATCHING_DISPLAY_NAME",
            "APP_USER_IDENTITY_MATCHING_CUSTOM",
        ]),
    ),
    ("instructions", FieldType::Text),
    ("isManuallyManaged", FieldType::Flag),
    ("matchBatonRef", FieldType::Message),
    ("monthlyCostUsd", FieldType::Number),
    ("revokeGrantSources", FieldType::Flag),
    ("revokePolicyId", FieldType::Text),
    ("strictAccessEntitlementProvisioning", FieldType::Flag),
];

/// Apps as related objects.
pub(crate) const OBJECT: expand::Object =
    expand::Object { message: "c1.api.app.v1.App", find: |tenant, id| tenant.read(|data| data.app(id).ok().map(view)) };

/// `POST /api/v1/apps`. The caller becomes the owner if the request has no owners.
pub(crate) async fn create(
    State(tenant): State<Tenant>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<Map<String, Value>>,
) -> Result<Json<Value>, Rejection> {
    let mut stored = fields::zeros(FIELDS);
    for name in request.keys().filter(|name| fields::contains(FIELDS, name)) {
        fields::set(FIELDS, &mut stored, name, &request)?;
    }
    require_name(&stored)?;
    let named: Vec<String> = match request.get("owners") {
        None | Some(Value::Null) => Vec::new(),
        Some(owners) => Vec::deserialize(owners).map_err(|_| Rejection::invalid("owners: invalid value"))?,
    };
    let owners = if named.is_empty() { vec![caller.user_id] } else { tenant.synced().resolve_owners(&named)? };
    tenant.change(|data| {
        let now = tenant.now();
        let app = App {
            id: conductorone_id(),
            fields: stored,
            owners: AppOwners::new(owners),
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        let response = json!({"app": view(&app)});
        data.apps.put(app);
        Ok(Json(response))
    })
}

fn require_name(stored: &Map<String, Value>) -> Result<(), Rejection> {
    match stored.get("displayName").and_then(Value::as_str) {
        None | Some("") => Err(Rejection::invalid("displayName: is required")),
        Some(_) => Ok(()),
    }
}

/// `GET /api/v1/apps/{id}`. Returns a deleted app with `deletedAt`: public clients handle such records.
pub(crate) async fn get(State(tenant): State<Tenant>, Path(id): Path<String>) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| {
        let app = data.apps.get(&id).ok_or_else(|| Rejection::not_found("app not found"))?;
        Ok(Json(json!({"app": view(app)})))
    })
}

/// `GET /api/v1/apps`.
pub(crate) async fn list(State(tenant): State<Tenant>, paging: Paging) -> Result<Json<Value>, Rejection> {
    page(&tenant, &paging, |_| true)
}

/// The conditions of an app search that the sandbox supports. `query` is fuzzy in the service, and a substring here.
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
    let ids = search.app_ids.unwrap_or_default();
    let excluded_ids = search.exclude_app_ids.unwrap_or_default();
    let name = search.display_name.unwrap_or_default().to_lowercase();
    let query = search.query.unwrap_or_default().to_lowercase();
    // No app of the sandbox is a directory.
    let matches_none = search.only_directories.unwrap_or_default();
    page(&tenant, &search.paging, |app| {
        let display_name = app.display_name().to_lowercase();
        !matches_none
            && (ids.is_empty() || ids.contains(&app.id))
            && !excluded_ids.contains(&app.id)
            && (name.is_empty() || display_name == name)
            && display_name.contains(&query)
    })
}

fn page(tenant: &Tenant, paging: &Paging, matches: impl Fn(&App) -> bool) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| {
        let (apps, next) = paging.page_of(&data.apps, None, matches)?;
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

/// `POST /api/v1/apps/{id}`. Without a mask, the update sets the fields of its body: ConductorOne's own Terraform
/// provider sends no mask.
pub(crate) async fn update(
    State(tenant): State<Tenant>,
    Path(id): Path<String>,
    Body(Update { app: message, update_mask }): Body<Update>,
) -> Result<Json<Value>, Rejection> {
    let message = message.ok_or_else(|| Rejection::invalid("app: is required"))?;
    let paths = match &update_mask {
        Some(mask) => fields::mask_paths(mask),
        None => message.keys().map(String::as_str).filter(|name| fields::contains(FIELDS, name)).collect(),
    };
    tenant.change(|data| {
        data.change_app(&id, |app| {
            for path in paths {
                fields::set(FIELDS, &mut app.fields, path, &message)?;
            }
            require_name(&app.fields)?;
            app.updated_at = tenant.now();
            Ok(Json(json!({"app": view(app)})))
        })
    })
}

/// `DELETE /api/v1/apps/{id}`. Marks the app and its connectors as deleted.
pub(crate) async fn delete(State(tenant): State<Tenant>, Path(id): Path<String>) -> Result<Json<Value>, Rejection> {
    tenant.change(|data| data.delete_app(&id, tenant.now()))?;
    Ok(Json(json!({})))
}

/// Returns `c1.api.app.v1.App` with all its fields.
fn view(app: &App) -> Value {
    let mut view = app.fields.clone();
    let read_only = json!({
        "id": app.id,
        "appAccountId": "",
        "appAccountName": "",
        // Empty on live tenants too: owners have their own endpoint.
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
