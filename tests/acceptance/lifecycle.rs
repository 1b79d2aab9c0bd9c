//! From create to destroy, with every argument changed on the way.

use c1_sandbox::Options;
use serde_json::json;

use provider_testing::harness::{CONFIGURED, World, integration};

#[tokio::test]
async fn an_integration_is_created_connected_left_alone_and_destroyed() {
    let world = World::quick().await;
    world.applied().await;
    let connector = world.connector().await;
    assert_eq!((&connector["status"], &connector["syncs"]), (&json!("SYNC_STATUS_DONE"), &json!(1)));
    assert_eq!(connector["owners"], json!([world.sandbox.ready().users[0].id]));

    let state = world.state().await;
    assert_eq!(state["id"], connector["id"]);
    assert_eq!(state["okta_org_id"], world.sandbox.okta_orgs()[0].id.as_str());
    assert_eq!(state["owners"], connector["owners"]);
    assert_eq!(state["skip_inactive_apps"], false);
    world.nothing_to_do().await;
    // Syncs come and go; each refresh sees another one, running or just done.
    let (app, id) = (connector["app_id"].as_str().unwrap(), connector["id"].as_str().unwrap());
    for _ in 0..5 {
        world.call(&format!("api/v1/apps/{app}/connectors/{id}/force_sync"), json!({})).await;
        let refresh = world.run(&["plan", "-refresh-only", "-detailed-exitcode", "-no-color"]).await;
        assert_eq!(refresh.code, 0, "{}", refresh.prose());
    }

    let destroy = world.run(&["destroy", "-auto-approve", "-no-color"]).await;
    assert_eq!(destroy.code, 0, "{}", destroy.prose());
    assert!(world.connectors().await.is_empty());
}

#[tokio::test]
async fn every_argument_changes_in_place() {
    let mut world = World::quick().await;
    world.applied().await;
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
        world.configure(&integration(&format!("{CONFIGURED}{argument}")));
        world.applied().await;
        let connector = world.connector().await;
        assert_eq!(connector["id"], first["id"], "{argument}");
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&connector[name], value, "{argument}");
        }
        world.nothing_to_do().await;
    }

    let other = world.sandbox.ready().okta_tokens.read_only.clone();
    world.variable("token", &other);
    let apply = world.applied().await;
    assert!(apply.prose().contains("1 changed"), "{}", apply.prose());
    let connector = world.connector().await;
    assert_ne!(connector["api_token_sha256"], first["api_token_sha256"]);
    assert_eq!(connector["id"], first["id"]);
    world.nothing_to_do().await;
}

#[tokio::test]
async fn owners_are_compared_as_a_set() {
    let world = World::quick().await;
    let users = world.sandbox.ready().users.clone();
    let owners = |first: usize, second: usize| {
        integration(&format!("{CONFIGURED}  owners = [\"{}\", \"{}\"]", users[first].id, users[second].id))
    };
    world.configure(&owners(0, 1));
    world.applied().await;
    world.configure(&owners(1, 0));
    world.nothing_to_do().await;
    let connector = world.connector().await;
    world.edit(&connector, json!({ "owners": [users[1].id, users[0].id] })).await;
    world.nothing_to_do().await;
}

#[tokio::test]
async fn another_spelling_of_the_domain_is_no_change() {
    let mut world = World::quick().await;
    world.applied().await;
    let domain = format!("{}/", world.sandbox.ready().okta_url.to_uppercase().replace("HTTP", "http"));
    world.variable("domain", &domain);
    world.nothing_to_do().await;
}

#[tokio::test]
async fn another_org_makes_a_new_connector() {
    let mut world = World::new(Options {
        okta_orgs: 2,
        sync_duration: std::time::Duration::from_millis(200),
        ..Options::default()
    })
    .await;
    world.applied().await;
    let first = world.connector().await;
    let org = world.sandbox.okta_orgs()[1].clone();
    world.variable("domain", &org.url);
    world.variable("token", &org.tokens.super_admin);
    let plan = world.plan().await;
    assert!(plan.stdout.contains("forces replacement"), "{}", plan.prose());
    world.applied().await;
    let second = world.connector().await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(world.state().await["okta_org_id"], org.id.as_str());
    world.nothing_to_do().await;
}

#[tokio::test]
async fn another_kind_of_connector_makes_a_new_one() {
    let world = World::quick().await;
    world.applied().await;
    let first = world.connector().await;
    world.configure(&integration(&format!("{CONFIGURED}  connector = \"okta_v2\"")));
    let plan = world.plan().await;
    assert!(plan.stdout.contains("forces replacement"), "{}", plan.prose());
    world.applied().await;
    let second = world.connector().await;
    assert_ne!((&second["id"], &second["catalog_id"]), (&first["id"], &first["catalog_id"]));
    world.nothing_to_do().await;
}

#[tokio::test]
async fn what_the_owners_filled_in_is_no_drift() {
    let world = World::quick().await;
    world.configure(&integration(""));
    world.applied().await;
    let connector = world.connector().await;
    let ready = world.sandbox.ready();
    let filled_in = json!({ "domain": ready.okta_url, "api_token": ready.okta_tokens.super_admin,
        "skip_inactive_apps": true });
    world.edit(&connector, filled_in).await;
    world.nothing_to_do().await;
    world.configure(&integration(CONFIGURED));
    world.applied().await;
    let taken_over = world.connector().await;
    assert_eq!((&taken_over["id"], &taken_over["skip_inactive_apps"]), (&connector["id"], &json!(false)));
    world.nothing_to_do().await;
}

#[tokio::test]
async fn the_owners_can_finish_the_set_up_and_terraform_can_take_it_over() {
    let world = World::quick().await;
    let owner = world.sandbox.ready().users[1].id.clone();
    world.configure(&integration(&format!("  owners = [\"{owner}\"]")));
    world.applied().await;
    let connector = world.connector().await;
    assert_eq!((&connector["domain"], &connector["owners"]), (&json!(null), &json!([owner])));
    world.nothing_to_do().await;

    world.configure(&integration(&format!("{CONFIGURED}  owners = [\"{owner}\"]")));
    world.applied().await;
    let configured = world.connector().await;
    assert_eq!((&configured["id"], &configured["status"]), (&connector["id"], &json!("SYNC_STATUS_DONE")));
    world.nothing_to_do().await;

    world.configure(&integration(&format!("  owners = [\"{owner}\"]")));
    world.plan_fails(&["Connector cannot return to delegated setup", "terraform apply -replace"]).await;
}

#[tokio::test]
async fn without_waiting_an_apply_ends_while_the_sync_runs() {
    let world = World::new(Options { sync_duration: std::time::Duration::from_secs(3600), ..Options::default() }).await;
    world.configure(&integration(&format!("{CONFIGURED}  wait_for_sync = false")));
    world.applied().await;
    assert_eq!(world.connector().await["status"], "SYNC_STATUS_RUNNING");
    world.nothing_to_do().await;
}

#[tokio::test]
async fn running_out_of_time_is_a_warning_while_the_sync_runs() {
    let world = World::new(Options { sync_duration: std::time::Duration::from_secs(3600), ..Options::default() }).await;
    world.configure(&integration(&format!("{CONFIGURED}  timeouts {{\n    create = \"3s\"\n  }}")));
    let apply = world.applied().await;
    assert!(apply.prose().contains("Okta sync takes longer than the timeout"), "{}", apply.prose());
    world.nothing_to_do().await;
}
