//! The guide to the sandbox, followed to the letter.

use crate::harness::World;

/// The blocks of a Markdown text that are in this language.
fn blocks<'t>(text: &'t str, language: &str) -> Vec<&'t str> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[tokio::test]
async fn the_guides_module_passes_its_test() {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides/sandbox.md")).unwrap();
    let [module, test] = blocks(&guide, "terraform")[..] else { panic!("a module and its test") };
    let mut world = World::quick().await;
    let ready = world.sandbox.ready().clone();
    // What the guide's workflow puts into the environment.
    for (name, field, value) in [
        ("TF_VAR_okta_domain", ".okta_url", &ready.okta_url),
        ("TF_VAR_okta_api_token", ".okta_tokens.super_admin", &ready.okta_tokens.super_admin),
    ] {
        assert!(guide.contains(&format!("\"{name}=\\({field})\"")), "{name}");
        world.variable(name.trim_start_matches("TF_VAR_"), value);
    }
    world.configure(module);
    world.workspace.write("tests/integration.tftest.hcl", test).unwrap();
    let tested = world.run(&["test", "-no-color"]).await;
    assert_eq!(tested.code, 0, "{}", tested.prose());
    assert!(tested.stdout.contains("2 passed, 0 failed"), "{}", tested.stdout);
    assert_eq!(world.connectors().await.len(), 0, "the end removes everything");
}
