//! Deleting: gone already is fine, and it is done when it is gone.

use std::time::Duration;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;

use super::model::OktaIntegrationModel;
use super::timeouts::{Deadline, OperationTimeouts};

/// Pause between two looks whether the connector is gone.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn delete(cx: &Context<ProviderData>, state: &OktaIntegrationModel) -> Result<(), Diagnostics> {
    let limit = OperationTimeouts::from_block(&state.timeouts)?.delete;
    let client = cx.data()?.conductorone()?;
    let deadline = Deadline::after(limit, client.clock());
    let (app_id, id) = (state.app_id.text().unwrap_or_default(), state.id.text().unwrap_or_default());
    let failed = |error| Diagnostics::from(diagnostics::conductorone(&format!("delete the connector {id}"), &error));
    match deadline.bound(client.clock(), client.delete_connector(app_id, id)).await {
        Some(Ok(())) => {}
        Some(Err(error)) if error.is_not_found() => return Ok(()),
        Some(Err(error)) => return Err(failed(error)),
        None => return Err(unconfirmed(id)),
    }
    loop {
        match deadline.bound(client.clock(), client.get_connector(app_id, id)).await {
            Some(Ok(connector)) if connector.deleted_at.is_some() => return Ok(()),
            Some(Ok(_)) => {}
            Some(Err(error)) if error.is_not_found() => return Ok(()),
            Some(Err(error)) if error.is_transient() => {
                tracing::warn!(connector_id = id, %error, "could not look whether the connector is gone");
            }
            Some(Err(error)) => return Err(failed(error)),
            None => return Err(unconfirmed(id)),
        }
        tracing::info!(connector_id = id, "waiting until the connector is gone");
        let left = deadline.left(client.clock());
        if left.is_zero() {
            return Err(still_there(id, "The time for it is up"));
        }
        tokio::select! {
            () = cx.stop().cancelled() => return Err(still_there(id, "Terraform was interrupted")),
            () = client.clock().sleep(PAUSE.min(left)) => {}
        }
    }
}

fn unconfirmed(id: &str) -> Diagnostics {
    Diagnostic::error(
        "Deletion of the connector was not confirmed",
        format!(
            "The time for it is up, and ConductorOne has not answered whether the connector {id} is gone. Destroy again: \
             a connector that is gone already is no error."
        ),
    )
    .into()
}

fn still_there(id: &str, why: &str) -> Diagnostics {
    Diagnostic::error(
        "Connector is still being deleted",
        format!("{why}, and ConductorOne still shows the connector {id}, which it was asked to delete. Destroy again in a while."),
    )
    .into()
}
