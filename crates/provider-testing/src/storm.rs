//! Many creates at once whose answers are lost in every way, and what is left afterwards.

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

/// As many operations as Terraform runs at once by default.
const PARALLELISM: usize = 10;

/// Ways in which a create is not answered: not carried out, carried out, in the middle, and a service that fails.
const WAYS: [(FaultKind, Option<u16>); 5] = [
    (FaultKind::DropBefore, None),
    (FaultKind::DropAfter, None),
    (FaultKind::Truncate, None),
    (FaultKind::Html, Some(502)),
    (FaultKind::Status, Some(503)),
];

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Storm {
    /// How many creates were not answered.
    pub struck: u64,
    /// How many integrations were in the state after the first apply.
    pub first_apply: usize,
    /// How many needed another one, because nothing had been created.
    pub second_apply: usize,
    /// Connectors that exist in the end and are in no state.
    pub orphans: usize,
    /// Integrations in a state whose connector does not exist, or is another's too.
    pub missing: usize,
}

/// Creates so many integrations, ten at a time in the tenant's few apps, each with an answer that is lost in some way.
pub async fn storm(integrations: usize) -> Storm {
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
                Some(state) => panic!("a connector that is in doubt: {state:?} {:?}", outcome.diagnostics),
                None => Err(number),
            }
        }
    };

    // Each create gets a random fault.
    let mut random = crate::random();
    let faults = (0..integrations).map(|_| {
        let (kind, status) = WAYS[random.random_range(0..WAYS.len())];
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
    let struck = sandbox.faults().struck();
    sandbox.faults().clear();
    let left: Vec<usize> = first.iter().filter_map(|outcome| outcome.as_ref().err().copied()).collect();
    let second_apply = left.len();
    let second: Vec<Result<String, usize>> =
        futures::stream::iter(left).map(apply).buffer_unordered(PARALLELISM).collect().await;

    let known: Vec<String> = first.into_iter().chain(second).flatten().collect();
    let state: Json = reqwest::get(format!("{}/_sandbox/state", ready.c1_url)).await.unwrap().json().await.unwrap();
    let living = state["connectors"].as_array().unwrap().iter().filter(|connector| connector["deleted_at"].is_null());
    let living: BTreeSet<String> = living.map(|connector| connector["id"].as_str().unwrap().to_owned()).collect();
    let distinct: BTreeSet<&String> = known.iter().filter(|id| living.contains(*id)).collect();
    Storm {
        struck,
        first_apply: integrations - second_apply,
        second_apply,
        orphans: living.len() - distinct.len(),
        missing: integrations - distinct.len(),
    }
}

fn id(state: &Value) -> String {
    let Value::String(id) = state.attribute("id") else { panic!("{state:?} has no id") };
    id.clone()
}
