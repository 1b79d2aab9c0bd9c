//! Types and their JSON encoding, which schemas, dynamic values and states use.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value as Json;

/// A cty type.
///
/// Source: Terraform's plugin protocol, and cty's JSON encoding of types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Unicode text.
    String,
    /// A decimal number of any size.
    Number,
    /// True or false.
    Bool,
    /// Elements of one type, in order.
    List(Box<Type>),
    /// Distinct elements of one type, without order.
    Set(Box<Type>),
    /// Elements of one type by key.
    Map(Box<Type>),
    /// A fixed number of elements, each of its own type.
    Tuple(Vec<Type>),
    /// Named attributes, each of its own type.
    Object {
        /// The type of each attribute.
        attributes: BTreeMap<String, Type>,
        /// The attributes that a configuration can omit. Encoded values contain them as null.
        optional: BTreeSet<String>,
    },
    /// Any type. The value contains its own.
    Dynamic,
}

/// The error for text that is not the JSON encoding of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not the JSON encoding of a type")]
pub struct InvalidType(String);

impl Type {
    /// Creates an object type without optional attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        let attributes = attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect();
        Self::Object { attributes, optional: BTreeSet::new() }
    }

    /// Parses the JSON encoding, for example `"string"` or `["set","string"]`.
    ///
    /// # Errors
    /// If the bytes do not encode a type, or exceed serde_json's nesting limit of 128.
    pub fn parse(json: &[u8]) -> Result<Self, InvalidType> {
        serde_json::from_slice(json)
            .ok()
            .and_then(|json| Self::from_json(&json))
            .ok_or_else(|| InvalidType(String::from_utf8_lossy(json).into_owned()))
    }

    /// Returns the JSON encoding.
    pub fn type_json(&self) -> Vec<u8> {
        self.to_json().to_string().into_bytes()
    }

    fn from_json(json: &Json) -> Option<Self> {
        let boxed = |json| Self::from_json(json).map(Box::new);
        match json {
            Json::String(name) => match name.as_str() {
                "string" => Some(Self::String),
                "number" => Some(Self::Number),
                "bool" => Some(Self::Bool),
                "dynamic" => Some(Self::Dynamic),
                _ => None,
            },
            Json::Array(parts) => match parts.as_slice() {
                [Json::String(kind), element] if kind == "list" => boxed(element).map(Self::List),
                [Json::String(kind), element] if kind == "set" => boxed(element).map(Self::Set),
                [Json::String(kind), element] if kind == "map" => boxed(element).map(Self::Map),
                [Json::String(kind), Json::Array(elements)] if kind == "tuple" => {
                    elements.iter().map(Self::from_json).collect::<Option<_>>().map(Self::Tuple)
                }
                [Json::String(kind), Json::Object(attributes), rest @ ..] if kind == "object" => {
                    let attributes = attributes
                        .iter()
                        .map(|(name, ty)| Some((name.clone(), Self::from_json(ty)?)))
                        .collect::<Option<BTreeMap<_, _>>>()?;
                    let optional = match rest {
                        [] => BTreeSet::new(),
                        [Json::Array(names)] => names
                            .iter()
                            .map(|name| name.as_str().filter(|name| attributes.contains_key(*name)).map(str::to_owned))
                            .collect::<Option<_>>()?,
                        _ => return None,
                    };
                    Some(Self::Object { attributes, optional })
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn to_json(&self) -> Json {
        match self {
            Self::String => Json::from("string"),
            Self::Number => Json::from("number"),
            Self::Bool => Json::from("bool"),
            Self::Dynamic => Json::from("dynamic"),
            Self::List(element) => Json::from(vec![Json::from("list"), element.to_json()]),
            Self::Set(element) => Json::from(vec![Json::from("set"), element.to_json()]),
            Self::Map(element) => Json::from(vec![Json::from("map"), element.to_json()]),
            Self::Tuple(elements) => {
                Json::from(vec![Json::from("tuple"), elements.iter().map(Self::to_json).collect()])
            }
            Self::Object { attributes, optional } => {
                let attributes = attributes.iter().map(|(name, ty)| (name.clone(), ty.to_json())).collect();
                let mut parts = vec![Json::from("object"), Json::Object(attributes)];
                if !optional.is_empty() {
                    parts.push(optional.iter().cloned().collect());
                }
                Json::from(parts)
            }
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String => f.write_str("string"),
            Self::Number => f.write_str("number"),
            Self::Bool => f.write_str("bool"),
            Self::Dynamic => f.write_str("value of any type"),
            Self::List(element) => write!(f, "list of {element}"),
            Self::Set(element) => write!(f, "set of {element}"),
            Self::Map(element) => write!(f, "map of {element}"),
            Self::Tuple(elements) => write!(f, "tuple of {}", elements.len()),
            Self::Object { .. } => f.write_str("object"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_survive_a_round_trip() {
        let rows = [
            r#""string""#,
            r#""number""#,
            r#""bool""#,
            r#""dynamic""#,
            r#"["list","string"]"#,
            r#"["set",["list","number"]]"#,
            r#"["map","bool"]"#,
            r#"["tuple",["string","number"]]"#,
            r#"["tuple",[]]"#,
            r#"["object",{}]"#,
            r#"["object",{"a":"string","b":["set","number"]}]"#,
            r#"["object",{"a":"string","b":"string"},["b"]]"#,
        ];
        for row in rows {
            let ty = Type::parse(row.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(ty.type_json()).unwrap(), row);
        }
    }

    #[test]
    fn invalid_types_are_rejected() {
        let deep = format!("{}\"string\"{}", "[\"list\",".repeat(10_000), "]".repeat(10_000));
        let rows = [
            "",
            "string",
            r#""text""#,
            "7",
            "null",
            "[]",
            r#"["list"]"#,
            r#"["list","string","string"]"#,
            r#"["tuple","string"]"#,
            r#"["object",["a"]]"#,
            r#"["object",{"a":"text"}]"#,
            r#"["object",{"a":"string"},["b"]]"#,
            r#"["object",{"a":"string"},"a"]"#,
            &deep,
        ];
        for row in rows {
            assert!(Type::parse(row.as_bytes()).is_err(), "{row}");
        }
    }
}
