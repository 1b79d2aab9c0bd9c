//! Syncs: a connector with a configuration goes to running, asks its Okta org, and ends well or with an error.

use std::error::Error;

use secrecy::SecretString;
use serde_json::Value;
use tokio::time::sleep;

use super::catalog::Entry;
use super::config::Config;
use super::error::Rejection;
use super::synced::{Brought, Database, bring};
use super::tenant::{Connector, Status, SyncRecord, SyncStatus, Tenant};
use crate::behaviour::SyncStart;
use crate::clock::Timestamp;
use okta_client::{AuthenticatedClient, Client, Domain, Limits, Token};
use okta_inventory::{Detail, Selection};
use service_http::Client as HttpClient;

/// What the tenant's syncs and tasks tell Okta orgs they are.
pub(crate) const USER_AGENT: &str = concat!("c1-sandbox/", env!("CARGO_PKG_VERSION"));

/// Why syncs are paused after one that brought far less than the one before.
///
/// Source: ConductorOne's documentation of connector statuses.
const DATA_DROP: &str = "Sync paused due to significant drop in sync data";

/// What a write of a connector's configuration sets off: nothing where its syncs are turned off.
pub(crate) fn after_write(tenant: &Tenant, id: &str) -> Result<(), Rejection> {
    let is_off = tenant.read(|data| {
        let connector = data.connectors.iter().find(|connector| connector.id == id);
        connector
            .and_then(|connector| connector.status.as_ref())
            .is_some_and(|status| status.status == SyncStatus::Disabled)
    });
    if is_off {
        return Ok(());
    }
    match tenant.behaviour().sync_start {
        SyncStart::Automatic => start(tenant, id),
        SyncStart::Forced => tenant.change(|data| {
            let connector = data.connectors.iter_mut().find(|connector| connector.id == id);
            if let Some(connector) = connector.filter(|connector| connector.config.is_none()) {
                connector.disconnect();
            }
            Ok(())
        }),
    }
}

/// Starts a sync of a connector that lives, has a configuration and is not paused; else does nothing. A sync that
/// runs already is overtaken: its outcome is about settings that are no longer there.
pub(crate) fn start(tenant: &Tenant, id: &str) -> Result<(), Rejection> {
    let started = tenant.change(|data| {
        let Some(connector) = data.connectors.iter_mut().find(|connector| connector.id == id) else { return Ok(None) };
        if connector.deleted_at.is_some() || connector.sync_disabled_at.is_some() {
            return Ok(None);
        }
        if connector.config.is_none() {
            connector.disconnect();
            return Ok(None);
        }
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
        Ok(source(connector)?.map(|source| (run, source)))
    })?;
    let Some((run, source)) = started else { return Ok(()) };
    tenant.log().add(format!("sync of {id} begins"));

    let (tenant, id) = (tenant.clone(), id.to_owned());
    tokio::spawn(async move {
        let brought = tenant.crawler().bring(tenant.synced(), &source);
        let crawl = async { tokio::join!(brought, sleep(tenant.timing().sync_duration)).0 };
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

fn finish(tenant: &Tenant, id: &str, run: u64, outcome: Result<Brought, String>) {
    let saved = tenant.change(|data| {
        let mine = data.connectors.iter_mut().find(|connector| connector.id == id && connector.run == Some(run));
        let Some(connector) = mine else { return Ok(()) };
        let now = Timestamp::now();
        connector.run = None;
        connector.syncs += 1;
        let words = match &outcome {
            Ok(brought) if brought.is_held => "held back: far less than before".to_owned(),
            Ok(_) => "done".to_owned(),
            Err(error) => error.clone(),
        };
        tenant.log().add(format!("sync of {id} ended: {words}"));
        connector.remember(SyncRecord {
            started_at: connector.status.as_ref().and_then(|status| status.started_at).unwrap_or(now),
            completed_at: now,
            outcome: words,
            brought: outcome.as_ref().ok().map(|brought| brought.counts),
        });
        if outcome.as_ref().is_ok_and(|brought| brought.is_held) {
            connector.sync_disabled_at = Some(now);
            connector.sync_disabled_reason = DATA_DROP.to_owned();
        }
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

/// What a connector's syncs and tasks are about. None: it has no configuration.
pub(crate) fn source(connector: &Connector) -> Result<Option<Source>, Rejection> {
    let Some(config) = connector.config.clone() else { return Ok(None) };
    let (app, id) = (connector.app_id.clone(), connector.id.clone());
    // Source: ConductorOne's OpenAPI document has the field, its documentation the pause that it turns off.
    let may_hold = connector.fields.get("disableCheckBadSync") != Some(&Value::Bool(true));
    Ok(Some(Source { app, connector: id, entry: connector.entry()?, config, may_hold }))
}

/// What a sync or a task is about.
pub(crate) struct Source {
    pub(crate) app: String,
    pub(crate) connector: String,
    pub(crate) entry: &'static Entry,
    pub(crate) config: Config,
    /// Whether a sync is held back that brings far less than the one before.
    pub(crate) may_hold: bool,
}

/// What syncs reach Okta orgs with.
#[derive(Clone)]
pub(crate) struct Crawler {
    http: HttpClient,
    limits: Limits,
    own: Vec<OwnOrg>,
}

/// An org of this sandbox, at the address that clients know and at the one that syncs use.
///
/// The two differ with `--tls`: the client of syncs trusts the certificate authorities of the system, as the real
/// service does, and not the one that was made for this run. It goes to a plain listener of the same org instead, so
/// that a sync is the same exchange over HTTP, faults and journal included.
#[derive(Clone)]
pub(crate) struct OwnOrg {
    pub(crate) port: u16,
    pub(crate) direct: Domain,
}

impl Crawler {
    pub(crate) fn new(own: Vec<OwnOrg>) -> Self {
        Self { http: HttpClient::new(USER_AGENT), limits: Limits::default(), own }
    }

    /// Asks the org whether it is one, then whether the token is good. The error is a text for people.
    pub(crate) async fn client(&self, Source { entry, config, .. }: &Source) -> Result<AuthenticatedClient, String> {
        let (domain, api_token) = (entry.domain, entry.api_token);
        let domain_text = config.get(domain).ok_or_else(|| format!("{domain} is not set"))?;
        let token = config.get(api_token).ok_or_else(|| format!("{api_token} is not set"))?;
        let parsed: Domain = domain_text.parse().map_err(|error| format!("{domain}: {error}"))?;
        let token = Token::try_new(SecretString::from(token.as_str())).map_err(|e| format!("{api_token}: {e}"))?;
        let client = Client::new(self.address(parsed), self.http.clone(), self.limits.clone());
        let organization = client.organization().await.map_err(|error| explain(&error))?;
        let client = organization.with_token(token);
        client.current_user().await.map_err(|error| explain(&error))?;
        Ok(client)
    }

    /// Reads the org. The error is a text for `lastError`.
    async fn bring(&self, synced: &Database, source: &Source) -> Result<Brought, String> {
        let Source { entry, config, .. } = source;
        let client = self.client(source).await?;
        let selection = Selection {
            skip_inactive_apps: entry.is_on(config, "skip_inactive_apps"),
            // Only the first entry has a choice.
            deprovisioned_users: entry.is_on(config, "sync_deprovisioned_users"),
            aws_saml_roles: entry.is_on(config, "extract_aws_saml_roles"),
            detail: Detail::Full,
        };
        bring(synced, source, &client, selection).await
    }

    /// Where the org is asked that a connector names.
    fn address(&self, domain: Domain) -> Domain {
        let origin = domain.origin();
        let own = self.own.iter().find(|own| origin.is_loopback() && origin.port() == Some(own.port));
        own.map_or(domain, |own| own.direct.clone())
    }
}

/// An error with its causes, in one line.
pub(crate) fn explain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
