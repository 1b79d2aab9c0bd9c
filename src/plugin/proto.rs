//! Rust types of the files in `proto/`, made by `build.rs`.

/// Terraform's plugin protocol, major version 5.
#[expect(missing_docs, reason = "generated; the comments are in proto/tfplugin5.proto")]
#[allow(unreachable_pub, clippy::all, reason = "generated")]
pub mod tfplugin5 {
    tonic::include_proto!("tfplugin5");
}

/// The services of go-plugin, which Terraform expects beside its own.
#[expect(missing_docs, reason = "generated; the comments are in proto/go_plugin.proto")]
#[allow(unreachable_pub, clippy::all, reason = "generated")]
pub mod go_plugin {
    tonic::include_proto!("plugin");
}
