//! Resource identity of an integration and imports by identity, over the protocol.
//!
//! Terraform uses resource identities since 1.12.

#![expect(clippy::unwrap_used, reason = "a failed step must end the test")]

use std::sync::Arc;
use std::time::Duration;

use c1_sandbox::{Options, Sandbox};
use provider_testing::rpc::{Rpc, has_error, shown};
use service_http::SystemClock;
use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::provider::ConductorOne;

async fn start() -> (Sandbox, Rpc) {
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
async fn identity_is_the_app_and_connector_id_after_create_read_and_update() {
    let (sandbox, rpc) = start().await;
    let attributes = rpc.identity_attributes().await;
    assert_eq!(attributes, [("app_id".to_owned(), true), ("id".to_owned(), true)]);

    let configured = config(&sandbox, &rpc, false);
    let planned = rpc.plan(&Value::Null, &configured, b"").await;
    let created = rpc.apply(&Value::Null, &planned, &configured).await;
    assert_eq!(created.diagnostics, []);
    let state = created.state.unwrap();
    let (Value::String(app_id), Value::String(id)) = (state.attribute("app_id"), state.attribute("id")) else {
        panic!("{state:?} has no IDs")
    };
    let expected = Some(identity(app_id, id));
    assert_eq!(created.identity, expected);
    assert_eq!(rpc.read(&state, &created.private).await.identity, expected);

    let configured = config(&sandbox, &rpc, true);
    let planned = rpc.plan(&state, &configured, &created.private).await;
    assert_eq!(rpc.apply(&state, &planned, &configured).await.identity, expected);
}

#[tokio::test]
async fn import_by_identity_equals_import_by_id() {
    let (sandbox, rpc) = start().await;
    let configured = config(&sandbox, &rpc, true);
    let planned = rpc.plan(&Value::Null, &configured, b"").await;
    let state = rpc.apply(&Value::Null, &planned, &configured).await.state.unwrap();
    let (Value::String(app_id), Value::String(id)) = (state.attribute("app_id"), state.attribute("id")) else {
        panic!("{state:?} has no IDs")
    };
    let expected = identity(app_id, id);

    let by_identity = rpc.import("", Some(&expected)).await;
    let by_id = rpc.import(&format!("{app_id}/{id}"), None).await;
    assert_eq!((by_identity.diagnostics.as_slice(), by_id.diagnostics.as_slice()), (&[][..], &[][..]));
    assert_eq!(by_identity.state, by_id.state);
    for imported in [by_identity, by_id] {
        assert_eq!(imported.identity.as_ref(), Some(&expected));
        let read = rpc.read(&imported.state.unwrap(), &imported.private).await;
        assert_eq!(read.identity.as_ref(), Some(&expected));
        let read = read.state.unwrap();
        for attribute in ["app_id", "id", "domain", "skip_inactive_apps"] {
            assert_eq!(read.attribute(attribute), state.attribute(attribute), "{attribute}");
        }
    }
}

#[tokio::test]
async fn invalid_identities_and_unknown_identity_versions_are_rejected() {
    let (sandbox, rpc) = start().await;
    let app_id = sandbox.ready().apps[0].id.clone();
    for invalid in [identity("", "x"), identity(&app_id, "../x"), identity(&app_id, "")] {
        let imported = rpc.import("", Some(&invalid)).await;
        assert!(has_error(&imported.diagnostics), "{invalid:?}");
        assert!(shown(&imported.diagnostics[0]).starts_with("Error: Import identity is not valid"), "{invalid:?}");
        assert_eq!(imported.state, None, "{invalid:?}");
    }
    // The import of a missing connector succeeds, and the read that core sends next removes it.
    let missing = rpc.import("", Some(&identity(&app_id, "2zzzzzzzzzzzzzzzzzzzzzzzzzz"))).await;
    let read = rpc.read(&missing.state.unwrap(), &missing.private).await;
    assert_eq!(read.state, Some(Value::Null));

    let json = format!(r#"{{"app_id": "{app_id}", "id": "2Conn"}}"#);
    assert_eq!(rpc.upgrade_identity(0, &json).await, (Some(identity(&app_id, "2Conn")), vec![]));
    for (version, json) in [(7, json.as_str()), (0, "[]"), (0, "null"), (0, "{")] {
        let (upgraded, diagnostics) = rpc.upgrade_identity(version, json).await;
        assert!(upgraded.is_none() && has_error(&diagnostics), "{version} {json}");
    }
}
