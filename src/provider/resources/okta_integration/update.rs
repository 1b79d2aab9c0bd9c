//! Updating a connector: sends exactly the fields that differ.

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::resource::{ApplyError, ApplyRequest};
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::connector_settings::owner_ids;
use crate::provider::support::deadline::Deadline;
use crate::provider::support::diagnostics;
use conductorone_client::catalog::CatalogEntry;
use conductorone_client::model::ConfigInput;
use conductorone_client::{Client, ConnectorUpdate, Error, UpdateMask, UpdatePath};

use super::credentials::Credentials;
use super::model::OktaIntegrationModel;
use super::preconditions::{self, WantedOwners};
use super::sync::{self, SyncBaseline};
use super::timeouts::OperationTimeouts;
use super::writes::{self, ConnectorRef, SetUp};
use super::{OwnerIds, out_of_band, owners, settings};

/// Updates the connector and waits for the sync that follows.
pub(super) async fn update(
    cx: &Context<ProviderData>,
    prior: OktaIntegrationModel,
    request: ApplyRequest<'_, OktaIntegrationModel>,
) -> Result<OktaIntegrationModel, ApplyError<OktaIntegrationModel>> {
    let limit = OperationTimeouts::from_block(&request.planned.timeouts)?.update;
    let client = cx.data()?.conductorone()?;
    let deadline = Deadline::after(limit, client.clock());
    let id = text(&prior.id);
    // The wait for the sync has an end of its own.
    let changed = deadline.bound(change(cx, prior, request)).await;
    let (state, baseline) = changed.unwrap_or_else(|| Err(unconfirmed(&id).into()))?;
    let Some(baseline) = baseline else { return Ok(state) };
    let (app_id, id) = (text(&state.app_id), text(&state.id));
    let connector = ConnectorRef { app_id: &app_id, id: &id };
    let outcome = sync::wait(client, connector, &baseline, &deadline, cx.cancelled()).await;
    sync::finish_apply(cx, client, sync::After::Update, state, outcome)
}

/// Fields that an update sends.
struct Changes {
    config: Option<ConfigInput>,
    owners: Option<OwnerIds>,
    description: Option<String>,
    /// `sync_trigger` has changed, so that a sync is to run even if no settings change.
    is_sync_triggered: bool,
}

impl Changes {
    fn mask(&self) -> Option<UpdateMask> {
        let paths = [
            self.config.as_ref().map(|_| UpdatePath::Config),
            self.owners.as_ref().map(|_| UpdatePath::UserIds),
            self.description.as_ref().map(|_| UpdatePath::Description),
        ];
        UpdateMask::new(paths.into_iter().flatten())
    }

    /// Returns whether a sync follows: by itself after new settings, otherwise on request.
    fn starts_sync(&self) -> bool {
        self.config.is_some() || self.is_sync_triggered
    }
}

/// Sends the changes. Returns the sync to compare with, if the apply waits for a new one.
async fn change(
    cx: &Context<ProviderData>,
    prior: OktaIntegrationModel,
    request: ApplyRequest<'_, OktaIntegrationModel>,
) -> Result<(OktaIntegrationModel, Option<SyncBaseline>), ApplyError<OktaIntegrationModel>> {
    let ApplyRequest { config, planned, private } = request;
    let data = cx.data()?;
    let client = data.conductorone()?;
    let credentials = Credentials::read(&config)?;
    let owners = changed_owners(data, &prior, &planned, private).await?;
    let mut state = planned;
    let changes = Changes { owners, ..verified_changes(data, &prior, &mut state, &credentials).await? };
    let mask = changes.mask();
    // The difference can be known to Terraform alone, such as a timeout.
    if mask.is_none() && !changes.is_sync_triggered {
        return Ok((state, None));
    }

    let (app_id, id) = (text(&state.app_id), text(&state.id));
    let connector = ConnectorRef { app_id: &app_id, id: &id };
    let waits = changes.starts_sync() && state.wait_for_sync.known() != Some(&false);
    let baseline = if waits {
        let current = client.get_connector(&app_id, &id).await;
        Some(SyncBaseline::of(&current.map_err(|error| failed(&id, &error))?))
    } else {
        None
    };
    if let Some(mask) = mask {
        let set_up = if matches!(credentials, Credentials::Delegated) { SetUp::Delegated } else { SetUp::Configured };
        state = send(client, connector, state, &changes, &mask, set_up, private).await?;
        if changes.description.is_some() {
            data.adoption().marker_was_replaced(&text(&prior.description));
        }
    }
    if changes.is_sync_triggered
        && changes.config.is_none()
        && let Err(error) = client.force_sync(&app_id, &id).await
    {
        let problem = diagnostics::conductorone(&format!("start a sync of the connector {id}"), &error);
        // The old trigger stays in the state, so that the next apply tries again.
        let state = OktaIntegrationModel { sync_trigger: prior.sync_trigger, ..state };
        return Err(ApplyError::with(state, problem.at(AttributePath::to("sync_trigger"))));
    }
    Ok((state, baseline))
}

/// Returns the owners to send, or `None` if they resolve to the same users as before.
async fn changed_owners(
    data: &ProviderData,
    prior: &OktaIntegrationModel,
    planned: &OktaIntegrationModel,
    private: &mut Private,
) -> Result<Option<OwnerIds>, Diagnostics> {
    if planned.owners == prior.owners {
        return Ok(None);
    }
    let WantedOwners { ids, resolved } = preconditions::wanted_owners(data, planned).await?;
    let before = owners::resolved_ids(&prior.owners, private);
    owners::remember(private, &resolved);
    Ok(ids.filter(|ids| before.as_ref() != Some(ids)))
}

/// Verifies the credentials as far as the changes need it, completes the unknown values of `state`, and returns the
/// changes without the owners.
async fn verified_changes(
    data: &ProviderData,
    prior: &OktaIntegrationModel,
    state: &mut OktaIntegrationModel,
    credentials: &Credentials,
) -> Result<Changes, Diagnostics> {
    let settings_differ = settings::differ(prior, state);
    if settings_differ || state.okta_org_id.is_unknown() {
        let org_id = preconditions::org_id(data, state, credentials).await?;
        if state.okta_org_id.is_unknown() {
            state.okta_org_id = org_id.into();
        } else if let (Some(planned), Some(found)) = (state.okta_org_id.text(), &org_id)
            && planned != found
        {
            return Err(another_org(planned, found).into());
        }
    }
    if state.capabilities.is_unknown() {
        state.capabilities = preconditions::capabilities(data, state, credentials).await?;
    }
    let config = match credentials {
        Credentials::Token { domain, token, .. } if settings_differ => Some(settings::to_config(state, domain, token)?),
        _ => None,
    };
    let description = text(&state.description);
    Ok(Changes {
        config,
        owners: None,
        is_sync_triggered: state.sync_trigger != prior.sync_trigger && matches!(credentials, Credentials::Token { .. }),
        description: Some(description).filter(|description| *description != text(&prior.description)),
    })
}

/// Sends the update and ensures the owners.
async fn send(
    client: &Client,
    connector: ConnectorRef<'_>,
    state: OktaIntegrationModel,
    changes: &Changes,
    mask: &UpdateMask,
    set_up: SetUp,
    private: &mut Private,
) -> Result<OktaIntegrationModel, ApplyError<OktaIntegrationModel>> {
    let change = ConnectorUpdate {
        catalog_id: Some(state.entry().unwrap_or(CatalogEntry::Okta).catalog_id().to_owned()),
        description: changes.description.clone(),
        config: changes.config.clone(),
        user_ids: changes.owners.as_ref().map(|owners| owners.iter().cloned().collect()),
        ..ConnectorUpdate::default()
    };
    let updated = writes::update(client, connector, &change, mask, set_up).await;
    let updated = updated.map_err(|error| failed(connector.id, &error))?;
    tracing::info!(connector_id = connector.id, fields = %mask, "updated the connector");
    if changes.config.is_some() {
        out_of_band::record_write(private, &updated);
    }
    if let Some(wanted) = &changes.owners
        && let Err(failed) = owners::reconcile(client, connector.app_id, updated, wanted).await
    {
        let state = OktaIntegrationModel { owners: owner_ids(&failed.connector), ..state };
        return Err(ApplyError::with(state, failed.diagnostic));
    }
    Ok(state)
}

fn another_org(planned: &str, found: &str) -> Diagnostic {
    let detail = format!(
        "When the plan was made, the domain belonged to the Okta org {planned}. Now it belongs to {found}. Nothing was \
         changed. Check domain, then plan again."
    );
    Diagnostic::error("Okta org changed between plan and apply", detail).at(AttributePath::to("domain"))
}

fn unconfirmed(id: &str) -> Diagnostic {
    let detail = format!(
        "ConductorOne or Okta took longer to respond than update in the timeouts block allows. The provider could not \
         determine whether the connector {id} was updated. Apply again: the plan shows the remaining changes. If the \
         services are slow every time, raise the timeout."
    );
    Diagnostic::error("Update of the connector was not confirmed", detail)
        .at(AttributePath::to("timeouts").attribute("update"))
}

fn failed(id: &str, error: &Error) -> Diagnostics {
    if error.is_not_found() {
        let detail = format!(
            "The connector {id} was deleted in ConductorOne after the plan was made. Plan again to create a new one."
        );
        return Diagnostic::error("Connector is gone", detail).into();
    }
    diagnostics::conductorone(&format!("update the connector {id}"), error).into()
}

fn text(value: &Value<String>) -> String {
    value.text().unwrap_or_default().to_owned()
}
