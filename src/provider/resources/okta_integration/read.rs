//! Read of a connector with one request.

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::private::Private;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use crate::provider::support::sync_blocker::SyncBlocker;
use conductorone_client::catalog::CatalogEntry;
use conductorone_client::model::{Connector, SyncStatus};

use super::model::OktaIntegrationModel;
use super::{out_of_band, owners, settings};

pub(super) async fn read(
    cx: &Context<ProviderData>,
    state: OktaIntegrationModel,
    private: &Private,
) -> Result<Option<OktaIntegrationModel>, Diagnostics> {
    let services = cx.data()?;
    let client = services.conductorone()?;
    let (app_id, id) = (state.app_id.text().unwrap_or_default(), state.id.text().unwrap_or_default());
    services.mark_managed(id);
    let connector = match client.get_connector(app_id, id).await {
        Ok(connector) if connector.deleted_at.is_none() => connector,
        Err(error) if !error.is_not_found() => {
            return Err(diagnostics::conductorone(&format!("read the connector {id}"), &error).into());
        }
        Ok(_) | Err(_) => {
            tracing::warn!(connector_id = id, "the connector does not exist; removing it from the state");
            return Ok(None);
        }
    };
    let entry = okta_entry(&state, &connector)?;
    if let Some(warning) = sync_warning(&connector, client) {
        cx.warn(warning);
    }
    let refreshed = refreshed(state.clone(), entry, &connector, private);
    if !settings::differ(&state, &refreshed)
        && let Some(warning) = out_of_band::change_warning(private, &connector)
    {
        cx.warn(warning);
    }
    Ok(Some(refreshed))
}

/// Returns the state with all values that ConductorOne returned.
fn refreshed(
    mut state: OktaIntegrationModel,
    entry: CatalogEntry,
    connector: &Connector,
    private: &Private,
) -> OktaIntegrationModel {
    settings::refresh(&mut state, entry, connector);
    state.owners = owners::refreshed(&state.owners, connector, private);
    // ConductorOne does not distinguish null from empty, so the state keeps the configured one.
    if state.description.text().unwrap_or_default() != connector.description {
        state.description = Some(connector.description.clone()).filter(|text| !text.is_empty()).into();
    }
    if !connector.display_name.is_empty() || state.display_name.is_null() {
        state.display_name = Value::Known(connector.display_name.clone());
    }
    // The time of creation never changes, so a response without it keeps the stored one.
    if let Some(created_at) = &connector.created_at {
        state.created_at = Value::Known(created_at.to_string());
    }
    state
}

/// Returns the catalog entry of a connector.
///
/// # Errors
/// The connector is not an Okta connector.
fn okta_entry(state: &OktaIntegrationModel, connector: &Connector) -> Result<CatalogEntry, Diagnostics> {
    let not_okta = |property: String| -> Diagnostics {
        Diagnostic::error(
            "Connector is not an Okta connector",
            format!(
                "The connector {} {property}. conductorone_okta_integration manages only connectors of the catalog \
                 entries Okta and Okta v2. To import this connector, use the resource for its kind. If it is already \
                 in the state, remove it with `terraform state rm`.",
                connector.id
            ),
        )
        .into()
    };
    let entry = match connector.catalog_id.as_str() {
        // The entry never changes, so a response without it keeps the stored one.
        "" => Some(state.entry().unwrap_or(CatalogEntry::Okta)),
        id => CatalogEntry::from_catalog_id(id),
    };
    let Some(entry) = entry else {
        let name = if connector.display_name.is_empty() { "no name" } else { &connector.display_name };
        return Err(not_okta(format!("({name}) has the catalog entry {}", connector.catalog_id)));
    };
    match connector.config.as_ref().filter(|config| config.has_unknown_type()) {
        Some(config) => Err(not_okta(format!("has settings of the type {}", config.type_url().unwrap_or_default()))),
        None => Ok(entry),
    }
}

/// Returns a warning if the syncs fail or do not run. Neither is drift.
fn sync_warning(connector: &Connector, client: &conductorone_client::Client) -> Option<Diagnostic> {
    let id = &connector.id;
    if let Some(blocker) = SyncBlocker::of(connector) {
        return Some(blocker.warning(&format!("The connector {id} exists, but does not sync."), client));
    }
    let status = connector.status.as_ref().filter(|status| status.status == SyncStatus::Error)?;
    let reason = match client.redactor().message(&status.last_error) {
        message if message.is_empty() => "ConductorOne returned no reason.".to_owned(),
        message => format!("ConductorOne returned the reason: {}", diagnostics::with_full_stop(&message)),
    };
    Some(Diagnostic::warning(
        "Last sync of the Okta connector failed",
        format!(
            "The connector {id} exists, but its last sync failed. {reason}\n\nCorrect the cause. ConductorOne retries \
             automatically. To start a sync immediately, select Force sync on the connector's page."
        ),
    ))
}
