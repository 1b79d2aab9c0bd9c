//! Number of requests of a configuration with many integrations.

use std::time::Duration;

use provider_testing::load::load;

const INTEGRATIONS: usize = 30;
const APPS: usize = 5;

#[tokio::test]
async fn refresh_sends_one_request_per_integration_and_shared_lookups_are_sent_once() {
    let phases = load(INTEGRATIONS, APPS, Duration::from_millis(5)).await;
    for phase in &phases {
        let calls = |call: &str| phase.conductorone.get(call).copied().unwrap_or_default();
        let name = phase.name;
        // Destroy refreshes, plans and applies in a plugin process each.
        let processes = if name == "destroy" { 3 } else { 1 };
        assert_eq!(calls("POST /auth/v1/token"), processes, "{name}: {:?}", phase.conductorone);
        assert!(calls("POST /api/v1/search/users") <= 1, "{name}: {:?}", phase.conductorone);
        assert!(calls("GET /api/v1/iam/roles") <= 1, "{name}: {:?}", phase.conductorone);
        assert!(phase.limited > 0, "{name} was not rate-limited");
        assert!(phase.okta.iter().flat_map(|okta| okta.values()).all(|calls| *calls == 1), "{name}: {:?}", phase.okta);
    }
    let [plan, apply, nothing, destroy] = phases.as_slice() else { panic!("{phases:?}") };
    let reads = "GET /api/v1/apps/*/connectors/*";
    assert_eq!(plan.conductorone.get(reads), None);
    assert_eq!(apply.conductorone["POST /api/v1/apps/*/connectors/create"], INTEGRATIONS);
    // The creates of one app share the list.
    assert_eq!(apply.conductorone["GET /api/v1/apps/*/connectors"], APPS);
    assert_eq!(apply.conductorone["POST /api/v1/apps"], APPS);
    assert_eq!(apply.conductorone["POST /api/v1/search/apps"], APPS);
    // The sign-in, and one read per app and integration.
    assert_eq!(nothing.conductorone[reads], INTEGRATIONS);
    assert_eq!(nothing.conductorone.values().sum::<usize>(), 1 + APPS + INTEGRATIONS, "{:?}", nothing.conductorone);
    assert_eq!(destroy.conductorone["DELETE /api/v1/apps/*/connectors/*"], INTEGRATIONS);
    assert_eq!(destroy.conductorone["DELETE /api/v1/apps/*"], APPS);
}
