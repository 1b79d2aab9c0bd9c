//! `Debug` output of public types that hold secrets contains none of them.

#![expect(clippy::unwrap_used, reason = "a failed step must end the test")]

use std::fmt::Debug;

use conductorone_client::model::ConfigInput;
use conductorone_client::{CreateConnector, Settings};
use okta_client::Token;
use provider_testing::rpc::{Rpc, shown};
use secrecy::SecretString;
use service_http::header::HeaderValue;
use service_http::{Method, Origin, Redactor, Request};
use terraform_provider_conductorone::framework::cty;
use terraform_provider_conductorone::framework::model::Model;
use terraform_provider_conductorone::framework::schema::derive;
use terraform_provider_conductorone::provider::ConductorOne;
use terraform_provider_conductorone::provider::config::ProviderConfig;
use terraform_provider_conductorone::provider::data_sources::okta_inventory::OktaInventoryDataSourceModel;
use terraform_provider_conductorone::provider::data_sources::okta_token::OktaTokenDataSourceModel;
use terraform_provider_conductorone::provider::resources::okta_integration::OktaIntegrationModel;

use test_support::FakeClock;

const CANARY: &str = "00canary-canary-canary-canary-canary-canar";

fn assert_redacted(value: &impl Debug) {
    let shown = format!("{value:?} {value:#?}");
    assert!(!shown.contains("canary"), "{shown}");
}

/// Returns a model with the canary in every sensitive or write-only argument.
fn filled<M: Model + Debug>() -> M {
    let block = derive::schema::<M>(0).unwrap().block;
    let secrets: Vec<&String> = block
        .attributes
        .iter()
        .filter(|(_, attribute)| attribute.sensitive || attribute.write_only)
        .map(|(name, _)| name)
        .collect();
    assert!(!secrets.is_empty());
    let members = secrets.into_iter().map(|name| (name.clone(), cty::Value::from(CANARY))).collect();
    cty::from_value(cty::Value::Map(members).conform(&block.ty()).unwrap()).unwrap()
}

#[test]
fn models_are_redacted() {
    assert_redacted(&filled::<ProviderConfig>());
    assert_redacted(&filled::<OktaIntegrationModel>());
    assert_redacted(&filled::<OktaTokenDataSourceModel>());
    assert_redacted(&filled::<OktaInventoryDataSourceModel>());
}

#[test]
fn settings_credentials_and_clients_are_redacted() {
    let secret = || Some(SecretString::from(CANARY));
    let settings = Settings {
        server_url: Some("https://acme.conductor.one".to_owned()),
        client_id: Some("fox@acme.conductor.one/wfe".to_owned()),
        oidc_token: secret(),
        ..Settings::default()
    };
    assert_redacted(&Settings { client_secret: secret(), ..settings.clone() });
    let config = settings.resolve(|_| None).unwrap();
    assert_redacted(&config);
    let ready = Settings { server_url: Some("https://acme.conductor.one".to_owned()), ..Settings::default() };
    let ready = ready.resolve(|name| (name == "CONDUCTORONE_ACCESS_TOKEN").then(|| CANARY.to_owned())).unwrap();
    assert_redacted(&ready);
    assert_redacted(&conductorone_client::Client::new(ready, service_http::Client::new("test/1")));
    assert_redacted(&Token::try_new(SecretString::from(CANARY)).unwrap());
    let config = ConfigInput::default().with_secret("okta_api_key", SecretString::from(CANARY)).unwrap();
    let (catalog_id, description, user_ids) = Default::default();
    assert_redacted(&CreateConnector { catalog_id, config, description, user_ids });
    let redactor = Redactor::default();
    redactor.register(&SecretString::from(CANARY));
    assert_redacted(&redactor);
}

#[test]
fn requests_are_redacted() {
    let origin: Origin = "https://acme.okta.com".parse().unwrap();
    let request = Request::new(Method::POST, &origin, &["api"])
        .query("token", CANARY)
        .authorization(HeaderValue::from_static(CANARY))
        .body("application/json", CANARY.as_bytes().to_vec());
    assert_redacted(&request);
}

#[tokio::test]
async fn terraform_without_write_only_support_is_rejected() {
    let rpc = Rpc::new(ConductorOne::new(|_| None, FakeClock::new()));
    let config = rpc.object(&[
        ("app_id", "2App".into()),
        ("domain", "acme.okta.com".into()),
        ("api_token_wo", "00aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789-_ab".into()),
    ]);
    // Clients that do not advertise write-only support are treated as lacking it.
    let diagnostics: Vec<String> = rpc.validate(&config).await.iter().map(shown).collect();
    let [rejection] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
    assert!(rejection.starts_with("Error: Write-only argument is not supported here (at api_token_wo)"), "{rejection}");
    assert!(rejection.contains("Terraform 1.11 or OpenTofu 1.11"), "{rejection}");
}
