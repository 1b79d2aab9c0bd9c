//! Fields that callers can set and the sandbox only stores: their JSON types, zero values and update masks.
//!
//! Apps and connectors have many such fields. Parsing, storing and returning them use one table per message.

use serde_json::{Map, Value, json};

use super::error::Rejection;

/// The JSON type of a field, which determines its zero value. Source: ConductorOne's OpenAPI document.
#[derive(Debug)]
pub(crate) enum FieldType {
    Text,
    Flag,
    /// A 32-bit number.
    Number,
    /// A 32-bit number that may be unset.
    OptionalNumber,
    Texts,
    TextMap,
    /// One of these names; the first is the zero value.
    Name(&'static [&'static str]),
    /// A message, stored as received.
    Message,
}

impl FieldType {
    fn zero(&self) -> Value {
        match self {
            FieldType::Text => json!(""),
            FieldType::Flag => json!(false),
            FieldType::Number => json!(0),
            FieldType::Texts => json!([]),
            FieldType::TextMap => json!({}),
            FieldType::Name(names) => names.first().copied().into(),
            FieldType::OptionalNumber | FieldType::Message => Value::Null,
        }
    }

    fn accepts(&self, value: &Value) -> bool {
        match self {
            FieldType::Text => value.is_string(),
            FieldType::Flag => value.is_boolean(),
            FieldType::Number | FieldType::OptionalNumber => {
                value.as_i64().is_some_and(|number| i32::try_from(number).is_ok())
            }
            FieldType::Texts => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            FieldType::TextMap => value.as_object().is_some_and(|fields| fields.values().all(Value::is_string)),
            FieldType::Name(names) => value.as_str().is_some_and(|name| names.contains(&name)),
            FieldType::Message => value.is_object(),
        }
    }
}

/// Names in lowerCamelCase and types of a message's fields.
pub(crate) type Fields = [(&'static str, FieldType)];

/// Returns whether the message has a stored field with this name.
pub(crate) fn contains(fields: &Fields, name: &str) -> bool {
    fields.iter().any(|(known, _)| *known == name)
}

/// Returns all fields with their zero values.
pub(crate) fn zeros(fields: &Fields) -> Map<String, Value> {
    fields.iter().map(|(name, field_type)| ((*name).to_owned(), field_type.zero())).collect()
}

/// Sets a stored field from a request's message. As in protobuf, an absent or null field is the zero value.
pub(crate) fn set(
    fields: &Fields,
    stored: &mut Map<String, Value>,
    name: &str,
    message: &Map<String, Value>,
) -> Result<(), Rejection> {
    let Some((_, field_type)) = fields.iter().find(|(known, _)| *known == name) else {
        return Err(Rejection::invalid(format!("{name}: unknown field")));
    };
    let value = match message.get(name) {
        None | Some(Value::Null) => field_type.zero(),
        Some(value) if field_type.accepts(value) => value.clone(),
        Some(_) => return Err(Rejection::invalid(format!("{name}: invalid value"))),
    };
    stored.insert(name.to_owned(), value);
    Ok(())
}

/// Splits an `updateMask` into its paths: comma-separated lowerCamelCase paths, protobuf's JSON for a FieldMask.
pub(crate) fn mask_paths(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|path| !path.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &Fields =
        &[("name", FieldType::Text), ("level", FieldType::Name(&["NONE", "HIGH"])), ("count", FieldType::Number)];

    #[test]
    fn an_absent_or_null_field_becomes_its_zero() {
        let mut stored = zeros(FIELDS);
        let full = json!({"name": "a", "level": "HIGH", "count": 2}).as_object().unwrap().clone();
        for name in ["name", "level", "count"] {
            set(FIELDS, &mut stored, name, &full).unwrap();
        }
        assert_eq!(Value::from(stored.clone()), json!({"name": "a", "level": "HIGH", "count": 2}));
        set(FIELDS, &mut stored, "name", &json!({"name": null}).as_object().unwrap().clone()).unwrap();
        set(FIELDS, &mut stored, "level", &Map::new()).unwrap();
        assert_eq!(Value::from(stored), json!({"name": "", "level": "NONE", "count": 2}));
    }

    #[test]
    fn a_value_of_another_type_is_rejected() {
        for message in
            [json!({"name": 1}), json!({"level": "LOW"}), json!({"count": "2"}), json!({"count": 1u64 << 40})]
        {
            let message = message.as_object().unwrap();
            let name = message.keys().next().unwrap();
            assert!(set(FIELDS, &mut zeros(FIELDS), name, message).is_err(), "{message:?}");
        }
    }

    #[test]
    fn a_mask_is_split_at_commas() {
        assert_eq!(mask_paths("displayName, userIds"), ["displayName", "userIds"]);
        assert!(mask_paths("").is_empty());
    }
}
