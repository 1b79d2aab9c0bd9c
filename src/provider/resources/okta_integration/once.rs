//! Making a connector exactly once: an answer that is lost is looked for, and what a killed apply left is taken over.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use crate::provider::support::note::Note;
use conductorone_client::catalog::CatalogEntry;
use conductorone_client::model::Connector;
use conductorone_client::{
    Client, ConnectorUpdate, CreateConnector, CreateDelegatedConnector, Error, UpdateMask, UpdatePath,
};
use service_http::StatusCode;

use super::credentials::Credentials;
use super::model::OktaIntegration;
use super::note::{KIND, Purpose};
use super::sync::Mark;
use super::timeouts::Deadline;
use super::{settings, update};

/// Pauses before each look for a connector whose creation was not answered.
const LOOKS: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// How long to look at the least, whatever is left of the operation's time.
const LOOKING: Duration = Duration::from_secs(60);

/// What was made.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) connector: Connector,
    /// What stands on it until Terraform hears of it.
    pub(super) note: Note,
    /// The last sync that it had before.
    pub(super) before: Mark,
}

/// What is to be created.
pub(super) enum NewConnector {
    Configured { domain: String, body: CreateConnector },
    Delegated(CreateDelegatedConnector),
}

impl NewConnector {
    /// What a plan asks for.
    ///
    /// # Errors
    /// When the kind of connector cannot be told so.
    pub(super) fn new(
        planned: &OktaIntegration,
        credentials: &Credentials,
        user_ids: Vec<String>,
    ) -> Result<Self, Diagnostics> {
        let entry = planned.entry().unwrap_or(CatalogEntry::Okta);
        match credentials {
            Credentials::Token { domain, token, .. } => {
                let config = settings::to_config(planned, domain, token)?;
                let catalog_id = entry.catalog_id().to_owned();
                let body = CreateConnector { catalog_id, config, description: None, user_ids };
                Ok(Self::Configured { domain: domain.to_string(), body })
            }
            Credentials::Delegated | Credentials::NotKnownYet { .. } => Ok(Self::Delegated(CreateDelegatedConnector {
                catalog_id: entry.catalog_id().to_owned(),
                display_name: entry.display_name().to_owned(),
                description: None,
                user_ids,
            })),
        }
    }

    /// Whether its owners configure it.
    pub(super) fn is_delegated(&self) -> bool {
        matches!(self, Self::Delegated(_))
    }

    fn purpose<'a>(&'a self, app_id: &'a str) -> Purpose<'a> {
        let domain = match self {
            Self::Configured { domain, .. } => Some(domain.as_str()),
            Self::Delegated(_) => None,
        };
        Purpose { app_id, catalog_id: self.catalog_id(), domain }
    }

    fn catalog_id(&self) -> &str {
        match self {
            Self::Configured { body, .. } => &body.catalog_id,
            Self::Delegated(body) => &body.catalog_id,
        }
    }

    async fn send(&self, client: &Client, app_id: &str, note: Note) -> Result<Connector, Error> {
        let description = Some(note.text(KIND));
        match self {
            Self::Configured { body, .. } => {
                client.create_connector(app_id, &CreateConnector { description, ..body.clone() }).await
            }
            Self::Delegated(body) => {
                let body = CreateDelegatedConnector { description, ..body.clone() };
                client.create_delegated_connector(app_id, &body).await
            }
        }
    }

    /// Whether a connector that was not there before is the one that was asked for. Its note tells; where the service
    /// keeps no description, the kind and the domain have to do.
    fn compare(&self, connector: &Connector, note: Note) -> Likeness {
        if let Some(found) = Note::read(&connector.description) {
            return if found == note { Likeness::Same } else { Likeness::Another };
        }
        if connector.deleted_at.is_some()
            || !connector.catalog_id.is_empty() && connector.catalog_id != self.catalog_id()
        {
            return Likeness::Another;
        }
        let domain =
            CatalogEntry::from_catalog_id(self.catalog_id()).and_then(|entry| settings::told(entry, connector).domain);
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

/// Creates the connector, or takes over the one that a killed apply has left. A lost answer is resolved by looking; a
/// second creation is never sent.
pub(super) async fn make(
    cx: &Context<ProviderData>,
    client: &Client,
    app_id: &str,
    new: &NewConnector,
    deadline: &Deadline,
) -> Result<Made, Diagnostics> {
    let services = cx.data()?;
    let clock = client.clock();
    let before = deadline.bound(clock, client.list_connectors(app_id)).await.ok_or_else(too_late)?;
    let before = before.map_err(|error| not_listed(app_id, &error))?;
    if cx.stop().is_cancelled() {
        return Err(diagnostics::stopped().into());
    }
    let purpose = new.purpose(app_id);
    let note = purpose.note(services);
    for connector in &before.connectors {
        if purpose.has_left_behind(services, connector) && services.takes_over(&connector.id) {
            return take_over(client, app_id, new, (connector, note), deadline).await;
        }
    }
    let known: BTreeSet<String> = before.connectors.into_iter().map(|connector| connector.id).collect();
    let created = |connector| Made { connector, note, before: Mark::default() };
    let error = match new.send(client, app_id, note).await {
        Ok(connector) => return Ok(created(connector)),
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
            unknown.map(|connector| (new.compare(&connector, note), connector)).collect();
        found.retain(|(likeness, _)| *likeness != Likeness::Another);
        doubt = match found.as_slice() {
            [(Likeness::Same, _)] => return Ok(created(found.remove(0).1)),
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
                "{answer}\n\nWhether there is one now could not be found out. {doubt}\n\nPlan again: the plan says \
                 when it takes over the connector, or that the app has one. If it says neither, look at the \
                 connectors of the app {app_id} in ConductorOne before applying again, and delete a new one that \
                 nobody wants."
            ),
        ),
    }
    .into())
}

/// Takes over a connector that a killed apply has left: it gets the settings of this one, and its note, so that nobody
/// else takes it.
async fn take_over(
    client: &Client,
    app_id: &str,
    new: &NewConnector,
    (left, note): (&Connector, Note),
    deadline: &Deadline,
) -> Result<Made, Diagnostics> {
    let before = Mark::of(left);
    let id = &left.id;
    tracing::warn!(connector_id = id, app_id, "taking over a connector that a killed apply has left");
    let config = match new {
        NewConnector::Configured { body, .. } => Some(body.config.clone()),
        NewConnector::Delegated(_) => None,
    };
    let paths = [Some(UpdatePath::Description), config.as_ref().map(|_| UpdatePath::Config)];
    let Some(mask) = UpdateMask::new(paths.into_iter().flatten()) else {
        return Ok(Made { connector: left.clone(), note, before });
    };
    let change = ConnectorUpdate {
        catalog_id: Some(new.catalog_id().to_owned()),
        config,
        description: Some(note.text(KIND)),
        ..ConnectorUpdate::default()
    };
    let sent = update::send(client, (app_id, id), &change, &mask, new.is_delegated());
    let connector = deadline.bound(client.clock(), sent).await.ok_or_else(too_late)?.map_err(|error| {
        diagnostics::conductorone(&format!("take over the connector {id}, which a killed apply has left"), &error)
    })?;
    Ok(Made { connector, note, before })
}

/// The time of the operation was up before anything was created.
pub(super) fn too_late() -> Diagnostic {
    Diagnostic::error(
        "Time was up before the connector was created",
        "ConductorOne or Okta took longer to answer than create in the timeouts block allows. Nothing was created. Find \
         out what makes them slow, or raise the timeout, then apply again.",
    )
    .at(AttributePath::to("timeouts").attribute("create"))
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
    if catalog_id != CatalogEntry::Okta.catalog_id() || !about_request {
        return diagnostic;
    }
    let advice = "If ConductorOne no longer offers this connector for new set-ups, set connector = \"okta_v2\".";
    Diagnostic::error(diagnostic.summary(), format!("{} {advice}", diagnostic.detail()))
        .at(AttributePath::to("connector"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductorone_client::ApiError;

    #[test]
    fn every_answer_that_may_mean_that_the_first_connector_is_no_longer_offered_names_the_second() {
        for (status, entry, expected) in [
            (400, CatalogEntry::Okta, true),
            (403, CatalogEntry::Okta, true),
            (404, CatalogEntry::Okta, true),
            (409, CatalogEntry::Okta, true),
            (401, CatalogEntry::Okta, false),
            (429, CatalogEntry::Okta, false),
            (500, CatalogEntry::Okta, false),
            (501, CatalogEntry::Okta, false),
            (400, CatalogEntry::OktaV2, false),
        ] {
            let error = Error::Api(Box::new(ApiError {
                operation: "creating the connector",
                status: StatusCode::from_u16(status).unwrap(),
                code: None,
                message: "no such entry".to_owned(),
                request_id: None,
                attempts: 1,
                may_have_taken_effect: false,
                not_from_service: false,
            }));
            let refused = refused(entry.catalog_id(), &error);
            assert!(refused.detail().contains("no such entry"), "{status}: {}", refused.detail());
            assert_eq!(refused.detail().contains("connector = \"okta_v2\""), expected, "{status} {entry}");
        }
    }
}
