//! The data source `conductorone_okta_inventory`.

use c1_sandbox::{Options, OrgSize, RateLimits, RatePlan};
use serde_json::{Value, json};

use provider_testing::harness::World;

const SIZE: OrgSize = OrgSize { users: 500, groups: 40, apps: 150, seed: 2 };

fn inventory(arguments: &str) -> String {
    format!(
        "data \"conductorone_okta_inventory\" \"okta\" {{\n  domain    = var.domain\n  api_token = var.token\n{arguments}\n}}\n\
         output \"found\" {{\n  value = {{ for name, value in data.conductorone_okta_inventory.okta : name => value if name != \"api_token\" }}\n  \
         sensitive = true\n}}\n"
    )
}

async fn found(world: &World) -> Value {
    world.expect_apply().await;
    let output = world.run(&["output", "-json", "found"]).await;
    serde_json::from_str(&output.stdout).unwrap()
}

fn sum(of: &Value) -> u64 {
    of.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

#[tokio::test]
async fn inventory_counts_the_org_and_estimates_its_syncs() {
    // Rate limits reset every second, so that the test does not wait for them.
    let rate_limits = RateLimits { plan: RatePlan::Workforce, token_share: 50, window: 1 };
    let world = World::new(Options { org_size: SIZE, rate_limits, ..Options::default() }).await;
    let counts = world.sandbox.okta_orgs()[0].counts();

    world.configure(&inventory("  skip_inactive_apps = true"));
    let lists = found(&world).await;
    assert_eq!((sum(&lists["users"]), sum(&lists["groups"]), sum(&lists["apps"])), (500, 40, 150));
    let everyone = counts.users - counts.deprovisioned;
    assert_eq!(lists["memberships"], counts.memberships + everyone);
    assert_eq!(lists["group_assignments"], counts.group_assignments);
    let left_out = json!({"deprovisioned_users": counts.deprovisioned, "inactive_apps": counts.inactive_apps});
    assert_eq!(lists["left_out"], left_out);
    for name in ["app_assignments", "direct_app_assignments", "administrators"] {
        assert_eq!(lists[name], Value::Null, "{name}");
    }
    assert!(lists["requests"].as_u64().unwrap() < 20, "{lists}");
    // At least 1 + 150 + 150 requests to apps, 50 a minute.
    assert_eq!(lists["least_sync_seconds"], 360);
    assert!(lists["advice"][0].as_str().unwrap().contains("raise the token's share to 100 %"), "{lists}");

    world.configure(&inventory("  detail = \"full\"\n  sync_deprovisioned_users = true"));
    let full = found(&world).await;
    assert_eq!(full["app_assignments"], counts.app_users);
    assert_eq!(full["direct_app_assignments"], counts.direct_app_users);
    assert_eq!(full["administrators"], counts.administrators);
    assert_eq!(full["left_out"], json!({}));
    assert_eq!(full["unreadable"], json!([]));
    assert_eq!(world.sandbox.okta_orgs()[0].traffic().rate_refusals, 0);
}

#[tokio::test]
async fn inventory_reports_missing_permissions_and_rejects_invalid_arguments() {
    let mut world = World::new(Options { org_size: SIZE, ..Options::default() }).await;
    let tokens = world.sandbox.ready().okta_tokens.clone();
    world.set_variable("token", &tokens.no_role);
    world.configure(&inventory(""));
    let nothing = found(&world).await;
    let unreadable: Vec<&str> =
        nothing["unreadable"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert!(
        unreadable[0].starts_with("apps: Okta returned 403") && unreadable[0].contains("E0000006"),
        "{unreadable:?}"
    );
    assert!(nothing["advice"].to_string().contains("no effective admin role"), "{nothing}");

    world.set_variable("token", &tokens.revoked);
    world.expect_plan_error(&["Okta API token is not accepted", "api_token = var.token"]).await;
    world.configure(&inventory("  detail = \"some\""));
    world.expect_plan_error(&["Level of detail does not exist", "detail is \"some\""]).await;
    world.configure_with("provider \"conductorone\" {\n  okta_max_rate_share = 0\n}\n", &inventory(""));
    world.expect_plan_error(&["Share of Okta rate limits is not valid", "from 1 to 100"]).await;
}
