//! Tasks of this repository that cargo does not cover: the registry's documentation and release packages.
//!
//! The library allows tests to verify the tasks with real Terraform. It knows the provider only by the schema that Terraform
//! prints.

pub mod build;
pub mod dist;
pub mod docs;
pub mod registry;
pub mod sbom;
pub mod sign;

/// The error of a task, for the user at the terminal.
pub type TaskError = Box<dyn std::error::Error + Send + Sync>;
