//! Settings changed by hand: every one shows in the next plan, and an apply heals it.

use serde_json::json;

use provider_testing::harness::{CONFIGURED, World, integration};

#[tokio::test]
async fn every_setting_changed_by_hand_is_shown_and_healed() {
    let world = World::quick().await;
    let users = world.sandbox.ready().users.clone();
    world.configure(&integration(&format!("{CONFIGURED}  owners = [\"{}\"]\n  description = \"Ours\"", users[0].id)));
    world.applied().await;
    let connector = world.connector().await;
    let edits = [
        ("skip_inactive_apps", json!(true)),
        ("sync_deprovisioned_users", json!(true)),
        ("extract_aws_saml_roles", json!(true)),
        ("owners", json!([users[1].id])),
        ("owners", json!([users[0].id, users[1].id])),
        ("domain", json!("elsewhere.okta.com")),
        ("description", json!("theirs")),
    ];
    for (name, value) in edits {
        world.edit(&connector, json!({ name: value })).await;
        let plan = world.plan().await;
        assert_eq!(plan.code, 2, "{name}: {}", plan.prose());
        assert!(plan.stdout.contains(&format!("~ {name} ")), "{name}: {}", plan.stdout);
        assert!(plan.prose().contains("0 to add, 1 to change, 0 to destroy"), "{name}: {}", plan.prose());
        world.applied().await;
        let healed = world.connector().await;
        assert_eq!(healed[name], connector[name], "{name}");
        world.nothing_to_do().await;
    }
}

#[tokio::test]
async fn every_setting_of_the_second_connector_is_set_and_healed() {
    let world = World::quick().await;
    let names = ["sync_custom_roles", "skip_secondary_emails", "sync_secrets"];
    let flags: String = names.iter().map(|name| format!("  {name} = true\n")).collect();
    world.configure(&integration(&format!("{CONFIGURED}  connector = \"okta_v2\"\n{flags}")));
    world.applied().await;
    world.nothing_to_do().await;
    let connector = world.connector().await;
    for name in names {
        assert_eq!(connector[name], true, "{name}");
        world.edit(&connector, json!({ name: false })).await;
        let plan = world.plan().await;
        assert_eq!(plan.code, 2, "{name}: {}", plan.prose());
        assert!(plan.stdout.contains(&format!("~ {name} ")), "{name}: {}", plan.stdout);
        world.applied().await;
        assert_eq!(world.connector().await[name], true, "{name}");
    }
    world.nothing_to_do().await;
}

#[tokio::test]
async fn a_connector_deleted_by_hand_is_created_anew() {
    let world = World::quick().await;
    world.applied().await;
    let first = world.connector().await;
    world.delete(&first).await;
    let plan = world.plan().await;
    assert!(plan.prose().contains("1 to add, 0 to change, 0 to destroy"), "{}", plan.prose());
    world.applied().await;
    assert_ne!(world.connector().await["id"], first["id"]);
    world.nothing_to_do().await;
}

#[tokio::test]
async fn a_connector_deleted_by_hand_does_not_hinder_a_destroy() {
    let world = World::quick().await;
    world.applied().await;
    world.delete(&world.connector().await).await;
    let destroy = world.run(&["destroy", "-auto-approve", "-no-color", "-refresh=false"]).await;
    assert_eq!(destroy.code, 0, "{}", destroy.prose());
}

#[tokio::test]
async fn a_failing_connector_is_a_warning_and_no_change() {
    let world = World::quick().await;
    world.applied().await;
    let connector = world.connector().await;
    world
        .edit(&connector, json!({ "status": "SYNC_STATUS_ERROR", "last_error": "the moon is in the wrong house" }))
        .await;
    let plan = world.plan().await;
    assert_eq!(plan.code, 0, "{}", plan.prose());
    assert!(plan.prose().contains("the moon is in the wrong house"), "{}", plan.prose());
}
