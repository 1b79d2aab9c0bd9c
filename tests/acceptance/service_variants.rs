//! Variants of ConductorOne's undocumented behavior. The integration must work with each of them.

use std::path::Path;

use c1_sandbox::{C1Behaviour, Options};
use serde_json::{Value, json};

use provider_testing::harness::{CREDENTIALS, World, assert_contains, integration};

/// Combinations of behavior switches that differ from the sandbox's default.
const VARIANTS: &[&[&str]] = &[
    &["config_update=merge"],
    &["secret_on_read=empty"],
    &["secret_on_read=masked"],
    &["owners_order=shuffled"],
    &["owners_in_update=ignored"],
    &["owners_in_update=ignored", "owners_in_delegated_update=ignored"],
    &["domain_on_read=normalised"],
    &["deleted_connector=200"],
    &["null_sub_objects=on"],
    &["config_updated_at=absent"],
    &["absent_mask=present", "default_name=empty", "not_connected=unspecified"],
    &["owner_roles=required", "credential_check=at_write", "token_errors=status", "error_details=absent"],
];

async fn world(variant: &[&str]) -> World {
    let mut c1_behaviour = C1Behaviour::default();
    for switch in variant {
        c1_behaviour.set(switch).unwrap();
    }
    let sync_duration = std::time::Duration::from_millis(200);
    World::new(Options { c1_behaviour, sync_duration, ..Options::default() }).await
}

async fn lifecycle(variant: &[&str]) {
    let world = world(variant).await;
    let users = world.sandbox.ready().users.clone();
    let owned =
        |rest: &str, owners: &[&str]| integration(&format!("{CREDENTIALS}{rest}\n  owners = {}", json!(owners)));
    world.configure(&owned("", &[&users[0].id, &users[2].email]));
    world.expect_apply().await;
    world.expect_no_changes().await;
    world.configure(&owned("  skip_inactive_apps = true", &[&users[2].id]));
    world.expect_apply().await;
    let connector = world.connector().await;
    assert_eq!(connector["skip_inactive_apps"], true, "{variant:?}");
    assert_eq!(connector["owners"], json!([users[2].id]), "{variant:?}");
    world.expect_no_changes().await;
    world.edit_connector(&connector, json!({ "skip_inactive_apps": false })).await;
    let plan = world.plan().await;
    assert_eq!(plan.code, 2, "{variant:?}: {}", plan.prose());
    world.expect_apply().await;
    world.expect_no_changes().await;
    world.configure(&owned("", &[]));
    world.expect_apply().await;
    assert_eq!(world.connector().await["owners"], json!([]), "{variant:?}");
    world.expect_no_changes().await;
    let connector = world.connector().await;
    world.delete_connector(&connector).await;
    let plan = world.plan().await;
    assert!(plan.prose().contains("1 to add, 0 to change, 0 to destroy"), "{variant:?}: {}", plan.prose());
    world.expect_apply().await;
    let destroy = world.run(&["destroy", "-auto-approve", "-no-color"]).await;
    assert_eq!(destroy.code, 0, "{variant:?}: {}", destroy.prose());
    assert!(world.connectors().await.is_empty(), "{variant:?}");
}

#[tokio::test]
async fn lifecycle_succeeds_with_the_first_half_of_the_variants() {
    for variant in &VARIANTS[..VARIANTS.len() / 2] {
        lifecycle(variant).await;
    }
}

#[tokio::test]
async fn lifecycle_succeeds_with_the_second_half_of_the_variants() {
    for variant in &VARIANTS[VARIANTS.len() / 2..] {
        lifecycle(variant).await;
    }
}

#[tokio::test]
async fn sync_is_started_if_saving_the_settings_does_not_start_one() {
    let world = world(&["sync_start=forced"]).await;
    world.expect_apply().await;
    let connector = world.connector().await;
    assert_eq!((&connector["status"], &connector["syncs"]), (&json!("SYNC_STATUS_DONE"), &json!(1)));
}

#[tokio::test]
async fn rejected_okta_connector_error_names_okta_v2_which_works() {
    let world = world(&["v1_create=refused"]).await;
    let apply = world.apply().await;
    assert_eq!(apply.code, 1);
    assert!(apply.prose().contains("connector = \"okta_v2\""), "{}", apply.prose());
    world.configure(&integration(&format!("{CREDENTIALS}  connector = \"okta_v2\"\n  sync_custom_roles = true")));
    world.expect_apply().await;
    let connector = world.connector().await;
    assert_eq!((&connector["sync_custom_roles"], &connector["status"]), (&json!(true), &json!("SYNC_STATUS_DONE")));
    world.expect_no_changes().await;
    world.configure(&integration(&format!("{CREDENTIALS}  connector = \"okta_v2\"\n  skip_inactive_apps = true")));
    world.expect_plan_error(&["Connector does not have this setting", "skip_inactive_apps = true"]).await;
}

#[tokio::test]
async fn token_changed_outside_terraform_is_a_warning() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let connector = world.connector().await;
    world.edit_connector(&connector, json!({ "config_updated_at": "now" })).await;
    let plan = world.plan().await;
    assert_eq!(plan.code, 0, "{}", plan.prose());
    assert!(plan.prose().contains("may have been changed outside Terraform"), "{}", plan.prose());
}

#[tokio::test]
async fn lost_role_fails_the_next_plan_if_capabilities_are_required() {
    let write_only = "  domain = var.domain\n  api_token_wo = var.token\n  api_token_wo_version = 1\n";
    for credentials in [CREDENTIALS, write_only] {
        let world = World::with_fast_syncs().await;
        let required = "  required_capabilities = [\"provision_group_membership\"]";
        world.configure(&integration(&format!("{credentials}{required}")));
        world.expect_apply().await;
        world.expect_no_changes().await;
        let url = format!("{}/_sandbox/okta/tokens/super_admin", world.sandbox.ready().c1_url);
        let demotion = world.http.patch(url).json(&json!({ "role": "read_only" }));
        demotion.send().await.unwrap().error_for_status().unwrap();
        world.expect_plan_error(&["Okta token lacks provision_group_membership", "Group Administrator"]).await;
    }
}

#[tokio::test]
async fn refresh_explains_why_syncs_do_not_run() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let connector = world.connector().await;
    let drop = "Sync paused due to significant drop in sync data";
    for (change, words) in [
        (json!({ "sync_disabled_reason": drop }), ["much less data than before", "confirm it on the connector's page"]),
        (json!({ "sync_disabled_reason": "system-customer-opt-out" }), ["Okta connector is paused", "Resume them"]),
        (
            json!({ "sync_disabled_reason": null, "status": "SYNC_STATUS_DISABLED" }),
            ["Okta connector syncs are disabled", "Enable them"],
        ),
        (
            json!({ "status": "SYNC_STATUS_ERROR", "last_error": "sync failed" }),
            ["ConductorOne returned the reason: sync failed.", "Force sync"],
        ),
    ] {
        world.edit_connector(&connector, change).await;
        let refresh = world.run(&["plan", "-refresh-only", "-detailed-exitcode", "-no-color"]).await;
        assert_eq!(refresh.code, 0, "{}", refresh.prose());
        assert_contains(&refresh, &words);
    }
}

#[tokio::test]
async fn apply_does_not_wait_for_a_blocked_sync() {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    let connector = world.connector().await;
    let drop = "Sync paused due to significant drop in sync data";
    let off = json!({ "sync_disabled_reason": null, "status": "SYNC_STATUS_DISABLED" });
    for (change, skip_inactive_apps, words) in [
        (
            json!({ "sync_disabled_reason": "system-customer-opt-out" }),
            true,
            ["Okta connector is paused", "Resume them"],
        ),
        (
            json!({ "sync_disabled_reason": drop }),
            false,
            ["much less data than before", "confirm it on the connector's page"],
        ),
        (off, true, ["Okta connector syncs are disabled", "Enable them"]),
    ] {
        world.edit_connector(&connector, change).await;
        world.configure(&integration(&format!("{CREDENTIALS}  skip_inactive_apps = {skip_inactive_apps}")));
        // A refresh would print the same warning for the old settings.
        let apply = world.run(&["apply", "-refresh=false", "-input=false", "-no-color", "-auto-approve"]).await;
        assert_eq!(apply.code, 0, "{}", apply.prose());
        let changed = format!("The connector {} was updated.", connector["id"].as_str().unwrap());
        assert_contains(&apply, &[&words[..], &[&changed]].concat());
        assert_eq!(world.connector().await["skip_inactive_apps"], skip_inactive_apps);
    }
}

#[tokio::test]
async fn unreachable_new_domain_is_an_in_place_change_with_a_warning_without_validation() {
    let mut world = World::with_fast_syncs().await;
    world.configure(&integration(&format!("{CREDENTIALS}  validate_credentials = false")));
    world.expect_apply().await;
    world.set_variable("domain", "http://127.0.0.1:1");
    let plan = world.plan().await;
    assert!(plan.prose().contains("0 to add, 1 to change, 0 to destroy"), "{}", plan.prose());
    assert!(plan.prose().contains("Okta org could not be compared"), "{}", plan.prose());
    world.configure(&integration(CREDENTIALS));
    world.expect_plan_error(&["Okta org did not respond"]).await;
}

#[tokio::test]
async fn lookups_are_sent_once_per_plan_for_many_integrations() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let options = Options {
        sync_duration: std::time::Duration::from_millis(200),
        journal: Some(journal.clone()),
        ..Options::default()
    };
    let world = World::new(options).await;
    let many = |rest: &str| integration(&format!("  count = 5\n  wait_for_sync = false\n{CREDENTIALS}{rest}"));
    let okta_paths_of_plan = async |rest: &str| {
        world.configure(&many(rest));
        world.expect_apply().await;
        let before = requests(&journal).len();
        let plan = world.plan().await;
        assert_eq!(plan.code, 0, "{}", plan.prose());
        let requests = requests(&journal).into_iter().skip(before).filter(|request| request["service"] == "okta");
        requests.map(|request| request["path"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(okta_paths_of_plan("").await, Vec::<Value>::new());
    let paths = okta_paths_of_plan("  required_capabilities = [\"review_org_roles\"]").await;
    let probes = paths.iter().filter(|path| **path == "/api/v1/users/me").count();
    // Terraform refreshes and plans in one plugin process.
    assert_eq!(probes, 1, "{paths:?}");
    assert!(paths.len() <= 11, "{paths:?}");

    // A missing user is searched for once, regardless of the number of integrations.
    let before = requests(&journal).len();
    world.configure(&many("  owners = [\"missing@example.com\", \"ada.admin@example.com\"]"));
    world.expect_plan_error(&["Owner does not exist"]).await;
    let searches =
        requests(&journal).into_iter().skip(before).filter(|request| request["path"] == "/api/v1/search/users");
    assert_eq!(searches.count(), 2);

    // An owner's roles in Okta are requested once too.
    let before = requests(&journal).len();
    world.configure(&many("  owners = [\"alice.active@sandbox.example.com\"]"));
    assert_eq!(world.plan().await.code, 2);
    let role_lookups = requests(&journal).into_iter().skip(before).filter(|request| {
        let path = request["path"].as_str().unwrap();
        path.contains("alice.active") && path.contains("/roles")
    });
    assert_eq!(role_lookups.count(), 1);
}

/// Returns the provider's requests in a journal. The sandbox's own syncs send requests with another user agent.
fn requests(journal: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(journal).unwrap();
    let requests = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    requests.filter(|request| request["user_agent"] == terraform_provider_conductorone::provider::USER_AGENT).collect()
}

#[tokio::test]
async fn error_contains_the_message_of_the_service() {
    let world = world(&["owner_roles=required", "credential_check=at_write", "error_details=absent"]).await;
    let ready = world.sandbox.ready().clone();
    let basic = ready.users.iter().find(|user| user.email.starts_with("basil")).unwrap();
    world.configure(&integration(&format!("{CREDENTIALS}  owners = [\"{}\"]", basic.id)));
    let apply = world.apply().await;
    assert_eq!(apply.code, 1, "{}", apply.prose());
    assert!(apply.prose().contains("must be a Super Administrator or a Connector Administrator"), "{}", apply.prose());
    assert!(world.connectors().await.is_empty());

    let revoked = format!(
        "  domain = var.domain\n  api_token = \"{}\"\n  validate_credentials = false",
        ready.okta_tokens.revoked
    );
    world.configure(&integration(&revoked));
    let apply = world.apply().await;
    assert_eq!(apply.code, 1, "{}", apply.prose());
    assert!(apply.prose().contains("Invalid token provided"), "{}", apply.prose());
    assert!(world.connectors().await.is_empty());
}

#[tokio::test]
async fn connector_without_a_name_or_a_status_works() {
    let world = world(&["default_name=empty", "absent_mask=present"]).await;
    world.expect_apply().await;
    assert_eq!(world.state().await["display_name"], "");
    world.expect_no_changes().await;

    let delegated = self::world(&["default_name=empty", "not_connected=unspecified"]).await;
    delegated.configure(&integration("  description = \"For its owners\""));
    delegated.expect_apply().await;
    delegated.expect_no_changes().await;
}
