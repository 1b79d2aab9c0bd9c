//! Test support for the provider: a client of the plugin protocol, and worlds with real Terraform and a sandbox.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test without its world must stop")]

pub mod calls;
pub mod core_conformance;
pub mod dropped_creates;
pub mod harness;
pub mod interruption;
pub mod load;
pub mod plugin_host;
pub mod rpc;

use std::path::PathBuf;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// Returns a random number generator and prints its seed. The environment variable `TEST_SEED` repeats a run.
///
/// # Panics
/// If `TEST_SEED` is not a number.
#[expect(clippy::print_stderr, reason = "a failed run is repeated with the seed")]
pub fn random() -> StdRng {
    let seed = match std::env::var("TEST_SEED") {
        Ok(seed) => seed.parse().expect("TEST_SEED is a number"),
        Err(_) => rand::rng().random(),
    };
    eprintln!("TEST_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

/// Returns the path of the plugin's binary. Cargo builds it for every test and bench of the provider's package, one folder
/// above their executables.
///
/// # Panics
/// If the running executable is not in cargo's folder layout.
pub fn provider_binary() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    let profile = executable.parent().and_then(|deps| deps.parent()).expect("tests run from target/*/deps");
    profile.join(format!("terraform-provider-conductorone{}", std::env::consts::EXE_SUFFIX))
}
