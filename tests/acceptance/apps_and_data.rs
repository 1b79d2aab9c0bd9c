//! Apps, data sources and the function.

use serde_json::{Value, json};

use crate::harness::{CONFIGURED, World, integration};

#[tokio::test]
async fn an_app_is_created_changed_imported_and_destroyed_with_its_integration() {
    let world = World::quick().await;
    let app = |arguments: &str| format!("resource \"conductorone_app\" \"okta\" {{\n  {arguments}\n}}\n");
    let okta = integration(CONFIGURED).replace("var.app_id", "conductorone_app.okta.id");
    world.configure(&(app("display_name = \"Okta of Acme\"") + &okta));
    world.applied().await;
    let id = world.connector().await["app_id"].as_str().unwrap().to_owned();
    world.nothing_to_do().await;

    world.configure(&(app("display_name = \"Okta\"\n  description = \"All of it\"") + &okta));
    let apply = world.applied().await;
    assert!(apply.prose().contains("1 changed"), "{}", apply.prose());
    world.nothing_to_do().await;

    world.run(&["state", "rm", "conductorone_app.okta"]).await;
    let import = world.run(&["import", "-no-color", "conductorone_app.okta", &id]).await;
    assert_eq!(import.code, 0, "{}", import.prose());
    world.nothing_to_do().await;
    let destroy = world.run(&["destroy", "-auto-approve", "-no-color"]).await;
    assert_eq!(destroy.code, 0, "{}", destroy.prose());
}

async fn outputs(world: &World) -> Value {
    let output = world.run(&["output", "-json", "-no-color"]).await;
    serde_json::from_str(&output.stdout).unwrap()
}

#[tokio::test]
async fn what_exists_is_looked_up() {
    let world = World::quick().await;
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
    world.configure(&(integration(CONFIGURED) + &lookups));
    world.applied().await;
    let outputs = outputs(&world).await;
    assert_eq!(outputs["app"]["value"]["id"], app.id.as_str());
    assert_eq!(outputs["user"]["value"]["id"], user.id.as_str());
    assert_eq!(outputs["user"]["value"]["roles"], json!(["Super Administrator"]));
    assert_eq!(outputs["now"]["value"]["status"], "Connected");
    assert_eq!(outputs["now"]["value"]["id"], world.connector().await["id"]);
    assert_eq!(outputs["capabilities"]["value"]["review_org_roles"], "yes");
    assert_eq!(outputs["host"]["value"], "acme.okta.com");
    world.nothing_to_do().await;
}

#[tokio::test]
async fn what_does_not_exist_or_is_not_one_is_refused() {
    let world = World::quick().await;
    let rows = [
        ("data \"conductorone_app\" \"a\" {\n  display_name = \"No such app\"\n}\n", "App does not exist"),
        ("data \"conductorone_app\" \"a\" {}\n", "Say which app"),
        ("data \"conductorone_user\" \"a\" {\n  email = \"nobody@example.com\"\n}\n", "User does not exist"),
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
        world.plan_fails(&[words]).await;
    }
}
