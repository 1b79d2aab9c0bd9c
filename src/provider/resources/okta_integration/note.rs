//! What a connector is created for, and the note that it carries until Terraform is about to hear of it.

use crate::framework::context::Context;
use crate::provider::data::ProviderData;
use crate::provider::support::note::{self, Note, REMOVING};
use conductorone_client::model::Connector;
use conductorone_client::{Client, ConnectorUpdate, UpdateMask, UpdatePath};

use super::once::Made;
use super::timeouts::Deadline;
use super::update;

/// What messages and notes call it.
pub(super) const KIND: &str = "connector";

/// What a connector is created for: two creations for the same purpose make connectors that can take each other's
/// place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Purpose<'a> {
    pub(super) app_id: &'a str,
    pub(super) catalog_id: &'a str,
    /// `None` for a connector that its owners configure.
    pub(super) domain: Option<&'a str>,
}

impl Purpose<'_> {
    fn text(&self) -> String {
        [self.app_id, self.catalog_id, self.domain.unwrap_or_default()].join("\n")
    }

    /// The note for a connector that is about to be created for this.
    pub(super) fn note(&self, services: &ProviderData) -> Note {
        Note::new(services, &self.text())
    }

    /// Whether a killed run in this folder and workspace has left a connector of the app for this.
    pub(super) fn has_left_behind(&self, services: &ProviderData, connector: &Connector) -> bool {
        connector.deleted_at.is_none()
            && note::is_left_behind(services, (&connector.id, &connector.description), &self.text())
    }
}

/// Puts the wanted description in the place of the note, unless Terraform is gone. Gives the connector as it is then.
pub(super) async fn remove(
    cx: &Context<ProviderData>,
    client: &Client,
    (app_id, made): (&str, &Made),
    description: &str,
    delegated: bool,
    deadline: &Deadline,
) -> Option<Connector> {
    let id = &made.connector.id;
    let change = ConnectorUpdate {
        catalog_id: Some(made.connector.catalog_id.clone()),
        description: Some(description.to_owned()),
        ..ConnectorUpdate::default()
    };
    let mask = UpdateMask::new([UpdatePath::Description])?;
    let removing = deadline.or_after(REMOVING, client.clock());
    let sent = removing.bound(client.clock(), update::send(client, (app_id, id), &change, &mask, delegated));
    note::remove(cx, (KIND, id, made.note), sent, |connector| &connector.description).await
}
