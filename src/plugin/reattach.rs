//! The announcement of a process in a debugger, with which Terraform attaches to it.

use serde_json::json;

use super::handshake::{Address, PROTOCOL_VERSION};

/// Returns the text for the user who started the process: the variable with which Terraform attaches to it.
///
/// Source: the convention of Go's providers, whose tools parse the last line.
pub fn announcement(provider_address: &str, address: &Address) -> String {
    let reattach = json!({
        provider_address: {
            "Protocol": "grpc",
            "ProtocolVersion": PROTOCOL_VERSION,
            "Pid": std::process::id(),
            "Test": true,
            "Addr": { "Network": address.network(), "String": address.to_string() },
        }
    });
    format!(
        "Provider started. To attach Terraform CLI, set the TF_REATTACH_PROVIDERS environment variable with the following:\n\
         \n\tTF_REATTACH_PROVIDERS='{reattach}'"
    )
}
