//! Conversion of values and messages between the protocol and the framework.

use crate::framework::cty::{self, Type, Value};
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::plugin::proto::tfplugin5;

/// Decodes a value. A value with neither encoding is null. `content` names the value in the error.
///
/// # Errors
/// If the bytes do not encode a value of the type.
pub(super) fn decode(value: Option<tfplugin5::DynamicValue>, ty: &Type, content: &str) -> Result<Value, Diagnostics> {
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
        format!("Could not read the {content}"),
        format!(
            "Terraform sent a {content} that does not match this provider's schema: {problem}.\n\nThe state or plan may \
             come from another version of the provider; run `terraform init -upgrade` and plan again. If it does \
             not, this is a bug; please report it."
        ),
    )
    .into())
}

/// Encodes a value that conforms to the type.
pub(super) fn encode(value: &Value, ty: &Type) -> Option<tfplugin5::DynamicValue> {
    Some(tfplugin5::DynamicValue { msgpack: cty::msgpack::encode(value, ty), json: Vec::new() })
}

/// Converts messages to the protocol's.
pub(super) fn diagnostics(diagnostics: Diagnostics) -> Vec<tfplugin5::Diagnostic> {
    diagnostics.into_iter().map(Diagnostic::into_proto).collect()
}

/// Returns `true` if the client keeps write-only values out of plan and state. A client that does not advertise it is
/// treated as lacking it.
pub(super) fn write_only_allowed(capabilities: Option<tfplugin5::ClientCapabilities>) -> bool {
    capabilities.unwrap_or_default().write_only_attributes_allowed
}

/// Returns the error for a type that this provider does not have.
pub(super) fn not_offered(kind: &str, name: &str) -> Diagnostics {
    Diagnostic::error(
        format!("Provider has no {kind} {name}"),
        format!(
            "This version of the provider does not offer a {kind} of the name {name:?}. Check the name, or upgrade the \
             provider."
        ),
    )
    .into()
}
