//! Values in JSON, the encoding of states. It cannot represent unknown values.
//!
//! The type guides the decoder, so that numbers keep all digits.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

use super::value::TypeKey;
use super::{Type, Value};

/// The error for JSON that does not encode a value of the type.
///
/// A message never quotes the JSON, because it can contain a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The JSON is malformed, or encodes another kind of value.
    #[error("{expected} is required, but the JSON is malformed or encodes another kind of value")]
    WrongKind {
        /// The required type.
        expected: String,
    },
    /// A tuple has another length.
    #[error("{expected} elements are required, but there are {found}")]
    WrongLength {
        /// The number of elements of the type.
        expected: usize,
        /// The number of elements in the JSON.
        found: usize,
    },
    /// A dynamic value contains no type.
    #[error("a dynamic value contains no type")]
    InvalidType,
}

/// Decodes a value of the type. Missing attributes are null. Attributes that the type does not have are dropped,
/// because a state contains the attributes of an earlier schema.
///
/// # Errors
/// If the bytes do not encode a value of the type.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, DecodeError> {
    let raw = serde_json::from_slice::<&RawValue>(bytes).map_err(|_| wrong_kind(ty))?;
    decode_raw(raw, ty)
}

fn wrong_kind(ty: &Type) -> DecodeError {
    DecodeError::WrongKind { expected: ty.to_string() }
}

fn parse<'j, T: serde::Deserialize<'j>>(raw: &'j RawValue, ty: &Type) -> Result<T, DecodeError> {
    serde_json::from_str(raw.get()).map_err(|_| wrong_kind(ty))
}

fn decode_raw(raw: &RawValue, ty: &Type) -> Result<Value, DecodeError> {
    if raw.get() == "null" {
        return Ok(Value::Null);
    }
    match ty {
        Type::String => parse(raw, ty).map(Value::String),
        Type::Bool => parse(raw, ty).map(Value::Bool),
        Type::Number => {
            // Early versions of Terraform wrote numbers as strings. cty still accepts them.
            let text = raw.get().trim_matches('"');
            text.parse().map(Value::Number).map_err(|_| wrong_kind(ty))
        }
        Type::List(element) | Type::Set(element) => parse::<Vec<&RawValue>>(raw, ty)?
            .into_iter()
            .map(|raw| decode_raw(raw, element))
            .collect::<Result<_, _>>()
            .map(Value::Sequence),
        Type::Tuple(types) => {
            let elements = parse::<Vec<&RawValue>>(raw, ty)?;
            if elements.len() != types.len() {
                return Err(DecodeError::WrongLength { expected: types.len(), found: elements.len() });
            }
            elements
                .into_iter()
                .zip(types)
                .map(|(raw, ty)| decode_raw(raw, ty))
                .collect::<Result<_, _>>()
                .map(Value::Sequence)
        }
        Type::Map(element) => parse::<BTreeMap<String, &RawValue>>(raw, ty)?
            .into_iter()
            .map(|(key, raw)| Ok((key, decode_raw(raw, element)?)))
            .collect::<Result<_, _>>()
            .map(Value::Map),
        Type::Object { attributes, .. } => {
            let members = parse::<BTreeMap<String, &RawValue>>(raw, ty)?;
            attributes
                .iter()
                .map(|(name, ty)| {
                    let value = members.get(name).map_or(Ok(Value::Null), |raw| decode_raw(raw, ty))?;
                    Ok((name.clone(), value))
                })
                .collect::<Result<_, _>>()
                .map(Value::Map)
        }
        Type::Dynamic => {
            let mut members = parse::<BTreeMap<String, &RawValue>>(raw, ty)?;
            let (Some(inner), Some(value)) = (members.remove("type"), members.remove("value")) else {
                return Err(DecodeError::InvalidType);
            };
            let inner = Type::parse(inner.get().as_bytes()).map_err(|_| DecodeError::InvalidType)?;
            let value = decode_raw(value, &inner)?;
            Ok(match inner {
                Type::Dynamic => value,
                inner => Value::Dynamic(Box::new((TypeKey(inner), value))),
            })
        }
    }
}

/// The error for a value that JSON cannot represent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("JSON cannot represent an unknown value")]
pub struct NotKnown;

/// Encodes a value.
///
/// # Errors
/// If the value is not wholly known.
pub fn encode(value: &Value) -> Result<Vec<u8>, NotKnown> {
    serde_json::to_vec(&Encoded(value)).map_err(|_| NotKnown)
}

struct Encoded<'v>(&'v Value);

impl Serialize for Encoded<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Unknown => Err(S::Error::custom(NotKnown)),
            Value::Bool(bool) => serializer.serialize_bool(*bool),
            Value::Number(number) => {
                RawValue::from_string(number.to_string()).map_err(S::Error::custom)?.serialize(serializer)
            }
            Value::String(text) => serializer.serialize_str(text),
            Value::Sequence(elements) => {
                let mut sequence = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    sequence.serialize_element(&Encoded(element))?;
                }
                sequence.end()
            }
            Value::Map(elements) => {
                let mut map = serializer.serialize_map(Some(elements.len()))?;
                for (key, element) in elements {
                    map.serialize_entry(key, &Encoded(element))?;
                }
                map.end()
            }
            Value::Dynamic(inner) => {
                let (TypeKey(ty), value) = inner.as_ref();
                let notation = String::from_utf8_lossy(&ty.type_json()).into_owned();
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("type", &RawValue::from_string(notation).map_err(S::Error::custom)?)?;
                map.serialize_entry("value", &Encoded(value))?;
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_values_correspond() {
        let list = || Box::new(Type::Number);
        let rows = [
            ("null", Type::String),
            (r#""a\"b""#, Type::String),
            ("true", Type::Bool),
            ("18446744073709551616.25", Type::Number),
            ("[1,2]", Type::List(list())),
            ("[]", Type::Set(list())),
            (r#"[1,"a"]"#, Type::Tuple(vec![Type::Number, Type::String])),
            (r#"{"k":1}"#, Type::Map(list())),
            (r#"{"a":"x","b":null}"#, Type::object([("a", Type::String), ("b", Type::Bool)])),
            (r#"{"type":["list","number"],"value":[1]}"#, Type::Dynamic),
        ];
        for (text, ty) in rows {
            let value = decode(text.as_bytes(), &ty).unwrap();
            assert_eq!(String::from_utf8(encode(&value).unwrap()).unwrap(), text);
        }
    }

    #[test]
    fn states_of_other_schema_versions_are_read_leniently() {
        let ty = Type::object([("id", Type::String), ("new", Type::String)]);
        let value = decode(b"{\n  \"id\": \"1\",\n  \"dropped\": {\"x\": []}\n}\n", &ty).unwrap();
        assert_eq!(value, Value::Map([("id".into(), "1".into()), ("new".into(), Value::Null)].into()));
        assert_eq!(decode(b"\"7\"", &Type::Number), decode(b"7", &Type::Number));
    }

    #[test]
    fn malformed_json_is_refused() {
        let rows: &[(&[u8], Type)] = &[
            (b"", Type::String),
            (b"{", Type::object([("a", Type::String)])),
            (b"7", Type::String),
            (b"\"x\"", Type::Number),
            (b"[]", Type::Map(Box::new(Type::String))),
            (b"[1]", Type::Tuple(vec![])),
            (b"{\"value\":1}", Type::Dynamic),
            (b"{\"type\":\"text\",\"value\":1}", Type::Dynamic),
            (b"\xff", Type::String),
        ];
        for (bytes, ty) in rows {
            assert!(decode(bytes, ty).is_err(), "{}", String::from_utf8_lossy(bytes));
        }
        assert_eq!(encode(&Value::Unknown), Err(NotKnown));
    }
}
