//! The schema as Terraform prints it.

use provider_testing::harness::World;

#[tokio::test]
async fn schema_matches_the_snapshot() {
    let world = World::with_fast_syncs().await;
    let shown = world.run(&["providers", "schema", "-json"]).await;
    let schema: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    let provider = schema["provider_schemas"].as_object().unwrap().values().next().unwrap();
    // Other kinds of schemas, such as those of identities, depend on Terraform's version.
    let kinds = ["data_source_schemas", "functions", "provider", "resource_schemas"];
    let provider: serde_json::Map<_, _> = kinds.iter().map(|&kind| (kind.to_owned(), provider[kind].clone())).collect();
    insta::assert_json_snapshot!(provider);
}

#[tokio::test]
async fn only_the_stored_token_of_the_integration_is_sensitive() {
    // With two sensitive attributes, `plan -refresh-only` of Terraform 1.11 reports a change in every other run.
    let world = World::with_fast_syncs().await;
    let shown = world.run(&["providers", "schema", "-json"]).await;
    let schema: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    let provider = schema["provider_schemas"].as_object().unwrap().values().next().unwrap().clone();
    let attributes = provider["resource_schemas"]["conductorone_okta_integration"]["block"]["attributes"].clone();
    let attributes = attributes.as_object().unwrap();
    let marked: Vec<_> =
        attributes.iter().filter(|(_, value)| value["sensitive"] == true).map(|(name, _)| name).collect();
    assert_eq!(marked, ["api_token"]);
    assert_eq!(attributes["api_token_wo"]["write_only"], true);
}
