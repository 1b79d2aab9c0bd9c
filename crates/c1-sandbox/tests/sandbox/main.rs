//! The sandbox as its clients meet it: over HTTP, in process for most tests, as a binary for a few.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed; clippy.toml covers test functions only"
)]

mod behaviour;
mod binary;
mod client;
mod connectors;
mod contract;
mod expand;
mod faults;
mod inventory;
mod okta;
mod okta_iam;
mod okta_questions;
mod okta_writes;
mod owners;
mod permissions;
mod schedule;
mod state;
mod support;
mod synced;
mod syncs;
mod tasks;
mod tenant;
mod tls;
mod token;
