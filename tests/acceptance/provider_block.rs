//! The provider's own arguments: where they come from, and what happens when they are wrong.

use provider_testing::harness::{CONFIGURED, World, integration};

#[tokio::test]
async fn arguments_beat_the_environment() {
    let mut world = World::quick().await;
    let ready = world.sandbox.ready().clone();
    world.workspace.set("CONDUCTORONE_CLIENT_SECRET", "nonsense");
    world.configure_with(
        &format!(
            "provider \"conductorone\" {{\n  server_url = \"{}\"\n  client_id = \"{}\"\n  client_secret = \"{}\"\n}}\n",
            ready.c1_url, ready.client_id, ready.client_secret
        ),
        &integration(CONFIGURED),
    );
    world.applied().await;
}

#[tokio::test]
async fn workload_federation_and_a_ready_access_token_work_too() {
    let mut world = World::quick().await;
    let ready = world.sandbox.ready().clone();
    world.workspace.set("CONDUCTORONE_CLIENT_ID", &ready.oidc_client_id);
    world.workspace.set("CONDUCTORONE_CLIENT_SECRET", "");
    world.workspace.set("CONDUCTORONE_OIDC_TOKEN", &ready.oidc_token);
    world.applied().await;
    world.workspace.set("CONDUCTORONE_OIDC_TOKEN", "");
    world.workspace.set("CONDUCTORONE_ACCESS_TOKEN", &ready.access_token);
    world.nothing_to_do().await;
}

#[tokio::test]
async fn wrong_credentials_fail_before_anything_is_planned() {
    let mut world = World::quick().await;
    let secret = world.sandbox.ready().client_secret.clone();
    world.workspace.set("CONDUCTORONE_CLIENT_SECRET", "nonsense");
    world.plan_fails(&["Provider is not configured correctly", "CONDUCTORONE_CLIENT_SECRET"]).await;
    world.workspace.set("CONDUCTORONE_CLIENT_SECRET", &secret);
    world.workspace.set("CONDUCTORONE_ACCESS_TOKEN", "not-a-token");
    world.plan_fails(&["Could not sign in to ConductorOne", "401"]).await;
    world.workspace.set("CONDUCTORONE_ACCESS_TOKEN", "");
    world.workspace.set("CONDUCTORONE_CLIENT_ID", "other-fox-1@127.0.0.1/spc");
    world.plan_fails(&["Could not sign in to ConductorOne", "client_id"]).await;
}

#[tokio::test]
async fn arguments_that_are_not_known_yet_let_a_first_plan_pass() {
    let world = World::quick().await;
    let url = world.sandbox.ready().c1_url.clone();
    world.configure_with(
        "provider \"conductorone\" {\n  server_url = terraform_data.url.output\n}\n",
        &format!("resource \"terraform_data\" \"url\" {{\n  input = \"{url}\"\n}}\n{}", integration(CONFIGURED)),
    );
    world.applied().await;
    world.nothing_to_do().await;
}
