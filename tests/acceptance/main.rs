//! The provider in the hands of real Terraform.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say where")]

mod apps_and_data;
mod capabilities;
mod details;
mod documentation;
mod drift;
mod examples;
mod failures;
mod guide;
mod harness;
mod interrupt;
mod inventory;
#[path = "../support/killing.rs"]
mod killing;
mod lifecycle;
#[path = "../support/load.rs"]
#[allow(dead_code, reason = "the benchmark shows the rest")]
mod load;
mod many;
mod open_questions;
mod owners;
mod packages;
mod page;
mod provider_block;
mod schema;
mod secrets;
mod takeover;
#[path = "../support/tls_server.rs"]
mod tls_server;
mod write_only;
