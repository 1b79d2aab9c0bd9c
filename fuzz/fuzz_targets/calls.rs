//! Every call of the protocol with arbitrary bytes, import IDs among them.

#![no_main]

use libfuzzer_sys::fuzz_target;


const TYPES: [&str; 5] = [
    "conductorone_okta_integration",
    "conductorone_app",
    "conductorone_user",
    "conductorone_okta_token",
    "conductorone_okta_inventory",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(provider_testing::calls::every_call(&provider_testing::calls::server(), TYPES[usize::from(*which) % TYPES.len()], bytes));
});
