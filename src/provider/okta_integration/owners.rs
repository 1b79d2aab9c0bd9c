//! Owners of a connector: who they should be, and making the service agree.

use std::collections::BTreeSet;

use crate::conductorone::model::Connector;
use crate::conductorone::{Client, ConnectorUpdate, UpdateMask, UpdatePath};
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::diagnostics;

use super::{OwnerIds, is_id};

/// Checks the argument offline.
///
/// # Errors
/// When an element cannot be the ID of a user.
pub(super) fn validate(owners: &Value<BTreeSet<Value<String>>>) -> Result<(), Diagnostics> {
    let ids = owners.known().into_iter().flatten();
    let wrong = ids.filter(|id| id.is_null() || id.text().is_some_and(|id| !is_id(id)));
    let refused = wrong.map(|id| {
        let shown = id.text().map_or("null".to_owned(), |id| format!("{id:?}"));
        Diagnostic::error(
            "Owner is not a user ID",
            format!(
                "{shown} in owners cannot be the ID of a ConductorOne user: IDs are letters and digits. The ID of a \
                 user is in the address of their page: …/users/ID."
            ),
        )
        .at(AttributePath::to("owners"))
    });
    refused.collect::<Diagnostics>().into_result()
}

/// The IDs, when the argument is set and wholly known.
pub(super) fn ids(owners: &Value<BTreeSet<Value<String>>>) -> Option<OwnerIds> {
    owners.known()?.iter().map(|owner| owner.text().map(str::to_owned)).collect()
}

/// The owners that the service tells, as a model has them.
pub(super) fn from_connector(connector: &Connector) -> Value<BTreeSet<Value<String>>> {
    Value::Known(connector.user_ids.iter().filter(|id| !id.is_empty()).cloned().map(Value::Known).collect())
}

/// Whether the service has these owners, whatever their order.
fn has(connector: &Connector, wanted: &OwnerIds) -> bool {
    connector.user_ids.iter().collect::<BTreeSet<_>>() == wanted.iter().collect()
}

/// Makes sure that a connector has the wanted owners after a write whose answer is `answered`. An update of a
/// configured connector may not honour owners, and a create with none takes the caller; both have another way.
///
/// # Errors
/// When the service keeps other owners, on the argument.
pub(super) async fn reconcile(
    client: &Client,
    app_id: &str,
    answered: Connector,
    wanted: &OwnerIds,
) -> Result<Connector, (Connector, Diagnostics)> {
    if has(&answered, wanted) {
        return Ok(answered);
    }
    tracing::info!(connector_id = answered.id, "the answer has other owners than were sent, setting them apart");
    let update = ConnectorUpdate {
        catalog_id: Some(answered.catalog_id.clone()),
        user_ids: Some(wanted.iter().cloned().collect()),
        ..ConnectorUpdate::default()
    };
    let Some(mask) = UpdateMask::new([UpdatePath::UserIds]) else { return Ok(answered) };
    let plain = client.update_connector(app_id, &answered.id, &update, &mask).await;
    if let Ok(connector) = &plain
        && has(connector, wanted)
    {
        return plain.map_err(|error| (answered, diagnostics::conductorone("set the owners", &error).into()));
    }
    match client.update_delegated_connector(app_id, &answered.id, &update, &mask).await {
        Ok(connector) if has(&connector, wanted) => Ok(connector),
        Ok(connector) => {
            let problem = Diagnostic::error(
                "ConductorOne keeps other owners",
                format!(
                    "The connector was asked to belong to {}, and ConductorOne answered that it belongs to {}. \
                     Check that each owner exists, is enabled and has the role Super Administrator or Connector \
                     Administrator, then apply again.",
                    listed(wanted.iter()),
                    listed(connector.user_ids.iter())
                ),
            );
            Err((connector, problem.at(AttributePath::to("owners")).into()))
        }
        Err(error) => {
            let problem = diagnostics::conductorone("set the owners of the connector", &error);
            Err((answered, problem.at(AttributePath::to("owners")).into()))
        }
    }
}

fn listed<'i>(ids: impl Iterator<Item = &'i String>) -> String {
    let ids: Vec<&str> = ids.map(String::as_str).collect();
    if ids.is_empty() { "nobody".to_owned() } else { ids.join(", ") }
}
