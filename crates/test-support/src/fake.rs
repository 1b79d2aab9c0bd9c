//! Fakes of ConductorOne and Okta that return wrong responses on demand.
//!
//! The sandbox follows the contracts. This fake does not: each request takes the next [`ResponseMode`] of its service,
//! and responses are correct once no mode is left.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use conductorone_client::Settings;
use conductorone_client::catalog::CatalogEntry;

use crate::{FakeClock, client_secret, serve};

/// The response of ConductorOne to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// Correct.
    Normal,
    /// Correct, in another form: owners in another order, the domain as a URL, unknown keys.
    EquivalentSpelling,
    /// Has an effect and returns other owners.
    OtherOwners,
    /// Has an effect and returns `userIds: null`.
    NoOwners,
    /// Has an effect and returns `config: null`.
    NullConfig,
    /// Has an effect and omits keys of the settings.
    MissingKeys,
    /// Has an effect and returns settings of another type.
    ForeignConfig,
    /// Has an effect and returns an empty description.
    NoDescription,
    /// Has an effect and returns null instead of the object.
    NullObject,
    /// Has an effect and returns null timestamps.
    NullTimestamps,
    /// Has an effect and returns 500.
    FailAfter,
    /// Has an effect, but the response is a proxy's HTML page.
    HtmlAfter,
    /// Has no effect and returns 503.
    FailBefore,
    /// Has no effect, and the response is a proxy's 404.
    Html404,
    /// DeleteConnector the connector of the path, and returns 404.
    NotFound,
    /// Has no effect and returns 403.
    Forbidden,
    /// Has no effect and returns 400.
    BadRequest,
    /// Has no effect and returns 429.
    RateLimited,
    /// Has an effect, but the connector is deleted before the response, which contains `deletedAt`.
    DeleteConnector,
}

impl ResponseMode {
    /// Returns whether the request took effect and the response is correct.
    pub fn is_correct(self) -> bool {
        matches!(self, Self::Normal | Self::EquivalentSpelling)
    }
}

/// The response of Okta to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OktaResponseMode {
    /// Correct.
    Normal,
    /// Returns 401 for the token, or 404 for the org's public document.
    RejectToken,
    /// Returns the token's owner with the status `SUSPENDED`.
    SuspendedOwner,
    /// Returns 403 for the token's owner.
    Forbidden,
    /// Returns 500.
    ServerError,
    /// Returns 429.
    RateLimited,
    /// Returns an HTML page.
    Html,
    /// Returns a redirect to another host.
    Redirect,
}

/// The course of a connector's syncs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncScript {
    /// Running for a number of reads, then done.
    Succeeds(u32),
    /// Running for a number of reads, then failed.
    Fails(u32),
    /// Disabled, with the reason that ConductorOne gives after a drop of data.
    DataDrop,
    /// Disabled.
    Disabled,
    /// A status that the client does not know, for `MANY_READS` reads.
    UnknownStatus,
    /// Does not start until it is forced, then done.
    OnlyIfForced,
    /// Running for `MANY_READS` reads.
    Endless,
}

/// The actual state of a connector.
#[derive(Clone, Debug)]
pub struct Connector {
    pub app_id: String,
    pub config: Option<Map<String, Value>>,
    pub owners: Vec<String>,
    pub description: String,
    pub deleted: bool,
    sync: SyncScript,
    /// Number of its last sync; 0 before the first.
    run: u32,
    reads: u32,
}

/// The data of both services, and their next responses.
#[derive(Default)]
pub struct FakeState {
    pub connectors: BTreeMap<String, Connector>,
    pub modes: VecDeque<ResponseMode>,
    pub okta_modes: VecDeque<OktaResponseMode>,
    pub syncs: VecDeque<SyncScript>,
    /// Set by ConductorOne's incorrect responses until a test resets it.
    pub misreported: bool,
    /// Set by Okta's incorrect responses until a test resets it.
    pub okta_misreported: bool,
    /// Number of forced syncs.
    pub forced: u32,
}

impl FakeState {
    /// Makes all following responses correct.
    pub fn clear_modes(&mut self) {
        self.modes.clear();
        self.okta_modes.clear();
    }

    /// Adds a connector. Its first sync starts immediately if it has settings.
    pub fn add(
        &mut self,
        app_id: &str,
        config: Option<Map<String, Value>>,
        owners: Vec<String>,
        sync: SyncScript,
        description: &str,
    ) -> String {
        let id = format!("connector{}", self.connectors.len());
        let app_id = app_id.to_owned();
        let description = description.to_owned();
        let mut connector = Connector { app_id, config, owners, description, deleted: false, sync, run: 0, reads: 0 };
        connector.start(false);
        self.connectors.insert(id.clone(), connector);
        id
    }

    /// Returns the IDs of the connectors that are not deleted.
    pub fn existing(&self) -> Vec<String> {
        self.connectors.iter().filter(|(_, connector)| !connector.deleted).map(|(id, _)| id.clone()).collect()
    }
}

/// Running fakes of both services.
#[derive(Clone)]
pub struct FakeServices {
    world: Arc<Mutex<FakeState>>,
    /// Origin of the tenant.
    pub tenant: String,
    /// Origins of two orgs.
    pub orgs: [String; 2],
}

/// More reads than the default timeout of 30 minutes allows at one read per ten seconds. Finite, because a test's
/// timeout may be several centuries.
const MANY_READS: u32 = 250;

/// IDs of the tenant's apps.
pub const APPS: [&str; 2] = ["app1", "app2"];

/// Valid client ID of the tenant.
pub const CLIENT_ID: &str = "fox@acme.conductor.one/spc";

/// ID of the user of the credentials.
pub const CALLER: &str = "caller";

impl FakeServices {
    /// Starts both services on free loopback ports.
    pub async fn start() -> Self {
        let world = Arc::new(Mutex::new(FakeState::default()));
        let c1 = Router::new().fallback(conductorone).with_state(Arc::clone(&world));
        let tenant = serve(c1).await;
        let mut orgs = Vec::new();
        for id in ["00oaaaaaaaaaaaaaaaaa", "00obbbbbbbbbbbbbbbbb"] {
            let app = Router::new().fallback(okta).with_state((Arc::clone(&world), id));
            orgs.push(serve(app).await);
        }
        Self { world, tenant, orgs: orgs.try_into().unwrap() }
    }

    /// Returns the valid client secret of the tenant.
    pub fn client_secret(&self) -> SecretString {
        client_secret(7, None)
    }

    /// Creates a client of the tenant.
    pub fn client(&self) -> conductorone_client::Client {
        let settings = Settings {
            server_url: Some(self.tenant.clone()),
            client_id: Some(CLIENT_ID.to_owned()),
            client_secret: Some(self.client_secret()),
            ..Settings::default()
        };
        conductorone_client::Client::new(
            settings.resolve(|_| None).unwrap(),
            service_http::Client::with_clock("test/1", FakeClock::new()),
        )
    }

    /// Locks and returns the data of both services.
    pub fn world(&self) -> MutexGuard<'_, FakeState> {
        self.world.lock().unwrap()
    }
}

type Shared = Arc<Mutex<FakeState>>;

async fn conductorone(State(world): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Value = serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap_or_default();
    let path: Vec<&str> = parts.uri.path().trim_matches('/').split('/').collect();
    if path == ["auth", "v1", "token"] {
        return Json(json!({"access_token": "token", "token_type": "Bearer", "expires_in": 600})).into_response();
    }
    let mut world = world.lock().unwrap();
    let mode = world.modes.pop_front().unwrap_or(ResponseMode::Normal);
    world.misreported |= !mode.is_correct();
    match mode {
        ResponseMode::FailBefore => return c1_error(503, 14, "unavailable"),
        ResponseMode::Html404 => return (StatusCode::NOT_FOUND, "<html>no such page</html>").into_response(),
        ResponseMode::NotFound => {
            let connector = path.get(5).and_then(|id| world.connectors.get_mut(*id));
            connector.into_iter().for_each(|connector| connector.deleted = true);
            return c1_error(404, 5, "not found");
        }
        ResponseMode::Forbidden => return c1_error(403, 7, "permission denied"),
        ResponseMode::BadRequest => return c1_error(400, 3, "invalid"),
        ResponseMode::RateLimited => return c1_error(429, 8, "slow down"),
        _ => {}
    }
    let response = world.execute(&parts.method, &path, &body, mode);
    match mode {
        ResponseMode::FailAfter => c1_error(500, 13, "internal"),
        ResponseMode::HtmlAfter => (StatusCode::OK, "<html>please sign in</html>").into_response(),
        _ => response,
    }
}

fn c1_error(status: u16, code: i32, message: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(json!({"code": code, "message": message, "details": []})))
        .into_response()
}

impl FakeState {
    fn execute(&mut self, method: &Method, path: &[&str], body: &Value, mode: ResponseMode) -> Response {
        let get = method == Method::GET;
        match path {
            ["api", "v1", "apps", app] if get => match mode {
                _ if !APPS.contains(app) => c1_error(404, 5, "app not found"),
                ResponseMode::NullObject => Json(json!({"app": null})).into_response(),
                _ => Json(json!({"app": {"id": app, "displayName": "An app", "deletedAt": null}})).into_response(),
            },
            ["api", "v1", "apps", app, "connectors"] if get => {
                let ids = self.existing().into_iter().filter(|id| self.connectors[id].app_id == *app);
                let list: Vec<Value> = ids.map(|id| self.view(&id, mode)).collect();
                Json(json!({"list": list, "expanded": [], "nextPageToken": ""})).into_response()
            }
            ["api", "v1", "apps", app, "connectors"] | ["api", "v1", "apps", app, "connectors", "create"] => {
                if !APPS.contains(app) {
                    return c1_error(404, 5, "app not found");
                }
                let mut owners = texts(&body["userIds"]);
                if owners.is_empty() {
                    owners.push(CALLER.to_owned());
                }
                let config = body["config"]["configuration"].as_object().cloned();
                let sync = self.syncs.pop_front().unwrap_or(SyncScript::Succeeds(1));
                let id = self.add(app, config, owners, sync, body["description"].as_str().unwrap_or_default());
                self.respond(&id, mode)
            }
            ["api", "v1", "apps", app, "connectors", id, rest @ ..] => {
                let exists = self.connectors.get(*id).is_some_and(|it| it.app_id == *app && !it.deleted);
                if !exists {
                    return c1_error(404, 5, "connector not found");
                }
                let sync = if get { None } else { self.syncs.pop_front() };
                let Some(connector) = self.connectors.get_mut(*id) else { return c1_error(404, 5, "not found") };
                match (method, rest) {
                    (&Method::GET, []) => connector.reads += 1,
                    (&Method::DELETE, []) => {
                        connector.deleted = true;
                        return Json(json!({})).into_response();
                    }
                    (&Method::POST, ["force_sync"]) => {
                        connector.start(true);
                        self.forced += 1;
                        return Json(json!({})).into_response();
                    }
                    _ => {
                        let mask = body["updateMask"].as_str().unwrap_or_default().to_owned();
                        for name in mask.split(',') {
                            match name {
                                "config" => {
                                    connector.config =
                                        body["connector"]["config"]["configuration"].as_object().cloned();
                                    connector.sync = sync.unwrap_or(connector.sync);
                                    connector.start(false);
                                }
                                "userIds" => connector.owners = texts(&body["connector"]["userIds"]),
                                "description" => {
                                    let text = body["connector"]["description"].as_str();
                                    connector.description = text.unwrap_or_default().to_owned();
                                }
                                _ => return c1_error(400, 3, "updateMask: no such field"),
                            }
                        }
                    }
                }
                self.respond(id, mode)
            }
            _ => c1_error(501, 12, "not implemented"),
        }
    }

    fn respond(&mut self, id: &str, mode: ResponseMode) -> Response {
        if mode == ResponseMode::DeleteConnector
            && let Some(connector) = self.connectors.get_mut(id)
        {
            connector.deleted = true;
        }
        Json(json!({"connectorView": self.view(id, mode), "expanded": []})).into_response()
    }

    fn view(&self, id: &str, mode: ResponseMode) -> Value {
        let connector = &self.connectors[id];
        let mut settings = connector.config.clone();
        if let Some(settings) = &mut settings {
            settings.remove("okta_api_key");
        }
        let mut kind = "type.googleapis.com/c1.api.app.v1.EnvConfig";
        let mut owners = json!(connector.owners);
        let mut description = connector.description.as_str();
        let timestamp = |is_set: bool| if is_set { json!("2026-08-20T10:00:00.123456Z") } else { Value::Null };
        match mode {
            ResponseMode::NullObject => return json!({"appPath": "", "connector": null}),
            ResponseMode::OtherOwners => owners = json!(["another-user", ""]),
            ResponseMode::NoOwners => owners = Value::Null,
            ResponseMode::NoDescription => description = "",
            ResponseMode::NullConfig => settings = None,
            ResponseMode::ForeignConfig => kind = "type.googleapis.com/c1.api.app.v1.Another",
            ResponseMode::MissingKeys => {
                if let Some(settings) = &mut settings {
                    settings.retain(|key, _| key == "okta_domain");
                }
            }
            ResponseMode::EquivalentSpelling => {
                let mut reversed = connector.owners.clone();
                reversed.reverse();
                owners = json!(reversed);
                if let Some(settings) = &mut settings {
                    let domain = settings["okta_domain"]["stringValue"].as_str().unwrap_or_default();
                    let domain =
                        if domain.contains("://") { format!("{domain}/") } else { format!("HTTPS://{domain}/") };
                    settings.insert("okta_domain".to_owned(), json!({"stringValue": domain}));
                    settings.insert("okta_api_key".to_owned(), json!({"stringValue": "********"}));
                    settings.insert("okta_new_key".to_owned(), json!({"boolValue": true}));
                    settings.insert("okta_other".to_owned(), Value::Null);
                }
            }
            _ => {}
        }
        json!({"appPath": "", "usersPath": null, "capabilitiesPath": "", "connector": {
            "id": id, "appId": if mode == ResponseMode::NullTimestamps { Value::Null } else { json!(connector.app_id) },
            "catalogId": CatalogEntry::Okta.catalog_id(), "displayName": "Okta", "description": description, "userIds": owners,
            "config": settings.map(|settings| json!({"@type": kind, "configuration": settings})),
            "createdAt": timestamp(mode != ResponseMode::NullTimestamps), "updatedAt": timestamp(mode != ResponseMode::NullTimestamps),
            "deletedAt": timestamp(connector.deleted), "status": connector.status(),
            "syncDisabledAt": timestamp(matches!(connector.sync, SyncScript::DataDrop | SyncScript::Disabled)),
            "syncDisabledReason": match connector.sync {
                SyncScript::DataDrop => "SyncScript paused due to significant drop in sync data: 90%",
                _ => "",
            },
            "canResumeSync": null, "parallelSyncWorkerCount": null, "syncConfig": null,
        }})
    }
}

impl Connector {
    fn start(&mut self, is_forced: bool) {
        if self.config.is_some() && (is_forced || self.sync != SyncScript::OnlyIfForced) {
            self.run += 1;
            self.reads = 0;
        }
    }

    fn status(&self) -> Value {
        let (status, error) = match self.sync {
            _ if self.run == 0 => return Value::Null,
            SyncScript::Succeeds(reads) | SyncScript::Fails(reads) if self.reads <= reads => {
                ("SYNC_STATUS_RUNNING", "")
            }
            SyncScript::Endless if self.reads <= MANY_READS => ("SYNC_STATUS_RUNNING", ""),
            SyncScript::UnknownStatus if self.reads <= MANY_READS => ("SYNC_STATUS_DREAMING", ""),
            SyncScript::Succeeds(_) | SyncScript::OnlyIfForced | SyncScript::Endless | SyncScript::UnknownStatus => {
                ("SYNC_STATUS_DONE", "")
            }
            SyncScript::Fails(_) => ("SYNC_STATUS_ERROR", "okta: 403 Forbidden: the token may not list groups"),
            SyncScript::DataDrop | SyncScript::Disabled => ("SYNC_STATUS_DISABLED", ""),
        };
        json!({"status": status, "lastError": error, "startedAt": format!("2026-08-20T10:00:{:02}Z", self.run % 60),
            "completedAt": null, "updatedAt": null})
    }
}

fn texts(value: &Value) -> Vec<String> {
    let elements = value.as_array().into_iter().flatten();
    elements.filter_map(|element| element.as_str().map(str::to_owned)).collect()
}

async fn okta(State((world, id)): State<(Shared, &'static str)>, request: Request) -> Response {
    let mode = {
        let mut world = world.lock().unwrap();
        let mode = world.okta_modes.pop_front().unwrap_or(OktaResponseMode::Normal);
        world.okta_misreported |= !matches!(mode, OktaResponseMode::Normal | OktaResponseMode::SuspendedOwner);
        mode
    };
    let error = |status: u16, code: &str, summary: &str| {
        let body = json!({"errorCode": code, "errorSummary": summary, "errorId": "oae1", "errorCauses": []});
        (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
    };
    let user = |status: &str| {
        let body = json!({"id": "00uaaaaaaaaaaaaaaaaa", "status": status, "profile": {"login": "svc@acme.example"}});
        Json(body).into_response()
    };
    let is_user_request = request.uri().path() == "/api/v1/users/me";
    match mode {
        OktaResponseMode::ServerError => error(500, "E0000009", "Internal Server Error"),
        OktaResponseMode::RateLimited => {
            error(429, "E0000047", "API call exceeded rate limit due to too many requests.")
        }
        OktaResponseMode::Html => "<html>parked</html>".into_response(),
        OktaResponseMode::Redirect => axum::response::Redirect::temporary("https://elsewhere.example/").into_response(),
        OktaResponseMode::RejectToken if is_user_request => error(401, "E0000011", "Invalid token provided"),
        OktaResponseMode::RejectToken => StatusCode::NOT_FOUND.into_response(),
        OktaResponseMode::Forbidden if is_user_request => error(403, "E0000006", "You do not have permission"),
        OktaResponseMode::SuspendedOwner if is_user_request => user("SUSPENDED"),
        _ if is_user_request => user("ACTIVE"),
        _ => Json(json!({"id": id, "pipeline": "idx", "_links": {}})).into_response(),
    }
}
