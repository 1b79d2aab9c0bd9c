//! Every call of the protocol with arbitrary bytes, including import IDs.

#![no_main]

use libfuzzer_sys::fuzz_target;
use provider_testing::calls;

const TYPES: [&str; 5] = [
    "conductorone_okta_integration",
    "conductorone_app",
    "conductorone_user",
    "conductorone_okta_token",
    "conductorone_okta_inventory",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((index, bytes)) = bytes.split_first() else { return };
    let name = TYPES[usize::from(*index) % TYPES.len()];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(calls::every_call(&calls::server(), name, bytes));
});
