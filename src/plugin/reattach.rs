//! Running under a debugger: Terraform is told where a process already listens.

use serde_json::json;

use super::handshake::{Address, PROTOCOL_VERSION};

/// What to tell the person who started the process: how to make Terraform use it.
///
/// Source: the convention of Go's providers, whose tools look for the last line.
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
