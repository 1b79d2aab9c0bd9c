//! The resource `conductorone_app`: an app in ConductorOne, which connectors feed.

mod once;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::resource::{ApplyError, ApplyRequest, MoveSource, Plan, PlanRequest, Resource};
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use crate::provider::support::ids::is_id;
use conductorone_client::AppUpdate;
use conductorone_client::model::App;

/// An app in ConductorOne: what an Okta integration feeds with accounts and entitlements. Its arguments are changed in
/// place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppModel {
    /// ID of the app.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub id: Value<String>,
    /// Name of the app. Must not be empty; two apps may have the same.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub display_name: Value<String>,
    /// Text that ConductorOne shows beside the name. Defaults to none.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub description: Value<String>,
}

/// What identifies an app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AppIdentity {
    /// ID of the app.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub id: Value<String>,
}

/// The resource.
#[derive(Debug)]
pub struct AppResource;

impl Resource for AppResource {
    type Model = AppModel;
    type Identity = AppIdentity;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_app";
    const VERSION: i64 = 0;

    fn validate(&self, _cx: &Context<ProviderData>, config: &AppModel) -> Result<(), Diagnostics> {
        if config.display_name.text().is_some_and(|name| name.trim().is_empty()) {
            let problem = Diagnostic::error("App has no name", "display_name is empty. Write the app's name.");
            return Err(problem.at(AttributePath::to("display_name")).into());
        }
        Ok(())
    }

    fn semantic_equality(&self, _prior: &AppModel, _planned: &mut AppModel) {}

    async fn plan(
        &self,
        cx: &Context<ProviderData>,
        request: &PlanRequest<AppModel>,
        plan: &mut Plan<AppModel>,
    ) -> Result<(), Diagnostics> {
        let services = cx.data()?;
        match &request.prior {
            // Without a refresh nobody has read it.
            Some(prior) => services.manages(prior.id.text().unwrap_or_default()),
            None => once::warn_about(cx, services, plan.planned.display_name.text().unwrap_or_default()).await,
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<ProviderData>,
        request: ApplyRequest<'_, AppModel>,
    ) -> Result<AppModel, ApplyError<AppModel>> {
        let services = cx.data()?;
        let client = services.conductorone()?;
        let planned = request.planned;
        let name = planned.display_name.text().unwrap_or_default();
        let made = {
            let _turn = services.creating(name).await;
            once::make(cx, client, name).await?
        };
        // Whoever handed it over before: it is this process that does so now.
        services.manages(&made.app.id);
        once::remove_note(cx, client, &made, planned.description.text().unwrap_or_default()).await;
        Ok(AppModel { id: Value::Known(made.app.id), ..planned })
    }

    async fn read(
        &self,
        cx: &Context<ProviderData>,
        state: AppModel,
        _private: &mut Private,
    ) -> Result<Option<AppModel>, Diagnostics> {
        let services = cx.data()?;
        let client = services.conductorone()?;
        let id = state.id.text().unwrap_or_default();
        services.manages(id);
        match client.get_app(id).await {
            Ok(app) if app.deleted_at.is_none() => Ok(Some(refreshed(state, &app))),
            Ok(_) => Ok(None),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(diagnostics::conductorone(&format!("read the app {id}"), &error).into()),
        }
    }

    async fn update(
        &self,
        cx: &Context<ProviderData>,
        prior: AppModel,
        request: ApplyRequest<'_, AppModel>,
    ) -> Result<AppModel, ApplyError<AppModel>> {
        let planned = request.planned;
        let id = planned.id.text().unwrap_or_default();
        let text = |value: &Value<String>| value.text().unwrap_or_default().to_owned();
        let changed =
            |before: &Value<String>, after: &Value<String>| (text(before) != text(after)).then(|| text(after));
        let update = AppUpdate {
            display_name: changed(&prior.display_name, &planned.display_name),
            description: changed(&prior.description, &planned.description),
        };
        let client = cx.data()?.conductorone()?;
        let updated = once::update(client, id, &update).await;
        updated.map_err(|error| diagnostics::conductorone(&format!("change the app {id}"), &error))?;
        Ok(planned)
    }

    async fn delete(&self, cx: &Context<ProviderData>, state: AppModel) -> Result<(), Diagnostics> {
        let client = cx.data()?.conductorone()?;
        let id = state.id.text().unwrap_or_default();
        match client.delete_app(id).await {
            Err(error) if !error.is_not_found() => {
                Err(diagnostics::conductorone(&format!("delete the app {id}"), &error).into())
            }
            _ => Ok(()),
        }
    }

    fn upgrade(&self, version: i64, _state: &[u8]) -> Result<AppModel, Diagnostics> {
        let detail = format!("There is no schema version {version} of conductorone_app. Import the app instead.");
        Err(Diagnostic::error("Could not read the state", detail).into())
    }

    fn identity(&self, state: &AppModel) -> Option<AppIdentity> {
        state.id.known().map(|_| AppIdentity { id: state.id.clone() })
    }

    fn parse_import_id(&self, id: &str) -> Result<AppIdentity, Diagnostics> {
        Ok(AppIdentity { id: Value::Known(id.trim().to_owned()) })
    }

    fn import(&self, identity: AppIdentity) -> Result<AppModel, Diagnostics> {
        if identity.id.text().is_some_and(is_id) {
            return Ok(AppModel { id: identity.id, display_name: Value::Null, description: Value::Null });
        }
        let detail = "Write the ID of the app, which is in the address of its page: …/apps/ID.";
        Err(Diagnostic::error("Import ID is not valid", detail).into())
    }

    fn move_from(&self, source: &MoveSource<'_>) -> Result<AppModel, Diagnostics> {
        let detail = format!(
            "A {} of {} cannot become a conductorone_app. Remove the moved block, and import the app instead.",
            source.type_name, source.provider_address
        );
        Err(Diagnostic::error("Cannot move this resource", detail).into())
    }
}

fn refreshed(mut state: AppModel, app: &App) -> AppModel {
    state.display_name = Value::Known(app.display_name.clone());
    // None and empty are the same to the service; the state keeps what the configuration says.
    if state.description.text().unwrap_or_default() != app.description {
        state.description = Some(app.description.clone()).filter(|text| !text.is_empty()).into();
    }
    state
}
