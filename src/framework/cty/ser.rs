//! Conversion of Rust types to cty values, with serde.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::Serialize;
use serde::ser::{
    Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct, Serializer,
};

use super::{Number, Value};

/// The type name by which [`crate::framework::value::Value`] marks an unknown value.
pub(crate) const UNKNOWN_TOKEN: &str = "$terraform::Unknown";

/// The error for a Rust value without a cty value, for example an enum variant with fields.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unrepresentable(String);

impl serde::ser::Error for Unrepresentable {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// Converts a Rust value to a cty value.
///
/// # Errors
/// If cty cannot represent the value: an enum variant with fields, bytes, a key that is not text, or a float that is
/// not finite.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, Unrepresentable> {
    value.serialize(ValueSerializer)
}

struct ValueSerializer;

fn unrepresentable<T>(what: &str) -> Result<T, Unrepresentable> {
    Err(Unrepresentable(format!("Terraform's type system has no {what}")))
}

fn number<T, N: TryInto<T>>(number: N) -> Result<T, Unrepresentable> {
    number.try_into().map_err(|_| Unrepresentable("a number is out of range".to_owned()))
}

impl Serializer for ValueSerializer {
    type Ok = Value;
    type Error = Unrepresentable;
    type SerializeSeq = Sequence;
    type SerializeTuple = Sequence;
    type SerializeTupleStruct = Sequence;
    type SerializeTupleVariant = Impossible<Value, Unrepresentable>;
    type SerializeMap = Members;
    type SerializeStruct = Members;
    type SerializeStructVariant = Impossible<Value, Unrepresentable>;

    fn serialize_bool(self, value: bool) -> Result<Value, Unrepresentable> {
        Ok(Value::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> Result<Value, Unrepresentable> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Value, Unrepresentable> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Value, Unrepresentable> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<Value, Unrepresentable> {
        Ok(Value::Number(Number::from(value)))
    }

    fn serialize_u8(self, value: u8) -> Result<Value, Unrepresentable> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Value, Unrepresentable> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Value, Unrepresentable> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<Value, Unrepresentable> {
        Ok(Value::Number(Number::from(value)))
    }

    fn serialize_f32(self, value: f32) -> Result<Value, Unrepresentable> {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Result<Value, Unrepresentable> {
        number(value).map(Value::Number)
    }

    fn serialize_char(self, value: char) -> Result<Value, Unrepresentable> {
        Ok(Value::String(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Result<Value, Unrepresentable> {
        Ok(Value::from(value))
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<Value, Unrepresentable> {
        unrepresentable("bytes")
    }

    fn serialize_none(self) -> Result<Value, Unrepresentable> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Unrepresentable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Unrepresentable> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<Value, Unrepresentable> {
        Ok(if name == UNKNOWN_TOKEN { Value::Unknown } else { Value::Null })
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value, Unrepresentable> {
        Ok(Value::from(variant))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<Value, Unrepresentable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<Value, Unrepresentable> {
        unrepresentable("enum variants with fields")
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Sequence, Unrepresentable> {
        Ok(Sequence(Vec::new()))
    }

    fn serialize_tuple(self, _length: usize) -> Result<Sequence, Unrepresentable> {
        Ok(Sequence(Vec::new()))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Sequence, Unrepresentable> {
        Ok(Sequence(Vec::new()))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, Unrepresentable> {
        unrepresentable("enum variants with fields")
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Members, Unrepresentable> {
        Ok(Members::default())
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Members, Unrepresentable> {
        Ok(Members::default())
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, Unrepresentable> {
        unrepresentable("enum variants with fields")
    }
}

/// The serializer of a list, set or tuple.
struct Sequence(Vec<Value>);

impl Sequence {
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unrepresentable> {
        self.0.push(to_value(value)?);
        Ok(())
    }
}

impl SerializeSeq for Sequence {
    type Ok = Value;
    type Error = Unrepresentable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unrepresentable> {
        self.push(value)
    }

    fn end(self) -> Result<Value, Unrepresentable> {
        Ok(Value::Sequence(self.0))
    }
}

impl SerializeTuple for Sequence {
    type Ok = Value;
    type Error = Unrepresentable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unrepresentable> {
        self.push(value)
    }

    fn end(self) -> Result<Value, Unrepresentable> {
        Ok(Value::Sequence(self.0))
    }
}

impl SerializeTupleStruct for Sequence {
    type Ok = Value;
    type Error = Unrepresentable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unrepresentable> {
        self.push(value)
    }

    fn end(self) -> Result<Value, Unrepresentable> {
        Ok(Value::Sequence(self.0))
    }
}

/// The serializer of a map or object.
#[derive(Default)]
struct Members {
    key: Option<String>,
    members: BTreeMap<String, Value>,
}

impl SerializeMap for Members {
    type Ok = Value;
    type Error = Unrepresentable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unrepresentable> {
        match to_value(key)? {
            Value::String(key) => {
                self.key = Some(key);
                Ok(())
            }
            _ => unrepresentable("keys other than text"),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unrepresentable> {
        let key = self.key.take().unwrap_or_default();
        self.members.insert(key, to_value(value)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Unrepresentable> {
        Ok(Value::Map(self.members))
    }
}

impl SerializeStruct for Members {
    type Ok = Value;
    type Error = Unrepresentable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unrepresentable> {
        self.members.insert(key.to_owned(), to_value(value)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Unrepresentable> {
        Ok(Value::Map(self.members))
    }
}
