//! Planning: everything that can be found wrong before anything is changed.

use std::collections::BTreeSet;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::resource::{Plan, PlanRequest};
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use conductorone_client::model::User;
use okta_client::Domain;

use super::credentials::Credentials;
use super::model::OktaIntegration;
use super::settings::{same_domain, tokens_differ};
use super::{capabilities, duplicates, owner_roles, owners};
use crate::provider::support::probe;

pub(super) async fn complete(
    cx: &Context<ProviderData>,
    request: &PlanRequest<OktaIntegration>,
    plan: &mut Plan<OktaIntegration>,
) -> Result<(), Diagnostics> {
    let services = cx.data()?;
    let credentials = Credentials::read(&request.config)?;
    let prior = request.prior.as_ref();
    if let Some(prior) = prior {
        // Without a refresh nobody has read it.
        services.mark_managed(prior.id.text().unwrap_or_default());
        refuse_going_back(prior, &credentials)?;
    }
    // An org that does not answer is waited for once, and a token that it does not accept is told once.
    let check_okta = async {
        let org = check_org(cx, services, prior, &plan.planned, &credentials).await?;
        let capabilities = check_capabilities(services, &plan.planned, &credentials).await?;
        Ok::<_, Diagnostics>((org, capabilities))
    };
    let (app, okta, owners, ()) = tokio::join!(
        check_app(services, prior, &plan.planned),
        check_okta,
        check_owners(cx, services, prior, &plan.planned, &plan.private),
        duplicates::warn(cx, services, prior, &plan.planned, &credentials),
    );
    let mut wrong = Diagnostics::none();
    wrong.extend(app.err());
    let (org, found) = okta.map_err(|problems| wrong.extend(problems)).unwrap_or((Org::Same, None));
    let owners = owners.map_err(|problems| wrong.extend(problems)).unwrap_or_default();
    if !wrong.has_error() {
        check_owners_in_okta(cx, services, &plan.planned, &credentials, &owners.users).await;
    }
    wrong.into_result()?;

    if org == Org::Other {
        plan.requires_replace.push(AttributePath::to("domain"));
    }
    plan.planned.okta_org_id = org_id(prior, &plan.planned, &credentials, &org);
    plan.planned.capabilities = planned_capabilities(prior, &plan.planned, &credentials, found);
    if let Some(prior) = prior.filter(|_| owners.are_the_same) {
        plan.planned.owners = prior.owners.clone();
    }
    Ok(())
}

/// Owners that a plan has looked up.
#[derive(Default)]
struct FoundOwners {
    users: Vec<(String, User)>,
    /// Whether they are the same users as before, in other words.
    are_the_same: bool,
}

/// Looks up owners that are new.
async fn check_owners(
    cx: &Context<ProviderData>,
    services: &ProviderData,
    prior: Option<&OktaIntegration>,
    planned: &OktaIntegration,
    private: &Private,
) -> Result<FoundOwners, Diagnostics> {
    let unchanged = prior.is_some_and(|prior| prior.owners == planned.owners);
    if unchanged || services.conductorone_if_known().is_none() {
        return Ok(FoundOwners::default());
    }
    let users = owners::resolve(services, &planned.owners).await?;
    owner_roles::warn_about(cx, services, &users).await;
    let known = planned.owners.known().is_some_and(|owners| owners.iter().all(|owner| !owner.is_unknown()));
    let before = prior.and_then(|prior| owners::resolved_ids(&prior.owners, private));
    let now = users.iter().map(|(_, user)| user.id.clone()).collect();
    let are_the_same = known && before.is_some_and(|before| before == now);
    Ok(FoundOwners { users, are_the_same })
}

/// Warns about owners who lack a role in Okta, where Okta is asked at all.
async fn check_owners_in_okta(
    cx: &Context<ProviderData>,
    services: &ProviderData,
    planned: &OktaIntegration,
    credentials: &Credentials,
    users: &[(String, User)],
) {
    if !users.is_empty()
        && let (Credentials::Token { domain, token, .. }, Value::Known(true)) =
            (credentials, &planned.validate_credentials)
        && let Ok(organization) = services.organization(domain).await
    {
        owner_roles::warn_about_okta(cx, services, (&organization, token), users).await;
    }
}

/// Looks at the token's permissions where the configuration asks for some.
async fn check_capabilities(
    services: &ProviderData,
    planned: &OktaIntegration,
    credentials: &Credentials,
) -> Result<Option<Value<BTreeSet<Value<String>>>>, Diagnostics> {
    let Credentials::Token { domain, token, argument } = credentials else { return Ok(None) };
    if !capabilities::are_required(planned) || planned.validate_credentials != Value::Known(true) {
        return Ok(None);
    }
    let permissions = services.permissions(domain, token, argument).await?;
    capabilities::check(planned, &permissions)?;
    Ok(Some(capabilities::held(&permissions)))
}

/// What the plan can say of the capabilities. Terraform plans once more while it applies, and calls it a bug when that
/// plan says something else: a right that was given or taken in between. So where they differ from before, the plan only
/// says that they will.
fn planned_capabilities(
    prior: Option<&OktaIntegration>,
    planned: &OktaIntegration,
    credentials: &Credentials,
    found: Option<Value<BTreeSet<Value<String>>>>,
) -> Value<BTreeSet<Value<String>>> {
    if matches!(credentials, Credentials::Delegated) || planned.validate_credentials == Value::Known(false) {
        return Value::Null;
    }
    let Some(prior) = prior else { return Value::Unknown };
    // What decides may itself not be known yet.
    let required_later =
        !planned.required_capabilities.is_null() && matches!(credentials, Credentials::NotKnownYet { .. });
    let open =
        planned.validate_credentials.is_unknown() || planned.required_capabilities.is_unknown() || required_later;
    let other = open
        || tokens_differ(prior, planned)
        || !same_domain(&prior.domain, &planned.domain)
        || may_be_newly_validated(prior, planned)
        || found.is_some_and(|found| found != prior.capabilities);
    if other { Value::Unknown } else { prior.capabilities.clone() }
}

/// A configured connector holds credentials that only its deletion removes for sure.
fn refuse_going_back(prior: &OktaIntegration, credentials: &Credentials) -> Result<(), Diagnostics> {
    if prior.domain.is_null() || !matches!(credentials, Credentials::Delegated) {
        return Ok(());
    }
    Err(Diagnostic::error(
        "Connector cannot go back to the delegated set-up",
        "domain and token were removed from the configuration, and the connector has both. ConductorOne offers no way \
         to take them out of a connector. Put them back, or make a new connector for its owners to set up with \
         `terraform apply -replace=ADDRESS`.",
    )
    .at(AttributePath::to("domain"))
    .into())
}

/// Looks whether the app of a new connector exists.
async fn check_app(
    services: &ProviderData,
    prior: Option<&OktaIntegration>,
    planned: &OktaIntegration,
) -> Result<(), Diagnostic> {
    let (None, Some(client), Some(app_id)) = (prior, services.conductorone_if_known(), planned.app_id.text()) else {
        return Ok(());
    };
    let missing = |what: &str| {
        Diagnostic::error(
            "App does not exist",
            format!(
                "{what}\n\nCheck app_id: the ID of an app is in the address of its page, …/apps/ID. Nothing was changed."
            ),
        )
        .at(AttributePath::to("app_id"))
    };
    match client.get_app(app_id).await {
        Ok(app) if app.deleted_at.is_none() => Ok(()),
        Ok(app) => Err(missing(&format!("The app {:?} ({app_id}) was deleted in ConductorOne.", app.display_name))),
        Err(error) if error.is_not_found() => {
            Err(missing(&format!("ConductorOne at {} has no app with the ID {app_id}.", client.origin())))
        }
        Err(error) => Err(in_plan(&error).at(AttributePath::to("app_id"))),
    }
}

fn in_plan(error: &conductorone_client::Error) -> Diagnostic {
    diagnostics::conductorone("look up the app", error)
}

/// What is known of the org behind the planned domain, compared with the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Org {
    /// The same, or there was none before, or it cannot be told.
    Same,
    /// Another one. Or one that is not known yet: the apply cannot replace what the plan did not.
    Other,
}

async fn check_org(
    cx: &Context<ProviderData>,
    services: &ProviderData,
    prior: Option<&OktaIntegration>,
    planned: &OktaIntegration,
    credentials: &Credentials,
) -> Result<Org, Diagnostic> {
    let (domain, token) = match credentials {
        Credentials::NotKnownYet { domain: None } if planned.domain.is_unknown() && prior.is_some_and(has_org) => {
            return Ok(Org::Other);
        }
        Credentials::Delegated | Credentials::NotKnownYet { domain: None } => return Ok(Org::Same),
        Credentials::NotKnownYet { domain: Some(domain) } => (domain, None),
        Credentials::Token { domain, token, argument } => (domain, Some((token, *argument))),
    };
    let moved = prior.filter(|prior| has_org(prior) && !same_domain(&prior.domain, &planned.domain));
    let changed = prior.is_none_or(|prior| {
        moved.is_some()
            || prior.domain.is_null()
            || tokens_differ(prior, planned)
            || may_be_newly_validated(prior, planned)
    });
    match planned.validate_credentials {
        Value::Known(true) if changed => {
            let organization = services.organization(domain).await?;
            if let Some((token, argument)) = token {
                let probe = services.probe(domain, token, argument).await?;
                if let Some(warning) = probe::owner_warning(&probe, argument) {
                    cx.warn(warning);
                }
            }
            Ok(compare(services, moved, organization.id()).await)
        }
        // Whether it is another org decides about replacement, checked credentials or not.
        Value::Known(false) | Value::Unknown if moved.is_some() => match services.organization(domain).await {
            Ok(organization) => Ok(compare(services, moved, organization.id()).await),
            Err(_) => {
                cx.warn(
                    Diagnostic::warning(
                        "Okta org could not be compared",
                        format!(
                            "{domain} did not answer, so it is not known whether it is the same org as before. The \
                             connector is changed in place. If it is another org, make a new connector instead with \
                             `terraform apply -replace=ADDRESS`."
                        ),
                    )
                    .at(AttributePath::to("domain")),
                );
                Ok(Org::Same)
            }
        },
        _ => Ok(Org::Same),
    }
}

/// Whether the connector is known to belong to an org. Its settings may have been lost since.
fn has_org(prior: &OktaIntegration) -> bool {
    !prior.domain.is_null() || !prior.okta_org_id.is_null()
}

fn may_be_newly_validated(prior: &OktaIntegration, planned: &OktaIntegration) -> bool {
    prior.validate_credentials != Value::Known(true) && planned.validate_credentials != Value::Known(false)
}

/// Compares the org behind the new domain with the one before, as far as that one is known or still answers.
async fn compare(services: &ProviderData, moved: Option<&OktaIntegration>, new: &str) -> Org {
    let Some(prior) = moved else { return Org::Same };
    let old = match (prior.okta_org_id.text(), prior.domain.text().map(str::parse::<Domain>)) {
        (Some(id), _) => Some(id.to_owned()),
        (None, Some(Ok(domain))) => services.organization(&domain).await.ok().map(|org| org.id().to_owned()),
        _ => None,
    };
    if old.is_some_and(|old| old != new) { Org::Other } else { Org::Same }
}

/// What the plan can say of the org's ID. It is found out again in the apply, so nothing is promised here that the
/// org could change meanwhile.
fn org_id(
    prior: Option<&OktaIntegration>,
    planned: &OktaIntegration,
    credentials: &Credentials,
    org: &Org,
) -> Value<String> {
    if matches!(credentials, Credentials::Delegated) {
        return Value::Null;
    }
    match prior {
        Some(prior) if same_domain(&prior.domain, &planned.domain) => {
            let asks_now = planned.validate_credentials != Value::Known(false) && tokens_differ(prior, planned);
            if prior.okta_org_id.is_null() && (asks_now || may_be_newly_validated(prior, planned)) {
                Value::Unknown
            } else {
                prior.okta_org_id.clone()
            }
        }
        Some(prior) if *org == Org::Same && !prior.okta_org_id.is_null() => prior.okta_org_id.clone(),
        _ if planned.validate_credentials == Value::Known(false) => Value::Null,
        _ => Value::Unknown,
    }
}
