//! What configured resources and data sources share: clients, lookups and adoption.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use conductorone_client::UserSearch;
use conductorone_client::model::{App, Connector, Role, User};
use okta_client::{AdminRole, Domain, Organization, Token, TokenFingerprint, TokenPermissions};

use super::support::adoption::Adoption;
use super::support::probe::{self, Probe};
use super::support::single_flight::SingleFlight;

/// Objects of a service.
#[derive(Clone, Debug)]
pub(crate) struct Listing<T> {
    pub(crate) objects: Vec<T>,
    /// Number of further objects that the credentials may not see.
    pub(crate) hidden: usize,
}

/// The result of configuring the provider.
pub struct ProviderData {
    tenant: Tenant,
    http: service_http::Client,
    okta_limits: okta_client::Limits,
    lookups: Lookups,
    adoption: Adoption,
    /// IDs of apps and connectors that the state contains.
    managed: Mutex<HashSet<String>>,
    creations: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// Lookups that resources of one process share.
#[derive(Default)]
struct Lookups {
    organizations: SingleFlight<Domain, Organization>,
    probes: SingleFlight<(Domain, TokenFingerprint), Probe>,
    permissions: SingleFlight<(Domain, TokenFingerprint), TokenPermissions>,
    admin_roles: SingleFlight<(Domain, TokenFingerprint, String), Option<Vec<AdminRole>>>,
    users: SingleFlight<String, Vec<User>>,
    roles: SingleFlight<(), Vec<Role>>,
    apps: SingleFlight<String, Vec<App>>,
    connectors: SingleFlight<String, Listing<Connector>>,
}

/// ConductorOne client, or the provider's arguments that are still unknown.
pub(crate) enum Tenant {
    Ready(conductorone_client::Client),
    Unknown(Vec<&'static str>),
}

impl ProviderData {
    pub(crate) fn new(
        tenant: Tenant,
        http: service_http::Client,
        okta_limits: okta_client::Limits,
        adoption: Adoption,
    ) -> Self {
        let (lookups, managed, creations) = Default::default();
        Self { tenant, http, okta_limits, lookups, adoption, managed, creations }
    }

    /// Returns the ConductorOne client.
    ///
    /// # Errors
    /// If arguments of the provider are still unknown.
    pub(crate) fn conductorone(&self) -> Result<&conductorone_client::Client, Diagnostics> {
        match &self.tenant {
            Tenant::Ready(client) => Ok(client),
            Tenant::Unknown(arguments) => {
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

    /// Returns the ConductorOne client, for checks that a plan skips while arguments are unknown.
    pub(crate) fn conductorone_if_known(&self) -> Option<&conductorone_client::Client> {
        match &self.tenant {
            Tenant::Ready(client) => Some(client),
            Tenant::Unknown(_) => None,
        }
    }

    /// Returns the org at a domain, looked up once per process.
    ///
    /// # Errors
    /// A diagnostic if no org responds.
    pub(crate) async fn organization(&self, domain: &Domain) -> Result<Organization, Diagnostic> {
        let look_up = || {
            probe::organization(okta_client::Client::new(domain.clone(), self.http.clone(), self.okta_limits.clone()))
        };
        self.lookups.organizations.get(domain.clone(), look_up).await
    }

    /// Validates a token, once per org, token and process.
    ///
    /// # Errors
    /// A diagnostic if the org or the token is not valid.
    pub(crate) async fn probe(
        &self,
        domain: &Domain,
        token: &Token,
        argument: &'static str,
    ) -> Result<Probe, Diagnostic> {
        let look_up = || async { probe::probe(&self.organization(domain).await?, token.clone(), argument).await };
        self.lookups.probes.get((domain.clone(), token.fingerprint()), look_up).await
    }

    /// Returns the permissions of a token, determined once per org, token and process.
    ///
    /// # Errors
    /// A diagnostic if the org or the token is not valid.
    pub(crate) async fn permissions(
        &self,
        domain: &Domain,
        token: &Token,
        argument: &'static str,
    ) -> Result<TokenPermissions, Diagnostic> {
        let look_up = || async { probe::permissions(&self.organization(domain).await?, token.clone(), argument).await };
        self.lookups.permissions.get((domain.clone(), token.fingerprint()), look_up).await
    }

    /// Returns the admin roles of the user with a login in an org, looked up once per org, token, login and process.
    /// Returns `None` if the org has no such user, or if the token may not read them.
    ///
    /// # Errors
    /// Any other error of Okta.
    pub(crate) async fn admin_roles(
        &self,
        organization: &Organization,
        token: &Token,
        login: &str,
    ) -> Result<Option<Vec<AdminRole>>, okta_client::Error> {
        let look_up = || async {
            match organization.with_token(token.clone()).admin_roles(login).await {
                Ok(roles) => Ok(Some(roles)),
                Err(error) if error.is_not_found() || error.is_forbidden() => Ok(None),
                Err(error) => Err(error),
            }
        };
        self.lookups
            .admin_roles
            .get((organization.domain().clone(), token.fingerprint(), login.to_owned()), look_up)
            .await
    }

    /// Returns the users with an email or an ID, looked up once per text and process. Returns none while arguments of the
    /// provider are unknown.
    ///
    /// # Errors
    /// Any error of the search.
    pub(crate) async fn users(&self, text: &str) -> Result<Vec<User>, conductorone_client::Error> {
        let Some(client) = self.conductorone_if_known() else { return Ok(Vec::new()) };
        let look_up = || async {
            if text.contains('@') {
                return client.search_users(UserSearch::Email(text)).await;
            }
            match client.get_user(text).await {
                Ok(user) => Ok(vec![user]),
                Err(error) if error.is_not_found() => Ok(Vec::new()),
                Err(error) => Err(error),
            }
        };
        self.lookups.users.get(text.to_owned(), look_up).await
    }

    /// Returns the tenant's roles, listed once per process.
    ///
    /// # Errors
    /// Any error of the list.
    pub(crate) async fn roles(&self) -> Result<Vec<Role>, conductorone_client::Error> {
        let Some(client) = self.conductorone_if_known() else { return Ok(Vec::new()) };
        self.lookups.roles.get((), || client.list_roles()).await
    }

    /// Returns the living apps with a name, looked up once per name and process.
    ///
    /// # Errors
    /// Any error of the search.
    pub(crate) async fn apps_named(&self, display_name: &str) -> Result<Vec<App>, conductorone_client::Error> {
        let Some(client) = self.conductorone_if_known() else { return Ok(Vec::new()) };
        self.lookups.apps.get(display_name.to_owned(), || client.search_apps(display_name)).await
    }

    /// Returns the living connectors of an app, listed once per app and process.
    ///
    /// # Errors
    /// Any error of the list.
    pub(crate) async fn connectors_of(&self, app_id: &str) -> Result<Listing<Connector>, conductorone_client::Error> {
        let Some(client) = self.conductorone_if_known() else {
            return Ok(Listing { objects: Vec::new(), hidden: 0 });
        };
        let list = || async {
            let mut listed = client.list_connectors(app_id).await?;
            listed.connectors.retain(|connector| connector.deleted_at.is_none());
            Ok(Listing { objects: listed.connectors, hidden: listed.hidden })
        };
        self.lookups.connectors.get(app_id.to_owned(), list).await
    }

    /// Records that the state contains an app or a connector.
    pub(crate) fn mark_managed(&self, id: &str) {
        self.managed.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Returns whether the state contains an app or a connector, as far as this process has seen.
    pub(crate) fn is_managed(&self, id: &str) -> bool {
        self.managed.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    pub(crate) fn adoption(&self) -> &Adoption {
        &self.adoption
    }

    /// Waits until no other create works on the connectors of an app, given by ID, or on apps of a name. After a dropped
    /// response, a new object is then the one that was being created.
    pub(crate) async fn lock_creation(&self, what: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut creations = self.creations.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(creations.entry(what.to_owned()).or_default())
        };
        lock.lock_owned().await
    }
}
