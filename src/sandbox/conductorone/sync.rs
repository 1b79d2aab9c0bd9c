//! Syncs: a connector with a configuration goes to running, asks its Okta org, and ends well or with an error.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::sleep;

use super::config::Config;
use super::error::Rejection;
use super::tenant::{Status, SyncStatus, Tenant};
use crate::sandbox::clock::Timestamp;

/// Longest time that one request to an Okta org may take.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);

/// Starts a sync of a connector that lives, has a configuration and is not paused; else does nothing. A sync that
/// runs already is overtaken: its outcome is about settings that are no longer there.
pub(crate) fn start(tenant: &Tenant, id: &str) -> Result<(), Rejection> {
    let started = tenant.change(|data| {
        let Some(connector) = data.connectors.iter_mut().find(|connector| connector.id == id) else { return Ok(None) };
        if connector.deleted_at.is_some() || connector.sync_disabled_at.is_some() {
            return Ok(None);
        }
        let Some(config) = connector.config.clone() else {
            // The configuration was taken away: the connector is not connected.
            connector.status = None;
            connector.run = None;
            return Ok(None);
        };
        let run: u64 = rand::random();
        let now = Timestamp::now();
        connector.run = Some(run);
        connector.status = Some(Status {
            status: SyncStatus::Running,
            last_error: String::new(),
            started_at: Some(now),
            completed_at: None,
            updated_at: now,
        });
        let entry = connector.entry()?;
        Ok(Some((run, config, entry.domain, entry.api_token)))
    })?;
    let Some((run, config, domain, api_token)) = started else { return Ok(()) };

    let (tenant, id) = (tenant.clone(), id.to_owned());
    tokio::spawn(async move {
        let crawl = async {
            let asked = tenant.crawler().ask(&config, domain, api_token);
            tokio::join!(asked, sleep(tenant.behaviour().sync_duration)).0
        };
        tokio::select! {
            outcome = crawl => finish(&tenant, &id, run, outcome),
            () = tenant.stop().cancelled() => {}
        }
    });
    Ok(())
}

/// Starts the syncs anew that a restart has interrupted.
pub(crate) fn resume_all(tenant: &Tenant) -> Result<(), Rejection> {
    let interrupted: Vec<String> = tenant.read(|data| {
        let running = |status: &Status| status.status == SyncStatus::Running;
        let connectors = data.connectors.iter().filter(|connector| connector.status.as_ref().is_some_and(running));
        connectors.map(|connector| connector.id.clone()).collect()
    });
    interrupted.iter().try_for_each(|id| start(tenant, id))
}

fn finish(tenant: &Tenant, id: &str, run: u64, outcome: Result<(), String>) {
    let saved = tenant.change(|data| {
        let mine = data.connectors.iter_mut().find(|connector| connector.id == id && connector.run == Some(run));
        let Some(connector) = mine else { return Ok(()) };
        let now = Timestamp::now();
        connector.run = None;
        connector.syncs += 1;
        connector.status = Some(Status {
            status: if outcome.is_ok() { SyncStatus::Done } else { SyncStatus::Error },
            last_error: outcome.err().unwrap_or_default(),
            started_at: connector.status.as_ref().and_then(|status| status.started_at),
            completed_at: Some(now),
            updated_at: now,
        });
        Ok(())
    });
    if let Err(error) = saved {
        tracing::error!(%error, "a sync's outcome is lost");
    }
}

/// What syncs reach Okta orgs with.
#[derive(Clone, Debug)]
pub(crate) struct Crawler {
    http: reqwest::Client,
    /// The sandbox's own orgs, by address.
    own: Vec<reqwest::Url>,
}

impl Crawler {
    /// A crawler that knows the sandbox's own orgs and trusts its certificate authority besides the system's.
    pub(crate) fn new(own: Vec<reqwest::Url>, authority_pem: Option<&str>) -> reqwest::Result<Self> {
        let mut http = reqwest::Client::builder()
            .timeout(REQUEST_LIMIT)
            .user_agent(concat!("c1-sandbox/", env!("CARGO_PKG_VERSION")))
            // A token goes to the host that the connector names and to no other.
            .redirect(reqwest::redirect::Policy::none())
            .tls_backend_rustls();
        if let Some(pem) = authority_pem {
            http = http.tls_certs_merge([reqwest::Certificate::from_pem(pem.as_bytes())?]);
        }
        Ok(Self { http: http.build()?, own })
    }

    /// Asks the org whether it is one, then whether the token is good. The error is a text for `lastError`.
    async fn ask(&self, config: &Config, domain: &str, api_token: &str) -> Result<(), String> {
        let domain = config.get(domain).ok_or_else(|| format!("{domain} is not set"))?;
        let token = config.get(api_token).ok_or_else(|| format!("{api_token} is not set"))?;
        let org = self.address(domain).ok_or_else(|| format!("`{domain}` is not an Okta domain"))?;

        let request = self.http.get(join(&org, "/.well-known/okta-organization")?);
        let answer = request.send().await.map_err(|error| unreachable(domain, &error))?;
        let found = answer.json::<Organization>().await.ok().is_some_and(|organization| !organization.id.is_empty());
        if !found {
            return Err(format!("{domain} does not answer as an Okta org"));
        }

        let request = self.http.get(join(&org, "/api/v1/users/me")?).header("Accept", "application/json");
        let answer = request.header("Authorization", format!("SSWS {token}")).send().await;
        let answer = answer.map_err(|error| unreachable(domain, &error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let refusal: Refusal = answer.json().await.unwrap_or_default();
        Err(format!(
            "{domain} refused the API token: {} {} {}",
            status.as_u16(),
            refusal.error_code,
            refusal.error_summary
        ))
    }

    /// The address of the org that a connector names. Without a scheme it is https as everywhere, but for the
    /// sandbox's own orgs, which may speak http.
    fn address(&self, domain: &str) -> Option<reqwest::Url> {
        if domain.contains("://") {
            return domain.parse().ok();
        }
        let address: reqwest::Url = format!("https://{domain}").parse().ok()?;
        let own = self.own.iter().find(|own| {
            own.port() == address.port() && matches!(address.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
        });
        Some(own.cloned().unwrap_or(address))
    }
}

fn join(org: &reqwest::Url, path: &str) -> Result<reqwest::Url, String> {
    org.join(path).map_err(|error| error.to_string())
}

fn unreachable(domain: &str, error: &reqwest::Error) -> String {
    let reason = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    format!("could not reach {domain}: {reason}")
}

/// The part of `/.well-known/okta-organization` that tells an Okta org from another host.
#[derive(Deserialize)]
struct Organization {
    id: String,
}

/// An error body of Okta.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Refusal {
    error_code: String,
    error_summary: String,
}
