//! Conversion of cty values to Rust types, with serde.

use std::fmt::Display;

use serde::de::value::{MapDeserializer, SeqDeserializer, StringDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::{Mismatch, Number, Value};
use crate::framework::path::AttributePath;

/// The type name by which [`crate::framework::value::Value`] requests to distinguish null and unknown.
pub(crate) const VALUE_TOKEN: &str = "$terraform::Value";

/// Converts a value to a Rust type.
///
/// # Errors
/// If the value does not fit. The error contains the path of the mismatch.
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Mismatch> {
    serde_path_to_error::deserialize(ValueDeserializer(value)).map_err(|error| {
        let path = error.path().iter().fold(AttributePath::root(), |path, segment| match segment {
            serde_path_to_error::Segment::Seq { index } => path.index(*index),
            serde_path_to_error::Segment::Map { key } => path.attribute(key),
            serde_path_to_error::Segment::Enum { .. } | serde_path_to_error::Segment::Unknown => path,
        });
        let Error { expected, found } = error.into_inner();
        Mismatch { path, expected, found }
    })
}

struct ValueDeserializer(Value);

/// A mismatch without the value itself, which serde's own messages quote: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expected}, not {found}")]
struct Error {
    expected: String,
    found: String,
}

impl serde::de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self { expected: message.to_string(), found: "this value".to_owned() }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self { expected: expected.to_string(), found: kind(found).to_owned() }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self { expected: expected.to_string(), found: format!("this {}", kind(found)) }
    }

    fn unknown_variant(_variant: &str, expected: &'static [&'static str]) -> Self {
        Self { expected: format!("one of {}", expected.join(", ")), found: "this string".to_owned() }
    }
}

fn kind(found: Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "bool",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "number",
        Unexpected::Str(_) | Unexpected::Char(_) => "string",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "list",
        Unexpected::Map => "object",
        _ => "value",
    }
}

impl<'de> Deserializer<'de> for ValueDeserializer {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Unknown => Err(serde::de::Error::custom("a value that is known")),
            Value::Bool(bool) => visitor.visit_bool(bool),
            Value::Number(number) => visit_number(&number, visitor),
            Value::String(text) => visitor.visit_string(text),
            Value::Sequence(elements) => {
                visitor.visit_seq(SeqDeserializer::new(elements.into_iter().map(ValueDeserializer)))
            }
            Value::Map(elements) => visitor.visit_map(MapDeserializer::new(
                elements.into_iter().map(|(key, value)| (KeyDeserializer(key), ValueDeserializer(value))),
            )),
            Value::Dynamic(inner) => Self(inner.1).deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        match (name, &self.0) {
            (VALUE_TOKEN, Value::Unknown) => visitor.visit_unit(),
            (VALUE_TOKEN, value) if value.is_null() => visitor.visit_none(),
            (VALUE_TOKEN, _) => visitor.visit_some(self),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(text) => visitor.visit_enum(StringDeserializer::<Error>::new(text)),
            _ => Err(serde::de::Error::custom("text")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Visits a number in the narrowest type that preserves it.
fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Error> {
    if let Some(integer) = number.to_i64() {
        visitor.visit_i64(integer)
    } else if let Some(integer) = number.to_u64() {
        visitor.visit_u64(integer)
    } else {
        visitor.visit_f64(number.to_f64())
    }
}

impl<'de> IntoDeserializer<'de, Error> for ValueDeserializer {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A key of a map or object.
struct KeyDeserializer(String);

impl<'de> IntoDeserializer<'de, Error> for KeyDeserializer {
    type Deserializer = StringDeserializer<Error>;

    fn into_deserializer(self) -> Self::Deserializer {
        self.0.into_deserializer()
    }
}
