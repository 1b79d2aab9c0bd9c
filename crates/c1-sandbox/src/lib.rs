//! A ConductorOne tenant and an Okta org on loopback, which real clients cannot tell from the services.
//!
//! Terraform modules, the demo and the tests of the provider run against it over the same HTTP that the services
//! speak. It stays out of the shipped plugin: feature `sandbox`.
//!
//! ```text
//! serve → exchange (faults, journal) → conductorone::app | okta::app
//!                                        └─ sync ── asks ──┘
//! control: /_sandbox on the ConductorOne address
//! ```

pub mod behaviour;
mod clock;
mod conductorone;
mod control;
pub mod demo;
mod exchange;
mod faults;
mod identifiers;
mod journal;
mod log;
mod okta;
mod operations;
mod page;
mod serve;
pub mod terraform;
mod tls;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use axum::{Router, middleware};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use conductorone::org_clients::{LocalOrg, OrgClients};
use conductorone::provisioning;
use conductorone::scheduler;
use conductorone::seed;
use conductorone::store::Store;
use conductorone::sync;
use conductorone::synced::database::Database;
use conductorone::tenant::{Setting, Tenant, Timing};
use exchange::Observer;
use journal::Journal;
use log::Log;
use okta::limits::Limits;
use okta::org::Org;
use tls::Authority;

pub use behaviour::{C1Behaviour, OktaBehaviour};
pub use clock::{Clock, ManualClock};
pub use faults::{Fault, FaultKind, Faults, Service};
pub use okta::counts::OrgCounts;
pub use okta::limits::{RateLimits, RatePlan, Traffic};
pub use okta::org::OktaTokens;
pub use okta::population::OrgSize;
pub use operations::{OPERATIONS, Operation};
pub use tls::TlsError;

/// Longest time that [`Sandbox::stop`] waits for open exchanges.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// How a sandbox is set up. The default is plain http on free ports, a new tenant and no journal.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address of the ConductorOne tenant, loopback only. Port 0, the default, selects a free port.
    pub c1_listen: SocketAddr,
    /// Address of the first Okta org, loopback only. Port 0, the default, selects a free port.
    pub okta_listen: SocketAddr,
    /// How many Okta orgs there are, at least 1 (the default). The others listen on free ports of the same address.
    pub okta_orgs: usize,
    /// How many users, groups and apps each Okta org has. Default: the few named ones.
    pub org_size: OrgSize,
    /// How much each Okta org takes at once and per window. Default: everything.
    pub rate_limits: RateLimits,
    /// How long every answer of an Okta org takes: any time from the first to the second. Default: no time.
    pub okta_latency: RangeInclusive<Duration>,
    /// File that exchanges are appended to, one JSON line each. `None` writes none.
    pub journal: Option<PathBuf>,
    /// File for the certificate of the sandbox's CA. All services use HTTPS then. `None` uses plain HTTP.
    pub tls_ca_file: Option<PathBuf>,
    /// File that stores the tenant between runs. Synced data is stored beside it with the extension `.sqlite`. `None`
    /// keeps both in memory.
    pub state: Option<PathBuf>,
    /// How long a sync takes at least; default 1.5 s, long enough to be seen running.
    pub sync_duration: Duration,
    /// How long after the start of one sync a connector starts the next; default 1 hour.
    pub sync_interval: Duration,
    /// How long after a change of an app's owners it is read; default nothing, where live tenants take 45 to 150 s.
    pub app_owners_delay: Duration,
    /// How long an issued token for the ConductorOne API is good, in whole seconds; default 1 hour.
    pub token_lifetime: Duration,
    /// The source of time; default the system's. Tests advance a [`ManualClock`].
    pub clock: Clock,
    /// Behaviour of the tenant where ConductorOne's is not documented.
    pub c1_behaviour: C1Behaviour,
    /// Behaviour of each Okta org where Okta's is not documented.
    pub okta_behaviour: OktaBehaviour,
}

impl Default for Options {
    fn default() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            c1_listen: free,
            okta_listen: free,
            okta_orgs: 1,
            org_size: OrgSize::default(),
            rate_limits: RateLimits::default(),
            okta_latency: Duration::ZERO..=Duration::ZERO,
            journal: None,
            tls_ca_file: None,
            state: None,
            sync_duration: Duration::from_millis(1500),
            sync_interval: Duration::from_secs(3600),
            app_owners_delay: Duration::ZERO,
            token_lifetime: Duration::from_secs(3600),
            clock: Clock::default(),
            c1_behaviour: C1Behaviour::default(),
            okta_behaviour: OktaBehaviour::default(),
        }
    }
}

/// Addresses and credentials for clients; the JSON line of `c1-sandbox serve`.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    /// Address of the ConductorOne tenant, without a slash at the end.
    pub c1_url: String,
    /// Address of the first Okta org, without a slash at the end.
    pub okta_url: String,
    /// File with the CA's certificate; None without TLS.
    pub ca_file: Option<PathBuf>,
    /// Client id of the API key of `users[0]`.
    pub client_id: String,
    /// Secret of that key.
    pub client_secret: String,
    /// A token for the ConductorOne API that never expires, of the same user.
    pub access_token: String,
    /// Tokens of the first Okta org.
    pub okta_tokens: OktaTokens,
    /// The tenant's apps.
    pub apps: Vec<ReadyApp>,
    /// The tenant's users. `roles` are role names such as `system:owner`.
    pub users: Vec<ReadyUser>,
    /// Client id of the trust for workload federation, of `users[1]`.
    pub oidc_client_id: String,
    /// A token that this trust takes, good for a day.
    pub oidc_token: String,
}

/// An app in [`Ready`].
#[derive(Clone, Debug, Serialize)]
pub struct ReadyApp {
    /// Its id.
    pub id: String,
    /// Its name.
    pub display_name: String,
}

/// A user in [`Ready`].
#[derive(Clone, Debug, Serialize)]
pub struct ReadyUser {
    /// Its id.
    pub id: String,
    /// Its email address.
    pub email: String,
    /// Names of its roles.
    pub roles: Vec<String>,
}

/// One Okta org of a sandbox.
#[derive(Clone, Debug)]
pub struct OktaOrg {
    /// Its id, `00o…`.
    pub id: String,
    /// Its address, without a slash at the end.
    pub url: String,
    /// Its tokens.
    pub tokens: OktaTokens,
    org: Org,
    limits: Limits,
}

impl OktaOrg {
    /// Returns the requests to the first Okta org so far.
    pub fn traffic(&self) -> Traffic {
        self.limits.traffic()
    }

    /// Resets the counters.
    pub fn forget_traffic(&self) {
        self.limits.forget_traffic();
    }

    /// How much there is of everything. Takes time in proportion to the assignments to apps.
    pub fn counts(&self) -> OrgCounts {
        OrgCounts::of(&self.org)
    }
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address could not be listened on, or is not a loopback address.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The reason.
        source: io::Error,
    },
    /// The journal could not be opened.
    #[error("could not open the journal {path}")]
    Journal {
        /// Its path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The state file could not be read, or is none.
    #[error("could not load the state file {path}")]
    State {
        /// Its path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// Synced data could not be loaded.
    #[error("could not load what syncs brought from {path}: {source}")]
    Synced {
        /// The database's path; empty for one in memory.
        path: PathBuf,
        /// The reason.
        source: rusqlite::Error,
    },
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The tenant could not be set up, most likely because its state file cannot be written.
    #[error("could not set up the tenant: {0}")]
    Tenant(String),
}

/// A running sandbox. Dropping it stops it without waiting; [`Sandbox::stop`] waits.
#[derive(Debug)]
pub struct Sandbox {
    ready: Ready,
    orgs: Vec<OktaOrg>,
    faults: Faults,
    tenant: Tenant,
    stop: CancellationToken,
    servers: Vec<JoinHandle<io::Result<()>>>,
}

impl Sandbox {
    /// Starts a sandbox in the current Tokio runtime. It takes requests when this returns.
    ///
    /// # Errors
    /// When an address is no loopback address or is taken, or a file cannot be used.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let authority = match &options.tls_ca_file {
            None => None,
            Some(path) => {
                let authority = Authority::new()?;
                authority.write(path).await?;
                Some(authority)
            }
        };
        let scheme = if authority.is_some() { "https" } else { "http" };
        let acceptor = authority.as_ref().map(|authority| authority.acceptor.clone());
        let journal = match &options.journal {
            None => Journal::default(),
            Some(path) => Journal::open(path).map_err(|source| StartError::Journal { path: path.clone(), source })?,
        };
        let (store, saved) = match &options.state {
            None => (None, None),
            Some(path) => {
                let opened = Store::open(path);
                let (store, saved) = opened.map_err(|source| StartError::State { path: path.clone(), source })?;
                (Some(store), saved)
            }
        };

        let (c1_listener, c1_address) = listen(options.c1_listen).await?;
        let mut orgs = Vec::new();
        for number in 0..options.okta_orgs.max(1) {
            let port = if number == 0 { options.okta_listen.port() } else { 0 };
            orgs.push(
                OrgListeners::open(SocketAddr::new(options.okta_listen.ip(), port), number, &authority, &options)
                    .await?,
            );
        }

        let stop = CancellationToken::new();
        let clock = options.clock.clone();
        let (faults, log) = (Faults::default(), Log::new(clock.clone()));
        let observe = |service, app: Router| {
            let (faults, journal, log, clock) = (faults.clone(), journal.clone(), log.clone(), clock.clone());
            let observer = Observer { service, faults, journal, log, clock };
            app.layer(middleware::from_fn_with_state(observer, exchange::observe))
        };
        let org_clients = OrgClients::new(orgs.iter().filter_map(OrgListeners::for_syncs).collect());
        let path = options.state.as_ref().map(|path| path.with_extension("sqlite"));
        let synced = Database::open(path.as_deref())
            .map_err(|source| StartError::Synced { path: path.unwrap_or_default(), source })?;
        let tenant = Tenant::new(
            saved.unwrap_or_else(|| seed::new_tenant(clock.now())),
            store,
            synced,
            Setting {
                url: format!("{scheme}://{c1_address}"),
                timing: Timing {
                    sync_duration: options.sync_duration,
                    sync_interval: options.sync_interval,
                    app_owners_delay: options.app_owners_delay,
                    token_lifetime: options.token_lifetime,
                },
                behaviour: options.c1_behaviour,
                log: log.clone(),
                clock: clock.clone(),
            },
            org_clients,
            stop.clone(),
        )
        .map_err(tenant_error)?;

        let ready = ready(&tenant, &orgs[0].org, options.tls_ca_file)?;
        let known = orgs.iter().map(|OrgListeners { org, limits, .. }| OktaOrg {
            id: org.id().to_owned(),
            url: org.url().to_owned(),
            tokens: org.tokens().clone(),
            org: org.clone(),
            limits: limits.clone(),
        });
        let known = known.collect();
        let c1_app =
            conductorone::app(tenant.clone()).merge(control::app(tenant.clone(), faults.clone(), orgs[0].org.clone()));
        let c1_app = observe(Service::ConductorOne, c1_app);
        let c1_app = c1_app.merge(page::app(tenant.clone()));
        let mut servers = vec![serve::serve(c1_listener, acceptor.clone(), c1_app, stop.clone())];
        for OrgListeners { org, limits, public, direct, .. } in orgs {
            let app = observe(Service::Okta, okta::app(org, limits, options.okta_latency.clone(), clock.clone()));
            if let Some((listener, _)) = direct {
                servers.push(serve::serve(listener, None, app.clone(), stop.clone()));
            }
            servers.push(serve::serve(public, acceptor.clone(), app, stop.clone()));
        }
        sync::resume_all(&tenant).map_err(tenant_error)?;
        provisioning::resume_all(&tenant);
        scheduler::run(&tenant);
        Ok(Self { ready, orgs: known, faults, tenant, stop, servers })
    }

    /// Returns addresses and credentials for clients.
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// The Okta orgs; the first is the one of [`Ready`].
    pub fn okta_orgs(&self) -> &[OktaOrg] {
        &self.orgs
    }

    /// The faults still to come, as `/_sandbox/faults` sees them.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Claims that the trust for workload federation takes, to be changed by tests of what it must not take.
    /// `exp` is a day ahead; there is no `iat`, because a token with one is refused after 10 minutes.
    pub fn oidc_claims(&self) -> Value {
        claims(&self.tenant)
    }

    /// Signs claims as the identity provider of that trust: a compact JWS.
    ///
    /// # Errors
    /// When the key of the state file is broken.
    pub fn sign_oidc_token(&self, claims: &Value) -> Result<String, StartError> {
        sign(&self.tenant, claims)
    }

    /// Stops: takes no new connections, lets open exchanges end for up to 2 seconds, forgets running syncs.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let servers = futures::future::join_all(self.servers.drain(..));
        // Connections that are still open are closed with the runtime.
        let _ = tokio::time::timeout(STOP_LIMIT, servers).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// An Okta org and where it listens.
struct OrgListeners {
    org: Org,
    limits: Limits,
    public: TcpListener,
    public_address: SocketAddr,
    /// With TLS only: the plain listener for the sandbox's own syncs; see [`LocalOrg`].
    direct: Option<(TcpListener, SocketAddr)>,
}

impl OrgListeners {
    async fn open(
        address: SocketAddr,
        number: usize,
        tls: &Option<Authority>,
        options: &Options,
    ) -> Result<Self, StartError> {
        let (public, public_address) = listen(address).await?;
        let direct = match tls {
            Some(_) => Some(listen(SocketAddr::new(address.ip(), 0)).await?),
            None => None,
        };
        let scheme = if tls.is_some() { "https" } else { "http" };
        let org = Org::new(number, format!("{scheme}://{public_address}"), options.org_size, options.okta_behaviour);
        let limits = Limits::new(options.rate_limits, options.clock.clone());
        Ok(Self { org, limits, public, public_address, direct })
    }

    fn for_syncs(&self) -> Option<LocalOrg> {
        let address = self.direct.as_ref().map_or(self.public_address, |(_, address)| *address);
        // An address of the form `http://127.0.0.1:1234` is always a domain.
        let direct = format!("http://{address}").parse().ok()?;
        Some(LocalOrg { port: self.public_address.port(), direct })
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = serve::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

fn ready(tenant: &Tenant, org: &Org, ca_file: Option<PathBuf>) -> Result<Ready, StartError> {
    let client_secret = tenant.read(|data| data.credentials.client_key.client_secret()).map_err(tenant_error)?;
    let oidc_token = sign(tenant, &claims(tenant))?;
    let (client_id, oidc_client_id) = (tenant.client_id(), tenant.trust_id());
    Ok(tenant.read(|data| Ready {
        c1_url: tenant.url().to_owned(),
        okta_url: org.url().to_owned(),
        ca_file,
        client_id,
        client_secret,
        access_token: data.credentials.access_token.clone(),
        okta_tokens: org.tokens().clone(),
        apps: data
            .apps
            .active()
            .map(|app| ReadyApp { id: app.id.clone(), display_name: app.display_name().to_owned() })
            .collect(),
        users: data
            .users
            .iter()
            .map(|user| ReadyUser {
                id: user.id.clone(),
                email: user.email.clone(),
                roles: control::role_names(data, &user.role_ids),
            })
            .collect(),
        oidc_client_id,
        oidc_token,
    }))
}

fn claims(tenant: &Tenant) -> Value {
    let day_ahead = tenant.now().unix() + 24 * 60 * 60;
    json!({"iss": tenant.issuer(), "sub": "ci", "aud": tenant.host(), "exp": day_ahead})
}

fn sign(tenant: &Tenant, claims: &Value) -> Result<String, StartError> {
    tenant.read(|data| data.credentials.trust_key.sign(claims)).map_err(tenant_error)
}

fn tenant_error(rejection: conductorone::error::Rejection) -> StartError {
    StartError::Tenant(rejection.to_string())
}
