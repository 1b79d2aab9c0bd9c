//! The provider's arguments and environment variables.

use provider_testing::harness::{CREDENTIALS, World, integration};

#[tokio::test]
async fn arguments_take_precedence_over_the_environment() {
    let mut world = World::with_fast_syncs().await;
    let ready = world.sandbox.ready().clone();
    world.workspace.set("CONDUCTORONE_CLIENT_SECRET", "nonsense");
    world.configure_with(
        &format!(
            "provider \"conductorone\" {{\n  server_url = \"{}\"\n  client_id = \"{}\"\n  client_secret = \"{}\"\n}}\n",
            ready.c1_url, ready.client_id, ready.client_secret
        ),
        &integration(CREDENTIALS),
    );
    world.expect_apply().await;
}

#[tokio::test]
async fn workload_federation_and_access_tokens_work() {
    let mut world = World::with_fast_syncs().await;
    let ready = world.sandbox.ready().clone();
    world.workspace.set("CONDUCTORONE_CLIENT_ID", &ready.oidc_client_id);
    world.workspace.set("CONDUCTORONE_CLIENT_SECRET", "");
    world.workspace.set("CONDUCTORONE_OIDC_TOKEN", &ready.oidc_token);
    world.expect_apply().await;
    world.workspace.set("CONDUCTORONE_OIDC_TOKEN", "");
    world.workspace.set("CONDUCTORONE_ACCESS_TOKEN", &ready.access_token);
    world.expect_no_changes().await;
}

#[tokio::test]
async fn wrong_credentials_fail_the_plan() {
    let mut world = World::with_fast_syncs().await;
    let secret = world.sandbox.ready().client_secret.clone();
    world.workspace.set("CONDUCTORONE_CLIENT_SECRET", "nonsense");
    world.expect_plan_error(&["Provider is not configured correctly", "CONDUCTORONE_CLIENT_SECRET"]).await;
    world.workspace.set("CONDUCTORONE_CLIENT_SECRET", &secret);
    world.workspace.set("CONDUCTORONE_ACCESS_TOKEN", "not-a-token");
    world.expect_plan_error(&["Could not sign in to ConductorOne", "401"]).await;
    world.workspace.set("CONDUCTORONE_ACCESS_TOKEN", "");
    world.workspace.set("CONDUCTORONE_CLIENT_ID", "other-fox-1@127.0.0.1/spc");
    world.expect_plan_error(&["Could not sign in to ConductorOne", "client_id"]).await;
}

#[tokio::test]
async fn first_plan_succeeds_with_unknown_arguments() {
    let world = World::with_fast_syncs().await;
    let url = world.sandbox.ready().c1_url.clone();
    world.configure_with(
        "provider \"conductorone\" {\n  server_url = terraform_data.url.output\n}\n",
        &format!("resource \"terraform_data\" \"url\" {{\n  input = \"{url}\"\n}}\n{}", integration(CREDENTIALS)),
    );
    world.expect_apply().await;
    world.expect_no_changes().await;
}
