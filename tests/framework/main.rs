//! The framework's service as Terraform calls it, with a provider that is small enough to read.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue must show where")]

mod blocks;
mod conformance;
mod failures;
mod host;
mod lifecycle;
mod toy;
mod toy_note;
mod walk;

// `toy_note.rs` is the example of CONTRIBUTING.md, and imports the framework as a resource of the provider does.
use terraform_provider_conductorone::framework;

use toy::ToyData;
