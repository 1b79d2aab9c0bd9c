//! Secrets stay out of everything but the place that the user chose.

use crate::harness::World;

#[tokio::test]
async fn no_log_line_and_no_message_holds_a_secret_and_the_state_only_the_okta_token() {
    let mut world = World::quick().await;
    let ready = world.sandbox.ready().clone();
    let log = world.workspace.folder().join("trace.log");
    world.workspace.set("TF_LOG", "TRACE");
    world.workspace.set("TF_LOG_PATH", log.to_str().unwrap());
    let tokens = ready.okta_tokens.clone();
    let mut said = String::new();
    for token in [&tokens.revoked, &tokens.super_admin] {
        world.variable("token", token);
        for output in [world.plan().await, world.apply().await] {
            said.push_str(&output.stdout);
            said.push_str(&output.stderr);
        }
    }
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("created the connector"), "the provider's own log lines are missing");
    let state = std::fs::read_to_string(world.workspace.folder().join("terraform.tfstate")).unwrap();
    let key = ready.client_secret.rsplit(':').next().unwrap();
    for secret in [&tokens.revoked, &tokens.super_admin, &ready.client_secret, key, &ready.access_token] {
        assert!(!said.contains(secret), "a secret was shown");
        // Terraform itself logs the configuration it sends over gRPC nowhere, so the whole log must be clean.
        assert!(!log.contains(secret), "a secret was logged");
    }
    for secret in [&tokens.revoked, &ready.client_secret, &ready.access_token] {
        assert!(!state.contains(secret.as_str()), "a secret is in the state");
    }
    assert_eq!(state.matches(tokens.super_admin.as_str()).count(), 1);
}
