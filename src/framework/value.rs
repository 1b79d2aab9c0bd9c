//! The values of attributes in models: null, unknown or known.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserializer, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::framework::cty::{UNKNOWN_TOKEN, VALUE_TOKEN};

/// The value of one attribute. The type forces code to handle values that are null or unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value<T> {
    /// No value.
    #[default]
    Null,
    /// A value that is known only after apply.
    Unknown,
    /// A known value.
    Known(T),
}

impl<T> Value<T> {
    /// Returns `true` for null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Returns `true` for an unknown value.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Returns the value if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// Converts to the value if it is known.
    pub fn into_known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }
}

impl Value<String> {
    /// Returns the text if it is known.
    pub fn text(&self) -> Option<&str> {
        self.known().map(String::as_str)
    }
}

impl<T> From<Option<T>> for Value<T> {
    /// Converts `None` to null.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}

impl<T: Serialize> Serialize for Value<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::Unknown => serializer.serialize_unit_struct(UNKNOWN_TOKEN),
            Self::Known(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Value<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ValueVisitor<T> {
            type Value = Value<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value from Terraform")
            }

            fn visit_none<E>(self) -> Result<Value<T>, E> {
                Ok(Value::Null)
            }

            fn visit_unit<E>(self) -> Result<Value<T>, E> {
                Ok(Value::Unknown)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<T>, D::Error> {
                T::deserialize(deserializer).map(Value::Known)
            }
        }

        deserializer.deserialize_newtype_struct(VALUE_TOKEN, ValueVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Value<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::cty;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Model {
        name: Value<String>,
        size: Value<u64>,
        owners: Value<Vec<Value<String>>>,
    }

    #[test]
    fn null_unknown_and_known_values_survive_a_round_trip() {
        let model = Model {
            name: Value::Unknown,
            size: Value::Null,
            owners: Value::Known(vec![Value::Known("a".to_owned()), Value::Unknown, Value::Null]),
        };
        let value = cty::to_value(&model).unwrap();
        assert_eq!(cty::from_value::<Model>(value), Ok(model));
    }

    #[test]
    fn the_error_for_a_mismatch_contains_its_path() {
        let model = Model { name: Value::Null, size: Value::Null, owners: Value::Null };
        let mut value = cty::to_value(&model).unwrap();
        value.as_object_mut().unwrap().insert("size".to_owned(), cty::Value::Number("1.5".parse().unwrap()));
        assert_eq!(cty::from_value::<Model>(value).unwrap_err().path.to_string(), "size");
    }
}
