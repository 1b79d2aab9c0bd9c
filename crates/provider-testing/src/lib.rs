//! Terraform's side of the plugin protocol and a world to run real Terraform in, for the tests and benches of the
//! provider.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot set up its world must stop")]

pub mod calls;
pub mod core_conformance;
pub mod harness;
pub mod killing;
pub mod load;
pub mod plugin_host;
pub mod rpc;
pub mod storm;

use std::path::PathBuf;

/// Returns the path of the plugin's binary. Cargo builds it for every test and bench of the provider's package and puts
/// it one folder above their own executables.
///
/// # Panics
/// If the running executable is not in a folder of cargo's.
pub fn provider_binary() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    let profile = executable.parent().and_then(|deps| deps.parent()).expect("cargo puts tests in target/*/deps");
    profile.join(format!("terraform-provider-conductorone{}", std::env::consts::EXE_SUFFIX))
}
