//! What resources work with: both services, and what one process asks only once.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use conductorone_client::UserSearch;
use conductorone_client::model::{Connector, Role, User};
use okta_client::{AdminRole, Domain, Organization, Token, TokenFingerprint, TokenPermissions};

use super::support::probe::{self, Probe};
use super::support::run::Run;
use super::support::single_flight::Memo;

/// Both services as the provider's configuration reaches them.
pub struct ProviderData {
    tenant: Tenant,
    http: service_http::Client,
    okta_limits: okta_client::Limits,
    organizations: Memo<Domain, Organization>,
    probes: Memo<(Domain, TokenFingerprint), Probe>,
    permissions: Memo<(Domain, TokenFingerprint), TokenPermissions>,
    admin_roles: Memo<(Domain, TokenFingerprint, String), Option<Vec<AdminRole>>>,
    users: Memo<String, Vec<User>>,
    roles: Memo<(), Vec<Role>>,
    connectors: Memo<String, Vec<Connector>>,
    managed: Mutex<HashSet<String>>,
    run: Run,
    taken_over: Mutex<HashSet<String>>,
    creating: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// Whether ConductorOne can be asked.
pub(crate) enum Tenant {
    /// It can, and the credentials are good.
    Ready(conductorone_client::Client),
    /// Arguments of the provider come from resources that are not applied yet.
    NotKnownYet(Vec<&'static str>),
}

impl ProviderData {
    pub(crate) fn new(tenant: Tenant, http: service_http::Client, okta_limits: okta_client::Limits, run: Run) -> Self {
        Self {
            tenant,
            http,
            okta_limits,
            organizations: Memo::default(),
            probes: Memo::default(),
            permissions: Memo::default(),
            admin_roles: Memo::default(),
            users: Memo::default(),
            roles: Memo::default(),
            connectors: Memo::default(),
            managed: Mutex::default(),
            run,
            taken_over: Mutex::default(),
            creating: Mutex::default(),
        }
    }

    /// ConductorOne, for work that cannot go on without it.
    ///
    /// # Errors
    /// When the provider's own arguments are not known yet.
    pub(crate) fn conductorone(&self) -> Result<&conductorone_client::Client, Diagnostics> {
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
    pub(crate) fn conductorone_if_known(&self) -> Option<&conductorone_client::Client> {
        match &self.tenant {
            Tenant::Ready(client) => Some(client),
            Tenant::NotKnownYet(_) => None,
        }
    }

    /// The org at a domain, asked once per process.
    ///
    /// # Errors
    /// What to do when no org answers there.
    pub(crate) async fn organization(&self, domain: &Domain) -> Result<Organization, Diagnostic> {
        let ask = || {
            probe::organization(okta_client::Client::new(domain.clone(), self.http.clone(), self.okta_limits.clone()))
        };
        self.organizations.get(domain.clone(), ask).await
    }

    /// What Okta says about a token, asked once per org, token and process.
    ///
    /// # Errors
    /// What to do when the org or the token is not what it should be.
    pub(crate) async fn probe(
        &self,
        domain: &Domain,
        token: &Token,
        argument: &'static str,
    ) -> Result<Probe, Diagnostic> {
        let ask = || async { probe::probe(&self.organization(domain).await?, token.clone(), argument).await };
        self.probes.get((domain.clone(), token.fingerprint()), ask).await
    }

    /// What a token may do, asked once per org, token and process.
    ///
    /// # Errors
    /// What to do when the org or the token is not what it should be.
    pub(crate) async fn permissions(
        &self,
        domain: &Domain,
        token: &Token,
        argument: &'static str,
    ) -> Result<TokenPermissions, Diagnostic> {
        let ask = || async { probe::permissions(&self.organization(domain).await?, token.clone(), argument).await };
        self.permissions.get((domain.clone(), token.fingerprint()), ask).await
    }

    /// The admin roles of the user with a login in an org, asked once per org, token, login and process. `None` where
    /// the org does not know the user, or does not let the token see.
    ///
    /// # Errors
    /// When the org does not tell for another reason.
    pub(crate) async fn admin_roles(
        &self,
        organization: &Organization,
        token: &Token,
        login: &str,
    ) -> Result<Option<Vec<AdminRole>>, okta_client::Error> {
        let ask = || async {
            match organization.with_token(token.clone()).admin_roles(login).await {
                Ok(roles) => Ok(Some(roles)),
                Err(error) if error.is_not_found() || error.is_forbidden() => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.admin_roles.get((organization.domain().clone(), token.fingerprint(), login.to_owned()), ask).await
    }

    /// The users with an email, or with an ID, asked once per text and process. Nobody when ConductorOne cannot be
    /// asked yet.
    ///
    /// # Errors
    /// When the service does not tell.
    pub(crate) async fn users(&self, text: &str) -> Result<Vec<User>, conductorone_client::Error> {
        let Some(client) = self.conductorone_if_known() else { return Ok(Vec::new()) };
        let ask = || async {
            if text.contains('@') {
                return client.search_users(UserSearch::Email(text)).await;
            }
            match client.get_user(text).await {
                Ok(user) => Ok(vec![user]),
                Err(error) if error.is_not_found() => Ok(Vec::new()),
                Err(error) => Err(error),
            }
        };
        self.users.get(text.to_owned(), ask).await
    }

    /// The tenant's roles, asked once per process.
    ///
    /// # Errors
    /// When the service does not tell.
    pub(crate) async fn roles(&self) -> Result<Vec<Role>, conductorone_client::Error> {
        let Some(client) = self.conductorone_if_known() else { return Ok(Vec::new()) };
        self.roles.get((), || client.list_roles()).await
    }

    /// Terraform knows an app or a connector.
    pub(crate) fn manages(&self, id: &str) {
        self.run.recognise(id);
        self.managed.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// The connectors of an app that Terraform has not asked this process about, listed once per app and process.
    ///
    /// # Errors
    /// When the service does not tell.
    pub(crate) async fn unmanaged_connectors(
        &self,
        app_id: &str,
    ) -> Result<Vec<Connector>, conductorone_client::Error> {
        let Some(client) = self.conductorone_if_known() else { return Ok(Vec::new()) };
        let ask = || async { client.list_connectors(app_id).await.map(|listed| listed.connectors) };
        let mut connectors = self.connectors.get(app_id.to_owned(), ask).await?;
        let managed = self.managed.lock().unwrap_or_else(PoisonError::into_inner);
        connectors.retain(|connector| !managed.contains(&connector.id));
        Ok(connectors)
    }

    /// The run of Terraform that this process serves.
    pub(crate) fn run(&self) -> &Run {
        &self.run
    }

    /// Claims an app or a connector that a killed run has left. `false` when another resource of this run has it already.
    pub(crate) fn takes_over(&self, id: &str) -> bool {
        if self.managed.lock().unwrap_or_else(PoisonError::into_inner).contains(id) {
            return false;
        }
        self.taken_over.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned())
    }

    /// Waits until no other create works on the same: connectors of the app with an ID, or apps of a name. After a lost
    /// answer a new object can then only be the one that was being created.
    pub(crate) async fn creating(&self, what: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut creating = self.creating.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(creating.entry(what.to_owned()).or_default())
        };
        lock.lock_owned().await
    }
}
