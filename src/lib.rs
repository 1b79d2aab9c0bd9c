//! Terraform provider that connects ConductorOne with an Okta org.
//!
//! `ARCHITECTURE.md` describes the path of a request through these modules.

pub mod framework;
pub mod plugin;
pub mod provider;
