//! The running tenant: its objects, the sessions of its API clients and its settings.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::data::Data;
use super::error::Rejection;
use super::org_clients::OrgClients;
use super::store::Store;
use super::synced::database::Database;
use crate::behaviour::C1Behaviour;
use crate::clock::{Clock, Timestamp};
use crate::log::Log;

/// The principal of a bearer token.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user_id: String,
    /// The full client ID that the token was issued for.
    pub(crate) client_id: String,
}

struct Session {
    caller: Caller,
    /// `None`: never.
    expires: Option<Timestamp>,
}

/// Settings of a tenant.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// Scheme, host and port, without a trailing slash.
    pub(crate) url: String,
    pub(crate) timing: Timing,
    pub(crate) behaviour: C1Behaviour,
    pub(crate) log: Log,
    pub(crate) clock: Clock,
}

/// Durations that a tenant is started with.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    /// Minimum duration of a sync.
    pub(crate) sync_duration: Duration,
    /// Time between the starts of two syncs of a connector without a schedule.
    pub(crate) sync_interval: Duration,
    /// Time until reads return a change of an app's owners.
    pub(crate) app_owners_delay: Duration,
    /// Lifetime of an access token.
    pub(crate) token_lifetime: Duration,
}

/// A running tenant. Clones refer to the same tenant.
#[derive(Clone)]
pub(crate) struct Tenant(Arc<Inner>);

impl std::fmt::Debug for Tenant {
    /// Formats the address only: the tenant holds secrets.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Tenant").field(&self.0.setting.url).finish()
    }
}

struct Inner {
    state: Mutex<State>,
    sessions: Mutex<HashMap<String, Session>>,
    synced: Database,
    setting: Setting,
    org_clients: OrgClients,
    stop: CancellationToken,
}

struct State {
    data: Data,
    store: Option<Store>,
}

impl Tenant {
    pub(crate) fn new(
        data: Data,
        store: Option<Store>,
        synced: Database,
        setting: Setting,
        org_clients: OrgClients,
        stop: CancellationToken,
    ) -> Result<Self, Rejection> {
        let permanent = data.credentials.access_token.clone();
        let user_id = data.credentials.client_user_id.clone();
        synced.add_users(&data.users)?;
        let (state, sessions) = (Mutex::new(State { data, store }), Mutex::default());
        let inner = Inner { state, sessions, synced, setting, org_clients, stop };
        let tenant = Self(Arc::new(inner));
        let caller = Caller { user_id, client_id: tenant.client_id() };
        tenant.sessions().insert(permanent, Session { caller, expires: None });
        tenant.change(|_| Ok(()))?; // Writes the state file, so that an unwritable one fails the start.
        Ok(tenant)
    }

    /// Reads the objects.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Data) -> T) -> T {
        read(&self.state().data)
    }

    /// Changes the objects and saves them. If the change is rejected or cannot be saved, nothing changes.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Data) -> Result<T, Rejection>) -> Result<T, Rejection> {
        let mut state = self.state();
        let State { data, store } = &mut *state;
        data.roll_back(); // Reverts a change that panicked.
        let outcome = change(data).and_then(|outcome| {
            if let Some(store) = store {
                let saved = store.save(data);
                saved.map_err(|error| Rejection::internal(format!("could not write the state file: {error}")))?;
            }
            Ok(outcome)
        });
        match outcome {
            Ok(_) => data.commit(),
            Err(_) => data.roll_back(),
        }
        outcome
    }

    /// Returns the address, such as `https://127.0.0.1:1234`, without a trailing slash.
    pub(crate) fn url(&self) -> &str {
        &self.0.setting.url
    }

    pub(crate) fn timing(&self) -> &Timing {
        &self.0.setting.timing
    }

    pub(crate) fn behaviour(&self) -> C1Behaviour {
        self.0.setting.behaviour
    }

    pub(crate) fn org_clients(&self) -> &OrgClients {
        &self.0.org_clients
    }

    /// Returns the log that the page shows.
    pub(crate) fn log(&self) -> &Log {
        &self.0.setting.log
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.setting.clock
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// Returns the database of synced objects.
    pub(crate) fn synced(&self) -> &Database {
        &self.0.synced
    }

    /// Returns the token that is cancelled when the sandbox stops.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// Returns the full ID of the user's API key: `name@host/use-case`, with `pcc` for a personal key.
    /// Source: ConductorOne's documentation of API credentials.
    pub(crate) fn client_id(&self) -> String {
        format!("{}@{}/pcc", self.state().data.credentials.client_name, self.authority())
    }

    /// Returns the full ID of the trust for workload federation, whose use case is `wfe`.
    pub(crate) fn trust_id(&self) -> String {
        format!("{}@{}/wfe", self.state().data.credentials.trust_name, self.authority())
    }

    /// Returns the `iss` of the tokens that the trust accepts.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/_sandbox/oidc", self.url())
    }

    /// Returns the tenant's host without the port, the audience of tokens for the tenant.
    pub(crate) fn host(&self) -> &str {
        self.authority().rsplit_once(':').map_or(self.authority(), |(host, _)| host)
    }

    fn authority(&self) -> &str {
        self.url().split_once("://").map_or(self.url(), |(_, authority)| authority)
    }

    /// Accepts a token until the end of its lifetime.
    pub(crate) fn open_session(&self, token: String, caller: Caller) {
        let expires = Some(self.now().plus(self.timing().token_lifetime));
        let mut sessions = self.sessions();
        sessions.retain(|_, session| session.expires.is_none_or(|expires| expires > self.now()));
        sessions.insert(token, Session { caller, expires });
    }

    /// Returns the principal of a token that is valid.
    pub(crate) fn caller(&self, token: &str) -> Option<Caller> {
        let sessions = self.sessions();
        let session = sessions.get(token)?;
        session.expires.is_none_or(|expires| expires > self.now()).then(|| session.caller.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
