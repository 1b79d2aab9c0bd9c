//! What the token can do, and what it must be able to do.

use serde_json::json;

use provider_testing::harness::{CONFIGURED, World, integration};

fn requiring(capabilities: &[&str]) -> String {
    integration(&format!("{CONFIGURED}  required_capabilities = {}", json!(capabilities)))
}

#[tokio::test]
async fn every_kind_of_token_shows_its_capabilities() {
    let reads = ["review_app_assignment", "review_group_membership"];
    let all = [
        "provision_app_assignment",
        "provision_group_membership",
        "review_app_assignment",
        "review_group_membership",
        "review_org_roles",
    ];
    let mut world = World::quick().await;
    let tokens = world.sandbox.ready().okta_tokens.clone();
    for (token, expected) in
        [(&tokens.read_only, &reads[..]), (&tokens.app_and_group_admin, &all[..4]), (&tokens.super_admin, &all[..])]
    {
        world.variable("token", token);
        world.applied().await;
        assert_eq!(world.state().await["capabilities"], json!(expected));
        world.nothing_to_do().await;
    }
}

#[tokio::test]
async fn a_missing_capability_fails_the_plan_and_names_the_role() {
    let mut world = World::quick().await;
    let token = world.sandbox.ready().okta_tokens.read_only.clone();
    world.variable("token", &token);
    world.configure(&requiring(&["review_group_membership", "provision_app_assignment"]));
    world.plan_fails(&["Okta token lacks provision_app_assignment", "Application Administrator"]).await;
    world.configure(&requiring(&["review_group_membership"]));
    world.applied().await;
    world.nothing_to_do().await;
}

#[tokio::test]
async fn all_that_a_token_lacks_is_one_message() {
    let mut world = World::quick().await;
    let token = world.sandbox.ready().okta_tokens.read_only.clone();
    world.variable("token", &token);
    world.configure(&requiring(&["provision_group_membership", "review_group_membership", "provision_app_assignment"]));
    let words = [
        "Okta token lacks 2 required capabilities",
        "- provision_app_assignment: ",
        "Granted by the role Application Administrator.",
        "- provision_group_membership: ",
        "Granted by the role Group Administrator.",
    ];
    let plan = world.plan_fails(&words).await;
    assert_eq!(plan.prose().matches("Error: ").count(), 1, "{}", plan.prose());
}

#[tokio::test]
async fn names_that_are_no_capability_and_checks_that_cannot_be_made_are_refused() {
    let world = World::quick().await;
    world.configure(&requiring(&["fly"]));
    world.plan_fails(&["Capability does not exist", "review_group_membership"]).await;
    let off = format!("{CONFIGURED}  validate_credentials = false\n  required_capabilities = [\"review_org_roles\"]");
    world.configure(&integration(&off));
    world.plan_fails(&["Capabilities cannot be checked", "validate_credentials = false"]).await;
    world.configure(&integration("  required_capabilities = [\"review_org_roles\"]"));
    world.plan_fails(&["Capabilities cannot be checked"]).await;
}
