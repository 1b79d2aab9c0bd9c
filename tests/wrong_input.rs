//! Robustness against invalid input: arbitrary bytes and texts in every field never cause a panic.

use proptest::prelude::*;
use terraform_provider_conductorone::framework::cty::{Type, json, msgpack};

/// Returns bytes that start like values of the protocol, so that the decoder reads more than the first byte.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let msgpack = (0x80_u8..0xe0, prop::collection::vec(any::<u8>(), 0..80)).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    });
    let named =
        prop::collection::vec(any::<u8>(), 0..40).prop_map(|rest| [b"\x81\xa6app_id".as_slice(), &rest].concat());
    let json = r#"\{"(app_id|id|domain|owners|timeouts|api_token)":[\{\}\[\]"a-z0-9.,:]{0,40}\}?"#
        .prop_map(String::into_bytes);
    prop_oneof![msgpack, named, json, prop::collection::vec(any::<u8>(), 0..80)]
}

const TYPES: &str = "conductorone_okta_integration|conductorone_app|conductorone_user|conductorone_okta_token|\
                     conductorone_okta_inventory|[a-z_]{0,9}";

#[test]
fn arbitrary_bytes_in_any_call_do_not_panic() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let server = provider_testing::calls::server();
    proptest!(|(type_name in TYPES, bytes in bytes())| {
        runtime.block_on(provider_testing::calls::every_call(&server, &type_name, &bytes));
    });
}

#[test]
fn values_of_any_depth_are_decoded_or_rejected() {
    let dynamic = Type::parse(br#""dynamic""#).unwrap();
    for depth in [10, 1_000, 1_000_000] {
        let arrays = vec![0x91_u8; depth];
        let _ = msgpack::decode(&arrays, &dynamic);
        let _ = json::decode("[".repeat(depth).as_bytes(), &dynamic);
        let maps = [0x81, 0xa1, b'a'].repeat(depth);
        let _ = msgpack::decode(&maps, &dynamic);
        let types = r#"["list","#.repeat(depth);
        let _ = json::decode(format!(r#"{{"type":{types},"value":null}}"#).as_bytes(), &dynamic);
        let _ = Type::parse(types.as_bytes());
    }
}

#[test]
fn a_length_beyond_the_input_allocates_no_memory() {
    let list = Type::parse(br#"["list","string"]"#).unwrap();
    for length in
        [&b"\xdd\xff\xff\xff\xff"[..], b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"]
    {
        assert!(msgpack::decode(length, &list).is_err());
        assert!(msgpack::decode(length, &Type::String).is_err());
    }
}
