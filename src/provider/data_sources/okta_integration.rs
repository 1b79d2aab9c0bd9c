//! The data source `conductorone_okta_integration`: a connector with the status of its syncs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::connector_settings::{owner_ids, settings_of};
use crate::provider::support::diagnostics;
use crate::provider::support::lookup::{exactly_one, not_found};
use crate::provider::support::sync_blocker::SyncBlocker;
use crate::provider::support::values::{SetOfStrings, set_of_strings};
use conductorone_client::Client;
use conductorone_client::catalog::CatalogEntry;
use conductorone_client::model::{Connector, SyncStatus, Timestamp};

/// Reads an Okta connector of a ConductorOne app: its settings and the status of its syncs. The resource does not have
/// the status, because it changes without Terraform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OktaIntegrationDataSourceModel {
    /// ID of the ConductorOne app that the connector belongs to.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub app_id: Value<String>,
    /// ID of the connector. Optional if the app has exactly one Okta connector.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub id: Value<String>,
    /// Entry in ConductorOne's connector catalog: `okta` or `okta_v2`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub connector: Value<String>,
    /// Name of the connector.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub display_name: Value<String>,
    /// Description of the connector in ConductorOne.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub description: Value<String>,
    /// Domain of the Okta org. Null before the connector is configured.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub domain: Value<String>,
    /// IDs of the ConductorOne users who own the connector.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub owners: SetOfStrings,
    /// Names of the enabled settings, such as `skip_inactive_apps`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub enabled_settings: SetOfStrings,
    /// Status of the connector: `Not connected`, `Syncing`, `Connected`, `Failed`, `Paused` or `Disabled`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub status: Value<String>,
    /// Error of the last sync. Empty if it did not fail.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub last_error: Value<String>,
    /// Time when the last sync started, as an RFC 3339 timestamp. Null before the first sync.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub last_sync_started_at: Value<String>,
    /// Time when the last sync ended, as an RFC 3339 timestamp. Null while the sync runs.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub last_sync_completed_at: Value<String>,
}

/// The data source `conductorone_okta_integration`.
#[derive(Debug)]
pub struct OktaIntegrationDataSource;

impl DataSource for OktaIntegrationDataSource {
    type Model = OktaIntegrationDataSourceModel;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_okta_integration";

    fn validate(
        &self,
        _cx: &Context<ProviderData>,
        _config: &OktaIntegrationDataSourceModel,
    ) -> Result<(), Diagnostics> {
        Ok(())
    }

    async fn read(
        &self,
        cx: &Context<ProviderData>,
        config: OktaIntegrationDataSourceModel,
    ) -> Result<OktaIntegrationDataSourceModel, Diagnostics> {
        let client = cx.data()?.conductorone()?;
        let app_id = config.app_id.text().unwrap_or_default();
        let connector = match config.id.text() {
            Some(id) => by_id(client, app_id, id).await?,
            None => only_one_of_app(client, app_id).await?,
        };
        let Some(entry) = CatalogEntry::from_catalog_id(&connector.catalog_id) else {
            let detail = format!(
                "The connector {} has the catalog entry {}. Set id to the ID of a connector with the entry Okta or \
                 Okta v2.",
                connector.id, connector.catalog_id
            );
            return Err(Diagnostic::error("Connector is not an Okta connector", detail)
                .at(AttributePath::to("id"))
                .into());
        };
        let last_error = connector.status.as_ref().map(|status| status.last_error.as_str()).unwrap_or_default();
        let last_error = client.redactor().message(last_error);
        Ok(OktaIntegrationDataSourceModel::new(config.app_id, entry, &connector, last_error))
    }
}

async fn by_id(client: &Client, app_id: &str, id: &str) -> Result<Connector, Diagnostics> {
    let missing = |reason: String| not_found("Okta connector does not exist", &reason, "id");
    match client.get_connector(app_id, id).await {
        Ok(connector) if connector.deleted_at.is_none() => Ok(connector),
        Ok(_) => Err(missing(format!("The connector {id} was deleted in ConductorOne."))),
        Err(error) if error.is_not_found() => Err(missing(format!("The app {app_id} has no connector {id}."))),
        Err(error) => Err(diagnostics::conductorone("read the connector", &error).into()),
    }
}

async fn only_one_of_app(client: &Client, app_id: &str) -> Result<Connector, Diagnostics> {
    let missing = |reason: String| not_found("Okta connector does not exist", &reason, "app_id");
    let listed = client.list_connectors(app_id).await.map_err(|error| {
        if error.is_not_found() {
            return missing(format!("ConductorOne has no app with the ID {app_id}."));
        }
        diagnostics::conductorone("list the connectors", &error).into()
    })?;
    let is_okta = |connector: &Connector| {
        connector.deleted_at.is_none() && CatalogEntry::from_catalog_id(&connector.catalog_id).is_some()
    };
    exactly_one(listed.connectors.into_iter().filter(is_okta).collect()).map_err(|found: Vec<Connector>| {
        if found.is_empty() {
            return missing(format!("The app {app_id} has no Okta connector."));
        }
        let ids: Vec<&str> = found.iter().map(|connector| connector.id.as_str()).collect();
        let detail = format!(
            "The app {app_id} has several Okta connectors. Set id to the ID of the correct connector: {}.",
            ids.join(", ")
        );
        Diagnostic::error("Okta connector is not unique", detail).at(AttributePath::to("id")).into()
    })
}

impl OktaIntegrationDataSourceModel {
    fn new(app_id: Value<String>, entry: CatalogEntry, connector: &Connector, last_error: String) -> Self {
        let settings = settings_of(entry, connector);
        let enabled = settings.flags.iter().filter(|(_, is_enabled)| **is_enabled);
        let timestamp = |time: Option<&Timestamp>| time.map(ToString::to_string).into();
        let status = connector.status.as_ref();
        Self {
            app_id,
            id: Value::Known(connector.id.clone()),
            connector: Value::Known(entry.name().to_owned()),
            display_name: Value::Known(connector.display_name.clone()),
            description: Value::Known(connector.description.clone()),
            domain: settings.domain.into(),
            owners: owner_ids(connector),
            enabled_settings: set_of_strings(enabled.map(|(flag, _)| flag.to_string())),
            status: Value::Known(status_label(connector).to_owned()),
            last_error: Value::Known(last_error),
            last_sync_started_at: timestamp(status.and_then(|status| status.started_at.as_ref())),
            last_sync_completed_at: timestamp(status.and_then(|status| status.completed_at.as_ref())),
        }
    }
}

/// Returns the label of a connector's status. ConductorOne does not document its labels for failed, paused and disabled
/// syncs, so those are the provider's own.
fn status_label(connector: &Connector) -> &'static str {
    match SyncBlocker::of(connector) {
        Some(SyncBlocker::DataDrop(_) | SyncBlocker::Paused(_)) => return "Paused",
        Some(SyncBlocker::Disabled(_)) => return "Disabled",
        None => {}
    }
    match connector.status.as_ref().map(|status| &status.status) {
        Some(SyncStatus::Running) => "Syncing",
        Some(SyncStatus::Done) => "Connected",
        Some(SyncStatus::Error) => "Failed",
        Some(SyncStatus::Disabled | SyncStatus::Unspecified | SyncStatus::Other(_)) | None => "Not connected",
    }
}
