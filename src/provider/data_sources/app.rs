//! The data source `conductorone_app`: an existing app, by ID or name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use crate::provider::support::lookup::{exactly_one, not_found};
use conductorone_client::Client;
use conductorone_client::model::App;

/// Reads an app in ConductorOne by ID or name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppDataSourceModel {
    /// ID of the app. Set either `id` or `display_name`.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub id: Value<String>,
    /// Name of the app, case-insensitive. Must match exactly one app.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub display_name: Value<String>,
    /// Description of the app in ConductorOne.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub description: Value<String>,
}

/// The data source `conductorone_app`.
#[derive(Debug)]
pub struct AppDataSource;

impl DataSource for AppDataSource {
    type Model = AppDataSourceModel;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_app";

    fn validate(&self, _cx: &Context<ProviderData>, config: &AppDataSourceModel) -> Result<(), Diagnostics> {
        match (&config.id, &config.display_name) {
            (Value::Null, Value::Null) | (Value::Known(_), Value::Known(_)) => Err(Diagnostic::error(
                "App is not specified",
                "Set either id or display_name of the app, but not both.",
            )
            .at(AttributePath::to("id"))
            .into()),
            _ => Ok(()),
        }
    }

    async fn read(
        &self,
        cx: &Context<ProviderData>,
        config: AppDataSourceModel,
    ) -> Result<AppDataSourceModel, Diagnostics> {
        let client = cx.data()?.conductorone()?;
        let app = match (config.id.text(), config.display_name.text()) {
            (Some(id), _) => by_id(client, id).await?,
            (None, name) => by_name(client, name.unwrap_or_default()).await?,
        };
        Ok(AppDataSourceModel {
            id: Value::Known(app.id),
            // A configured name keeps its case, because Terraform rejects a changed argument.
            display_name: if config.display_name.is_null() {
                Value::Known(app.display_name)
            } else {
                config.display_name
            },
            description: Value::Known(app.description),
        })
    }
}

async fn by_id(client: &Client, id: &str) -> Result<App, Diagnostics> {
    let missing = |reason: String| not_found("App does not exist", &reason, "id");
    match client.get_app(id).await {
        Ok(app) if app.deleted_at.is_none() => Ok(app),
        Ok(app) => Err(missing(format!("The app {:?} ({id}) was deleted in ConductorOne.", app.display_name))),
        Err(error) if error.is_not_found() => Err(missing(format!("ConductorOne has no app with the ID {id}."))),
        Err(error) => Err(diagnostics::conductorone("look up the app", &error).into()),
    }
}

async fn by_name(client: &Client, name: &str) -> Result<App, Diagnostics> {
    let found = client.search_apps(name).await;
    let found = found.map_err(|error| diagnostics::conductorone("look up the app", &error))?;
    exactly_one(found).map_err(|found| {
        if found.is_empty() {
            let reason = format!("ConductorOne has no app named {name:?}.");
            return not_found("App does not exist", &reason, "display_name");
        }
        let ids: Vec<&str> = found.iter().map(|app| app.id.as_str()).collect();
        let detail = format!(
            "ConductorOne has {} apps named {name:?}. Set id to the ID of the correct app: {}.",
            ids.len(),
            ids.join(", ")
        );
        Diagnostic::error("App is not unique", detail).at(AttributePath::to("display_name")).into()
    })
}
