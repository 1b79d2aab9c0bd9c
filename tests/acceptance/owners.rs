//! Owners: by ID or email, compared by user.

use serde_json::json;

use provider_testing::harness::{CONFIGURED, World, integration};

fn owned_by(owners: &[&str]) -> String {
    integration(&format!("{CONFIGURED}  owners = {}", json!(owners)))
}

#[tokio::test]
async fn emails_and_ids_mean_users_and_stay_as_written() {
    let world = World::quick().await;
    let users = world.sandbox.ready().users.clone();
    world.configure(&owned_by(&[&users[0].email, &users[2].id]));
    world.applied().await;
    let connector = world.connector().await;
    let mut owners: Vec<&str> = connector["owners"].as_array().unwrap().iter().filter_map(|id| id.as_str()).collect();
    owners.sort_unstable();
    let mut expected = [users[0].id.as_str(), users[2].id.as_str()];
    expected.sort_unstable();
    assert_eq!(owners, expected);
    assert!(world.state().await["owners"].to_string().contains(&users[0].email));
    world.nothing_to_do().await;

    world.configure(&owned_by(&[&users[0].id, &users[2].email]));
    world.nothing_to_do().await;

    world.edit(&connector, json!({ "owners": [users[0].id] })).await;
    let plan = world.plan().await;
    assert_eq!(plan.code, 2, "{}", plan.prose());
    assert!(plan.stdout.contains("~ owners"), "{}", plan.stdout);
    world.applied().await;
    world.nothing_to_do().await;
}

#[tokio::test]
async fn whoever_does_not_exist_fails_the_plan() {
    let world = World::quick().await;
    world.configure(&owned_by(&["nobody@example.com"]));
    world.plan_fails(&["Owner does not exist", "nobody@example.com"]).await;
    world.configure(&owned_by(&["2YqKzWeWLbQUvXxWJzHDkWcZ9pA"]));
    world.plan_fails(&["Owner does not exist", "2YqKzWeWLbQUvXxWJzHDkWcZ9pA"]).await;
}

#[tokio::test]
async fn whoever_lacks_the_role_is_a_warning() {
    let world = World::quick().await;
    let users = world.sandbox.ready().users.clone();
    let viewer = users.iter().find(|user| user.roles.iter().any(|role| role == "system:viewer")).unwrap();
    world.configure(&owned_by(&[&viewer.email]));
    let plan = world.plan().await;
    assert_eq!(plan.code, 2, "{}", plan.prose());
    assert!(plan.prose().contains("Owner lacks a role") && plan.prose().contains(&viewer.email), "{}", plan.prose());
}

#[tokio::test]
async fn a_warning_names_every_owner_with_their_roles() {
    let world = World::quick().await;
    world.configure(&owned_by(&["vera.viewer@example.com", "gone.galore@example.com", "basil.basic@example.com"]));
    let prose = world.plan().await.prose();
    for words in [
        "Owner is disabled",
        "Gone Galore (gone.galore@example.com). Name somebody else",
        "Vera Viewer (vera.viewer@example.com) has Read-Only Administrator, Basic User",
        "Basil Basic (basil.basic@example.com) has Basic User",
    ] {
        assert!(prose.contains(words), "{words:?} is not in: {prose}");
    }
    assert!(!prose.contains("(gone.galore@example.com) has"), "a role would not help them: {prose}");
    assert!(!prose.contains("similar warning"), "Terraform hides what it folds: {prose}");
}

#[tokio::test]
async fn whoever_lacks_the_role_in_okta_is_a_warning_when_the_token_can_tell() {
    let mut world = World::quick().await;
    let tokens = world.sandbox.ready().okta_tokens.clone();
    let (with_role, without) = ("sue.superadmin@sandbox.example.com", "alice.active@sandbox.example.com");
    for (token, owner, warned) in [
        (&tokens.super_admin, without, true),
        (&tokens.super_admin, with_role, false),
        (&tokens.read_only, without, false),
    ] {
        world.variable("token", token);
        world.configure(&owned_by(&[owner]));
        let plan = world.plan().await;
        assert_eq!(plan.code, 2, "{}", plan.prose());
        assert_eq!(plan.prose().contains("Owner lacks a role in Okta"), warned, "{owner}: {}", plan.prose());
    }
}
