//! The write-only token.

use serde_json::json;

use provider_testing::harness::{CREDENTIALS, World, integration};

fn with_version(version: u32) -> String {
    integration(&format!("  domain = var.domain\n  api_token_wo = var.token\n  api_token_wo_version = {version}\n"))
}

#[tokio::test]
async fn write_only_token_is_not_stored_and_a_new_version_sends_it_again() {
    let mut world = World::with_fast_syncs().await;
    let tokens = world.sandbox.ready().okta_tokens.clone();
    world.configure(&with_version(1));
    let plan = world.run(&["plan", "-no-color", "-input=false", "-out=plan.bin"]).await;
    assert_eq!(plan.code, 0, "{}", plan.prose());
    let shown = world.run(&["show", "-json", "plan.bin"]).await;
    // Every plan contains the variable itself. The resource must not contain the token.
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    assert!(!shown["planned_values"].to_string().contains(&tokens.super_admin));
    assert!(!shown["resource_changes"].to_string().contains(&tokens.super_admin));
    world.expect_apply().await;
    let first = world.connector().await;
    let state = std::fs::read_to_string(world.workspace.folder().join("terraform.tfstate")).unwrap();
    assert!(!state.contains(&tokens.super_admin));
    world.expect_no_changes().await;

    world.set_variable("token", &tokens.read_only);
    world.expect_no_changes().await;
    world.configure(&with_version(2));
    world.expect_apply().await;
    let second = world.connector().await;
    assert_ne!(second["api_token_sha256"], first["api_token_sha256"]);
    world.expect_no_changes().await;

    world.set_variable("token", &tokens.revoked);
    world.configure(&with_version(3));
    world.expect_plan_error(&["Okta API token is not accepted", "api_token_wo = var.token"]).await;
}

#[tokio::test]
async fn refresh_with_an_ephemeral_token_finds_no_change() {
    // A sensitive variable would mark a second attribute as sensitive; see the tests of the schema.
    let mut world = World::with_fast_syncs().await;
    let token = world.sandbox.ready().okta_tokens.super_admin.clone();
    world.set_variable("passing_token", &token);
    let arguments = "  domain = var.domain\n  api_token_wo = var.passing_token\n  api_token_wo_version = 1\n";
    world.configure(&format!("variable \"passing_token\" {{\n  ephemeral = true\n}}\n{}", integration(arguments)));
    world.expect_apply().await;
    for _ in 0..5 {
        let refresh = world.run(&["plan", "-refresh-only", "-detailed-exitcode", "-no-color"]).await;
        assert_eq!(refresh.code, 0, "{}", refresh.prose());
    }
}

#[tokio::test]
async fn change_of_a_setting_keeps_the_write_only_token() {
    let world = World::with_fast_syncs().await;
    world.configure(&with_version(1));
    world.expect_apply().await;
    let first = world.connector().await;
    let arguments =
        "  domain = var.domain\n  api_token_wo = var.token\n  api_token_wo_version = 1\n  skip_inactive_apps = true";
    world.configure(&integration(arguments));
    world.expect_apply().await;
    let second = world.connector().await;
    assert_eq!(second["api_token_sha256"], first["api_token_sha256"]);
    assert_eq!((&second["skip_inactive_apps"], &second["status"]), (&json!(true), &json!("SYNC_STATUS_DONE")));
}

#[tokio::test]
async fn stored_token_can_be_replaced_by_a_write_only_token() {
    let world = World::with_fast_syncs().await;
    world.configure(&integration(CREDENTIALS));
    world.expect_apply().await;
    world.configure(&with_version(1));
    world.expect_apply().await;
    let state = std::fs::read_to_string(world.workspace.folder().join("terraform.tfstate")).unwrap();
    assert!(!state.contains(&world.sandbox.ready().okta_tokens.super_admin));
    world.expect_no_changes().await;
}

#[tokio::test]
async fn both_token_arguments_are_an_error() {
    let world = World::with_fast_syncs().await;
    world.configure(&integration(&format!("{CREDENTIALS}  api_token_wo = var.token")));
    world.expect_plan_error(&["Okta API token is given twice"]).await;
}

#[tokio::test]
async fn write_only_token_without_a_version_is_a_warning() {
    let world = World::with_fast_syncs().await;
    world.configure(&integration("  domain = var.domain\n  api_token_wo = var.token\n"));
    let prose = world.run(&["validate", "-no-color"]).await.prose();
    assert!(prose.contains("Write-only token changes are not detected"), "{prose}");
    assert!(!prose.contains("api_token_wo = "), "the line with the token is quoted: {prose}");
    world.configure(&with_version(1));
    let prose = world.run(&["validate", "-no-color"]).await.prose();
    assert!(!prose.contains("Warning"), "{prose}");
}
