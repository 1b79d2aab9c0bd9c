//! Sending changes of a connector.

use conductorone_client::model::Connector;
use conductorone_client::{Client, ConnectorUpdate, Error, UpdateMask};

use crate::provider::support::retry;

/// Identifies a connector.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectorRef<'a> {
    pub(super) app_id: &'a str,
    pub(super) id: &'a str,
}

/// The endpoint that updates a connector, which depends on its set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetUp {
    /// The configuration contains the settings.
    Configured,
    /// The connector's owners complete the settings.
    Delegated,
}

/// Updates a connector, and retries if the response is dropped.
pub(super) async fn update(
    client: &Client,
    connector: ConnectorRef<'_>,
    change: &ConnectorUpdate,
    mask: &UpdateMask,
    set_up: SetUp,
) -> Result<Connector, Error> {
    let ConnectorRef { app_id, id } = connector;
    let update = || async {
        match set_up {
            SetUp::Configured => client.update_connector(app_id, id, change, mask).await,
            SetUp::Delegated => client.update_delegated_connector(app_id, id, change, mask).await,
        }
    };
    retry::idempotent(client, id, update).await
}
