//! Deleting a connector, and waiting until it is gone.

use std::time::Duration;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::provider::data::ProviderData;
use crate::provider::support::deadline::Deadline;
use crate::provider::support::diagnostics;
use crate::provider::support::poll::{Poll, PollEnd};
use conductorone_client::Error;

use super::model::OktaIntegrationModel;
use super::timeouts::OperationTimeouts;

/// Pause between two looks at the connector.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn delete(cx: &Context<ProviderData>, state: &OktaIntegrationModel) -> Result<(), Diagnostics> {
    let limit = OperationTimeouts::from_block(&state.timeouts)?.delete;
    let client = cx.data()?.conductorone()?;
    let deadline = Deadline::after(limit, client.clock());
    let (app_id, id) = (state.app_id.text().unwrap_or_default(), state.id.text().unwrap_or_default());
    match deadline.bound(client.delete_connector(app_id, id)).await {
        Some(Ok(())) => {}
        Some(Err(error)) if error.is_not_found() => return Ok(()),
        Some(Err(error)) => return Err(failed(id, &error)),
        None => return Err(unconfirmed(id)),
    }
    let mut poll = Poll::new(std::iter::repeat(PAUSE), &deadline, cx.cancelled());
    loop {
        match poll.look(client.get_connector(app_id, id)).await {
            Ok(Ok(connector)) if connector.deleted_at.is_some() => return Ok(()),
            Ok(Ok(_)) => tracing::info!(connector_id = id, "waiting until the connector is deleted"),
            Ok(Err(error)) if error.is_not_found() => return Ok(()),
            Ok(Err(error)) if error.is_transient() => {
                tracing::warn!(connector_id = id, %error, "could not read the connector, retrying");
            }
            Ok(Err(error)) => return Err(failed(id, &error)),
            Err(PollEnd::Cancelled) => return Err(still_there(id, "Terraform was interrupted")),
            Err(_) => return Err(unconfirmed(id)),
        }
        match poll.pause().await {
            Ok(()) => {}
            Err(PollEnd::Cancelled) => return Err(still_there(id, "Terraform was interrupted")),
            Err(_) => return Err(still_there(id, "The delete timeout has passed")),
        }
    }
}

fn failed(id: &str, error: &Error) -> Diagnostics {
    diagnostics::conductorone(&format!("delete the connector {id}"), error).into()
}

fn unconfirmed(id: &str) -> Diagnostics {
    let detail = format!(
        "ConductorOne did not confirm before the delete timeout ended that the connector {id} is deleted. Destroy again: \
         if the connector is gone already, that succeeds."
    );
    Diagnostic::error("Deletion of the connector was not confirmed", detail).into()
}

fn still_there(id: &str, reason: &str) -> Diagnostics {
    let detail = format!(
        "{reason}, and ConductorOne still returns the connector {id}, although it accepted the deletion. Destroy again in \
         a few minutes."
    );
    Diagnostic::error("Connector is still being deleted", detail).into()
}
