//! Apps.

use serde::{Deserialize, Serialize};

use super::super::client::Call;
use super::super::model::App;
use super::super::{Client, Error};
use super::pages::PAGE_SIZE;
use super::{Done, json, present};

/// An app to be made.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateApp {
    /// Name shown to people; the service wants one.
    pub display_name: String,
    /// Free text; `None` leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// An app's new values. `None` leaves a field as it is.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppUpdate {
    /// Name shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Free text. An empty one clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl AppUpdate {
    fn mask(&self) -> String {
        let Self { display_name, description } = self;
        let named = [("displayName", display_name.is_some()), ("description", description.is_some())];
        named.iter().filter(|(_, named)| *named).map(|(name, _)| *name).collect::<Vec<_>>().join(",")
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

impl AppResponse {
    fn app(self, operation: &'static str, may_have_taken_effect: bool) -> Result<App, Error> {
        present(self.app, |app| &app.id, operation, "app", may_have_taken_effect)
    }
}

impl Client {
    /// One app: `GET /api/v1/apps/{id}`. A deleted app may still be found, with `deleted_at`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] when there is no such app; any other [`Error`].
    pub async fn get_app(&self, id: &str) -> Result<App, Error> {
        const OPERATION: &str = "read the app";
        let id = Call::id(OPERATION, "app", id)?;
        self.call::<AppResponse>(Call::get(OPERATION, ["api", "v1", "apps", id])).await?.app(OPERATION, false)
    }

    /// All apps that exist: `GET /api/v1/apps`, every page.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn list_apps(&self) -> Result<Vec<App>, Error> {
        self.all_pages_of("list the apps", &["api", "v1", "apps"], &[]).await.map(|apps| existing(apps).collect())
    }

    /// All apps that exist and have this name, in any case: `POST /api/v1/search/apps`, every page. No name, no app.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn search_apps(&self, display_name: &str) -> Result<Vec<App>, Error> {
        const OPERATION: &str = "search for the app";
        // An empty condition is none: everything would match.
        if display_name.is_empty() {
            return Ok(Vec::new());
        }
        let search = |page_token: &str| {
            let body = json(&SearchBody { display_name, page_size: PAGE_SIZE, page_token });
            Call::search(OPERATION, ["api", "v1", "search", "apps"], body)
        };
        let found = self.all_pages(OPERATION, search).await?;
        // Whether the service wants the whole name is not documented.
        let wanted = display_name.to_lowercase();
        Ok(existing(found).filter(|app| app.display_name.to_lowercase() == wanted).collect())
    }

    /// Makes an app: `POST /api/v1/apps`. The caller becomes its owner.
    ///
    /// # Errors
    /// [`Error::may_have_taken_effect`] when there may now be one: look before trying again, or there will be two.
    pub async fn create_app(&self, app: &CreateApp) -> Result<App, Error> {
        const OPERATION: &str = "create the app";
        let call = Call::post(OPERATION, ["api", "v1", "apps"], json(app));
        self.call::<AppResponse>(call).await?.app(OPERATION, true)
    }

    /// Changes the fields that `app` has: `POST /api/v1/apps/{id}`. Without any, reads the app.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn update_app(&self, id: &str, app: &AppUpdate) -> Result<App, Error> {
        const OPERATION: &str = "update the app";
        let update_mask = app.mask();
        if update_mask.is_empty() {
            return self.get_app(id).await;
        }
        let id = Call::id(OPERATION, "app", id)?;
        let call = Call::post(OPERATION, ["api", "v1", "apps", id], json(&UpdateBody { app, update_mask }));
        self.call::<AppResponse>(call).await?.app(OPERATION, true)
    }

    /// Deletes an app and with it its connectors: `DELETE /api/v1/apps/{id}`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] when it is already gone, for example because a first attempt's answer was lost; any
    /// other [`Error`].
    pub async fn delete_app(&self, id: &str) -> Result<(), Error> {
        const OPERATION: &str = "delete the app";
        let id = Call::id(OPERATION, "app", id)?;
        self.call::<Done>(Call::delete(OPERATION, ["api", "v1", "apps", id])).await.map(|_| ())
    }
}

fn existing(apps: Vec<App>) -> impl Iterator<Item = App> {
    apps.into_iter().filter(|app| !app.id.is_empty() && app.deleted_at.is_none())
}
