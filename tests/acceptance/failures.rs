//! What goes wrong is found in the plan, on the argument to blame, before anything is created.

use c1_sandbox::{Options, Sandbox};
use serde_json::json;

use provider_testing::harness::{CONFIGURED, World, integration};

#[tokio::test]
async fn a_dead_token_fails_the_plan() {
    let mut world = World::quick().await;
    let token = world.sandbox.ready().okta_tokens.revoked.clone();
    world.variable("token", &token);
    world.plan_fails(&["Okta API token is not accepted", "api_token = var.token", "Security > API > Tokens"]).await;
}

#[tokio::test]
async fn a_host_that_is_no_okta_org_fails_the_plan() {
    let mut world = World::quick().await;
    // A tenant of somebody else's: its exchanges are in no journal, because no contract has them.
    let other = Sandbox::start(Options::default()).await.unwrap();
    world.variable("domain", &other.ready().c1_url);
    world.plan_fails(&["No Okta org at this domain", "domain = var.domain", "Check the spelling"]).await;
}

#[tokio::test]
async fn what_can_only_be_read_is_refused_on_its_argument() {
    let world = World::quick().await;
    world.configure(&integration(&format!("{CONFIGURED}  display_name = \"Ours\"")));
    world.plan_fails(&["Argument is read-only", "display_name = \"Ours\"", "Remove it"]).await;
    world.configure(&format!(
        "data \"conductorone_app\" \"a\" {{\n  id = var.app_id\n  description = \"Ours\"\n}}\n{}",
        integration(CONFIGURED)
    ));
    world.plan_fails(&["Argument is read-only", "description = \"Ours\""]).await;
}

#[tokio::test]
async fn an_unreachable_host_fails_the_plan() {
    let mut world = World::quick().await;
    // Bound and dropped: nobody listens there now.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.variable("domain", &format!("http://{free}"));
    world.plan_fails(&["Okta org did not respond", "domain = var.domain", "validate_credentials = false"]).await;
}

#[tokio::test]
async fn a_missing_app_fails_the_plan() {
    let mut world = World::quick().await;
    world.variable("app_id", "2YqKzWeWLbQUvXxWJzHDkWcZ9pA");
    world.plan_fails(&["App does not exist", "app_id = var.app_id", "Check app_id"]).await;
}

#[tokio::test]
async fn mistakes_are_found_offline_on_their_arguments() {
    let world = World::quick().await;
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
        for word in *words {
            assert!(validate.prose().contains(word), "{arguments}: {word:?} is not in {}", validate.prose());
        }
    }
}

#[tokio::test]
async fn a_failed_first_sync_fails_the_apply_and_the_next_one_replaces_the_connector() {
    let mut world = World::quick().await;
    let tokens = world.sandbox.ready().okta_tokens.clone();
    world.variable("token", &tokens.revoked);
    world.configure(&integration(&format!("{CONFIGURED}  validate_credentials = false")));
    let apply = world.apply().await;
    assert_eq!(apply.code, 1);
    for word in ["Okta sync failed", "ConductorOne says:", "tainted"] {
        assert!(apply.prose().contains(word), "{}", apply.prose());
    }
    let failed = world.connector().await;
    assert!(failed["last_error"].as_str().is_some_and(|error| !error.is_empty()));

    world.variable("token", &tokens.super_admin);
    world.applied().await;
    let connector = world.connector().await;
    assert_eq!(connector["status"], "SYNC_STATUS_DONE");
    assert_ne!(connector["id"], failed["id"]);
    world.nothing_to_do().await;
}

#[tokio::test]
async fn a_service_that_refuses_is_never_taken_for_an_object_that_is_gone() {
    let world = World::quick().await;
    world.applied().await;
    for status in [401, 403, 500] {
        let fault = json!([{ "service": "conductorone", "method": "GET", "path": "/api/v1/apps/*/connectors/*", "kind": "status", "times": 20, "status": status }]);
        fault_set(&world, &fault).await;
        let plan = world.plan().await;
        assert_eq!(plan.code, 1, "{status}: {}", plan.prose());
        assert!(plan.prose().contains("Could not read the connector"), "{status}: {}", plan.prose());
        fault_clear(&world).await;
    }
    world.nothing_to_do().await;
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_leaves_one_connector_that_terraform_knows() {
    let world = World::quick().await;
    let fault = json!([{ "service": "conductorone", "method": "POST", "path": "/api/v1/apps/*/connectors/create", "kind": "drop_after", "times": 1 }]);
    fault_set(&world, &fault).await;
    world.applied().await;
    assert_eq!(world.state().await["id"], world.connector().await["id"]);
    world.nothing_to_do().await;
}

async fn fault_set(world: &World, faults: &serde_json::Value) {
    let url = format!("{}/_sandbox/faults", world.sandbox.ready().c1_url);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.post(url).json(faults).send().await.unwrap().error_for_status().unwrap();
}

async fn fault_clear(world: &World) {
    let url = format!("{}/_sandbox/faults", world.sandbox.ready().c1_url);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.delete(url).send().await.unwrap().error_for_status().unwrap();
}
