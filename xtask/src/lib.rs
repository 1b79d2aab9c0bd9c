//! What this repository does and cargo does not: the registry's documentation and packages.
//!
//! A library as well as a program, so that the tests hold both against real Terraform. Knows the provider only from
//! outside, by what Terraform says of it.

pub mod build;
pub mod dist;
pub mod docs;
pub mod registry;
pub mod sbom;
pub mod sign;

/// Why a task could not be done. Read by the person who started it.
pub type Failed = Box<dyn std::error::Error + Send + Sync>;
