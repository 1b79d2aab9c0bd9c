//! The data source `conductorone_okta_integration`: a connector as it is now, its syncs included.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use conductorone_client::catalog::CatalogEntry;
use conductorone_client::model::{Connector, SyncStatus, Timestamp};

use crate::provider::resources::okta_integration::{owners, settings};
use crate::provider::support::sync_blocker::Halt;

/// An Okta connector of a ConductorOne app as it is now: its settings, and what its syncs do, which changes by itself
/// and therefore is not in the resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OktaIntegrationData {
    /// ID of the ConductorOne app that the connector feeds.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub app_id: Value<String>,
    /// ID of the connector. May be left out when the app has one Okta connector only.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub id: Value<String>,
    /// CatalogEntry of ConductorOne's catalog: `okta` or `okta_v2`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub connector: Value<String>,
    /// Name of the connector.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub display_name: Value<String>,
    /// Text beside the name.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub description: Value<String>,
    /// Domain of the Okta org; null before the connector is set up.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub domain: Value<String>,
    /// IDs of the owners.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub owners: Value<BTreeSet<Value<String>>>,
    /// The settings that are on, such as `skip_inactive_apps`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub enabled_settings: Value<BTreeSet<Value<String>>>,
    /// What ConductorOne shows: `Not connected`, `Syncing`, `Connected`, `Failed`, `Paused` or `Disabled`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub status: Value<String>,
    /// Why the last sync failed; empty when it did not.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub last_error: Value<String>,
    /// When the last sync began, as an RFC 3339 timestamp; null before the first.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub last_sync_started_at: Value<String>,
    /// When the last sync ended, as an RFC 3339 timestamp; null while it runs.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub last_sync_completed_at: Value<String>,
}

/// The data source.
#[derive(Debug)]
pub struct OktaIntegrationDataSource;

impl DataSource for OktaIntegrationDataSource {
    type Model = OktaIntegrationData;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_okta_integration";

    fn validate(&self, _cx: &Context<ProviderData>, _config: &OktaIntegrationData) -> Result<(), Diagnostics> {
        Ok(())
    }

    async fn read(
        &self,
        cx: &Context<ProviderData>,
        config: OktaIntegrationData,
    ) -> Result<OktaIntegrationData, Diagnostics> {
        let client = cx.data()?.conductorone()?;
        let app_id = config.app_id.text().unwrap_or_default();
        let connector = match config.id.text() {
            Some(id) => match client.get_connector(app_id, id).await {
                Ok(connector) if connector.deleted_at.is_none() => connector,
                Ok(_) => return Err(missing("id", format!("The connector {id} was deleted."))),
                Err(error) if error.is_not_found() => {
                    return Err(missing("id", format!("The app {app_id} has no connector {id}.")));
                }
                Err(error) => return Err(diagnostics::conductorone("read the connector", &error).into()),
            },
            None => {
                let listed = client.list_connectors(app_id).await.map_err(|error| {
                    if error.is_not_found() {
                        return missing("app_id", format!("ConductorOne has no app with the ID {app_id}."));
                    }
                    diagnostics::conductorone("list the connectors", &error).into()
                })?;
                the_one(app_id, listed.connectors)?
            }
        };
        let Some(entry) = CatalogEntry::from_catalog_id(&connector.catalog_id) else {
            let detail = format!(
                "The connector {} is of the catalog entry {}. Give the id of a connector of the entries Okta or Okta v2.",
                connector.id, connector.catalog_id
            );
            return Err(Diagnostic::error("Connector is not one for Okta", detail).at(AttributePath::to("id")).into());
        };
        let last_error = client.redactor().message(&last_error(&connector));
        Ok(data(config.app_id, entry, &connector, last_error))
    }
}

fn data(app_id: Value<String>, entry: CatalogEntry, connector: &Connector, last_error: String) -> OktaIntegrationData {
    let told = settings::told(entry, connector);
    let on = told.flags.iter().filter(|(_, on)| **on).map(|(flag, _)| Value::Known(flag.to_string()));
    let moment = |moment: Option<&Timestamp>| moment.map(ToString::to_string).into();
    let status = connector.status.as_ref();
    OktaIntegrationData {
        app_id,
        id: Value::Known(connector.id.clone()),
        connector: Value::Known(entry.name().to_owned()),
        display_name: Value::Known(connector.display_name.clone()),
        description: Value::Known(connector.description.clone()),
        domain: told.domain.into(),
        owners: owners::from_connector(connector),
        enabled_settings: Value::Known(on.collect()),
        status: Value::Known(label(connector).to_owned()),
        last_error: Value::Known(last_error),
        last_sync_started_at: moment(status.and_then(|status| status.started_at.as_ref())),
        last_sync_completed_at: moment(status.and_then(|status| status.completed_at.as_ref())),
    }
}

fn last_error(connector: &Connector) -> String {
    connector.status.as_ref().map(|status| status.last_error.clone()).unwrap_or_default()
}

/// The word for a connector's state. Those for failures and halts are ours; ConductorOne does not document its own.
fn label(connector: &Connector) -> &'static str {
    match Halt::of(connector) {
        Some(Halt::DataDrop(_) | Halt::Paused(_)) => return "Paused",
        Some(Halt::Disabled(_)) => return "Disabled",
        None => {}
    }
    match connector.status.as_ref().map(|status| &status.status) {
        Some(SyncStatus::Running) => "Syncing",
        Some(SyncStatus::Done) => "Connected",
        Some(SyncStatus::Error) => "Failed",
        Some(SyncStatus::Disabled | SyncStatus::Unspecified | SyncStatus::Other(_)) | None => "Not connected",
    }
}

fn the_one(app_id: &str, listed: Vec<Connector>) -> Result<Connector, Diagnostics> {
    let okta = listed.into_iter().filter(|connector| CatalogEntry::from_catalog_id(&connector.catalog_id).is_some());
    let found: Vec<Connector> = okta.filter(|connector| connector.deleted_at.is_none()).collect();
    <[Connector; 1]>::try_from(found).map(|[connector]| connector).map_err(|found| {
        if found.is_empty() {
            return missing("app_id", format!("The app {app_id} has no Okta connector."));
        }
        let ids: Vec<&str> = found.iter().map(|connector| connector.id.as_str()).collect();
        let detail = format!("The app {app_id} has several. Give the id of the one you mean: {}.", ids.join(", "));
        Diagnostic::error("Okta connector is not unique", detail).at(AttributePath::to("id")).into()
    })
}

fn missing(argument: &str, what: String) -> Diagnostics {
    let detail = format!("{what} Check {argument}, and that the credentials may see the connector.");
    Diagnostic::error("Okta connector does not exist", detail).at(AttributePath::to(argument)).into()
}
