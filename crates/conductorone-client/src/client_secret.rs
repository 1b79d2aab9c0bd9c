//! Client secrets, which contain a private key.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::Deserialize;

/// The last field of a secret has no padding, but some tools that store secrets add it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Length of each half of an Ed25519 key pair. Source: RFC 8032.
const KEY_LENGTH: usize = 32;

/// The private key of a client secret. Cheap to clone. `Debug` omits it.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<Ed25519KeyPair>,
    id: Option<String>,
}

/// Error for text that is not a client secret. Never contains any part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClientSecret {
    /// The wrong number of colons, or another prefix.
    #[error(
        "is incomplete: a client secret consists of secret-token:conductorone.com:v1: and a long code; copy it again, \
         from its first character to its last"
    )]
    Incomplete,
    #[error("has a version other than v1, which is the only supported version")]
    Version,
    /// The last field is not base64url, or does not contain JSON.
    #[error("ends with a code that cannot be decoded; it may have been truncated or changed when it was copied")]
    Unreadable,
    #[error("contains a key that is not a private Ed25519 key")]
    NotEd25519,
    #[error("contains a private key that does not match its public key; it may have been changed when it was copied")]
    Mismatch,
}

/// Source: RFC 8037, section 2.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    d: SecretString,
    kid: Option<String>,
}

impl SigningKey {
    /// Parses a client secret: `secret-token:conductorone.com:v1:` and a JSON Web Key in base64url.
    ///
    /// # Errors
    /// [`InvalidClientSecret`].
    pub fn from_client_secret(secret: &SecretString) -> Result<Self, InvalidClientSecret> {
        let fields: Vec<&str> = secret.expose_secret().split(':').collect();
        let [scheme, issuer, version, key] = fields[..] else { return Err(InvalidClientSecret::Incomplete) };
        if (scheme, issuer) != ("secret-token", "conductorone.com") || key.is_empty() {
            return Err(InvalidClientSecret::Incomplete);
        }
        if version != "v1" {
            return Err(InvalidClientSecret::Version);
        }
        let json = SecretSlice::from(BASE64.decode(key).map_err(|_| InvalidClientSecret::Unreadable)?);
        let jwk: Jwk = serde_json::from_slice(json.expose_secret()).map_err(|error| {
            if error.is_data() { InvalidClientSecret::NotEd25519 } else { InvalidClientSecret::Unreadable }
        })?;
        if (jwk.kty.as_str(), jwk.crv.as_str()) != ("OKP", "Ed25519") {
            return Err(InvalidClientSecret::NotEd25519);
        }
        let half = |text: &str| match BASE64.decode(text) {
            Ok(bytes) if bytes.len() == KEY_LENGTH => Ok(SecretSlice::from(bytes)),
            _ => Err(InvalidClientSecret::NotEd25519),
        };
        let (public, private) = (half(&jwk.x)?, half(jwk.d.expose_secret())?);
        let pair = Ed25519KeyPair::from_seed_and_public_key(private.expose_secret(), public.expose_secret())
            .map_err(|_| InvalidClientSecret::Mismatch)?;
        Ok(Self { pair: Arc::new(pair), id: jwk.kid.filter(|id| !id.is_empty()) })
    }

    /// Returns the key's ID (`kid`), if it has one.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Signs with Ed25519.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// Returns the public key, 32 bytes.
    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use test_support::client_secret;

    use super::*;

    fn wrapped(jwk: &serde_json::Value) -> SecretString {
        SecretString::from(format!("secret-token:conductorone.com:v1:{}", BASE64.encode(jwk.to_string())))
    }

    fn read(text: &str) -> Result<SigningKey, InvalidClientSecret> {
        SigningKey::from_client_secret(&SecretString::from(text))
    }

    #[test]
    fn secrets_are_accepted_with_and_without_padding() {
        let secret = client_secret(7, None);
        assert_eq!(SigningKey::from_client_secret(&secret).unwrap().id(), None);
        assert_eq!(SigningKey::from_client_secret(&client_secret(7, Some("k1"))).unwrap().id(), Some("k1"));
        assert_eq!(SigningKey::from_client_secret(&client_secret(7, Some(""))).unwrap().id(), None);
        let padding = "=".repeat((4 - secret.expose_secret().rsplit(':').next().unwrap().len() % 4) % 4);
        assert!(read(&format!("{}{padding}", secret.expose_secret())).is_ok());
    }

    #[test]
    fn errors_never_contain_the_secret() {
        let x = |seed: u8| {
            BASE64.encode(Ed25519KeyPair::from_seed_unchecked(&[seed; KEY_LENGTH]).unwrap().public_key().as_ref())
        };
        let d = BASE64.encode([7; KEY_LENGTH]);
        let jwk = |kty: &str, crv: &str, x: &str, d: &str| {
            wrapped(&json!({"kty": kty, "crv": crv, "x": x, "d": d})).expose_secret().to_owned()
        };
        let good = client_secret(7, None).expose_secret().to_owned();
        let code = good.rsplit(':').next().unwrap();
        use InvalidClientSecret::*;
        for (text, expected) in [
            (String::new(), Incomplete),
            (code.to_owned(), Incomplete),
            (good[..33].to_owned(), Incomplete),
            (format!("conductorone.com:v1:{code}"), Incomplete),
            (format!("foo:bar:v1:{code}"), Incomplete),
            (format!("ecret-token:conductorone.com:v1:{code}"), Incomplete),
            (format!("{good}:more"), Incomplete),
            (format!("secret-token:conductorone.com:v2:{code}"), Version),
            (good[..good.len() - 5].to_owned(), Unreadable),
            (format!("secret-token:conductorone.com:v1:{}", "!!"), Unreadable),
            (jwk("RSA", "Ed25519", &x(7), &d), NotEd25519),
            (jwk("OKP", "X25519", &x(7), &d), NotEd25519),
            (jwk("OKP", "Ed25519", "AAAA", &d), NotEd25519),
            (jwk("OKP", "Ed25519", &x(7), "AAAA"), NotEd25519),
            (jwk("OKP", "Ed25519", &x(7), &BASE64.encode([7; 33])), NotEd25519),
            (jwk("OKP", "Ed25519", &x(8), &d), Mismatch),
            (wrapped(&json!({"kty": "OKP", "crv": "Ed25519", "x": x(7)})).expose_secret().to_owned(), NotEd25519),
            (wrapped(&json!("text")).expose_secret().to_owned(), NotEd25519),
        ] {
            let error = read(&text).unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!format!("{error} {error:?}").contains(&code[..8]), "{error}");
        }
    }

    #[test]
    fn debug_output_omits_the_key() {
        let key = SigningKey::from_client_secret(&client_secret(7, Some("k1"))).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey");
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "\\PC{0,80}", code in "[A-Za-z0-9_=-]{0,80}", json in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = read(&text);
            let _ = read(&format!("secret-token:conductorone.com:v1:{code}"));
            let _ = read(&format!("secret-token:conductorone.com:v1:{}", BASE64.encode(json)));
        }
    }
}
