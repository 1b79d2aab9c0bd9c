//! Connectors: created whole or delegated to an owner, changed field by field, synced, removed.

use axum::Extension;
use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::apps;
use super::body::Body;
use super::catalog;
use super::config;
use super::error::Rejection;
use super::expand::{Expansion, Mask, Relation};
use super::fields::{self, Fields, Kind};
use super::owners;
use super::paging::Paging;
use super::sync;
use super::tenant::{Caller, Connector, EntitlementRef, Status, SyncStatus, Tenant};
use super::users;
use crate::behaviour::{
    AbsentMask, C1Behaviour, ConfigUpdate, ConfigUpdatedAt, CredentialCheck, DefaultName, DeletedConnector,
    NotConnected, NullSubObjects, OwnersInDelegatedUpdate, OwnersInUpdate, OwnersOrder, V1Create,
};
use crate::clock::Timestamp;
use crate::identifiers::conductorone_id;

/// What callers may set and the sandbox only stores. Source: `c1.api.app.v1.Connector` in ConductorOne's OpenAPI
/// document.
pub(crate) const FIELDS: &Fields = &[
    ("description", Kind::Text),
    ("disableCheckBadSync", Kind::Flag),
    ("displayName", Kind::Text),
    ("parallelSyncWorkerCount", Kind::OptionalNumber),
    ("profileAllowList", Kind::Texts),
    ("profileIgnoreList", Kind::Texts),
    ("syncConfig", Kind::Message),
];

/// Fields of the message that no update may name: an identity, or the service's own.
const FIXED: &[&str] = &[
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

/// The paths of `c1.api.app.v1.ConnectorExpandMask` but `capabilities`: the sandbox keeps no such objects.
const RELATED: &[Relation] = &[
    Relation::new("app_id", "appPath", &["/connector/appId"], &apps::OBJECT),
    Relation::new("user_ids", "usersPath", &["/connector/userIds"], &users::OBJECT),
];

/// Body of both creates. A create with configuration takes no display name, a delegated one no configuration.
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

/// `POST /api/v1/apps/{app_id}/connectors/create`. A connector with a configuration starts to sync at once.
///
/// What the configuration lacks is told by the sync, not here.
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

/// `POST /api/v1/apps/{app_id}/connectors`. The connector waits, not connected, until its owner adds a configuration.
pub(crate) async fn create_delegated(
    State(tenant): State<Tenant>,
    Extension(caller): Extension<Caller>,
    Path(app_id): Path<String>,
    Body(request): Body<Create>,
) -> Result<Json<Value>, Rejection> {
    add(&tenant, &caller, app_id, Create { config: Value::Null, ..request })
}

fn add(tenant: &Tenant, caller: &Caller, app_id: String, request: Create) -> Result<Json<Value>, Rejection> {
    let (now, behaviour) = (Timestamp::now(), tenant.behaviour());
    let named = request.user_ids.unwrap_or_default();
    let user_ids = if named.is_empty() { vec![caller.user_id.clone()] } else { tenant.synced().owners(&named)? };
    let entitlement_owners = request.app_entitlement_owner_refs.unwrap_or_default();
    owners::require(tenant, &entitlement_owners)?;
    owners::require_roles(tenant, &user_ids)?;
    let id = tenant.change(|data| {
        data.app(&app_id)?;
        let catalog_id = request.catalog_id.unwrap_or_default();
        let entry = catalog::entry(&catalog_id).ok_or_else(|| Rejection::invalid("catalogId: unknown connector"))?;
        if behaviour.v1_create == V1Create::Refused && catalog_id == catalog::FIRST_OKTA {
            let message = "this connector is no longer available for new installations; use the Okta v2 connector";
            return Err(Rejection::precondition(message));
        }
        let config = config::read(entry, &request.config, None, ConfigUpdate::Replace)?;
        let display_name = request.display_name.filter(|name| !name.is_empty());
        let mut stored = fields::zeros(FIELDS);
        let default_name = match behaviour.default_name {
            DefaultName::Catalog => entry.display_name,
            DefaultName::Empty => "",
        };
        stored.insert("displayName".to_owned(), display_name.unwrap_or_else(|| default_name.to_owned()).into());
        stored.insert("description".to_owned(), request.description.unwrap_or_default().into());
        let connector = Connector {
            id: conductorone_id(),
            app_id: app_id.clone(),
            catalog_id,
            fields: stored,
            user_ids,
            entitlement_owners,
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
        };
        let id = connector.id.clone();
        data.connectors.push(connector);
        Ok(id)
    })?;
    sync::after_write(tenant, &id)?;
    answer_to_write(tenant, &app_id, &id, &request.expand_mask)
}

/// `GET /api/v1/apps/{app_id}/connectors/{id}`. A removed connector is not found, or shown as removed.
pub(crate) async fn get(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    let behaviour = tenant.behaviour();
    let view = tenant.read(|data| {
        let found = match behaviour.deleted_connector {
            DeletedConnector::NotFound => data.connector(&app_id, &id),
            DeletedConnector::Shown => data.connector_or_remains(&app_id, &id),
        };
        found.map(|connector| view(connector, behaviour))
    })?;
    Ok(answer(view, Vec::new(), behaviour))
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
        let keep = |connector: &Connector| connector.app_id == app_id && connector.deleted_at.is_none();
        let (connectors, next) = paging.page(&data.connectors, |connector| &connector.id, keep)?;
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
    let owners = tenant.behaviour().owners_in_update == OwnersInUpdate::Honoured;
    check_update(&tenant, &app_id, &id, &update).await?;
    apply(&tenant, &app_id, &id, &update, owners)
}

/// `POST /api/v1/apps/{app_id}/connectors/{id}/delegated`.
pub(crate) async fn update_delegated(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    Body(update): Body<Update>,
) -> Result<Json<Value>, Rejection> {
    let owners = tenant.behaviour().owners_in_delegated_update == OwnersInDelegatedUpdate::Honoured;
    check_update(&tenant, &app_id, &id, &update).await?;
    apply(&tenant, &app_id, &id, &update, owners)
}

/// The fields that an update sets: those that its mask names, or, where the tenant takes updates without one, those that
/// its body has.
fn paths<'u>(tenant: &Tenant, update: &'u Update, message: &'u Map<String, Value>) -> Vec<&'u str> {
    let named = fields::mask(update.update_mask.as_deref().unwrap_or_default());
    if !named.is_empty() || tenant.behaviour().absent_mask == AbsentMask::Refused {
        return named;
    }
    let may_be_set = |name: &&str| matches!(*name, "config" | "userIds") || fields::knows(FIELDS, name);
    message.keys().map(String::as_str).filter(may_be_set).collect()
}

/// Tries the credentials that an update leaves a connector with, where writes are checked.
async fn check_update(tenant: &Tenant, app_id: &str, id: &str, update: &Update) -> Result<(), Rejection> {
    let (entry, before) = tenant.read(|data| {
        let connector = data.connector(app_id, id)?;
        Ok((connector.entry()?, connector.config.clone()))
    })?;
    let message = update.connector.as_ref().filter(|message| paths(tenant, update, message).contains(&"config"));
    let config = message.and_then(|message| message.get("config"));
    check_credentials(tenant, Some(entry), config.unwrap_or(&Value::Null), before.as_ref()).await
}

/// Refuses a configuration whose domain and token do not work, where writes are checked. What is no configuration is
/// refused elsewhere.
async fn check_credentials(
    tenant: &Tenant,
    entry: Option<&'static catalog::Entry>,
    sent: &Value,
    before: Option<&config::Config>,
) -> Result<(), Rejection> {
    let behaviour = tenant.behaviour();
    let Some(entry) = entry.filter(|_| behaviour.credential_check == CredentialCheck::AtWrite) else { return Ok(()) };
    let Ok(Some(config)) = config::read(entry, sent, before, behaviour.config_update) else { return Ok(()) };
    let source = sync::Source { app: String::new(), connector: String::new(), entry, config, may_hold: false };
    tenant.crawler().client(&source).await.map(drop).map_err(Rejection::invalid)
}

/// Carries an update out; `owners`: whether it takes any.
///
/// The mask is taken literally: what it names is set, to the zero value when the body lacks it, and nothing else is
/// touched. A path that is no field, or no field to be set, refuses the whole update, and so does a mask without a
/// path: what ConductorOne does without one is not published.
fn apply(tenant: &Tenant, app_id: &str, id: &str, update: &Update, owners: bool) -> Result<Json<Value>, Rejection> {
    let message = update.connector.as_ref().ok_or_else(|| Rejection::invalid("connector: is required"))?;
    let paths = paths(tenant, update, message);
    if paths.is_empty() {
        return Err(Rejection::invalid("updateMask: is required"));
    }
    let user_ids = match message.get("userIds").filter(|_| paths.contains(&"userIds")) {
        None | Some(Value::Null) => Vec::new(),
        Some(ids) => Vec::deserialize(ids).map_err(|_| Rejection::invalid("userIds: invalid value"))?,
    };
    let user_ids = tenant.synced().owners(&user_ids)?;
    owners::require_roles(tenant, &user_ids)?;
    let configured = tenant.change(|data| {
        let mut connector = data.connector(app_id, id)?.clone();
        let now = Timestamp::now();
        for path in &paths {
            match *path {
                "config" => {
                    let (entry, sent) = (connector.entry()?, message.get("config").unwrap_or(&Value::Null));
                    let how = tenant.behaviour().config_update;
                    connector.config = config::read(entry, sent, connector.config.as_ref(), how)?;
                    connector.config_updated_at = Some(now);
                }
                "userIds" => {
                    if owners {
                        connector.user_ids.clone_from(&user_ids);
                    }
                }
                path if FIXED.contains(&path) => {
                    return Err(Rejection::invalid(format!("updateMask: {path} cannot be updated")));
                }
                path => fields::set(FIELDS, &mut connector.fields, path, message)
                    .map_err(|rejection| rejection.within("updateMask"))?,
            }
        }
        connector.updated_at = now;
        *data.connector_mut(app_id, id)? = connector;
        Ok(paths.contains(&"config"))
    })?;
    if configured {
        sync::after_write(tenant, id)?;
    }
    answer_to_write(tenant, app_id, id, &update.expand_mask)
}

/// `DELETE /api/v1/apps/{app_id}/connectors/{id}`. Soft: the record stays, but no operation finds it any more.
pub(crate) async fn delete(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    remove(&tenant, &app_id, &id).map(done)
}

/// Removes a connector.
pub(crate) fn remove(tenant: &Tenant, app_id: &str, id: &str) -> Result<(), Rejection> {
    tenant.change(|data| {
        data.connector_mut(app_id, id)?.delete();
        Ok(())
    })
}

/// `POST …/force_sync`. Refused for a connector that cannot sync; whether the service refuses is not published.
pub(crate) async fn force_sync(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    order_sync(&tenant, &app_id, &id).map(done)
}

/// Starts a sync of a connector that can.
pub(crate) fn order_sync(tenant: &Tenant, app_id: &str, id: &str) -> Result<(), Rejection> {
    tenant.read(|data| {
        let connector = data.connector(app_id, id)?;
        if connector.config.is_none() {
            return Err(Rejection::precondition("connector is not configured"));
        }
        if connector.sync_disabled_at.is_some() {
            return Err(Rejection::precondition("connector syncing is paused"));
        }
        Ok(())
    })?;
    sync::start(tenant, id)
}

/// `POST …/pause`. Stops new syncs; one that runs goes on to its end.
pub(crate) async fn pause(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    pause_syncs(&tenant, &app_id, &id).map(done)
}

/// Pauses a connector's syncs.
pub(crate) fn pause_syncs(tenant: &Tenant, app_id: &str, id: &str) -> Result<(), Rejection> {
    tenant.change(|data| {
        let connector = data.connector_mut(app_id, id)?;
        let now = Timestamp::now();
        connector.sync_disabled_at.get_or_insert(now);
        connector.updated_at = now;
        Ok(())
    })
}

/// `POST …/resume`. Ends a pause and starts a sync, as ConductorOne's OpenAPI document says.
pub(crate) async fn resume(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    resume_syncs(&tenant, &app_id, &id).map(done)
}

/// Ends the pause of a connector's syncs and starts one.
pub(crate) fn resume_syncs(tenant: &Tenant, app_id: &str, id: &str) -> Result<(), Rejection> {
    tenant.change(|data| {
        let connector = data.connector_mut(app_id, id)?;
        connector.sync_disabled_at = None;
        connector.sync_disabled_reason.clear();
        connector.updated_at = Timestamp::now();
        Ok(())
    })?;
    sync::start(tenant, id)
}

/// `POST …/confirm_sync_valid/{sync_lifecycle_id}`: shows what a sync brought that was held back, ends the pause and starts
/// a sync, as ConductorOne's OpenAPI document says. Where a client learns the ID is not published, so any is taken while a sync of the connector is held.
pub(crate) async fn confirm_sync_valid(
    State(tenant): State<Tenant>,
    Path((app_id, id, _)): Path<(String, String, String)>,
) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| data.connector(&app_id, &id).map(drop))?;
    let confirmed = tenant.synced().confirm(&id, &Timestamp::now().micros());
    if !confirmed.map_err(|error| Rejection::internal(format!("the synced rows could not be changed: {error}")))? {
        return Err(Rejection::not_found("sync not found"));
    }
    resume_syncs(&tenant, &app_id, &id).map(done)
}

/// The empty message that is the answer of operations without one.
fn done((): ()) -> Json<Value> {
    Json(json!({}))
}

fn answer_to_write(tenant: &Tenant, app_id: &str, id: &str, mask: &Mask) -> Result<Json<Value>, Rejection> {
    let behaviour = tenant.behaviour();
    let mut view = tenant.read(|data| data.connector(app_id, id).map(|connector| view(connector, behaviour)))?;
    if behaviour.null_sub_objects == NullSubObjects::On {
        view["connector"]["status"] = Value::Null;
    }
    let mut expansion = Expansion::new(tenant, mask, RELATED);
    let view = expansion.point(view);
    Ok(answer(view, expansion.into_objects(), behaviour))
}

/// The status of a connector that has none.
fn not_connected(behaviour: C1Behaviour) -> Value {
    match behaviour.not_connected {
        NotConnected::Null => Value::Null,
        NotConnected::Unspecified => json!({
            "status": SyncStatus::Unspecified,
            "lastError": "",
            "startedAt": null,
            "completedAt": null,
            "updatedAt": null,
        }),
    }
}

fn answer(view: Value, expanded: Vec<Value>, behaviour: C1Behaviour) -> Json<Value> {
    let expanded = match behaviour.null_sub_objects {
        NullSubObjects::On if expanded.is_empty() => Value::Null,
        _ => expanded.into(),
    };
    Json(json!({"connectorView": view, "expanded": expanded}))
}

/// `c1.api.app.v1.ConnectorView`, every field of it, pointing at nothing yet.
fn view(connector: &Connector, behaviour: C1Behaviour) -> Value {
    let mut user_ids = connector.user_ids.clone();
    if behaviour.owners_order == OwnersOrder::Shuffled && user_ids.len() > 1 {
        let by = rand::random_range(1..user_ids.len());
        user_ids.rotate_left(by);
    }
    let config_updated_at = match behaviour.config_updated_at {
        ConfigUpdatedAt::Told => connector.config_updated_at,
        ConfigUpdatedAt::Absent => None,
    };
    let mut view = connector.fields.clone();
    let others = json!({
        "appId": connector.app_id,
        "canResumeSync": connector.sync_disabled_at.is_some(),
        "catalogId": connector.catalog_id,
        "config": config::view(connector.config.as_ref(), behaviour),
        "configUpdatedAt": config_updated_at,
        "connectorApiVersion": 0,
        "connectorSyncCronSchedule": connector.schedule,
        "createdAt": connector.created_at,
        "deletedAt": connector.deleted_at,
        "downloadUrl": "",
        "id": connector.id,
        "oauthAuthorizedAs": null,
        "status": connector.status.as_ref().map_or_else(|| not_connected(behaviour), status),
        "syncDisabledAt": connector.sync_disabled_at,
        // The service's categories are not published.
        "syncDisabledCategory": "",
        "syncDisabledReason": connector.sync_disabled_reason,
        "updatedAt": connector.updated_at,
        "userIds": user_ids,
    });
    if let Value::Object(others) = others {
        view.extend(others);
    }
    if behaviour.null_sub_objects == NullSubObjects::On {
        view.values_mut().filter(|value| **value == json!([])).for_each(|empty| *empty = Value::Null);
    }
    json!({"appPath": "", "capabilitiesPath": "", "connector": view, "usersPath": ""})
}

fn status(status: &Status) -> Value {
    json!({
        "completedAt": status.completed_at,
        "lastError": status.last_error,
        "startedAt": status.started_at,
        "status": status.status,
        "updatedAt": status.updated_at,
    })
}
