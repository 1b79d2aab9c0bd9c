//! Terraform's type system, cty, and its two encodings.
//!
//! A [`Value`] represents any value of Terraform, including unknown values and numbers of any size. [`msgpack`] and
//! [`json`] encode and decode it according to a [`Type`]. [`from_value`] and [`to_value`] convert it from and to Rust
//! types.
//!
//! # Examples
//!
//! ```
//! use terraform_provider_conductorone::framework::cty::{Type, Value, json, msgpack};
//!
//! let ty = Type::parse(br#"["list","string"]"#)?;
//! let value = json::decode(br#"["a", null]"#, &ty)?;
//! assert_eq!(value, Value::Sequence(vec![Value::from("a"), Value::Null]));
//! assert_eq!(msgpack::decode(&msgpack::encode(&value, &ty), &ty)?, value);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
