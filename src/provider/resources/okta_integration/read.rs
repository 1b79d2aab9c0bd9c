//! Reading: one call, every setting as the service has it.

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::private::Private;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use conductorone_client::catalog::CatalogEntry;
use conductorone_client::model::{Connector, SyncStatus};

use super::model::OktaIntegration;
use super::{outside, owners, settings};
use crate::provider::support::sync_blocker::Halt;

pub(super) async fn read(
    cx: &Context<ProviderData>,
    state: OktaIntegration,
    private: &Private,
) -> Result<Option<OktaIntegration>, Diagnostics> {
    let services = cx.data()?;
    let client = services.conductorone()?;
    let (app_id, id) = (state.app_id.text().unwrap_or_default(), state.id.text().unwrap_or_default());
    services.manages(id);
    let connector = match client.get_connector(app_id, id).await {
        Ok(connector) => connector,
        Err(error) if error.is_not_found() => return Ok(gone(id)),
        Err(error) => return Err(diagnostics::conductorone(&format!("read the connector {id}"), &error).into()),
    };
    if connector.deleted_at.is_some() {
        return Ok(gone(id));
    }
    let entry = understood(&state, &connector)?;
    if let Some(warning) = failing(&connector, client) {
        cx.warn(warning);
    }
    let refreshed = refreshed(state.clone(), entry, &connector, private);
    if !settings::differ(&state, &refreshed)
        && let Some(warning) = outside::changed(private, &connector)
    {
        cx.warn(warning);
    }
    Ok(Some(refreshed))
}

fn gone<T>(id: &str) -> Option<T> {
    tracing::warn!(connector_id = id, "the connector is gone");
    None
}

/// The state with everything the service says.
fn refreshed(
    mut state: OktaIntegration,
    entry: CatalogEntry,
    connector: &Connector,
    private: &Private,
) -> OktaIntegration {
    settings::refresh(&mut state, entry, connector);
    state.owners = owners::refreshed(&state.owners, connector, private);
    // None and empty are the same to the service; the state keeps what the configuration says.
    if state.description.text().unwrap_or_default() != connector.description {
        state.description = Some(connector.description.clone()).filter(|text| !text.is_empty()).into();
    }
    if !connector.display_name.is_empty() || state.display_name.is_null() {
        state.display_name = Value::Known(connector.display_name.clone());
    }
    // An answer without it says nothing; the connector is as old as it was.
    if let Some(created_at) = &connector.created_at {
        state.created_at = Value::Known(created_at.to_string());
    }
    state
}

/// Refuses to take another kind of connector for an Okta connector without settings.
fn understood(state: &OktaIntegration, connector: &Connector) -> Result<CatalogEntry, Diagnostics> {
    let other = |what: String| -> Diagnostics {
        Diagnostic::error(
            "Connector is of another kind",
            format!(
                "The connector {} {what}. conductorone_okta_integration manages connectors of the entries Okta and \
                 Okta v2 only. To import it, use the resource of its own kind; if it is in the state already, remove \
                 it with `terraform state rm`.",
                connector.id
            ),
        )
        .into()
    };
    let known = match connector.catalog_id.as_str() {
        // An answer without it says nothing; the connector is of the kind it was.
        "" => Some(state.entry().unwrap_or(CatalogEntry::Okta)),
        id => CatalogEntry::from_catalog_id(id),
    };
    let Some(entry) = known else {
        let name = if connector.display_name.is_empty() { "no name" } else { &connector.display_name };
        return Err(other(format!("({name}) is of the catalog entry {}", connector.catalog_id)));
    };
    match connector.config.as_ref().filter(|config| config.has_unknown_type()) {
        Some(config) => Err(other(format!("has settings of the type {}", config.type_url().unwrap_or_default()))),
        None => Ok(entry),
    }
}

/// A connector that does not sync is no drift, but somebody should know.
fn failing(connector: &Connector, client: &conductorone_client::Client) -> Option<Diagnostic> {
    let id = &connector.id;
    if let Some(halt) = Halt::of(connector) {
        return Some(halt.warning(&format!("The connector {id} is there, and does not sync."), client));
    }
    let status = connector.status.as_ref().filter(|status| status.status == SyncStatus::Error)?;
    let said = match client.redactor().message(&status.last_error) {
        said if said.is_empty() => "It gives no reason.".to_owned(),
        said => format!("It says: {}", diagnostics::ended(&said)),
    };
    Some(Diagnostic::warning(
        "Last sync of the Okta connector failed",
        format!(
            "The connector {id} is there, and its last sync failed. {said}\n\nConductorOne syncs again by itself; when \
             the reason is gone, the connector's page offers Force sync."
        ),
    ))
}
