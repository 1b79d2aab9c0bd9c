//! The app resource, the data sources and the function.

use serde_json::{Value, json};

use provider_testing::harness::{CREDENTIALS, World, integration};

#[tokio::test]
async fn app_with_an_integration_is_created_changed_imported_and_destroyed() {
    let world = World::with_fast_syncs().await;
    let app = |arguments: &str| format!("resource \"conductorone_app\" \"okta\" {{\n  {arguments}\n}}\n");
    let okta = integration(CREDENTIALS).replace("var.app_id", "conductorone_app.okta.id");
    world.configure(&(app("display_name = \"Okta of Acme\"") + &okta));
    world.expect_apply().await;
    let id = world.connector().await["app_id"].as_str().unwrap().to_owned();
    world.expect_no_changes().await;

    world.configure(&(app("display_name = \"Okta\"\n  description = \"All of it\"") + &okta));
    let apply = world.expect_apply().await;
    assert!(apply.prose().contains("1 changed"), "{}", apply.prose());
    world.expect_no_changes().await;

    world.run(&["state", "rm", "conductorone_app.okta"]).await;
    let import = world.run(&["import", "-no-color", "conductorone_app.okta", &id]).await;
    assert_eq!(import.code, 0, "{}", import.prose());
    world.expect_no_changes().await;
    world.expect_destroy().await;
}

async fn outputs(world: &World) -> Value {
    let output = world.run(&["output", "-json", "-no-color"]).await;
    serde_json::from_str(&output.stdout).unwrap()
}

#[tokio::test]
async fn data_sources_return_existing_objects() {
    let world = World::with_fast_syncs().await;
    let (app, user) = (world.sandbox.ready().apps[0].clone(), world.sandbox.ready().users[0].clone());
    let lookups = format!(
        r#"
data "conductorone_app" "by_name" {{
  display_name = "{app}"
}}
data "conductorone_app" "by_id" {{
  id = data.conductorone_app.by_name.id
}}
data "conductorone_user" "owner" {{
  email = "{email}"
}}
data "conductorone_okta_integration" "now" {{
  app_id     = var.app_id
  depends_on = [conductorone_okta_integration.okta]
}}
data "conductorone_okta_token" "token" {{
  domain    = var.domain
  api_token = var.token
}}
output "app" {{
  value = data.conductorone_app.by_id
}}
output "user" {{
  value = data.conductorone_user.owner
}}
output "now" {{
  value = data.conductorone_okta_integration.now
}}
output "capabilities" {{
  value = data.conductorone_okta_token.token.capabilities
}}
output "host" {{
  value = provider::conductorone::okta_domain("https://Acme.okta.com/")
}}
"#,
        app = app.display_name,
        email = user.email,
    );
    world.configure(&(integration(CREDENTIALS) + &lookups));
    world.expect_apply().await;
    let outputs = outputs(&world).await;
    assert_eq!(outputs["app"]["value"]["id"], app.id.as_str());
    assert_eq!(outputs["user"]["value"]["id"], user.id.as_str());
    assert_eq!(outputs["user"]["value"]["roles"], json!(["Super Administrator"]));
    assert_eq!(outputs["now"]["value"]["status"], "Connected");
    assert_eq!(outputs["now"]["value"]["id"], world.connector().await["id"]);
    assert_eq!(outputs["capabilities"]["value"]["review_org_roles"], "yes");
    assert_eq!(outputs["host"]["value"], "acme.okta.com");
    world.expect_no_changes().await;
}

#[tokio::test]
async fn lookups_without_a_match_and_invalid_arguments_are_errors() {
    let world = World::with_fast_syncs().await;
    let rows = [
        ("data \"conductorone_app\" \"a\" {\n  display_name = \"No such app\"\n}\n", "App does not exist"),
        ("data \"conductorone_app\" \"a\" {}\n", "App is not specified"),
        ("data \"conductorone_user\" \"a\" {\n  email = \"missing@example.com\"\n}\n", "User does not exist"),
        ("data \"conductorone_okta_integration\" \"a\" {\n  app_id = var.app_id\n}\n", "Okta connector does not exist"),
        (
            "data \"conductorone_okta_token\" \"a\" {\n  domain = var.domain\n  api_token = \"00dead\"\n}\n",
            "Okta API token is not accepted",
        ),
        (
            "output \"a\" {\n  value = provider::conductorone::okta_domain(\"acme-admin.okta.com\")\n}\n",
            "acme.okta.com",
        ),
    ];
    for (resources, words) in rows {
        world.configure(resources);
        world.expect_plan_error(&[words]).await;
    }
}

#[tokio::test]
async fn app_deleted_outside_terraform_is_recreated() {
    let world = World::with_fast_syncs().await;
    world.configure("resource \"conductorone_app\" \"okta\" {\n  display_name = \"Okta of Acme\"\n}\noutput \"id\" {\n  value = conductorone_app.okta.id\n}\n");
    world.expect_apply().await;
    let id = outputs(&world).await["id"]["value"].as_str().unwrap().to_owned();
    world.delete_app(&id).await;
    let plan = world.plan().await;
    assert!(plan.prose().contains("1 to add, 0 to change, 0 to destroy"), "{}", plan.prose());
    world.expect_apply().await;
    assert_ne!(outputs(&world).await["id"]["value"], id.as_str());
    world.expect_no_changes().await;
}

#[tokio::test]
async fn ambiguous_lookups_list_all_matches() {
    let world = World::with_fast_syncs().await;
    let first = world.sandbox.ready().apps[0].clone();
    let app = world.post("api/v1/apps", json!({ "displayName": first.display_name })).await;
    let second = app["app"]["id"].as_str().unwrap();
    world.configure(&format!("data \"conductorone_app\" \"a\" {{\n  display_name = \"{}\"\n}}\n", first.display_name));
    world.expect_plan_error(&["App is not unique", &first.id, second]).await;

    let two = "  count = 2\n  wait_for_sync = false\n";
    world.configure(&integration(&format!("{two}{CREDENTIALS}")));
    world.expect_apply().await;
    let lookup = "data \"conductorone_okta_integration\" \"a\" {\n  app_id = var.app_id\n}\n";
    world.configure(&(integration(&format!("{two}{CREDENTIALS}")) + lookup));
    let connectors = world.connectors().await;
    let ids: Vec<&str> = connectors.iter().filter_map(|connector| connector["id"].as_str()).collect();
    world.expect_plan_error(&["Okta connector is not unique", ids[0], ids[1]]).await;
}

#[tokio::test]
async fn status_distinguishes_failed_paused_and_disabled_connectors() {
    let world = World::with_fast_syncs().await;
    let lookup = "data \"conductorone_okta_integration\" \"a\" {\n  app_id = var.app_id\n  depends_on = [conductorone_okta_integration.okta]\n}\n\
                  output \"status\" {\n  value = data.conductorone_okta_integration.a.status\n}\n";
    world.configure(&(integration(CREDENTIALS) + lookup));
    world.expect_apply().await;
    let connector = world.connector().await;
    for (change, label) in [
        (json!({ "status": "SYNC_STATUS_ERROR", "last_error": "sync failed" }), "Failed"),
        (json!({ "sync_disabled_reason": "" }), "Paused"),
        (json!({ "sync_disabled_reason": null, "status": "SYNC_STATUS_DISABLED" }), "Disabled"),
        (json!({ "status": "SYNC_STATUS_RUNNING" }), "Syncing"),
        (json!({ "status": "SYNC_STATUS_DONE" }), "Connected"),
    ] {
        world.edit_connector(&connector, change).await;
        world.expect_apply().await;
        assert_eq!(outputs(&world).await["status"]["value"], label);
    }
}

#[tokio::test]
async fn precondition_can_use_the_permissions_of_a_token() {
    let mut world = World::with_fast_syncs().await;
    let tokens = world.sandbox.ready().okta_tokens.clone();
    world.set_variable("token", &tokens.read_only);
    let lookup = "data \"conductorone_okta_token\" \"t\" {\n  domain = var.domain\n  api_token = var.token\n}\n";
    let condition = "  lifecycle {\n    precondition {\n\
                     \x20     condition = data.conductorone_okta_token.t.capabilities[\"provision_group_membership\"] != \"no\"\n\
                     \x20     error_message = \"no: ${data.conductorone_okta_token.t.evidence[\"provision_group_membership\"]}\"\n    }\n  }\n";
    world.configure(&(lookup.to_owned() + &integration(&format!("{CREDENTIALS}{condition}"))));
    world.expect_plan_error(&["precondition failed", "no: GET /api/v1/meta/schemas/group/default returned 403"]).await;
    world.set_variable("token", &tokens.app_and_group_admin);
    world.expect_apply().await;
    world.expect_no_changes().await;
}
