//! Rust structs as blocks of a configuration.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A Rust struct for a block: a provider block, a resource, a data source, an identity or a nested block.
///
/// serde converts it to and from Terraform's values, and schemars derives its schema (see
/// [`schema::derive`](crate::framework::schema::derive)). Each field is a [`Value`](crate::framework::value::Value),
/// because every attribute can be null, and unknown during a plan. A conversion to the struct and back must preserve
/// the value: use integers, or text, for numbers that `f64` cannot represent.
///
/// The trait is implemented for every type that qualifies.
pub trait Model: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static> Model for T {}
