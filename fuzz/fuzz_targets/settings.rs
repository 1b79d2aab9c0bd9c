//! Parsing of user input: client secrets and IDs, Okta domains and tokens, addresses.

#![no_main]

use conductorone_client::{ClientId, Settings, SigningKey};
use libfuzzer_sys::fuzz_target;
use okta_client::{Domain, Token};
use secrecy::SecretString;
use service_http::Origin;

fuzz_target!(|text: &str| {
    let secret = || SecretString::from(text);
    let _ = SigningKey::from_client_secret(&secret());
    let _ = text.parse::<ClientId>();
    let _ = text.parse::<Origin>();
    let _ = text.parse::<Domain>();
    let _ = Token::try_new(secret());
    let owned = || Some(text.to_owned());
    let settings = Settings {
        tenant_domain: owned(),
        server_url: None,
        client_id: owned(),
        client_secret: Some(secret()),
        oidc_token: None,
    };
    let _ = settings.resolve(|_| None);
});
