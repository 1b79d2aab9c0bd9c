//! Connectors and the state of their syncs.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::catalog::{self, Entry};
use super::super::config::Config;
use super::super::error::Rejection;
use super::super::org_clients::SyncSource;
use super::super::records::Record;
use super::schedule::Schedule;
use crate::clock::Timestamp;

/// Length of a connector's sync history.
const HISTORY: usize = 10;

/// A connector. Deleting it only sets `deleted_at`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Connector {
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) catalog_id: String,
    /// The fields of `handlers::connectors::FIELDS`.
    pub(crate) fields: Map<String, Value>,
    pub(crate) user_ids: Vec<String>,
    /// Entitlements whose holders are owners too.
    #[serde(default)]
    pub(crate) entitlement_owners: Vec<EntitlementRef>,
    /// Start times of syncs. `None`: at the tenant's interval.
    #[serde(default)]
    pub(crate) schedule: Option<Schedule>,
    pub(crate) config: Option<Config>,
    pub(crate) config_updated_at: Option<Timestamp>,
    /// `None`: not connected.
    pub(crate) status: Option<Status>,
    /// The latest syncs, in the order in which they ended.
    #[serde(default)]
    pub(crate) history: Vec<SyncRecord>,
    /// Number of syncs that ended, successful or not.
    pub(crate) syncs: u64,
    pub(crate) sync_disabled_at: Option<Timestamp>,
    /// Empty for a pause by a user: the service's text for that is not published.
    #[serde(default)]
    pub(crate) sync_disabled_reason: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
    /// Number of the running sync. A sync with another number is superseded and must not change the connector.
    #[serde(skip)]
    pub(crate) run: Option<u64>,
}

/// An entitlement of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntitlementRef {
    #[serde(default)]
    pub(crate) app_id: String,
    #[serde(default)]
    pub(crate) id: String,
}

/// State of a connector's syncs.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Status {
    pub(crate) status: SyncStatus,
    /// Empty unless the last sync failed.
    pub(crate) last_error: String,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) updated_at: Timestamp,
}

/// An entry of a connector's sync history.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SyncRecord {
    pub(crate) started_at: Timestamp,
    pub(crate) completed_at: Timestamp,
    /// Text for the sandbox's page.
    pub(crate) outcome: String,
    /// `None` for a failed sync.
    pub(crate) counts: Option<SyncCounts>,
}

/// Number of objects that a sync read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SyncCounts {
    pub(crate) users: u64,
    pub(crate) groups: u64,
    pub(crate) apps: u64,
    pub(crate) roles: u64,
    /// Memberships, assignments and roles of single users.
    pub(crate) grants: u64,
}

/// Names from ConductorOne's OpenAPI document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SyncStatus {
    #[serde(rename = "SYNC_STATUS_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "SYNC_STATUS_RUNNING")]
    Running,
    #[serde(rename = "SYNC_STATUS_DONE")]
    Done,
    #[serde(rename = "SYNC_STATUS_ERROR")]
    Error,
    #[serde(rename = "SYNC_STATUS_DISABLED")]
    Disabled,
}

impl Connector {
    /// Returns the connector's entry of the catalog.
    pub(crate) fn entry(&self) -> Result<&'static Entry, Rejection> {
        catalog::entry(&self.catalog_id)
            .ok_or_else(|| Rejection::internal("a connector of the state file has no catalog entry"))
    }

    /// Returns the settings that syncs and tasks use. `None` without a configuration.
    pub(crate) fn sync_source(&self) -> Result<Option<SyncSource>, Rejection> {
        let Some(config) = self.config.clone() else { return Ok(None) };
        // Source: ConductorOne's OpenAPI document for the field, its documentation for the pause that the field disables.
        let checks_for_drop = self.fields.get("disableCheckBadSync") != Some(&Value::Bool(true));
        Ok(Some(SyncSource {
            app_id: self.app_id.clone(),
            connector_id: self.id.clone(),
            entry: self.entry()?,
            config,
            checks_for_drop,
        }))
    }

    pub(crate) fn is_running(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.status == SyncStatus::Running)
    }

    /// Removes the status: without a configuration there are no syncs.
    pub(crate) fn disconnect(&mut self) {
        self.status = None;
        self.run = None;
    }

    /// Adds a sync to the history, which keeps the latest ten.
    pub(crate) fn add_to_history(&mut self, record: SyncRecord) {
        if self.history.len() == HISTORY {
            self.history.remove(0);
        }
        self.history.push(record);
    }

    /// Marks the connector as deleted and ignores the result of a running sync.
    pub(crate) fn delete(&mut self, at: Timestamp) {
        self.deleted_at = Some(at);
        self.run = None;
    }
}

impl Record for Connector {
    fn id(&self) -> &str {
        &self.id
    }

    fn parent_id(&self) -> &str {
        &self.app_id
    }

    fn is_active(&self) -> bool {
        self.deleted_at.is_none()
    }
}
