//! The rules of Terraform core for plans and results, as an oracle for tests.
//!
//! Source: Terraform 1.11, `internal/plans/objchange`: `ProposedNew`, `AssertPlanValid` and `AssertObjectCompatible`.
//! Core reports a violation as "Provider produced invalid plan" or "Provider produced inconsistent result after apply".
//! Only the parts that the framework's schemas can express are here: attributes, and blocks of one instance.

use terraform_provider_conductorone::framework::cty::{Type, Value};
use terraform_provider_conductorone::framework::schema::{Attribute, Block};

/// Returns core's merge of prior state and configuration, from which a provider plans (`ProposedNew`).
pub fn proposed_new_state(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || matches!(config, Value::Unknown) {
        return config.clone();
    }
    let attributes = block.attributes.iter().map(|(name, attribute)| {
        let keeps_prior = attribute.configurability.is_computed() && config.attribute(name).is_null();
        (name.clone(), if keeps_prior { prior } else { config }.attribute(name).clone())
    });
    let blocks = block
        .blocks
        .iter()
        .map(|(name, inner)| (name.clone(), proposed_new_state(inner, prior.attribute(name), config.attribute(name))));
    Value::Map(attributes.chain(blocks).collect())
}

/// Returns the violations of `AssertPlanValid`.
pub fn plan_violations(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<String> {
    if config.is_null() != planned.is_null() {
        return vec!["the configuration and the plan differ in the existence of the object".to_owned()];
    }
    if config.is_null() {
        return Vec::new();
    }
    let Value::Map(members) = planned else { return vec!["a planned block is not an object".to_owned()] };
    let mut violations = Vec::new();
    if !members.keys().eq(names(block).iter()) {
        violations.push(format!("has attributes {:?}", members.keys()));
    }
    for (name, attribute) in &block.attributes {
        let (prior, config, planned) = (prior.attribute(name), config.attribute(name), planned.attribute(name));
        violations
            .extend(attribute_violation(attribute, prior, config, planned).map(|found| format!("{name}: {found}")));
    }
    for (name, inner) in &block.blocks {
        let (prior, config, planned) = (prior.attribute(name), config.attribute(name), planned.attribute(name));
        if matches!(config, Value::Unknown) {
            // A dynamic block over an unknown value.
            if planned != config {
                violations.push(format!("{name}: an unknown block changed"));
            }
            continue;
        }
        violations
            .extend(plan_violations(inner, prior, config, planned).into_iter().map(|found| format!("{name}.{found}")));
    }
    violations
}

fn attribute_violation(attribute: &Attribute, prior: &Value, config: &Value, planned: &Value) -> Option<String> {
    let same = |a: &Value, b: &Value| a.equals(b, &attribute.ty);
    if attribute.write_only {
        return (!planned.is_null()).then(|| "write-only value in the plan".to_owned());
    }
    if same(planned, config) || (same(planned, prior) && !prior.is_null() && !config.is_null()) {
        return None;
    }
    if config.is_null() && attribute.configurability.is_computed() {
        return None;
    }
    if config.is_null() {
        return Some("planned value for a non-computed attribute".to_owned());
    }
    Some(format!("planned {planned:?} matches neither config {config:?} nor prior {prior:?}"))
}

/// Returns the violations of `AssertObjectCompatible`, and unknown or write-only values in the state.
pub fn apply_violations(block: &Block, planned: &Value, actual: &Value) -> Vec<String> {
    if planned.is_null() != actual.is_null() {
        return vec![format!(
            "root object was {}, but now is not",
            if planned.is_null() { "absent" } else { "present" }
        )];
    }
    if planned.is_null() {
        return Vec::new();
    }
    let mut violations = Vec::new();
    if !actual.is_wholly_known() {
        violations.push("unknown values are left".to_owned());
    }
    let Value::Map(members) = actual else { return vec!["a block is not an object".to_owned()] };
    if !members.keys().eq(names(block).iter()) {
        violations.push(format!("has attributes {:?}", members.keys()));
    }
    for (name, attribute) in &block.attributes {
        let (planned, actual) = (planned.attribute(name), actual.attribute(name));
        if attribute.write_only && !actual.is_null() {
            violations.push(format!("{name}: write-only value in the state"));
        }
        if !compatible(planned, actual, &attribute.ty) {
            violations.push(format!("{name}: was {planned:?}, but now {actual:?}"));
        }
    }
    for (name, inner) in &block.blocks {
        let (planned, actual) = (planned.attribute(name), actual.attribute(name));
        violations.extend(apply_violations(inner, planned, actual).into_iter().map(|found| format!("{name}.{found}")));
    }
    violations
}

/// Returns `true` if a value is compatible with the planned one: known parts are equal, unknown parts have any value.
fn compatible(planned: &Value, actual: &Value, ty: &Type) -> bool {
    match (planned, actual) {
        (Value::Unknown, _) => true,
        _ if planned.is_wholly_known() => planned.equals(actual, ty),
        (Value::Sequence(planned), Value::Sequence(actual)) => match ty {
            Type::Set(_) => actual.len() <= planned.len(),
            _ => planned.len() == actual.len(),
        },
        _ => true,
    }
}

/// Returns the values that a first plan knows and a second plan changes. Core reports them as "Provider produced
/// inconsistent final plan".
pub fn final_plan_violations(block: &Block, first: &Value, second: &Value) -> Vec<String> {
    let names = block.attributes.iter();
    names
        .filter(|(name, attribute)| !compatible(first.attribute(name), second.attribute(name), &attribute.ty))
        .map(|(name, _)| format!("{name}: was {:?}, but now {:?}", first.attribute(name), second.attribute(name)))
        .collect()
}

fn names(block: &Block) -> Vec<String> {
    let mut names: Vec<String> = block.attributes.keys().chain(block.blocks.keys()).cloned().collect();
    names.sort();
    names
}
