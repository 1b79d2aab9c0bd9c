//! Why a connector does not sync although nothing failed, and what to do about it.

use crate::framework::diagnostics::Diagnostic;
use crate::provider::support::diagnostics::ended;
use conductorone_client::model::{Connector, SyncStatus};

/// How the reason of a pause for missing data begins. Source: public ConductorOne tools that tell the pauses apart.
const DATA_DROP: &str = "Sync paused due to significant drop in sync data";

/// What stopped a connector's syncs, with the reason that the service gives, which may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// ConductorOne paused them because much less data came than before; somebody has to confirm.
    DataDrop(String),
    /// Somebody paused them.
    Paused(String),
    /// Syncing is off.
    Disabled(String),
}

impl Halt {
    /// What stopped this connector's syncs, if anything did.
    pub(crate) fn of(connector: &Connector) -> Option<Self> {
        let reason = connector.sync_disabled_reason.clone();
        if connector.sync_disabled_at.is_some() {
            return Some(if reason.starts_with(DATA_DROP) { Self::DataDrop(reason) } else { Self::Paused(reason) });
        }
        let status = connector.status.as_ref().map(|status| &status.status);
        matches!(status, Some(SyncStatus::Disabled)).then_some(Self::Disabled(reason))
    }

    /// Whether the last sync counts as failed for nothing but what it found.
    pub(crate) fn is_data_drop(&self) -> bool {
        matches!(self, Self::DataDrop(_))
    }

    /// The warning, which begins with a sentence about the connector.
    pub(crate) fn warning(&self, about: &str, client: &conductorone_client::Client) -> Diagnostic {
        let (Self::DataDrop(reason) | Self::Paused(reason) | Self::Disabled(reason)) = self;
        let reason = match client.redactor().message(reason) {
            reason if reason.is_empty() => "ConductorOne gives no reason.".to_owned(),
            reason => format!("Reason: {}", ended(&reason)),
        };
        match self {
            Self::DataDrop(_) => Diagnostic::warning(
                "Okta sync is paused: much less data than before",
                format!(
                    "{about} ConductorOne paused its syncs because the last one found much less than the one before, \
                     which often means that the token lost rights. {reason}\n\nCheck the token's roles in Okta; if the \
                     drop is right, confirm it on the connector's page in ConductorOne."
                ),
            ),
            Self::Paused(_) => Diagnostic::warning(
                "Okta connector is paused",
                format!(
                    "{about} Its syncs are paused. {reason}\n\nResume them on the connector's page in ConductorOne."
                ),
            ),
            Self::Disabled(_) => Diagnostic::warning(
                "Okta connector has its syncs turned off",
                format!(
                    "{about} Syncing is off. {reason}\n\nTurn it on on the connector's page in ConductorOne; where that \
                     is not offered, ask ConductorOne's support."
                ),
            ),
        }
    }
}
