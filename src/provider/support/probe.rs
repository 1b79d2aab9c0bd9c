//! Verification of Okta credentials. Sends only requests that read.

use crate::framework::diagnostics::Diagnostic;
use crate::framework::path::AttributePath;
use okta_client::{Organization, Token, TokenPermissions, User};

use super::diagnostics;

/// The org and the token's owner, as Okta returned them for valid credentials.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) org_id: String,
    /// The user whose permissions the token has.
    pub(crate) owner: User,
}

/// Reads the public document of the org at a domain.
///
/// # Errors
/// No org responded. The diagnostic is on `domain`.
pub(crate) async fn organization(client: okta_client::Client) -> Result<Organization, Diagnostic> {
    let domain = client.domain().clone();
    // The request has no token, so the token cannot be the cause.
    client.organization().await.map_err(|error| diagnostics::okta(&domain, "domain", &error))
}

/// Reads the owner of a token.
///
/// # Errors
/// Okta did not accept the token. The diagnostic is on `argument`, which holds the token, or on `domain`.
pub(crate) async fn probe(
    organization: &Organization,
    token: Token,
    argument: &'static str,
) -> Result<Probe, Diagnostic> {
    let response = organization.with_token(token).current_user().await;
    let owner = response.map_err(|error| diagnostics::okta(organization.domain(), argument, &error))?;
    Ok(Probe { org_id: organization.id().to_owned(), owner })
}

/// Determines the permissions of a token.
///
/// # Errors
/// Okta did not accept the token. The diagnostic is on `argument`, which holds the token, or on `domain`.
pub(crate) async fn permissions(
    organization: &Organization,
    token: Token,
    argument: &'static str,
) -> Result<TokenPermissions, Diagnostic> {
    let response = organization.with_token(token).permissions().await;
    response.map_err(|error| diagnostics::okta(organization.domain(), argument, &error))
}

/// Returns a warning if the token's owner is not active.
pub(crate) fn owner_warning(probe: &Probe, argument: &'static str) -> Option<Diagnostic> {
    if probe.owner.status.is_active() {
        return None;
    }
    let owner = probe.owner.login().unwrap_or(&probe.owner.id);
    let detail = format!(
        "The token belongs to {owner}, whose status in Okta is {}. Okta revokes the tokens of deactivated users. Use a \
         token of an active service account.",
        probe.owner.status.as_str()
    );
    Some(Diagnostic::warning("Owner of the Okta API token is not active", detail).at(AttributePath::to(argument)))
}
