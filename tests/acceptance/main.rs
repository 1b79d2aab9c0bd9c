//! The provider with real Terraform.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue must stop with the location")]

mod apps_and_data;
mod capabilities;
mod details;
mod documentation;
mod drift;
mod examples;
mod failures;
mod guides;
mod import_and_move;
mod interrupt;
mod inventory;
mod lifecycle;
mod load;
mod owners;
mod packages;
mod provider_block;
mod sandbox_page;
mod schema;
mod secrets;
mod service_variants;
mod write_only;
