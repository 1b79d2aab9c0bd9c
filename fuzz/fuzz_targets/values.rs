//! The value codec: a decoded value is the same after it is encoded and decoded again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use terraform_provider_conductorone::framework::cty::{Type, json, msgpack};

fuzz_target!(|bytes: &[u8]| {
    let Ok(dynamic) = Type::parse(br#""dynamic""#) else { return };
    let _ = Type::parse(bytes);
    if let Ok(value) = msgpack::decode(bytes, &dynamic) {
        let again = msgpack::encode(&value, &dynamic);
        assert_eq!(msgpack::decode(&again, &dynamic).as_ref(), Ok(&value));
    }
    let _ = json::decode(bytes, &dynamic);
});
