//! Permissions that the Okta client determines for each kind of token, against the sandbox's org.

use c1_sandbox::{Fault, Options};
use okta_client::{
    Capability, CapabilityStatus, Client, Error, Extent, Limits, RoleType, Token, TokenPermissions, Warning,
};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::json;

use crate::support::Bench;

async fn permissions(bench: &Bench, token: &str) -> Result<TokenPermissions, Error> {
    let client = Client::new(
        bench.sandbox.ready().okta_url.parse().unwrap(),
        service_http::Client::new("test/1"),
        Limits::default(),
    );
    let token = Token::try_new(SecretString::from(token)).unwrap();
    client.organization().await?.with_token(token).permissions().await
}

fn answers(permissions: &TokenPermissions) -> [&str; 5] {
    Capability::ALL.map(|capability| permissions.status(capability).unwrap().as_str())
}

#[tokio::test]
async fn each_kind_of_token_is_told_from_the_others() {
    let bench = Bench::start().await;
    let tokens = &bench.sandbox.ready().okta_tokens;
    for (token, expected) in [
        // Review groups, provision groups, review apps, provision apps, review roles.
        (&tokens.read_only, ["yes", "no", "yes", "no", "no"]),
        (&tokens.app_and_group_admin, ["yes", "presumed", "yes", "presumed", "no"]),
        (&tokens.super_admin, ["yes"; 5]),
        (&tokens.custom_read_only, ["yes", "unknown", "yes", "no", "yes"]),
        (&tokens.scoped_admin, ["yes", "presumed", "yes", "presumed", "no"]),
        (&tokens.no_role, ["no"; 5]),
    ] {
        let permissions = permissions(&bench, token).await.unwrap();
        assert_eq!(answers(&permissions), expected, "{}", permissions.owner.login().unwrap());
        let is_scoped = token == &tokens.scoped_admin;
        let is_warned_about = token == &tokens.no_role || is_scoped;
        assert_eq!(permissions.warnings.is_empty(), !is_warned_about, "{:?}", permissions.warnings);
        assert_eq!(permissions.scope.group_reads == Extent::Partial, is_scoped, "{:?}", permissions.scope);
    }
    let error = permissions(&bench, &tokens.revoked).await.unwrap_err();
    assert!(error.is_invalid_token());
}

#[tokio::test]
async fn an_owner_who_sees_their_own_roles_is_believed() {
    let bench = Bench::start().await;
    let token = bench.sandbox.ready().okta_tokens.app_and_group_admin.clone();
    let change = json!({"sees_own_roles": true});
    bench.ok(Method::PATCH, "/_sandbox/okta/tokens/app_and_group_admin", change).await;
    let found = permissions(&bench, &token).await.unwrap();
    assert_eq!(answers(&found), ["yes", "yes", "yes", "yes", "no"]);
    assert_eq!((found.scope.group_reads, found.scope.group_writes), (Extent::Full, Extent::Full));
    assert!(found.roles.unwrap().iter().any(|role| role.grants(&RoleType::Application)));

    bench.ok(Method::PATCH, "/_sandbox/okta/tokens/app_and_group_admin", json!({"role": "no_role"})).await;
    let found = permissions(&bench, &token).await.unwrap();
    assert_eq!(answers(&found), ["no"; 5]);
    assert!(matches!(found.warnings.as_slice(), [Warning::NoUsers { .. }]), "{:?}", found.warnings);
}

#[tokio::test]
async fn the_probe_asks_eleven_reads_at_most_and_one_super_administrators_token_three() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let bench = Bench::with(Options { journal: Some(journal.clone()), ..Options::default() }).await;
    let tokens = &bench.sandbox.ready().okta_tokens;
    let mut before = 0;
    for (token, expected) in [
        (&tokens.read_only, 11),
        (&tokens.app_and_group_admin, 11),
        (&tokens.custom_read_only, 9),
        (&tokens.no_role, 11),
        (&tokens.super_admin, 3),
    ] {
        permissions(&bench, token).await.unwrap();
        let text = std::fs::read_to_string(&journal).unwrap();
        let lines = text.lines().count();
        assert_eq!(lines - before, expected);
        assert!(text.lines().all(|line| line.contains(r#""method":"GET""#)));
        before = lines;
    }
}

#[tokio::test]
async fn one_failing_read_leaves_only_what_depends_on_it_unknown() {
    let bench = Bench::start().await;
    let token = bench.sandbox.ready().okta_tokens.read_only.clone();
    let fault = |status: u16| -> Vec<Fault> {
        let fault = json!([{"service": "okta", "method": "GET", "path": "/api/v1/apps", "kind": "status",
            "status": status, "times": 4}]);
        serde_json::from_value(fault).unwrap()
    };
    bench.sandbox.faults().add(fault(501));
    let found = permissions(&bench, &token).await.unwrap();
    assert_eq!(answers(&found), ["yes", "no", "unknown", "no", "no"]);
    let verdict = found.status(Capability::ReviewAppAssignment).unwrap();
    let evidence = "GET /api/v1/apps?limit=1 failed: Okta returned 501 Not Implemented E0000060";
    assert_eq!(*verdict, CapabilityStatus::Unknown(evidence.to_owned()));

    bench.sandbox.faults().clear();
    bench.sandbox.faults().add(fault(401));
    assert!(permissions(&bench, &token).await.unwrap_err().is_invalid_token());
}
