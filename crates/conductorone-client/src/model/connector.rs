//! Connectors and the status of their syncs.

use serde::{Deserialize, Deserializer};
use service_http::null_as_default;

use super::timestamp::optional;
use super::{ConnectorConfig, Timestamp};

/// A connector, which provides the data of an app. Source: ConductorOne's OpenAPI document, schema `c1.api.app.v1.Connector`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Connector {
    /// Never empty in what the client returns.
    #[serde(deserialize_with = "null_as_default")]
    pub id: String,
    /// Empty if the service does not return it.
    #[serde(deserialize_with = "null_as_default")]
    pub app_id: String,
    #[serde(deserialize_with = "null_as_default")]
    pub catalog_id: String,
    #[serde(deserialize_with = "null_as_default")]
    pub display_name: String,
    #[serde(deserialize_with = "null_as_default")]
    pub description: String,
    /// `None` before the first configuration, or if the configuration was lost.
    pub config: Option<ConnectorConfig>,
    /// Time of the last write of the configuration, by any client.
    #[serde(deserialize_with = "optional")]
    pub config_updated_at: Option<Timestamp>,
    /// Owners, in no particular order.
    #[serde(deserialize_with = "null_as_default")]
    pub user_ids: Vec<String>,
    /// `None` before the first configuration.
    pub status: Option<ConnectorStatus>,
    /// `None` unless syncs are paused.
    #[serde(deserialize_with = "optional")]
    pub sync_disabled_at: Option<Timestamp>,
    /// The service's reason for a pause.
    #[serde(deserialize_with = "null_as_default")]
    pub sync_disabled_reason: String,
    /// The service's category of a pause.
    #[serde(deserialize_with = "null_as_default")]
    pub sync_disabled_category: String,
    /// `true` if syncs that remove many objects are accepted.
    #[serde(deserialize_with = "null_as_default")]
    pub disable_check_bad_sync: bool,
    /// `None` for the service's default schedule.
    pub connector_sync_cron_schedule: Option<CronSchedule>,
    #[serde(deserialize_with = "optional")]
    pub created_at: Option<Timestamp>,
    /// `None` while the connector exists.
    #[serde(deserialize_with = "optional")]
    pub deleted_at: Option<Timestamp>,
}

/// The status of the last sync. Source: ConductorOne's OpenAPI document, schema `c1.api.app.v1.ConnectorStatus`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectorStatus {
    #[serde(deserialize_with = "null_as_default")]
    pub status: SyncStatus,
    /// The connector's error message. May contain secrets, so redact it before showing it.
    #[serde(deserialize_with = "null_as_default")]
    pub last_error: String,
    #[serde(deserialize_with = "optional")]
    pub started_at: Option<Timestamp>,
    /// `None` while the sync is running.
    #[serde(deserialize_with = "optional")]
    pub completed_at: Option<Timestamp>,
}

/// The schedule of a connector's syncs.
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

/// The state of a sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SyncStatus {
    /// No sync has started.
    #[default]
    Unspecified,
    Running,
    Done,
    Error,
    Disabled,
    /// An unknown value.
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
