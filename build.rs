//! Compiles `proto/` to Rust with a compiler written in Rust, so that building needs no `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto");
    let descriptors = protox::compile(["tfplugin5.proto", "go_plugin.proto"], ["proto"])?;
    // The client half is for the tests, which play Terraform.
    tonic_prost_build::configure().build_client(true).compile_fds(descriptors)?;
    Ok(())
}
