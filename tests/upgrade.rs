//! States that were written once are read for ever: `tests/states` has one of every version of every resource, that of
//! the vendor's provider, which is version 0 of the integration, among them.

#![expect(clippy::expect_used, reason = "a test that cannot go on should say where")]

use std::path::Path;
use std::sync::Arc;

use provider_testing::rpc::{Rpc, shown};
use service_http::SystemClock;
use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::provider::ConductorOne;

fn resources() -> [(&'static str, Rpc); 2] {
    let rpc = Rpc::new(ConductorOne::new(|_| None, Arc::new(SystemClock)));
    let apps = rpc.about_apps();
    [("conductorone_okta_integration", rpc), ("conductorone_app", apps)]
}

fn state(type_name: &str, version: i64) -> String {
    let name = format!("tests/states/{type_name}.v{version}.json");
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&name)).expect(&name)
}

#[tokio::test]
async fn a_state_of_every_version_is_read() {
    for (type_name, rpc) in resources() {
        for version in 0..=rpc.version().await {
            let (upgraded, diagnostics) = rpc.upgrade(version, &state(type_name, version)).await;
            let said: Vec<String> = diagnostics.iter().map(shown).collect();
            let upgraded = upgraded.unwrap_or_else(|| panic!("{type_name} {version}: {said:?}"));
            assert!(said.is_empty() && upgraded.is_wholly_known(), "{type_name} {version}: {said:?}");
            for name in ["id", "display_name"] {
                let kept = state(type_name, version).contains(&format!("\"{name}\""));
                assert_eq!(matches!(upgraded.attribute(name), Value::String(_)), kept, "{type_name} {version} {name}");
            }
        }
    }
}

#[tokio::test]
async fn a_state_of_a_newer_version_is_refused_and_both_versions_are_named() {
    for (type_name, rpc) in resources() {
        let version = rpc.version().await;
        let (upgraded, diagnostics) = rpc.upgrade(version + 1, &state(type_name, version)).await;
        assert_eq!(upgraded, None);
        let [refused] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
        let said = shown(refused);
        for part in [
            format!("schema version {}", version + 1),
            format!("reads version {version}"),
            "Install the version of the provider that wrote the state, or a later one".to_owned(),
        ] {
            assert!(said.contains(&part), "{said}");
        }
    }
}
