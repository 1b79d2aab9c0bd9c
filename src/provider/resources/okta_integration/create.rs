//! Creating a connector: check, make, see to its owners, wait for its first sync.

use std::collections::BTreeSet;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::resource::{ApplyError, ApplyRequest};
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::connector_settings::owner_ids;
use conductorone_client::Client;

use super::credentials::Credentials;
use super::model::OktaIntegrationModel;
use super::once::{Made, NewConnector};
use super::owners::Meanings;
use super::timeouts::{Deadline, OperationTimeouts};
use super::{OwnerIds, capabilities, note, once, out_of_band, owners, sync};

pub(super) async fn create(
    cx: &Context<ProviderData>,
    request: ApplyRequest<'_, OktaIntegrationModel>,
) -> Result<OktaIntegrationModel, ApplyError<OktaIntegrationModel>> {
    let ApplyRequest { config, planned, private } = request;
    let limit = OperationTimeouts::from_block(&planned.timeouts)?.create;
    let services = cx.data()?;
    let client = services.conductorone()?;
    let deadline = Deadline::after(limit, client.clock());
    let credentials = Credentials::read(&config)?;
    let checks = async {
        let org_id = checked_org_id(services, &planned, &credentials).await?;
        let capabilities = checked_capabilities(services, &planned, &credentials).await?;
        Ok::<_, Diagnostics>((org_id, capabilities, wanted_owners(services, &planned).await?))
    };
    let (org_id, capabilities, (wanted, meanings)) =
        deadline.bound(client.clock(), checks).await.unwrap_or_else(|| Err(once::too_late().into()))?;

    let app_id = planned.app_id.text().unwrap_or_default().to_owned();
    let new = NewConnector::new(&planned, &credentials, wanted.iter().flatten().cloned().collect())?;
    let made = {
        let _turn = deadline.bound(client.clock(), services.creating(&app_id)).await.ok_or_else(once::too_late)?;
        once::make(cx, client, &app_id, &new, &deadline).await?
    };
    let id = made.connector.id.clone();
    // Whoever handed it over before: it is this process that does so now.
    services.manages(&id);
    tracing::info!(connector_id = id, app_id, "created the connector");

    let mut state = planned;
    state.id = Value::Known(id);
    state.created_at = made.connector.created_at.as_ref().map(ToString::to_string).into();
    state.display_name = Value::Known(made.connector.display_name.clone());
    state.okta_org_id = org_id.into();
    state.capabilities = capabilities;
    out_of_band::record_write(private, &made.connector);
    owners::remember(private, &meanings);

    let description = state.description.text().unwrap_or_default().to_owned();
    let outcome = complete(cx, client, state, &made, wanted.as_ref(), &deadline).await;
    if let Some(described) =
        note::remove(cx, client, (&app_id, &made), &description, new.is_delegated(), &deadline).await
    {
        out_of_band::record_write(private, &described);
    }
    outcome
}

/// Makes sure of the owners of a connector that exists, and waits for its first sync.
async fn complete(
    cx: &Context<ProviderData>,
    client: &Client,
    mut state: OktaIntegrationModel,
    made: &Made,
    wanted: Option<&OwnerIds>,
    deadline: &Deadline,
) -> Result<OktaIntegrationModel, ApplyError<OktaIntegrationModel>> {
    let app_id = state.app_id.text().unwrap_or_default().to_owned();
    let planned_owners = std::mem::replace(&mut state.owners, owner_ids(&made.connector));
    if let Some(wanted) = wanted {
        let reconciled = owners::reconcile(client, &app_id, made.connector.clone(), wanted);
        let Some(reconciled) = deadline.bound(client.clock(), reconciled).await else {
            return Err(ApplyError::with(state, owners_too_late()));
        };
        if let Err(refused) = reconciled {
            let (kept, problem) = *refused;
            state.owners = owner_ids(&kept);
            return Err(ApplyError::with(state, problem));
        }
        state.owners = planned_owners;
    }
    let configured = !state.domain.is_null();
    if configured && state.wait_for_sync.known() != Some(&false) {
        let id = &made.connector.id;
        let outcome = sync::wait(client, &app_id, id, &made.before, deadline, cx.stop()).await;
        return sync::conclude(cx, client, sync::After::Create, state, outcome);
    }
    Ok(state)
}

/// Asks Okta once more: the plan may be old.
pub(super) async fn checked_org_id(
    services: &ProviderData,
    planned: &OktaIntegrationModel,
    credentials: &Credentials,
) -> Result<Option<String>, Diagnostic> {
    match (credentials, &planned.validate_credentials) {
        (Credentials::Token { domain, token, argument }, Value::Known(true)) => {
            services.probe(domain, token, argument).await.map(|probe| Some(probe.org_id))
        }
        _ => Ok(None),
    }
}

/// Asks Okta what the token may do, and holds it against what is required.
pub(super) async fn checked_capabilities(
    services: &ProviderData,
    planned: &OktaIntegrationModel,
    credentials: &Credentials,
) -> Result<Value<BTreeSet<Value<String>>>, Diagnostics> {
    match (credentials, &planned.validate_credentials) {
        (Credentials::Token { domain, token, argument }, Value::Known(true)) => {
            let permissions = services.permissions(domain, token, argument).await?;
            capabilities::check(planned, &permissions)?;
            Ok(capabilities::held(&permissions))
        }
        _ => Ok(Value::Null),
    }
}

/// The users that shall own the connector, where the configuration says so, and who each element means.
pub(super) async fn wanted_owners(
    services: &ProviderData,
    planned: &OktaIntegrationModel,
) -> Result<(Option<OwnerIds>, Meanings), Diagnostics> {
    let users = owners::resolve(services, &planned.owners).await?;
    let wanted = planned.owners.known().map(|_| users.iter().map(|(_, user)| user.id.clone()).collect());
    Ok((wanted, owners::meanings(&users)))
}

/// The time of the operation was up before the owners were set.
fn owners_too_late() -> Diagnostic {
    Diagnostic::error(
        "Time was up before the owners were set",
        "The connector was created and is in the state, marked as tainted: the next apply replaces it. To keep it, run \
         `terraform untaint` with its address first. Raise the timeout of create, then apply again.",
    )
    .at(AttributePath::to("owners"))
}
