//! Nobody knows how ConductorOne behaves in some respects; the integration works whichever way it is.

use c1_sandbox::{C1Behaviour, Options};
use serde_json::json;

use provider_testing::harness::{CONFIGURED, World, integration};

/// Every answer to every open question that differs from the sandbox's default.
const ANSWERS: &[&[&str]] = &[
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

async fn world(answers: &[&str]) -> World {
    let mut c1_behaviour = C1Behaviour::default();
    for answer in answers {
        c1_behaviour.set(answer).unwrap();
    }
    let sync_duration = std::time::Duration::from_millis(200);
    World::new(Options { c1_behaviour, sync_duration, ..Options::default() }).await
}

async fn whole_life(answers: &[&str]) {
    let world = world(answers).await;
    let users = world.sandbox.ready().users.clone();
    let owned = |rest: &str, owners: &[&str]| integration(&format!("{CONFIGURED}{rest}\n  owners = {}", json!(owners)));
    world.configure(&owned("", &[&users[0].id, &users[2].email]));
    world.applied().await;
    world.nothing_to_do().await;
    world.configure(&owned("  skip_inactive_apps = true", &[&users[2].id]));
    world.applied().await;
    let connector = world.connector().await;
    assert_eq!(connector["skip_inactive_apps"], true, "{answers:?}");
    assert_eq!(connector["owners"], json!([users[2].id]), "{answers:?}");
    world.nothing_to_do().await;
    world.edit(&connector, json!({ "skip_inactive_apps": false })).await;
    let plan = world.plan().await;
    assert_eq!(plan.code, 2, "{answers:?}: {}", plan.prose());
    world.applied().await;
    world.nothing_to_do().await;
    world.configure(&owned("", &[]));
    world.applied().await;
    assert_eq!(world.connector().await["owners"], json!([]), "{answers:?}");
    world.nothing_to_do().await;
    let connector = world.connector().await;
    world.delete(&connector).await;
    let plan = world.plan().await;
    assert!(plan.prose().contains("1 to add, 0 to change, 0 to destroy"), "{answers:?}: {}", plan.prose());
    world.applied().await;
    let destroy = world.run(&["destroy", "-auto-approve", "-no-color"]).await;
    assert_eq!(destroy.code, 0, "{answers:?}: {}", destroy.prose());
    assert!(world.connectors().await.is_empty(), "{answers:?}");
}

#[tokio::test]
async fn an_integration_lives_its_whole_life_under_the_first_half_of_the_answers() {
    for answers in &ANSWERS[..ANSWERS.len() / 2] {
        whole_life(answers).await;
    }
}

#[tokio::test]
async fn an_integration_lives_its_whole_life_under_the_second_half_of_the_answers() {
    for answers in &ANSWERS[ANSWERS.len() / 2..] {
        whole_life(answers).await;
    }
}

#[tokio::test]
async fn where_saving_settings_starts_no_sync_one_is_asked_for() {
    let world = world(&["sync_start=forced"]).await;
    world.applied().await;
    let connector = world.connector().await;
    assert_eq!((&connector["status"], &connector["syncs"]), (&json!("SYNC_STATUS_DONE"), &json!(1)));
}

#[tokio::test]
async fn where_the_first_connector_is_no_longer_offered_the_second_is_named_and_works() {
    let world = world(&["v1_create=refused"]).await;
    let apply = world.apply().await;
    assert_eq!(apply.code, 1);
    assert!(apply.prose().contains("connector = \"okta_v2\""), "{}", apply.prose());
    world.configure(&integration(&format!("{CONFIGURED}  connector = \"okta_v2\"\n  sync_custom_roles = true")));
    world.applied().await;
    let connector = world.connector().await;
    assert_eq!((&connector["sync_custom_roles"], &connector["status"]), (&json!(true), &json!("SYNC_STATUS_DONE")));
    world.nothing_to_do().await;
    world.configure(&integration(&format!("{CONFIGURED}  connector = \"okta_v2\"\n  skip_inactive_apps = true")));
    world.plan_fails(&["Connector does not have this setting", "skip_inactive_apps = true"]).await;
}

#[tokio::test]
async fn a_token_replaced_by_hand_is_a_warning() {
    let world = World::quick().await;
    world.applied().await;
    let connector = world.connector().await;
    world.edit(&connector, json!({ "config_updated_at": "now" })).await;
    let plan = world.plan().await;
    assert_eq!(plan.code, 0, "{}", plan.prose());
    assert!(plan.prose().contains("may have been changed outside Terraform"), "{}", plan.prose());
}

#[tokio::test]
async fn a_token_whose_owner_lost_a_role_fails_the_next_plan_where_capabilities_are_required() {
    let write_only = "  domain = var.domain\n  api_token_wo = var.token\n  api_token_wo_version = 1\n";
    for credentials in [CONFIGURED, write_only] {
        let world = World::quick().await;
        let required = "  required_capabilities = [\"provision_group_membership\"]";
        world.configure(&integration(&format!("{credentials}{required}")));
        world.applied().await;
        world.nothing_to_do().await;
        let url = format!("{}/_sandbox/okta/tokens/super_admin", world.sandbox.ready().c1_url);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let demoted = client.patch(url).json(&json!({ "role": "read_only" })).send().await.unwrap();
        demoted.error_for_status().unwrap();
        world.plan_fails(&["Okta token lacks provision_group_membership", "Group Administrator"]).await;
    }
}

#[tokio::test]
async fn what_stops_the_syncs_is_told_apart_with_what_to_do() {
    let world = World::quick().await;
    world.applied().await;
    let connector = world.connector().await;
    let drop = "Sync paused due to significant drop in sync data";
    for (change, words) in [
        (json!({ "sync_disabled_reason": drop }), ["much less data than before", "confirm it on the connector's page"]),
        (json!({ "sync_disabled_reason": "system-customer-opt-out" }), ["Okta connector is paused", "Resume them"]),
        (
            json!({ "sync_disabled_reason": null, "status": "SYNC_STATUS_DISABLED" }),
            ["syncs are disabled", "Enable them"],
        ),
        (
            json!({ "status": "SYNC_STATUS_ERROR", "last_error": "no luck" }),
            ["returned the reason: no luck.", "Force sync"],
        ),
    ] {
        world.edit(&connector, change).await;
        let refresh = world.run(&["plan", "-refresh-only", "-detailed-exitcode", "-no-color"]).await;
        assert_eq!(refresh.code, 0, "{}", refresh.prose());
        for word in words {
            assert!(refresh.prose().contains(word), "{word:?} is not in: {}", refresh.prose());
        }
    }
}

#[tokio::test]
async fn an_apply_does_not_wait_for_a_sync_that_is_stopped() {
    let world = World::quick().await;
    world.applied().await;
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
        (off, true, ["syncs are disabled", "Enable them"]),
    ] {
        world.edit(&connector, change).await;
        world.configure(&integration(&format!("{CONFIGURED}  skip_inactive_apps = {skip_inactive_apps}")));
        // A refresh would say the same of the connector as it was.
        let apply = world.run(&["apply", "-refresh=false", "-input=false", "-no-color", "-auto-approve"]).await;
        assert_eq!(apply.code, 0, "{}", apply.prose());
        let after = format!("The connector {} was changed.", connector["id"].as_str().unwrap());
        for word in words.into_iter().chain([after.as_str()]) {
            assert!(apply.prose().contains(word), "{word:?} is not in: {}", apply.prose());
        }
        assert_eq!(world.connector().await["skip_inactive_apps"], skip_inactive_apps);
    }
}

#[tokio::test]
async fn a_new_domain_that_does_not_answer_changes_in_place_with_a_warning_where_nothing_is_checked() {
    let mut world = World::quick().await;
    world.configure(&integration(&format!("{CONFIGURED}  validate_credentials = false")));
    world.applied().await;
    world.variable("domain", "http://127.0.0.1:1");
    let plan = world.plan().await;
    assert!(plan.prose().contains("0 to add, 1 to change, 0 to destroy"), "{}", plan.prose());
    assert!(plan.prose().contains("Okta org could not be compared"), "{}", plan.prose());
    world.configure(&integration(CONFIGURED));
    world.plan_fails(&["Okta org did not respond"]).await;
}

#[tokio::test]
async fn many_integrations_ask_an_org_about_a_token_once_per_plan_and_only_where_capabilities_are_required() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal.jsonl");
    let options = Options {
        sync_duration: std::time::Duration::from_millis(200),
        journal: Some(journal.clone()),
        ..Options::default()
    };
    let world = World::new(options).await;
    let many = |rest: &str| integration(&format!("  count = 5\n  wait_for_sync = false\n{CONFIGURED}{rest}"));
    let asked_in = async |rest: &str| {
        world.configure(&many(rest));
        world.applied().await;
        let syncs_end = std::time::Duration::from_secs(2);
        tokio::time::sleep(syncs_end).await;
        let before = std::fs::read_to_string(&journal).unwrap().lines().count();
        let plan = world.plan().await;
        assert_eq!(plan.code, 0, "{}", plan.prose());
        let text = std::fs::read_to_string(&journal).unwrap();
        let lines = text.lines().skip(before).filter(|line| line.contains("\"service\":\"okta\""));
        lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["path"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(asked_in("").await, Vec::<serde_json::Value>::new());
    let asked = asked_in("  required_capabilities = [\"review_org_roles\"]").await;
    let probes = asked.iter().filter(|path| **path == "/api/v1/users/me").count();
    // Terraform plans in one provider process, and refreshes in the same one.
    assert_eq!(probes, 1, "{asked:?}");
    assert!(asked.len() <= 11, "{asked:?}");

    // Somebody who does not exist is searched for once, however many integrations name them.
    let before = std::fs::read_to_string(&journal).unwrap().lines().count();
    world.configure(&many("  owners = [\"nobody@example.com\", \"ada.admin@example.com\"]"));
    world.plan_fails(&["Owner does not exist"]).await;
    let text = std::fs::read_to_string(&journal).unwrap();
    let searches = text.lines().skip(before).filter(|line| line.contains("/api/v1/search/users")).count();
    assert_eq!(searches, 2);

    // Whether an owner has a role in Okta is asked once too.
    let before = std::fs::read_to_string(&journal).unwrap().lines().count();
    world.configure(&many("  owners = [\"alice.active@sandbox.example.com\"]"));
    assert_eq!(world.plan().await.code, 2);
    let text = std::fs::read_to_string(&journal).unwrap();
    let of_alice = text.lines().skip(before).filter(|line| line.contains("alice.active") && line.contains("/roles"));
    assert_eq!(of_alice.count(), 1);
}

#[tokio::test]
async fn what_only_the_service_refuses_is_told_with_its_own_words() {
    let world = world(&["owner_roles=required", "credential_check=at_write", "error_details=absent"]).await;
    let ready = world.sandbox.ready().clone();
    let basic = ready.users.iter().find(|user| user.email.starts_with("basil")).unwrap();
    world.configure(&integration(&format!("{CONFIGURED}  owners = [\"{}\"]", basic.id)));
    let apply = world.apply().await;
    assert_eq!(apply.code, 1, "{}", apply.prose());
    assert!(apply.prose().contains("must be a Super Administrator or a Connector Administrator"), "{}", apply.prose());
    assert!(world.connectors().await.is_empty());

    let dead = format!(
        "  domain = var.domain\n  api_token = \"{}\"\n  validate_credentials = false",
        ready.okta_tokens.revoked
    );
    world.configure(&integration(&dead));
    let apply = world.apply().await;
    assert_eq!(apply.code, 1, "{}", apply.prose());
    assert!(apply.prose().contains("Invalid token provided"), "{}", apply.prose());
    assert!(world.connectors().await.is_empty());
}

#[tokio::test]
async fn a_connector_without_a_name_or_a_status_is_none_the_worse() {
    let world = world(&["default_name=empty", "absent_mask=present"]).await;
    world.applied().await;
    assert_eq!(world.state().await["display_name"], "");
    world.nothing_to_do().await;

    let delegated = self::world(&["default_name=empty", "not_connected=unspecified"]).await;
    delegated.configure(&integration("  description = \"For its owners\""));
    delegated.applied().await;
    delegated.nothing_to_do().await;
}
