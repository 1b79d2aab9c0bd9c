//! Removing what we know to be secret from text that came from outside.
//!
//! A service may echo a request in its error message. What it says is worth showing, what we sent is not.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

/// Shorter secrets are not looked for: replacing them would mangle ordinary words.
const SHORTEST: usize = 8;

/// Longest message kept from a service, in characters.
const MAX_MESSAGE: usize = 2_000;

/// What stands in a secret's place.
const PLACEHOLDER: &str = "[redacted]";

/// Knows every secret of the run. Cheap to clone; clones know the same secrets.
#[derive(Clone, Default)]
pub struct Redactor(Arc<Mutex<Vec<SecretString>>>);

impl Redactor {
    /// Remembers a secret, in each form in which a service might write it: as it is, percent-encoded, escaped for
    /// JSON, and in base64, alone or inside something longer. Secrets of fewer than 8 bytes are ignored.
    pub fn register(&self, secret: &SecretString) {
        let raw = secret.expose_secret().trim();
        if raw.len() < SHORTEST {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for form in forms(raw) {
            if known.iter().any(|other| other.expose_secret() == form) {
                continue;
            }
            // Longest first, so that a secret inside another does not leave the other's ends behind.
            let place = known.partition_point(|other| other.expose_secret().len() >= form.len());
            known.insert(place, SecretString::from(form));
        }
    }

    /// `text` without any known secret.
    pub fn redact(&self, text: &str) -> String {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().fold(text.to_owned(), |text, secret| {
            if text.contains(secret.expose_secret()) { text.replace(secret.expose_secret(), PLACEHOLDER) } else { text }
        })
    }

    /// A service's message, fit for an error: redacted, on one line, at most 2,000 characters.
    pub fn message(&self, text: &str) -> String {
        let text = self.redact(text);
        // Control characters could move a terminal's cursor.
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_MESSAGE).collect();
        line.trim().to_owned()
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// Every spelling of `raw` that is worth looking for.
fn forms(raw: &str) -> Vec<String> {
    let percent = utf8_percent_encode(raw, NON_ALPHANUMERIC).to_string();
    // What browsers' `encodeURIComponent` and Go's `url.QueryEscape` leave as it is differs; these two cover both.
    let form: String = url::form_urlencoded::byte_serialize(raw.as_bytes()).collect();
    let path = utf8_percent_encode(raw, PATH_LIKE).to_string();
    let json = serde_json::to_string(raw).map(|quoted| quoted.trim_matches('"').to_owned()).unwrap_or_default();
    // Go's encoder also escapes what would be markup, and some encoders the slash.
    let json_html = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
    let json_slash = json.replace('/', "\\/");
    let mut forms = vec![raw.to_owned(), lowercase_escapes(&percent), percent, form, path, json, json_html, json_slash];
    forms.extend(base64_forms(raw));
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort();
    forms.dedup();
    forms
}

/// What is left of `raw` in every base64 text that contains it. Three bytes become four characters, so there are three
/// ways in which it can lie in what is encoded; characters that its neighbours have a part in are left out.
fn base64_forms(raw: &str) -> Vec<String> {
    let whole = [STANDARD.encode(raw), URL_SAFE.encode(raw)];
    let inside = (0..3_usize).flat_map(|before| {
        let bytes = [&[0; 2][..before], raw.as_bytes()].concat();
        let from = (before * 8).div_ceil(6);
        let to = bytes.len() * 8 / 6;
        [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|engine| engine.encode(&bytes)[from..to].to_owned())
    });
    whole.into_iter().chain(inside).collect()
}

/// What a path segment or query value must escape at least.
const PATH_LIKE: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `%2F` as `%2f`; the rest is left as it is.
fn lowercase_escapes(text: &str) -> String {
    let mut left_in_escape = 0;
    let lower = |c: char| {
        left_in_escape = if c == '%' { 2 } else { i32::max(left_in_escape - 1, -1) };
        if left_in_escape >= 0 { c.to_ascii_lowercase() } else { c }
    };
    text.chars().map(lower).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn knowing(secrets: &[&str]) -> Redactor {
        let redactor = Redactor::default();
        secrets.iter().for_each(|secret| redactor.register(&SecretString::from(*secret)));
        redactor
    }

    #[test]
    fn every_spelling_of_a_secret_is_replaced() {
        let secret = "p/+w\"&<é> 00tok-en_x";
        let redactor = knowing(&[secret]);
        for text in [
            secret.to_owned(),
            serde_json::to_string(secret).unwrap(),
            utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
            lowercase_escapes(&utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string()),
            utf8_percent_encode(secret, PATH_LIKE).to_string(),
            url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
            STANDARD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
        ] {
            let redacted = redactor.redact(&format!("refused: {text}!"));
            assert!(redacted.contains("[redacted]") && !redacted.contains("tok"), "{text} became {redacted}");
        }
    }

    #[test]
    fn a_secret_inside_an_encoded_text_is_replaced_wherever_it_begins() {
        let secret = "00tok/en+of~an?org";
        let redactor = knowing(&[secret]);
        for user in ["", "a", "ab", "abc", "abcd"] {
            for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                let text = engine.encode(format!("{user}{secret}:tail"));
                let redacted = redactor.redact(&text);
                let left: String = redacted.replace(PLACEHOLDER, "");
                // Both ends share a character with their neighbours.
                assert!(redacted.contains(PLACEHOLDER) && text.len() - left.len() >= 22, "{text} became {redacted}");
            }
        }
    }

    #[test]
    fn lower_case_escapes_change_only_escapes() {
        assert_eq!(lowercase_escapes("%2FAb%C3%A9Zz%"), "%2fAb%c3%a9Zz%");
    }

    #[test]
    fn a_secret_inside_another_leaves_nothing_of_the_longer_one() {
        assert_eq!(knowing(&["12345678", "12345678-tail"]).redact("x 12345678-tail y"), "x [redacted] y");
    }

    #[test]
    fn short_secrets_are_ignored() {
        assert_eq!(knowing(&["the", ""]).redact("the app"), "the app");
    }

    #[test]
    fn a_message_is_one_line_of_bounded_length() {
        let redactor = knowing(&["canary-secret"]);
        assert_eq!(redactor.message("\u{1b}[2Jno\r\ncanary-secret\n"), "[2Jno  [redacted]");
        assert_eq!(redactor.message(&"x".repeat(9_000)).len(), 2_000);
    }

    #[test]
    fn the_debug_form_shows_no_secret() {
        assert_eq!(format!("{:?}", knowing(&["canary-secret"])), "Redactor");
    }

    proptest! {
        #[test]
        fn a_known_secret_never_survives(secret in "[ -~]{8,40}", before in "[a-z]{0,9}", after in "[a-z]{0,9}") {
            prop_assume!(secret.trim().len() >= 8 && !"[redacted]".contains(secret.trim()));
            let redacted = knowing(&[&secret]).redact(&format!("{before}{secret}{after}"));
            prop_assert!(!redacted.contains(secret.trim()));
        }
    }
}
