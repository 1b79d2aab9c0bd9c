//! Resource types and resources: the org's groups, apps and admin roles.

use axum::Json;
use axum::extract::{Path, State};
use rusqlite::Row;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand;
use super::super::paging::Paging;
use super::super::tenant::Tenant;
use super::super::users::Reference;
use super::ResourceKind;
use super::rows::{self, Conditions, Question};

const RESOURCES: Question = Question {
    select: "SELECT resource.name, resource.description, resource.external, resource.kind, resource.entitlement,
                    sync.app, sync.connector, sync.completed_at, sync.id, resource.id
             FROM resource JOIN sync ON sync.id = resource.sync",
    order: &["resource.id"],
    is_grouped: false,
};

/// Resources, as others point at them.
pub(crate) const OBJECT: expand::Object = expand::Object {
    message: "c1.api.app.v1.AppResource",
    find: |tenant, id| first(tenant, "resource.id", id).map(|resource| resource.view(tenant)),
};

/// Resource types, as others point at them.
pub(crate) const TYPE_OBJECT: expand::Object = expand::Object {
    message: "c1.api.app.v1.AppResourceType",
    find: |tenant, id| types(tenant, |_| true).into_iter().find(|kind| kind["id"] == id),
};

/// One resource as it is kept, with its only entitlement.
pub(crate) struct Resource {
    pub(super) id: String,
    pub(super) entitlement: String,
    pub(super) name: String,
    description: String,
    /// Its ID in Okta.
    pub(crate) external: String,
    pub(crate) kind: ResourceKind,
    pub(super) app: String,
    pub(crate) connector: String,
    pub(super) completed_at: String,
    pub(super) sync: i64,
}

/// Reads the columns of a resource that begin with this one.
pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Resource> {
    let kind: String = row.get(first + 3)?;
    let kind = ResourceKind::ALL.into_iter().find(|known| known.as_str() == kind);
    Ok(Resource {
        name: row.get(first)?,
        description: row.get(first + 1)?,
        external: row.get(first + 2)?,
        kind: kind.unwrap_or(ResourceKind::Role),
        entitlement: row.get(first + 4)?,
        app: row.get(first + 5)?,
        connector: row.get(first + 6)?,
        completed_at: row.get(first + 7)?,
        sync: row.get(first + 8)?,
        id: row.get(first + 9)?,
    })
}

impl Resource {
    /// Accounts that hold it, as the text of a 64-bit number.
    pub(super) fn grant_count(&self, tenant: &Tenant) -> String {
        let count = tenant.synced().with(|rows| rows::grant_count(rows, self.sync, self.kind.as_str(), &self.external));
        count.unwrap_or_default().to_string()
    }

    fn view(&self, tenant: &Tenant) -> Value {
        json!({
            "accessConfigId": "",
            "agentTrait": null,
            "annotations": {},
            "appId": self.app,
            "appResourceTypeId": self.kind.type_id(&self.app),
            "createdAt": self.completed_at,
            "customDescription": "",
            "deletedAt": null,
            "description": self.description,
            "displayName": self.name,
            "externalId": self.external,
            "grantCount": self.grant_count(tenant),
            "id": self.id,
            "matchBatonId": "",
            "nhiDetail": "",
            "nhiType": "NHI_TYPE_UNSPECIFIED",
            "parentAppResourceId": "",
            "parentAppResourceTypeId": "",
            "profile": {},
            "secretTrait": null,
            "updatedAt": self.completed_at,
        })
    }

    /// `c1.api.app.v1.AppResourceView`.
    fn row_view(&self, tenant: &Tenant) -> Value {
        json!({
            "appResource": self.view(tenant),
            "appPath": "",
            "objectPermissions": null,
            "parentResourcePath": "",
            "parentResourceTypePath": "",
            "resourceTypePath": "",
        })
    }
}

/// One page of resources.
pub(super) fn page(
    tenant: &Tenant,
    paging: &Paging,
    conditions: &Conditions,
) -> Result<(Vec<Resource>, String), Rejection> {
    rows::page(tenant, paging, &RESOURCES, conditions, |row| read(row, 0))
}

/// The resource of any app with this value in a column that tells it from all others.
pub(super) fn first(tenant: &Tenant, column: &'static str, value: &str) -> Option<Resource> {
    let conditions = Conditions { any_of: vec![(column, vec![value.to_owned()])], ..Conditions::default() };
    page(tenant, &Paging::default(), &conditions).ok()?.0.into_iter().next()
}

/// Kinds by the IDs of their types in any app of the tenant. A type that is not there has no kind.
pub(super) fn kinds(tenant: &Tenant, type_ids: &[String]) -> Vec<String> {
    if type_ids.is_empty() {
        return Vec::new();
    }
    let known = tenant.read(|data| {
        let types = data.apps.iter().flat_map(|app| ResourceKind::ALL.map(|kind| (kind.type_id(&app.id), kind)));
        let wanted = types.filter(|(id, _)| type_ids.contains(id));
        wanted.map(|(_, kind)| kind.as_str().to_owned()).collect::<Vec<_>>()
    });
    if known.is_empty() { vec![String::new()] } else { known }
}

/// `c1.api.app.v1.AppResourceType`.
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

/// The resource types of apps that live and have a connector, each with its app.
fn types(tenant: &Tenant, wanted: impl Fn(&str) -> bool) -> Vec<Value> {
    tenant.read(|data| {
        let apps = data.apps.iter().filter(|app| app.deleted_at.is_none() && wanted(&app.id));
        let connected = apps.filter(|app| {
            data.connectors.iter().any(|connector| connector.app_id == app.id && connector.deleted_at.is_none())
        });
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
    let (page, next) = paging.page(&ids, |(id, _)| id, |_| true)?;
    Ok((page.into_iter().map(|(_, kind)| view(kind)).collect(), next))
}

/// `GET /api/v1/apps/{app_id}/resource_types`.
pub(crate) async fn list_types(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| data.app(&app_id).map(drop))?;
    let types = types(&tenant, |app| app == app_id);
    let (list, next) = type_page(&paging, &types, |kind| json!({"appResourceType": kind, "appPath": ""}))?;
    Ok(Json(rows::answer(list, next)))
}

/// `GET /api/v1/apps/{app_id}/resource_types/{id}`.
pub(crate) async fn get_type(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    let mut types = types(&tenant, |app| app == app_id);
    types.retain(|kind| kind["id"] == id.as_str());
    let view = json!({"appResourceType": rows::only(types, "resource type")?, "appPath": ""});
    Ok(Json(json!({"appResourceTypeView": view, "expanded": []})))
}

/// The conditions of a search for resource types that the sandbox knows.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypeSearch {
    #[serde(flatten)]
    paging: Paging,
    app_ids: Option<Vec<String>>,
    resource_type_ids: Option<Vec<String>>,
    exclude_resource_type_ids: Option<Vec<String>>,
    display_name: Option<String>,
    query: Option<String>,
}

/// `POST /api/v1/search/app_resource_types`: the types themselves, without a view around them.
pub(crate) async fn search_types(
    State(tenant): State<Tenant>,
    Body(search): Body<TypeSearch>,
) -> Result<Json<Value>, Rejection> {
    let (apps, wanted) = (search.app_ids.unwrap_or_default(), search.resource_type_ids.unwrap_or_default());
    let unwanted = search.exclude_resource_type_ids.unwrap_or_default();
    let name = search.display_name.unwrap_or_default().to_lowercase();
    let part = search.query.unwrap_or_default().to_lowercase();
    let mut types = types(&tenant, |app| apps.is_empty() || apps.iter().any(|wanted| wanted == app));
    types.retain(|kind| {
        let id = kind["id"].as_str().unwrap_or_default();
        let display_name = kind["displayName"].as_str().unwrap_or_default().to_lowercase();
        let is = |list: &[String]| list.iter().any(|known| known == id);
        (wanted.is_empty() || is(&wanted))
            && !is(&unwanted)
            && (name.is_empty() || display_name == name)
            && display_name.contains(&part)
    });
    let (list, next) = type_page(&search.paging, &types, Value::clone)?;
    Ok(Json(json!({"list": list, "nextPageToken": next})))
}

/// The resource of an app with this type and ID.
pub(super) fn one(tenant: &Tenant, app_id: &str, type_id: String, id: String) -> Result<Conditions, Rejection> {
    let any_of = vec![("resource.kind", kinds(tenant, &[type_id])), ("resource.id", vec![id])];
    Conditions::of_app(tenant, app_id, any_of)
}

/// `GET /api/v1/apps/{app_id}/resource_types/{type}/resources`.
pub(crate) async fn list(
    State(tenant): State<Tenant>,
    Path((app_id, type_id)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let any_of = vec![("resource.kind", kinds(&tenant, &[type_id]))];
    let conditions = Conditions::of_app(&tenant, &app_id, any_of)?;
    let (resources, next) = page(&tenant, &paging, &conditions)?;
    let list = resources.iter().map(|resource| resource.row_view(&tenant)).collect();
    Ok(Json(rows::answer(list, next)))
}

/// `GET /api/v1/apps/{app_id}/resource_types/{type}/resources/{id}`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Path((app_id, type_id, id)): Path<(String, String, String)>,
) -> Result<Json<Value>, Rejection> {
    let conditions = one(&tenant, &app_id, type_id, id)?;
    let resource = rows::only(page(&tenant, &Paging::default(), &conditions)?.0, "resource")?;
    Ok(Json(json!({"appResourceView": resource.row_view(&tenant), "expanded": []})))
}

/// The conditions of a search for resources that the sandbox knows.
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
    let ids = rows::ids(search.resource_ids, search.refs);
    let kinds = kinds(&tenant, &search.resource_type_ids.unwrap_or_default());
    let conditions = Conditions {
        apps: rows::apps(search.app_id, search.app_ids),
        any_of: vec![("resource.id", ids), ("resource.kind", kinds)],
        none_of: vec![("resource.id", search.exclude_resource_ids.unwrap_or_default())],
        contains: search.query.map(|text| (&["resource.name", "resource.external"][..], text)),
        ..Conditions::default()
    };
    let (resources, next) = page(&tenant, &search.paging, &conditions)?;
    let list = resources.iter().map(|resource| resource.row_view(&tenant)).collect();
    Ok(Json(rows::answer(list, next)))
}
