//! Secrets appear only in the place that the user selected.

use provider_testing::harness::{World, integration};

#[tokio::test]
async fn logs_and_messages_contain_no_secret_and_the_state_only_the_okta_token() {
    let mut world = World::with_fast_syncs().await;
    let ready = world.sandbox.ready().clone();
    let log = world.workspace.folder().join("trace.log");
    world.workspace.set("TF_LOG", "TRACE");
    world.workspace.set("TF_LOG_PATH", log.to_str().unwrap());
    let tokens = ready.okta_tokens.clone();
    let mut shown = String::new();
    for token in [&tokens.revoked, &tokens.super_admin] {
        world.set_variable("token", token);
        for output in [world.plan().await, world.apply().await] {
            shown.push_str(&output.stdout);
            shown.push_str(&output.stderr);
        }
    }
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("created the connector"), "the provider's own log lines are missing");
    let state = std::fs::read_to_string(world.workspace.folder().join("terraform.tfstate")).unwrap();
    let key = ready.client_secret.rsplit(':').next().unwrap();
    for secret in [&tokens.revoked, &tokens.super_admin, &ready.client_secret, key, &ready.access_token] {
        assert!(!shown.contains(secret), "a secret was shown");
        // Terraform does not log configurations that it sends over gRPC, so the whole log must contain no secret.
        assert!(!log.contains(secret), "a secret was logged");
    }
    for secret in [&tokens.revoked, &ready.client_secret, &ready.access_token] {
        assert!(!state.contains(secret.as_str()), "a secret is in the state");
    }
    assert_eq!(state.matches(tokens.super_admin.as_str()).count(), 1);
}

#[tokio::test]
async fn sign_in_token_is_in_no_file_and_no_output() {
    let mut world = World::with_fast_syncs().await;
    let ready = world.sandbox.ready().clone();
    let log = world.workspace.folder().join("trace.log");
    world.workspace.set("TF_LOG", "TRACE");
    world.workspace.set("TF_LOG_PATH", log.to_str().unwrap());
    world.configure(&integration(""));
    world.workspace.set("CONDUCTORONE_CLIENT_SECRET", "");
    let methods = [
        ("CONDUCTORONE_OIDC_TOKEN", &ready.oidc_token, ready.oidc_client_id.as_str()),
        ("CONDUCTORONE_ACCESS_TOKEN", &ready.access_token, ready.client_id.as_str()),
    ];
    for (variable, token, client_id) in methods {
        world.workspace.set(variable, token.as_str());
        world.workspace.set("CONDUCTORONE_CLIENT_ID", client_id);
        let plan = world.run(&["plan", "-input=false", "-no-color", "-out=plan.bin"]).await;
        assert_eq!(plan.code, 0, "{}", plan.prose());
        let show = world.run(&["show", "-json", "plan.bin"]).await;
        let apply = world.run(&["apply", "-input=false", "-no-color", "plan.bin"]).await;
        assert_eq!(apply.code, 0, "{}", apply.prose());
        let refused = {
            world.workspace.set(variable, format!("{token}x"));
            world.plan().await
        };
        assert_eq!(refused.code, 1, "{}", refused.prose());
        let read = |name: &str| std::fs::read(world.workspace.folder().join(name)).unwrap();
        let files = [read("plan.bin"), read("terraform.tfstate"), read("trace.log")];
        let outputs = [plan, show, apply, refused].map(|output| (output.stdout + &output.stderr).into_bytes());
        for bytes in files.iter().chain(&outputs) {
            let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
            assert!(!found, "a file or an output contains the token of {variable}");
        }
        world.workspace.set(variable, "");
    }
}

#[tokio::test]
async fn write_only_token_is_in_no_file_and_no_output() {
    let mut world = World::with_fast_syncs().await;
    let token = world.sandbox.ready().okta_tokens.super_admin.clone();
    let log = world.workspace.folder().join("trace.log");
    world.workspace.set("TF_LOG", "TRACE");
    world.workspace.set("TF_LOG_PATH", log.to_str().unwrap());
    // The plan file contains the value of a variable unless the variable is ephemeral.
    let token_argument = "  domain = var.domain\n  api_token_wo = var.secret\n  api_token_wo_version = 1\n";
    let variable = "variable \"secret\" {\n  sensitive = true\n  ephemeral = true\n}\n";
    world.configure(&(variable.to_owned() + &integration(token_argument)));
    world.set_variable("token", "not used here");
    world.set_variable("secret", &token);
    let plan = world.run(&["plan", "-input=false", "-no-color", "-out=plan.bin"]).await;
    assert_eq!(plan.code, 0, "{}", plan.prose());
    let show = world.run(&["show", "-json", "plan.bin"]).await;
    let apply = world.run(&["apply", "-input=false", "-no-color", "plan.bin"]).await;
    assert_eq!(apply.code, 0, "{}", apply.prose());
    let again = world.plan().await;
    assert_eq!(again.code, 0, "{}", again.prose());
    let read = |name: &str| std::fs::read(world.workspace.folder().join(name)).unwrap();
    let (plan_file, state, log) = (read("plan.bin"), read("terraform.tfstate"), read("trace.log"));
    let outputs = [plan, show, apply, again].map(|output| (output.stdout + &output.stderr).into_bytes());
    for bytes in [plan_file, state, log].iter().chain(&outputs) {
        assert!(
            !bytes.windows(token.len()).any(|window| window == token.as_bytes()),
            "a file or an output contains the token"
        );
    }
}
