//! A token that is stored nowhere.

use serde_json::json;

use provider_testing::harness::{CONFIGURED, World, integration};

fn with_version(version: u32) -> String {
    integration(&format!("  domain = var.domain\n  api_token_wo = var.token\n  api_token_wo_version = {version}\n"))
}

#[tokio::test]
async fn a_write_only_token_is_in_no_state_and_no_plan_and_a_new_version_sends_it_again() {
    let mut world = World::quick().await;
    let tokens = world.sandbox.ready().okta_tokens.clone();
    world.configure(&with_version(1));
    let plan = world.run(&["plan", "-no-color", "-input=false", "-out=plan.bin"]).await;
    assert_eq!(plan.code, 0, "{}", plan.prose());
    let shown = world.run(&["show", "-json", "plan.bin"]).await;
    // The variable itself stands in every plan; of the resource nothing may.
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert!(!shown["planned_values"].to_string().contains(&tokens.super_admin));
    assert!(!shown["resource_changes"].to_string().contains(&tokens.super_admin));
    world.applied().await;
    let first = world.connector().await;
    let state = std::fs::read_to_string(world.workspace.folder().join("terraform.tfstate")).unwrap();
    assert!(!state.contains(&tokens.super_admin));
    world.nothing_to_do().await;

    world.variable("token", &tokens.read_only);
    world.nothing_to_do().await;
    world.configure(&with_version(2));
    world.applied().await;
    let second = world.connector().await;
    assert_ne!(second["api_token_sha256"], first["api_token_sha256"]);
    world.nothing_to_do().await;

    world.variable("token", &tokens.revoked);
    world.configure(&with_version(3));
    world.plan_fails(&["Okta API token is not accepted", "api_token_wo = var.token"]).await;
}

#[tokio::test]
async fn a_refresh_finds_no_change_beside_an_ephemeral_token_with_its_number() {
    // A sensitive variable in its place marks a second attribute as sensitive; see `schema` on what comes of that.
    let mut world = World::quick().await;
    let token = world.sandbox.ready().okta_tokens.super_admin.clone();
    world.variable("passing_token", &token);
    let arguments = "  domain = var.domain\n  api_token_wo = var.passing_token\n  api_token_wo_version = 1\n";
    world.configure(&format!("variable \"passing_token\" {{\n  ephemeral = true\n}}\n{}", integration(arguments)));
    world.applied().await;
    for _ in 0..5 {
        let refresh = world.run(&["plan", "-refresh-only", "-detailed-exitcode", "-no-color"]).await;
        assert_eq!(refresh.code, 0, "{}", refresh.prose());
    }
}

#[tokio::test]
async fn a_flag_changes_with_the_write_only_token_kept() {
    let world = World::quick().await;
    world.configure(&with_version(1));
    world.applied().await;
    let first = world.connector().await;
    let arguments =
        "  domain = var.domain\n  api_token_wo = var.token\n  api_token_wo_version = 1\n  skip_inactive_apps = true";
    world.configure(&integration(arguments));
    world.applied().await;
    let second = world.connector().await;
    assert_eq!(second["api_token_sha256"], first["api_token_sha256"]);
    assert_eq!((&second["skip_inactive_apps"], &second["status"]), (&json!(true), &json!("SYNC_STATUS_DONE")));
}

#[tokio::test]
async fn the_stored_token_gives_way_to_the_write_only_one() {
    let world = World::quick().await;
    world.configure(&integration(CONFIGURED));
    world.applied().await;
    world.configure(&with_version(1));
    world.applied().await;
    let state = std::fs::read_to_string(world.workspace.folder().join("terraform.tfstate")).unwrap();
    assert!(!state.contains(&world.sandbox.ready().okta_tokens.super_admin));
    world.nothing_to_do().await;
}

#[tokio::test]
async fn a_token_given_twice_is_refused() {
    let world = World::quick().await;
    world.configure(&integration(&format!("{CONFIGURED}  api_token_wo = var.token")));
    world.plan_fails(&["Okta API token is given twice"]).await;
}

#[tokio::test]
async fn a_write_only_token_without_a_version_is_warned_about() {
    let world = World::quick().await;
    world.configure(&integration("  domain = var.domain\n  api_token_wo = var.token\n"));
    let said = world.run(&["validate", "-no-color"]).await.prose();
    assert!(said.contains("Write-only token changes are not detected"), "{said}");
    assert!(!said.contains("api_token_wo = "), "the line with the token is quoted: {said}");
    world.configure(&with_version(1));
    let said = world.run(&["validate", "-no-color"]).await.prose();
    assert!(!said.contains("Warning"), "{said}");
}
