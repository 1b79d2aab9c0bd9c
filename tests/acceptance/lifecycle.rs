//! From create to destroy, including a change of each argument.

use c1_sandbox::Options;
use serde_json::json;

use provider_testing::harness::{CREDENTIALS, World, integration};

#[tokio::test]
async fn integration_is_created_connected_refreshed_and_destroyed() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let connector = world.connector().await;
    assert_eq!((&connector["status"], &connector["syncs"]), (&json!("SYNC_STATUS_DONE"), &json!(1)));
    assert_eq!(connector["owners"], json!([world.sandbox.ready().users[0].id]));

    let state = world.state().await;
    assert_eq!(state["id"], connector["id"]);
    assert_eq!(state["okta_org_id"], world.sandbox.okta_orgs()[0].id.as_str());
    assert_eq!(state["owners"], connector["owners"]);
    assert_eq!(state["skip_inactive_apps"], false);
    world.expect_no_changes().await;
    // Each refresh finds another sync, running or done.
    let (app, id) = (connector["app_id"].as_str().unwrap(), connector["id"].as_str().unwrap());
    for _ in 0..5 {
        world.post(&format!("api/v1/apps/{app}/connectors/{id}/force_sync"), json!({})).await;
        let refresh = world.run(&["plan", "-refresh-only", "-detailed-exitcode", "-no-color"]).await;
        assert_eq!(refresh.code, 0, "{}", refresh.prose());
    }

    world.expect_destroy().await;
    assert!(world.connectors().await.is_empty());
}

#[tokio::test]
async fn every_argument_changes_in_place() {
    let mut world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let first = world.connector().await;
    let users = world.sandbox.ready().users.clone();
    let owners = format!("owners = [\"{}\", \"{}\"]", users[1].id, users[0].id);
    let steps = [
        ("skip_inactive_apps = true", json!({ "skip_inactive_apps": true })),
        ("sync_deprovisioned_users = true", json!({ "sync_deprovisioned_users": true })),
        ("extract_aws_saml_roles = true", json!({ "extract_aws_saml_roles": true })),
        (owners.as_str(), json!({})),
        ("owners = []", json!({ "owners": [] })),
        ("wait_for_sync = false", json!({})),
        ("validate_credentials = false", json!({})),
        ("timeouts {\n create = \"10m\"\n }", json!({})),
        (
            "",
            json!({ "skip_inactive_apps": false, "sync_deprovisioned_users": false, "extract_aws_saml_roles": false }),
        ),
    ];
    for (argument, expected) in steps {
        world.configure(&integration(&format!("{CREDENTIALS}{argument}")));
        world.expect_apply().await;
        let connector = world.connector().await;
        assert_eq!(connector["id"], first["id"], "{argument}");
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&connector[name], value, "{argument}");
        }
        world.expect_no_changes().await;
    }

    let other = world.sandbox.ready().okta_tokens.read_only.clone();
    world.set_variable("token", &other);
    let apply = world.expect_apply().await;
    assert!(apply.prose().contains("1 changed"), "{}", apply.prose());
    let connector = world.connector().await;
    assert_ne!(connector["api_token_sha256"], first["api_token_sha256"]);
    assert_eq!(connector["id"], first["id"]);
    world.expect_no_changes().await;
}

#[tokio::test]
async fn owners_are_compared_as_a_set() {
    let world = World::with_fast_syncs().await;
    let users = world.sandbox.ready().users.clone();
    let owners = |first: usize, second: usize| {
        integration(&format!("{CREDENTIALS}  owners = [\"{}\", \"{}\"]", users[first].id, users[second].id))
    };
    world.configure(&owners(0, 1));
    world.expect_apply().await;
    world.configure(&owners(1, 0));
    world.expect_no_changes().await;
    let connector = world.connector().await;
    world.edit_connector(&connector, json!({ "owners": [users[1].id, users[0].id] })).await;
    world.expect_no_changes().await;
}

#[tokio::test]
async fn equivalent_domain_is_not_a_change() {
    let mut world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let domain = format!("{}/", world.sandbox.ready().okta_url.to_uppercase().replace("HTTP", "http"));
    world.set_variable("domain", &domain);
    world.expect_no_changes().await;
}

#[tokio::test]
async fn other_org_replaces_the_connector() {
    let mut world = World::new(Options {
        okta_orgs: 2,
        sync_duration: std::time::Duration::from_millis(200),
        ..Options::default()
    })
    .await;
    world.expect_apply().await;
    let first = world.connector().await;
    let org = world.sandbox.okta_orgs()[1].clone();
    world.set_variable("domain", &org.url);
    world.set_variable("token", &org.tokens.super_admin);
    let plan = world.plan().await;
    assert!(plan.stdout.contains("forces replacement"), "{}", plan.prose());
    world.expect_apply().await;
    let second = world.connector().await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(world.state().await["okta_org_id"], org.id.as_str());
    world.expect_no_changes().await;
}

#[tokio::test]
async fn other_connector_version_replaces_the_connector() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let first = world.connector().await;
    world.configure(&integration(&format!("{CREDENTIALS}  connector = \"okta_v2\"")));
    let plan = world.plan().await;
    assert!(plan.stdout.contains("forces replacement"), "{}", plan.prose());
    world.expect_apply().await;
    let second = world.connector().await;
    assert_ne!((&second["id"], &second["catalog_id"]), (&first["id"], &first["catalog_id"]));
    world.expect_no_changes().await;
}

#[tokio::test]
async fn settings_entered_by_the_owners_are_not_drift() {
    let world = World::with_fast_syncs().await;
    world.configure(&integration(""));
    world.expect_apply().await;
    let connector = world.connector().await;
    let ready = world.sandbox.ready();
    let filled_in = json!({ "domain": ready.okta_url, "api_token": ready.okta_tokens.super_admin,
        "skip_inactive_apps": true });
    world.edit_connector(&connector, filled_in).await;
    world.expect_no_changes().await;
    world.configure(&integration(CREDENTIALS));
    world.expect_apply().await;
    let managed = world.connector().await;
    assert_eq!((&managed["id"], &managed["skip_inactive_apps"]), (&connector["id"], &json!(false)));
    world.expect_no_changes().await;
}

#[tokio::test]
async fn delegated_setup_can_be_completed_by_terraform() {
    let world = World::with_fast_syncs().await;
    let owner = world.sandbox.ready().users[1].id.clone();
    world.configure(&integration(&format!("  owners = [\"{owner}\"]")));
    world.expect_apply().await;
    let connector = world.connector().await;
    assert_eq!((&connector["domain"], &connector["owners"]), (&json!(null), &json!([owner])));
    world.expect_no_changes().await;

    world.configure(&integration(&format!("{CREDENTIALS}  owners = [\"{owner}\"]")));
    world.expect_apply().await;
    let configured = world.connector().await;
    assert_eq!((&configured["id"], &configured["status"]), (&connector["id"], &json!("SYNC_STATUS_DONE")));
    world.expect_no_changes().await;

    world.configure(&integration(&format!("  owners = [\"{owner}\"]")));
    world.expect_plan_error(&["Connector cannot return to delegated setup", "terraform apply -replace"]).await;
}

#[tokio::test]
async fn apply_without_wait_for_sync_ends_during_the_sync() {
    let world = World::new(Options { sync_duration: std::time::Duration::from_secs(3600), ..Options::default() }).await;
    world.configure(&integration(&format!("{CREDENTIALS}  wait_for_sync = false")));
    world.expect_apply().await;
    assert_eq!(world.connector().await["status"], "SYNC_STATUS_RUNNING");
    world.expect_no_changes().await;
}

#[tokio::test]
async fn timeout_during_the_sync_is_a_warning() {
    let world = World::new(Options { sync_duration: std::time::Duration::from_secs(3600), ..Options::default() }).await;
    world.configure(&integration(&format!("{CREDENTIALS}  timeouts {{\n    create = \"3s\"\n  }}")));
    let apply = world.expect_apply().await;
    assert!(apply.prose().contains("Okta sync takes longer than the timeout"), "{}", apply.prose());
    world.expect_no_changes().await;
}
