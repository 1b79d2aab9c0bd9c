//! The test interface under `/_sandbox` on the ConductorOne address: looking inside, changing what an administrator
//! would change in the web UI, ordering faults. It needs no credential.

use axum::extract::{Path, State};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::clock::Timestamp;
use super::conductorone::body::Body;
use super::conductorone::catalog;
use super::conductorone::data::Data;
use super::conductorone::error::Rejection;
use super::conductorone::model::connector::{Connector, Status, SyncStatus};
use super::conductorone::sync;
use super::conductorone::tenant::Tenant;
use super::faults::{Fault, Faults};
use super::identifiers::sha256_hex;
use super::okta::org::{Org, grant_of_kind};

/// The interface as a value.
pub(crate) fn app(tenant: Tenant, faults: Faults, org: Org) -> Router {
    Router::new()
        .route("/_sandbox/state", get(state))
        .route("/_sandbox/connectors/{connector_id}", patch(change))
        .with_state(tenant)
        .merge(
            Router::new()
                .route("/_sandbox/faults", post(add_faults).get(list_faults).delete(clear_faults))
                .with_state(faults),
        )
        .merge(Router::new().route("/_sandbox/okta/tokens/{kind}", patch(change_token)).with_state(org))
}

/// Changes of a token of the first Okta org.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenChange {
    revoked: Option<bool>,
    /// A kind of token, whose roles the owner gets.
    role: Option<String>,
    sees_own_roles: Option<bool>,
}

/// `PATCH /_sandbox/okta/tokens/{kind}`: revokes a token or lets it live again, gives its owner other admin roles, lets
/// the owner see them. Kinds are the names under `okta_tokens` of the ready line.
async fn change_token(
    State(org): State<Org>,
    Path(kind): Path<String>,
    Body(TokenChange { revoked, role, sees_own_roles }): Body<TokenChange>,
) -> Result<Json<Value>, Rejection> {
    let like = match role {
        None => None,
        Some(role) => Some(grant_of_kind(&role).ok_or_else(|| Rejection::invalid("role: unknown kind of token"))?),
    };
    let changed = org.change_token(&kind, |grant| {
        grant.revoked = revoked.unwrap_or(grant.revoked);
        (grant.roles, grant.targets) = like.map_or((grant.roles, grant.targets), |like| (like.roles, like.targets));
        grant.sees_own_roles = sees_own_roles.unwrap_or(grant.sees_own_roles);
    });
    let grant = changed.ok_or_else(|| Rejection::not_found("no such kind of token"))?;
    let roles: Vec<&str> = grant.roles.iter().map(|role| role.names().0).collect();
    Ok(Json(json!({"revoked": grant.revoked, "roles": roles, "sees_own_roles": grant.sees_own_roles})))
}

async fn add_faults(
    State(faults): State<Faults>,
    Body(added): Body<Vec<Fault>>,
) -> Result<Json<Vec<Fault>>, Rejection> {
    for (index, fault) in added.iter().enumerate() {
        if let Some(problem) = fault.problem() {
            return Err(Rejection::invalid(format!("[{index}]: {problem}")));
        }
    }
    faults.add(added);
    Ok(Json(faults.list()))
}

async fn list_faults(State(faults): State<Faults>) -> Json<Vec<Fault>> {
    Json(faults.list())
}

async fn clear_faults(State(faults): State<Faults>) -> Json<Vec<Fault>> {
    faults.clear();
    Json(faults.list())
}

async fn state(State(tenant): State<Tenant>) -> Json<Value> {
    tenant.read(|data| {
        Json(json!({
            "apps": data.apps.active().map(|app| json!({
                "id": app.id,
                "display_name": app.display_name(),
            })).collect::<Vec<_>>(),
            "users": data.users.iter().map(|user| json!({
                "id": user.id,
                "email": user.email,
                "roles": role_names(data, &user.role_ids),
            })).collect::<Vec<_>>(),
            "connectors": data.connectors.iter().map(connector_view).collect::<Vec<_>>(),
        }))
    })
}

/// The names, such as `system:owner`, of roles.
pub(crate) fn role_names(data: &Data, ids: &[String]) -> Vec<String> {
    data.roles.iter().filter(|role| ids.contains(&role.id)).map(|role| role.name.clone()).collect()
}

/// The connector with this ID, as the test interface shows it.
pub(crate) fn connector(tenant: &Tenant, id: &str) -> Result<Value, Rejection> {
    let found = tenant.read(|data| data.connectors.get(id).map(connector_view));
    found.ok_or_else(|| Rejection::not_found("connector not found"))
}

/// A connector as the test interface shows it: settings in plain words, the token as its digest.
pub(crate) fn connector_view(connector: &Connector) -> Value {
    let setting = |key: &str| connector.config.as_ref().and_then(|config| config.get(key));
    let entry = connector.entry().ok();
    let flag =
        |name: &str| entry.and_then(|entry| entry.flag(name)).and_then(setting).is_some_and(|text| text == "true");
    let mut view = json!({
        "id": connector.id,
        "app_id": connector.app_id,
        "catalog_id": connector.catalog_id,
        "display_name": connector.fields.get("displayName"),
        "description": connector.fields.get("description"),
        "domain": entry.and_then(|entry| setting(entry.domain)),
        "owners": connector.user_ids,
        "skip_inactive_apps": flag("skip_inactive_apps"),
        "sync_deprovisioned_users": flag("sync_deprovisioned_users"),
        "extract_aws_saml_roles": flag("extract_aws_saml_roles"),
        "status": connector.status.as_ref().map(|status| status.status),
        "last_error": connector.status.as_ref().map_or("", |status| &status.last_error),
        "syncs": connector.syncs,
        "api_token_sha256": entry.and_then(|entry| setting(entry.api_token)).map(|token| sha256_hex(token)),
        "sync_disabled_at": connector.sync_disabled_at,
        "deleted_at": connector.deleted_at,
    });
    // Those of the first entry are always there, those of the others where they belong.
    for (_, name) in entry.map_or(&[][..], |entry| entry.flags) {
        view[*name] = flag(name).into();
    }
    view
}

/// `PATCH /_sandbox/connectors/{id}`: sets what is named, all of it or nothing.
///
/// A change of domain, token or flags is an administrator's edit: it moves `updatedAt` and `configUpdatedAt` and
/// starts a sync, unless the same request sets `status`. Owners, `display_name` and `description` move `updatedAt`
/// only; `status`, `last_error`, `syncs`, `deleted_at`, `config_updated_at` (a timestamp or `now`) and
/// `sync_disabled_reason`, which pauses the syncs for this reason or with null ends the pause, move nothing. A status
/// that is set holds until the next sync, which a write does not start while it is `SYNC_STATUS_DISABLED`; a sync that
/// runs is forgotten.
async fn change(
    State(tenant): State<Tenant>,
    Path(id): Path<String>,
    Body(changes): Body<Map<String, Value>>,
) -> Result<Json<Value>, Rejection> {
    change_connector(&tenant, &id, &changes).map(Json)
}

/// Changes a connector as an administrator or a test does, and gives what it is then.
pub(crate) fn change_connector(tenant: &Tenant, id: &str, changes: &Map<String, Value>) -> Result<Value, Rejection> {
    if let Some(owners) = changes.get("owners") {
        tenant.synced().resolve_owners(&read::<Vec<String>>("owners", owners)?)?;
    }
    let configured = tenant.change(|data| {
        data.change_connector_or_deleted(id, |connector| {
            for (name, value) in changes {
                set(connector, name, value, tenant.now())?;
            }
            let now = tenant.now();
            let configured = changes.keys().any(|name| is_setting(name));
            if configured && !changes.contains_key("config_updated_at") {
                connector.config_updated_at = Some(now);
            }
            if configured || ["owners", "display_name", "description"].iter().any(|name| changes.contains_key(*name)) {
                connector.updated_at = now;
            }
            Ok(configured)
        })
    })?;
    if configured && !changes.contains_key("status") {
        sync::after_write(tenant, id)?;
    }
    connector(tenant, id)
}

fn is_setting(name: &str) -> bool {
    matches!(name, "domain" | "api_token") || catalog::is_flag_name(name)
}

fn set(connector: &mut Connector, name: &str, value: &Value, now: Timestamp) -> Result<(), Rejection> {
    let entry = connector.entry()?;
    match name {
        "domain" => configure(connector, entry.domain, read::<Option<String>>(name, value)?),
        "api_token" => configure(connector, entry.api_token, read::<Option<String>>(name, value)?),
        name if catalog::is_flag_name(name) => {
            let key = entry.flag(name);
            let key =
                key.ok_or_else(|| Rejection::invalid(format!("{name}: {} has no such flag", entry.display_name)))?;
            configure(connector, key, Some(read::<bool>(name, value)?.to_string()));
        }
        "display_name" => {
            connector.fields.insert("displayName".to_owned(), read::<String>(name, value)?.into());
        }
        "description" => {
            connector.fields.insert("description".to_owned(), read::<String>(name, value)?.into());
        }
        "config_updated_at" if value == "now" => connector.config_updated_at = Some(now),
        "config_updated_at" => connector.config_updated_at = read(name, value)?,
        "sync_disabled_reason" => {
            let reason = read::<Option<String>>(name, value)?;
            connector.sync_disabled_at = reason.is_some().then_some(now);
            connector.sync_disabled_reason = reason.unwrap_or_default();
        }
        "owners" => connector.user_ids = read(name, value)?,
        "status" => {
            connector.run = None;
            connector.status = read::<Option<SyncStatus>>(name, value)?.map(|status| Status {
                status,
                last_error: connector.status.take().map(|status| status.last_error).unwrap_or_default(),
                started_at: Some(now),
                completed_at: matches!(status, SyncStatus::Done | SyncStatus::Error).then_some(now),
                updated_at: now,
            });
        }
        "last_error" => {
            let status = connector.status.get_or_insert(Status {
                status: SyncStatus::Unspecified,
                last_error: String::new(),
                started_at: None,
                completed_at: None,
                updated_at: now,
            });
            status.last_error = read(name, value)?;
            status.updated_at = now;
        }
        "syncs" => connector.syncs = read(name, value)?,
        "deleted_at" => match read::<Option<Timestamp>>(name, value)? {
            Some(at) => connector.delete(at),
            None => connector.deleted_at = None,
        },
        _ => return Err(Rejection::invalid(format!("{name}: cannot be set"))),
    }
    Ok(())
}

/// Sets or, with None, removes one key of the configuration, which is made if there was none.
fn configure(connector: &mut Connector, key: &str, text: Option<String>) {
    let config = connector.config.get_or_insert_default();
    match text.filter(|text| !text.is_empty()) {
        Some(text) => config.insert(key.to_owned(), text),
        None => config.remove(key),
    };
}

fn read<T: DeserializeOwned>(name: &str, value: &Value) -> Result<T, Rejection> {
    T::deserialize(value).map_err(|_| Rejection::invalid(format!("{name}: invalid value")))
}
