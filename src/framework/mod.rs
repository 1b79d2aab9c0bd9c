//! Terraform's types and lifecycle for Rust.
//!
//! A resource is a Rust struct: serde moves it to and from Terraform's values, schemars derives its schema. The
//! traits carry typed requests; [`server`] is the only place where bytes become types.

#![warn(missing_docs)]

pub mod context;
pub mod cty;
pub mod data_source;
pub mod diagnostics;
pub mod function;
pub(crate) mod lifecycle;
pub mod path;
pub(crate) mod plan;
pub mod private;
pub mod provider;
pub mod resource;
pub mod schema;
pub mod secret;
pub mod server;
pub mod value;
