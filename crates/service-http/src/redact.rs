//! Removes known secrets from text of a service, which may repeat parts of a request in its error messages.

use std::fmt;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};

use crate::lock;

/// Minimum length of a secret in bytes. Redacting shorter ones would remove ordinary words.
const MIN_LENGTH: usize = 8;

/// Maximum length of a message, in characters.
const MAX_MESSAGE: usize = 2_000;

const PLACEHOLDER: &str = "[redacted]";

/// The secrets of a run. Cheap to clone; clones share them.
#[derive(Clone, Default)]
pub struct Redactor(Arc<Mutex<Vec<SecretString>>>);

impl Redactor {
    /// Registers a secret in each encoding that a service might use: plain, percent-encoded, escaped for JSON, and
    /// base64, alone or inside a longer text. Ignores secrets of fewer than 8 bytes.
    pub fn register(&self, secret: &SecretString) {
        let raw = secret.expose_secret().trim();
        if raw.len() < MIN_LENGTH {
            return;
        }
        let mut known = lock(&self.0);
        for form in encodings(raw) {
            if known.iter().any(|other| other.expose_secret() == form) {
                continue;
            }
            // Longest first, so that a secret inside another does not leave the ends of the longer one.
            let position = known.partition_point(|other| other.expose_secret().len() >= form.len());
            known.insert(position, SecretString::from(form));
        }
    }

    /// Replaces all registered secrets in `text`.
    pub fn redact(&self, text: &str) -> String {
        let known = lock(&self.0);
        known.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.expose_secret()) { text.replace(secret.expose_secret(), PLACEHOLDER) } else { text }
        })
    }

    /// Prepares a service's message for an error: redacted, on one line, at most 2,000 characters.
    pub fn message(&self, text: &str) -> String {
        let text = self.redact(text);
        // Control characters could move the cursor of a terminal.
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_MESSAGE).collect();
        line.trim().to_owned()
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// Returns all encodings of `raw` that a service might use.
fn encodings(raw: &str) -> Vec<String> {
    // Encoders differ in the punctuation that they keep, such as JavaScript's `encodeURIComponent` and Go's
    // `url.QueryEscape`, and in the case of the digits.
    let percent = percent_encoded(raw, "", true);
    let percent_lower = percent_encoded(raw, "", false);
    let path = percent_encoded(raw, "-._~", true);
    let form: String = url::form_urlencoded::byte_serialize(raw.as_bytes()).collect();
    let json = serde_json::to_string(raw).map(|quoted| quoted.trim_matches('"').to_owned()).unwrap_or_default();
    // Go's encoder also escapes HTML markup, and some encoders escape the slash.
    let json_html = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let json_slash = json.replace('/', "\\/");
    let mut encodings = vec![raw.to_owned(), percent, percent_lower, path, form, json, json_html, json_slash];
    encodings.extend(base64_encodings(raw));
    encodings.retain(|form| form.len() >= MIN_LENGTH);
    encodings.sort();
    encodings.dedup();
    encodings
}

/// Percent-encodes all bytes of `raw` except letters, digits and those in `kept`.
fn percent_encoded(raw: &str, kept: &str, uppercase: bool) -> String {
    let encode = |byte: u8| match char::from(byte) {
        char if char.is_ascii_alphanumeric() || kept.contains(char) => char.to_string(),
        _ if uppercase => format!("%{byte:02X}"),
        _ => format!("%{byte:02x}"),
    };
    raw.bytes().map(encode).collect()
}

/// Returns the part of each base64 text that depends only on `raw`, for all positions of `raw` in the encoded data.
///
/// Three bytes become four characters, so there are three positions. Characters that also depend on adjacent bytes
/// are omitted.
fn base64_encodings(raw: &str) -> Vec<String> {
    let complete = [STANDARD.encode(raw), URL_SAFE.encode(raw)];
    let inside = (0..3_usize).flat_map(|before| {
        let bytes = [&[0; 2][..before], raw.as_bytes()].concat();
        let from = (before * 8).div_ceil(6);
        let to = bytes.len() * 8 / 6;
        [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|engine| engine.encode(&bytes)[from..to].to_owned())
    });
    complete.into_iter().chain(inside).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        let redactor = Redactor::default();
        secrets.iter().for_each(|secret| redactor.register(&SecretString::from(*secret)));
        redactor
    }

    #[test]
    fn all_encodings_of_a_secret_are_redacted() {
        let secret = "p/+w\"&<é> 00tok-en_x";
        let redactor = redactor(&[secret]);
        for text in [
            secret.to_owned(),
            serde_json::to_string(secret).unwrap(),
            "p%2F%2Bw%22%26%3C%C3%A9%3E%2000tok%2Den%5Fx".to_owned(),
            "p%2f%2bw%22%26%3c%c3%a9%3e%2000tok%2den%5fx".to_owned(),
            "p%2F%2Bw%22%26%3C%C3%A9%3E%2000tok-en_x".to_owned(),
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            STANDARD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
        ] {
            let redacted = redactor.redact(&format!("refused: {text}!"));
            assert!(redacted.contains("[redacted]") && !redacted.contains("tok"), "{text} became {redacted}");
        }
    }

    #[test]
    fn a_secret_inside_base64_is_redacted_at_every_position() {
        let secret = "00tok/en+of~an?org";
        let redactor = redactor(&[secret]);
        for user in ["", "a", "ab", "abc", "abcd"] {
            for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                let text = engine.encode(format!("{user}{secret}:tail"));
                let redacted = redactor.redact(&text);
                let left: String = redacted.replace(PLACEHOLDER, "");
                // The characters at both ends also depend on adjacent bytes.
                assert!(redacted.contains(PLACEHOLDER) && text.len() - left.len() >= 22, "{text} became {redacted}");
            }
        }
    }

    #[test]
    fn a_secret_inside_another_leaves_no_part_of_the_longer_one() {
        assert_eq!(redactor(&["12345678", "12345678-tail"]).redact("x 12345678-tail y"), "x [redacted] y");
    }

    #[test]
    fn short_secrets_are_ignored() {
        assert_eq!(redactor(&["the", ""]).redact("the app"), "the app");
    }

    #[test]
    fn messages_are_one_line_of_bounded_length() {
        let redactor = redactor(&["canary-secret"]);
        assert_eq!(redactor.message("\u{1b}[2Jno\r\ncanary-secret\n"), "[2Jno  [redacted]");
        assert_eq!(redactor.message(&"x".repeat(9_000)).len(), 2_000);
    }

    #[test]
    fn debug_output_omits_secrets() {
        assert_eq!(format!("{:?}", redactor(&["canary-secret"])), "Redactor");
    }

    proptest! {
        #[test]
        fn registered_secrets_are_always_redacted(secret in "[ -~]{8,40}", before in "[a-z]{0,9}", after in "[a-z]{0,9}") {
            prop_assume!(secret.trim().len() >= 8 && !"[redacted]".contains(secret.trim()));
            let redacted = redactor(&[&secret]).redact(&format!("{before}{secret}{after}"));
            prop_assert!(!redacted.contains(secret.trim()));
        }
    }
}
