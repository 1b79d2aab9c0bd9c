//! The tenant: what it holds, and the one door through which that changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::app_owners::AppOwners;
use super::catalog::{self, Entry};
use super::config::Config;
use super::credentials::Credentials;
use super::error::Rejection;
use super::schedule::Schedule;
use super::store::Store;
use super::sync::Crawler;
use super::synced::Database;
use super::tasks::Task;
use crate::behaviour::C1Behaviour;
use crate::clock::Timestamp;
use crate::log::Log;

/// Everything that a tenant keeps between runs. Removed objects stay, marked as deleted.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Data {
    pub(crate) tenant_id: String,
    pub(crate) credentials: Credentials,
    pub(crate) roles: Vec<Role>,
    /// The users that the tenant began with. All of them, with those that syncs made, are in [`Database`].
    pub(crate) users: Vec<User>,
    pub(crate) apps: Vec<App>,
    pub(crate) connectors: Vec<Connector>,
    #[serde(default)]
    pub(crate) tasks: Vec<Task>,
}

/// A role of the tenant.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) created_at: Timestamp,
}

/// A person or a service principal.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) email: String,
    /// `ENABLED` or `DISABLED`.
    pub(crate) status: String,
    /// `USER_TYPE_HUMAN` or `USER_TYPE_SERVICE`.
    pub(crate) kind: String,
    pub(crate) role_ids: Vec<String>,
    pub(crate) created_at: Timestamp,
    /// The app whose sync made the user of an account, if one did.
    #[serde(default)]
    pub(crate) directory: Option<String>,
}

/// An app, the place where connectors are.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct App {
    pub(crate) id: String,
    /// The fields of `apps::FIELDS`.
    pub(crate) fields: Map<String, Value>,
    pub(crate) owners: AppOwners,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
}

impl App {
    pub(crate) fn display_name(&self) -> &str {
        self.fields.get("displayName").and_then(Value::as_str).unwrap_or_default()
    }
}

/// A connector.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Connector {
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) catalog_id: String,
    /// The fields of `connectors::FIELDS`.
    pub(crate) fields: Map<String, Value>,
    pub(crate) user_ids: Vec<String>,
    /// Entitlements whose holders are owners too.
    #[serde(default)]
    pub(crate) entitlement_owners: Vec<EntitlementRef>,
    /// When syncs start. None: at an interval.
    #[serde(default)]
    pub(crate) schedule: Option<Schedule>,
    pub(crate) config: Option<Config>,
    pub(crate) config_updated_at: Option<Timestamp>,
    /// None: not connected.
    pub(crate) status: Option<Status>,
    /// The latest syncs, in the order in which they ended.
    #[serde(default)]
    pub(crate) history: Vec<SyncRecord>,
    /// How many syncs ended, well or not.
    pub(crate) syncs: u64,
    pub(crate) sync_disabled_at: Option<Timestamp>,
    /// Empty for a pause by a person, whose text is not published.
    #[serde(default)]
    pub(crate) sync_disabled_reason: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
    /// The sync that runs, if one does. A sync whose number is no longer here has been overtaken and changes nothing.
    #[serde(skip)]
    pub(crate) run: Option<u64>,
}

/// An entitlement of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntitlementRef {
    #[serde(default)]
    pub(crate) app_id: String,
    #[serde(default)]
    pub(crate) id: String,
}

/// State of a connector's syncs.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Status {
    pub(crate) status: SyncStatus,
    /// Empty unless the last sync failed.
    pub(crate) last_error: String,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) completed_at: Option<Timestamp>,
    pub(crate) updated_at: Timestamp,
}

/// Syncs of which a connector remembers how they went.
const HISTORY: usize = 10;

/// How a sync went.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SyncRecord {
    pub(crate) started_at: Timestamp,
    pub(crate) completed_at: Timestamp,
    /// In words.
    pub(crate) outcome: String,
    /// What it brought. None: nothing.
    pub(crate) brought: Option<Counts>,
}

/// How much a sync brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) users: u64,
    pub(crate) groups: u64,
    pub(crate) apps: u64,
    pub(crate) roles: u64,
    /// Memberships, assignments and roles held, each by one user.
    pub(crate) grants: u64,
}

/// The names of ConductorOne's OpenAPI document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SyncStatus {
    #[serde(rename = "SYNC_STATUS_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "SYNC_STATUS_RUNNING")]
    Running,
    #[serde(rename = "SYNC_STATUS_DONE")]
    Done,
    #[serde(rename = "SYNC_STATUS_ERROR")]
    Error,
    #[serde(rename = "SYNC_STATUS_DISABLED")]
    Disabled,
}

impl Connector {
    /// The connector's entry of the catalog.
    pub(crate) fn entry(&self) -> Result<&'static Entry, Rejection> {
        catalog::entry(&self.catalog_id)
            .ok_or_else(|| Rejection::internal("a connector of the state file has no entry"))
    }

    /// Without a configuration there is nothing to sync, and nothing to say of syncs.
    pub(crate) fn disconnect(&mut self) {
        self.status = None;
        self.run = None;
    }

    /// Remembers how a sync went; what was long ago is forgotten.
    pub(crate) fn remember(&mut self, record: SyncRecord) {
        if self.history.len() == HISTORY {
            self.history.remove(0);
        }
        self.history.push(record);
    }

    /// Marks the connector as removed; a running sync ends unheard.
    pub(crate) fn delete(&mut self) {
        self.deleted_at = Some(Timestamp::now());
        self.run = None;
    }
}

impl Data {
    /// An app that lives.
    pub(crate) fn app(&self, id: &str) -> Result<&App, Rejection> {
        let found = self.apps.iter().find(|app| app.id == id && app.deleted_at.is_none());
        found.ok_or_else(|| Rejection::not_found("app not found"))
    }

    /// As [`Data::app`], to be changed.
    pub(crate) fn app_mut(&mut self, id: &str) -> Result<&mut App, Rejection> {
        let found = self.apps.iter_mut().find(|app| app.id == id && app.deleted_at.is_none());
        found.ok_or_else(|| Rejection::not_found("app not found"))
    }

    /// A connector that lives, of an app that lives.
    pub(crate) fn connector(&self, app_id: &str, id: &str) -> Result<&Connector, Rejection> {
        self.app(app_id)?;
        let mine = |connector: &&Connector| connector.app_id == app_id && connector.id == id;
        let found = self.connectors.iter().find(|connector| mine(connector) && connector.deleted_at.is_none());
        found.ok_or_else(|| Rejection::not_found("connector not found"))
    }

    /// A connector of an app, whether either lives or not.
    pub(crate) fn connector_or_remains(&self, app_id: &str, id: &str) -> Result<&Connector, Rejection> {
        let found = self.connectors.iter().find(|connector| connector.app_id == app_id && connector.id == id);
        found.ok_or_else(|| Rejection::not_found("connector not found"))
    }

    /// As [`Data::connector`], to be changed.
    pub(crate) fn connector_mut(&mut self, app_id: &str, id: &str) -> Result<&mut Connector, Rejection> {
        self.connector(app_id, id)?;
        let found = self.connectors.iter_mut().find(|connector| connector.id == id);
        found.ok_or_else(|| Rejection::not_found("connector not found"))
    }
}

/// Who calls, as the bearer token tells.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user_id: String,
    /// The full client id, with which the token was bought.
    pub(crate) client_id: String,
}

struct Session {
    caller: Caller,
    /// None: never.
    ends: Option<Instant>,
}

/// How a tenant is set up.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// Scheme, host and port, without a slash at the end.
    pub(crate) url: String,
    pub(crate) timing: Timing,
    pub(crate) behaviour: C1Behaviour,
    pub(crate) log: Log,
}

/// How long things take.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    /// How long a sync takes at least.
    pub(crate) sync_duration: Duration,
    /// How long after the start of one sync the next one starts, where no schedule says otherwise.
    pub(crate) sync_interval: Duration,
    /// How long after a change of an app's owners it is read.
    pub(crate) app_owners_delay: Duration,
    /// How long a token for API calls is good.
    pub(crate) token_lifetime: Duration,
}

/// A running tenant. Clones are the same tenant.
#[derive(Clone)]
pub(crate) struct Tenant(Arc<Inner>);

impl std::fmt::Debug for Tenant {
    /// Names the tenant and shows nothing of it: it holds secrets.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Tenant").field(&self.0.setting.url).finish()
    }
}

struct Inner {
    data: Mutex<Data>,
    sessions: Mutex<HashMap<String, Session>>,
    store: Option<Store>,
    synced: Database,
    setting: Setting,
    crawler: Crawler,
    stop: CancellationToken,
}

impl Tenant {
    pub(crate) fn new(
        data: Data,
        store: Option<Store>,
        synced: Database,
        setting: Setting,
        crawler: Crawler,
        stop: CancellationToken,
    ) -> Result<Self, Rejection> {
        let permanent = data.credentials.access_token.clone();
        let user_id = data.credentials.client_user_id.clone();
        synced.keep(&data.users)?;
        let (data, sessions) = (Mutex::new(data), Mutex::default());
        let inner = Inner { data, sessions, store, synced, setting, crawler, stop };
        let tenant = Self(Arc::new(inner));
        let caller = Caller { user_id, client_id: tenant.client_id() };
        tenant.sessions().insert(permanent, Session { caller, ends: None });
        tenant.change(|_| Ok(()))?; // the state file exists from the start, or the sandbox does not start
        Ok(tenant)
    }

    /// Looks at the data.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Data) -> T) -> T {
        look(&self.data())
    }

    /// Changes the data, all of it or, when `change` refuses, nothing; then saves it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Data) -> Result<T, Rejection>) -> Result<T, Rejection> {
        let mut data = self.data();
        let mut changed = data.clone();
        let outcome = change(&mut changed)?;
        if let Some(store) = &self.0.store {
            let saved = store.save(&changed);
            saved.map_err(|error| Rejection::internal(format!("the state file could not be written: {error}")))?;
        }
        *data = changed;
        Ok(outcome)
    }

    /// `https://127.0.0.1:1234`, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        &self.0.setting.url
    }

    pub(crate) fn timing(&self) -> &Timing {
        &self.0.setting.timing
    }

    pub(crate) fn behaviour(&self) -> C1Behaviour {
        self.0.setting.behaviour
    }

    pub(crate) fn crawler(&self) -> &Crawler {
        &self.0.crawler
    }

    /// What happened lately.
    pub(crate) fn log(&self) -> &Log {
        &self.0.setting.log
    }

    /// What syncs brought.
    pub(crate) fn synced(&self) -> &Database {
        &self.0.synced
    }

    /// Cancelled when the sandbox ends.
    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// The full id of the person's API key: `name@host/use-case`, `pcc` for a personal key.
    /// Source: ConductorOne's documentation of API credentials.
    pub(crate) fn client_id(&self) -> String {
        format!("{}@{}/pcc", self.data().credentials.client_name, self.authority())
    }

    /// The full id of the trust for workload federation, use case `wfe`.
    pub(crate) fn trust_id(&self) -> String {
        format!("{}@{}/wfe", self.data().credentials.trust_name, self.authority())
    }

    /// The `iss` of the tokens that the trust accepts.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/_sandbox/oidc", self.url())
    }

    /// The tenant's host without the port: what a token for it names as its audience.
    pub(crate) fn host(&self) -> &str {
        self.authority().rsplit_once(':').map_or(self.authority(), |(host, _)| host)
    }

    fn authority(&self) -> &str {
        self.url().split_once("://").map_or(self.url(), |(_, authority)| authority)
    }

    /// Remembers a token that was issued.
    pub(crate) fn open_session(&self, token: String, caller: Caller) {
        let ends = Some(Instant::now() + self.timing().token_lifetime);
        let mut sessions = self.sessions();
        sessions.retain(|_, session| session.ends.is_none_or(|ends| ends > Instant::now()));
        sessions.insert(token, Session { caller, ends });
    }

    /// Who a token speaks for, while it is good.
    pub(crate) fn caller(&self, token: &str) -> Option<Caller> {
        let sessions = self.sessions();
        let session = sessions.get(token)?;
        session.ends.is_none_or(|ends| ends > Instant::now()).then(|| session.caller.clone())
    }

    fn data(&self) -> MutexGuard<'_, Data> {
        self.0.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sessions(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
