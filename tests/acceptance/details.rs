//! Description, display name and syncs on demand.

use serde_json::json;

use provider_testing::harness::{CREDENTIALS, World, integration};

#[tokio::test]
async fn description_is_set_changed_and_removed() {
    let world = World::with_fast_syncs().await;
    for (argument, expected) in [
        ("  description = \"All of Okta\"", "All of Okta"),
        ("  description = \"Okta\"", "Okta"),
        ("", ""),
        ("  description = \"\"", ""),
    ] {
        world.configure(&integration(&format!("{CREDENTIALS}{argument}")));
        world.expect_apply().await;
        assert_eq!(world.state().await["description"].as_str().unwrap_or_default(), expected);
        world.expect_no_changes().await;
    }
    assert_eq!(world.connector().await["syncs"], 1, "a change of the description starts no sync");
}

#[tokio::test]
async fn new_sync_trigger_runs_one_sync_and_changes_nothing_else() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let first = world.connector().await;
    world.configure(&integration(&format!("{CREDENTIALS}  sync_trigger = \"1\"")));
    world.expect_apply().await;
    let second = world.connector().await;
    assert_eq!((&second["syncs"], &second["status"]), (&json!(2), &json!("SYNC_STATUS_DONE")));
    assert_eq!(second["id"], first["id"]);
    world.expect_no_changes().await;
}

#[tokio::test]
async fn display_name_set_outside_terraform_is_kept() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let connector = world.connector().await;
    world.edit_connector(&connector, json!({ "display_name": "Okta of Acme" })).await;
    world.expect_no_changes().await;
    world.configure(&integration(&format!("{CREDENTIALS}  description = \"Ours\"\n  skip_inactive_apps = true")));
    world.expect_apply().await;
    assert_eq!(world.connector().await["display_name"], "Okta of Acme");
    assert_eq!(world.state().await["display_name"], "Okta of Acme");
    world.expect_no_changes().await;
}
