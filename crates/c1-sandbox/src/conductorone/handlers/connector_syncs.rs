//! Operations on a connector's syncs: force, pause, resume, confirm, schedule.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::model::schedule::{CronSpec, Schedule};
use super::super::sync;
use super::super::tenant::Tenant;

/// The path of a connector: app and connector.
type ConnectorPath = Path<(String, String)>;

/// `POST …/force_sync`. Rejected for a connector that cannot sync; the service's behavior is not published.
pub(crate) async fn force(
    State(tenant): State<Tenant>,
    Path((app_id, id)): ConnectorPath,
) -> Result<Json<Value>, Rejection> {
    sync::force(&tenant, &app_id, &id).map(empty)
}

/// `POST …/pause`. Prevents further syncs. A running sync continues.
pub(crate) async fn pause(
    State(tenant): State<Tenant>,
    Path((app_id, id)): ConnectorPath,
) -> Result<Json<Value>, Rejection> {
    sync::pause(&tenant, &app_id, &id).map(empty)
}

/// `POST …/resume`. Ends a pause and starts a sync, as documented in ConductorOne's OpenAPI document.
pub(crate) async fn resume(
    State(tenant): State<Tenant>,
    Path((app_id, id)): ConnectorPath,
) -> Result<Json<Value>, Rejection> {
    sync::resume(&tenant, &app_id, &id).map(empty)
}

/// `POST …/confirm_sync_valid/{sync_lifecycle_id}`: publishes a sync that was held back, ends the pause and starts a
/// sync, as documented in ConductorOne's OpenAPI document.
///
/// How clients learn the ID is not published, so any ID is accepted.
pub(crate) async fn confirm(
    State(tenant): State<Tenant>,
    Path((app_id, id, _)): Path<(String, String, String)>,
) -> Result<Json<Value>, Rejection> {
    sync::confirm(&tenant, &app_id, &id).map(empty)
}

/// Body of a schedule change.
#[derive(Deserialize)]
pub(crate) struct SetSchedule {
    cron: Option<CronSpec>,
}

/// `POST …/schedule`.
pub(crate) async fn set_schedule(
    State(tenant): State<Tenant>,
    Path((app_id, id)): ConnectorPath,
    Body(SetSchedule { cron }): Body<SetSchedule>,
) -> Result<Json<Value>, Rejection> {
    let now = tenant.now();
    let cron = cron.ok_or_else(|| Rejection::invalid("schedule: is required"))?;
    let schedule = Schedule::new(cron, now)?;
    let changed = tenant.change(|data| {
        data.change_connector(&app_id, &id, |connector| {
            connector.schedule = Some(schedule);
            connector.updated_at = now;
            Ok(())
        })
    });
    changed.map(empty)
}

/// Returns the empty message.
fn empty((): ()) -> Json<Value> {
    Json(json!({}))
}
