//! Planning that all resources share: defaults, prior values, unknown values, replacement.
//!
//! Source of the rules: what Terraform's core accepts as a plan; they are written down as a test helper in
//! `core_rules`.

use crate::framework::cty::Value;
use crate::framework::path::AttributePath;
use crate::framework::schema::{Attribute, Block};

/// The plan before the resource is asked: Terraform's proposal without write-only values, with defaults.
pub(crate) fn with_defaults(block: &Block, proposed: Value, config: &Value) -> Value {
    let mut planned = block.without_write_only(proposed);
    if let Some(members) = planned.as_object_mut() {
        for (name, attribute) in &block.attributes {
            if let Some(default) = &attribute.default
                && config.attribute(name).is_null()
            {
                members.insert(name.clone(), default.clone());
            }
        }
    }
    planned
}

/// Makes computed values unknown that the configuration does not set: all of them for a new object, for an
/// existing one those that depend on something that changes. The others keep their prior value.
pub(crate) fn mark_unknown(block: &Block, prior: &Value, planned: &mut Value, config: &Value) {
    let depends_on_change = |attribute: &Attribute| {
        attribute.unknown_when_changed.iter().any(|other| changed(block, other, prior, planned))
    };
    let recomputed: Vec<&String> = block
        .attributes
        .iter()
        .filter(|(name, attribute)| {
            attribute.mode.is_computed()
                && attribute.default.is_none()
                && config.attribute(name).is_null()
                && (prior.is_null() || depends_on_change(attribute))
        })
        .map(|(name, _)| name)
        .collect();
    if let Some(members) = planned.as_object_mut() {
        for name in recomputed {
            members.insert(name.clone(), Value::unknown());
        }
    }
}

/// The attributes whose planned change needs a new object.
pub(crate) fn replacements(block: &Block, prior: &Value, planned: &Value) -> Vec<AttributePath> {
    if prior.is_null() {
        return Vec::new();
    }
    let forcing = block.attributes.iter().filter(|(_, attribute)| attribute.requires_replace);
    forcing.filter(|(name, _)| changed(block, name, prior, planned)).map(|(name, _)| AttributePath::to(name)).collect()
}

/// Whether an attribute is planned to differ. What is unknown may differ.
fn changed(block: &Block, name: &str, prior: &Value, planned: &Value) -> bool {
    let Some(attribute) = block.attributes.get(name) else { return false };
    !prior.attribute(name).equals(planned.attribute(name), &attribute.ty)
}

/// Takes from `after` what differs from `before`, and everything else from `original`, which may say more than
/// Rust types can: refinements of unknown values, the order of a set.
pub(crate) fn merge(original: Value, before: &Value, after: Value) -> Value {
    match (original, after) {
        (Value::Map(mut original), Value::Map(after)) => {
            for (name, value) in after {
                if *before.attribute(&name) != value {
                    original.insert(name, value);
                }
            }
            Value::Map(original)
        }
        (_, after) => after,
    }
}

/// The object after apply: what was planned, with what the plan did not know taken from the resource's answer.
///
/// Terraform insists that a value known in the plan is the value after apply. Where the service made something
/// else of it, the next refresh shows that as drift.
pub(crate) fn settle(planned: &Value, answer: Value) -> Value {
    match (planned, answer) {
        (Value::Map(planned), Value::Map(answer)) => Value::Map(
            answer
                .into_iter()
                .map(|(name, value)| match planned.get(&name) {
                    Some(planned) if planned.is_wholly_known() => (name, planned.clone()),
                    _ => (name, value),
                })
                .collect(),
        ),
        (_, answer) => answer,
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::framework::schema::derive;
    use crate::framework::value;

    /// Something to manage.
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    struct Thing {
        /// Stays for life.
        #[schemars(extend("x-tf" = { "computed": true }))]
        id: value::Value<String>,
        /// Follows the name.
        #[schemars(extend("x-tf" = { "computed": true, "unknown_when_changed": ["name"] }))]
        slug: value::Value<String>,
        /// What it is called.
        #[schemars(extend("x-tf" = { "required": true }))]
        name: value::Value<String>,
        /// Where it is.
        #[schemars(extend("x-tf" = { "optional": true, "requires_replace": true }))]
        place: value::Value<String>,
        /// Whether it is on.
        #[schemars(extend("x-tf" = { "optional": true, "default": true }))]
        on: value::Value<bool>,
        /// A key.
        #[schemars(extend("x-tf" = { "optional": true, "write_only": true, "sensitive": true }))]
        key: value::Value<String>,
    }

    fn block() -> Block {
        derive::schema::<Thing>(0).unwrap().block
    }

    fn thing(members: &[(&str, Value)]) -> Value {
        let members = members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Value::Map(members).conform(&block().ty()).unwrap()
    }

    fn plan(prior: &Value, proposed: &Value, config: &Value) -> Value {
        let mut planned = with_defaults(&block(), proposed.clone(), config);
        mark_unknown(&block(), prior, &mut planned, config);
        planned
    }

    #[test]
    fn a_new_object_gets_defaults_and_unknown_computed_values_and_no_write_only_value() {
        let config = thing(&[("name", "a".into()), ("key", "secret".into())]);
        let planned = plan(&Value::Null, &config, &config);
        let unknown = Value::unknown();
        let expected =
            thing(&[("id", unknown.clone()), ("slug", unknown), ("name", "a".into()), ("on", Value::Bool(true))]);
        assert_eq!(planned, expected);
    }

    #[test]
    fn no_change_means_no_change() {
        let prior = thing(&[("id", "1".into()), ("slug", "a".into()), ("name", "a".into()), ("on", Value::Bool(true))]);
        let config = thing(&[("name", "a".into()), ("key", "secret".into())]);
        let proposed =
            thing(&[("id", "1".into()), ("slug", "a".into()), ("name", "a".into()), ("key", "secret".into())]);
        assert_eq!(plan(&prior, &proposed, &config), prior);
    }

    #[test]
    fn computed_values_keep_their_prior_value_unless_what_they_depend_on_changes() {
        let prior = thing(&[("id", "1".into()), ("slug", "a".into()), ("name", "a".into()), ("on", Value::Bool(true))]);
        let renamed = thing(&[("id", "1".into()), ("slug", "a".into()), ("name", "b".into())]);
        let planned = plan(&prior, &renamed, &thing(&[("name", "b".into())]));
        assert_eq!((planned.attribute("id"), planned.attribute("slug")), (&"1".into(), &Value::unknown()));
        let off = thing(&[("id", "1".into()), ("slug", "a".into()), ("name", "a".into()), ("on", Value::Bool(false))]);
        let planned = plan(&prior, &off, &thing(&[("name", "a".into()), ("on", Value::Bool(false))]));
        assert_eq!((planned.attribute("slug"), planned.attribute("on")), (&"a".into(), &Value::Bool(false)));
    }

    #[test]
    fn replacement_is_asked_for_only_where_the_value_changes_or_may_change() {
        let prior = thing(&[("place", "here".into())]);
        let paths = |planned: &Value| replacements(&block(), &prior, planned);
        assert!(paths(&prior).is_empty());
        assert_eq!(paths(&thing(&[("place", "there".into())])), [AttributePath::to("place")]);
        assert_eq!(paths(&thing(&[("place", Value::unknown())])), [AttributePath::to("place")]);
        assert!(replacements(&block(), &Value::Null, &prior).is_empty());
    }

    #[test]
    fn what_was_planned_stays_and_only_unknown_values_come_from_the_answer() {
        let planned = thing(&[("id", Value::unknown()), ("name", "a".into())]);
        let answer = thing(&[("id", "1".into()), ("name", "A".into())]);
        assert_eq!(settle(&planned, answer), thing(&[("id", "1".into()), ("name", "a".into())]));
    }
}
