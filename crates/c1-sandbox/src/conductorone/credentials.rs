//! The credentials of the tenant's API clients, and the signatures made with them.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::Rejection;
use crate::identifiers::random_base62;

/// An Ed25519 key pair, stored as its 32-byte seed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SigningKey {
    /// base64url without padding, as in a JWK.
    seed: String,
}

impl SigningKey {
    pub(crate) fn random() -> Self {
        Self { seed: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()) }
    }

    fn pair(&self) -> Result<Ed25519KeyPair, Rejection> {
        let seed = URL_SAFE_NO_PAD.decode(&self.seed).unwrap_or_default();
        Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|_| Rejection::internal("a key of the state file is invalid"))
    }

    /// Returns the client secret: four fields separated by colons, the last a private JWK in base64url without padding.
    /// Source: ConductorOne's documentation of API credentials.
    pub(crate) fn client_secret(&self) -> Result<String, Rejection> {
        let public = URL_SAFE_NO_PAD.encode(self.pair()?.public_key().as_ref());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": public, "d": self.seed});
        Ok(format!("secret-token:conductorone.com:v1:{}", URL_SAFE_NO_PAD.encode(jwk.to_string())))
    }

    /// Signs claims as a compact JWS.
    pub(crate) fn sign(&self, claims: &Value) -> Result<String, Rejection> {
        let header = json!({"alg": "EdDSA", "typ": "JWT"});
        let [header, claims] = [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(self.pair()?.sign(signed.as_bytes()));
        Ok(format!("{signed}.{signature}"))
    }

    /// Returns the claims of a compact JWS, if this key signed it with EdDSA.
    pub(crate) fn verify(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        if header["alg"] != "EdDSA" {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let pair = self.pair().ok()?;
        UnparsedPublicKey::new(&ED25519, pair.public_key().as_ref()).verify(signed.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

/// Credentials that the tenant issued: a user's API key, a trust for workload federation, a permanent access token.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// The part of `client_id` before the `@`.
    pub(crate) client_name: String,
    pub(crate) client_key: SigningKey,
    /// The user who owns the API key.
    pub(crate) client_user_id: String,
    /// The part of the trust's `client_id` before the `@`.
    pub(crate) trust_name: String,
    /// The key of the identity provider that the trust accepts. The sandbox is this provider too.
    pub(crate) trust_key: SigningKey,
    /// The service principal of the trust.
    pub(crate) trust_user_id: String,
    /// A token for API calls that never expires.
    pub(crate) access_token: String,
}

impl Credentials {
    pub(crate) fn random(client_user_id: &str, trust_user_id: &str) -> Self {
        let number = || rand::random_range(10_000..100_000);
        Self {
            client_name: format!("sandy-box-{}", number()),
            client_key: SigningKey::random(),
            client_user_id: client_user_id.to_owned(),
            trust_name: format!("sandy-trust-{}", number()),
            trust_key: SigningKey::random(),
            trust_user_id: trust_user_id.to_owned(),
            access_token: random_base62(43),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_key_or_a_changed_signature_does_not_verify() {
        let (mine, other) = (SigningKey::random(), SigningKey::random());
        let token = mine.sign(&json!({"sub": "me"})).unwrap();
        assert_eq!(mine.verify(&token), Some(json!({"sub": "me"})));
        assert_eq!(other.verify(&token), None);
        assert_eq!(mine.verify(&token[..token.len() - 2]), None);
    }

    #[test]
    fn a_token_with_another_algorithm_is_rejected() {
        let key = SigningKey::random();
        let token = key.sign(&json!({})).unwrap();
        let (_, rest) = token.split_once('.').unwrap();
        assert_eq!(key.verify(&format!("{}.{rest}", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#))), None);
    }
}
