//! Fields that a caller may set and the sandbox only stores: their JSON types, zero values and update masks.
//!
//! Apps and connectors have many such fields. A table per message keeps what is accepted, what is stored and what is
//! shown from drifting apart.

use serde_json::{Map, Value, json};

use super::error::Rejection;

/// The JSON type of a field, and with it its zero value. Source: ConductorOne's OpenAPI document.
#[derive(Debug)]
pub(crate) enum Kind {
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
    /// A message, kept as it came.
    Message,
}

impl Kind {
    fn zero(&self) -> Value {
        match self {
            Kind::Text => json!(""),
            Kind::Flag => json!(false),
            Kind::Number => json!(0),
            Kind::Texts => json!([]),
            Kind::TextMap => json!({}),
            Kind::Name(names) => names.first().copied().into(),
            Kind::OptionalNumber | Kind::Message => Value::Null,
        }
    }

    fn accepts(&self, value: &Value) -> bool {
        match self {
            Kind::Text => value.is_string(),
            Kind::Flag => value.is_boolean(),
            Kind::Number | Kind::OptionalNumber => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            Kind::Texts => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
            Kind::TextMap => value.as_object().is_some_and(|fields| fields.values().all(Value::is_string)),
            Kind::Name(names) => value.as_str().is_some_and(|name| names.contains(&name)),
            Kind::Message => value.is_object(),
        }
    }
}

/// Names, in lowerCamelCase, and types of the fields of one message.
pub(crate) type Fields = [(&'static str, Kind)];

/// Whether the message has a stored field of this name.
pub(crate) fn knows(fields: &Fields, name: &str) -> bool {
    fields.iter().any(|(known, _)| *known == name)
}

/// All fields at their zero values.
pub(crate) fn zeros(fields: &Fields) -> Map<String, Value> {
    fields.iter().map(|(name, kind)| ((*name).to_owned(), kind.zero())).collect()
}

/// Sets one stored field from a request's message. Absent and null both mean the zero value, as in protobuf.
pub(crate) fn set(
    fields: &Fields,
    stored: &mut Map<String, Value>,
    name: &str,
    message: &Map<String, Value>,
) -> Result<(), Rejection> {
    let Some((_, kind)) = fields.iter().find(|(known, _)| *known == name) else {
        return Err(Rejection::invalid(format!("{name}: unknown field")));
    };
    let value = match message.get(name) {
        None | Some(Value::Null) => kind.zero(),
        Some(value) if kind.accepts(value) => value.clone(),
        Some(_) => return Err(Rejection::invalid(format!("{name}: invalid value"))),
    };
    stored.insert(name.to_owned(), value);
    Ok(())
}

/// The paths of an `updateMask`: one text, comma-joined lowerCamelCase paths, protobuf's JSON for a FieldMask.
pub(crate) fn mask(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|path| !path.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: &Fields = &[("name", Kind::Text), ("level", Kind::Name(&["NONE", "HIGH"])), ("count", Kind::Number)];

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
    fn a_value_of_another_type_is_refused() {
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
        assert_eq!(mask("displayName, userIds"), ["displayName", "userIds"]);
        assert!(mask("").is_empty());
    }
}
