//! Resources of the provider, one module each.

pub mod app;
pub mod okta_integration;
