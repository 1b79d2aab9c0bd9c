//! Syncs that start at an interval or on a connector's schedule.

use std::time::Duration;

use super::model::connector::{Connector, SyncStatus};
use super::sync;
use super::tenant::Tenant;
use crate::clock::Timestamp;

/// Time between two checks for syncs that are due.
const TICK: Duration = Duration::from_millis(500);

/// Starts syncs when they are due, until the tenant stops.
pub(crate) fn run(tenant: &Tenant) {
    let tenant = tenant.clone();
    tokio::spawn(async move {
        loop {
            start_due(&tenant);
            tokio::select! {
                () = tenant.clock().sleep(TICK) => {}
                () = tenant.stop().cancelled() => break,
            }
        }
    });
}

pub(super) fn start_due(tenant: &Tenant) {
    let (now, interval) = (tenant.now(), tenant.timing().sync_interval);
    let due: Vec<String> = tenant.read(|data| {
        let due = data.connectors.active().filter(|connector| is_due(connector, now, interval));
        due.map(|connector| connector.id.clone()).collect()
    });
    for id in due {
        if let Err(error) = sync::start(tenant, &id) {
            tracing::error!(%error, connector = id, "could not start a sync");
        }
    }
}

/// Returns whether the next sync of a connector is due. Paused, disabled and running syncs are not.
fn is_due(connector: &Connector, now: Timestamp, interval: Duration) -> bool {
    let Some(status) = &connector.status else { return false };
    if connector.config.is_none()
        || connector.sync_disabled_at.is_some()
        || matches!(status.status, SyncStatus::Running | SyncStatus::Disabled)
    {
        return false;
    }
    let last = status.started_at.unwrap_or(status.updated_at);
    match &connector.schedule {
        Some(schedule) => schedule.next(last.unix()).is_some_and(|next| next <= now.unix()),
        None => u128::from(now.millis_since(last)) >= interval.as_millis(),
    }
}
