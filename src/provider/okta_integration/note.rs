//! The note that a connector carries, as its description, from its creation until Terraform is about to hear of it.
//!
//! A process that is killed cannot write down what it has made. The service has no room for a key by which a creation
//! could be repeated, and no field but this one that every way to create a connector takes and every list shows.

use std::fmt;
use std::time::Duration;

use crate::conductorone::model::Connector;
use crate::conductorone::{Client, ConnectorUpdate, UpdateMask, UpdatePath};
use crate::framework::context::Context;
use crate::framework::diagnostics::Diagnostic;
use crate::framework::path::AttributePath;
use crate::provider::diagnostics;
use crate::provider::run::Signature;
use crate::provider::services::Services;

use super::once::Made;
use super::timeouts::Deadline;
use super::update;

/// What people read who come across such a connector.
const TEXT: &str = "Terraform is creating this connector and removes this note when it is done. If no apply is running, \
                    one was killed: apply again, and Terraform goes on with this connector.";

/// How long to try to remove it at the least, whatever is left of the operation's time.
const REMOVING: Duration = Duration::from_secs(60);

/// A note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Note(Signature);

impl Note {
    /// The note for a connector of a kind for the org at a domain, or for its owners to configure, that is about to be
    /// created in an app.
    pub(super) fn new(services: &Services, app_id: &str, purpose: &Purpose<'_>) -> Self {
        Self(services.run().sign(&purpose.in_app(app_id)))
    }

    /// The note on a connector.
    pub(super) fn on(connector: &Connector) -> Option<Self> {
        let (_, signature) = connector.description.trim_end().strip_suffix(']')?.rsplit_once('[')?;
        signature.parse().ok().map(Self)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TEXT} [{}]", self.0)
    }
}

/// What a connector is created for: two creations for the same purpose make connectors that can take each other's
/// place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Purpose<'a> {
    pub(super) catalog_id: &'a str,
    /// `None` for a connector that its owners configure.
    pub(super) domain: Option<&'a str>,
}

impl Purpose<'_> {
    fn in_app(&self, app_id: &str) -> String {
        [app_id, self.catalog_id, self.domain.unwrap_or_default()].join("\n")
    }
}

/// Whether a killed run in this folder and workspace has left a connector of an app for the same purpose: it carries its
/// note, or Terraform may have been killed before it wrote down that there is one.
pub(super) fn is_left_behind(
    services: &Services,
    (app_id, connector): (&str, &Connector),
    purpose: &Purpose<'_>,
) -> bool {
    let (run, purpose) = (services.run(), purpose.in_app(app_id));
    let carries_note = || Note::on(connector).is_some_and(|note| run.is_left_behind(note.0, &purpose));
    connector.deleted_at.is_none() && (carries_note() || run.may_be_lost(&connector.id, &purpose))
}

/// Puts the wanted description in the place of the note. Leaves the note when Terraform has hung up: it will not hear of
/// the connector, and the note is how the next apply finds it. Gives the connector as it is then.
///
/// What cannot be done is a warning: the connector is complete, and the next plan shows the description as changed.
pub(super) async fn remove(
    cx: &Context<Services>,
    client: &Client,
    (app_id, made): (&str, &Made),
    description: &str,
    delegated: bool,
    deadline: &Deadline,
) -> Option<Connector> {
    let (id, run) = (&made.connector.id, cx.data().ok()?.run());
    if cx.hung_up().is_cancelled() {
        tracing::warn!(connector_id = id, "Terraform is gone; the note stays on the connector");
        // The process may live on for a second, and the next apply begin within it.
        run.end();
        return None;
    }
    run.hand_over(made.note.0, id);
    let change = ConnectorUpdate {
        catalog_id: Some(made.connector.catalog_id.clone()),
        description: Some(description.to_owned()),
        ..ConnectorUpdate::default()
    };
    let mask = UpdateMask::new([UpdatePath::Description])?;
    let removing = deadline.or_after(REMOVING, client.clock());
    let sent = removing.bound(client.clock(), update::send(client, (app_id, id), &change, &mask, delegated)).await;
    if cx.hung_up().is_cancelled() {
        run.end();
    }
    let said = match sent {
        Some(Ok(answered)) if Note::on(&answered).is_none() => return Some(answered),
        // Whoever waited for the sync says so.
        Some(Err(error)) if error.is_not_found() => return None,
        Some(Ok(_)) => "ConductorOne took the new description, and still shows the note.".to_owned(),
        Some(Err(error)) => diagnostics::chain(&error),
        None => "ConductorOne did not answer in time.".to_owned(),
    };
    cx.warn(
        Diagnostic::warning(
            "Note stays on the connector",
            format!(
                "As long as the connector {id} was being created, its description said so, and now that text could not \
                 be removed. {said}\n\nNothing else is missing. Apply again: the next plan shows the description as \
                 changed, and the apply sets it."
            ),
        )
        .at(AttributePath::to("description")),
    );
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn described(description: &str) -> Connector {
        serde_json::from_value(json!({"id": "c", "description": description})).unwrap()
    }

    #[test]
    fn a_note_is_read_as_it_is_written_and_a_description_of_somebody_is_none() {
        let note = Note("0123456789abcdef-1-2".parse().unwrap());
        assert_eq!(Note::on(&described(&note.to_string())), Some(note));
        assert_eq!(Note::on(&described(&format!("{note}\n"))), Some(note));
        for text in ["", "Okta of the workforce", "Okta [prod]", "[1-2]", "[a-b-c] of ours", TEXT] {
            assert_eq!(Note::on(&described(text)), None, "{text}");
        }
    }

    #[test]
    fn a_note_is_short() {
        let note = Note("0123456789abcdef-0123456789abcdef-0123456789abcdef".parse().unwrap());
        assert!(note.to_string().len() < 256, "{note}");
    }
}
