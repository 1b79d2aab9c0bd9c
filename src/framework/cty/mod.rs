//! Terraform's own type system, cty, and its two encodings.
//!
//! A [`Value`] is what Terraform sends before any Rust type has been asked for: it can hold everything that
//! Terraform can, including values that are not known yet and numbers of any size. [`msgpack`] and [`json`]
//! turn it into bytes and back, led by a [`Type`]; [`from_value`] and [`to_value`] turn it into Rust types.

mod de;
pub mod json;
pub mod msgpack;
mod number;
#[cfg(test)]
mod properties;
mod ser;
mod types;
mod value;

pub(crate) use de::VALUE_TOKEN;
pub use de::from_value;
pub use number::{InvalidNumber, Number};
pub(crate) use ser::UNKNOWN_TOKEN;
pub use ser::to_value;
pub use types::{InvalidType, Type};
pub use value::{Mismatch, Value};
