//! A connector as clients read it.

use axum::Json;
use serde_json::{Value, json};

use super::super::config;
use super::super::model::connector::{Connector, Status, SyncStatus};
use crate::behaviour::{C1Behaviour, ConfigUpdatedAt, NotConnected, NullSubObjects, OwnersOrder};

/// Returns the response of an operation on one connector.
pub(super) fn response(view: Value, expanded: Vec<Value>, behaviour: C1Behaviour) -> Json<Value> {
    let expanded = match behaviour.null_sub_objects {
        NullSubObjects::On if expanded.is_empty() => Value::Null,
        _ => expanded.into(),
    };
    Json(json!({"connectorView": view, "expanded": expanded}))
}

/// Returns `c1.api.app.v1.ConnectorView` with all its fields and empty paths.
pub(super) fn view(connector: &Connector, behaviour: C1Behaviour) -> Value {
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

/// Returns the status of a connector without one.
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
