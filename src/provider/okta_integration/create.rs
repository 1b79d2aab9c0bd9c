//! Creating a connector, exactly once.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::conductorone::catalog::Entry;
use crate::conductorone::model::Connector;
use crate::conductorone::{Client, CreateConnector, CreateDelegatedConnector, Error};
use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::resource::{ApplyRequest, Failure};
use crate::framework::value::Value;
use crate::http::StatusCode;
use crate::provider::diagnostics;
use crate::provider::services::Services;

use super::credentials::Credentials;
use super::model::OktaIntegration;
use super::owners::Meanings;
use super::sync::{self, Mark};
use super::timeouts::{Deadline, Limits};
use super::{OwnerIds, capabilities, outside, owners, settings};

/// Pauses before each look for a connector whose creation was not answered.
const LOOKS: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

pub(super) async fn create(
    cx: &Context<Services>,
    request: ApplyRequest<'_, OktaIntegration>,
) -> Result<OktaIntegration, Failure<OktaIntegration>> {
    let ApplyRequest { config, planned, private } = request;
    let limit = Limits::from_block(&planned.timeouts)?.create;
    let services = cx.data()?;
    let client = services.conductorone()?;
    let deadline = Deadline::after(limit, client.clock());
    let credentials = Credentials::read(&config)?;
    let org_id = checked_org_id(services, &planned, &credentials).await?;
    let capabilities = checked_capabilities(services, &planned, &credentials).await?;
    if cx.stop().is_cancelled() {
        return Err(Diagnostic::error("Stopped", "Interrupted before anything was created.").into());
    }

    let app_id = planned.app_id.text().unwrap_or_default().to_owned();
    let (wanted, meanings) = wanted_owners(services, &planned).await?;
    let new = NewConnector::new(&planned, &credentials, wanted.iter().flatten().cloned().collect())?;
    let connector = {
        let _turn = services.creating(&app_id).await;
        make(client, &app_id, &new).await?
    };
    tracing::info!(connector_id = connector.id, app_id, "created the connector");

    let mut state = planned;
    state.id = Value::Known(connector.id.clone());
    state.created_at = connector.created_at.as_ref().map(ToString::to_string).into();
    state.display_name = Value::Known(connector.display_name.clone());
    outside::remember(private, &connector);
    owners::remember(private, &meanings);
    state.okta_org_id = org_id.into();
    state.capabilities = capabilities;
    let connector = match &wanted {
        Some(wanted) => owners::reconcile(client, &app_id, connector, wanted).await.map_err(|refused| {
            let (kept, problem) = *refused;
            let mut state = state.clone();
            state.owners = owners::from_connector(&kept);
            Failure::with(state, problem)
        })?,
        None => {
            state.owners = owners::from_connector(&connector);
            connector
        }
    };

    let configured = matches!(credentials, Credentials::Token { .. });
    if configured && state.wait_for_sync.known() != Some(&false) {
        let outcome = sync::wait(client, &app_id, &connector.id, &Mark::default(), &deadline, cx.stop()).await;
        return sync::conclude(cx, client, sync::After::Create, state, outcome);
    }
    Ok(state)
}

/// Asks Okta once more: the plan may be old.
pub(super) async fn checked_org_id(
    services: &Services,
    planned: &OktaIntegration,
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
    services: &Services,
    planned: &OktaIntegration,
    credentials: &Credentials,
) -> Result<Value<BTreeSet<Value<String>>>, Diagnostics> {
    match (credentials, &planned.validate_credentials) {
        (Credentials::Token { domain, token, argument }, Value::Known(true)) => {
            let powers = services.powers(domain, token, argument).await?;
            capabilities::check(planned, &powers)?;
            Ok(capabilities::held(&powers))
        }
        _ => Ok(Value::Null),
    }
}

/// The users that shall own the connector, where the configuration says so, and who each element means.
pub(super) async fn wanted_owners(
    services: &Services,
    planned: &OktaIntegration,
) -> Result<(Option<OwnerIds>, Meanings), Diagnostics> {
    let users = owners::resolve(services, &planned.owners).await?;
    let wanted = planned.owners.known().map(|_| users.iter().map(|(_, user)| user.id.clone()).collect());
    Ok((wanted, owners::meanings(&users)))
}

/// What is to be created.
enum NewConnector {
    Configured { domain: String, body: CreateConnector },
    Delegated(CreateDelegatedConnector),
}

impl NewConnector {
    fn new(planned: &OktaIntegration, credentials: &Credentials, user_ids: Vec<String>) -> Result<Self, Diagnostics> {
        let description = planned.description.text().map(str::to_owned);
        let entry = planned.entry().unwrap_or(Entry::Okta);
        match credentials {
            Credentials::Token { domain, token, .. } => {
                let config = settings::to_config(planned, domain, token)?;
                let catalog_id = entry.catalog_id().to_owned();
                let body = CreateConnector { catalog_id, config, description, user_ids };
                Ok(Self::Configured { domain: domain.to_string(), body })
            }
            Credentials::Delegated | Credentials::NotKnownYet { .. } => Ok(Self::Delegated(CreateDelegatedConnector {
                catalog_id: entry.catalog_id().to_owned(),
                display_name: entry.display_name().to_owned(),
                description,
                user_ids,
            })),
        }
    }

    fn catalog_id(&self) -> &str {
        match self {
            Self::Configured { body, .. } => &body.catalog_id,
            Self::Delegated(body) => &body.catalog_id,
        }
    }

    async fn send(&self, client: &Client, app_id: &str) -> Result<Connector, Error> {
        match self {
            Self::Configured { body, .. } => client.create_connector(app_id, body).await,
            Self::Delegated(body) => client.create_delegated_connector(app_id, body).await,
        }
    }

    /// Whether a connector that was not there before can be the one that was asked for.
    fn is(&self, connector: &Connector) -> bool {
        let Some(entry) = Entry::from_catalog_id(&connector.catalog_id) else { return false };
        let domain = settings::told(entry, connector).domain;
        connector.catalog_id == self.catalog_id()
            && connector.deleted_at.is_none()
            && match self {
                Self::Configured { domain: wanted, .. } => {
                    settings::same_domain(&domain.into(), &Value::Known(wanted.clone()))
                }
                Self::Delegated(_) => domain.is_none(),
            }
    }
}

/// Creates the connector. A lost answer is resolved by looking; a second one is never sent.
async fn make(client: &Client, app_id: &str, new: &NewConnector) -> Result<Connector, Diagnostics> {
    let failed = |error: &Error| Diagnostics::from(create_diagnostic(app_id, new, error));
    let listed = client.list_connectors(app_id).await.map_err(|error| failed(&error))?;
    let before: BTreeSet<String> = listed.into_iter().map(|connector| connector.id).collect();
    let error = match new.send(client, app_id).await {
        Ok(connector) => return Ok(connector),
        Err(error) if error.may_have_taken_effect() => error,
        Err(error) => return Err(failed(&error)),
    };
    tracing::warn!(app_id, %error, "the creation was not answered, looking for the connector");
    let mut unseen = None;
    for pause in LOOKS {
        client.clock().sleep(pause).await;
        match client.list_connectors(app_id).await {
            Ok(listed) => {
                let found: Vec<Connector> = listed
                    .into_iter()
                    .filter(|connector| !before.contains(&connector.id) && new.is(connector))
                    .collect();
                unseen = None;
                match <[Connector; 1]>::try_from(found) {
                    Ok([connector]) => return Ok(connector),
                    Err(found) if found.is_empty() => {}
                    Err(found) => return Err(ambiguous(app_id, &error, &found).into()),
                }
            }
            Err(error) => unseen = Some(error),
        }
    }
    Err(match unseen {
        None => Diagnostic::error(
            "Connector was not created",
            format!(
                "{}\n\nThe app {app_id} has no new connector, so nothing was created. Apply again.",
                diagnostics::chain(&error)
            ),
        ),
        Some(unseen) => Diagnostic::error(
            "Connector may have been created",
            format!(
                "{}\n\nWhether there is one now could not be found out: {}\n\nLook at the connectors of the app \
                 {app_id} in ConductorOne before applying again, and delete a new one that Terraform does not know.",
                diagnostics::chain(&error),
                diagnostics::chain(&unseen)
            ),
        ),
    }
    .into())
}

fn ambiguous(app_id: &str, error: &Error, found: &[Connector]) -> Diagnostic {
    let ids: Vec<&str> = found.iter().map(|connector| connector.id.as_str()).collect();
    Diagnostic::error(
        "Connector may have been created",
        format!(
            "{}\n\nSince then the app {app_id} has several new connectors for this org: {}. Somebody else creates them \
             at the same time. Delete those that are not wanted in ConductorOne before applying again.",
            diagnostics::chain(error),
            ids.join(", ")
        ),
    )
}

fn create_diagnostic(app_id: &str, new: &NewConnector, error: &Error) -> Diagnostic {
    let diagnostic = diagnostics::conductorone("create the connector", error);
    if error.is_not_found() {
        return Diagnostic::error(
            "App does not exist",
            format!("ConductorOne has no app with the ID {app_id}. Check app_id. Nothing was created."),
        )
        .at(AttributePath::to("app_id"));
    }
    let rejected = error.api().is_some_and(|api| api.status == StatusCode::BAD_REQUEST);
    if rejected && new.catalog_id() == Entry::Okta.catalog_id() {
        let advice = "If ConductorOne no longer offers this connector for new set-ups, set connector = \"okta_v2\".";
        return Diagnostic::error(diagnostic.summary(), format!("{} {advice}", diagnostic.detail()))
            .at(AttributePath::to("connector"));
    }
    diagnostic
}
