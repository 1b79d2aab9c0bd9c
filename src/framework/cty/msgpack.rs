//! Values in msgpack, the encoding of `DynamicValue.msgpack`.
//!
//! Source: Terraform's plugin protocol, and bytes captured from Terraform 1.11, which the tests contain.

use std::collections::BTreeMap;

use rmp::Marker;
use rmp::decode::RmpRead;

use super::value::TypeKey;
use super::{Number, Type, Value};

/// The error for bytes that do not encode a value of the type.
///
/// A message never quotes the bytes, because they can contain a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end too early.
    #[error("the encoded value ends too early")]
    Truncated,
    /// Bytes follow the value.
    #[error("{0} bytes follow the encoded value")]
    TrailingBytes(usize),
    /// The value has another kind than the type.
    #[error("{expected} is required, but the encoded value is {found}")]
    WrongKind {
        /// The required type.
        expected: String,
        /// The kind in msgpack.
        found: &'static str,
    },
    /// An object or tuple has another number of members than its type.
    #[error("{expected} members are required, but the encoded value has {found}")]
    WrongLength {
        /// The number of members of the type.
        expected: usize,
        /// The number of members of the value.
        found: usize,
    },
    /// An object has an attribute that its type does not have.
    #[error("the encoded object has an attribute that its type does not have")]
    UnknownAttribute,
    /// A string is not UTF-8.
    #[error("an encoded string is not UTF-8")]
    NotUtf8,
    /// A number is too large, or not finite.
    #[error("an encoded number is not finite or has too many digits")]
    InvalidNumber,
    /// A dynamic value contains an invalid type.
    #[error("an encoded dynamic value contains no valid type")]
    InvalidType,
    /// The value is nested too deeply.
    #[error("the encoded value is nested too deeply")]
    TooDeep,
}

/// An unknown value without refinements: extension code 0 with one byte of data.
const UNKNOWN: [u8; 3] = [0xd4, 0x00, 0x00];

/// The limit of nesting. The limit of types in JSON is lower.
const MAX_DEPTH: usize = 256;

/// Decodes one value of the type.
///
/// # Errors
/// If the bytes do not encode exactly one value of the type.
pub fn decode(mut bytes: &[u8], ty: &Type) -> Result<Value, DecodeError> {
    let value = decode_value(&mut bytes, ty, 0)?;
    if bytes.is_empty() { Ok(value) } else { Err(DecodeError::TrailingBytes(bytes.len())) }
}

fn decode_value(bytes: &mut &[u8], ty: &Type, depth: usize) -> Result<Value, DecodeError> {
    if depth > MAX_DEPTH {
        return Err(DecodeError::TooDeep);
    }
    let marker = read_marker(bytes)?;
    match marker {
        Marker::Null => return Ok(Value::Null),
        Marker::FixExt1
        | Marker::FixExt2
        | Marker::FixExt4
        | Marker::FixExt8
        | Marker::FixExt16
        | Marker::Ext8
        | Marker::Ext16
        | Marker::Ext32 => {
            skip_extension(bytes, marker)?;
            return Ok(Value::Unknown);
        }
        _ => {}
    }
    let wrong_kind = || DecodeError::WrongKind { expected: ty.to_string(), found: kind(marker) };
    match ty {
        Type::String => Ok(Value::String(read_text(bytes, marker)?.ok_or_else(wrong_kind)?)),
        Type::Bool => match marker {
            Marker::True => Ok(Value::Bool(true)),
            Marker::False => Ok(Value::Bool(false)),
            _ => Err(wrong_kind()),
        },
        Type::Number => Ok(Value::Number(read_number(bytes, marker)?.ok_or_else(wrong_kind)?)),
        Type::List(element) | Type::Set(element) => {
            let length = array_length(bytes, marker)?.ok_or_else(wrong_kind)?;
            (0..length).map(|_| decode_value(bytes, element, depth + 1)).collect::<Result<_, _>>().map(Value::Sequence)
        }
        Type::Tuple(types) => {
            let length = array_length(bytes, marker)?.ok_or_else(wrong_kind)?;
            if length != types.len() {
                return Err(DecodeError::WrongLength { expected: types.len(), found: length });
            }
            types.iter().map(|ty| decode_value(bytes, ty, depth + 1)).collect::<Result<_, _>>().map(Value::Sequence)
        }
        Type::Map(element) => {
            let length = map_length(bytes, marker)?.ok_or_else(wrong_kind)?;
            let mut elements = BTreeMap::new();
            for _ in 0..length {
                let key = decode_key(bytes)?;
                elements.insert(key, decode_value(bytes, element, depth + 1)?);
            }
            Ok(Value::Map(elements))
        }
        Type::Object { attributes, .. } => {
            let length = map_length(bytes, marker)?.ok_or_else(wrong_kind)?;
            decode_object(bytes, length, attributes, depth)
        }
        Type::Dynamic if array_length(bytes, marker)? == Some(2) => decode_dynamic(bytes, depth),
        Type::Dynamic => Err(wrong_kind()),
    }
}

/// Decodes the attributes of an object, whose marker has been read.
fn decode_object(
    bytes: &mut &[u8],
    length: usize,
    attributes: &BTreeMap<String, Type>,
    depth: usize,
) -> Result<Value, DecodeError> {
    if length != attributes.len() {
        return Err(DecodeError::WrongLength { expected: attributes.len(), found: length });
    }
    let mut elements = BTreeMap::new();
    for _ in 0..length {
        let name = decode_key(bytes)?;
        let ty = attributes.get(&name).ok_or(DecodeError::UnknownAttribute)?;
        elements.insert(name, decode_value(bytes, ty, depth + 1)?);
    }
    // A duplicate attribute replaces another one.
    if elements.len() != attributes.len() {
        return Err(DecodeError::WrongLength { expected: attributes.len(), found: elements.len() });
    }
    Ok(Value::Map(elements))
}

/// Decodes the type and the value of a dynamic value, whose marker has been read.
fn decode_dynamic(bytes: &mut &[u8], depth: usize) -> Result<Value, DecodeError> {
    let marker = read_marker(bytes)?;
    let type_json = read_bytes(bytes, marker)?.ok_or(DecodeError::InvalidType)?;
    let inner = Type::parse(type_json).map_err(|_| DecodeError::InvalidType)?;
    let value = decode_value(bytes, &inner, depth + 1)?;
    Ok(match inner {
        // A dynamic value in a dynamic value is equal to the inner one.
        Type::Dynamic => value,
        inner => Value::Dynamic(Box::new((TypeKey(inner), value))),
    })
}

fn decode_key(bytes: &mut &[u8]) -> Result<String, DecodeError> {
    let marker = read_marker(bytes)?;
    read_text(bytes, marker)?
        .ok_or_else(|| DecodeError::WrongKind { expected: "text as key".to_owned(), found: kind(marker) })
}

/// Skips the body of an extension, whose marker has been read. Every extension is an unknown value: code 0 without and
/// code 12 with refinements. Like HashiCorp's SDK this drops refinements, and Terraform strips them before it compares
/// a plan with the configuration.
fn skip_extension(bytes: &mut &[u8], marker: Marker) -> Result<(), DecodeError> {
    let length = match marker {
        Marker::FixExt1 => 1,
        Marker::FixExt2 => 2,
        Marker::FixExt4 => 4,
        Marker::FixExt8 => 8,
        Marker::FixExt16 => 16,
        Marker::Ext8 => usize::from(be_u8(bytes)?),
        Marker::Ext16 => usize::from(be_u16(bytes)?),
        _ => be_u32(bytes)? as usize,
    };
    let _code = be_u8(bytes)?;
    take(bytes, length).map(drop)
}

/// Encodes a value that conforms to the type. Members that do not are encoded as null.
pub fn encode(value: &Value, ty: &Type) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A write to a vector cannot fail, so the results below are dropped.
    encode_value(&mut bytes, value, ty);
    bytes
}

fn encode_value(bytes: &mut Vec<u8>, value: &Value, ty: &Type) {
    match (value, ty) {
        (Value::Unknown, _) => bytes.extend(UNKNOWN),
        (Value::Bool(bool), Type::Bool) => drop(rmp::encode::write_bool(bytes, *bool)),
        // As text, which Terraform parses with 512 bits, as in its state. It parses an integer with 64 bits. It then
        // compares both bit by bit, and `plan -refresh-only -detailed-exitcode` reports a change although the numbers
        // are equal.
        (Value::Number(number), Type::Number) => drop(rmp::encode::write_str(bytes, &number.to_string())),
        (Value::String(text), Type::String) => drop(rmp::encode::write_str(bytes, text)),
        (Value::Sequence(elements), Type::List(element) | Type::Set(element)) => {
            write_array_length(bytes, elements.len());
            elements.iter().for_each(|value| encode_value(bytes, value, element));
        }
        (Value::Sequence(elements), Type::Tuple(types)) => {
            write_array_length(bytes, types.len());
            for (position, ty) in types.iter().enumerate() {
                encode_value(bytes, elements.get(position).unwrap_or(&Value::Null), ty);
            }
        }
        (Value::Map(elements), Type::Map(element)) => {
            write_map_length(bytes, elements.len());
            for (key, value) in elements {
                drop(rmp::encode::write_str(bytes, key));
                encode_value(bytes, value, element);
            }
        }
        (Value::Map(_), Type::Object { attributes, .. }) => {
            write_map_length(bytes, attributes.len());
            for (name, ty) in attributes {
                drop(rmp::encode::write_str(bytes, name));
                encode_value(bytes, value.attribute(name), ty);
            }
        }
        (Value::Dynamic(inner), Type::Dynamic) => {
            let (TypeKey(ty), value) = inner.as_ref();
            write_array_length(bytes, 2);
            drop(rmp::encode::write_bin(bytes, &ty.type_json()));
            encode_value(bytes, value, ty);
        }
        _ => drop(rmp::encode::write_nil(bytes)),
    }
}

fn write_array_length(bytes: &mut Vec<u8>, length: usize) {
    drop(rmp::encode::write_array_len(bytes, u32::try_from(length).unwrap_or(u32::MAX)));
}

fn write_map_length(bytes: &mut Vec<u8>, length: usize) {
    drop(rmp::encode::write_map_len(bytes, u32::try_from(length).unwrap_or(u32::MAX)));
}

fn read_marker(bytes: &mut &[u8]) -> Result<Marker, DecodeError> {
    rmp::decode::read_marker(bytes).map_err(|_| DecodeError::Truncated)
}

fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Result<&'b [u8], DecodeError> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(DecodeError::Truncated)?;
    *bytes = rest;
    Ok(taken)
}

fn be_u8(bytes: &mut &[u8]) -> Result<u8, DecodeError> {
    bytes.read_data_u8().map_err(|_| DecodeError::Truncated)
}

fn be_u16(bytes: &mut &[u8]) -> Result<u16, DecodeError> {
    bytes.read_data_u16().map_err(|_| DecodeError::Truncated)
}

fn be_u32(bytes: &mut &[u8]) -> Result<u32, DecodeError> {
    bytes.read_data_u32().map_err(|_| DecodeError::Truncated)
}

/// Reads the bytes of a string or binary whose marker has been read; `None` for another kind.
fn read_bytes<'b>(bytes: &mut &'b [u8], marker: Marker) -> Result<Option<&'b [u8]>, DecodeError> {
    let length = match marker {
        Marker::FixStr(length) => usize::from(length),
        Marker::Str8 | Marker::Bin8 => usize::from(be_u8(bytes)?),
        Marker::Str16 | Marker::Bin16 => usize::from(be_u16(bytes)?),
        Marker::Str32 | Marker::Bin32 => be_u32(bytes)? as usize,
        _ => return Ok(None),
    };
    take(bytes, length).map(Some)
}

fn read_text(bytes: &mut &[u8], marker: Marker) -> Result<Option<String>, DecodeError> {
    let Some(text) = read_bytes(bytes, marker)? else { return Ok(None) };
    String::from_utf8(text.to_vec()).map(Some).map_err(|_| DecodeError::NotUtf8)
}

/// Reads a number whose marker has been read, in any encoding that Terraform accepts; `None` for another kind.
fn read_number(bytes: &mut &[u8], marker: Marker) -> Result<Option<Number>, DecodeError> {
    let truncated = |_| DecodeError::Truncated;
    let float = |float: f64| Number::try_from(float).map_err(|_| DecodeError::InvalidNumber);
    let number = match marker {
        Marker::FixPos(number) => Number::from(u64::from(number)),
        Marker::FixNeg(number) => Number::from(i64::from(number)),
        Marker::U8 => Number::from(u64::from(be_u8(bytes)?)),
        Marker::U16 => Number::from(u64::from(be_u16(bytes)?)),
        Marker::U32 => Number::from(u64::from(be_u32(bytes)?)),
        Marker::U64 => Number::from(bytes.read_data_u64().map_err(truncated)?),
        Marker::I8 => Number::from(i64::from(bytes.read_data_i8().map_err(truncated)?)),
        Marker::I16 => Number::from(i64::from(bytes.read_data_i16().map_err(truncated)?)),
        Marker::I32 => Number::from(i64::from(bytes.read_data_i32().map_err(truncated)?)),
        Marker::I64 => Number::from(bytes.read_data_i64().map_err(truncated)?),
        Marker::F32 => float(f64::from(bytes.read_data_f32().map_err(truncated)?))?,
        Marker::F64 => float(bytes.read_data_f64().map_err(truncated)?)?,
        _ => match read_text(bytes, marker)? {
            Some(text) => text.parse().map_err(|_| DecodeError::InvalidNumber)?,
            None => return Ok(None),
        },
    };
    Ok(Some(number))
}

fn array_length(bytes: &mut &[u8], marker: Marker) -> Result<Option<usize>, DecodeError> {
    Ok(match marker {
        Marker::FixArray(length) => Some(usize::from(length)),
        Marker::Array16 => Some(usize::from(be_u16(bytes)?)),
        Marker::Array32 => Some(be_u32(bytes)? as usize),
        _ => None,
    })
}

fn map_length(bytes: &mut &[u8], marker: Marker) -> Result<Option<usize>, DecodeError> {
    Ok(match marker {
        Marker::FixMap(length) => Some(usize::from(length)),
        Marker::Map16 => Some(usize::from(be_u16(bytes)?)),
        Marker::Map32 => Some(be_u32(bytes)? as usize),
        _ => None,
    })
}

fn kind(marker: Marker) -> &'static str {
    match marker {
        Marker::Null => "null",
        Marker::True | Marker::False => "a bool",
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => "a string",
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => "binary",
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => "an array",
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => "a map",
        Marker::Reserved => "no msgpack",
        Marker::FixExt1
        | Marker::FixExt2
        | Marker::FixExt4
        | Marker::FixExt8
        | Marker::FixExt16
        | Marker::Ext8
        | Marker::Ext16
        | Marker::Ext32 => "unknown",
        _ => "a number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Value {
        Value::Number(text.parse().unwrap())
    }

    fn sequence(values: &[Value]) -> Value {
        Value::Sequence(values.to_vec())
    }

    fn object(attributes: &[(&str, Value)]) -> Value {
        Value::Map(attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    fn dynamic(ty: Type, value: Value) -> Value {
        Value::Dynamic(Box::new((TypeKey(ty), value)))
    }

    fn hex(text: &str) -> Vec<u8> {
        let digits: String = text.split_whitespace().collect();
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn values_are_encoded_as_terraform_encodes_them() {
        let rows: &[(&str, &[u8], Type, Value)] = &[
            ("null", b"\xc0", Type::String, Value::Null),
            ("unknown", b"\xd4\x00\x00", Type::String, Value::Unknown),
            ("text", b"\xa5hello", Type::String, Value::from("hello")),
            ("empty text", b"\xa0", Type::String, Value::from("")),
            ("true", b"\xc3", Type::Bool, Value::Bool(true)),
            ("number", b"\xa2-7", Type::Number, number("-7")),
            ("fraction", b"\xa30.1", Type::Number, number("0.1")),
            ("past u64", b"\xb418446744073709551616", Type::Number, number("18446744073709551616")),
            ("empty list", b"\x90", Type::List(Box::new(Type::String)), sequence(&[])),
            ("list", b"\x92\xa1a\xc0", Type::List(Box::new(Type::String)), sequence(&["a".into(), Value::Null])),
            ("set", b"\x91\xa11", Type::Set(Box::new(Type::Number)), sequence(&[number("1")])),
            ("map", b"\x81\xa1k\xc2", Type::Map(Box::new(Type::Bool)), object(&[("k", Value::Bool(false))])),
            (
                "tuple",
                b"\x92\xa11\xa1a",
                Type::Tuple(vec![Type::Number, Type::String]),
                sequence(&[number("1"), "a".into()]),
            ),
            ("object", b"\x81\xa1a\xa1x", Type::object([("a", Type::String)]), object(&[("a", "x".into())])),
            ("dynamic null without type", b"\xc0", Type::Dynamic, Value::Null),
            ("dynamic unknown", b"\xd4\x00\x00", Type::Dynamic, Value::Unknown),
            ("dynamic text", b"\x92\xc4\x08\"string\"\xa1x", Type::Dynamic, dynamic(Type::String, "x".into())),
            ("dynamic typed null", b"\x92\xc4\x08\"string\"\xc0", Type::Dynamic, dynamic(Type::String, Value::Null)),
        ];
        for (name, bytes, ty, value) in rows {
            assert_eq!(decode(bytes, ty).as_ref(), Ok(value), "decode {name}");
            assert_eq!(encode(value, ty), *bytes, "encode {name}");
        }
    }

    #[test]
    fn captured_objects_are_reproduced_except_for_numbers_and_refinements() {
        let ty = Type::object([("d", Type::Dynamic), ("n", Type::Number), ("s", Type::String)]);
        let tuple = Type::Tuple(vec![Type::Number]);
        let rows = [
            (
                "83 a164 92 c408 22737472696e6722 c0 a16e d1fed4 a173 c0",
                "83 a164 92 c408 22737472696e6722 c0 a16e a42d333030 a173 c0",
                object(&[("d", dynamic(Type::String, Value::Null)), ("n", number("-300")), ("s", Value::Null)]),
            ),
            (
                "83 a164 92 c425 5b226f626a656374222c7b2261223a5b227475706c65222c5b226e756d626572225d5d7d5d \
                 81 a161 91 01 a16e a3302e31 a173 d40000",
                "83 a164 92 c425 5b226f626a656374222c7b2261223a5b227475706c65222c5b226e756d626572225d5d7d5d \
                 81 a161 91 a131 a16e a3302e31 a173 d40000",
                object(&[
                    ("d", dynamic(Type::object([("a", tuple)]), object(&[("a", sequence(&[number("1")]))]))),
                    ("n", number("0.1")),
                    ("s", Value::Unknown),
                ]),
            ),
            (
                "83 a164 92 c408 22737472696e6722 d40000 a16e c7070c 82 01c2 03 92 00 c3 a173 c7090c 82 01c2 02 a4 7072652d",
                "83 a164 92 c408 22737472696e6722 d40000 a16e d40000 a173 d40000",
                object(&[("d", dynamic(Type::String, Value::Unknown)), ("n", Value::Unknown), ("s", Value::Unknown)]),
            ),
        ];
        for (captured, written, value) in rows {
            assert_eq!(encode(&value, &ty), hex(written));
            assert_eq!(decode(&hex(written), &ty).as_ref(), Ok(&value));
            assert_eq!(decode(&hex(captured), &ty), Ok(value));
        }
    }

    #[test]
    fn every_encoding_of_a_number_is_decoded() {
        let rows: &[(&[u8], &str)] = &[
            (b"\x00", "0"),
            (b"\x07", "7"),
            (b"\xcc\xff", "255"),
            (b"\xff", "-1"),
            (b"\xd1\xfe\xd4", "-300"),
            (b"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", "9223372036854775807"),
            (b"\xcb\x3f\xf8\0\0\0\0\0\0", "1.5"),
            (b"\xd0\xff", "-1"),
            (b"\xd2\x00\x00\x00\x01", "1"),
            (b"\xd3\x00\x00\x00\x00\x00\x00\x00\x01", "1"),
            (b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
            (b"\xca\x3f\xc0\x00\x00", "1.5"),
            (b"\xcb\x40\x1c\x00\x00\x00\x00\x00\x00", "7"),
            (b"\xa37.0", "7"),
            (b"\xa51e100", "1e100"),
        ];
        for (bytes, text) in rows {
            assert_eq!(decode(bytes, &Type::Number), Ok(number(text)), "{text}");
        }
    }

    #[test]
    fn every_extension_decodes_as_unknown_without_refinements() {
        let rows: &[(&str, &[u8])] = &[
            ("another code", b"\xd4\x63\x00"),
            ("empty body", b"\xc7\x00\x00"),
            ("body of two bytes", b"\xc7\x02\x05\x00\x00"),
            ("not null", b"\xc7\x03\x0c\x81\x01\xc2"),
            ("prefix", b"\xc7\x08\x0c\x82\x01\xc2\x02\xa3pre"),
            ("malformed refinement", b"\xc7\x04\x0c\x81\x01\xa1x"),
            ("16-bit length", b"\xc8\x00\x03\x0c\x81\x01\xc2"),
        ];
        for (name, bytes) in rows {
            assert_eq!(decode(bytes, &Type::String), Ok(Value::Unknown), "{name}");
        }
        assert_eq!(encode(&Value::Unknown, &Type::String), b"\xd4\x00\x00");
    }

    #[test]
    fn malformed_bytes_are_rejected() {
        let object = Type::object([("a", Type::String), ("b", Type::String)]);
        let list = Type::List(Box::new(Type::String));
        let rows: &[(&str, &[u8], Type, DecodeError)] = &[
            ("no bytes", b"", Type::String, DecodeError::Truncated),
            ("cut text", b"\xa5hel", Type::String, DecodeError::Truncated),
            ("huge text", b"\xdb\xff\xff\xff\xff", Type::String, DecodeError::Truncated),
            ("huge list", b"\xdd\xff\xff\xff\xff", list.clone(), DecodeError::Truncated),
            ("two values", b"\xc0\xc0", Type::String, DecodeError::TrailingBytes(1)),
            ("not UTF-8", b"\xa1\xff", Type::String, DecodeError::NotUtf8),
            ("NaN", b"\xcb\x7f\xf8\0\0\0\0\0\0", Type::Number, DecodeError::InvalidNumber),
            ("words as number", b"\xa3one", Type::Number, DecodeError::InvalidNumber),
            ("one attribute", b"\x81\xa1a\xc0", object.clone(), DecodeError::WrongLength { expected: 2, found: 1 }),
            ("other attribute", b"\x82\xa1a\xc0\xa1c\xc0", object.clone(), DecodeError::UnknownAttribute),
            ("attribute twice", b"\x82\xa1a\xc0\xa1a\xc0", object, DecodeError::WrongLength { expected: 2, found: 1 }),
            ("dynamic without type", b"\x92\xc0\xc0", Type::Dynamic, DecodeError::InvalidType),
            ("dynamic of no type", b"\x92\xc4\x01x\xc0", Type::Dynamic, DecodeError::InvalidType),
            ("cut extension", b"\xc7\x04\x0c\x81", Type::String, DecodeError::Truncated),
        ];
        for (name, bytes, ty, error) in rows {
            assert_eq!(decode(bytes, ty).as_ref(), Err(error), "{name}");
        }
        assert!(matches!(decode(b"\xc3", &Type::String), Err(DecodeError::WrongKind { .. })));
        assert!(matches!(decode(b"\xc1", &Type::String), Err(DecodeError::WrongKind { .. })));
    }
}
