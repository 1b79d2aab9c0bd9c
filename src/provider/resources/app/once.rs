//! Making an app exactly once: an answer that is lost is looked for, and what a killed apply left is taken over.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use crate::provider::support::note::{self, Note};
use crate::provider::support::retry;
use conductorone_client::model::App;
use conductorone_client::{AppUpdate, Client, CreateApp, Error};

/// Pauses before each look for an app whose creation was not answered.
const LOOKS: [Duration; 3] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(3)];

/// What messages and notes call it.
const KIND: &str = "app";

/// An app that was made, and the note on it.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) app: App,
    note: Note,
}

/// Tells of apps that a killed apply has left, where one of this name is to be created.
pub(super) async fn warn_about(cx: &Context<ProviderData>, services: &ProviderData, name: &str) {
    let Some(client) = services.conductorone_if_known() else { return };
    let named = match client.search_apps(name).await {
        Ok(named) => named,
        Err(error) => {
            // The apply searches again.
            tracing::debug!(%error, "could not look for apps that are left");
            return;
        }
    };
    let left: Vec<&str> = named.iter().filter(|app| is_left_behind(services, app)).map(|app| app.id.as_str()).collect();
    if !left.is_empty() {
        cx.warn(note::taken_over(KIND, &left, AttributePath::to("display_name")));
    }
}

/// Creates the app with a note for its description, or takes over one that a killed apply has left. A second creation
/// is never sent.
pub(super) async fn make(cx: &Context<ProviderData>, client: &Client, name: &str) -> Result<Made, Diagnostics> {
    let services = cx.data()?;
    let failed = |error: &Error| Diagnostics::from(diagnostics::conductorone("create the app", error));
    let named = client.search_apps(name).await.map_err(|error| failed(&error))?;
    if cx.cancelled().is_cancelled() {
        return Err(diagnostics::stopped().into());
    }
    let note = Note::new(services, &purpose(name));
    if let Some(left) = named.iter().find(|app| is_left_behind(services, app) && services.takes_over(&app.id)) {
        tracing::warn!(app_id = left.id, "taking over an app that a killed apply has left");
        let change = AppUpdate { display_name: Some(name.to_owned()), description: Some(note.text(KIND)) };
        let taken = update(client, &left.id, &change).await;
        let doing = format!("take over the app {}, which a killed apply has left", left.id);
        let app = taken.map_err(|error| Diagnostics::from(diagnostics::conductorone(&doing, &error)))?;
        return Ok(Made { app, note });
    }
    let before: BTreeSet<String> = named.into_iter().map(|app| app.id).collect();
    let new = CreateApp { display_name: name.to_owned(), description: Some(note.text(KIND)) };
    let error = match client.create_app(&new).await {
        Ok(app) => return Ok(Made { app, note }),
        Err(error) if error.may_have_taken_effect() => error,
        Err(error) => return Err(failed(&error)),
    };
    tracing::warn!(%error, "the creation was not answered, looking for the app");
    // What the last look showed.
    let mut seen = String::new();
    for pause in LOOKS {
        client.clock().sleep(pause).await;
        let named = match client.search_apps(name).await {
            Ok(named) => named,
            Err(error) => {
                seen = diagnostics::chain(&error);
                continue;
            }
        };
        let unknown = named.into_iter().filter(|app| !before.contains(&app.id));
        // Where the service shows no note, nothing tells two new ones apart.
        let ours = unknown.filter(|app| Note::read(&app.description).is_none_or(|found| found == note));
        match <[App; 1]>::try_from(ours.collect::<Vec<_>>()) {
            Ok([app]) => return Ok(Made { app, note }),
            Err(none) if none.is_empty() => seen = format!("No new app named {name:?} was found since."),
            Err(several) => {
                let ids: Vec<&str> = several.iter().map(|app| app.id.as_str()).collect();
                seen = format!("Which of the new apps named {name:?} is this one cannot be told: {}.", ids.join(", "));
            }
        }
    }
    Err(Diagnostic::error(
        "App may have been created",
        format!(
            "{}\n\nWhether there is one now could not be found out. {seen}\n\nPlan again: the plan says when it takes \
             over the app. If it does not, look for a new app named {name:?} in ConductorOne before applying again, and \
             import or delete it.",
            diagnostics::chain(&error)
        ),
    )
    .into())
}

/// Puts the wanted description in the place of the note, unless Terraform is gone.
pub(super) async fn remove_note(cx: &Context<ProviderData>, client: &Client, made: &Made, description: &str) {
    let change = AppUpdate { display_name: None, description: Some(description.to_owned()) };
    let sent = async { Some(update(client, &made.app.id, &change).await) };
    note::remove(cx, (KIND, &made.app.id, made.note), sent, |app| &app.description).await;
}

/// Changes an app.
///
/// # Errors
/// Any [`Error`].
pub(super) async fn update(client: &Client, id: &str, change: &AppUpdate) -> Result<App, Error> {
    retry::until_answered(client, id, || client.update_app(id, change)).await
}

fn is_left_behind(services: &ProviderData, app: &App) -> bool {
    note::is_left_behind(services, (&app.id, &app.description), &purpose(&app.display_name))
}

/// Two apps of one name can take each other's place: everything else of them is set.
fn purpose(name: &str) -> String {
    [KIND, &name.to_lowercase()].join("\n")
}
