//! Values and messages between the protocol's bytes and the framework's types.

use crate::framework::cty::{self, Type, Value};
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::plugin::proto::tfplugin5;

/// Reads a value. Neither encoding present means null.
pub(super) fn decode(value: Option<tfplugin5::DynamicValue>, ty: &Type, what: &str) -> Result<Value, Diagnostics> {
    let tfplugin5::DynamicValue { msgpack, json } = value.unwrap_or_default();
    let problem = if !msgpack.is_empty() {
        match cty::msgpack::decode(&msgpack, ty) {
            Ok(value) => return Ok(value),
            Err(error) => error.to_string(),
        }
    } else if !json.is_empty() {
        match cty::json::decode(&json, ty) {
            Ok(value) => return Ok(value),
            Err(error) => error.to_string(),
        }
    } else {
        return Ok(Value::Null);
    };
    Err(Diagnostic::error(
        format!("Could not read the {what}"),
        format!(
            "Terraform sent a {what} that does not fit this provider's schema: {problem}.\n\nThe state or plan may \
             come from another version of the provider; run `terraform init -upgrade` and plan again. If it does \
             not, this is a bug; please report it."
        ),
    )
    .into())
}

/// Writes a value that conforms to the type.
pub(super) fn encode(value: &Value, ty: &Type) -> Option<tfplugin5::DynamicValue> {
    Some(tfplugin5::DynamicValue { msgpack: cty::msgpack::encode(value, ty), json: Vec::new() })
}

/// Messages as the protocol sends them.
pub(super) fn diagnostics(diagnostics: Diagnostics) -> Vec<tfplugin5::Diagnostic> {
    diagnostics.into_iter().map(Diagnostic::into_proto).collect()
}
