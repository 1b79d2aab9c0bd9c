//! Values of cty types.

use std::collections::BTreeMap;

use crate::framework::path::{AttributePath, Step};

use super::{Number, Type};

/// A value of Terraform. Its type is not part of it, except in a dynamic value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// The absence of a value, for every type.
    Null,
    /// A value that is known only after apply.
    Unknown,
    /// A value of type bool.
    Bool(bool),
    /// A value of type number.
    Number(Number),
    /// A value of type string.
    String(String),
    /// A value of a list, set or tuple type.
    Sequence(Vec<Value>),
    /// A value of a map or object type.
    Map(BTreeMap<String, Value>),
    /// A value of the dynamic type: its own type, and the value, which is not another `Dynamic`.
    Dynamic(Box<(TypeKey, Value)>),
}

/// The type in a dynamic value, ordered by its JSON encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeKey(pub Type);

impl PartialOrd for TypeKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TypeKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.type_json().cmp(&other.0.type_json())
    }
}

/// The error for a value that does not have the required type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expected} is required, not {found}")]
pub struct Mismatch {
    /// The path of the value.
    pub path: AttributePath,
    /// The required type.
    pub expected: String,
    /// The kind of the value, never the value itself, which may be a secret.
    pub found: String,
}

impl Value {
    /// Returns `true` for null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null) || matches!(self, Self::Dynamic(inner) if inner.1.is_null())
    }

    /// Returns `true` if the value and all its elements are known.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Sequence(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(elements) => elements.values().all(Self::is_wholly_known),
            Self::Dynamic(inner) => inner.1.is_wholly_known(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_) => true,
        }
    }

    /// Returns the attribute of an object; null if it does not exist.
    pub fn attribute(&self, name: &str) -> &Self {
        match self {
            Self::Map(attributes) => attributes.get(name).unwrap_or(&Self::Null),
            _ => &Self::Null,
        }
    }

    /// Returns the attributes of an object; `None` for other values.
    pub fn as_object_mut(&mut self) -> Option<&mut BTreeMap<String, Self>> {
        match self {
            Self::Map(attributes) => Some(attributes),
            _ => None,
        }
    }

    /// Returns `true` if two values of one type are equal. The order in sets does not matter.
    pub fn equals(&self, other: &Self, ty: &Type) -> bool {
        self.canonical(ty) == other.canonical(ty)
    }

    /// Sorts and deduplicates the elements of every set.
    fn canonical(&self, ty: &Type) -> Self {
        match (self, ty) {
            (Self::Sequence(elements), Type::Set(element)) => {
                let mut elements: Vec<_> = elements.iter().map(|value| value.canonical(element)).collect();
                elements.sort();
                elements.dedup();
                Self::Sequence(elements)
            }
            (Self::Sequence(elements), Type::List(element)) => {
                Self::Sequence(elements.iter().map(|value| value.canonical(element)).collect())
            }
            (Self::Sequence(elements), Type::Tuple(types)) => {
                Self::Sequence(elements.iter().zip(types).map(|(value, ty)| value.canonical(ty)).collect())
            }
            (Self::Map(elements), Type::Map(element)) => {
                Self::Map(elements.iter().map(|(key, value)| (key.clone(), value.canonical(element))).collect())
            }
            (Self::Map(elements), Type::Object { attributes, .. }) => Self::Map(
                elements
                    .iter()
                    .map(|(name, value)| {
                        (name.clone(), value.canonical(attributes.get(name).unwrap_or(&Type::Dynamic)))
                    })
                    .collect(),
            ),
            (Self::Dynamic(inner), Type::Dynamic) => {
                let (key, value) = inner.as_ref();
                Self::Dynamic(Box::new((key.clone(), value.canonical(&key.0))))
            }
            _ => self.clone(),
        }
    }

    /// Converts the value to the exact form of the type: missing attributes are added as null.
    ///
    /// # Errors
    /// If a value has another type, an object an additional attribute, or a tuple another length.
    pub fn conform(self, ty: &Type) -> Result<Self, Mismatch> {
        self.conform_at(ty, &AttributePath::root())
    }

    fn conform_at(self, ty: &Type, path: &AttributePath) -> Result<Self, Mismatch> {
        let mismatch = |found: String| Mismatch { path: path.clone(), expected: ty.to_string(), found };
        match (self, ty) {
            (value @ (Self::Null | Self::Unknown), _)
            | (value @ Self::Bool(_), Type::Bool)
            | (value @ Self::Number(_), Type::Number)
            | (value @ Self::String(_), Type::String) => Ok(value),
            (Self::Dynamic(inner), Type::Dynamic) => {
                let (key, value) = *inner;
                let value = value.conform_at(&key.0, path)?;
                Ok(Self::Dynamic(Box::new((key, value))))
            }
            (Self::Sequence(elements), Type::List(element)) => elements
                .into_iter()
                .enumerate()
                .map(|(index, value)| value.conform_at(element, &path.index(index)))
                .collect::<Result<_, _>>()
                .map(Self::Sequence),
            // Elements of sets cannot be addressed.
            (Self::Sequence(elements), Type::Set(element)) => elements
                .into_iter()
                .map(|value| value.conform_at(element, path))
                .collect::<Result<_, _>>()
                .map(Self::Sequence),
            (Self::Sequence(elements), Type::Tuple(types)) => {
                if elements.len() != types.len() {
                    return Err(mismatch(format!("{} elements", elements.len())));
                }
                elements
                    .into_iter()
                    .zip(types)
                    .enumerate()
                    .map(|(index, (value, ty))| value.conform_at(ty, &path.index(index)))
                    .collect::<Result<_, _>>()
                    .map(Self::Sequence)
            }
            (Self::Map(elements), Type::Map(element)) => elements
                .into_iter()
                .map(|(key, value)| {
                    let value = value.conform_at(element, &path.key(&key))?;
                    Ok((key, value))
                })
                .collect::<Result<_, _>>()
                .map(Self::Map),
            (Self::Map(mut elements), Type::Object { attributes, .. }) => {
                if let Some(extra) = elements.keys().find(|name| !attributes.contains_key(*name)) {
                    return Err(mismatch(format!("an object with the attribute {extra}")));
                }
                attributes
                    .iter()
                    .map(|(name, ty)| {
                        let value = elements.remove(name).unwrap_or(Self::Null);
                        Ok((name.clone(), value.conform_at(ty, &path.attribute(name))?))
                    })
                    .collect::<Result<_, _>>()
                    .map(Self::Map)
            }
            (other, _) => Err(mismatch(other.kind().to_owned())),
        }
    }

    /// Replaces unknown values by null, for the state of an object whose apply failed.
    pub fn without_unknowns(self) -> Self {
        match self {
            Self::Unknown => Self::Null,
            Self::Sequence(elements) => Self::Sequence(elements.into_iter().map(Self::without_unknowns).collect()),
            Self::Map(elements) => {
                Self::Map(elements.into_iter().map(|(key, value)| (key, value.without_unknowns())).collect())
            }
            Self::Dynamic(inner) => {
                let (key, value) = *inner;
                Self::Dynamic(Box::new((key, value.without_unknowns())))
            }
            known => known,
        }
    }

    /// Returns the kind of the value for a message, after "not".
    fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown => "an unknown value",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Sequence(_) => "a list",
            Self::Map(_) => "an object",
            Self::Dynamic(_) => "a value with its own type",
        }
    }

    /// Returns all known strings in the value.
    pub fn strings(&self) -> Vec<&str> {
        match self {
            Self::String(text) => vec![text],
            Self::Sequence(elements) => elements.iter().flat_map(Self::strings).collect(),
            Self::Map(elements) => elements.values().flat_map(Self::strings).collect(),
            Self::Dynamic(inner) => inner.1.strings(),
            Self::Null | Self::Unknown | Self::Bool(_) | Self::Number(_) => Vec::new(),
        }
    }

    /// Returns the value at a path; `None` if it does not exist.
    pub fn at(&self, path: &AttributePath) -> Option<&Self> {
        path.steps().iter().try_fold(self, |value, step| match (value, step) {
            (Self::Map(elements), Step::Attribute(name) | Step::Key(name)) => elements.get(name),
            (Self::Sequence(elements), Step::Index(index)) => elements.get(*index),
            _ => None,
        })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(texts: &[&str]) -> Value {
        Value::Sequence(texts.iter().map(|text| Value::from(*text)).collect())
    }

    #[test]
    fn sets_are_equal_in_any_order() {
        let (list, set) = (Type::List(Box::new(Type::String)), Type::Set(Box::new(Type::String)));
        assert!(strings(&["a", "b"]).equals(&strings(&["b", "a", "b"]), &set));
        assert!(!strings(&["a", "b"]).equals(&strings(&["b", "a"]), &list));
    }

    #[test]
    fn missing_attributes_are_null_and_additional_ones_are_rejected() {
        let ty = Type::object([("a", Type::String), ("b", Type::Number)]);
        let whole = Value::Map([("a".into(), "x".into())].into()).conform(&ty).unwrap();
        assert_eq!(whole, Value::Map([("a".into(), "x".into()), ("b".into(), Value::Null)].into()));
        let extra = Value::Map([("c".into(), "x".into())].into()).conform(&ty).unwrap_err();
        assert_eq!(extra.to_string(), "object is required, not an object with the attribute c");
    }

    #[test]
    fn a_mismatch_contains_the_path_and_never_the_value() {
        let ty = Type::object([("owners", Type::List(Box::new(Type::Number)))]);
        let found = Value::Map([("owners".into(), strings(&["secret"]))].into()).conform(&ty).unwrap_err();
        assert_eq!(found.path.to_string(), "owners[0]");
        assert_eq!(found.to_string(), "number is required, not a string");
    }
}
