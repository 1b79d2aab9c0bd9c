//! Compiles `proto/` to Rust with a compiler in Rust, so that a build requires no `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(["tfplugin5.proto", "go_plugin.proto"], ["proto"])?;
    // The tests use the client.
    tonic_prost_build::configure().build_client(true).compile_fds(descriptors)?;
    Ok(())
}
