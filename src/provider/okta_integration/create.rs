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

/// How long to look at the least, whatever is left of the operation's time.
const LOOKING: Duration = Duration::from_secs(60);

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
    let checks = async {
        let org_id = checked_org_id(services, &planned, &credentials).await?;
        let capabilities = checked_capabilities(services, &planned, &credentials).await?;
        if cx.stop().is_cancelled() {
            return Err(Diagnostic::error("Stopped", "Interrupted before anything was created.").into());
        }
        Ok::<_, Diagnostics>((org_id, capabilities, wanted_owners(services, &planned).await?))
    };
    let (org_id, capabilities, (wanted, meanings)) =
        deadline.bound(client.clock(), checks).await.unwrap_or_else(|| Err(too_late().into()))?;

    let app_id = planned.app_id.text().unwrap_or_default().to_owned();
    let new = NewConnector::new(&planned, &credentials, wanted.iter().flatten().cloned().collect())?;
    let connector = {
        let _turn = deadline.bound(client.clock(), services.creating(&app_id)).await.ok_or_else(too_late)?;
        make(client, &app_id, &new, &deadline).await?
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
    let planned_owners = state.owners.clone();
    let connector = match &wanted {
        Some(wanted) => {
            state.owners = owners::from_connector(&connector);
            let reconciled =
                deadline.bound(client.clock(), owners::reconcile(client, &app_id, connector, wanted)).await;
            let Some(reconciled) = reconciled else { return Err(Failure::with(state, owners_too_late())) };
            let connector = reconciled.map_err(|refused| {
                let (kept, problem) = *refused;
                let mut state = state.clone();
                state.owners = owners::from_connector(&kept);
                Failure::with(state, problem)
            })?;
            state.owners = planned_owners;
            connector
        }
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

    /// Whether a connector that was not there before is the one that was asked for.
    fn compare(&self, connector: &Connector) -> Likeness {
        if connector.deleted_at.is_some()
            || !connector.catalog_id.is_empty() && connector.catalog_id != self.catalog_id()
        {
            return Likeness::Another;
        }
        let domain =
            Entry::from_catalog_id(self.catalog_id()).and_then(|entry| settings::told(entry, connector).domain);
        match (self, domain) {
            (Self::Configured { domain: wanted, .. }, Some(domain)) => {
                if settings::same_domain(&Value::Known(domain), &Value::Known(wanted.clone())) {
                    Likeness::Same
                } else {
                    Likeness::Another
                }
            }
            // Settings that the caller may not see come back blank.
            (Self::Configured { .. }, None) => Likeness::Unclear,
            (Self::Delegated(_), None) => Likeness::Same,
            (Self::Delegated(_), Some(_)) => Likeness::Another,
        }
    }
}

/// Whether a connector is the one that a call made whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    Same,
    Another,
    Unclear,
}

/// Creates the connector. A lost answer is resolved by looking; a second one is never sent.
async fn make(
    client: &Client,
    app_id: &str,
    new: &NewConnector,
    deadline: &Deadline,
) -> Result<Connector, Diagnostics> {
    let clock = client.clock();
    let before = deadline.bound(clock, client.list_connectors(app_id)).await.ok_or_else(too_late)?;
    let before = before.map_err(|error| not_listed(app_id, &error))?;
    let known: BTreeSet<String> = before.connectors.into_iter().map(|connector| connector.id).collect();
    let error = match new.send(client, app_id).await {
        Ok(connector) => return Ok(connector),
        Err(error) if error.may_have_taken_effect() => error,
        Err(error) => return Err(refused(new.catalog_id(), &error).into()),
    };
    tracing::warn!(app_id, %error, "the creation was not answered, looking for the connector");
    // Why the last look does not settle the matter.
    let mut doubt = None;
    // However little time is left: what was created must not be lost.
    let looking = deadline.or_after(LOOKING, clock);
    for pause in LOOKS {
        clock.sleep(pause).await;
        let listed = match looking.bound(clock, client.list_connectors(app_id)).await {
            Some(Ok(listed)) => listed,
            None => {
                doubt = Some("ConductorOne did not answer in time.".to_owned());
                break;
            }
            Some(Err(error)) => {
                doubt = Some(diagnostics::chain(&error));
                continue;
            }
        };
        let unknown = listed.connectors.into_iter().filter(|connector| !known.contains(&connector.id));
        let mut found: Vec<(Likeness, Connector)> =
            unknown.map(|connector| (new.compare(&connector), connector)).collect();
        found.retain(|(likeness, _)| *likeness != Likeness::Another);
        doubt = match found.as_slice() {
            [(Likeness::Same, _)] => return Ok(found.remove(0).1),
            [] if listed.hidden <= before.hidden => None,
            [] => Some("The list of the app's connectors has a new entry that the credentials may not see.".to_owned()),
            several => {
                let ids: Vec<&str> = several.iter().map(|(_, connector)| connector.id.as_str()).collect();
                Some(format!(
                    "The app has new connectors, and which of them is this one cannot be told: {}.",
                    ids.join(", ")
                ))
            }
        };
    }
    let answer = diagnostics::chain(&error);
    Err(match doubt {
        None => Diagnostic::error(
            "Connector was not created",
            format!("{answer}\n\nThe app {app_id} has no new connector, so nothing was created. Apply again."),
        ),
        Some(doubt) => Diagnostic::error(
            "Connector may have been created",
            format!(
                "{answer}\n\nWhether there is one now could not be found out. {doubt}\n\nLook at the connectors of \
                 the app {app_id} in ConductorOne before applying again, and delete a new one that nobody wants: \
                 Terraform does not know it."
            ),
        ),
    }
    .into())
}

/// The time of the operation was up before anything was created.
fn too_late() -> Diagnostic {
    Diagnostic::error(
        "Time was up before the connector was created",
        "ConductorOne or Okta took longer to answer than create in the timeouts block allows. Nothing was created. Find \
         out what makes them slow, or raise the timeout, then apply again.",
    )
    .at(AttributePath::to("timeouts").attribute("create"))
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

/// Why the connectors of the app could not be listed before the creation.
fn not_listed(app_id: &str, error: &Error) -> Diagnostic {
    if error.is_not_found() {
        return Diagnostic::error(
            "App does not exist",
            format!("ConductorOne has no app with the ID {app_id}. Check app_id. Nothing was created."),
        )
        .at(AttributePath::to("app_id"));
    }
    diagnostics::conductorone("create the connector", error)
}

/// Why the creation was refused. How the service refuses an entry that it no longer offers is not published: it may be
/// any answer but those about an access token, a limit or its own trouble.
fn refused(catalog_id: &str, error: &Error) -> Diagnostic {
    let diagnostic = diagnostics::conductorone("create the connector", error);
    let about_request = error.api().is_some_and(|api| {
        api.status.is_client_error() && !matches!(api.status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS)
    });
    if catalog_id != Entry::Okta.catalog_id() || !about_request {
        return diagnostic;
    }
    let advice = "If ConductorOne no longer offers this connector for new set-ups, set connector = \"okta_v2\".";
    Diagnostic::error(diagnostic.summary(), format!("{} {advice}", diagnostic.detail()))
        .at(AttributePath::to("connector"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conductorone::ApiError;

    #[test]
    fn every_answer_that_may_mean_that_the_first_connector_is_no_longer_offered_names_the_second() {
        for (status, entry, expected) in [
            (400, Entry::Okta, true),
            (403, Entry::Okta, true),
            (404, Entry::Okta, true),
            (409, Entry::Okta, true),
            (401, Entry::Okta, false),
            (429, Entry::Okta, false),
            (500, Entry::Okta, false),
            (501, Entry::Okta, false),
            (400, Entry::OktaV2, false),
        ] {
            let error = Error::Api(Box::new(ApiError {
                operation: "create the connector",
                status: StatusCode::from_u16(status).unwrap(),
                code: None,
                message: "no such entry".to_owned(),
                request_id: None,
                attempts: 1,
                may_have_acted: false,
                foreign: false,
            }));
            let refused = refused(entry.catalog_id(), &error);
            assert!(refused.detail().contains("no such entry"), "{status}: {}", refused.detail());
            assert_eq!(refused.detail().contains("connector = \"okta_v2\""), expected, "{status} {entry}");
        }
    }
}
