//! The registry's pages match the schema, the examples and the templates, and follow the registry's rules.

use std::path::Path;

use provider_testing::harness::World;

#[tokio::test]
async fn registry_pages_are_up_to_date() {
    let world = World::with_fast_syncs().await;
    let shown = world.run(&["providers", "schema", "-json"]).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shown = serde_json::from_str(&shown.stdout).unwrap();
    let pages = xtask::docs::pages(&shown, root).unwrap();
    assert_eq!(pages.len(), 9, "{:?}", pages.keys());
    let stale = xtask::docs::stale(&pages, root).unwrap();
    assert!(stale.is_empty(), "{}", xtask::docs::stale_message(&stale));
    xtask::registry::check(&shown, root).unwrap();
}
