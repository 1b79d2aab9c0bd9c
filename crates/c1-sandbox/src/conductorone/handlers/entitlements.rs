//! Entitlements: membership of a group, access to an app, assignment of an admin role.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand::{self, Expansion, Mask, Relation};
use super::super::lookup;
use super::super::paging::Paging;
use super::super::synced::query::Conditions;
use super::super::synced::resource::{RESOURCES_OF_ACCOUNT, Resource};
use super::super::tenant::Tenant;
use super::apps;
use super::lists::{self, Reference};
use super::resource_types;
use super::resources;

/// Entitlements as related objects.
pub(crate) const OBJECT: expand::Object = expand::Object {
    message: "c1.api.app.v1.AppEntitlement",
    find: |tenant, id| lookup::resource(tenant, "resource.entitlement", id).map(|resource| view(tenant, &resource)),
};

/// The paths of `c1.api.app.v1.AppEntitlementExpandMask`.
pub(super) const RELATED: &[Relation] = &[
    Relation::new("app_id", "appPath", &["/appEntitlement/appId"], &apps::OBJECT),
    Relation::new(
        "app_resource_type_id",
        "appResourceTypePath",
        &["/appEntitlement/appResourceTypeId"],
        &resource_types::OBJECT,
    ),
    Relation::new("app_resource_id", "appResourcePath", &["/appEntitlement/appResourceId"], &resources::OBJECT),
];

/// Returns `c1.api.app.v1.AppEntitlement` of a resource, with all its fields.
pub(crate) fn view(tenant: &Tenant, resource: &Resource) -> Value {
    let slug = resource.kind.entitlement();
    let mut sources = Map::new();
    sources.insert(resource.connector_id.clone(), json!(resource.id));
    json!({
        "alias": "",
        "annotations": {},
        "appId": resource.app_id,
        "appResourceId": resource.id,
        "appResourceTypeId": resource.kind.type_id(&resource.app_id),
        "certifyPolicyId": "",
        "complianceFrameworkValueIds": [],
        "createdAt": resource.completed_at,
        "defaultValuesApplied": false,
        "deletedAt": null,
        "deprovisionerPolicy": null,
        "description": "",
        "displayName": format!("{} {slug}", resource.name),
        "durationGrant": null,
        "durationUnset": {},
        "emergencyGrantEnabled": false,
        "emergencyGrantPolicyId": "",
        "externalId": "",
        "grantCount": resources::grant_count(tenant, resource),
        "grantPolicyId": "",
        "id": resource.entitlement_id,
        "isAutomationEnabled": false,
        "isManuallyManaged": false,
        "matchBatonId": "",
        "overrideAccessRequestsDefaults": false,
        "provisionerPolicy": null,
        "purpose": "APP_ENTITLEMENT_PURPOSE_VALUE_ASSIGNMENT",
        "requestSchemaId": "",
        "revokePolicyId": "",
        "riskLevelValueId": "",
        "slug": slug,
        "sourceConnectorIds": sources,
        "systemBuiltin": false,
        "updatedAt": resource.completed_at,
        "userEditedMask": null,
    })
}

/// Returns `c1.api.app.v1.AppEntitlementView` with empty paths.
pub(super) fn row_view(tenant: &Tenant, resource: &Resource) -> Value {
    json!({
        "appEntitlement": view(tenant, resource),
        "appPath": "",
        "appResourcePath": "",
        "appResourceTypePath": "",
        "objectPermissions": null,
    })
}

fn response(tenant: &Tenant, (resources, next): (Vec<Resource>, String), mask: &Mask) -> Json<Value> {
    let mut expansion = Expansion::new(tenant, mask, RELATED);
    let list = resources.iter().map(|resource| expansion.expand(row_view(tenant, resource))).collect();
    Json(lists::expanded_response(list, next, expansion.into_objects()))
}

/// `GET /api/v1/apps/{app_id}/entitlements`.
pub(crate) async fn list(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let conditions = lookup::of_app(&tenant, &app_id, Vec::new())?;
    Ok(response(&tenant, lookup::resources(&tenant, &paging, &conditions)?, &Mask::default()))
}

/// `GET /api/v1/apps/{app_id}/entitlements/{id}`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    let resource = lookup::entitlement(&tenant, &app_id, &id)?;
    Ok(Json(json!({"appEntitlementView": row_view(&tenant, &resource), "expanded": []})))
}

/// `GET /api/v1/apps/{app_id}/entitlements/resource_types/{type}/resources/{resource}`.
pub(crate) async fn list_of_resource(
    State(tenant): State<Tenant>,
    Path((app_id, type_id, id)): Path<(String, String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let conditions = resources::with_id(&tenant, &app_id, type_id, id)?;
    Ok(response(&tenant, lookup::resources(&tenant, &paging, &conditions)?, &Mask::default()))
}

/// `GET /api/v1/apps/{app_id}/entitlements/users/{app_user_id}`: the entitlements of one account.
pub(crate) async fn list_of_account(
    State(tenant): State<Tenant>,
    Path((app_id, account)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let conditions = lookup::of_app(&tenant, &app_id, vec![("account.id", vec![account])])?;
    let page = lookup::page(&tenant, &paging, &RESOURCES_OF_ACCOUNT, &conditions, |row| Resource::read(row, 0))?;
    Ok(response(&tenant, page, &Mask::default()))
}

/// The conditions of an entitlement search that the sandbox supports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search {
    #[serde(flatten)]
    paging: Paging,
    app_ids: Option<Vec<String>>,
    app_user_ids: Option<Vec<String>>,
    resource_ids: Option<Vec<String>>,
    resource_type_ids: Option<Vec<String>>,
    exclude_resource_type_ids: Option<Vec<String>>,
    refs: Option<Vec<Reference>>,
    display_name: Option<String>,
    query: Option<String>,
    source_connector_id: Option<String>,
    #[serde(default)]
    expand_mask: Mask,
}

/// `POST /api/v1/search/entitlements`.
pub(crate) async fn search(State(tenant): State<Tenant>, Body(search): Body<Search>) -> Result<Json<Value>, Rejection> {
    let accounts = search.app_user_ids.unwrap_or_default();
    let kinds = |ids: Option<Vec<String>>| resource_types::kinds(&tenant, &ids.unwrap_or_default());
    let name = search.display_name.filter(|name| !name.is_empty()).or(search.query);
    let has_accounts = !accounts.is_empty();
    let mut any_of = vec![
        ("resource.entitlement", lists::ids(None, search.refs)),
        ("resource.id", search.resource_ids.unwrap_or_default()),
        ("resource.kind", kinds(search.resource_type_ids)),
    ];
    any_of.extend(has_accounts.then_some(("account.id", accounts)));
    let conditions = Conditions {
        app_ids: search.app_ids.unwrap_or_default(),
        connector_ids: search.source_connector_id.into_iter().filter(|id| !id.is_empty()).collect(),
        any_of,
        none_of: vec![("resource.kind", kinds(search.exclude_resource_type_ids))],
        contains: name.map(|text| (&["resource.name"][..], text)),
    };
    let page = if has_accounts {
        lookup::page(&tenant, &search.paging, &RESOURCES_OF_ACCOUNT, &conditions, |row| Resource::read(row, 0))?
    } else {
        lookup::resources(&tenant, &search.paging, &conditions)?
    };
    Ok(response(&tenant, page, &search.expand_mask))
}
