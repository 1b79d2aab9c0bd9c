//! One sandbox, and a client that says what it wants in one line.

use std::time::Duration;

use c1_sandbox::{C1Behaviour, Clock, ManualClock, Options, Sandbox};
use okta_client::{AuthenticatedClient, Client, Limits, Token};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

pub(crate) const OKTA: &str = "23w9L3qudsiSZQJ8jUP1KYyQqVW";

pub(crate) const OKTA_V2: &str = "2kG3aTftCcAvWtHZt2Ywry0dPn7";

/// A sync in tests is long enough to be seen running and no longer.
pub(crate) const SYNC: Duration = Duration::from_millis(150);

pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
    /// The sandbox's clock if the test advances it.
    clock: Option<ManualClock>,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let clock = match &options.clock {
            Clock::System => None,
            Clock::Manual(clock) => Some(clock.clone()),
        };
        let sandbox = Sandbox::start(Options { sync_duration: SYNC, ..options }).await.unwrap();
        Self { sandbox, http: client(), clock }
    }

    /// A sandbox whose clock stands still until [`Bench::advance`] or [`Bench::settled`] advances it.
    pub(crate) async fn with_manual_clock(options: Options) -> Self {
        Self::with(Options { clock: Clock::Manual(ManualClock::new()), ..options }).await
    }

    pub(crate) fn clock(&self) -> &ManualClock {
        self.clock.as_ref().expect("the test uses a manual clock")
    }

    pub(crate) fn advance(&self, duration: Duration) {
        self.clock().advance(duration);
    }

    /// Waits until at least `count` tasks of the sandbox sleep on its manual clock. The scheduler of syncs is one.
    pub(crate) async fn sleepers(&self, count: usize) {
        let waited = tokio::time::timeout(Duration::from_secs(10), self.clock().wait_for_sleepers(count)).await;
        assert!(waited.is_ok(), "{} of {count} tasks sleep", self.clock().sleepers());
    }

    /// A sandbox with these switches, each `NAME=VALUE`.
    pub(crate) async fn behaving(switches: &[&str]) -> Self {
        let mut c1_behaviour = C1Behaviour::default();
        switches.iter().for_each(|switch| c1_behaviour.set(switch).unwrap());
        Self::with(Options { c1_behaviour, ..Options::default() }).await
    }

    pub(crate) fn c1(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.ready().c1_url)
    }

    pub(crate) fn app(&self) -> &str {
        &self.sandbox.ready().apps[0].id
    }

    pub(crate) fn user(&self, index: usize) -> &str {
        &self.sandbox.ready().users[index].id
    }

    /// A call to ConductorOne with the permanent token. `body` null: none.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = self.http.request(method, self.c1(path)).bearer_auth(&self.sandbox.ready().access_token);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, body).await
    }

    /// A call that has to succeed.
    pub(crate) async fn ok(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method.clone(), path, body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// A call that has to be refused with this status and gRPC code.
    pub(crate) async fn refused(&self, status: u16, code: i32, method: Method, path: &str, body: Value) {
        let (found, answer) = self.call(method.clone(), path, body).await;
        assert_eq!((found, &answer["code"]), (status, &json!(code)), "{method} {path}: {answer}");
        assert!(answer["message"].is_string() && answer["details"] == json!([]), "{answer}");
    }

    pub(crate) fn connectors(&self) -> String {
        format!("/api/v1/apps/{}/connectors", self.app())
    }

    /// The body of a create that connects to the sandbox's own org.
    pub(crate) fn create_body(&self) -> Value {
        let ready = self.sandbox.ready();
        json!({"catalogId": OKTA, "config": config(&ready.okta_url, &ready.okta_tokens.read_only, &[])})
    }

    /// A new connector to the sandbox's own org.
    pub(crate) async fn create(&self) -> Value {
        let answer = self.ok(Method::POST, &format!("{}/create", self.connectors()), self.create_body()).await;
        answer["connectorView"]["connector"].clone()
    }

    pub(crate) async fn connector(&self, id: &str) -> Value {
        self.ok(Method::GET, &format!("{}/{id}", self.connectors()), Value::Null).await["connectorView"]["connector"]
            .clone()
    }

    /// Returns the connector once no sync runs. Advances a manual clock by the duration of a sync until then.
    pub(crate) async fn settled(&self, id: &str) -> Value {
        for _ in 0..1_000 {
            let connector = self.connector(id).await;
            if connector["status"]["status"] != "SYNC_STATUS_RUNNING" {
                return connector;
            }
            if let Some(clock) = &self.clock {
                clock.advance(SYNC);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the sync of {id} does not end");
    }

    /// Polls until `check` returns a value. Advances a manual clock by the duration of a sync between two polls.
    pub(crate) async fn until<T>(&self, check: impl AsyncFn() -> Option<T>) -> T {
        for _ in 0..2_000 {
            if let Some(value) = check().await {
                return value;
            }
            if let Some(clock) = &self.clock {
                clock.advance(SYNC);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the sandbox does not reach the expected state");
    }

    /// `/_sandbox/state`'s view of a connector.
    pub(crate) async fn inside(&self, id: &str) -> Value {
        let state = self.ok(Method::GET, "/_sandbox/state", Value::Null).await;
        let connectors = state["connectors"].as_array().unwrap();
        connectors.iter().find(|connector| connector["id"] == id).unwrap().clone()
    }
}

pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

pub(crate) fn config(domain: &str, token: &str, flags: &[(&str, &str)]) -> Value {
    let mut fields = json!({"okta_domain": {"stringValue": domain}, "okta_api_key": {"stringValue": token}});
    for (name, value) in flags {
        fields[*name] = json!({"stringValue": value});
    }
    json!({"@type": "type.googleapis.com/c1.api.app.v1.EnvConfig", "configuration": fields})
}

/// The provider's client of a sandbox's org.
pub(crate) async fn authenticated(bench: &Bench, token: &str, limits: Limits) -> AuthenticatedClient {
    let client =
        Client::new(bench.sandbox.ready().okta_url.parse().unwrap(), service_http::Client::new("test/1"), limits);
    client.organization().await.unwrap().with_token(Token::try_new(SecretString::from(token)).unwrap())
}
