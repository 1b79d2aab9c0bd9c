//! Plan: verifies everything that can be verified before an apply changes anything.

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::resource::{Plan, PlanRequest};
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::connector_settings::same_domain;
use crate::provider::support::values::SetOfStrings;
use crate::provider::support::{diagnostics, probe};
use conductorone_client::model::User;
use okta_client::Domain;

use super::credentials::Credentials;
use super::model::OktaIntegrationModel;
use super::settings::tokens_differ;
use super::{capabilities, duplicates, owner_roles, owners};

pub(super) async fn complete(
    cx: &Context<ProviderData>,
    request: &PlanRequest<OktaIntegrationModel>,
    plan: &mut Plan<OktaIntegrationModel>,
) -> Result<(), Diagnostics> {
    let services = cx.data()?;
    let credentials = Credentials::read(&request.config)?;
    let prior = request.prior.as_ref();
    if let Some(prior) = prior {
        // A plan without a refresh has not read the connector.
        services.mark_managed(prior.id.text().unwrap_or_default());
        reject_return_to_delegated(prior, &credentials)?;
    }
    // In sequence, so that an unreachable org or a rejected token is reported once.
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
    let mut problems = Diagnostics::none();
    problems.extend(app.err());
    let (org, found) = okta.map_err(|found| problems.extend(found)).unwrap_or((OrgComparison::Same, None));
    let owners = owners.map_err(|found| problems.extend(found)).unwrap_or_default();
    if !problems.has_error() {
        check_owners_in_okta(cx, services, &plan.planned, &credentials, &owners.users).await;
    }
    problems.into_result()?;

    if org == OrgComparison::Other {
        plan.requires_replace.push(AttributePath::to("domain"));
    }
    plan.planned.okta_org_id = planned_org_id(prior, &plan.planned, &credentials, org);
    plan.planned.capabilities = planned_capabilities(prior, &plan.planned, &credentials, found);
    if let Some(prior) = prior.filter(|_| owners.are_equivalent) {
        plan.planned.owners = prior.owners.clone();
    }
    Ok(())
}

/// The users that the elements of `owners` name.
#[derive(Default)]
struct FoundOwners {
    users: Vec<(String, User)>,
    /// The elements differ from those in the state, but name the same users.
    are_equivalent: bool,
}

/// Looks up changed owners.
async fn check_owners(
    cx: &Context<ProviderData>,
    services: &ProviderData,
    prior: Option<&OktaIntegrationModel>,
    planned: &OktaIntegrationModel,
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
    let are_equivalent = known && before.is_some_and(|before| before == now);
    Ok(FoundOwners { users, are_equivalent })
}

/// Warns about owners who lack a role in Okta, if the configuration allows requests to Okta.
async fn check_owners_in_okta(
    cx: &Context<ProviderData>,
    services: &ProviderData,
    planned: &OktaIntegrationModel,
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

/// Verifies the required capabilities. Returns the capabilities of the token if it sent the requests.
async fn check_capabilities(
    services: &ProviderData,
    planned: &OktaIntegrationModel,
    credentials: &Credentials,
) -> Result<Option<SetOfStrings>, Diagnostics> {
    let Credentials::Token { domain, token, argument } = credentials else { return Ok(None) };
    if !capabilities::are_required(planned) || planned.validate_credentials != Value::Known(true) {
        return Ok(None);
    }
    let permissions = services.permissions(domain, token, argument).await?;
    capabilities::check(planned, &permissions)?;
    Ok(Some(capabilities::held(&permissions)))
}

/// Returns the planned value of `capabilities`: the prior value or unknown.
///
/// Terraform plans again during apply and reports a provider bug if a known value differs. Permissions may change in
/// between, so the plan never contains new capabilities.
fn planned_capabilities(
    prior: Option<&OktaIntegrationModel>,
    planned: &OktaIntegrationModel,
    credentials: &Credentials,
    found: Option<SetOfStrings>,
) -> SetOfStrings {
    if matches!(credentials, Credentials::Delegated) || planned.validate_credentials == Value::Known(false) {
        return Value::Null;
    }
    let Some(prior) = prior else { return Value::Unknown };
    // The arguments that decide may themselves be unknown.
    let may_be_required =
        !planned.required_capabilities.is_null() && matches!(credentials, Credentials::Unknown { .. });
    let may_change = may_be_required
        || planned.validate_credentials.is_unknown()
        || planned.required_capabilities.is_unknown()
        || tokens_differ(prior, planned)
        || !same_domain(&prior.domain, &planned.domain)
        || may_be_newly_validated(prior, planned)
        || found.is_some_and(|found| found != prior.capabilities);
    if may_change { Value::Unknown } else { prior.capabilities.clone() }
}

/// Rejects the removal of domain and token, because ConductorOne removes credentials only with the connector.
fn reject_return_to_delegated(prior: &OktaIntegrationModel, credentials: &Credentials) -> Result<(), Diagnostics> {
    if prior.domain.is_null() || !matches!(credentials, Credentials::Delegated) {
        return Ok(());
    }
    Err(Diagnostic::error(
        "Connector cannot return to delegated setup",
        "domain and token were removed from the configuration, but the connector has both. ConductorOne cannot remove \
         them from a connector. Restore both arguments, or create a new connector for its owners to configure with \
         `terraform apply -replace=ADDRESS`.",
    )
    .at(AttributePath::to("domain"))
    .into())
}

/// Verifies that the app of a new connector exists.
async fn check_app(
    services: &ProviderData,
    prior: Option<&OktaIntegrationModel>,
    planned: &OktaIntegrationModel,
) -> Result<(), Diagnostic> {
    let (None, Some(client), Some(app_id)) = (prior, services.conductorone_if_known(), planned.app_id.text()) else {
        return Ok(());
    };
    let missing = |reason: &str| {
        let detail = format!(
            "{reason}\n\nCheck app_id. The address of the app's page in ConductorOne contains the ID: …/apps/ID. Nothing \
             was changed."
        );
        Diagnostic::error("App does not exist", detail).at(AttributePath::to("app_id"))
    };
    match client.get_app(app_id).await {
        Ok(app) if app.deleted_at.is_none() => Ok(()),
        Ok(app) => Err(missing(&format!("The app {:?} ({app_id}) was deleted in ConductorOne.", app.display_name))),
        Err(error) if error.is_not_found() => {
            Err(missing(&format!("ConductorOne at {} has no app with the ID {app_id}.", client.origin())))
        }
        Err(error) => Err(diagnostics::conductorone("look up the app", &error).at(AttributePath::to("app_id"))),
    }
}

/// The org at the planned domain compared with the connector's org.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OrgComparison {
    /// The same org, a connector without an org, or an org that could not be determined.
    Same,
    /// Another org, or an unknown one. An apply cannot replace a connector unless the plan did.
    Other,
}

/// Verifies the credentials if they are new, and compares the orgs.
async fn check_org(
    cx: &Context<ProviderData>,
    services: &ProviderData,
    prior: Option<&OktaIntegrationModel>,
    planned: &OktaIntegrationModel,
    credentials: &Credentials,
) -> Result<OrgComparison, Diagnostic> {
    let (domain, token) = match credentials {
        Credentials::Unknown { domain: None } if planned.domain.is_unknown() && prior.is_some_and(has_org) => {
            return Ok(OrgComparison::Other);
        }
        Credentials::Delegated | Credentials::Unknown { domain: None } => return Ok(OrgComparison::Same),
        Credentials::Unknown { domain: Some(domain) } => (domain, None),
        Credentials::Token { domain, token, argument } => (domain, Some((token, *argument))),
    };
    let moved = prior.filter(|prior| has_org(prior) && !same_domain(&prior.domain, &planned.domain));
    let must_validate = prior.is_none_or(|prior| {
        moved.is_some()
            || prior.domain.is_null()
            || tokens_differ(prior, planned)
            || may_be_newly_validated(prior, planned)
    });
    match planned.validate_credentials {
        Value::Known(true) if must_validate => {
            let organization = services.organization(domain).await?;
            if let Some((token, argument)) = token {
                let probe = services.probe(domain, token, argument).await?;
                if let Some(warning) = probe::owner_warning(&probe, argument) {
                    cx.warn(warning);
                }
            }
            Ok(compare(services, moved, organization.id()).await)
        }
        // The comparison decides about replacement even if credentials are not validated.
        Value::Known(false) | Value::Unknown if moved.is_some() => match services.organization(domain).await {
            Ok(organization) => Ok(compare(services, moved, organization.id()).await),
            Err(_) => {
                cx.warn(not_compared(domain));
                Ok(OrgComparison::Same)
            }
        },
        _ => Ok(OrgComparison::Same),
    }
}

fn not_compared(domain: &Domain) -> Diagnostic {
    let detail = format!(
        "{domain} did not respond, so the provider could not determine whether it belongs to the same org as the \
         previous domain. The plan changes the connector in place. If it is another org, create a new connector with \
         `terraform apply -replace=ADDRESS`."
    );
    Diagnostic::warning("Okta org could not be compared", detail).at(AttributePath::to("domain"))
}

/// Returns whether the connector belongs to an org. After an out-of-band reset, only `okta_org_id` shows it.
fn has_org(prior: &OktaIntegrationModel) -> bool {
    !prior.domain.is_null() || !prior.okta_org_id.is_null()
}

/// Returns whether this apply may be the first one that validates the credentials.
fn may_be_newly_validated(prior: &OktaIntegrationModel, planned: &OktaIntegrationModel) -> bool {
    prior.validate_credentials != Value::Known(true) && planned.validate_credentials != Value::Known(false)
}

/// Compares the ID of the org at the new domain with the connector's org, if that one is stored or still responds.
async fn compare(services: &ProviderData, moved: Option<&OktaIntegrationModel>, new_org_id: &str) -> OrgComparison {
    let Some(prior) = moved else { return OrgComparison::Same };
    let old = match (prior.okta_org_id.text(), prior.domain.text().map(str::parse::<Domain>)) {
        (Some(id), _) => Some(id.to_owned()),
        (None, Some(Ok(domain))) => services.organization(&domain).await.ok().map(|org| org.id().to_owned()),
        _ => None,
    };
    if old.is_some_and(|old| old != new_org_id) { OrgComparison::Other } else { OrgComparison::Same }
}

/// Returns the planned value of `okta_org_id`: the prior value, null or unknown.
///
/// The apply determines the ID again, so the plan never contains a new ID, which could change in between.
fn planned_org_id(
    prior: Option<&OktaIntegrationModel>,
    planned: &OktaIntegrationModel,
    credentials: &Credentials,
    org: OrgComparison,
) -> Value<String> {
    if matches!(credentials, Credentials::Delegated) {
        return Value::Null;
    }
    match prior {
        Some(prior) if same_domain(&prior.domain, &planned.domain) => {
            let is_validated_now = planned.validate_credentials != Value::Known(false) && tokens_differ(prior, planned);
            if prior.okta_org_id.is_null() && (is_validated_now || may_be_newly_validated(prior, planned)) {
                Value::Unknown
            } else {
                prior.okta_org_id.clone()
            }
        }
        Some(prior) if org == OrgComparison::Same && !prior.okta_org_id.is_null() => prior.okta_org_id.clone(),
        _ if planned.validate_credentials == Value::Known(false) => Value::Null,
        _ => Value::Unknown,
    }
}
