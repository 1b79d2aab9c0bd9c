//! A connector and how its syncs go.

use serde::{Deserialize, Deserializer};

use super::lenient::{integer, null_as_default};
use super::timestamp::optional;
use super::{ConnectorConfig, Timestamp};

/// A connector: what feeds an app. Source: ConductorOne's OpenAPI document, schema `c1.api.app.v1.Connector`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Connector {
    /// Never empty in what the client returns.
    #[serde(deserialize_with = "null_as_default")]
    pub id: String,
    /// The app it feeds. Empty when the service did not say.
    #[serde(deserialize_with = "null_as_default")]
    pub app_id: String,
    /// Which kind of connector.
    #[serde(deserialize_with = "null_as_default")]
    pub catalog_id: String,
    /// Name shown to people.
    #[serde(deserialize_with = "null_as_default")]
    pub display_name: String,
    /// Free text.
    #[serde(deserialize_with = "null_as_default")]
    pub description: String,
    /// `None` while nobody has configured it, or when its configuration was lost.
    pub config: Option<ConnectorConfig>,
    /// When the configuration was last written, by whomever.
    #[serde(deserialize_with = "optional")]
    pub config_updated_at: Option<Timestamp>,
    /// Owners, in no particular order.
    #[serde(deserialize_with = "null_as_default")]
    pub user_ids: Vec<String>,
    /// `None` before the first configuration.
    pub status: Option<ConnectorStatus>,
    /// Whether a paused sync may be resumed.
    #[serde(deserialize_with = "null_as_default")]
    pub can_resume_sync: bool,
    /// When syncing was paused; `None` when it is not.
    #[serde(deserialize_with = "optional")]
    pub sync_disabled_at: Option<Timestamp>,
    /// Why syncing is paused, in the service's words.
    #[serde(deserialize_with = "null_as_default")]
    pub sync_disabled_reason: String,
    /// The kind of pause, in the service's words.
    #[serde(deserialize_with = "null_as_default")]
    pub sync_disabled_category: String,
    /// Whether a large drop in what is synced is let through.
    #[serde(deserialize_with = "null_as_default")]
    pub disable_check_bad_sync: bool,
    /// A schedule of its own; `None` for the service's.
    pub connector_sync_cron_schedule: Option<CronSchedule>,
    /// How many workers sync at once; `None` for the service's default.
    #[serde(deserialize_with = "integer")]
    pub parallel_sync_worker_count: Option<i64>,
    /// Profile attributes to keep; empty for all.
    #[serde(deserialize_with = "null_as_default")]
    pub profile_allow_list: Vec<String>,
    /// Profile attributes to leave out.
    #[serde(deserialize_with = "null_as_default")]
    pub profile_ignore_list: Vec<String>,
    /// When it was made.
    #[serde(deserialize_with = "optional")]
    pub created_at: Option<Timestamp>,
    /// When anything about it last changed.
    #[serde(deserialize_with = "optional")]
    pub updated_at: Option<Timestamp>,
    /// When it was deleted; `None` while it exists.
    #[serde(deserialize_with = "optional")]
    pub deleted_at: Option<Timestamp>,
}

/// How the last sync went. Source: ConductorOne's OpenAPI document, schema `c1.api.app.v1.ConnectorStatus`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectorStatus {
    /// Where it stands.
    #[serde(deserialize_with = "null_as_default")]
    pub status: SyncStatus,
    /// The connector's own words when it failed. Comes from outside: redact before showing.
    #[serde(deserialize_with = "null_as_default")]
    pub last_error: String,
    /// When the sync started.
    #[serde(deserialize_with = "optional")]
    pub started_at: Option<Timestamp>,
    /// When the sync ended; `None` while it runs.
    #[serde(deserialize_with = "optional")]
    pub completed_at: Option<Timestamp>,
    /// When this status was written.
    #[serde(deserialize_with = "optional")]
    pub updated_at: Option<Timestamp>,
}

/// When a connector syncs by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CronSchedule {
    /// Five fields.
    #[serde(deserialize_with = "null_as_default")]
    pub cron_spec: String,
    /// IANA name of the time zone.
    #[serde(deserialize_with = "null_as_default")]
    pub timezone: String,
}

/// Where a sync stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SyncStatus {
    /// No sync yet.
    #[default]
    Unspecified,
    /// A sync is in progress.
    Running,
    /// The last sync succeeded.
    Done,
    /// The last sync failed.
    Error,
    /// Syncing is off.
    Disabled,
    /// A value newer than this client, kept as it came.
    Other(String),
}

impl From<String> for SyncStatus {
    fn from(text: String) -> Self {
        match text.as_str() {
            "" | "SYNC_STATUS_UNSPECIFIED" => Self::Unspecified,
            "SYNC_STATUS_RUNNING" => Self::Running,
            "SYNC_STATUS_DONE" => Self::Done,
            "SYNC_STATUS_ERROR" => Self::Error,
            "SYNC_STATUS_DISABLED" => Self::Disabled,
            _ => Self::Other(text),
        }
    }
}

impl<'de> Deserialize<'de> for SyncStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
