//! The client with a server on loopback that returns scripted responses and records requests.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use service_http::StatusCode;
use test_support::FakeClock;

use super::catalog::{CatalogEntry, EntryConfig, Flag};
use super::model::{Connector, SyncStatus};
use super::*;
use test_support::client_secret;

const APP: &str = "2AppCcccccccccccccccccccccc";
const CONNECTOR: &str = "2ConnBbbbbbbbbbbbbbbbbbbbbb";
const CLIENT_ID: &str = "fox@acme.conductor.one/spc";
const API_KEY: &str = "00canary-api-key/with+odd \"characters\"";

/// A recorded request.
#[derive(Clone, Debug)]
struct Seen {
    line: String,
    authorization: String,
    content_type: String,
    body: String,
}

/// The scripted responses and the recorded requests. Access tokens are numbered.
#[derive(Default)]
struct Server {
    tokens: Vec<Response>,
    responses: Vec<Response>,
    token_requests: Vec<BTreeMap<String, String>>,
    seen: Vec<Seen>,
}

type Shared = Arc<Mutex<Server>>;

async fn respond(State(server): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    let header = |name: &str| parts.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let mut server = server.lock().unwrap();
    if parts.uri.path() == "/auth/v1/token" {
        assert_eq!(header("content-type"), "application/x-www-form-urlencoded");
        assert_eq!(header("authorization"), "");
        server.token_requests.push(url::form_urlencoded::parse(body.as_bytes()).into_owned().collect());
        if !server.tokens.is_empty() {
            return server.tokens.remove(0);
        }
        return token(&format!("canary-token-{}", server.token_requests.len()), json!(600));
    }
    let line = format!("{} {}", parts.method, parts.uri);
    let (authorization, content_type) = (header("authorization"), header("content-type"));
    server.seen.push(Seen { line, authorization, content_type, body });
    if server.responses.is_empty() { StatusCode::NOT_IMPLEMENTED.into_response() } else { server.responses.remove(0) }
}

fn token(token: &str, expires_in: Value) -> Response {
    axum::Json(json!({"access_token": token, "token_type": "Bearer", "expires_in": expires_in})).into_response()
}

fn ok(body: Value) -> Response {
    axum::Json(body).into_response()
}

fn error_response(status: u16, code: i32, message: &str) -> Response {
    let mut response = axum::Json(json!({"code": code, "message": message, "details": []})).into_response();
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

fn connector(id: &str) -> Value {
    json!({"connectorView": {"appPath": "", "connector": {"id": id, "appId": APP, "catalogId": CatalogEntry::Okta.catalog_id()}}, "expanded": []})
}

/// A client, its server and its clock.
struct World {
    client: Client,
    server: Shared,
    clock: Arc<FakeClock>,
}

impl World {
    async fn with(settings: impl FnOnce(&mut Settings), responses: Vec<Response>) -> Self {
        Self::in_environment(settings, |_| None, responses).await
    }

    async fn in_environment(
        settings: impl FnOnce(&mut Settings),
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        responses: Vec<Response>,
    ) -> Self {
        let server = Shared::default();
        server.lock().unwrap().responses = responses;
        let origin = test_support::serve(Router::new().fallback(respond).with_state(Arc::clone(&server))).await;
        let mut given = Settings {
            server_url: Some(origin.to_string()),
            client_id: Some(CLIENT_ID.to_owned()),
            client_secret: Some(client_secret(7, None)),
            ..Settings::default()
        };
        settings(&mut given);
        let clock = FakeClock::new();
        let client =
            Client::new(given.resolve(lookup).unwrap(), service_http::Client::with_clock("test/1", clock.clone()));
        Self { client, server, clock }
    }

    async fn new(responses: Vec<Response>) -> Self {
        Self::with(|_| {}, responses).await
    }

    fn seen(&self) -> Vec<Seen> {
        self.server.lock().unwrap().seen.clone()
    }

    fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    fn token_requests(&self) -> Vec<BTreeMap<String, String>> {
        self.server.lock().unwrap().token_requests.clone()
    }
}

/// Returns the chain of an error in all forms, none of which may contain a secret.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text.push_str(&format!(" {cause} {cause:?}"));
        next = cause.source();
    }
    assert!(!text.contains("canary"), "{text}");
    text
}

fn create() -> CreateConnector {
    let config = EntryConfig {
        entry: CatalogEntry::Okta,
        domain: "acme.okta.com".to_owned(),
        api_token: SecretString::from(API_KEY),
        flags: [(Flag::SkipInactiveApps, true)].into(),
    };
    CreateConnector {
        catalog_id: CatalogEntry::Okta.catalog_id().to_owned(),
        config: config.to_input().unwrap(),
        description: None,
        user_ids: vec!["2UserA".to_owned()],
    }
}

// Access tokens.

#[tokio::test]
async fn client_credentials_send_an_assertion_and_never_the_secret() {
    let world = World::new(vec![ok(json!({"tenantId": "t1", "roles": null}))]).await;
    assert_eq!(world.client.introspect().await.unwrap().tenant_id, "t1");
    let token_requests = world.token_requests().remove(0);
    let names: Vec<&str> = token_requests.keys().map(String::as_str).collect();
    assert_eq!(names, ["client_assertion", "client_assertion_type", "client_id", "grant_type"]);
    assert_eq!(token_requests["grant_type"], "client_credentials");
    assert_eq!(token_requests["client_id"], CLIENT_ID);
    assert_eq!(token_requests["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

    use base64::Engine;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let claims = engine.decode(token_requests["client_assertion"].split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    // The host of the request without its port, not that of the client ID.
    assert_eq!(claims["aud"], "127.0.0.1");
    assert_eq!(world.seen()[0].authorization, "Bearer canary-token-1");
    assert!(!format!("{:?}", world.client).contains("canary"));
}

#[tokio::test]
async fn federation_exchanges_the_current_oidc_token() {
    let jwt = Arc::new(Mutex::new("canary.jwt.one".to_owned()));
    let current = Arc::clone(&jwt);
    let lookup =
        move |name: &str| (name == environment::CONDUCTORONE_OIDC_TOKEN).then(|| current.lock().unwrap().clone());
    let responses = vec![ok(json!({})), ok(json!({}))];
    let world = World::in_environment(|settings| settings.client_secret = None, lookup, responses).await;
    world.client.introspect().await.unwrap();
    *jwt.lock().unwrap() = "canary.jwt.two".to_owned();
    world.clock.advance(Duration::from_secs(541));
    world.client.introspect().await.unwrap();
    let token_requests = world.token_requests();
    assert_eq!(
        token_requests[0],
        BTreeMap::from_iter(
            [
                ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
                ("subject_token", "canary.jwt.one"),
                ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
                ("client_id", CLIENT_ID),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
        )
    );
    assert_eq!(token_requests[1]["subject_token"], "canary.jwt.two");

    *jwt.lock().unwrap() = String::new();
    world.clock.advance(Duration::from_secs(541));
    assert!(matches!(world.client.introspect().await, Err(Error::OidcTokenMissing)));
}

#[tokio::test]
async fn configured_access_tokens_are_introspected_and_never_renewed() {
    let lookup = |name: &str| (name == environment::CONDUCTORONE_ACCESS_TOKEN).then(|| "canary-ready".to_owned());
    let responses = vec![ok(json!({})), error_response(401, 16, "unauthenticated")];
    let world = World::in_environment(|_| {}, lookup, responses).await;
    world.client.authenticate().await.unwrap();
    let error = world.client.authenticate().await.unwrap_err();
    assert!(error.is_unauthenticated() && !error.is_not_found(), "{}", shown(&error));
    assert_eq!(world.lines(), ["GET /api/v1/auth/introspect", "GET /api/v1/auth/introspect"]);
    assert_eq!(world.seen()[0].authorization, "Bearer canary-ready");
    assert_eq!(world.token_requests().len(), 0);
}

#[tokio::test]
async fn concurrent_calls_share_one_token() {
    let world = World::new((0..20).map(|_| ok(json!({}))).collect()).await;
    let calls = (0..20).map(|_| world.client.introspect());
    assert!(futures::future::join_all(calls).await.iter().all(Result::is_ok));
    assert_eq!((world.token_requests().len(), world.seen().len()), (1, 20));
}

#[tokio::test]
async fn tokens_are_renewed_early_and_have_a_default_lifetime() {
    for (expires_in, kept, renewed) in [
        (json!(600), 539, 541),
        (json!("3600"), 3_539, 3_541),
        (json!(100), 89, 91),
        (json!(null), 53, 55),
        (json!(0), 53, 55),
        (json!(-5), 53, 55),
    ] {
        let world = World::new((0..3).map(|_| ok(json!({}))).collect()).await;
        world.server.lock().unwrap().tokens = vec![token("canary-first", expires_in.clone())];
        world.client.authenticate().await.unwrap();
        world.clock.advance(Duration::from_secs(kept));
        world.client.introspect().await.unwrap();
        assert_eq!(world.token_requests().len(), 1, "{expires_in}");
        world.clock.advance(Duration::from_secs(renewed - kept));
        world.client.introspect().await.unwrap();
        assert_eq!(world.token_requests().len(), 2, "{expires_in}");
    }
}

#[tokio::test]
async fn a_rejected_token_is_renewed_once_and_the_call_is_retried_once() {
    let world = World::new(vec![error_response(401, 16, "expired"), ok(connector(CONNECTOR))]).await;
    assert_eq!(world.client.create_connector(APP, &create()).await.unwrap().id, CONNECTOR);
    let seen = world.seen();
    assert_eq!(
        (seen[0].authorization.as_str(), seen[1].authorization.as_str()),
        ("Bearer canary-token-1", "Bearer canary-token-2")
    );
    assert_eq!(seen[0].body, seen[1].body);

    let world = World::new((0..9).map(|_| error_response(401, 16, "canary-token-2 is no good")).collect()).await;
    let error = world.client.get_app(APP).await.unwrap_err();
    assert!(error.is_unauthenticated() && !error.may_have_taken_effect());
    assert!(shown(&error).contains("[redacted] is no good"));
    assert_eq!((world.token_requests().len(), world.seen().len()), (2, 2));
}

#[tokio::test]
async fn concurrent_rejected_calls_renew_the_token_once() {
    let responses = (0..5).map(|_| error_response(401, 16, "expired")).chain((0..5).map(|_| ok(json!({})))).collect();
    let world = World::new(responses).await;
    let results = futures::future::join_all((0..5).map(|_| world.client.introspect())).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(world.token_requests().len(), 2);
}

#[tokio::test]
async fn errors_of_token_requests_are_not_errors_of_the_object() {
    let secret = client_secret(7, None);
    let key = secret.expose_secret().rsplit(':').next().unwrap();
    let oauth = json!({"error": "invalid_client", "error_description": format!("no such key {key}")});
    for (status, body, expected, is_rejected) in [
        (400, oauth, "400 Bad Request when requesting an access token: invalid_client: no such key [redacted]", true),
        (
            401,
            json!({"code": 16, "message": "unauthenticated"}),
            "401 Unauthorized when requesting an access token: unauthenticated",
            true,
        ),
        (403, json!({"error": {"deep": 1}}), "403 Forbidden when requesting an access token", true),
        (
            404,
            json!({"code": 5, "message": "not found"}),
            "404 Not Found when requesting an access token: not found",
            false,
        ),
        (500, json!(null), "500 Internal Server Error when requesting an access token", false),
    ] {
        let world = World::new(vec![]).await;
        let failure = || {
            let mut response = ok(body.clone());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        };
        world.server.lock().unwrap().tokens = (0..9).map(|_| failure()).collect();
        let error = world.client.delete_connector(APP, CONNECTOR).await.unwrap_err();
        assert!(error.to_string().ends_with(expected), "{error}");
        assert!(!shown(&error).contains(key));
        assert_eq!(error.is_unauthenticated(), is_rejected, "{error}");
        assert!(!error.is_not_found() && !error.may_have_taken_effect() && !error.is_forbidden());
        assert_eq!((world.seen().len(), world.token_requests().len()), (0, if status == 500 { 5 } else { 1 }));
    }
}

#[tokio::test]
async fn errors_of_unusable_token_responses_contain_the_field() {
    for (response, expected) in [
        (ok(json!({})), "at access_token: expected a token"),
        (ok(json!({"access_token": ""})), "at access_token: expected a token"),
        (ok(json!({"access_token": "canary\n"})), "at access_token: expected characters"),
        (
            ok(json!({"access_token": "canary", "token_type": "DPoP"})),
            "at token_type: expected Bearer; this client does not support credentials",
        ),
        (ok(json!({"access_token": "canary", "expires_in": "soon"})), "at expires_in: expected a whole number"),
        ("<html>canary</html>".into_response(), "the body is text/plain, not JSON"),
    ] {
        let world = World::new(vec![]).await;
        world.server.lock().unwrap().tokens = vec![response];
        let error = world.client.authenticate().await.unwrap_err();
        assert!(shown(&error).contains(expected), "{error:?}");
    }
}

// Calls.

#[tokio::test]
async fn requests_about_connectors_match_the_api() {
    let mut responses: Vec<Response> = (0..4).map(|_| ok(connector(CONNECTOR))).collect();
    responses.extend([ok(connector(CONNECTOR)), ok(json!({})), ok(json!({}))]);
    let world = World::new(responses).await;
    let client = &world.client;
    client.create_connector(APP, &create()).await.unwrap();
    let delegated = CreateDelegatedConnector {
        catalog_id: CatalogEntry::Okta.catalog_id().to_owned(),
        display_name: "Okta".to_owned(),
        description: None,
        user_ids: vec!["2UserA".to_owned()],
    };
    client.create_delegated_connector(APP, &delegated).await.unwrap();
    let update =
        ConnectorUpdate { config: Some(create().config), user_ids: Some(vec![]), ..ConnectorUpdate::default() };
    let mask = UpdateMask::new([UpdatePath::UserIds, UpdatePath::Config]).unwrap();
    client.update_connector(APP, CONNECTOR, &update, &mask).await.unwrap();
    let update = ConnectorUpdate { display_name: Some("Okta 2".to_owned()), ..ConnectorUpdate::default() };
    let mask = UpdateMask::new([UpdatePath::DisplayName]).unwrap();
    client.update_delegated_connector(APP, CONNECTOR, &update, &mask).await.unwrap();
    client.get_connector(APP, CONNECTOR).await.unwrap();
    client.force_sync(APP, CONNECTOR).await.unwrap();
    client.delete_connector(APP, CONNECTOR).await.unwrap();

    let base = format!("/api/v1/apps/{APP}/connectors");
    let config = json!({"@type": "type.googleapis.com/c1.api.app.v1.EnvConfig", "configuration": {
        "okta_domain": {"stringValue": "acme.okta.com"}, "okta_api_key": {"stringValue": API_KEY},
        "okta_dont_sync_inactive_apps": {"stringValue": "true"}, "okta_extract_aws_saml_roles": {"stringValue": "false"},
        "okta_sync_deprovisioned_users": {"stringValue": "false"}}});
    let expected = [
        (
            format!("POST {base}/create"),
            json!({"catalogId": CatalogEntry::Okta.catalog_id(), "userIds": ["2UserA"], "config": config}),
        ),
        (
            format!("POST {base}"),
            json!({"catalogId": CatalogEntry::Okta.catalog_id(), "displayName": "Okta", "userIds": ["2UserA"]}),
        ),
        (
            format!("POST {base}/{CONNECTOR}"),
            json!({"connector": {"id": CONNECTOR, "appId": APP, "userIds": [], "config": config}, "updateMask": "config,userIds"}),
        ),
        (
            format!("POST {base}/{CONNECTOR}/delegated"),
            json!({"connector": {"id": CONNECTOR, "appId": APP, "displayName": "Okta 2"}, "updateMask": "displayName"}),
        ),
        (format!("GET {base}/{CONNECTOR}"), Value::Null),
        (format!("POST {base}/{CONNECTOR}/force_sync"), json!({})),
        (format!("DELETE {base}/{CONNECTOR}"), json!({})),
    ];
    for (seen, (line, body)) in world.seen().iter().zip(expected) {
        assert_eq!(seen.line, line);
        let sent = if seen.body.is_empty() { Value::Null } else { serde_json::from_str(&seen.body).unwrap() };
        assert_eq!(sent, body, "{line}");
        assert_eq!(seen.content_type, if body.is_null() { "" } else { "application/json" }, "{line}");
    }
}

#[tokio::test]
async fn only_idempotent_requests_are_retried_after_server_errors() {
    // Status; number of attempts of a read, a deletion and a creation; whether a write may have taken effect.
    for (status, read, delete, create_sent, effect) in [
        (429, 5, 5, 5, false),
        (500, 5, 5, 1, true),
        (502, 5, 5, 1, true),
        (503, 5, 5, 1, true),
        (504, 5, 5, 1, true),
        (501, 1, 1, 1, true),
        (400, 1, 1, 1, false),
        (403, 1, 1, 1, false),
        (404, 1, 1, 1, false),
        (409, 1, 1, 1, false),
    ] {
        let responses = || (0..9).map(|_| error_response(status, 2, "no")).collect();
        let world = World::new(responses()).await;
        let error = world.client.get_connector(APP, CONNECTOR).await.unwrap_err();
        assert_eq!((world.seen().len(), error.may_have_taken_effect()), (read, false), "{status}");
        assert_eq!((error.is_not_found(), error.is_forbidden()), (status == 404, status == 403));
        assert_eq!(error.api().map(|api| (api.code, api.message.as_str())), Some((Some(2), "no")));
        let world = World::new(responses()).await;
        let error = world.client.delete_connector(APP, CONNECTOR).await.unwrap_err();
        assert_eq!((world.seen().len(), error.may_have_taken_effect()), (delete, effect), "{status}");
        let world = World::new(responses()).await;
        let error = world.client.create_connector(APP, &create()).await.unwrap_err();
        assert_eq!((world.seen().len(), error.may_have_taken_effect()), (create_sent, effect), "{status}");
        shown(&error);
    }
}

#[tokio::test]
async fn retry_after_is_honoured_up_to_the_maximum() {
    let limited = |value: &'static str| {
        let mut response = error_response(429, 8, "slow down");
        response.headers_mut().insert("retry-after", HeaderValue::from_static(value));
        response
    };
    let world = World::new(vec![limited("7"), limited("86400"), ok(connector(CONNECTOR))]).await;
    world.client.create_connector(APP, &create()).await.unwrap();
    assert_eq!(world.clock.pauses(), [Duration::from_secs(7), Duration::from_secs(30)]);
}

#[tokio::test]
async fn writes_are_retried_only_if_they_have_certainly_not_been_received() {
    let nowhere = |settings: &mut Settings| settings.server_url = Some("http://127.0.0.1:1".to_owned());
    let lookup = |name: &str| (name == environment::CONDUCTORONE_ACCESS_TOKEN).then(|| "canary-ready".to_owned());
    let world = World::in_environment(nowhere, lookup, vec![]).await;
    let error = world.client.create_connector(APP, &create()).await.unwrap_err();
    assert!(
        matches!(error, Error::NoResponse { attempts: 5, .. }) && !error.may_have_taken_effect(),
        "{}",
        shown(&error)
    );

    // A server that reads the request and closes the connection.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let received = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&received);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 8192];
            if tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await.is_ok_and(|length| length > 0) {
                *counter.lock().unwrap() += 1;
            }
        }
    });
    let world = World::in_environment(|s| s.server_url = Some(address), lookup, vec![]).await;
    let error = world.client.create_connector(APP, &create()).await.unwrap_err();
    assert!(
        matches!(error, Error::NoResponse { attempts: 1, .. }) && error.may_have_taken_effect(),
        "{}",
        shown(&error)
    );
    assert_eq!(*received.lock().unwrap(), 1);
    let error = world.client.get_connector(APP, CONNECTOR).await.unwrap_err();
    assert!(matches!(error, Error::NoResponse { attempts: 5, .. }) && !error.may_have_taken_effect());
}

#[tokio::test]
async fn effects_of_all_attempts_are_reported() {
    let world = World::new(vec![error_response(500, 2, "no"), error_response(403, 7, "no")]).await;
    let error = world.client.delete_connector(APP, CONNECTOR).await.unwrap_err();
    assert!(error.is_forbidden() && error.may_have_taken_effect());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = World::new(vec![]).await;
    let target = format!("{}/api/v1/apps?x=canary", elsewhere.client.origin());
    let world = World::new(vec![Redirect::permanent(&target).into_response()]).await;
    let error = world.client.get_app(APP).await.unwrap_err();
    assert!(
        matches!(&error, Error::Redirected { to: Some(to), .. } if *to == elsewhere.client.origin().to_string()),
        "{}",
        shown(&error)
    );
    assert_eq!((world.seen().len(), elsewhere.seen().len()), (1, 0));
}

#[tokio::test]
async fn messages_of_the_service_are_redacted() {
    let echo = json!({"okta_api_key": API_KEY}).to_string();
    let world = World::new(vec![error_response(400, 3, &format!("bad config {echo} or {API_KEY}"))]).await;
    let error = world.client.create_connector(APP, &create()).await.unwrap_err();
    assert!(shown(&error).contains("[redacted]"));
}

#[tokio::test]
async fn a_404_of_another_host_is_not_about_the_object() {
    for (body, is_not_found) in [
        ("<html>canary</html>", false),
        ("", true),
        (r#"{"code":5,"message":"not found"}"#, true),
        ("[]", false),
        ("{}", true),
    ] {
        let world = World::new(vec![(StatusCode::NOT_FOUND, body).into_response()]).await;
        let error = world.client.get_connector(APP, CONNECTOR).await.unwrap_err();
        assert_eq!(error.is_not_found(), is_not_found, "{body}");
        shown(&error);
    }
}

#[tokio::test]
async fn invalid_ids_are_rejected_without_a_request() {
    let world = World::new(vec![]).await;
    for id in ["", ".", "..", "a/b", "/", "a\\b", " ", "a b", "a\n"] {
        let error = world.client.get_connector(APP, id).await.unwrap_err();
        assert!(matches!(error, Error::InvalidId { object: "connector", .. }), "{id:?}");
        assert!(
            matches!(world.client.list_connectors(id).await, Err(Error::InvalidId { object: "app", .. })),
            "{id:?}"
        );
        assert!(world.client.get_user(id).await.is_err() && world.client.delete_connector(id, "x").await.is_err());
        assert!(!error.may_have_taken_effect());
    }
    assert_eq!((world.seen().len(), world.token_requests().len()), (0, 0));
    let world = World::new(vec![ok(json!({"app": {"id": "a?b#c%2F"}}))]).await;
    world.client.get_app("a?b#c%2F").await.unwrap();
    assert_eq!(world.lines(), ["GET /api/v1/apps/a%3Fb%23c%252F"]);
}

#[tokio::test]
async fn requests_about_apps_owners_and_pauses_match_the_api() {
    let app = || ok(json!({"app": {"id": APP}}));
    let mut responses: Vec<Response> = vec![app(), app(), app()];
    responses.extend((0..5).map(|_| ok(json!({}))));
    let world = World::new(responses).await;
    let client = &world.client;
    let text = |text: &str| Some(text.to_owned());
    client.create_app(&CreateApp { display_name: "Okta".to_owned(), description: None }).await.unwrap();
    let update = AppUpdate { display_name: text("Okta 2"), description: text("") };
    client.update_app(APP, &update).await.unwrap();
    client.update_app(APP, &AppUpdate::default()).await.unwrap();
    client.delete_app(APP).await.unwrap();
    client.set_connector_owners(APP, CONNECTOR, PRIMARY_OWNER, &["u1".to_owned(), "u2".to_owned()]).await.unwrap();
    client.set_connector_owners(APP, CONNECTOR, PRIMARY_OWNER, &[]).await.unwrap();
    client.pause_sync(APP, CONNECTOR).await.unwrap();
    client.resume_sync(APP, CONNECTOR).await.unwrap();

    let connector = format!("/apps/{APP}/connectors/{CONNECTOR}");
    let expected = [
        ("POST /api/v1/apps".to_owned(), json!({"displayName": "Okta"})),
        (
            format!("POST /api/v1/apps/{APP}"),
            json!({"app": {"displayName": "Okta 2", "description": ""}, "updateMask": "description,displayName"}),
        ),
        (format!("GET /api/v1/apps/{APP}"), Value::Null),
        (format!("DELETE /api/v1/apps/{APP}"), json!({})),
        (
            format!("PUT /api/v2{connector}/owners"),
            json!({"roleSlug": "primary", "userRefs": [{"id": "u1"}, {"id": "u2"}]}),
        ),
        (format!("PUT /api/v2{connector}/owners"), json!({"roleSlug": "primary", "userRefs": []})),
        (format!("POST /api/v1{connector}/pause"), json!({})),
        (format!("POST /api/v1{connector}/resume"), json!({})),
    ];
    let seen = world.seen();
    assert_eq!(seen.len(), expected.len());
    for (seen, (line, body)) in seen.iter().zip(expected) {
        assert_eq!(seen.line, line);
        let sent = if seen.body.is_empty() { Value::Null } else { serde_json::from_str(&seen.body).unwrap() };
        assert_eq!(sent, body, "{line}");
    }
}

#[tokio::test]
async fn searches_are_retried_and_creates_are_not() {
    let failures = || (0..9).map(|_| error_response(503, 14, "no")).collect();
    let world = World::new(failures()).await;
    let error = world.client.search_users(UserSearch::Email("a@b.c")).await.unwrap_err();
    assert_eq!((world.seen().len(), error.may_have_taken_effect()), (5, false));
    let world = World::new(failures()).await;
    let app = CreateApp { display_name: "Okta".to_owned(), description: None };
    let error = world.client.create_app(&app).await.unwrap_err();
    assert_eq!((world.seen().len(), error.may_have_taken_effect()), (1, true));
}

// Responses.

#[tokio::test]
async fn searches_return_matching_users_of_all_pages() {
    let page = |users: Value, next: &str| ok(json!({"list": users, "expanded": null, "nextPageToken": next}));
    let first = json!([{"user": {"id": "u1", "email": "ADA@b.c"}}, {"user": null}, null, {"user": {"id": "u2"}}]);
    let second = json!([{"user": {"id": "u3", "email": "", "emails": ["x@b.c", "ada@b.c"]}}, {"user": {"id": ""}}]);
    let world = World::new(vec![page(first.clone(), "p1"), page(second, ""), page(first, "")]).await;
    let ids = |users: Vec<model::User>| users.into_iter().map(|user| user.id).collect::<Vec<_>>();
    assert_eq!(ids(world.client.search_users(UserSearch::Email("ada@b.c")).await.unwrap()), ["u1", "u3"]);
    let wanted = ["u2".to_owned(), "u9".to_owned()];
    assert_eq!(ids(world.client.search_users(UserSearch::Ids(&wanted)).await.unwrap()), ["u2"]);
    let bodies: Vec<Value> = world.seen().iter().map(|seen| serde_json::from_str(&seen.body).unwrap()).collect();
    assert_eq!(
        bodies,
        [
            json!({"email": "ada@b.c", "pageSize": 100}),
            json!({"email": "ada@b.c", "pageSize": 100, "pageToken": "p1"}),
            json!({"refs": [{"id": "u2"}, {"id": "u9"}], "pageSize": 100}),
        ]
    );
    assert!(world.lines().iter().all(|line| line == "POST /api/v1/search/users"));

    // The service would return all objects.
    let world = World::new(vec![]).await;
    assert!(world.client.search_users(UserSearch::Email("")).await.unwrap().is_empty());
    assert!(world.client.search_users(UserSearch::Ids(&[])).await.unwrap().is_empty());
    assert!(world.client.search_users(UserSearch::Ids(&[String::new()])).await.unwrap().is_empty());
    assert!(world.client.search_apps("").await.unwrap().is_empty());
    assert!(world.seen().is_empty());
}

#[tokio::test]
async fn apps_are_found_by_name_unless_they_are_deleted() {
    let apps = json!({"list": [{"id": "a1", "displayName": "OKTA"}, {"id": "a2", "displayName": "Okta (old)"},
        {"id": "a3", "displayName": "Okta", "deletedAt": "2026-08-20T10:00:00Z"}, {"id": "", "displayName": "Okta"}]});
    let world = World::new(vec![ok(apps)]).await;
    let found = world.client.search_apps("okta").await.unwrap();
    assert_eq!(found.into_iter().map(|app| app.id).collect::<Vec<_>>(), ["a1"]);
    assert_eq!(world.lines(), ["POST /api/v1/search/apps"]);
}

#[tokio::test]
async fn roles_and_owners_are_listed() {
    let roles = json!({"list": [{"id": "r1", "name": "system:owner", "displayName": null}, {"id": null}]});
    let owners = json!({"list": [{"roleSlug": "primary", "user": {"id": "u1"}, "createdAt": null}, {"user": null}]});
    let world = World::new(vec![ok(roles), ok(owners.clone()), ok(owners)]).await;
    let roles = world.client.list_roles().await.unwrap();
    assert!(matches!(roles.as_slice(), [role] if role.may_own_connectors() && role.title() == "system:owner"));
    let owners = world.client.list_connector_owners(APP, CONNECTOR, None).await.unwrap();
    assert_eq!((owners[0].role_slug.as_str(), owners[0].user.id.as_str()), ("primary", "u1"));
    world.client.list_connector_owners(APP, CONNECTOR, Some("primary")).await.unwrap();
    let path = format!("GET /api/v2/apps/{APP}/connectors/{CONNECTOR}/owners/users?page_size=100");
    assert_eq!(world.lines()[1..], [path.clone(), format!("{path}&role_slug=primary")]);
}

#[tokio::test]
async fn lists_are_read_to_the_last_page_and_cycles_are_errors() {
    let page = |ids: &[&str], next: Value| {
        let list: Vec<Value> = ids.iter().map(|id| json!({"connector": {"id": id}})).collect();
        ok(json!({"list": list, "expanded": [], "nextPageToken": next}))
    };
    let odd = ok(
        json!({"list": [null, {"connector": null}, {}, {"connector": {"id": ""}}, {"connector": {"id": "c"}}], "nextPageToken": "p/2+="}),
    );
    let world = World::new(vec![page(&["a", "b"], json!("p1")), odd, ok(json!({"list": null}))]).await;
    let listed = world.client.list_connectors(APP).await.unwrap();
    let ids: Vec<&str> = listed.connectors.iter().map(|c| c.id.as_str()).collect();
    assert_eq!((ids.as_slice(), listed.hidden), (&["a", "b", "c"][..], 4));
    let base = format!("GET /api/v1/apps/{APP}/connectors?page_size=100");
    assert_eq!(
        world.lines(),
        [base.clone(), format!("{base}&page_token=p1"), format!("{base}&page_token=p%2F2%2B%3D")]
    );

    let world = World::new((0..9).map(|n| page(&["a"], json!(["p1", "p2"][n % 2]))).collect()).await;
    let error = world.client.list_connectors(APP).await.unwrap_err();
    assert!(shown(&error).contains("the pages repeat"));
    assert_eq!(world.seen().len(), 3);
}

#[tokio::test]
async fn a_success_without_the_object_is_an_error_with_the_possible_effect() {
    for body in [
        json!({}),
        json!({"connectorView": null}),
        json!({"connectorView": {"connector": null}}),
        json!({"connectorView": {"connector": {"id": ""}}}),
        json!({"connectorView": {"connector": {"id": 7}}}),
        json!([]),
        json!(null),
    ] {
        let world = World::new(vec![ok(body.clone()), ok(body.clone())]).await;
        let error = world.client.get_connector(APP, CONNECTOR).await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }) && !error.may_have_taken_effect(), "{body}");
        let error = world.client.create_connector(APP, &create()).await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }) && error.may_have_taken_effect(), "{body}");
        assert_eq!(world.seen().len(), 2);
    }
    for body in ["<html>canary</html>", r#"{"connectorView":{"connector":{"id":"canary"#, ""] {
        let world = World::new(vec![body.to_owned().into_response()]).await;
        let error = world.client.create_connector(APP, &create()).await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }) && error.may_have_taken_effect(), "{}", shown(&error));
    }
}

#[tokio::test]
async fn apps_and_users_are_decoded() {
    let app = json!({"app": {"id": APP, "displayName": "Okta", "deletedAt": null, "appOwners": null}});
    let user = json!({"userView": {"user": {"id": "2UserA", "email": "a@b.c", "roleIds": null, "status": "DREAMING"}}});
    let world = World::new(vec![ok(app), ok(user), ok(json!({"userView": null}))]).await;
    let app = world.client.get_app(APP).await.unwrap();
    assert_eq!((app.display_name.as_str(), app.deleted_at), ("Okta", None));
    let user = world.client.get_user("2UserA").await.unwrap();
    assert_eq!((user.email.as_str(), user.role_ids.len()), ("a@b.c", 0));
    assert_eq!(user.status, model::UserStatus::Other("DREAMING".to_owned()));
    assert!(matches!(world.client.get_user("2UserA").await, Err(Error::Decode { .. })));
}

#[test]
fn connectors_are_decoded_with_null_absent_and_unknown_fields() {
    let full = json!({"id": "c", "appId": "a", "catalogId": CatalogEntry::Okta.catalog_id(), "displayName": "Okta", "description": "",
        "userIds": ["u1", "u2"],
        "config": {"@type": "type.googleapis.com/c1.api.app.v1.EnvConfig", "configuration": {
            "okta_domain": {"stringValue": "acme.okta.com"}, "okta_api_key": {"stringValue": "canary-secret"}}},
        "configUpdatedAt": "2026-08-20T10:00:00.123456Z", "connectorApiVersion": 0, "connectorSyncCronSchedule": null,
        "createdAt": "2026-08-20T10:00:00.123456Z", "updatedAt": "", "deletedAt": null,
        "status": {"status": "SYNC_STATUS_RUNNING", "lastError": "", "startedAt": "2026-08-20T10:00:01Z", "completedAt": null},
        "canResumeSync": false, "syncDisabledAt": null, "syncDisabledCategory": null, "disableCheckBadSync": null,
        "somethingNew": {"deep": [1]}});
    let connector: Connector = serde_json::from_value(full.clone()).unwrap();
    assert!(!format!("{connector:?}").contains("canary"));
    assert_eq!(connector.config_updated_at.unwrap().as_str(), "2026-08-20T10:00:00.123456Z");
    assert_eq!((connector.sync_disabled_at, connector.deleted_at), (None, None));
    assert_eq!(connector.status.unwrap().status, SyncStatus::Running);
    assert_eq!(connector.config.unwrap().get("okta_domain"), Some("acme.okta.com"));

    // Each field may be null or absent.
    for (name, _) in full.as_object().unwrap() {
        for change in [Some(Value::Null), None] {
            let mut body = full.clone();
            match change {
                Some(null) => body[name] = null,
                None => drop(body.as_object_mut().unwrap().remove(name)),
            }
            assert!(serde_json::from_value::<Connector>(body).is_ok(), "{name}");
        }
    }
    for (status, expected) in [
        (json!({"status": "SYNC_STATUS_DONE"}), SyncStatus::Done),
        (json!({"status": "SYNC_STATUS_ERROR"}), SyncStatus::Error),
        (json!({"status": "SYNC_STATUS_DISABLED"}), SyncStatus::Disabled),
        (json!({"status": "SYNC_STATUS_DREAMING"}), SyncStatus::Other("SYNC_STATUS_DREAMING".to_owned())),
        (json!({"status": null}), SyncStatus::Unspecified),
        (json!({}), SyncStatus::Unspecified),
    ] {
        let connector: Connector = serde_json::from_value(json!({"id": "c", "status": status})).unwrap();
        assert_eq!(connector.status.unwrap().status, expected);
    }
}
