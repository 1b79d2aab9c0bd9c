//! A sandbox, the ways to it, and a provider process for every step.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use c1_sandbox::{C1Behaviour, Options, Sandbox};
use serde_json::Value as Json;
use tempfile::TempDir;
use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::plugin::proto::tfplugin5::Diagnostic;
use terraform_provider_conductorone::provider::ConductorOne;

use crate::gate::Gate;
use crate::operations::{Change, Effect, Kind, Operation};
use crate::trust;
use provider_testing::rpc::{Rpc, has_error};
use test_support::SkippingClock;

thread_local! {
    /// The variable in which a ready access token comes, for the processes of this thread.
    static ACCESS_TOKEN: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn environment(name: &str) -> Option<String> {
    if name == "CONDUCTORONE_ACCESS_TOKEN" { ACCESS_TOKEN.with_borrow(Clone::clone) } else { None }
}

/// A world for one operation.
pub struct World {
    pub operation: Operation,
    pub sandbox: Sandbox,
    pub conductorone: Gate,
    pub okta: Gate,
    pub clock: Arc<SkippingClock>,
    /// The object that exists, as Terraform keeps it.
    pub object: Option<(Value, Vec<u8>)>,
    /// Which variant of the configuration is next.
    pub variant: u32,
    folder: TempDir,
    http: reqwest::Client,
    /// The process that everything but the operation itself runs in, and the one for the operation.
    calm: Rpc,
    tried: Rpc,
}

impl World {
    /// A world in which both services are reached with or without TLS.
    pub async fn new(operation: Operation, tls: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut c1_behaviour = C1Behaviour::default();
        operation.switches().iter().for_each(|switch| c1_behaviour.set(switch).unwrap());
        let sandbox = Sandbox::start(Options {
            sync_duration: Duration::from_millis(1),
            journal: Some(folder.path().join("journal")),
            c1_behaviour,
            ..Options::default()
        })
        .await
        .unwrap();
        let authority = tls.then(trust::trusted);
        let gate = |url: &str| Gate::to(url, authority.as_ref());
        let (conductorone, okta) = (gate(&sandbox.ready().c1_url), gate(&sandbox.ready().okta_url));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let (clock, object) = Default::default();
        let variant = 0;
        let process = || {
            let rpc = Rpc::new(ConductorOne::new(environment, Arc::<SkippingClock>::clone(&clock)));
            if operation.kind() == Kind::App { rpc.about_apps() } else { rpc }
        };
        let (calm, tried) = (process(), process());
        let world = Self { operation, sandbox, conductorone, okta, clock, object, variant, folder, http, calm, tried };
        let ready = world.sandbox.ready();
        world.calm.clone().signed_in(&world.conductorone.url(), &ready.client_id, &ready.client_secret).await;
        world
    }

    /// Where the provider is to find the org.
    pub fn okta_url(&self) -> String {
        self.okta.url()
    }

    /// The process for what no fault strikes.
    pub fn calm(&self) -> Rpc {
        self.calm.clone()
    }

    /// The process for the operation: signed in anew, so that it knows nothing yet, unless signing in is the operation.
    pub async fn ready_to_try(&self) -> Rpc {
        if self.operation.is_sign_in() {
            return self.tried.clone();
        }
        let ready = self.sandbox.ready();
        self.tried.clone().signed_in(&self.conductorone.url(), &ready.client_id, &ready.client_secret).await
    }

    /// Configures a process in the way of the operation.
    pub async fn sign_in(&self, rpc: &Rpc) -> Vec<Diagnostic> {
        let ready = self.sandbox.ready();
        let url = self.conductorone.url();
        let server_url = ("server_url", Value::from(url.as_str()));
        let text = |text: &str| Value::from(text);
        match self.operation {
            Operation::SignInFederated => {
                let claims =
                    [server_url, ("client_id", text(&ready.oidc_client_id)), ("oidc_token", text(&ready.oidc_token))];
                rpc.configure(&claims).await
            }
            Operation::SignInWithAccessToken => {
                ACCESS_TOKEN.set(Some(ready.access_token.clone()));
                let said = rpc.configure(&[server_url]).await;
                ACCESS_TOKEN.set(None);
                said
            }
            _ => {
                let key =
                    [server_url, ("client_id", text(&ready.client_id)), ("client_secret", text(&ready.client_secret))];
                rpc.configure(&key).await
            }
        }
    }

    /// Makes the world as the operation needs it, and plans what it applies. No fault may be ordered.
    pub async fn prepare(&mut self) -> Option<Change> {
        if self.operation.needs_object() && self.object.is_none() {
            let rpc = self.calm();
            let change = self.planned(&rpc, Effect::Creates).await;
            self.object = Some(self.applied(&rpc, &change).await);
        }
        match self.operation.effect() {
            Effect::None => None,
            effect => {
                let rpc = self.calm();
                Some(self.planned(&rpc, effect).await)
            }
        }
    }

    /// A change planned without a fault.
    pub async fn planned(&mut self, rpc: &Rpc, effect: Effect) -> Change {
        let (prior, private) = self.object.clone().unwrap_or((Value::Null, Vec::new()));
        let config = if effect == Effect::Deletes {
            Value::Null
        } else {
            self.variant += 1;
            self.config(rpc, self.variant)
        };
        let planned = rpc.plan(&prior, &config, &private).await;
        assert!(!has_error(&planned.diagnostics), "{:?}", planned.diagnostics);
        Change { config, planned }
    }

    /// Applies a change, which has to succeed.
    pub async fn applied(&self, rpc: &Rpc, change: &Change) -> (Value, Vec<u8>) {
        let prior = self.object.as_ref().map_or(&Value::Null, |(state, _)| state);
        let outcome = rpc.apply(prior, &change.planned, &change.config).await;
        assert!(!has_error(&outcome.diagnostics), "{:?}", outcome.diagnostics);
        (outcome.state.unwrap_or(Value::Null), outcome.private)
    }

    /// IDs of what exists of the operation's kind; of apps those that it made.
    pub async fn living(&self) -> Vec<String> {
        let url = format!("{}/_sandbox/state", self.sandbox.ready().c1_url);
        let state: Json = self.http.get(url).send().await.unwrap().json().await.unwrap();
        let ids = |list: &Json, wanted: &dyn Fn(&Json) -> bool| -> Vec<String> {
            let list = list.as_array().unwrap().iter();
            list.filter(|item| wanted(item)).map(|item| item["id"].as_str().unwrap().to_owned()).collect()
        };
        match self.operation.kind() {
            Kind::Connector => ids(&state["connectors"], &|item| item["deleted_at"].is_null()),
            Kind::App => ids(&state["apps"], &|item| item["display_name"] == "Matrix"),
        }
    }

    /// Waits until the sandbox reads no org: the time that a test lets pass is the provider's alone.
    pub async fn no_sync_runs(&self) {
        let url = format!("{}/_sandbox/state", self.sandbox.ready().c1_url);
        loop {
            let state: Json = self.http.get(&url).send().await.unwrap().json().await.unwrap();
            let mut connectors = state["connectors"].as_array().unwrap().iter();
            // One that was deleted during its sync says for ever that it runs.
            let runs =
                |connector: &Json| connector["deleted_at"].is_null() && connector["status"] == "SYNC_STATUS_RUNNING";
            if !connectors.any(runs) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Deletes an object by hand.
    pub async fn delete(&self, id: &str) {
        let ready = self.sandbox.ready();
        let path = match self.operation.kind() {
            Kind::Connector => format!("apps/{}/connectors/{id}", ready.apps[0].id),
            Kind::App => format!("apps/{id}"),
        };
        let request = self.http.delete(format!("{}/api/v1/{path}", ready.c1_url)).bearer_auth(&ready.access_token);
        request.json(&serde_json::json!({})).send().await.unwrap().error_for_status().unwrap();
    }

    /// Where the sandbox writes what it is asked.
    pub fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }
}
