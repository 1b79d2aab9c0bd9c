//! The registry's pages are what the schema, the examples and the hand-written parts make of them, and what it takes.

use std::path::Path;

use provider_testing::harness::World;

#[tokio::test]
async fn the_registrys_pages_are_up_to_date() {
    let world = World::quick().await;
    let shown = world.run(&["providers", "schema", "-json"]).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shown = serde_json::from_str(&shown.stdout).unwrap();
    let pages = xtask::docs::pages(&shown, root).unwrap();
    assert_eq!(pages.len(), 9, "{:?}", pages.keys());
    let stale = xtask::docs::stale(&pages, root).unwrap();
    assert!(stale.is_empty(), "{}", xtask::docs::complaint(&stale));
    xtask::registry::check(&shown, root).unwrap();
}
