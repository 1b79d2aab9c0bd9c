//! A client secret: four fields, the last of which is a private key.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

/// The secret's last field has no padding, yet some tools that store secrets add it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Bytes in each half of an Ed25519 key pair. Source: RFC 8032.
const KEY_LENGTH: usize = 32;

/// The private key inside a client secret. Cheap to clone; `Debug` shows nothing of it.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<Ed25519KeyPair>,
    id: Option<String>,
}

/// Why a text is no client secret. Never repeats any of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClientSecret {
    /// The wrong number of colons, or a beginning that is not the usual one.
    #[error(
        "does not look whole: a client secret is secret-token:conductorone.com:v1: and a long code; copy it again, \
         from its first character to its last"
    )]
    Cut,
    /// A version this client does not know.
    #[error("is of a version other than v1, which is the only one this client understands")]
    Version,
    /// The last field is not base64url, or no JSON inside.
    #[error("ends in a code that cannot be read; it may have been cut or changed when it was copied")]
    Unreadable,
    /// A key of another kind.
    #[error("holds a key that is not a private Ed25519 key")]
    NotEd25519,
    /// The two halves of the key do not belong together.
    #[error("holds a private key that does not match its public key; it may have been changed when it was copied")]
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
    /// Reads a whole client secret: `secret-token:conductorone.com:v1:` and a JSON Web Key in base64url.
    ///
    /// # Errors
    /// [`InvalidClientSecret`], which says what is wrong without repeating the secret.
    pub fn from_client_secret(secret: &SecretString) -> Result<Self, InvalidClientSecret> {
        let fields: Vec<&str> = secret.expose_secret().split(':').collect();
        let [scheme, issuer, version, key] = fields[..] else { return Err(InvalidClientSecret::Cut) };
        if (scheme, issuer) != ("secret-token", "conductorone.com") || key.is_empty() {
            return Err(InvalidClientSecret::Cut);
        }
        if version != "v1" {
            return Err(InvalidClientSecret::Version);
        }
        let json = Zeroizing::new(BASE64.decode(key).map_err(|_| InvalidClientSecret::Unreadable)?);
        let jwk: Jwk = serde_json::from_slice(&json).map_err(|error| {
            if error.is_data() { InvalidClientSecret::NotEd25519 } else { InvalidClientSecret::Unreadable }
        })?;
        if (jwk.kty.as_str(), jwk.crv.as_str()) != ("OKP", "Ed25519") {
            return Err(InvalidClientSecret::NotEd25519);
        }
        let half = |text: &str| match BASE64.decode(text) {
            Ok(bytes) if bytes.len() == KEY_LENGTH => Ok(Zeroizing::new(bytes)),
            _ => Err(InvalidClientSecret::NotEd25519),
        };
        let (public, private) = (half(&jwk.x)?, half(jwk.d.expose_secret())?);
        let pair =
            Ed25519KeyPair::from_seed_and_public_key(&private, &public).map_err(|_| InvalidClientSecret::Mismatch)?;
        Ok(Self { pair: Arc::new(pair), id: jwk.kid.filter(|id| !id.is_empty()) })
    }

    /// The key's own name (`kid`), where it has one.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Signs with Ed25519.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// The public half, 32 bytes.
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
    fn a_whole_secret_is_read_with_and_without_padding() {
        let secret = client_secret(7, None);
        assert_eq!(SigningKey::from_client_secret(&secret).unwrap().id(), None);
        assert_eq!(SigningKey::from_client_secret(&client_secret(7, Some("k1"))).unwrap().id(), Some("k1"));
        assert_eq!(SigningKey::from_client_secret(&client_secret(7, Some(""))).unwrap().id(), None);
        let padding = "=".repeat((4 - secret.expose_secret().rsplit(':').next().unwrap().len() % 4) % 4);
        assert!(read(&format!("{}{padding}", secret.expose_secret())).is_ok());
    }

    #[test]
    fn what_is_wrong_with_a_secret_is_said_without_repeating_it() {
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
            (String::new(), Cut),
            (code.to_owned(), Cut),
            (good[..33].to_owned(), Cut),
            (format!("conductorone.com:v1:{code}"), Cut),
            (format!("foo:bar:v1:{code}"), Cut),
            (format!("ecret-token:conductorone.com:v1:{code}"), Cut),
            (format!("{good}:more"), Cut),
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
    fn the_debug_form_shows_no_key() {
        let key = SigningKey::from_client_secret(&client_secret(7, Some("k1"))).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,80}", code in "[A-Za-z0-9_=-]{0,80}", json in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = read(&text);
            let _ = read(&format!("secret-token:conductorone.com:v1:{code}"));
            let _ = read(&format!("secret-token:conductorone.com:v1:{}", BASE64.encode(json)));
        }
    }
}
