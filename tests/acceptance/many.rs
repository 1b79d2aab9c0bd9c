//! Many integrations in one configuration: what each costs in calls.

use std::time::Duration;

use provider_testing::load::load;

const INTEGRATIONS: usize = 30;
const APPS: usize = 5;

#[tokio::test]
async fn a_refresh_is_one_call_for_each_integration_and_what_they_share_is_asked_once() {
    let phases = load(INTEGRATIONS, APPS, Duration::from_millis(5)).await;
    for phase in &phases {
        let calls = |call: &str| phase.conductorone.get(call).copied().unwrap_or_default();
        let name = phase.name;
        // Terraform refreshes, plans and applies a destruction in a process each.
        let processes = if name == "destroy" { 3 } else { 1 };
        assert_eq!(calls("POST /auth/v1/token"), processes, "{name}: {:?}", phase.conductorone);
        assert!(calls("POST /api/v1/search/users") <= 1, "{name}: {:?}", phase.conductorone);
        assert!(calls("GET /api/v1/iam/roles") <= 1, "{name}: {:?}", phase.conductorone);
        assert!(phase.limited > 0, "{name} met no limit");
        assert!(phase.okta.values().all(|calls| *calls == 1), "{name}: {:?}", phase.okta);
    }
    let [plan, apply, nothing, destroy] = phases.as_slice() else { panic!("{phases:?}") };
    let reads = "GET /api/v1/apps/*/connectors/*";
    assert_eq!(plan.conductorone.get(reads), None);
    assert_eq!(apply.conductorone["POST /api/v1/apps/*/connectors/create"], INTEGRATIONS);
    // Before each create; and once for each app, whose ID the apply plans with.
    assert_eq!(apply.conductorone["GET /api/v1/apps/*/connectors"], INTEGRATIONS + APPS);
    assert_eq!(apply.conductorone["POST /api/v1/apps"], APPS);
    // Token, the apps' and the integrations' reads, and nothing else.
    assert_eq!(nothing.conductorone[reads], INTEGRATIONS);
    assert_eq!(nothing.conductorone.values().sum::<usize>(), 1 + APPS + INTEGRATIONS, "{:?}", nothing.conductorone);
    assert_eq!(destroy.conductorone["DELETE /api/v1/apps/*/connectors/*"], INTEGRATIONS);
    assert_eq!(destroy.conductorone["DELETE /api/v1/apps/*"], APPS);
}
