//! Conversion between Terraform's values and models.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::framework::cty::{self, Value};
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::schema::Block;

/// Converts a value to a model.
///
/// # Errors
/// If a value does not fit its field.
pub(crate) fn from_terraform<M: DeserializeOwned>(value: Value) -> Result<M, Diagnostics> {
    cty::from_value(value).map_err(|mismatch| {
        Diagnostic::error("Value has the wrong type", format!("{mismatch}.")).at(mismatch.path.clone()).into()
    })
}

/// Converts a model to a value of its block.
///
/// # Errors
/// If the model contains a value that its schema does not allow, which is a bug in the provider.
pub(crate) fn to_terraform<M: Serialize>(model: &M, block: &Block) -> Result<Value, Diagnostics> {
    let bug = |path: AttributePath, problem: String| -> Diagnostics {
        Diagnostic::error(
            "Provider produced an invalid value",
            format!("{problem}. This is a bug in the provider; please report it."),
        )
        .at(path)
        .into()
    };
    let value = cty::to_value(model).map_err(|error| bug(AttributePath::root(), error.to_string()))?;
    value.conform(&block.ty()).map_err(|mismatch| bug(mismatch.path.clone(), mismatch.to_string()))
}
