//! Data sources of the provider, one module each.

pub mod app;
pub mod okta_integration;
pub mod okta_inventory;
pub mod okta_token;
pub mod user;
