//! Resource types of an app.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand;
use super::super::paging::Paging;
use super::super::synced::kind::ResourceKind;
use super::super::tenant::Tenant;
use super::lists;

/// Resource types as related objects.
pub(crate) const OBJECT: expand::Object = expand::Object {
    message: "c1.api.app.v1.AppResourceType",
    find: |tenant, id| types(tenant, |_| true).into_iter().find(|kind| kind["id"] == id),
};

/// Returns the kinds of resource types, as the database names them. If none of the types exists, returns a kind that no
/// resource has, because an empty list would be no condition.
pub(super) fn kinds(tenant: &Tenant, type_ids: &[String]) -> Vec<String> {
    if type_ids.is_empty() {
        return Vec::new();
    }
    let kinds: Vec<String> = tenant.read(|data| {
        let types = data.apps.active().flat_map(|app| ResourceKind::ALL.map(|kind| (kind.type_id(&app.id), kind)));
        types.filter(|(id, _)| type_ids.contains(id)).map(|(_, kind)| kind.as_str().to_owned()).collect()
    });
    if kinds.is_empty() { vec![String::new()] } else { kinds }
}

/// Returns `c1.api.app.v1.AppResourceType`.
fn type_view(app: &str, created_at: Value, kind: ResourceKind) -> Value {
    json!({
        "appId": app,
        "createdAt": created_at,
        "deletedAt": null,
        "displayName": kind.display_name(),
        "id": kind.type_id(app),
        "traitIds": [kind.as_str()],
        "updatedAt": created_at,
    })
}

/// Returns the resource types of the active apps that match and have a connector.
fn types(tenant: &Tenant, matches: impl Fn(&str) -> bool) -> Vec<Value> {
    tenant.read(|data| {
        let apps = data.apps.active().filter(|app| matches(&app.id));
        let connected = apps.filter(|app| data.connectors.active_of(&app.id).next().is_some());
        connected
            .flat_map(|app| ResourceKind::ALL.map(|kind| type_view(&app.id, json!(app.created_at), kind)))
            .collect()
    })
}

fn type_page(
    paging: &Paging,
    types: &[Value],
    view: impl Fn(&Value) -> Value,
) -> Result<(Vec<Value>, String), Rejection> {
    let id = |kind: &Value| kind["id"].as_str().unwrap_or_default().to_owned();
    let ids: Vec<(String, &Value)> = types.iter().map(|kind| (id(kind), kind)).collect();
    let (page, next) = paging.page(&ids, |(id, _)| id)?;
    Ok((page.into_iter().map(|(_, kind)| view(kind)).collect(), next))
}

/// `GET /api/v1/apps/{app_id}/resource_types`.
pub(crate) async fn list(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| data.app(&app_id).map(drop))?;
    let types = types(&tenant, |app| app == app_id);
    let (list, next) = type_page(&paging, &types, |kind| json!({"appResourceType": kind, "appPath": ""}))?;
    Ok(Json(lists::response(list, next)))
}

/// `GET /api/v1/apps/{app_id}/resource_types/{id}`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    let mut types = types(&tenant, |app| app == app_id);
    types.retain(|kind| kind["id"] == id.as_str());
    let view = json!({"appResourceType": lists::only(types, "resource type")?, "appPath": ""});
    Ok(Json(json!({"appResourceTypeView": view, "expanded": []})))
}

/// The conditions of a resource type search that the sandbox supports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search {
    #[serde(flatten)]
    paging: Paging,
    app_ids: Option<Vec<String>>,
    resource_type_ids: Option<Vec<String>>,
    exclude_resource_type_ids: Option<Vec<String>>,
    display_name: Option<String>,
    query: Option<String>,
}

/// `POST /api/v1/search/app_resource_types`: a list of types, not of views.
pub(crate) async fn search(State(tenant): State<Tenant>, Body(search): Body<Search>) -> Result<Json<Value>, Rejection> {
    let (app_ids, ids) = (search.app_ids.unwrap_or_default(), search.resource_type_ids.unwrap_or_default());
    let excluded_ids = search.exclude_resource_type_ids.unwrap_or_default();
    let name = search.display_name.unwrap_or_default().to_lowercase();
    let query = search.query.unwrap_or_default().to_lowercase();
    let mut types = types(&tenant, |app_id| app_ids.is_empty() || app_ids.iter().any(|named| named == app_id));
    types.retain(|kind| {
        let id = kind["id"].as_str().unwrap_or_default();
        let display_name = kind["displayName"].as_str().unwrap_or_default().to_lowercase();
        let is_in = |list: &[String]| list.iter().any(|named| named == id);
        (ids.is_empty() || is_in(&ids))
            && !is_in(&excluded_ids)
            && (name.is_empty() || display_name == name)
            && display_name.contains(&query)
    });
    let (list, next) = type_page(&search.paging, &types, Value::clone)?;
    Ok(Json(json!({"list": list, "nextPageToken": next})))
}
