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
mod interrupt;
mod inventory;
mod lifecycle;
mod many;
mod open_questions;
mod owners;
mod packages;
mod page;
mod provider_block;
mod schema;
mod secrets;
mod takeover;
mod write_only;
