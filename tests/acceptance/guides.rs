//! The guides' commands and configurations, run unchanged.

use std::path::Path;

use provider_testing::harness::World;

/// Returns the code blocks in this language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[tokio::test]
async fn module_of_the_sandbox_guide_passes_its_test() {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/sandbox.md")).unwrap();
    let [module, test] = blocks(&guide, "terraform")[..] else { panic!("the guide contains a module and its test") };
    let mut world = World::with_fast_syncs().await;
    let ready = world.sandbox.ready().clone();
    // Variables that the guide's workflow sets.
    for (name, field, value) in [
        ("TF_VAR_okta_domain", ".okta_url", &ready.okta_url),
        ("TF_VAR_okta_api_token", ".okta_tokens.super_admin", &ready.okta_tokens.super_admin),
    ] {
        assert!(guide.contains(&format!("\"{name}=\\({field})\"")), "{name}");
        world.set_variable(name.trim_start_matches("TF_VAR_"), value);
    }
    world.configure(module);
    world.workspace.write("tests/integration.tftest.hcl", test).unwrap();
    let tested = world.run(&["test", "-no-color"]).await;
    assert_eq!(tested.code, 0, "{}", tested.prose());
    assert!(tested.stdout.contains("2 passed, 0 failed"), "{}", tested.stdout);
    assert_eq!(world.connectors().await.len(), 0, "the test destroys all objects");
}

#[tokio::test]
async fn first_configuration_of_the_getting_started_guide_becomes_connected() {
    let guide =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/getting-started.md")).unwrap();
    let [configuration] = blocks(&guide, "terraform")[..] else { panic!("the guide contains one configuration") };
    let mut world = World::with_fast_syncs().await;
    let ready = world.sandbox.ready().clone();
    world.set_variable("okta_api_token", &ready.okta_tokens.super_admin);
    let here = configuration.replace("acme.okta.com", &ready.okta_url).replace("ada@acme.com", "ada.admin@example.com");
    assert_ne!(here, configuration);
    world.workspace.write("main.tf", &here).unwrap();
    world.expect_apply().await;
    world.expect_no_changes().await;
    assert_eq!(world.connectors().await.len(), 1);
}

#[tokio::test]
async fn configurations_in_documents_are_formatted() {
    let world = World::with_fast_syncs().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guides = std::fs::read_dir(root.join("docs/guides")).unwrap().map(|entry| entry.unwrap().path());
    let others = ["README.md", "examples/complete/README.md", "docs/index.md"].map(|name| root.join(name));
    let mut count = 0;
    for document in guides.chain(others) {
        let name = document.file_stem().unwrap().to_str().unwrap().to_owned();
        for block in blocks(&std::fs::read_to_string(&document).unwrap(), "terraform") {
            count += 1;
            world.workspace.write(&format!("documents/{name}-{count}.tf"), block).unwrap();
        }
    }
    assert!(count > 15, "the documents are read: {count}");
    let formatted = world.run(&["fmt", "-check", "-recursive", "-diff", "documents"]).await;
    assert_eq!(formatted.code, 0, "{}{}", formatted.stdout, formatted.prose());
}
