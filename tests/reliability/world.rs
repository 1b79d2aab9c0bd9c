//! A sandbox with proxies in front of its services, and provider instances.

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

use crate::operations::{Change, Effect, Kind, Operation};
use crate::proxy::Proxy;
use crate::trust;
use provider_testing::rpc::{Rpc, has_error};
use test_support::SkippingClock;

thread_local! {
    /// Value of `CONDUCTORONE_ACCESS_TOKEN` for the provider instances of this thread.
    static ACCESS_TOKEN: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn environment(name: &str) -> Option<String> {
    if name == "CONDUCTORONE_ACCESS_TOKEN" { ACCESS_TOKEN.with_borrow(Clone::clone) } else { None }
}

/// The world of one operation.
pub struct World {
    pub operation: Operation,
    pub sandbox: Sandbox,
    pub conductorone: Proxy,
    pub okta: Proxy,
    pub clock: Arc<SkippingClock>,
    /// The existing object, as Terraform stores it: state and private data.
    pub object: Option<(Value, Vec<u8>)>,
    /// Number of the last variant of the configuration.
    pub variant: u32,
    folder: TempDir,
    http: reqwest::Client,
    /// The provider instance for steps without faults.
    reliable: Rpc,
    /// The provider instance for the operation with a fault, not configured yet.
    under_test: Rpc,
}

impl World {
    /// Starts a world in which the provider connects with or without TLS.
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
        let authority = tls.then(trust::authority);
        let proxy = |url: &str| Proxy::start(url, authority.as_ref());
        let (conductorone, okta) = (proxy(&sandbox.ready().c1_url), proxy(&sandbox.ready().okta_url));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let (clock, object) = Default::default();
        let variant = 0;
        let instance = || {
            let rpc = Rpc::new(ConductorOne::new(environment, Arc::<SkippingClock>::clone(&clock)));
            if operation.kind() == Kind::App { rpc.about_apps() } else { rpc }
        };
        let (reliable, under_test) = (instance(), instance());
        let world =
            Self { operation, sandbox, conductorone, okta, clock, object, variant, folder, http, reliable, under_test };
        let ready = world.sandbox.ready();
        world.reliable.clone().signed_in(&world.conductorone.url(), &ready.client_id, &ready.client_secret).await;
        world
    }

    /// Returns the org's URL for the provider.
    pub fn okta_url(&self) -> String {
        self.okta.url()
    }

    /// Returns the provider instance for steps without faults.
    pub fn reliable(&self) -> Rpc {
        self.reliable.clone()
    }

    /// Returns the provider instance for the operation. It is configured again, so that it has no cached data, unless the
    /// operation is to configure it.
    pub async fn configured(&self) -> Rpc {
        if self.operation.is_sign_in() {
            return self.under_test.clone();
        }
        let ready = self.sandbox.ready();
        self.under_test.clone().signed_in(&self.conductorone.url(), &ready.client_id, &ready.client_secret).await
    }

    /// Configures a provider instance with the operation's credentials.
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
                let diagnostics = rpc.configure(&[server_url]).await;
                ACCESS_TOKEN.set(None);
                diagnostics
            }
            _ => {
                let key =
                    [server_url, ("client_id", text(&ready.client_id)), ("client_secret", text(&ready.client_secret))];
                rpc.configure(&key).await
            }
        }
    }

    /// Creates the object that the operation requires, and plans the operation's change. No fault may be active.
    pub async fn prepare(&mut self) -> Option<Change> {
        if self.operation.needs_object() && self.object.is_none() {
            let rpc = self.reliable();
            let change = self.planned(&rpc, Effect::Creates).await;
            self.object = Some(self.applied(&rpc, &change).await);
        }
        match self.operation.effect() {
            Effect::None => None,
            effect => {
                let rpc = self.reliable();
                Some(self.planned(&rpc, effect).await)
            }
        }
    }

    /// Plans a change without a fault.
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

    /// Applies a change without a fault, and returns state and private data.
    pub async fn applied(&self, rpc: &Rpc, change: &Change) -> (Value, Vec<u8>) {
        let prior = self.object.as_ref().map_or(&Value::Null, |(state, _)| state);
        let outcome = rpc.apply(prior, &change.planned, &change.config).await;
        assert!(!has_error(&outcome.diagnostics), "{:?}", outcome.diagnostics);
        (outcome.state.unwrap_or(Value::Null), outcome.private)
    }

    /// Returns the IDs of existing objects of the operation's type, without the apps of the sandbox itself.
    pub async fn existing_ids(&self) -> Vec<String> {
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

    /// Waits until the sandbox runs no sync. Advancing the clock must only affect the provider.
    pub async fn wait_for_syncs(&self) {
        let url = format!("{}/_sandbox/state", self.sandbox.ready().c1_url);
        loop {
            let state: Json = self.http.get(&url).send().await.unwrap().json().await.unwrap();
            let mut connectors = state["connectors"].as_array().unwrap().iter();
            // A connector that is deleted during a sync keeps the status RUNNING.
            let runs =
                |connector: &Json| connector["deleted_at"].is_null() && connector["status"] == "SYNC_STATUS_RUNNING";
            if !connectors.any(runs) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Deletes an object outside Terraform.
    pub async fn delete(&self, id: &str) {
        let ready = self.sandbox.ready();
        let path = match self.operation.kind() {
            Kind::Connector => format!("apps/{}/connectors/{id}", ready.apps[0].id),
            Kind::App => format!("apps/{id}"),
        };
        let request = self.http.delete(format!("{}/api/v1/{path}", ready.c1_url)).bearer_auth(&ready.access_token);
        request.json(&serde_json::json!({})).send().await.unwrap().error_for_status().unwrap();
    }

    /// Returns the path of the sandbox's journal of requests.
    pub fn journal(&self) -> PathBuf {
        self.folder.path().join("journal")
    }
}
