//! Attribute values that several models have.

use std::collections::BTreeSet;

use crate::framework::value::Value;

/// A set attribute. A known set may have unknown elements.
pub(crate) type SetOfStrings = Value<BTreeSet<Value<String>>>;

/// Returns a known set of known elements.
pub(crate) fn set_of_strings(elements: impl IntoIterator<Item = String>) -> SetOfStrings {
    Value::Known(elements.into_iter().map(Value::Known).collect())
}
