//! The resource `conductorone_app`: an app in ConductorOne, which connectors feed.

mod create;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::resource::{ApplyError, ApplyRequest, Importable, Plan, PlanRequest, Resource};
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::adoption::ObjectKind;
use crate::provider::support::create_or_adopt::{adoption_warning, create_or_adopt, remove_marker};
use crate::provider::support::deadline::Deadline;
use crate::provider::support::diagnostics;
use crate::provider::support::ids::is_id;
use conductorone_client::AppUpdate;
use conductorone_client::model::App;

use self::create::NewApp;

/// Time that a create may take.
const TIMEOUT: Duration = Duration::from_secs(20 * 60);

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

/// Identity of an app.
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
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_app";

    fn validate(&self, _cx: &Context<ProviderData>, config: &AppModel) -> Result<(), Diagnostics> {
        if config.display_name.text().is_some_and(|name| name.trim().is_empty()) {
            let problem = Diagnostic::error("App has no name", "display_name is empty. Write the app's name.");
            return Err(problem.at(AttributePath::to("display_name")).into());
        }
        Ok(())
    }

    async fn plan(
        &self,
        cx: &Context<ProviderData>,
        request: &PlanRequest<AppModel>,
        _plan: &mut Plan<AppModel>,
    ) -> Result<(), Diagnostics> {
        // Without a refresh, this is the first time that the process hears of an app in the state.
        if let Some(prior) = &request.prior {
            cx.data()?.mark_managed(prior.id.text().unwrap_or_default());
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<ProviderData>,
        request: ApplyRequest<'_, AppModel>,
    ) -> Result<AppModel, ApplyError<AppModel>> {
        let data = cx.data()?;
        let client = data.conductorone()?;
        let planned = request.planned;
        let display_name = planned.display_name.text().unwrap_or_default();
        let deadline = Deadline::after(TIMEOUT, client.clock());
        let created = {
            let _lock = data.lock_creation(display_name).await;
            create_or_adopt(cx, &NewApp { data, client, display_name }, &deadline).await?
        };
        let id = created.object.id;
        data.mark_managed(&id);
        if created.orphan.is_some() {
            cx.warn(adoption_warning(ObjectKind::App, &[&id], "display_name"));
        }
        let description = Some(planned.description.text().unwrap_or_default().to_owned());
        let update = AppUpdate { display_name: None, description };
        let send = create::update(client, &id, &update);
        remove_marker::<NewApp<'_>>(cx, &id, created.in_flight, &deadline, send).await;
        Ok(AppModel { id: Value::Known(id), ..planned })
    }

    async fn read(
        &self,
        cx: &Context<ProviderData>,
        state: AppModel,
        _private: &mut Private,
    ) -> Result<Option<AppModel>, Diagnostics> {
        let data = cx.data()?;
        let client = data.conductorone()?;
        let id = state.id.text().unwrap_or_default();
        data.mark_managed(id);
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
        let data = cx.data()?;
        let updated = create::update(data.conductorone()?, id, &update).await;
        updated.map_err(|error| diagnostics::conductorone(&format!("update the app {id}"), &error))?;
        if update.description.is_some() {
            data.adoption().marker_was_replaced(prior.description.text().unwrap_or_default());
        }
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
}

impl Importable for AppResource {
    type Identity = AppIdentity;

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
}

fn refreshed(mut state: AppModel, app: &App) -> AppModel {
    state.display_name = Value::Known(app.display_name.clone());
    // None and empty are the same to the service; the state keeps what the configuration says.
    if state.description.text().unwrap_or_default() != app.description {
        state.description = Some(app.description.clone()).filter(|text| !text.is_empty()).into();
    }
    state
}
