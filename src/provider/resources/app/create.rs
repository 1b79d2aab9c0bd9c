//! Creating an app.

use crate::framework::diagnostics::Diagnostic;
use crate::provider::data::{Listing, ProviderData};
use crate::provider::support::adoption::ObjectKind;
use crate::provider::support::create_or_adopt::{Adoptable, Match};
use crate::provider::support::{diagnostics, retry};
use conductorone_client::model::App;
use conductorone_client::{AppUpdate, Client, CreateApp, Error};

/// An app that is about to be created.
pub(super) struct NewApp<'a> {
    pub(super) data: &'a ProviderData,
    pub(super) client: &'a Client,
    pub(super) display_name: &'a str,
}

impl Adoptable for NewApp<'_> {
    type Object = App;

    const KIND: ObjectKind = ObjectKind::App;

    /// Two apps of one name can take each other's place: an update sets everything else.
    fn purpose(&self) -> String {
        ["app", &self.display_name.to_lowercase()].join("\n")
    }

    fn name(&self) -> String {
        format!("app named {:?}", self.display_name)
    }

    async fn list_before(&self) -> Result<Listing<App>, Error> {
        self.data.apps_named(self.display_name).await.map(|objects| Listing { objects, hidden: 0 })
    }

    async fn list(&self) -> Result<Listing<App>, Error> {
        self.client.search_apps(self.display_name).await.map(|objects| Listing { objects, hidden: 0 })
    }

    async fn create(&self, description: String) -> Result<App, Error> {
        let new = CreateApp { display_name: self.display_name.to_owned(), description: Some(description) };
        self.client.create_app(&new).await
    }

    async fn adopt(&self, orphan: &App, description: String) -> Result<App, Error> {
        let display_name = Some(self.display_name.to_owned());
        update(self.client, &orphan.id, &AppUpdate { display_name, description: Some(description) }).await
    }

    fn id(app: &App) -> &str {
        &app.id
    }

    fn description(app: &App) -> &str {
        &app.description
    }

    /// The search compares the name.
    fn compare(&self, _app: &App) -> Match {
        Match::Exact
    }

    fn not_listed(&self, error: &Error) -> Diagnostic {
        diagnostics::conductorone("create the app", error)
    }

    fn rejected(&self, error: &Error) -> Diagnostic {
        diagnostics::conductorone("create the app", error)
    }

    fn deadline_exceeded(&self) -> Diagnostic {
        Diagnostic::error(
            "App was not created in time",
            "ConductorOne did not respond within 20 minutes. Nothing was created. Apply again later.",
        )
    }
}

/// Updates an app, and retries if the response is dropped.
///
/// # Errors
/// Any [`Error`].
pub(super) async fn update(client: &Client, id: &str, change: &AppUpdate) -> Result<App, Error> {
    retry::idempotent(client, id, || client.update_app(id, change)).await
}
