//! Reasons why the syncs of a connector do not run.

use crate::framework::diagnostics::Diagnostic;
use crate::provider::support::diagnostics::with_full_stop;
use conductorone_client::model::{Connector, SyncStatus};

/// Start of the reason of a pause for missing data. Source: public ConductorOne tools that distinguish the pauses.
const DATA_DROP: &str = "Sync paused due to significant drop in sync data";

/// The cause of stopped syncs, with ConductorOne's reason, which may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SyncBlocker {
    /// ConductorOne paused the syncs because the last one found much less data. A user has to confirm the drop.
    DataDrop(String),
    /// A user paused the syncs.
    Paused(String),
    /// The syncs are disabled.
    Disabled(String),
}

impl SyncBlocker {
    /// Returns what blocks the syncs of a connector, if anything does.
    pub(crate) fn of(connector: &Connector) -> Option<Self> {
        let reason = connector.sync_disabled_reason.clone();
        if connector.sync_disabled_at.is_some() {
            return Some(if reason.starts_with(DATA_DROP) { Self::DataDrop(reason) } else { Self::Paused(reason) });
        }
        let status = connector.status.as_ref().map(|status| &status.status);
        matches!(status, Some(SyncStatus::Disabled)).then_some(Self::Disabled(reason))
    }

    /// Returns whether the last sync succeeded technically and only its data is in doubt.
    pub(crate) fn is_data_drop(&self) -> bool {
        matches!(self, Self::DataDrop(_))
    }

    /// Returns the warning. `introduction` is a sentence about the connector.
    pub(crate) fn warning(&self, introduction: &str, client: &conductorone_client::Client) -> Diagnostic {
        let (Self::DataDrop(reason) | Self::Paused(reason) | Self::Disabled(reason)) = self;
        let reason = match client.redactor().message(reason) {
            reason if reason.is_empty() => "ConductorOne returned no reason.".to_owned(),
            reason => format!("ConductorOne returned the reason: {}", with_full_stop(&reason)),
        };
        match self {
            Self::DataDrop(_) => Diagnostic::warning(
                "Okta sync is paused: much less data than before",
                format!(
                    "{introduction} ConductorOne paused its syncs because the last sync found much less data than the \
                     previous one. The token has often lost an admin role. {reason}\n\nCheck the token's roles in \
                     Okta. If the drop is expected, confirm it on the connector's page in ConductorOne."
                ),
            ),
            Self::Paused(_) => Diagnostic::warning(
                "Okta connector is paused",
                format!(
                    "{introduction} Its syncs are paused. {reason}\n\nResume them on the connector's page in \
                     ConductorOne."
                ),
            ),
            Self::Disabled(_) => Diagnostic::warning(
                "Okta connector syncs are disabled",
                format!(
                    "{introduction} Its syncs are disabled. {reason}\n\nEnable them on the connector's page in \
                     ConductorOne. If the page does not offer that, contact ConductorOne's support."
                ),
            ),
        }
    }
}
