//! Imports of existing objects, and moves from the vendor's resource.

use c1_sandbox::terraform::SOURCE;
use serde_json::{Value, json};

use provider_testing::harness::{CREDENTIALS, World, assert_contains, integration};

/// Returns a world with a connector that is not in the state.
async fn world_with_untracked_connector() -> (World, Value) {
    let world = World::with_fast_syncs().await;
    world.expect_apply().await;
    std::fs::remove_file(world.workspace.folder().join("terraform.tfstate")).unwrap();
    let connector = world.connector().await;
    (world, connector)
}

fn import_id(connector: &Value) -> String {
    format!("{}/{}", connector["app_id"].as_str().unwrap(), connector["id"].as_str().unwrap())
}

#[tokio::test]
async fn import_by_command_sets_all_attributes_except_the_token() {
    let (world, connector) = world_with_untracked_connector().await;
    let id = import_id(&connector);
    let import = world.run(&["import", "-no-color", "conductorone_okta_integration.okta", &id]).await;
    assert_eq!(import.code, 0, "{}", import.prose());
    let plan = world.plan().await;
    assert!(plan.stdout.contains("+ api_token"), "{}", plan.prose());
    assert!(plan.prose().contains("0 to add, 1 to change, 0 to destroy"), "{}", plan.prose());
    assert_eq!(plan.stdout.matches(" -> ").count(), 0, "{}", plan.stdout);
    world.expect_apply().await;
    assert_eq!(world.connector().await["id"], connector["id"]);
    world.expect_no_changes().await;
}

#[tokio::test]
async fn import_by_block_succeeds() {
    let (world, connector) = world_with_untracked_connector().await;
    let block =
        format!("import {{\n  to = conductorone_okta_integration.okta\n  id = \"{}\"\n}}\n", import_id(&connector));
    world.configure(&(block + &integration(CREDENTIALS)));
    world.expect_apply().await;
    assert_eq!(world.state().await["id"], connector["id"]);
    world.expect_no_changes().await;
}

#[tokio::test]
async fn generated_configuration_lacks_only_the_token() {
    let (world, connector) = world_with_untracked_connector().await;
    let block =
        format!("import {{\n  to = conductorone_okta_integration.okta\n  id = \"{}\"\n}}\n", import_id(&connector));
    world.configure(&block);
    let generating = world.run(&["plan", "-no-color", "-input=false", "-generate-config-out=generated.tf"]).await;
    assert_eq!(generating.stderr.matches("Error: ").count(), 1, "{}", generating.prose());
    assert!(generating.prose().contains("Okta API token is missing"), "{}", generating.prose());
    let generated = world.workspace.folder().join("generated.tf");
    let text = std::fs::read_to_string(&generated).unwrap();
    let with_token = with_argument(&text, "api_token", "var.token");
    assert_ne!(with_token, text, "{text}");
    std::fs::write(&generated, with_token).unwrap();
    let plan = world.plan().await;
    assert!(plan.prose().contains("1 to import, 0 to add, 1 to change, 0 to destroy"), "{}", plan.prose());
    // These attributes are computed from the token.
    let changed = plan.stdout.lines().map(str::trim_start).filter(|line| line.starts_with(['+', '~', '-']));
    let changed: Vec<&str> = changed.filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(changed, ["update", "resource", "api_token", "capabilities", "okta_org_id"], "{}", plan.stdout);
    world.expect_apply().await;
    assert_eq!(world.state().await["id"], connector["id"]);
    world.expect_no_changes().await;
}

#[tokio::test]
async fn generated_configuration_of_a_delegated_setup_and_of_okta_v2_lacks_at_most_the_token() {
    for (arguments, needs_token) in
        [("".to_owned(), false), (format!("{CREDENTIALS}  connector = \"okta_v2\"\n  sync_secrets = true"), true)]
    {
        let world = World::with_fast_syncs().await;
        world.configure(&integration(&arguments));
        world.expect_apply().await;
        let connector = world.connector().await;
        std::fs::remove_file(world.workspace.folder().join("terraform.tfstate")).unwrap();
        let id = import_id(&connector);
        world.configure(&format!("import {{\n  to = conductorone_okta_integration.okta\n  id = \"{id}\"\n}}\n"));
        world.run(&["plan", "-no-color", "-input=false", "-generate-config-out=generated.tf"]).await;
        let generated = world.workspace.folder().join("generated.tf");
        if needs_token {
            let text = std::fs::read_to_string(&generated).unwrap();
            std::fs::write(&generated, with_argument(&text, "api_token", "var.token")).unwrap();
        }
        let plan = world.plan().await;
        let changed = u8::from(needs_token);
        let expected = format!("1 to import, 0 to add, {changed} to change, 0 to destroy");
        assert!(plan.prose().contains(&expected), "{}", plan.prose());
        world.expect_apply().await;
        world.expect_no_changes().await;
    }
}

/// Sets an argument of a generated configuration.
fn with_argument(text: &str, argument: &str, value: &str) -> String {
    let lines = text.lines().map(|line| match line.trim_start().strip_prefix(argument) {
        Some(rest) if rest.trim_start().starts_with('=') => format!("  {argument} = {value}"),
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

#[tokio::test]
async fn import_with_an_invalid_or_unknown_id_is_an_error() {
    let (world, connector) = world_with_untracked_connector().await;
    let app = connector["app_id"].as_str().unwrap();
    let missing = format!("{app}/2YqKzWeWLbQUvXxWJzHDkWcZ9pA");
    for (id, words) in [("nonsense", "APP_ID/CONNECTOR_ID"), (missing.as_str(), "non-existent remote object")] {
        let import = world.run(&["import", "-no-color", "conductorone_okta_integration.okta", id]).await;
        assert_eq!(import.code, 1, "{id}");
        assert!(import.prose().contains(words), "{id}: {}", import.prose());
    }
}

#[tokio::test]
async fn import_of_another_connector_type_is_an_error_that_names_it() {
    let world = World::with_fast_syncs().await;
    let ready = world.sandbox.ready();
    let app = &ready.apps[0].id;
    let connector = world
        .post(
            &format!("api/v1/apps/{app}/connectors/create"),
            json!({"catalogId": "2hhAMtlHune8HuTHdeg1W4SP1aF", "config": {
                "@type": "type.googleapis.com/c1.api.app.v1.EnvConfig", "configuration": {
                    "okta_ciam_domain": {"stringValue": ready.okta_url},
                    "okta_ciam_api_token": {"stringValue": ready.okta_tokens.super_admin}}}}),
        )
        .await;
    let id = format!("{app}/{}", connector["connectorView"]["connector"]["id"].as_str().unwrap());
    let import = world.run(&["import", "-no-color", "conductorone_okta_integration.okta", &id]).await;
    assert_eq!(import.code, 1, "{}", import.prose());
    let texts = ["Connector is not an Okta connector", "(Okta CIAM) has the catalog entry 2hhAMtlHune8HuTHdeg1W4SP1aF"];
    assert_contains(&import, &texts);
    let show = world.run(&["show", "-json", "-no-color"]).await;
    assert!(!show.stdout.contains("conductorone_okta_integration"), "nothing was imported: {}", show.stdout);
}

/// Returns a state in which the vendor's resource manages the connector.
fn vendors_state(connector: &Value, (source, resource_type): (&str, &str), token: &str) -> String {
    json!({
        "version": 4,
        "terraform_version": "1.11.4",
        "serial": 1,
        "lineage": "3f1b2a34-5c6d-4e7f-8a9b-0c1d2e3f4a5b",
        "outputs": {},
        "resources": [{
            "mode": "managed",
            "type": resource_type,
            "name": "okta",
            "provider": format!("provider[\"{source}\"]"),
            "instances": [{
                "schema_version": 0,
                "attributes": {
                    "app_id": connector["app_id"], "id": connector["id"], "created_at": connector["created_at"],
                    "updated_at": "2026-08-20T10:00:00Z", "deleted_at": null, "okta_domain": connector["domain"],
                    "okta_api_key": token, "okta_dont_sync_inactive_apps": false,
                    "okta_extract_aws_saml_roles": false, "okta_sync_deprovisioned_users": false,
                    "user_ids": connector["owners"],
                },
                "sensitive_attributes": [],
            }],
        }],
    })
    .to_string()
}

#[tokio::test]
async fn move_from_the_vendors_resource_is_not_a_change() {
    for source in [SOURCE, VENDORS_SOURCE] {
        let (world, connector) = world_with_untracked_connector().await;
        let token = world.sandbox.ready().okta_tokens.super_admin.clone();
        let state = vendors_state(&connector, (source, "conductorone_integration_okta"), &token);
        world.workspace.write("terraform.tfstate", &state).unwrap();
        let moved =
            "moved {\n  from = conductorone_integration_okta.okta\n  to   = conductorone_okta_integration.okta\n}\n";
        world.configure(&(moved.to_owned() + &integration(CREDENTIALS)));
        if source == VENDORS_SOURCE {
            install_vendors_provider(&world);
            let init = world.run(&["init", "-input=false", "-no-color"]).await;
            assert_eq!(init.code, 0, "{}", init.prose());
        }
        let plan = world.plan().await;
        assert!(plan.prose().contains("0 to add, 0 to change, 0 to destroy"), "{}", plan.prose());
        world.expect_apply().await;
        assert_eq!(world.state().await["id"], connector["id"]);
        world.expect_no_changes().await;
    }
}

/// A source address that differs from that of the provider, as the vendor's does.
const VENDORS_SOURCE: &str = "terraform.local/conductorone/conductorone";

/// Installs a provider under the vendor's source address. Terraform installs each provider of a state, but only reads the
/// schema of the source of a move, so any provider works.
fn install_vendors_provider(world: &World) {
    let mirror = world.workspace.folder().join("mirror");
    let version = std::fs::read_dir(mirror.join(SOURCE)).unwrap().next().unwrap().unwrap();
    let platform = std::fs::read_dir(version.path()).unwrap().next().unwrap().unwrap();
    let target = mirror.join(VENDORS_SOURCE).join(version.file_name()).join(platform.file_name());
    std::fs::create_dir_all(&target).unwrap();
    for binary in std::fs::read_dir(platform.path()).unwrap() {
        let binary = binary.unwrap();
        std::fs::hard_link(binary.path(), target.join(binary.file_name())).unwrap();
    }
}

#[tokio::test]
async fn state_in_the_vendors_schema_is_upgraded() {
    let (world, connector) = world_with_untracked_connector().await;
    let token = world.sandbox.ready().okta_tokens.super_admin.clone();
    let state = vendors_state(&connector, (SOURCE, "conductorone_okta_integration"), &token);
    world.workspace.write("terraform.tfstate", &state).unwrap();
    world.expect_no_changes().await;
}

#[tokio::test]
async fn provider_can_be_used_beside_the_vendors_provider() {
    let world = World::with_fast_syncs().await;
    install_vendors_provider(&world);
    let configuration = format!(
        "terraform {{\n  required_providers {{\n    conductorone = {{ source = \"{VENDORS_SOURCE}\" }}\n    \
         c1okta       = {{ source = \"{SOURCE}\" }}\n  }}\n}}\n\
         provider \"conductorone\" {{}}\nprovider \"c1okta\" {{}}\n\
         variable \"domain\" {{}}\nvariable \"token\" {{ sensitive = true }}\n\
         resource \"conductorone_app\" \"okta\" {{\n  display_name = \"Okta\"\n}}\n\
         resource \"conductorone_okta_integration\" \"okta\" {{\n  provider  = c1okta\n  \
         app_id    = conductorone_app.okta.id\n  \
         domain    = provider::c1okta::okta_domain(var.domain)\n  api_token = var.token\n}}\n"
    );
    world.workspace.write("main.tf", &configuration).unwrap();
    let init = world.run(&["init", "-input=false", "-no-color"]).await;
    assert_eq!(init.code, 0, "{}", init.prose());
    world.expect_apply().await;
    world.expect_no_changes().await;
    let state = std::fs::read_to_string(world.workspace.folder().join("terraform.tfstate")).unwrap();
    for source in [VENDORS_SOURCE, SOURCE] {
        assert!(state.contains(&format!("provider[\\\"{source}\\\"]")), "{state}");
    }
}
