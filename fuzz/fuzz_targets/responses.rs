//! Parsing of responses: headers with a pause, headers with the next page, and texts that messages quote without secrets.

#![no_main]

use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use okta_client::next_link;
use secrecy::SecretString;
use service_http::header::{HeaderMap, HeaderValue, LINK, RETRY_AFTER};
use service_http::{Redactor, retry_after};

const SECRET: &str = "00secret-secret-secret";

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, value.clone()), (LINK, value)]);
        assert!(next_link(&headers).is_none_or(|target| String::from_utf8_lossy(bytes).contains(&target)));
        let limit = Duration::from_secs(30);
        assert!(retry_after(&headers, SystemTime::now(), limit).is_none_or(|pause| pause <= limit));
    }
    let redactor = Redactor::default();
    redactor.register(&SecretString::from(SECRET));
    assert!(!redactor.message(&format!("{}{SECRET}", String::from_utf8_lossy(bytes))).contains(SECRET));
});
