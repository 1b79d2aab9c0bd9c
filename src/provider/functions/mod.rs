//! Functions of the provider, one module each.

pub mod okta_domain;
