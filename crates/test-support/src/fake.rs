//! ConductorOne and Okta as tests want them: they keep what they are told, and answer as badly as they are asked to.
//!
//! Unlike the sandbox, which is true to the contracts, this one lies on demand: each request takes the next [`Mood`]
//! of its service, and tells the truth once there are none left.

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

/// How ConductorOne meets one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// As it should.
    Truthful,
    /// The truth, spelled another way: owners in another order, the domain's URL, keys nobody knows.
    Respelt,
    /// Does it, and tells of other owners.
    OtherOwners,
    /// Does it, and tells of no owners (`userIds: null`).
    NoOwners,
    /// Does it, and tells of no settings.
    ConfigNull,
    /// Does it, and leaves keys out of the settings.
    MissingKeys,
    /// Does it, and tells of settings of another kind.
    ForeignConfig,
    /// Does it, and tells of no description.
    NoDescription,
    /// Does it, and answers without the object.
    NullObject,
    /// Does it, and leaves moments out.
    NullMoments,
    /// Does it, and fails while answering.
    FailsAfter,
    /// Does it, and a proxy answers.
    HtmlAfter,
    /// Does nothing and fails.
    FailsBefore,
    /// Does nothing, and a stranger says 404.
    Html404,
    /// Says 404; a connector that was meant has been deleted.
    NotFound,
    /// Does nothing and refuses.
    Forbidden,
    /// Does nothing and finds the request wrong.
    Invalid,
    /// Does nothing and wants a pause.
    Limited,
    /// Somebody deletes the connector before it answers; reads show it with `deletedAt`.
    Deletes,
}

impl Mood {
    /// Whether the answer tells the truth and the request took effect.
    pub fn is_honest(self) -> bool {
        matches!(self, Self::Truthful | Self::Respelt)
    }
}

/// How Okta meets one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OktaMood {
    /// As it should.
    Truthful,
    /// Refuses the token, or for the well-known document is no org.
    Refuses,
    /// Says who owns the token, and that they are suspended.
    Suspended,
    /// Tells the token's owner that they may not.
    Forbids,
    /// Fails.
    Fails,
    /// Says it has had enough.
    Limited,
    /// Answers with a page.
    Html,
    /// Points elsewhere.
    Redirects,
}

/// How the syncs of a connector go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sync {
    /// Running for so many looks, then done.
    Done(u32),
    /// Running for so many looks, then failed.
    Failed(u32),
    /// Off, with a reason of ConductorOne's own.
    DataDrop,
    /// Off.
    Disabled,
    /// Something that this version does not know, for longer than most are patient.
    Strange,
    /// Waits to be asked, then is done.
    Idle,
    /// Running for longer than most are patient.
    Endless,
}

/// A connector as it really is.
#[derive(Clone, Debug)]
pub struct Connector {
    pub app_id: String,
    pub config: Option<Map<String, Value>>,
    pub owners: Vec<String>,
    pub description: String,
    pub deleted: bool,
    sync: Sync,
    /// Number of its last sync; 0 before the first.
    run: u32,
    looks: u32,
}

/// What both services hold and what they are up to.
#[derive(Default)]
pub struct World {
    pub connectors: BTreeMap<String, Connector>,
    pub moods: VecDeque<Mood>,
    pub okta_moods: VecDeque<OktaMood>,
    pub syncs: VecDeque<Sync>,
    /// Whether a wrong mood was met since somebody last looked.
    pub lied: bool,
    /// Whether Okta met a request in a wrong mood since somebody last looked.
    pub okta_lied: bool,
    /// Syncs that were asked for.
    pub forced: u32,
}

impl World {
    /// From now on everybody tells the truth.
    pub fn calm(&mut self) {
        self.moods.clear();
        self.okta_moods.clear();
    }

    /// Adds a connector, whose first sync begins at once if it has settings.
    pub fn add(
        &mut self,
        app_id: &str,
        config: Option<Map<String, Value>>,
        owners: Vec<String>,
        sync: Sync,
        description: &str,
    ) -> String {
        let id = format!("connector{}", self.connectors.len());
        let app_id = app_id.to_owned();
        let description = description.to_owned();
        let mut connector = Connector { app_id, config, owners, description, deleted: false, sync, run: 0, looks: 0 };
        connector.start(false);
        self.connectors.insert(id.clone(), connector);
        id
    }

    /// The connectors that exist.
    pub fn living(&self) -> Vec<String> {
        self.connectors.iter().filter(|(_, connector)| !connector.deleted).map(|(id, _)| id.clone()).collect()
    }
}

/// Both services, running.
#[derive(Clone)]
pub struct Fake {
    world: Arc<Mutex<World>>,
    /// The tenant's address.
    pub tenant: String,
    /// Addresses of two orgs.
    pub orgs: [String; 2],
}

/// Looks in half an hour at one every ten seconds, and some. Nothing goes on for ever: a limit may be as good as none.
const PATIENCE: u32 = 250;

/// Apps that exist.
pub const APPS: [&str; 2] = ["app1", "app2"];

/// The client ID that the tenant accepts.
pub const CLIENT_ID: &str = "fox@acme.conductor.one/spc";

/// Who applies.
pub const CALLER: &str = "caller";

impl Fake {
    /// Starts on free ports of loopback.
    pub async fn start() -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        let c1 = Router::new().fallback(conductorone).with_state(Arc::clone(&world));
        let tenant = serve(c1).await;
        let mut orgs = Vec::new();
        for id in ["00oaaaaaaaaaaaaaaaaa", "00obbbbbbbbbbbbbbbbb"] {
            let app = Router::new().fallback(okta).with_state((Arc::clone(&world), id));
            orgs.push(serve(app).await);
        }
        Self { world, tenant, orgs: orgs.try_into().unwrap() }
    }

    /// Returns the client secret that the tenant accepts.
    pub fn client_secret(&self) -> SecretString {
        client_secret(7, None)
    }

    /// A client of ConductorOne on its own.
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

    /// What both hold.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

type Shared = Arc<Mutex<World>>;

async fn conductorone(State(world): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body: Value = serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap_or_default();
    let path: Vec<&str> = parts.uri.path().trim_matches('/').split('/').collect();
    if path == ["auth", "v1", "token"] {
        return Json(json!({"access_token": "token", "token_type": "Bearer", "expires_in": 600})).into_response();
    }
    let mut world = world.lock().unwrap();
    let mood = world.moods.pop_front().unwrap_or(Mood::Truthful);
    world.lied |= !mood.is_honest();
    match mood {
        Mood::FailsBefore => return refusal(503, 14, "unavailable"),
        Mood::Html404 => return (StatusCode::NOT_FOUND, "<html>no such page</html>").into_response(),
        Mood::NotFound => {
            let connector = path.get(5).and_then(|id| world.connectors.get_mut(*id));
            connector.into_iter().for_each(|connector| connector.deleted = true);
            return refusal(404, 5, "not found");
        }
        Mood::Forbidden => return refusal(403, 7, "permission denied"),
        Mood::Invalid => return refusal(400, 3, "invalid"),
        Mood::Limited => return refusal(429, 8, "slow down"),
        _ => {}
    }
    let answer = world.carry_out(&parts.method, &path, &body, mood);
    match mood {
        Mood::FailsAfter => refusal(500, 13, "internal"),
        Mood::HtmlAfter => (StatusCode::OK, "<html>please sign in</html>").into_response(),
        _ => answer,
    }
}

fn refusal(status: u16, code: i32, message: &str) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(json!({"code": code, "message": message, "details": []})))
        .into_response()
}

impl World {
    fn carry_out(&mut self, method: &Method, path: &[&str], body: &Value, mood: Mood) -> Response {
        let get = method == Method::GET;
        match path {
            ["api", "v1", "apps", app] if get => match mood {
                _ if !APPS.contains(app) => refusal(404, 5, "app not found"),
                Mood::NullObject => Json(json!({"app": null})).into_response(),
                _ => Json(json!({"app": {"id": app, "displayName": "An app", "deletedAt": null}})).into_response(),
            },
            ["api", "v1", "apps", app, "connectors"] if get => {
                let ids = self.living().into_iter().filter(|id| self.connectors[id].app_id == *app);
                let list: Vec<Value> = ids.map(|id| self.view(&id, mood)).collect();
                Json(json!({"list": list, "expanded": [], "nextPageToken": ""})).into_response()
            }
            ["api", "v1", "apps", app, "connectors"] | ["api", "v1", "apps", app, "connectors", "create"] => {
                if !APPS.contains(app) {
                    return refusal(404, 5, "app not found");
                }
                let mut owners = texts(&body["userIds"]);
                if owners.is_empty() {
                    owners.push(CALLER.to_owned());
                }
                let config = body["config"]["configuration"].as_object().cloned();
                let sync = self.syncs.pop_front().unwrap_or(Sync::Done(1));
                let id = self.add(app, config, owners, sync, body["description"].as_str().unwrap_or_default());
                self.answer(&id, mood)
            }
            ["api", "v1", "apps", app, "connectors", id, rest @ ..] => {
                let known = self.connectors.get(*id).is_some_and(|it| it.app_id == *app && !it.deleted);
                if !known {
                    return refusal(404, 5, "connector not found");
                }
                let sync = if get { None } else { self.syncs.pop_front() };
                let Some(connector) = self.connectors.get_mut(*id) else { return refusal(404, 5, "not found") };
                match (method, rest) {
                    (&Method::GET, []) => connector.looks += 1,
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
                                _ => return refusal(400, 3, "updateMask: no such field"),
                            }
                        }
                    }
                }
                self.answer(id, mood)
            }
            _ => refusal(501, 12, "not imitated"),
        }
    }

    fn answer(&mut self, id: &str, mood: Mood) -> Response {
        if mood == Mood::Deletes
            && let Some(connector) = self.connectors.get_mut(id)
        {
            connector.deleted = true;
        }
        Json(json!({"connectorView": self.view(id, mood), "expanded": []})).into_response()
    }

    fn view(&self, id: &str, mood: Mood) -> Value {
        let connector = &self.connectors[id];
        let mut settings = connector.config.clone();
        if let Some(settings) = &mut settings {
            settings.remove("okta_api_key");
        }
        let mut kind = "type.googleapis.com/c1.api.app.v1.EnvConfig";
        let mut owners = json!(connector.owners);
        let mut description = connector.description.as_str();
        let moment = |known: bool| if known { json!("2026-08-20T10:00:00.123456Z") } else { Value::Null };
        match mood {
            Mood::NullObject => return json!({"appPath": "", "connector": null}),
            Mood::OtherOwners => owners = json!(["somebody", ""]),
            Mood::NoOwners => owners = Value::Null,
            Mood::NoDescription => description = "",
            Mood::ConfigNull => settings = None,
            Mood::ForeignConfig => kind = "type.googleapis.com/c1.api.app.v1.Another",
            Mood::MissingKeys => {
                if let Some(settings) = &mut settings {
                    settings.retain(|key, _| key == "okta_domain");
                }
            }
            Mood::Respelt => {
                let mut turned = connector.owners.clone();
                turned.reverse();
                owners = json!(turned);
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
            "id": id, "appId": if mood == Mood::NullMoments { Value::Null } else { json!(connector.app_id) },
            "catalogId": CatalogEntry::Okta.catalog_id(), "displayName": "Okta", "description": description, "userIds": owners,
            "config": settings.map(|settings| json!({"@type": kind, "configuration": settings})),
            "createdAt": moment(mood != Mood::NullMoments), "updatedAt": moment(mood != Mood::NullMoments),
            "deletedAt": moment(connector.deleted), "status": connector.status(),
            "syncDisabledAt": moment(matches!(connector.sync, Sync::DataDrop | Sync::Disabled)),
            "syncDisabledReason": match connector.sync {
                Sync::DataDrop => "Sync paused due to significant drop in sync data: 90%",
                _ => "",
            },
            "canResumeSync": null, "parallelSyncWorkerCount": null, "syncConfig": null,
        }})
    }
}

impl Connector {
    fn start(&mut self, asked: bool) {
        if self.config.is_some() && (asked || self.sync != Sync::Idle) {
            self.run += 1;
            self.looks = 0;
        }
    }

    fn status(&self) -> Value {
        let (status, error) = match self.sync {
            _ if self.run == 0 => return Value::Null,
            Sync::Done(looks) | Sync::Failed(looks) if self.looks <= looks => ("SYNC_STATUS_RUNNING", ""),
            Sync::Endless if self.looks <= PATIENCE => ("SYNC_STATUS_RUNNING", ""),
            Sync::Strange if self.looks <= PATIENCE => ("SYNC_STATUS_DREAMING", ""),
            Sync::Done(_) | Sync::Idle | Sync::Endless | Sync::Strange => ("SYNC_STATUS_DONE", ""),
            Sync::Failed(_) => ("SYNC_STATUS_ERROR", "okta: 403 Forbidden: the token may not list groups"),
            Sync::DataDrop | Sync::Disabled => ("SYNC_STATUS_DISABLED", ""),
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
    let mood = {
        let mut world = world.lock().unwrap();
        let mood = world.okta_moods.pop_front().unwrap_or(OktaMood::Truthful);
        world.okta_lied |= !matches!(mood, OktaMood::Truthful | OktaMood::Suspended);
        mood
    };
    let error = |status: u16, code: &str, summary: &str| {
        let body = json!({"errorCode": code, "errorSummary": summary, "errorId": "oae1", "errorCauses": []});
        (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
    };
    let user = |status: &str| {
        let body = json!({"id": "00uaaaaaaaaaaaaaaaaa", "status": status, "profile": {"login": "svc@acme.example"}});
        Json(body).into_response()
    };
    let asks_user = request.uri().path() == "/api/v1/users/me";
    match mood {
        OktaMood::Fails => error(500, "E0000009", "Internal Server Error"),
        OktaMood::Limited => error(429, "E0000047", "API call exceeded rate limit due to too many requests."),
        OktaMood::Html => "<html>parked</html>".into_response(),
        OktaMood::Redirects => axum::response::Redirect::temporary("https://elsewhere.example/").into_response(),
        OktaMood::Refuses if asks_user => error(401, "E0000011", "Invalid token provided"),
        OktaMood::Refuses => StatusCode::NOT_FOUND.into_response(),
        OktaMood::Forbids if asks_user => error(403, "E0000006", "You do not have permission"),
        OktaMood::Suspended if asks_user => user("SUSPENDED"),
        _ if asks_user => user("ACTIVE"),
        _ => Json(json!({"id": id, "pipeline": "idx", "_links": {}})).into_response(),
    }
}
