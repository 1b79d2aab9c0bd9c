//! Clients of the Okta orgs that connectors are configured with.

use std::error::Error;

use okta_client::{AuthenticatedClient, Client, Domain, Limits, Token};
use secrecy::SecretString;
use service_http::Client as HttpClient;

use super::catalog::Entry;
use super::config::Config;

/// User agent of requests that the tenant's syncs and tasks send to Okta orgs.
pub(crate) const USER_AGENT: &str = concat!("c1-sandbox/", env!("CARGO_PKG_VERSION"));

/// The settings of a connector that its syncs and tasks use.
pub(crate) struct SyncSource {
    pub(crate) app_id: String,
    pub(crate) connector_id: String,
    pub(crate) entry: &'static Entry,
    pub(crate) config: Config,
    /// Holds a sync back if it reads far fewer accounts than the previous one.
    pub(crate) checks_for_drop: bool,
}

/// Creates clients of Okta orgs, which share connections and rate limits.
#[derive(Clone)]
pub(crate) struct OrgClients {
    http: HttpClient,
    limits: Limits,
    local: Vec<LocalOrg>,
}

/// An org of this sandbox with the port that clients use and the address that syncs use.
///
/// The two differ with `--tls`: like the real service, the client of syncs trusts the certificate authorities of the
/// system only, not the one that was created for this run. Syncs use a plain listener of the same org instead, so that
/// they remain HTTP exchanges, with faults and a journal.
#[derive(Clone)]
pub(crate) struct LocalOrg {
    pub(crate) port: u16,
    pub(crate) direct: Domain,
}

impl OrgClients {
    pub(crate) fn new(local: Vec<LocalOrg>) -> Self {
        Self { http: HttpClient::new(USER_AGENT), limits: Limits::default(), local }
    }

    /// Checks that the host is an Okta org, then that the token is valid. The error is a message for users.
    pub(crate) async fn connect(&self, entry: &Entry, config: &Config) -> Result<AuthenticatedClient, String> {
        let (domain, api_token) = (entry.domain, entry.api_token);
        let domain_text = config.get(domain).ok_or_else(|| format!("{domain} is not set"))?;
        let token = config.get(api_token).ok_or_else(|| format!("{api_token} is not set"))?;
        let parsed: Domain = domain_text.parse().map_err(|error| format!("{domain}: {error}"))?;
        let token = Token::try_new(SecretString::from(token.as_str())).map_err(|e| format!("{api_token}: {e}"))?;
        let client = Client::new(self.address(parsed), self.http.clone(), self.limits.clone());
        let organization = client.organization().await.map_err(|error| with_causes(&error))?;
        let client = organization.with_token(token);
        client.current_user().await.map_err(|error| with_causes(&error))?;
        Ok(client)
    }

    /// Returns the address to use for a connector's domain.
    fn address(&self, domain: Domain) -> Domain {
        let origin = domain.origin();
        let local = self.local.iter().find(|local| origin.is_loopback() && origin.port() == Some(local.port));
        local.map_or(domain, |local| local.direct.clone())
    }
}

/// Formats an error and its causes in one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
