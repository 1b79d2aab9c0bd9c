//! Drift detection: each out-of-band change appears in the next plan, and an apply reverts it.

use serde_json::json;

use provider_testing::harness::{CREDENTIALS, World, integration};

#[tokio::test]
async fn out_of_band_change_of_each_setting_is_planned_and_reverted() {
    let world = World::with_fast_syncs().await;
    let users = world.sandbox.ready().users.clone();
    world.configure(&integration(&format!("{CREDENTIALS}  owners = [\"{}\"]\n  description = \"Ours\"", users[0].id)));
    world.expect_apply().await;
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
        world.edit_connector(&connector, json!({ name: value })).await;
        let plan = world.plan().await;
        assert_eq!(plan.code, 2, "{name}: {}", plan.prose());
        assert!(plan.stdout.contains(&format!("~ {name} ")), "{name}: {}", plan.stdout);
        assert!(plan.prose().contains("0 to add, 1 to change, 0 to destroy"), "{name}: {}", plan.prose());
        world.expect_apply().await;
        let reverted = world.connector().await;
        assert_eq!(reverted[name], connector[name], "{name}");
        world.expect_no_changes().await;
    }
}

#[tokio::test]
async fn out_of_band_change_of_each_okta_v2_setting_is_planned_and_reverted() {
    let world = World::with_fast_syncs().await;
    let names = ["sync_custom_roles", "skip_secondary_emails", "sync_secrets"];
    let flags: String = names.iter().map(|name| format!("  {name} = true\n")).collect();
    world.configure(&integration(&format!("{CREDENTIALS}  connector = \"okta_v2\"\n{flags}")));
    world.expect_apply().await;
    world.expect_no_changes().await;
    let connector = world.connector().await;
    for name in names {
        assert_eq!(connector[name], true, "{name}");
        world.edit_connector(&connector, json!({ name: false })).await;
        let plan = world.plan().await;
        assert_eq!(plan.code, 2, "{name}: {}", plan.prose());
        assert!(plan.stdout.contains(&format!("~ {name} ")), "{name}: {}", plan.stdout);
        world.expect_apply().await;
        assert_eq!(world.connector().await[name], true, "{name}");
    }
    world.expect_no_changes().await;
}

#[tokio::test]
async fn connector_deleted_outside_terraform_is_recreated() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let first = world.connector().await;
    world.delete_connector(&first).await;
    let plan = world.plan().await;
    assert!(plan.prose().contains("1 to add, 0 to change, 0 to destroy"), "{}", plan.prose());
    world.expect_apply().await;
    assert_ne!(world.connector().await["id"], first["id"]);
    world.expect_no_changes().await;
}

#[tokio::test]
async fn destroy_succeeds_if_the_connector_is_already_deleted() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    world.delete_connector(&world.connector().await).await;
    let destroy = world.run(&["destroy", "-auto-approve", "-no-color", "-refresh=false"]).await;
    assert_eq!(destroy.code, 0, "{}", destroy.prose());
}

#[tokio::test]
async fn failed_connector_is_a_warning_without_a_change() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let connector = world.connector().await;
    world
        .edit_connector(
            &connector,
            json!({ "status": "SYNC_STATUS_ERROR", "last_error": "the org rejected the request" }),
        )
        .await;
    let plan = world.plan().await;
    assert_eq!(plan.code, 0, "{}", plan.prose());
    assert!(plan.prose().contains("the org rejected the request"), "{}", plan.prose());
}
