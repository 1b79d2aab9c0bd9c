//! Credentials of a ConductorOne tenant.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde_json::json;

/// Returns a well-formed client secret whose private key is 32 times `seed`.
pub fn client_secret(seed: u8, key_id: Option<&str>) -> SecretString {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    let mut jwk = json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "x": URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
        "d": URL_SAFE_NO_PAD.encode([seed; 32]),
    });
    if let Some(key_id) = key_id {
        jwk["kid"] = json!(key_id);
    }
    SecretString::from(format!("secret-token:conductorone.com:v1:{}", URL_SAFE_NO_PAD.encode(jwk.to_string())))
}
