//! Concurrent creates with dropped responses, and the connectors and state entries that remain.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use c1_sandbox::{Fault, FaultKind, Options, Sandbox, Service};
use futures::StreamExt;
use rand::RngExt;
use serde_json::Value as Json;
use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::provider::ConductorOne;

use crate::rpc::{Rpc, has_error};
use test_support::SkippingClock;

/// Terraform's default number of concurrent operations.
const PARALLELISM: usize = 10;

/// Faults: a dropped response before or after the service acts, a truncated one, and errors of a proxy and of the service.
const FAULTS: [(FaultKind, Option<u16>); 5] = [
    (FaultKind::DropBefore, None),
    (FaultKind::DropAfter, None),
    (FaultKind::Truncate, None),
    (FaultKind::Html, Some(502)),
    (FaultKind::Status, Some(503)),
];

/// Counts after two applies.
#[derive(Debug, PartialEq, Eq)]
pub struct DroppedCreates {
    /// Number of dropped responses.
    pub dropped: u64,
    /// Number of integrations in the state after the first apply.
    pub first_apply: usize,
    /// Number of integrations that the second apply created.
    pub second_apply: usize,
    /// Number of connectors without a state entry.
    pub untracked: usize,
    /// Number of state entries without a connector of their own.
    pub missing: usize,
}

/// Creates this many integrations in the tenant's apps, 10 at a time, each with a fault.
pub async fn run(integrations: usize) -> DroppedCreates {
    let options = Options { sync_duration: Duration::from_millis(1), ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let ready = sandbox.ready().clone();
    let rpc = Rpc::new(ConductorOne::new(|_| None, Arc::<SkippingClock>::default()));
    let rpc = rpc.signed_in(&ready.c1_url, &ready.client_id, &ready.client_secret).await;
    let config = |number: usize| {
        rpc.object(&[
            ("app_id", ready.apps[number % ready.apps.len()].id.as_str().into()),
            ("domain", ready.okta_url.as_str().into()),
            ("api_token", ready.okta_tokens.read_only.as_str().into()),
        ])
    };
    let apply = |number: usize| {
        let (rpc, config) = (&rpc, config(number));
        async move {
            let planned = rpc.plan(&Value::Null, &config, b"").await;
            let outcome = rpc.apply(&Value::Null, &planned, &config).await;
            match outcome.state.filter(|state| !state.is_null()) {
                Some(state) if !has_error(&outcome.diagnostics) => Ok(id(&state)),
                Some(state) => panic!(
                    "the state contains a connector although the create failed: {state:?} {:?}",
                    outcome.diagnostics
                ),
                None => Err(number),
            }
        }
    };

    // Each create gets a random fault.
    let mut random = crate::random();
    let faults = (0..integrations).map(|_| {
        let (kind, status) = FAULTS[random.random_range(0..FAULTS.len())];
        let (method, path) = ("POST".to_owned(), "/api/v1/apps/*/connectors/create".to_owned());
        let service = Service::ConductorOne;
        Fault {
            service,
            method,
            path,
            user_agent: "*".to_owned(),
            kind,
            times: 1,
            status,
            delay_ms: 0,
            retry_after: None,
        }
    });
    sandbox.faults().add(faults.collect());
    let first: Vec<Result<String, usize>> =
        futures::stream::iter(0..integrations).map(apply).buffer_unordered(PARALLELISM).collect().await;
    let dropped = sandbox.faults().struck();
    sandbox.faults().clear();
    let failed: Vec<usize> = first.iter().filter_map(|outcome| outcome.as_ref().err().copied()).collect();
    let second_apply = failed.len();
    let second: Vec<Result<String, usize>> =
        futures::stream::iter(failed).map(apply).buffer_unordered(PARALLELISM).collect().await;

    let known: Vec<String> = first.into_iter().chain(second).flatten().collect();
    let state: Json = reqwest::get(format!("{}/_sandbox/state", ready.c1_url)).await.unwrap().json().await.unwrap();
    let connectors =
        state["connectors"].as_array().unwrap().iter().filter(|connector| connector["deleted_at"].is_null());
    let existing: BTreeSet<String> = connectors.map(|connector| connector["id"].as_str().unwrap().to_owned()).collect();
    let distinct: BTreeSet<&String> = known.iter().filter(|id| existing.contains(*id)).collect();
    DroppedCreates {
        dropped,
        first_apply: integrations - second_apply,
        second_apply,
        untracked: existing.len() - distinct.len(),
        missing: integrations - distinct.len(),
    }
}

fn id(state: &Value) -> String {
    let Value::String(id) = state.attribute("id") else { panic!("{state:?} has no id") };
    id.clone()
}
