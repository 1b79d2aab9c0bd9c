//! Capabilities of the token, and `required_capabilities`.

use serde_json::json;

use provider_testing::harness::{CREDENTIALS, World, integration};

fn requiring(capabilities: &[&str]) -> String {
    integration(&format!("{CREDENTIALS}  required_capabilities = {}", json!(capabilities)))
}

#[tokio::test]
async fn capabilities_match_the_role_of_the_token() {
    let reads = ["review_app_assignment", "review_group_membership"];
    let all = [
        "provision_app_assignment",
        "provision_group_membership",
        "review_app_assignment",
        "review_group_membership",
        "review_org_roles",
    ];
    let mut world = World::with_fast_syncs().await;
    let tokens = world.sandbox.ready().okta_tokens.clone();
    for (token, expected) in
        [(&tokens.read_only, &reads[..]), (&tokens.app_and_group_admin, &all[..4]), (&tokens.super_admin, &all[..])]
    {
        world.set_variable("token", token);
        world.expect_apply().await;
        assert_eq!(world.state().await["capabilities"], json!(expected));
        world.expect_no_changes().await;
    }
}

#[tokio::test]
async fn missing_capability_fails_the_plan_and_names_the_role() {
    let mut world = World::with_fast_syncs().await;
    let token = world.sandbox.ready().okta_tokens.read_only.clone();
    world.set_variable("token", &token);
    world.configure(&requiring(&["review_group_membership", "provision_app_assignment"]));
    world.expect_plan_error(&["Okta token lacks provision_app_assignment", "Application Administrator"]).await;
    world.configure(&requiring(&["review_group_membership"]));
    world.expect_apply().await;
    world.expect_no_changes().await;
}

#[tokio::test]
async fn missing_capabilities_are_reported_in_one_error() {
    let mut world = World::with_fast_syncs().await;
    let token = world.sandbox.ready().okta_tokens.read_only.clone();
    world.set_variable("token", &token);
    world.configure(&requiring(&["provision_group_membership", "review_group_membership", "provision_app_assignment"]));
    let words = [
        "Okta token lacks 2 required capabilities",
        "- provision_app_assignment: ",
        "Granted by the role Application Administrator.",
        "- provision_group_membership: ",
        "Granted by the role Group Administrator.",
    ];
    let plan = world.expect_plan_error(&words).await;
    assert_eq!(plan.prose().matches("Error: ").count(), 1, "{}", plan.prose());
}

#[tokio::test]
async fn unknown_capabilities_and_impossible_checks_are_errors() {
    let world = World::with_fast_syncs().await;
    world.configure(&requiring(&["fly"]));
    world.expect_plan_error(&["Capability does not exist", "review_group_membership"]).await;
    let off = format!("{CREDENTIALS}  validate_credentials = false\n  required_capabilities = [\"review_org_roles\"]");
    world.configure(&integration(&off));
    world.expect_plan_error(&["Capabilities cannot be checked", "validate_credentials = false"]).await;
    world.configure(&integration("  required_capabilities = [\"review_org_roles\"]"));
    world.expect_plan_error(&["Capabilities cannot be checked"]).await;
}
