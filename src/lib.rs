//! Terraform provider that connects ConductorOne with an Okta org.
//!
//! `ARCHITECTURE.md` draws the way of a request through these modules and says which may name which.

// What the unit tests share with the tests outside names this crate as those do.
#[cfg(test)]
extern crate self as terraform_provider_conductorone;

pub mod conductorone;
pub mod framework;
pub mod http;
pub mod okta;
pub mod plugin;
pub mod provider;
#[cfg(feature = "sandbox")]
pub mod sandbox;
