//! Entitlements: to be a member of a group, to have access to an app, to be assigned an admin role.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::apps;
use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand::{self, Expansion, Mask, Relation};
use super::super::paging::Paging;
use super::super::tenant::Tenant;
use super::super::users::Reference;
use super::resources::{self, Resource};
use super::rows::{self, Conditions, Question};

/// Resources that one account holds.
const OF_ACCOUNT: Question = Question {
    select: "SELECT resource.name, resource.description, resource.external, resource.kind, resource.entitlement,
                    sync.app, sync.connector, sync.completed_at, sync.id, resource.id
             FROM resource JOIN sync ON sync.id = resource.sync
             JOIN held ON held.sync = resource.sync AND held.kind = resource.kind AND held.external = resource.external
             JOIN account ON account.sync = held.sync AND account.external = held.account",
    order: &["resource.id"],
    is_grouped: true,
};

/// Entitlements, as others point at them.
pub(crate) const OBJECT: expand::Object = expand::Object {
    message: "c1.api.app.v1.AppEntitlement",
    find: |tenant, id| resources::first(tenant, "resource.entitlement", id).map(|resource| view(tenant, &resource)),
};

/// The paths of `c1.api.app.v1.AppEntitlementExpandMask`.
pub(super) const RELATED: &[Relation] = &[
    Relation::new("app_id", "appPath", &["/appEntitlement/appId"], &apps::OBJECT),
    Relation::new(
        "app_resource_type_id",
        "appResourceTypePath",
        &["/appEntitlement/appResourceTypeId"],
        &resources::TYPE_OBJECT,
    ),
    Relation::new("app_resource_id", "appResourcePath", &["/appEntitlement/appResourceId"], &resources::OBJECT),
];

/// `c1.api.app.v1.AppEntitlement` of a resource.
pub(crate) fn view(tenant: &Tenant, resource: &Resource) -> Value {
    let slug = resource.kind.entitlement();
    let mut sources = Map::new();
    sources.insert(resource.connector.clone(), json!(resource.id));
    json!({
        "alias": "",
        "annotations": {},
        "appId": resource.app,
        "appResourceId": resource.id,
        "appResourceTypeId": resource.kind.type_id(&resource.app),
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
        "grantCount": resource.grant_count(tenant),
        "grantPolicyId": "",
        "id": resource.entitlement,
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

/// `c1.api.app.v1.AppEntitlementView`, pointing at nothing yet.
pub(super) fn row_view(tenant: &Tenant, resource: &Resource) -> Value {
    json!({
        "appEntitlement": view(tenant, resource),
        "appPath": "",
        "appResourcePath": "",
        "appResourceTypePath": "",
        "objectPermissions": null,
    })
}

fn answer(tenant: &Tenant, (resources, next): (Vec<Resource>, String), mask: &Mask) -> Json<Value> {
    let mut expansion = Expansion::new(tenant, mask, RELATED);
    let list = resources.iter().map(|resource| expansion.point(row_view(tenant, resource))).collect();
    Json(rows::answer_with(list, next, expansion.into_objects()))
}

/// The entitlement of an app with this ID, as its resource.
pub(crate) fn find(tenant: &Tenant, app_id: &str, id: &str) -> Result<Resource, Rejection> {
    let any_of = vec![("resource.entitlement", vec![id.to_owned()])];
    let conditions = Conditions::of_app(tenant, app_id, any_of)?;
    rows::only(resources::page(tenant, &Paging::default(), &conditions)?.0, "app entitlement")
}

/// `GET /api/v1/apps/{app_id}/entitlements`.
pub(crate) async fn list(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let conditions = Conditions::of_app(&tenant, &app_id, Vec::new())?;
    Ok(answer(&tenant, resources::page(&tenant, &paging, &conditions)?, &Mask::default()))
}

/// `GET /api/v1/apps/{app_id}/entitlements/{id}`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    let resource = find(&tenant, &app_id, &id)?;
    Ok(Json(json!({"appEntitlementView": row_view(&tenant, &resource), "expanded": []})))
}

/// `GET /api/v1/apps/{app_id}/entitlements/resource_types/{type}/resources/{resource}`.
pub(crate) async fn of_resource(
    State(tenant): State<Tenant>,
    Path((app_id, type_id, id)): Path<(String, String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let conditions = resources::one(&tenant, &app_id, type_id, id)?;
    Ok(answer(&tenant, resources::page(&tenant, &paging, &conditions)?, &Mask::default()))
}

/// `GET /api/v1/apps/{app_id}/entitlements/users/{app_user_id}`: what one account holds.
pub(crate) async fn of_account(
    State(tenant): State<Tenant>,
    Path((app_id, account)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let conditions = Conditions::of_app(&tenant, &app_id, vec![("account.id", vec![account])])?;
    let page = rows::page(&tenant, &paging, &OF_ACCOUNT, &conditions, |row| resources::read(row, 0))?;
    Ok(answer(&tenant, page, &Mask::default()))
}

/// The conditions of a search for entitlements that the sandbox knows.
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
    let kinds = |ids: Option<Vec<String>>| resources::kinds(&tenant, &ids.unwrap_or_default());
    let name = search.display_name.filter(|name| !name.is_empty()).or(search.query);
    let is_of_accounts = !accounts.is_empty();
    let mut any_of = vec![
        ("resource.entitlement", rows::ids(None, search.refs)),
        ("resource.id", search.resource_ids.unwrap_or_default()),
        ("resource.kind", kinds(search.resource_type_ids)),
    ];
    any_of.extend(is_of_accounts.then_some(("account.id", accounts)));
    let conditions = Conditions {
        apps: search.app_ids.unwrap_or_default(),
        connectors: search.source_connector_id.into_iter().filter(|id| !id.is_empty()).collect(),
        any_of,
        none_of: vec![("resource.kind", kinds(search.exclude_resource_type_ids))],
        contains: name.map(|text| (&["resource.name"][..], text)),
    };
    let page = if is_of_accounts {
        rows::page(&tenant, &search.paging, &OF_ACCOUNT, &conditions, |row| resources::read(row, 0))?
    } else {
        resources::page(&tenant, &search.paging, &conditions)?
    };
    Ok(answer(&tenant, page, &search.expand_mask))
}
