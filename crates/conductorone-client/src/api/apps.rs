//! Apps.

use serde::{Deserialize, Serialize};

use super::pages::PAGE_SIZE;
use super::{Empty, UpdateMask, UpdatePath, json};
use crate::client::Call;
use crate::model::App;
use crate::{Client, Error};

/// The values of a new app.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateApp {
    /// Required by the service.
    pub display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// New values of an app. `None` leaves a field unchanged.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppUpdate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// An empty text clears the description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl AppUpdate {
    fn mask(&self) -> Option<UpdateMask> {
        let Self { display_name, description } = self;
        let display_name = display_name.as_ref().map(|_| UpdatePath::DisplayName);
        let description = description.as_ref().map(|_| UpdatePath::Description);
        UpdateMask::new(display_name.into_iter().chain(description))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UpdateBody<'a> {
    app: &'a AppUpdate,
    update_mask: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchBody<'a> {
    display_name: &'a str,
    page_size: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    page_token: &'a str,
}

#[derive(Deserialize)]
struct AppResponse {
    app: Option<App>,
}

impl Client {
    /// Returns an app: `GET /api/v1/apps/{id}`. May return a deleted app, with `deleted_at`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] if there is no such app; any other [`Error`].
    pub async fn get_app(&self, id: &str) -> Result<App, Error> {
        const OPERATION: &str = "reading the app";
        let id = Call::id(OPERATION, "app", id)?;
        self.call_for_app(Call::get(OPERATION, ["api", "v1", "apps", id])).await
    }

    /// Returns the apps with this name, case-insensitive: `POST /api/v1/search/apps`, all pages. Omits deleted apps.
    /// An empty name matches no app.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn search_apps(&self, display_name: &str) -> Result<Vec<App>, Error> {
        // The service would ignore an empty condition and return all apps.
        if display_name.is_empty() {
            return Ok(Vec::new());
        }
        let search = |page_token: &str| {
            let body = json(&SearchBody { display_name, page_size: PAGE_SIZE, page_token });
            Call::search("searching for the app", ["api", "v1", "search", "apps"], body)
        };
        let mut apps: Vec<App> = self.all_pages(search).await?;
        // The service may also match parts of the name: its documentation does not specify this.
        let wanted = display_name.to_lowercase();
        apps.retain(|app| !app.id.is_empty() && app.deleted_at.is_none() && app.display_name.to_lowercase() == wanted);
        Ok(apps)
    }

    /// Creates an app: `POST /api/v1/apps`. The caller becomes its owner.
    ///
    /// # Errors
    /// [`Error::may_have_taken_effect`] if the app may exist. Then search for it before repeating the call, which
    /// could create a duplicate.
    pub async fn create_app(&self, app: &CreateApp) -> Result<App, Error> {
        self.call_for_app(Call::post("creating the app", ["api", "v1", "apps"], json(app))).await
    }

    /// Changes the fields that `app` contains: `POST /api/v1/apps/{id}`. Without any, reads the app.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn update_app(&self, id: &str, app: &AppUpdate) -> Result<App, Error> {
        const OPERATION: &str = "updating the app";
        let Some(mask) = app.mask() else { return self.get_app(id).await };
        let id = Call::id(OPERATION, "app", id)?;
        let body = json(&UpdateBody { app, update_mask: mask.to_string() });
        self.call_for_app(Call::post(OPERATION, ["api", "v1", "apps", id], body)).await
    }

    /// Deletes an app and its connectors: `DELETE /api/v1/apps/{id}`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] if there is no such app, for example because the response to an earlier attempt was
    /// dropped; any other [`Error`].
    pub async fn delete_app(&self, id: &str) -> Result<(), Error> {
        const OPERATION: &str = "deleting the app";
        let id = Call::id(OPERATION, "app", id)?;
        self.call::<Empty>(Call::delete(OPERATION, ["api", "v1", "apps", id])).await.map(|_| ())
    }

    async fn call_for_app(&self, call: Call<'_>) -> Result<App, Error> {
        self.call(call).await?.require_object("app", |body: AppResponse| body.app, |app| &app.id)
    }
}
