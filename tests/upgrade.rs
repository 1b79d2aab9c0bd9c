//! Upgrades of stored states. `tests/states` contains a state of every schema version of every resource. Version 0 of
//! the integration is the layout of the vendor's resource.

#![expect(clippy::expect_used, reason = "a failed step must end the test")]

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
async fn states_of_all_versions_are_upgraded() {
    for (type_name, rpc) in resources() {
        for version in 0..=rpc.version().await {
            let (upgraded, diagnostics) = rpc.upgrade(version, &state(type_name, version)).await;
            let messages: Vec<String> = diagnostics.iter().map(shown).collect();
            let upgraded = upgraded.unwrap_or_else(|| panic!("{type_name} {version}: {messages:?}"));
            assert!(messages.is_empty() && upgraded.is_wholly_known(), "{type_name} {version}: {messages:?}");
            for name in ["id", "display_name"] {
                let is_stored = state(type_name, version).contains(&format!("\"{name}\""));
                assert_eq!(
                    matches!(upgraded.attribute(name), Value::String(_)),
                    is_stored,
                    "{type_name} {version} {name}"
                );
            }
        }
    }
}

#[tokio::test]
async fn error_for_a_newer_state_names_both_versions() {
    for (type_name, rpc) in resources() {
        let version = rpc.version().await;
        let (upgraded, diagnostics) = rpc.upgrade(version + 1, &state(type_name, version)).await;
        assert_eq!(upgraded, None);
        let [error] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
        let message = shown(error);
        for part in [
            format!("schema version {}", version + 1),
            format!("reads version {version}"),
            "Install the version of the provider that wrote the state, or a later one".to_owned(),
        ] {
            assert!(message.contains(&part), "{message}");
        }
    }
}
