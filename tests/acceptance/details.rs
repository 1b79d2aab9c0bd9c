//! What is not the connector's settings: its description, its name, its syncs on demand, its credentials.

use serde_json::json;

use provider_testing::harness::{CONFIGURED, World, integration};

#[tokio::test]
async fn a_description_is_set_changed_and_removed() {
    let world = World::quick().await;
    for (argument, expected) in [
        ("  description = \"All of Okta\"", "All of Okta"),
        ("  description = \"Okta\"", "Okta"),
        ("", ""),
        ("  description = \"\"", ""),
    ] {
        world.configure(&integration(&format!("{CONFIGURED}{argument}")));
        world.applied().await;
        assert_eq!(world.state().await["description"].as_str().unwrap_or_default(), expected);
        world.nothing_to_do().await;
    }
    assert_eq!(world.connector().await["syncs"], 1, "a description needs no sync");
}

#[tokio::test]
async fn a_new_trigger_runs_one_sync_and_changes_nothing_else() {
    let world = World::quick().await;
    world.applied().await;
    let first = world.connector().await;
    world.configure(&integration(&format!("{CONFIGURED}  sync_trigger = \"1\"")));
    world.applied().await;
    let second = world.connector().await;
    assert_eq!((&second["syncs"], &second["status"]), (&json!(2), &json!("SYNC_STATUS_DONE")));
    assert_eq!(second["id"], first["id"]);
    world.nothing_to_do().await;
}

#[tokio::test]
async fn a_name_given_by_hand_stays() {
    let world = World::quick().await;
    world.applied().await;
    let connector = world.connector().await;
    world.edit(&connector, json!({ "display_name": "Okta of Acme" })).await;
    world.nothing_to_do().await;
    world.configure(&integration(&format!("{CONFIGURED}  description = \"Ours\"\n  skip_inactive_apps = true")));
    world.applied().await;
    assert_eq!(world.connector().await["display_name"], "Okta of Acme");
    assert_eq!(world.state().await["display_name"], "Okta of Acme");
    world.nothing_to_do().await;
}
