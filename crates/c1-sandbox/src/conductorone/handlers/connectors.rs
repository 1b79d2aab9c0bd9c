//! Connectors: creating them with a configuration or delegated to an owner, reading, updating, deleting.

use axum::Extension;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::body::Body;
use super::super::catalog;
use super::super::config;
use super::super::error::Rejection;
use super::super::expand::{Expansion, Mask, Relation};
use super::super::fields::{self, FieldType, Fields};
use super::super::model::connector::{Connector, EntitlementRef};
use super::super::paging::Paging;
use super::super::sync;
use super::super::tenant::{Caller, Tenant};
use super::apps;
use super::connector_owners;
use super::connector_view::{response, view};
use super::users;
use crate::behaviour::{
    AbsentMask, ConfigUpdate, CredentialCheck, DefaultName, DeletedConnector, NullSubObjects, OwnersInDelegatedUpdate,
    OwnersInUpdate, V1Create,
};
use crate::identifiers::conductorone_id;

/// Fields that callers can set and the sandbox only stores. Source: `c1.api.app.v1.Connector` in ConductorOne's OpenAPI
/// document.
pub(crate) const FIELDS: &Fields = &[
    ("description", FieldType::Text),
    ("disableCheckBadSync", FieldType::Flag),
    ("displayName", FieldType::Text),
    ("parallelSyncWorkerCount", FieldType::OptionalNumber),
    ("profileAllowList", FieldType::Texts),
    ("profileIgnoreList", FieldType::Texts),
    ("syncConfig", FieldType::Message),
];

/// Fields that updates cannot change.
const READ_ONLY: &[&str] = &[
    "appId",
    "canResumeSync",
    "catalogId",
    "configUpdatedAt",
    "connectorApiVersion",
    "connectorSyncCronSchedule",
    "createdAt",
    "deletedAt",
    "downloadUrl",
    "id",
    "oauthAuthorizedAs",
    "status",
    "syncDisabledAt",
    "syncDisabledCategory",
    "syncDisabledReason",
    "updatedAt",
];

/// The paths of `c1.api.app.v1.ConnectorExpandMask` except `capabilities`: the sandbox has no such objects.
const RELATED: &[Relation] = &[
    Relation::new("app_id", "appPath", &["/connector/appId"], &apps::OBJECT),
    Relation::new("user_ids", "usersPath", &["/connector/userIds"], &users::OBJECT),
];

/// Body of both creates. A create with a configuration ignores the display name, a delegated one the configuration.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Create {
    catalog_id: Option<String>,
    config: Value,
    description: Option<String>,
    display_name: Option<String>,
    user_ids: Option<Vec<String>>,
    app_entitlement_owner_refs: Option<Vec<EntitlementRef>>,
    expand_mask: Mask,
}

/// `POST /api/v1/apps/{app_id}/connectors/create`. A connector with a configuration starts a sync immediately.
///
/// Missing keys of the configuration fail the sync, not the create.
pub(crate) async fn create(
    State(tenant): State<Tenant>,
    Extension(caller): Extension<Caller>,
    Path(app_id): Path<String>,
    Body(request): Body<Create>,
) -> Result<Json<Value>, Rejection> {
    let entry = request.catalog_id.as_deref().and_then(catalog::entry);
    check_credentials(&tenant, entry, &request.config, None).await?;
    add(&tenant, &caller, app_id, Create { display_name: None, ..request })
}

/// `POST /api/v1/apps/{app_id}/connectors`. The connector is not connected until its owner adds a configuration.
pub(crate) async fn create_delegated(
    State(tenant): State<Tenant>,
    Extension(caller): Extension<Caller>,
    Path(app_id): Path<String>,
    Body(request): Body<Create>,
) -> Result<Json<Value>, Rejection> {
    add(&tenant, &caller, app_id, Create { config: Value::Null, ..request })
}

fn add(tenant: &Tenant, caller: &Caller, app_id: String, request: Create) -> Result<Json<Value>, Rejection> {
    let user_ids = match request.user_ids.as_deref() {
        None | Some([]) => vec![caller.user_id.clone()],
        Some(ids) => tenant.synced().resolve_owners(ids)?,
    };
    connector_owners::require_entitlements(tenant, request.app_entitlement_owner_refs.as_deref().unwrap_or_default())?;
    connector_owners::require_roles(tenant, &user_ids)?;
    let expand_mask = &request.expand_mask;
    let id = tenant.change(|data| {
        data.app(&app_id)?;
        let connector = new_connector(tenant, &app_id, user_ids, &request)?;
        let id = connector.id.clone();
        data.connectors.put(connector);
        Ok(id)
    })?;
    sync::after_write(tenant, &id)?;
    write_response(tenant, &app_id, &id, expand_mask)
}

fn new_connector(
    tenant: &Tenant,
    app_id: &str,
    user_ids: Vec<String>,
    request: &Create,
) -> Result<Connector, Rejection> {
    let behaviour = tenant.behaviour();
    let catalog_id = request.catalog_id.clone().unwrap_or_default();
    let entry = catalog::entry(&catalog_id).ok_or_else(|| Rejection::invalid("catalogId: unknown connector"))?;
    if behaviour.v1_create == V1Create::Refused && catalog_id == catalog::FIRST_OKTA {
        let message = "this connector is no longer available for new installations; use the Okta v2 connector";
        return Err(Rejection::precondition(message));
    }
    let config = config::parse(entry, &request.config, None, ConfigUpdate::Replace)?;
    let default_name = match behaviour.default_name {
        DefaultName::Catalog => entry.display_name,
        DefaultName::Empty => "",
    };
    let display_name = request.display_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(default_name);
    let mut stored = fields::zeros(FIELDS);
    stored.insert("displayName".to_owned(), display_name.into());
    stored.insert("description".to_owned(), request.description.clone().unwrap_or_default().into());
    let now = tenant.now();
    Ok(Connector {
        id: conductorone_id(),
        app_id: app_id.to_owned(),
        catalog_id,
        fields: stored,
        user_ids,
        entitlement_owners: request.app_entitlement_owner_refs.clone().unwrap_or_default(),
        schedule: None,
        history: Vec::new(),
        config_updated_at: config.is_some().then_some(now),
        config,
        status: None,
        syncs: 0,
        sync_disabled_at: None,
        sync_disabled_reason: String::new(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
        run: None,
    })
}

/// `GET /api/v1/apps/{app_id}/connectors/{id}`. For a deleted connector the response is 404, or has `deletedAt`.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    let behaviour = tenant.behaviour();
    let view = tenant.read(|data| {
        let found = match behaviour.deleted_connector {
            DeletedConnector::NotFound => data.connector(&app_id, &id),
            DeletedConnector::Shown => data.connector_or_deleted(&app_id, &id),
        };
        found.map(|connector| view(connector, behaviour))
    })?;
    Ok(response(view, Vec::new(), behaviour))
}

/// `GET /api/v1/apps/{app_id}/connectors`.
pub(crate) async fn list(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let behaviour = tenant.behaviour();
    tenant.read(|data| {
        data.app(&app_id)?;
        let (connectors, next) = paging.page_of(&data.connectors, Some(&app_id), |_| true)?;
        let mut list: Vec<Value> = connectors.into_iter().map(|connector| view(connector, behaviour)).collect();
        let mut expanded = json!([]);
        if behaviour.null_sub_objects == NullSubObjects::On {
            list.push(json!({"appPath": "", "capabilitiesPath": "", "connector": null, "usersPath": ""}));
            expanded = Value::Null;
        }
        Ok(Json(json!({"list": list, "expanded": expanded, "nextPageToken": next})))
    })
}

/// Body of both updates.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Update {
    connector: Option<Map<String, Value>>,
    update_mask: Option<String>,
    #[serde(default)]
    expand_mask: Mask,
}

/// `POST /api/v1/apps/{app_id}/connectors/{id}`.
pub(crate) async fn update(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    Body(update): Body<Update>,
) -> Result<Json<Value>, Rejection> {
    let takes_owners = tenant.behaviour().owners_in_update == OwnersInUpdate::Honoured;
    check_update(&tenant, &app_id, &id, &update).await?;
    apply(&tenant, &app_id, &id, &update, takes_owners)
}

/// `POST /api/v1/apps/{app_id}/connectors/{id}/delegated`.
pub(crate) async fn update_delegated(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    Body(update): Body<Update>,
) -> Result<Json<Value>, Rejection> {
    let takes_owners = tenant.behaviour().owners_in_delegated_update == OwnersInDelegatedUpdate::Honoured;
    check_update(&tenant, &app_id, &id, &update).await?;
    apply(&tenant, &app_id, &id, &update, takes_owners)
}

/// Returns the fields that an update sets: those of its mask. If the tenant accepts updates without a mask, an update
/// without one sets the fields of its body.
fn paths<'u>(tenant: &Tenant, update: &'u Update, message: &'u Map<String, Value>) -> Vec<&'u str> {
    let named = fields::mask_paths(update.update_mask.as_deref().unwrap_or_default());
    if !named.is_empty() || tenant.behaviour().absent_mask == AbsentMask::Refused {
        return named;
    }
    let can_be_set = |name: &&str| matches!(*name, "config" | "userIds") || fields::contains(FIELDS, name);
    message.keys().map(String::as_str).filter(can_be_set).collect()
}

/// Checks the credentials that a connector has after an update, if the tenant checks credentials of writes.
async fn check_update(tenant: &Tenant, app_id: &str, id: &str, update: &Update) -> Result<(), Rejection> {
    let (entry, before) = tenant.read(|data| {
        let connector = data.connector(app_id, id)?;
        Ok((connector.entry()?, connector.config.clone()))
    })?;
    let message = update.connector.as_ref().filter(|message| paths(tenant, update, message).contains(&"config"));
    let config = message.and_then(|message| message.get("config"));
    check_credentials(tenant, Some(entry), config.unwrap_or(&Value::Null), before.as_ref()).await
}

/// Rejects a configuration whose domain and token do not work, if the tenant checks credentials of writes. Accepts
/// invalid configurations, which the write itself rejects.
async fn check_credentials(
    tenant: &Tenant,
    entry: Option<&'static catalog::Entry>,
    sent: &Value,
    before: Option<&config::Config>,
) -> Result<(), Rejection> {
    let behaviour = tenant.behaviour();
    let Some(entry) = entry.filter(|_| behaviour.credential_check == CredentialCheck::AtWrite) else { return Ok(()) };
    let Ok(Some(config)) = config::parse(entry, sent, before, behaviour.config_update) else { return Ok(()) };
    tenant.org_clients().connect(entry, &config).await.map(drop).map_err(Rejection::invalid)
}

/// Applies an update. `takes_owners` is false if the operation ignores `userIds`.
///
/// The update sets exactly the fields of its mask, and those missing in the body to their zero values. A path of an
/// unknown or read-only field rejects the whole update. So does a mask without paths, because the service's behavior is
/// not published.
fn apply(
    tenant: &Tenant,
    app_id: &str,
    id: &str,
    update: &Update,
    takes_owners: bool,
) -> Result<Json<Value>, Rejection> {
    let message = update.connector.as_ref().ok_or_else(|| Rejection::invalid("connector: is required"))?;
    let paths = paths(tenant, update, message);
    if paths.is_empty() {
        return Err(Rejection::invalid("updateMask: is required"));
    }
    let user_ids = match message.get("userIds").filter(|_| paths.contains(&"userIds")) {
        None | Some(Value::Null) => Vec::new(),
        Some(ids) => Vec::deserialize(ids).map_err(|_| Rejection::invalid("userIds: invalid value"))?,
    };
    let user_ids = tenant.synced().resolve_owners(&user_ids)?;
    connector_owners::require_roles(tenant, &user_ids)?;
    let config_update = tenant.behaviour().config_update;
    tenant.change(|data| {
        data.change_connector(app_id, id, |connector| {
            let now = tenant.now();
            for path in &paths {
                match *path {
                    "config" => {
                        let (entry, sent) = (connector.entry()?, message.get("config").unwrap_or(&Value::Null));
                        connector.config = config::parse(entry, sent, connector.config.as_ref(), config_update)?;
                        connector.config_updated_at = Some(now);
                    }
                    "userIds" => {
                        if takes_owners {
                            connector.user_ids.clone_from(&user_ids);
                        }
                    }
                    path if READ_ONLY.contains(&path) => {
                        return Err(Rejection::invalid(format!("updateMask: {path} cannot be updated")));
                    }
                    path => fields::set(FIELDS, &mut connector.fields, path, message)
                        .map_err(|rejection| rejection.within("updateMask"))?,
                }
            }
            connector.updated_at = now;
            Ok(())
        })
    })?;
    if paths.contains(&"config") {
        sync::after_write(tenant, id)?;
    }
    write_response(tenant, app_id, id, &update.expand_mask)
}

/// `DELETE /api/v1/apps/{app_id}/connectors/{id}`. Marks the connector as deleted; no operation finds it anymore.
pub(crate) async fn delete(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    remove(&tenant, &app_id, &id)?;
    Ok(Json(json!({})))
}

/// Marks a connector as deleted.
pub(crate) fn remove(tenant: &Tenant, app_id: &str, id: &str) -> Result<(), Rejection> {
    let now = tenant.now();
    tenant.change(|data| {
        data.change_connector(app_id, id, |connector| {
            connector.delete(now);
            Ok(())
        })
    })
}

/// Returns the response of a create or update.
fn write_response(tenant: &Tenant, app_id: &str, id: &str, mask: &Mask) -> Result<Json<Value>, Rejection> {
    let behaviour = tenant.behaviour();
    let mut view = tenant.read(|data| data.connector(app_id, id).map(|connector| view(connector, behaviour)))?;
    if behaviour.null_sub_objects == NullSubObjects::On {
        view["connector"]["status"] = Value::Null;
    }
    let mut expansion = Expansion::new(tenant, mask, RELATED);
    let view = expansion.expand(view);
    Ok(response(view, expansion.into_objects(), behaviour))
}
