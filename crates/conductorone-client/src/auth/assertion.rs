//! Client assertions: signed JSON Web Tokens that prove the client's identity without sending its secret.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::{ClientId, SigningKey};

/// Validity before and after the current time. The service accepts an expiry of at most five minutes
/// (ConductorOne documentation, "API authentication").
const MARGIN: Duration = Duration::from_secs(120);

/// Returns a compact JSON Web Signature (RFC 7515, RFC 8037) with the header and claims that ConductorOne's own clients
/// send. `audience` is the host of the token endpoint, without port.
pub(super) fn sign(client_id: &ClientId, key: &SigningKey, audience: &str, now: SystemTime) -> String {
    let nonce: [u8; 16] = rand::random();
    let nonce: String = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut header = json!({"alg": "EdDSA", "nonce": nonce});
    if let Some(id) = key.id() {
        header["kid"] = json!(id);
    }
    let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let claims = json!({
        "iss": client_id.as_str(),
        "sub": client_id.as_str(),
        "aud": audience,
        "iat": now.as_secs(),
        "nbf": now.saturating_sub(MARGIN).as_secs(),
        "exp": now.saturating_add(MARGIN).as_secs(),
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};

    use super::*;
    use test_support::client_secret;

    #[test]
    fn assertions_verify_and_contain_exactly_the_expected_claims() {
        let client_id: ClientId = "fox@acme.conductor.one/spc".parse().unwrap();
        for kid in [None, Some("key-1")] {
            let key = SigningKey::from_client_secret(&client_secret(7, kid)).unwrap();
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000);
            let jws = sign(&client_id, &key, "acme.conductor.one", now);

            let (signed, signature) = jws.rsplit_once('.').unwrap();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
            UnparsedPublicKey::new(&ED25519, key.public_key()).verify(signed.as_bytes(), &signature).unwrap();

            let (header, claims) = signed.split_once('.').unwrap();
            let read = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
            let mut header = read(header);
            let nonce = header.as_object_mut().unwrap().remove("nonce").unwrap();
            let nonce = nonce.as_str().unwrap();
            assert!(nonce.len() == 32 && nonce.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
            let expected = kid.map_or_else(|| json!({"alg": "EdDSA"}), |kid| json!({"alg": "EdDSA", "kid": kid}));
            assert_eq!(header, expected);
            assert_eq!(
                read(claims),
                json!({"iss": "fox@acme.conductor.one/spc", "sub": "fox@acme.conductor.one/spc",
                    "aud": "acme.conductor.one", "iat": 1_790_000_000, "nbf": 1_789_999_880, "exp": 1_790_000_120})
            );
        }
    }

    #[test]
    fn each_assertion_has_its_own_nonce() {
        let client_id: ClientId = "fox@acme.conductor.one/spc".parse().unwrap();
        let key = SigningKey::from_client_secret(&client_secret(7, None)).unwrap();
        let now = SystemTime::UNIX_EPOCH;
        assert_ne!(sign(&client_id, &key, "a", now), sign(&client_id, &key, "a", now));
    }
}
