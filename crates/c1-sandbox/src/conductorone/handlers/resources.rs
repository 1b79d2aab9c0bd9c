//! Resources: the groups, apps and admin roles of an Okta org.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand;
use super::super::lookup;
use super::super::paging::Paging;
use super::super::synced::query::Conditions;
use super::super::synced::resource::Resource;
use super::super::tenant::Tenant;
use super::lists::{self, Reference};
use super::resource_types::kinds;

/// Resources as related objects.
pub(crate) const OBJECT: expand::Object = expand::Object {
    message: "c1.api.app.v1.AppResource",
    find: |tenant, id| lookup::resource(tenant, "resource.id", id).map(|resource| view(tenant, &resource)),
};

/// Returns `c1.api.app.v1.AppResource` with all its fields.
fn view(tenant: &Tenant, resource: &Resource) -> Value {
    json!({
        "accessConfigId": "",
        "agentTrait": null,
        "annotations": {},
        "appId": resource.app_id,
        "appResourceTypeId": resource.kind.type_id(&resource.app_id),
        "createdAt": resource.completed_at,
        "customDescription": "",
        "deletedAt": null,
        "description": resource.description,
        "displayName": resource.name,
        "externalId": resource.external_id,
        "grantCount": grant_count(tenant, resource),
        "id": resource.id,
        "matchBatonId": "",
        "nhiDetail": "",
        "nhiType": "NHI_TYPE_UNSPECIFIED",
        "parentAppResourceId": "",
        "parentAppResourceTypeId": "",
        "profile": {},
        "secretTrait": null,
        "updatedAt": resource.completed_at,
    })
}

/// Returns `c1.api.app.v1.AppResourceView` with empty paths.
fn row_view(tenant: &Tenant, resource: &Resource) -> Value {
    json!({
        "appResource": view(tenant, resource),
        "appPath": "",
        "objectPermissions": null,
        "parentResourcePath": "",
        "parentResourceTypePath": "",
        "resourceTypePath": "",
    })
}

/// Returns the number of accounts with a grant of the resource, a 64-bit number as a string.
pub(super) fn grant_count(tenant: &Tenant, resource: &Resource) -> String {
    tenant.synced().grant_count(resource).unwrap_or_default().to_string()
}

/// Returns the conditions for the resource of an app with this type and ID.
pub(super) fn with_id(tenant: &Tenant, app_id: &str, type_id: String, id: String) -> Result<Conditions, Rejection> {
    let any_of = vec![("resource.kind", kinds(tenant, &[type_id])), ("resource.id", vec![id])];
    lookup::of_app(tenant, app_id, any_of)
}

/// `GET /api/v1/apps/{app_id}/resource_types/{type}/resources`.
pub(crate) async fn list(
    State(tenant): State<Tenant>,
    Path((app_id, type_id)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let any_of = vec![("resource.kind", kinds(&tenant, &[type_id]))];
    let conditions = lookup::of_app(&tenant, &app_id, any_of)?;
    let (resources, next) = lookup::resources(&tenant, &paging, &conditions)?;
    let list = resources.iter().map(|resource| row_view(&tenant, resource)).collect();
    Ok(Json(lists::response(list, next)))
}

/// `GET /api/v1/apps/{app_id}/resource_types/{type}/resources/{id}`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Path((app_id, type_id, id)): Path<(String, String, String)>,
) -> Result<Json<Value>, Rejection> {
    let conditions = with_id(&tenant, &app_id, type_id, id)?;
    let resource = lists::only(lookup::resources(&tenant, &Paging::default(), &conditions)?.0, "resource")?;
    Ok(Json(json!({"appResourceView": row_view(&tenant, &resource), "expanded": []})))
}

/// The conditions of a resource search that the sandbox supports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search {
    #[serde(flatten)]
    paging: Paging,
    app_id: Option<String>,
    app_ids: Option<Vec<String>>,
    resource_ids: Option<Vec<String>>,
    exclude_resource_ids: Option<Vec<String>>,
    resource_type_ids: Option<Vec<String>>,
    refs: Option<Vec<Reference>>,
    query: Option<String>,
}

/// `POST /api/v1/search/app_resources`.
pub(crate) async fn search(State(tenant): State<Tenant>, Body(search): Body<Search>) -> Result<Json<Value>, Rejection> {
    let ids = lists::ids(search.resource_ids, search.refs);
    let kinds = kinds(&tenant, &search.resource_type_ids.unwrap_or_default());
    let conditions = Conditions {
        app_ids: lists::app_ids(search.app_id, search.app_ids),
        any_of: vec![("resource.id", ids), ("resource.kind", kinds)],
        none_of: vec![("resource.id", search.exclude_resource_ids.unwrap_or_default())],
        contains: search.query.map(|text| (&["resource.name", "resource.external_id"][..], text)),
        ..Conditions::default()
    };
    let (resources, next) = lookup::resources(&tenant, &search.paging, &conditions)?;
    let list = resources.iter().map(|resource| row_view(&tenant, resource)).collect();
    Ok(Json(lists::response(list, next)))
}
