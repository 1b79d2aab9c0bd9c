//! Owners, by ID or email.

use serde_json::json;

use provider_testing::harness::{CREDENTIALS, World, assert_contains, integration};

fn owned_by(owners: &[&str]) -> String {
    integration(&format!("{CREDENTIALS}  owners = {}", json!(owners)))
}

#[tokio::test]
async fn owners_are_compared_by_user_and_stored_as_configured() {
    let world = World::with_fast_syncs().await;
    let users = world.sandbox.ready().users.clone();
    world.configure(&owned_by(&[&users[0].email, &users[2].id]));
    world.expect_apply().await;
    let connector = world.connector().await;
    let mut owners: Vec<&str> = connector["owners"].as_array().unwrap().iter().filter_map(|id| id.as_str()).collect();
    owners.sort_unstable();
    let mut expected = [users[0].id.as_str(), users[2].id.as_str()];
    expected.sort_unstable();
    assert_eq!(owners, expected);
    assert!(world.state().await["owners"].to_string().contains(&users[0].email));
    world.expect_no_changes().await;

    world.configure(&owned_by(&[&users[0].id, &users[2].email]));
    world.expect_no_changes().await;

    world.edit_connector(&connector, json!({ "owners": [users[0].id] })).await;
    let plan = world.plan().await;
    assert_eq!(plan.code, 2, "{}", plan.prose());
    assert!(plan.stdout.contains("~ owners"), "{}", plan.stdout);
    world.expect_apply().await;
    world.expect_no_changes().await;
}

#[tokio::test]
async fn missing_owner_fails_the_plan() {
    let world = World::with_fast_syncs().await;
    world.configure(&owned_by(&["missing@example.com"]));
    world.expect_plan_error(&["Owner does not exist", "missing@example.com"]).await;
    world.configure(&owned_by(&["2YqKzWeWLbQUvXxWJzHDkWcZ9pA"]));
    world.expect_plan_error(&["Owner does not exist", "2YqKzWeWLbQUvXxWJzHDkWcZ9pA"]).await;
}

#[tokio::test]
async fn owner_without_a_role_is_a_warning() {
    let world = World::with_fast_syncs().await;
    let users = world.sandbox.ready().users.clone();
    let viewer = users.iter().find(|user| user.roles.iter().any(|role| role == "system:viewer")).unwrap();
    world.configure(&owned_by(&[&viewer.email]));
    let plan = world.plan().await;
    assert_eq!(plan.code, 2, "{}", plan.prose());
    assert!(plan.prose().contains("Owner lacks a role") && plan.prose().contains(&viewer.email), "{}", plan.prose());
}

#[tokio::test]
async fn warning_lists_all_owners_with_their_roles() {
    let world = World::with_fast_syncs().await;
    world.configure(&owned_by(&["vera.viewer@example.com", "gone.galore@example.com", "basil.basic@example.com"]));
    let plan = world.plan().await;
    let texts = [
        "Owner is disabled",
        "Gone Galore (gone.galore@example.com). Choose another owner",
        "Vera Viewer (vera.viewer@example.com) has Read-Only Administrator, Basic User",
        "Basil Basic (basil.basic@example.com) has Basic User",
    ];
    assert_contains(&plan, &texts);
    let prose = plan.prose();
    assert!(!prose.contains("(gone.galore@example.com) has"), "a disabled owner is not reported twice: {prose}");
    assert!(!prose.contains("similar warning"), "Terraform hides repeated warnings: {prose}");
}

#[tokio::test]
async fn owner_without_an_okta_role_is_a_warning_if_the_token_can_read_roles() {
    let mut world = World::with_fast_syncs().await;
    let tokens = world.sandbox.ready().okta_tokens.clone();
    let (with_role, without) = ("sue.superadmin@sandbox.example.com", "alice.active@sandbox.example.com");
    for (token, owner, warned) in [
        (&tokens.super_admin, without, true),
        (&tokens.super_admin, with_role, false),
        (&tokens.read_only, without, false),
    ] {
        world.set_variable("token", token);
        world.configure(&owned_by(&[owner]));
        let plan = world.plan().await;
        assert_eq!(plan.code, 2, "{}", plan.prose());
        assert_eq!(plan.prose().contains("Owner lacks a role in Okta"), warned, "{owner}: {}", plan.prose());
    }
}
