//! Changing a connector: exactly the fields that differ.

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::resource::{ApplyError, ApplyRequest};
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use crate::provider::support::retry;
use conductorone_client::catalog::CatalogEntry;
use conductorone_client::model::Connector;
use conductorone_client::{Client, ConnectorUpdate, Error, UpdateMask, UpdatePath};

use super::create::{checked_capabilities, checked_org_id, wanted_owners};
use super::credentials::Credentials;
use super::model::OktaIntegration;
use super::sync::{self, Mark};
use super::timeouts::{Deadline, Limits};
use super::{outside, owners, settings};

/// Changes the connector, and waits for the sync that follows, as long as the operation may take.
pub(super) async fn update(
    cx: &Context<ProviderData>,
    prior: OktaIntegration,
    request: ApplyRequest<'_, OktaIntegration>,
) -> Result<OktaIntegration, ApplyError<OktaIntegration>> {
    let limit = Limits::from_block(&request.planned.timeouts)?.update;
    let client = cx.data()?.conductorone()?;
    let deadline = Deadline::after(limit, client.clock());
    let id = text(&prior.id);
    // The wait for the sync ends by itself when the time is up.
    let changed = deadline.bound(client.clock(), change(cx, prior, request)).await;
    let (state, syncing) = changed.unwrap_or_else(|| Err(unconfirmed(&id).into()))?;
    let Some(before) = syncing else { return Ok(state) };
    let (app_id, id) = (text(&state.app_id), text(&state.id));
    let outcome = sync::wait(client, &app_id, &id, &before, &deadline, cx.stop()).await;
    sync::conclude(cx, client, sync::After::Update, state, outcome)
}

/// Changes the connector. Gives the sync before the one to wait for, where one is to be waited for.
async fn change(
    cx: &Context<ProviderData>,
    prior: OktaIntegration,
    request: ApplyRequest<'_, OktaIntegration>,
) -> Result<(OktaIntegration, Option<Mark>), ApplyError<OktaIntegration>> {
    let ApplyRequest { config, planned, private } = request;
    let services = cx.data()?;
    let client = services.conductorone()?;
    let credentials = Credentials::read(&config)?;
    let settings_differ = settings::differ(&prior, &planned);
    let wanted = if planned.owners == prior.owners {
        None
    } else {
        let (wanted, meanings) = wanted_owners(services, &planned).await?;
        let before = owners::meant(&prior.owners, private);
        owners::remember(private, &meanings);
        wanted.filter(|wanted| before.as_ref() != Some(wanted))
    };

    let mut state = planned;
    if settings_differ || state.okta_org_id.is_unknown() {
        let org_id = checked_org_id(services, &state, &credentials).await?;
        if state.okta_org_id.is_unknown() {
            state.okta_org_id = org_id.into();
        } else if let (Some(planned), Some(found)) = (state.okta_org_id.text(), &org_id)
            && planned != found
        {
            return Err(Diagnostic::error(
                "Another Okta org answers",
                "The domain leads to another org than it did when the plan was made. Nothing was changed. Plan again.",
            )
            .at(AttributePath::to("domain"))
            .into());
        }
    }
    if state.capabilities.is_unknown() {
        state.capabilities = checked_capabilities(services, &state, &credentials).await?;
    }
    let (app_id, id) = (text(&state.app_id), text(&state.id));
    let config = match &credentials {
        Credentials::Token { domain, token, .. } if settings_differ => {
            Some(settings::to_config(&state, domain, token)?)
        }
        _ => None,
    };
    let described = text(&state.description) != text(&prior.description);
    let triggered = state.sync_trigger != prior.sync_trigger && matches!(credentials, Credentials::Token { .. });
    let paths = [
        config.as_ref().map(|_| UpdatePath::Config),
        wanted.as_ref().map(|_| UpdatePath::UserIds),
        described.then_some(UpdatePath::Description),
    ];
    let mask = UpdateMask::new(paths.into_iter().flatten());
    // What differs may be known to Terraform alone, such as a timeout.
    if mask.is_none() && !triggered {
        return Ok((state, None));
    }

    let syncs = config.is_some() || triggered;
    let waits = syncs && state.wait_for_sync.known() != Some(&false);
    let before = if waits {
        Some(Mark::of(&client.get_connector(&app_id, &id).await.map_err(|error| failed(&id, &error))?))
    } else {
        None
    };
    let forced = triggered && config.is_none();
    let change = ConnectorUpdate {
        catalog_id: Some(state.entry().unwrap_or(CatalogEntry::Okta).catalog_id().to_owned()),
        description: described.then(|| text(&state.description)),
        config,
        user_ids: wanted.as_ref().map(|wanted| wanted.iter().cloned().collect()),
        ..ConnectorUpdate::default()
    };
    if let Some(mask) = &mask {
        let delegated = matches!(credentials, Credentials::Delegated);
        let sent = send(client, (&app_id, &id), &change, mask, delegated).await;
        let answered = sent.map_err(|error| failed(&id, &error))?;
        tracing::info!(connector_id = id, fields = %mask, "changed the connector");
        if mask.contains(UpdatePath::Config) {
            outside::remember(private, &answered);
        }
        if let Some(wanted) = &wanted {
            owners::reconcile(client, &app_id, answered, wanted).await.map_err(|refused| {
                let (kept, problem) = *refused;
                let mut state = state.clone();
                state.owners = owners::from_connector(&kept);
                ApplyError::with(state, problem)
            })?;
        }
    }
    if forced && let Err(error) = client.force_sync(&app_id, &id).await {
        let problem = diagnostics::conductorone(&format!("start a sync of the connector {id}"), &error);
        // The old trigger stays in the state, so that the next apply tries again.
        let state = OktaIntegration { sync_trigger: prior.sync_trigger, ..state };
        return Err(ApplyError::with(state, problem.at(AttributePath::to("sync_trigger"))));
    }
    Ok((state, before))
}

/// Sends an update to where connectors of its set-up take it.
pub(super) async fn send(
    client: &Client,
    (app_id, id): (&str, &str),
    change: &ConnectorUpdate,
    mask: &UpdateMask,
    delegated: bool,
) -> Result<Connector, Error> {
    let update = || async {
        if delegated {
            client.update_delegated_connector(app_id, id, change, mask).await
        } else {
            client.update_connector(app_id, id, change, mask).await
        }
    };
    retry::until_answered(client, id, update).await
}

fn unconfirmed(id: &str) -> Diagnostic {
    Diagnostic::error(
        "Change of the connector was not confirmed",
        format!(
            "ConductorOne or Okta took longer to answer than update in the timeouts block allows, and whether the \
             connector {id} was changed is not known. Apply again: the next plan shows what is left to change. If they \
             are slow every time, raise the timeout."
        ),
    )
    .at(AttributePath::to("timeouts").attribute("update"))
}

fn failed(id: &str, error: &Error) -> Diagnostics {
    if error.is_not_found() {
        return Diagnostic::error(
            "Connector is gone",
            format!("The connector {id} was deleted in ConductorOne meanwhile. Plan again: it will be created anew."),
        )
        .into();
    }
    diagnostics::conductorone(&format!("change the connector {id}"), error).into()
}

fn text(value: &Value<String>) -> String {
    value.text().unwrap_or_default().to_owned()
}
