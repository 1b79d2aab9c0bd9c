//! The provider in the hands of real Terraform.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

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
mod lifecycle;
mod open_questions;
mod owners;
mod page;
mod packages;
mod provider_block;
mod schema;
mod secrets;
mod takeover;
#[path = "../support/tls_server.rs"]
mod tls_server;
mod write_only;
