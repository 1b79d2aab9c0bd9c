//! Creating a connector.

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::resource::{ApplyError, ApplyRequest};
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::connector_settings::owner_ids;
use crate::provider::support::create_or_adopt::{create_or_adopt, remove_marker};
use crate::provider::support::deadline::Deadline;
use conductorone_client::model::Connector;
use conductorone_client::{Client, ConnectorUpdate, UpdateMask, UpdatePath};

use super::creation::{NewConnector, deadline_exceeded};
use super::credentials::Credentials;
use super::model::OktaIntegrationModel;
use super::preconditions::{self, WantedOwners};
use super::sync::SyncBaseline;
use super::timeouts::OperationTimeouts;
use super::writes::{self, ConnectorRef};
use super::{OwnerIds, out_of_band, owners, sync};

/// Verifies the credentials, creates the connector, sets its owners and waits for its first sync.
pub(super) async fn create(
    cx: &Context<ProviderData>,
    request: ApplyRequest<'_, OktaIntegrationModel>,
) -> Result<OktaIntegrationModel, ApplyError<OktaIntegrationModel>> {
    let ApplyRequest { config, planned, private } = request;
    let limit = OperationTimeouts::from_block(&planned.timeouts)?.create;
    let data = cx.data()?;
    let client = data.conductorone()?;
    let deadline = Deadline::after(limit, client.clock());
    let credentials = Credentials::read(&config)?;
    let checks = async {
        let org_id = preconditions::org_id(data, &planned, &credentials).await?;
        let capabilities = preconditions::capabilities(data, &planned, &credentials).await?;
        Ok::<_, Diagnostics>((org_id, capabilities, preconditions::wanted_owners(data, &planned).await?))
    };
    let checked = deadline.bound(checks).await;
    let (org_id, capabilities, wanted) = checked.unwrap_or_else(|| Err(deadline_exceeded().into()))?;
    let WantedOwners { ids: wanted, resolved } = wanted;

    let app_id = planned.app_id.text().unwrap_or_default().to_owned();
    let user_ids = wanted.iter().flatten().cloned().collect();
    let new = NewConnector::new((data, client), &app_id, &planned, &credentials, user_ids)?;
    let created = {
        let _lock = deadline.bound(data.lock_creation(&app_id)).await.ok_or_else(deadline_exceeded)?;
        let created = create_or_adopt(cx, &new, &deadline).await?;
        data.mark_managed(&created.object.id);
        created
    };
    let connector = created.object;
    let id = connector.id.clone();
    tracing::info!(connector_id = id, app_id, is_adopted = created.orphan.is_some(), "created the connector");

    let mut state = planned;
    state.id = Value::Known(id.clone());
    state.created_at = connector.created_at.as_ref().map(ToString::to_string).into();
    state.display_name = Value::Known(connector.display_name.clone());
    state.okta_org_id = org_id.into();
    state.capabilities = capabilities;
    out_of_band::record_write(private, &connector);
    owners::remember(private, &resolved);

    let change = ConnectorUpdate {
        catalog_id: Some(connector.catalog_id.clone()),
        description: Some(state.description.text().unwrap_or_default().to_owned()),
        ..ConnectorUpdate::default()
    };
    let baseline = created.orphan.as_ref().map(SyncBaseline::of).unwrap_or_default();
    let outcome = complete(cx, client, state, connector, baseline, wanted.as_ref(), &deadline).await;
    if let Some(mask) = UpdateMask::new([UpdatePath::Description]) {
        let connector = ConnectorRef { app_id: &app_id, id: &id };
        let send = writes::update(client, connector, &change, &mask, new.set_up());
        let described = remove_marker::<NewConnector<'_>>(cx, &id, created.in_flight, &deadline, send).await;
        described.iter().for_each(|described| out_of_band::record_write(private, described));
    }
    outcome
}

/// Sets the owners of a connector that exists, and waits for its first sync.
async fn complete(
    cx: &Context<ProviderData>,
    client: &Client,
    mut state: OktaIntegrationModel,
    connector: Connector,
    baseline: SyncBaseline,
    wanted: Option<&OwnerIds>,
    deadline: &Deadline<'_>,
) -> Result<OktaIntegrationModel, ApplyError<OktaIntegrationModel>> {
    let (app_id, id) = (state.app_id.text().unwrap_or_default().to_owned(), connector.id.clone());
    let planned_owners = std::mem::replace(&mut state.owners, owner_ids(&connector));
    if let Some(wanted) = wanted {
        match deadline.bound(owners::reconcile(client, &app_id, connector, wanted)).await {
            Some(Ok(_)) => state.owners = planned_owners,
            Some(Err(failed)) => {
                state.owners = owner_ids(&failed.connector);
                return Err(ApplyError::with(state, failed.diagnostic));
            }
            None => return Err(ApplyError::with(state, owners_deadline_exceeded())),
        }
    }
    if state.domain.is_null() || state.wait_for_sync.known() == Some(&false) {
        return Ok(state);
    }
    let connector = ConnectorRef { app_id: &app_id, id: &id };
    let outcome = sync::wait(client, connector, &baseline, deadline, cx.cancelled()).await;
    sync::finish_apply(cx, client, sync::After::Create, state, outcome)
}

fn owners_deadline_exceeded() -> Diagnostic {
    Diagnostic::error(
        "Owners were not set in time",
        "ConductorOne did not confirm the owners before the create timeout ended. The connector was created and is in the \
         state, marked as tainted: the next apply replaces it. To keep it, run `terraform untaint` with its address, \
         raise the create timeout, and apply again.",
    )
    .at(AttributePath::to("owners"))
}
