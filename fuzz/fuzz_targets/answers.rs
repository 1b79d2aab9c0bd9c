//! What services answer: headers that ask for a pause, and texts that are quoted with the secrets taken out.

#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;
use terraform_provider_conductorone::http::header::{HeaderMap, HeaderValue, RETRY_AFTER};
use terraform_provider_conductorone::http::{Redactor, retry_after};

const SECRET: &str = "00secret-secret-secret";

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, value)]);
        let limit = Duration::from_secs(30);
        assert!(retry_after(&headers, SystemTime::now(), limit).is_none_or(|pause| pause <= limit));
    }
    let redactor = Redactor::default();
    redactor.learn(&SecretString::from(SECRET));
    assert!(!redactor.message(&format!("{}{SECRET}", String::from_utf8_lossy(bytes))).contains(SECRET));
});
