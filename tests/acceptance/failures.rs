//! Errors appear in the plan, on the argument that causes them, before an object is created.

use c1_sandbox::{Options, Sandbox};
use serde_json::json;

use provider_testing::harness::{CREDENTIALS, World, assert_contains, integration};

#[tokio::test]
async fn revoked_token_fails_the_plan() {
    let mut world = World::with_fast_syncs().await;
    let token = world.sandbox.ready().okta_tokens.revoked.clone();
    world.set_variable("token", &token);
    world
        .expect_plan_error(&["Okta API token is not accepted", "api_token = var.token", "Security > API > Tokens"])
        .await;
}

#[tokio::test]
async fn host_that_is_not_an_okta_org_fails_the_plan() {
    let mut world = World::with_fast_syncs().await;
    // A second sandbox without a journal, because no API contract covers these requests.
    let other = Sandbox::start(Options::default()).await.unwrap();
    world.set_variable("domain", &other.ready().c1_url);
    world.expect_plan_error(&["No Okta org at this domain", "domain = var.domain", "Check the spelling"]).await;
}

#[tokio::test]
async fn read_only_attributes_in_the_configuration_are_errors() {
    let world = World::with_fast_syncs().await;
    world.configure(&integration(&format!("{CREDENTIALS}  display_name = \"Ours\"")));
    world.expect_plan_error(&["Argument is read-only", "display_name = \"Ours\"", "Remove it"]).await;
    world.configure(&format!(
        "data \"conductorone_app\" \"a\" {{\n  id = var.app_id\n  description = \"Ours\"\n}}\n{}",
        integration(CREDENTIALS)
    ));
    world.expect_plan_error(&["Argument is read-only", "description = \"Ours\""]).await;
}

#[tokio::test]
async fn unreachable_host_fails_the_plan() {
    let mut world = World::with_fast_syncs().await;
    // The port is free again: no process listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.set_variable("domain", &format!("http://{free}"));
    world.expect_plan_error(&["Okta org did not respond", "domain = var.domain", "validate_credentials = false"]).await;
}

#[tokio::test]
async fn missing_app_fails_the_plan() {
    let mut world = World::with_fast_syncs().await;
    world.set_variable("app_id", "2YqKzWeWLbQUvXxWJzHDkWcZ9pA");
    world.expect_plan_error(&["App does not exist", "app_id = var.app_id", "Check app_id"]).await;
}

#[tokio::test]
async fn validate_reports_invalid_arguments_offline() {
    let world = World::with_fast_syncs().await;
    let rows: &[(&str, &[&str])] = &[
        ("domain = \"acme-admin.okta.com\"\n  api_token = var.token", &["domain = ", "acme.okta.com"]),
        ("domain = \"https://acme.okta.com/app/UserHome\"\n  api_token = var.token", &["domain = ", "has a path"]),
        ("domain = \"http://acme.okta.com\"\n  api_token = var.token", &["domain = ", "http"]),
        ("domain = \"acme\"\n  api_token = var.token", &["domain = ", "acme.okta.com"]),
        ("domain = \"acme.okta.com\"", &["Okta API token is missing"]),
        ("api_token = \"00aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-_ab\"", &["Okta domain is missing"]),
        ("domain = var.domain\n  api_token = \"\"", &["Okta API token is not valid", "empty"]),
        ("owners = [\"Ada Lovelace\"]", &["Owner is neither an ID nor an email", "Ada Lovelace"]),
        ("timeouts {\n    create = \"soon\"\n  }", &["Timeout is not a duration", "create = \"soon\""]),
    ];
    for (arguments, words) in rows {
        world.configure(&integration(arguments));
        let validate = world.run(&["validate", "-no-color"]).await;
        assert_eq!(validate.code, 1, "{arguments}: {}", validate.prose());
        assert_contains(&validate, words);
    }
}

#[tokio::test]
async fn failed_first_sync_fails_the_apply_and_the_next_apply_replaces_the_connector() {
    let mut world = World::with_fast_syncs().await;
    let tokens = world.sandbox.ready().okta_tokens.clone();
    world.set_variable("token", &tokens.revoked);
    world.configure(&integration(&format!("{CREDENTIALS}  validate_credentials = false")));
    let apply = world.apply().await;
    assert_eq!(apply.code, 1);
    assert_contains(&apply, &["Okta sync failed", "ConductorOne returned:", "tainted"]);
    let failed = world.connector().await;
    assert!(failed["last_error"].as_str().is_some_and(|error| !error.is_empty()));

    world.set_variable("token", &tokens.super_admin);
    world.expect_apply().await;
    let connector = world.connector().await;
    assert_eq!(connector["status"], "SYNC_STATUS_DONE");
    assert_ne!(connector["id"], failed["id"]);
    world.expect_no_changes().await;
}

#[tokio::test]
async fn error_of_the_service_never_removes_the_object_from_the_state() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    for status in [401, 403, 500] {
        let fault = json!([{ "service": "conductorone", "method": "GET", "path": "/api/v1/apps/*/connectors/*", "kind": "status", "times": 20, "status": status }]);
        set_faults(&world, &fault).await;
        let plan = world.plan().await;
        assert_eq!(plan.code, 1, "{status}: {}", plan.prose());
        assert!(plan.prose().contains("Could not read the connector"), "{status}: {}", plan.prose());
        clear_faults(&world).await;
    }
    world.expect_no_changes().await;
}

#[tokio::test]
async fn dropped_create_response_leaves_one_connector_in_the_state() {
    let world = World::with_fast_syncs().await;
    let fault = json!([{ "service": "conductorone", "method": "POST", "path": "/api/v1/apps/*/connectors/create", "kind": "drop_after", "times": 1 }]);
    set_faults(&world, &fault).await;
    world.expect_apply().await;
    assert_eq!(world.state().await["id"], world.connector().await["id"]);
    world.expect_no_changes().await;
}

async fn set_faults(world: &World, faults: &serde_json::Value) {
    let url = format!("{}/_sandbox/faults", world.sandbox.ready().c1_url);
    world.http.post(url).json(faults).send().await.unwrap().error_for_status().unwrap();
}

async fn clear_faults(world: &World) {
    let url = format!("{}/_sandbox/faults", world.sandbox.ready().c1_url);
    world.http.delete(url).send().await.unwrap().error_for_status().unwrap();
}
