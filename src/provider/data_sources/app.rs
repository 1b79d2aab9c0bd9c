//! The data source `conductorone_app`: an app that exists, by ID or name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use conductorone_client::model::App;

/// An app in ConductorOne, by ID or name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppData {
    /// ID of the app. Give this or `display_name`.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub id: Value<String>,
    /// Name of the app, in any case. Must be the name of one app only.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub display_name: Value<String>,
    /// Text that ConductorOne shows beside the name.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub description: Value<String>,
}

/// The data source.
#[derive(Debug)]
pub struct AppDataSource;

impl DataSource for AppDataSource {
    type Model = AppData;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_app";

    fn validate(&self, _cx: &Context<ProviderData>, config: &AppData) -> Result<(), Diagnostics> {
        match (&config.id, &config.display_name) {
            (Value::Null, Value::Null) | (Value::Known(_), Value::Known(_)) => {
                Err(Diagnostic::error("Say which app", "Give the id of the app or its display_name, and not both.")
                    .at(AttributePath::to("id"))
                    .into())
            }
            _ => Ok(()),
        }
    }

    async fn read(&self, cx: &Context<ProviderData>, config: AppData) -> Result<AppData, Diagnostics> {
        let client = cx.data()?.conductorone()?;
        let app = match (config.id.text(), config.display_name.text()) {
            (Some(id), _) => match client.get_app(id).await {
                Ok(app) if app.deleted_at.is_none() => app,
                Ok(app) => return Err(missing("id", format!("The app {:?} ({id}) was deleted.", app.display_name))),
                Err(error) if error.is_not_found() => {
                    return Err(missing("id", format!("ConductorOne has no app with the ID {id}.")));
                }
                Err(error) => return Err(diagnostics::conductorone("look up the app", &error).into()),
            },
            (None, name) => {
                let name = name.unwrap_or_default();
                let found = client.search_apps(name).await;
                let found = found.map_err(|error| diagnostics::conductorone("look up the app", &error))?;
                the_one(name, found)?
            }
        };
        Ok(AppData {
            id: Value::Known(app.id),
            // A name found in another case stays as it was asked for.
            display_name: if config.display_name.is_null() {
                Value::Known(app.display_name)
            } else {
                config.display_name
            },
            description: Value::Known(app.description),
        })
    }
}

fn the_one(name: &str, found: Vec<App>) -> Result<App, Diagnostics> {
    <[App; 1]>::try_from(found).map(|[app]| app).map_err(|found| {
        if found.is_empty() {
            return missing("display_name", format!("ConductorOne has no app named {name:?}."));
        }
        let ids: Vec<&str> = found.iter().map(|app| app.id.as_str()).collect();
        let detail =
            format!("{} apps are named {name:?}. Give the id of the one you mean: {}.", ids.len(), ids.join(", "));
        Diagnostic::error("App is not unique", detail).at(AttributePath::to("display_name")).into()
    })
}

fn missing(argument: &str, what: String) -> Diagnostics {
    let detail = format!("{what} Check {argument}, and that the credentials may see the app.");
    Diagnostic::error("App does not exist", detail).at(AttributePath::to(argument)).into()
}
