//! What identifies an integration over its life, and taking one over by it: with the real provider, over the protocol.
//!
//! Terraform calls this from 1.12 on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::sync::Arc;
use std::time::Duration;

use c1_sandbox::{Options, Sandbox};
use provider_testing::rpc::{Rpc, has_error, shown};
use service_http::SystemClock;
use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::provider::ConductorOne;

async fn world() -> (Sandbox, Rpc) {
    let options = Options { sync_duration: Duration::from_millis(20), ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    let rpc = Rpc::new(ConductorOne::new(|_| None, Arc::new(SystemClock)));
    let ready = sandbox.ready();
    let rpc = rpc.signed_in(&ready.c1_url, &ready.client_id, &ready.client_secret).await;
    (sandbox, rpc)
}

fn identity(app_id: &str, id: &str) -> Value {
    Value::Map([("app_id".to_owned(), app_id.into()), ("id".to_owned(), id.into())].into())
}

fn config(sandbox: &Sandbox, rpc: &Rpc, skip_inactive_apps: bool) -> Value {
    let ready = sandbox.ready();
    rpc.object(&[
        ("app_id", ready.apps[0].id.as_str().into()),
        ("domain", ready.okta_url.as_str().into()),
        ("api_token", ready.okta_tokens.read_only.as_str().into()),
        ("skip_inactive_apps", Value::Bool(skip_inactive_apps)),
    ])
}

#[tokio::test]
async fn an_integration_is_identified_by_its_app_and_its_id_from_create_to_update() {
    let (sandbox, rpc) = world().await;
    let attributes = rpc.identity_attributes().await;
    assert_eq!(attributes, [("app_id".to_owned(), true), ("id".to_owned(), true)]);

    let written = config(&sandbox, &rpc, false);
    let planned = rpc.plan(&Value::Null, &written, b"").await;
    let created = rpc.apply(&Value::Null, &planned, &written).await;
    assert_eq!(created.diagnostics, []);
    let state = created.state.unwrap();
    let (Value::String(app_id), Value::String(id)) = (state.attribute("app_id"), state.attribute("id")) else {
        panic!("{state:?} has no ids")
    };
    let own = Some(identity(app_id, id));
    assert_eq!(created.identity, own);
    assert_eq!(rpc.read(&state, &created.private).await.identity, own);

    let written = config(&sandbox, &rpc, true);
    let planned = rpc.plan(&state, &written, &created.private).await;
    assert_eq!(rpc.apply(&state, &planned, &written).await.identity, own);
}

#[tokio::test]
async fn an_integration_is_taken_over_by_its_identity_as_by_its_import_id() {
    let (sandbox, rpc) = world().await;
    let written = config(&sandbox, &rpc, true);
    let planned = rpc.plan(&Value::Null, &written, b"").await;
    let state = rpc.apply(&Value::Null, &planned, &written).await.state.unwrap();
    let (Value::String(app_id), Value::String(id)) = (state.attribute("app_id"), state.attribute("id")) else {
        panic!("{state:?} has no ids")
    };
    let own = identity(app_id, id);

    let by_identity = rpc.import("", Some(&own)).await;
    let by_id = rpc.import(&format!("{app_id}/{id}"), None).await;
    assert_eq!((by_identity.diagnostics.as_slice(), by_id.diagnostics.as_slice()), (&[][..], &[][..]));
    assert_eq!(by_identity.state, by_id.state);
    for imported in [by_identity, by_id] {
        assert_eq!(imported.identity.as_ref(), Some(&own));
        let read = rpc.read(&imported.state.unwrap(), &imported.private).await;
        assert_eq!(read.identity.as_ref(), Some(&own));
        let read = read.state.unwrap();
        for attribute in ["app_id", "id", "domain", "skip_inactive_apps"] {
            assert_eq!(read.attribute(attribute), state.attribute(attribute), "{attribute}");
        }
    }
}

#[tokio::test]
async fn an_identity_of_no_connector_is_refused_and_one_of_a_foreign_version_too() {
    let (sandbox, rpc) = world().await;
    let app_id = sandbox.ready().apps[0].id.clone();
    for wrong in [identity("", "x"), identity(&app_id, "../x"), identity(&app_id, "")] {
        let refused = rpc.import("", Some(&wrong)).await;
        assert!(has_error(&refused.diagnostics), "{wrong:?}");
        assert!(shown(&refused.diagnostics[0]).starts_with("Error: Import identity is not valid"), "{wrong:?}");
        assert_eq!(refused.state, None, "{wrong:?}");
    }
    // What does not exist is imported and then found to be gone, as core has it.
    let gone = rpc.import("", Some(&identity(&app_id, "2zzzzzzzzzzzzzzzzzzzzzzzzzz"))).await;
    let read = rpc.read(&gone.state.unwrap(), &gone.private).await;
    assert_eq!(read.state, Some(Value::Null));

    let json = format!(r#"{{"app_id": "{app_id}", "id": "2Conn"}}"#);
    assert_eq!(rpc.upgrade_identity(0, &json).await, (Some(identity(&app_id, "2Conn")), vec![]));
    for (version, json) in [(7, json.as_str()), (0, "[]"), (0, "null"), (0, "{")] {
        let (upgraded, diagnostics) = rpc.upgrade_identity(version, json).await;
        assert!(upgraded.is_none() && has_error(&diagnostics), "{version} {json}");
    }
}
