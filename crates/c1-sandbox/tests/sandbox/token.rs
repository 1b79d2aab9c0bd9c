//! The token endpoint: each grant accepted, and each way in which it must be refused.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use c1_sandbox::Options;
use serde_json::{Value, json};

use crate::support::Bench;

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// A compact JWS with the key of a client secret, made as clients make it.
fn sign(client_secret: &str, claims: &Value) -> String {
    let jwk = URL_SAFE_NO_PAD.decode(client_secret.rsplit_once(':').unwrap().1).unwrap();
    let jwk: Value = serde_json::from_slice(&jwk).unwrap();
    let [public, seed] = ["x", "d"].map(|name| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap());
    let key = Ed25519KeyPair::from_seed_and_public_key(&seed, &public).unwrap();
    let header = json!({"alg": "EdDSA", "nonce": "00112233445566778899aabbccddeeff"});
    let signed = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes())))
}

fn claims(bench: &Bench) -> Value {
    let id = &bench.sandbox.ready().client_id;
    json!({"iss": id, "sub": id, "aud": "127.0.0.1", "iat": now(), "nbf": now() - 120, "exp": now() + 120})
}

async fn ask(bench: &Bench, form: &[(&str, &str)]) -> (u16, Value) {
    let answer = bench.http.post(bench.c1("/auth/v1/token")).form(form).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn assert_claims(bench: &Bench, claims: &Value) -> (u16, Value) {
    let ready = bench.sandbox.ready();
    let assertion = sign(&ready.client_secret, claims);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &ready.client_id),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", &assertion),
    ];
    ask(bench, &form).await
}

async fn exchange(bench: &Bench, token: &str) -> (u16, Value) {
    let client_id = &bench.sandbox.ready().oidc_client_id;
    let form =
        [("grant_type", EXCHANGE), ("client_id", client_id), ("subject_token", token), ("subject_token_type", JWT)];
    ask(bench, &form).await
}

/// Returns the user that an issued token belongs to.
async fn user_of(bench: &Bench, answer: &Value) -> Value {
    assert_eq!((&answer["token_type"], &answer["expires_in"]), (&json!("Bearer"), &json!(3600)), "{answer}");
    let token = answer["access_token"].as_str().unwrap();
    let answer = bench.http.get(bench.c1("/api/v1/auth/introspect")).bearer_auth(token).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json::<Value>().await.unwrap()["userId"].clone()
}

#[tokio::test]
async fn a_signed_assertion_gets_a_token() {
    let bench = Bench::start().await;
    let (status, answer) = assert_claims(&bench, &claims(&bench)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(user_of(&bench, &answer).await, bench.user(0));
}

#[tokio::test]
async fn a_secret_in_the_body_gets_a_token() {
    let bench = Bench::start().await;
    let ready = bench.sandbox.ready();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", ready.client_id.as_str()),
        ("client_secret", &ready.client_secret),
    ];
    let (status, answer) = ask(&bench, &form).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(user_of(&bench, &answer).await, bench.user(0));
}

#[tokio::test]
async fn a_token_of_the_identity_provider_is_exchanged() {
    let bench = Bench::start().await;
    let (status, answer) = exchange(&bench, &bench.sandbox.ready().oidc_token).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
    assert_eq!(user_of(&bench, &answer).await, bench.user(1));
}

#[tokio::test]
async fn an_assertion_with_a_wrong_claim_is_refused() {
    let bench = Bench::start().await;
    for (name, value) in [
        ("iss", json!("someone@127.0.0.1/pcc")),
        ("sub", json!("someone@127.0.0.1/pcc")),
        ("aud", json!("acme.conductor.one")),
        ("aud", json!(null)),
        ("exp", json!(now() - 1)),
        ("exp", json!(now() + 330)),
        ("exp", json!(null)),
        ("nbf", json!(now() + 60)),
        ("iat", json!(now() + 60)),
    ] {
        let mut claims = claims(&bench);
        claims[name] = value;
        let (status, answer) = assert_claims(&bench, &claims).await;
        assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")), "{claims}: {answer}");
    }
}

#[tokio::test]
async fn an_assertion_signed_with_another_key_is_refused() {
    let (bench, other) = (Bench::start().await, Bench::start().await);
    let ready = bench.sandbox.ready();
    let assertion = sign(&other.sandbox.ready().client_secret, &claims(&bench));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", ready.client_id.as_str()),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", &assertion),
    ];
    assert_eq!(ask(&bench, &form).await.0, 401);
}

#[tokio::test]
async fn a_wrong_client_or_secret_is_refused() {
    let (bench, other) = (Bench::start().await, Bench::start().await);
    let (ready, foreign) = (bench.sandbox.ready(), other.sandbox.ready());
    for (client_id, secret) in [(&ready.client_id, &foreign.client_secret), (&foreign.client_id, &ready.client_secret)]
    {
        let form = [("grant_type", "client_credentials"), ("client_id", client_id.as_str()), ("client_secret", secret)];
        let (status, answer) = ask(&bench, &form).await;
        assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")), "{answer}");
    }
}

#[tokio::test]
async fn a_token_of_the_identity_provider_with_a_wrong_claim_is_refused() {
    let bench = Bench::start().await;
    for (name, value, reason) in [
        ("iss", json!("https://issuer.example"), "issuer_mismatch"),
        ("aud", json!("acme.conductor.one"), "audience_mismatch"),
        ("exp", json!(now() - 1), "token_expired"),
        ("exp", json!(null), "token_expired"),
        ("iat", json!(now() - 630), "token_too_old"),
    ] {
        let mut claims = bench.sandbox.oidc_claims();
        claims[name] = value;
        let (status, answer) = exchange(&bench, &bench.sandbox.sign_oidc_token(&claims).unwrap()).await;
        assert_eq!((status, &answer["error_description"]), (400, &json!(reason)), "{claims}: {answer}");
    }
    let other = Bench::start().await;
    let foreign = other.sandbox.sign_oidc_token(&bench.sandbox.oidc_claims()).unwrap();
    for token in [foreign.as_str(), "no-jwt", "a.b.c"] {
        assert_eq!(exchange(&bench, token).await.0, 400);
    }
}

#[tokio::test]
async fn a_recent_issue_time_and_a_list_of_audiences_are_accepted() {
    let bench = Bench::start().await;
    let mut claims = bench.sandbox.oidc_claims();
    claims["iat"] = json!(now() - 500);
    claims["aud"] = json!(["other", "127.0.0.1"]);
    let (status, answer) = exchange(&bench, &bench.sandbox.sign_oidc_token(&claims).unwrap()).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_malformed_request_is_refused_as_oauth_says() {
    let bench = Bench::start().await;
    let ready = bench.sandbox.ready();
    let id = ready.client_id.as_str();
    type Row<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);
    let rows: [Row<'_>; 6] = [
        (&[], 400, "invalid_request"),
        (&[("grant_type", "password")], 400, "unsupported_grant_type"),
        (&[("grant_type", "client_credentials")], 400, "invalid_request"),
        (&[("grant_type", "client_credentials"), ("client_id", id)], 400, "invalid_request"),
        (&[("grant_type", "client_credentials"), ("grant_type", "client_credentials")], 400, "invalid_request"),
        (&[("grant_type", EXCHANGE), ("client_id", id)], 401, "invalid_client"),
    ];
    for (form, status, error) in rows {
        let (found, answer) = ask(&bench, form).await;
        assert_eq!((found, answer["error"].as_str()), (status, Some(error)), "{form:?}: {answer}");
    }
    let json = bench.http.post(bench.c1("/auth/v1/token")).json(&json!({"grant_type": "client_credentials"}));
    assert_eq!(json.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn an_issued_token_expires_and_the_permanent_one_does_not() {
    let bench =
        Bench::with_manual_clock(Options { token_lifetime: Duration::from_secs(60), ..Options::default() }).await;
    let (_, answer) = assert_claims(&bench, &claims(&bench)).await;
    assert_eq!(answer["expires_in"], 60);
    let token = answer["access_token"].as_str().unwrap();
    let introspect = || bench.http.get(bench.c1("/api/v1/auth/introspect")).bearer_auth(token).send();
    assert_eq!(introspect().await.unwrap().status(), 200);
    bench.advance(Duration::from_secs(59));
    assert_eq!(introspect().await.unwrap().status(), 200);
    bench.advance(Duration::from_secs(1));
    assert_eq!(introspect().await.unwrap().status(), 401);
    assert_eq!(bench.get("/api/v1/auth/introspect").await.0, 200);
}
