//! Properties of both encodings for all kinds of values and types.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::value::TypeKey;
use super::{Number, Type, Value, json, msgpack};

fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::String), Just(Type::Number), Just(Type::Bool), Just(Type::Dynamic)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|ty| Type::List(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Set(Box::new(ty))),
            inner.clone().prop_map(|ty| Type::Map(Box::new(ty))),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Type::Tuple),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..3).prop_map(Type::object),
        ]
    })
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        (any::<f64>()).prop_filter_map("finite", |float| Number::try_from(float).ok()),
        "-?[1-9][0-9]{0,60}(\\.[0-9]{1,40})?".prop_map(|text| text.parse().unwrap()),
        "-?[1-9]e-?[0-9]{1,3}".prop_map(|text| text.parse().unwrap()),
    ]
}

fn known(ty: &Type, with_unknown: bool) -> BoxedStrategy<Value> {
    match ty {
        Type::String => any::<String>().prop_map(Value::String).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => numbers().prop_map(Value::Number).boxed(),
        Type::List(element) | Type::Set(element) => {
            prop::collection::vec(values(element, with_unknown), 0..4).prop_map(Value::Sequence).boxed()
        }
        Type::Map(element) => {
            prop::collection::btree_map(".{0,3}", values(element, with_unknown), 0..4).prop_map(Value::Map).boxed()
        }
        Type::Tuple(types) => {
            let members: Vec<_> = types.iter().map(|ty| values(ty, with_unknown)).collect();
            members.prop_map(Value::Sequence).boxed()
        }
        Type::Object { attributes, .. } => {
            let names: Vec<String> = attributes.keys().cloned().collect();
            let members: Vec<_> = attributes.values().map(|ty| values(ty, with_unknown)).collect();
            members
                .prop_map(move |members| Value::Map(names.iter().cloned().zip(members).collect::<BTreeMap<_, _>>()))
                .boxed()
        }
        Type::Dynamic => types()
            .prop_filter("a dynamic value has a type of its own", |ty| *ty != Type::Dynamic)
            .prop_flat_map(move |ty| {
                values(&ty, with_unknown).prop_map(move |value| Value::Dynamic(Box::new((TypeKey(ty.clone()), value))))
            })
            .boxed(),
    }
}

fn values(ty: &Type, with_unknown: bool) -> BoxedStrategy<Value> {
    let known = known(ty, with_unknown);
    if with_unknown {
        prop_oneof![1 => Just(Value::Null), 1 => Just(Value::Unknown), 6 => known].boxed()
    } else {
        prop_oneof![1 => Just(Value::Null), 6 => known].boxed()
    }
}

fn typed_values(with_unknown: bool) -> impl Strategy<Value = (Type, Value)> {
    types().prop_flat_map(move |ty| values(&ty, with_unknown).prop_map(move |value| (ty.clone(), value)))
}

proptest! {
    #[test]
    fn every_value_survives_msgpack((ty, value) in typed_values(true)) {
        let bytes = msgpack::encode(&value, &ty);
        prop_assert_eq!(msgpack::decode(&bytes, &ty), Ok(value));
    }

    #[test]
    fn every_known_value_survives_json((ty, value) in typed_values(false)) {
        // JSON has only one null, with and without a type.
        let text = json::encode(&value).unwrap();
        let back = json::decode(&text, &ty).unwrap();
        prop_assert_eq!(json::encode(&back).unwrap(), text);
        prop_assert!(back.equals(&value, &ty) || value.is_null());
    }

    #[test]
    fn every_value_conforms_to_its_type((ty, value) in typed_values(true)) {
        prop_assert_eq!(value.clone().conform(&ty), Ok(value));
    }

    #[test]
    fn every_type_survives_json(ty in types()) {
        prop_assert_eq!(Type::parse(&ty.type_json()), Ok(ty));
    }

    #[test]
    fn arbitrary_bytes_are_decoded_or_rejected(bytes in prop::collection::vec(any::<u8>(), 0..200), ty in types()) {
        if let Ok(value) = msgpack::decode(&bytes, &ty) {
            prop_assert_eq!(value.clone().conform(&ty), Ok(value));
        }
        drop(json::decode(&bytes, &ty));
        drop(Type::parse(&bytes));
    }

    #[test]
    fn damaged_bytes_are_decoded_or_rejected(
        (ty, value) in typed_values(true),
        position in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = msgpack::encode(&value, &ty);
        let position = position.index(bytes.len());
        bytes[position] = byte;
        drop(msgpack::decode(&bytes, &ty));
        drop(msgpack::decode(&bytes[..position], &ty));
    }
}
