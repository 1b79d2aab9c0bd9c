//! Asking Okta whether domain and token are what the configuration takes them for. Reads only.

use crate::framework::diagnostics::Diagnostic;
use crate::framework::path::AttributePath;
use okta_client::{Domain, Organization, Token, TokenPermissions, User};

use crate::provider::support::diagnostics::chain;

/// What Okta said about credentials that it accepts.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    /// The org's own ID.
    pub(crate) org_id: String,
    /// Whose rights the token has.
    pub(crate) owner: User,
}

/// Asks the org who it is.
///
/// # Errors
/// What to do when no org answers, on the argument to blame.
pub(crate) async fn organization(client: okta_client::Client) -> Result<Organization, Diagnostic> {
    let domain = client.domain().clone();
    // No token is sent here, so none can be to blame.
    client.organization().await.map_err(|error| diagnostic(&domain, "domain", &error))
}

/// Asks an org whether it accepts the token in an argument.
///
/// # Errors
/// What to do when it does not, on the argument to blame.
pub(crate) async fn probe(
    organization: &Organization,
    token: Token,
    argument: &'static str,
) -> Result<Probe, Diagnostic> {
    let domain = organization.domain();
    let answered = organization.with_token(token).current_user().await;
    let owner = answered.map_err(|error| diagnostic(domain, argument, &error))?;
    Ok(Probe { org_id: organization.id().to_owned(), owner })
}

/// Asks an org what the token in an argument may do.
///
/// # Errors
/// What to do when it does not tell, on the argument to blame.
pub(crate) async fn permissions(
    organization: &Organization,
    token: Token,
    argument: &'static str,
) -> Result<TokenPermissions, Diagnostic> {
    let answered = organization.with_token(token).permissions().await;
    answered.map_err(|error| diagnostic(organization.domain(), argument, &error))
}

/// The warning about a token whose owner may lose it soon, when there is reason for one.
pub(crate) fn owner_warning(probe: &Probe, argument: &'static str) -> Option<Diagnostic> {
    if probe.owner.status.is_active() {
        return None;
    }
    let who = probe.owner.login().unwrap_or(&probe.owner.id);
    Some(
        Diagnostic::warning(
            "Owner of the Okta API token is not active",
            format!(
                "The token belongs to {who}, whose status in Okta is {}. Okta revokes the tokens of users who are \
                 deactivated. Use a token of an active service account.",
                probe.owner.status.as_str()
            ),
        )
        .at(AttributePath::to(argument)),
    )
}

/// Okta's answer as the practitioner reads it. No `_` arm for the variants: a new one needs its own advice.
pub(crate) fn diagnostic(domain: &Domain, argument: &'static str, error: &okta_client::Error) -> Diagnostic {
    let (domain_path, token_path) = (AttributePath::to("domain"), AttributePath::to(argument));
    let said = chain(error);
    match error {
        okta_client::Error::NotAnOrg { .. } => Diagnostic::error(
            "No Okta org at this domain",
            format!(
                "{said}\n\nCheck the spelling. The domain is the host in the address bar when you are signed in to \
                 Okta, without -admin, such as acme.okta.com. The token was not sent there, and nothing was changed."
            ),
        )
        .at(domain_path),
        okta_client::Error::NoResponse { .. } => Diagnostic::error(
            "Okta org did not answer",
            format!(
                "{said}\n\nCheck the spelling of the domain, and that this machine reaches {domain} (name server, \
                 proxy, firewall). Where Terraform runs without a way to Okta, set validate_credentials = false. \
                 Nothing was changed."
            ),
        )
        .at(domain_path),
        okta_client::Error::Redirected { .. } => Diagnostic::error(
            "Okta org sends its callers elsewhere",
            format!(
                "{said}\n\nThe token was not sent on. If that address is the org's, set domain to it. Nothing was \
                 changed."
            ),
        )
        .at(domain_path),
        okta_client::Error::RateLimited { .. } => Diagnostic::error(
            "Okta's rate limit is used up",
            format!(
                "{said}\n\nOther clients of {domain} use the limit. Run Terraform again in a minute; the Okta Admin \
                 Console shows who uses it under Reports > Rate Limits. Nothing was changed."
            ),
        )
        .at(domain_path),
        okta_client::Error::Decode { .. } => Diagnostic::error(
            "Okta's answer was not understood",
            format!(
                "{said}\n\nA proxy may have changed the answer. If there is none, this is a bug in the provider; \
                 please report it. Nothing was changed."
            ),
        )
        .at(domain_path),
        okta_client::Error::Api(_) if error.is_invalid_token() => Diagnostic::error(
            "Okta API token is not accepted",
            format!(
                "{domain}: {said}\n\nThe token is wrong, revoked or expired. Okta revokes a token that was not used \
                 for 30 days, and when its owner is deactivated. Make a new one in the Okta Admin Console under \
                 Security > API > Tokens, signed in as the service account, and put it into {argument}. Nothing was \
                 changed."
            ),
        )
        .at(token_path),
        okta_client::Error::Api(_) if error.is_authentication_failed() => Diagnostic::error(
            "Okta API token is not accepted",
            format!(
                "{domain}: {said}\n\nThe token may belong to another org, or be tied to network zones that this \
                 machine is not in. Check both domain and {argument}. Nothing was changed."
            ),
        )
        .at(token_path),
        okta_client::Error::Api(_) if error.is_forbidden() => Diagnostic::error(
            "Okta API token has no rights",
            format!(
                "{domain}: {said}\n\nThe token's owner may not even read their own account. Give the owner the \
                 Read-only Administrator role at least. Nothing was changed."
            ),
        )
        .at(token_path),
        okta_client::Error::Api(_) => Diagnostic::error(
            "Okta could not check the token",
            format!("{domain}: {said}\n\nTry again in a few minutes. Nothing was changed."),
        )
        .at(token_path),
    }
}
