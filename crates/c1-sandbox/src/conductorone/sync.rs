//! Syncs of connectors: starting, pausing and finishing them.

use okta_inventory::{Detail, Selection};

use super::config;
use super::error::Rejection;
use super::model::connector::{Connector, Status, SyncRecord, SyncStatus};
use super::org_clients::SyncSource;
use super::synced::intake::{self, SyncResult};
use super::tenant::Tenant;
use crate::behaviour::SyncStart;
use crate::clock::Timestamp;

/// Reason of the pause after a sync that read far fewer accounts than the previous one.
///
/// Source: ConductorOne's documentation of connector statuses.
const DATA_DROP: &str = "Sync paused due to significant drop in sync data";

/// Starts the sync that follows a write of a connector's configuration, unless the connector's syncs are disabled.
pub(crate) fn after_write(tenant: &Tenant, id: &str) -> Result<(), Rejection> {
    let is_disabled = tenant.read(|data| {
        let status = data.connectors.get(id).and_then(|connector| connector.status.as_ref());
        status.is_some_and(|status| status.status == SyncStatus::Disabled)
    });
    if is_disabled {
        return Ok(());
    }
    match tenant.behaviour().sync_start {
        SyncStart::Automatic => start(tenant, id),
        SyncStart::Forced => tenant.change(|data| {
            if data.connectors.get(id).is_some_and(|connector| connector.config.is_some()) {
                return Ok(());
            }
            data.change_connector_or_deleted(id, |connector| {
                connector.disconnect();
                Ok(())
            })
        }),
    }
}

/// Starts a sync of a connector that is configured and neither deleted nor paused. Otherwise does nothing.
///
/// A running sync is superseded: its result belongs to settings that no longer exist.
pub(crate) fn start(tenant: &Tenant, id: &str) -> Result<(), Rejection> {
    let started = tenant.change(|data| {
        let Some(connector) = data.connectors.get(id) else { return Ok(None) };
        if connector.deleted_at.is_some() || connector.sync_disabled_at.is_some() {
            return Ok(None);
        }
        data.change_connector_or_deleted(id, |connector| begin(connector, tenant.now()))
    })?;
    let Some((run, source)) = started else { return Ok(()) };
    tenant.log().add(format!("sync of {id} begins"));

    let (tenant, id) = (tenant.clone(), id.to_owned());
    tokio::spawn(async move {
        let crawl =
            async { tokio::join!(crawl(&tenant, &source), tenant.clock().sleep(tenant.timing().sync_duration)).0 };
        tokio::select! {
            result = crawl => finish(&tenant, &id, run, result),
            () = tenant.stop().cancelled() => {}
        }
    });
    Ok(())
}

/// Sets the status of a connector to running. Returns the number of the sync and what it reads.
fn begin(connector: &mut Connector, now: Timestamp) -> Result<Option<(u64, SyncSource)>, Rejection> {
    let Some(source) = connector.sync_source()? else {
        connector.disconnect();
        return Ok(None);
    };
    let run: u64 = rand::random();
    connector.run = Some(run);
    connector.status = Some(Status {
        status: SyncStatus::Running,
        last_error: String::new(),
        started_at: Some(now),
        completed_at: None,
        updated_at: now,
    });
    Ok(Some((run, source)))
}

/// Reads a connector's org into the database. The error is the text of `lastError`.
async fn crawl(tenant: &Tenant, source: &SyncSource) -> Result<SyncResult, String> {
    let SyncSource { entry, config, .. } = source;
    let client = tenant.org_clients().connect(entry, config).await?;
    let selection = Selection {
        skip_inactive_apps: config::is_on(config, entry, "skip_inactive_apps"),
        // Only the first entry has this setting.
        deprovisioned_users: config::is_on(config, entry, "sync_deprovisioned_users"),
        aws_saml_roles: config::is_on(config, entry, "extract_aws_saml_roles"),
        detail: Detail::Full,
    };
    intake::run(tenant.synced(), source, &client, selection, tenant.clock()).await
}

/// Restarts the syncs that a restart of the sandbox interrupted.
pub(crate) fn resume_all(tenant: &Tenant) -> Result<(), Rejection> {
    let interrupted: Vec<String> = tenant.read(|data| {
        let running = data.connectors.active().filter(|connector| connector.is_running());
        running.map(|connector| connector.id.clone()).collect()
    });
    interrupted.iter().try_for_each(|id| start(tenant, id))
}

/// Saves the result of a sync, unless the sync was superseded.
fn finish(tenant: &Tenant, id: &str, run: u64, result: Result<SyncResult, String>) {
    let saved = tenant.change(|data| {
        if data.connectors.get(id).is_none_or(|connector| connector.run != Some(run)) {
            tenant.log().add(format!("sync of {id} ended without effect"));
            return Ok(());
        }
        let outcome = match &result {
            Ok(result) if result.is_held_back => "held back: far less than before".to_owned(),
            Ok(_) => "done".to_owned(),
            Err(error) => error.clone(),
        };
        tenant.log().add(format!("sync of {id} ended: {outcome}"));
        data.change_connector_or_deleted(id, |connector| {
            complete(connector, tenant.now(), outcome, result);
            Ok(())
        })
    });
    if let Err(error) = saved {
        tracing::error!(%error, connector = id, "could not save the result of a sync");
    }
}

fn complete(connector: &mut Connector, now: Timestamp, outcome: String, result: Result<SyncResult, String>) {
    let started_at = connector.status.as_ref().and_then(|status| status.started_at);
    connector.run = None;
    connector.syncs += 1;
    connector.add_to_history(SyncRecord {
        started_at: started_at.unwrap_or(now),
        completed_at: now,
        outcome,
        counts: result.as_ref().ok().map(|result| result.counts),
    });
    if result.as_ref().is_ok_and(|result| result.is_held_back) {
        connector.sync_disabled_at = Some(now);
        connector.sync_disabled_reason = DATA_DROP.to_owned();
    }
    connector.status = Some(Status {
        status: if result.is_ok() { SyncStatus::Done } else { SyncStatus::Error },
        last_error: result.err().unwrap_or_default(),
        started_at,
        completed_at: Some(now),
        updated_at: now,
    });
}

/// Starts a sync of a connector on request. Rejected if the connector cannot sync.
pub(crate) fn force(tenant: &Tenant, app_id: &str, id: &str) -> Result<(), Rejection> {
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
    start(tenant, id)
}

/// Pauses a connector's syncs. A running sync continues.
pub(crate) fn pause(tenant: &Tenant, app_id: &str, id: &str) -> Result<(), Rejection> {
    let now = tenant.now();
    tenant.change(|data| {
        data.change_connector(app_id, id, |connector| {
            connector.sync_disabled_at.get_or_insert(now);
            connector.updated_at = now;
            Ok(())
        })
    })
}

/// Ends the pause of a connector's syncs and starts one.
pub(crate) fn resume(tenant: &Tenant, app_id: &str, id: &str) -> Result<(), Rejection> {
    let now = tenant.now();
    tenant.change(|data| {
        data.change_connector(app_id, id, |connector| {
            connector.sync_disabled_at = None;
            connector.sync_disabled_reason.clear();
            connector.updated_at = now;
            Ok(())
        })
    })?;
    start(tenant, id)
}

/// Publishes the result of a sync that was held back, then ends the pause and starts a sync.
pub(crate) fn confirm(tenant: &Tenant, app_id: &str, id: &str) -> Result<(), Rejection> {
    tenant.read(|data| data.connector(app_id, id).map(drop))?;
    let confirmed = tenant.synced().confirm(id, &tenant.now().micros());
    if !confirmed.map_err(|error| Rejection::internal(format!("could not change the synced objects: {error}")))? {
        return Err(Rejection::not_found("sync not found"));
    }
    resume(tenant, app_id, id)
}
