//! Planning that all resources share: defaults, prior values, unknown values, replacement.
//!
//! The options `default`, `computed`, `unknown_when_changed` and `requires_replace` exist at the top level of a
//! resource only; [`schema::derive`](crate::framework::schema::derive) rejects them in nested blocks. Write-only values
//! are removed at every level.
//!
//! Source of the rules: the plans that Terraform core accepts (`internal/plans/objchange`). The tests verify plans
//! against a reimplementation of these rules, `core_conformance`.

use crate::framework::cty::Value;
use crate::framework::path::AttributePath;
use crate::framework::schema::{Attribute, Block};

/// Returns Terraform's proposed state without write-only values and with defaults.
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

/// Marks computed values as unknown that the configuration does not set: all of them for a new object, and for an
/// existing one those with `unknown_when_changed` whose attributes change. The others keep their prior value.
pub(crate) fn mark_unknown(block: &Block, prior: &Value, planned: &mut Value, config: &Value) {
    let depends_on_change = |attribute: &Attribute| {
        attribute.unknown_when_changed.iter().any(|other| changed(block, other, prior, planned))
    };
    let unknown: Vec<&String> = block
        .attributes
        .iter()
        .filter(|(name, attribute)| {
            attribute.configurability.is_computed()
                && attribute.default.is_none()
                && config.attribute(name).is_null()
                && (prior.is_null() || depends_on_change(attribute))
        })
        .map(|(name, _)| name)
        .collect();
    if let Some(members) = planned.as_object_mut() {
        for name in unknown {
            members.insert(name.clone(), Value::Unknown);
        }
    }
}

/// Returns the attributes with `requires_replace` that are planned to change.
pub(crate) fn replacements(block: &Block, prior: &Value, planned: &Value) -> Vec<AttributePath> {
    if prior.is_null() {
        return Vec::new();
    }
    let forcing = block.attributes.iter().filter(|(_, attribute)| attribute.requires_replace);
    forcing.filter(|(name, _)| changed(block, name, prior, planned)).map(|(name, _)| AttributePath::to(name)).collect()
}

/// Returns `true` if an attribute is planned to change. An unknown value counts as a change.
fn changed(block: &Block, name: &str, prior: &Value, planned: &Value) -> bool {
    let Some(attribute) = block.attributes.get(name) else { return false };
    !prior.attribute(name).equals(planned.attribute(name), &attribute.ty)
}

/// Returns the object after apply: the planned values, and the resource's values where the plan is unknown. Also
/// returns the attributes for which the resource returned another value than planned.
///
/// Terraform rejects a value after apply that differs from a known planned value. If the service changed the value, the
/// next refresh shows it as drift.
pub(crate) fn overlay_planned_values(block: &Block, planned: &Value, result: Value) -> (Value, Vec<AttributePath>) {
    let mut overridden = Vec::new();
    let state = overlay(block, planned, result, &AttributePath::root(), &mut overridden);
    (state, overridden)
}

fn overlay(
    block: &Block,
    planned: &Value,
    result: Value,
    path: &AttributePath,
    overridden: &mut Vec<AttributePath>,
) -> Value {
    let (planned, mut result) = match (planned, result) {
        (Value::Map(planned), Value::Map(result)) => (planned, result),
        (_, result) => return result,
    };
    for (name, attribute) in &block.attributes {
        if let Some(known) = planned.get(name).filter(|planned| planned.is_wholly_known()) {
            let value = result.insert(name.clone(), known.clone());
            if !value.is_some_and(|value| value.equals(known, &attribute.ty)) {
                overridden.push(path.attribute(name));
            }
        }
    }
    for (name, inner) in &block.blocks {
        let path = path.attribute(name);
        let value = result.remove(name).unwrap_or(Value::Null);
        let value = match (planned.get(name), value) {
            (None | Some(Value::Unknown), value) => value,
            (Some(planned @ Value::Map(_)), value @ Value::Map(_)) => overlay(inner, planned, value, &path, overridden),
            (Some(planned), value) => {
                if *planned != value {
                    overridden.push(path);
                }
                planned.clone()
            }
        };
        result.insert(name.clone(), value);
    }
    Value::Map(result)
}

/// Logs the attributes for which a resource returned another value than planned, which is a bug in the resource.
///
/// # Panics
/// In a build with debug assertions. The plugin is a process of its own in most tests, so that `#[cfg(test)]` does not
/// reach it. Every test runs a debug build, over gRPC and with Terraform alike; a release never has debug assertions.
pub(crate) fn report_overridden(type_name: &str, overridden: &[AttributePath]) {
    for attribute in overridden {
        tracing::warn!(tf_resource_type = type_name, %attribute, "kept the planned value instead of the resource's result");
    }
    let is_bug = cfg!(debug_assertions) && !overridden.is_empty();
    assert!(!is_bug, "{type_name} returned other values than planned for {overridden:?}");
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::framework::schema::derive;
    use crate::framework::value;

    /// An object.
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    struct Thing {
        /// ID.
        #[schemars(extend("x-tf" = { "computed": true }))]
        id: value::Value<String>,
        /// The name in a URL.
        #[schemars(extend("x-tf" = { "computed": true, "unknown_when_changed": ["name"] }))]
        slug: value::Value<String>,
        /// Name.
        #[schemars(extend("x-tf" = { "required": true }))]
        name: value::Value<String>,
        /// Location.
        #[schemars(extend("x-tf" = { "optional": true, "requires_replace": true }))]
        place: value::Value<String>,
        /// `true` for an active object.
        #[schemars(extend("x-tf" = { "optional": true, "default": true }))]
        on: value::Value<bool>,
        /// A key.
        #[schemars(extend("x-tf" = { "optional": true, "write_only": true, "sensitive": true }))]
        key: value::Value<String>,
        /// Limits.
        #[schemars(extend("x-tf" = { "block": true }))]
        limits: value::Value<Limits>,
    }

    /// Limits.
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    struct Limits {
        /// Limit of a create.
        #[schemars(extend("x-tf" = { "optional": true }))]
        create: value::Value<String>,
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
    fn a_new_object_has_defaults_and_unknown_computed_values_and_no_write_only_values() {
        let config = thing(&[("name", "a".into()), ("key", "secret".into())]);
        let planned = plan(&Value::Null, &config, &config);
        let unknown = Value::Unknown;
        let expected =
            thing(&[("id", unknown.clone()), ("slug", unknown), ("name", "a".into()), ("on", Value::Bool(true))]);
        assert_eq!(planned, expected);
    }

    #[test]
    fn an_unchanged_configuration_plans_the_prior_state() {
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
        assert_eq!((planned.attribute("id"), planned.attribute("slug")), (&"1".into(), &Value::Unknown));
        let off = thing(&[("id", "1".into()), ("slug", "a".into()), ("name", "a".into()), ("on", Value::Bool(false))]);
        let planned = plan(&prior, &off, &thing(&[("name", "a".into()), ("on", Value::Bool(false))]));
        assert_eq!((planned.attribute("slug"), planned.attribute("on")), (&"a".into(), &Value::Bool(false)));
    }

    #[test]
    fn only_changed_or_unknown_values_require_replacement() {
        let prior = thing(&[("place", "here".into())]);
        let paths = |planned: &Value| replacements(&block(), &prior, planned);
        assert!(paths(&prior).is_empty());
        assert_eq!(paths(&thing(&[("place", "there".into())])), [AttributePath::to("place")]);
        assert_eq!(paths(&thing(&[("place", Value::Unknown)])), [AttributePath::to("place")]);
        assert!(replacements(&block(), &Value::Null, &prior).is_empty());
    }

    #[test]
    fn known_planned_values_override_the_result_and_are_reported() {
        let planned = thing(&[("id", Value::Unknown), ("name", "a".into())]);
        let result = thing(&[("id", "1".into()), ("name", "A".into())]);
        let (state, overridden) = overlay_planned_values(&block(), &planned, result);
        assert_eq!(state, thing(&[("id", "1".into()), ("name", "a".into())]));
        assert_eq!(overridden, [AttributePath::to("name")]);
    }

    #[test]
    fn planned_values_in_a_block_override_the_result_and_are_reported() {
        let limits = |create: Value| Value::Map([("create".to_owned(), create)].into());
        let rows = [
            (limits("1m".into()), limits("1m".into()), limits("1m".into()), None),
            (limits(Value::Unknown), limits("1m".into()), limits("1m".into()), None),
            (Value::Unknown, limits("1m".into()), limits("1m".into()), None),
            (limits("1m".into()), limits("2m".into()), limits("1m".into()), Some("limits.create")),
            (limits("1m".into()), Value::Null, limits("1m".into()), Some("limits")),
            (Value::Null, limits("1m".into()), Value::Null, Some("limits")),
        ];
        for (planned, result, expected, reported) in rows {
            let (planned, result) = (thing(&[("limits", planned)]), thing(&[("limits", result)]));
            let (state, overridden) = overlay_planned_values(&block(), &planned, result);
            assert_eq!(*state.attribute("limits"), expected);
            assert_eq!(overridden.first().map(ToString::to_string).as_deref(), reported);
        }
    }

    #[test]
    #[should_panic(expected = "toy returned other values than planned")]
    fn a_debug_build_panics_on_an_overridden_value() {
        report_overridden("toy", &[AttributePath::to("name")]);
    }
}
