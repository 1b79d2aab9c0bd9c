//! What resources work with: both services, and what one process asks only once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use secrecy::ExposeSecret;
use tokio::sync::OwnedMutexGuard;

use crate::conductorone;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::http;
use crate::okta::{self, Domain, Organization, Token};

use super::memo::Memo;
use super::okta_integration::probe::{self, Probe};

/// Both services as the provider's configuration reaches them.
pub struct Services {
    tenant: Tenant,
    http: http::Client,
    organizations: Memo<Domain, Organization>,
    probes: Memo<(Domain, Vec<u8>), Probe>,
    creating: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// Whether ConductorOne can be asked.
pub(super) enum Tenant {
    /// It can, and the credentials are good.
    Ready(conductorone::Client),
    /// Arguments of the provider come from resources that are not applied yet.
    NotKnownYet(Vec<&'static str>),
}

impl Services {
    pub(super) fn new(tenant: Tenant, http: http::Client) -> Self {
        Self { tenant, http, organizations: Memo::default(), probes: Memo::default(), creating: Mutex::default() }
    }

    /// ConductorOne, for work that cannot go on without it.
    ///
    /// # Errors
    /// When the provider's own arguments are not known yet.
    pub(super) fn conductorone(&self) -> Result<&conductorone::Client, Diagnostics> {
        match &self.tenant {
            Tenant::Ready(client) => Ok(client),
            Tenant::NotKnownYet(arguments) => {
                let problem = Diagnostic::error(
                    "Provider is not configured yet",
                    format!(
                        "{} in the provider block depend on resources that have not been applied, and this object \
                         exists already. Apply those resources first, with -target, or set the arguments to values \
                         that are known.",
                        arguments.join(", ")
                    ),
                );
                Err(match arguments.as_slice() {
                    [argument] => problem.at(AttributePath::to(argument)),
                    _ => problem,
                }
                .into())
            }
        }
    }

    /// ConductorOne, for checks that a plan makes when it can.
    pub(super) fn conductorone_if_known(&self) -> Option<&conductorone::Client> {
        match &self.tenant {
            Tenant::Ready(client) => Some(client),
            Tenant::NotKnownYet(_) => None,
        }
    }

    /// The org at a domain, asked once per process.
    ///
    /// # Errors
    /// What to do when no org answers there.
    pub(super) async fn organization(&self, domain: &Domain) -> Result<Organization, Diagnostic> {
        let ask = || probe::organization(okta::Client::new(domain.clone(), self.http.clone()));
        self.organizations.get(domain.clone(), ask).await
    }

    /// What Okta says about a token, asked once per org, token and process.
    ///
    /// # Errors
    /// What to do when the org or the token is not what it should be.
    pub(super) async fn probe(
        &self,
        domain: &Domain,
        token: &Token,
        argument: &'static str,
    ) -> Result<Probe, Diagnostic> {
        let fingerprint = digest(&SHA256, token.secret().expose_secret().as_bytes()).as_ref().to_vec();
        let ask = || async { probe::probe(&self.organization(domain).await?, token.clone(), argument).await };
        self.probes.get((domain.clone(), fingerprint), ask).await
    }

    /// Waits until no other create works on this app, so that after a lost answer a new connector can only be the
    /// one that was being created.
    pub(super) async fn creating(&self, app_id: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut creating = self.creating.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(creating.entry(app_id.to_owned()).or_default())
        };
        lock.lock_owned().await
    }
}
