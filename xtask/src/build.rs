//! The provider's binary, built by the cargo that runs this.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failed;

/// Name of the binary, without what the platform adds.
pub const BINARY: &str = "terraform-provider-conductorone";

/// Builds the provider as developers do, and says where it is.
///
/// # Errors
/// When it cannot be built.
pub fn debug(root: &Path) -> Result<PathBuf, Failed> {
    run(root, &["build", "--bin", BINARY], &[])?;
    Ok(target(root).join("debug").join(BINARY).with_extension(std::env::consts::EXE_EXTENSION))
}

/// Builds the provider as it is released, for a Rust target, and says where it is. No path of this machine is in its messages,
/// and two clones in different places, with different homes of cargo, make the same bytes.
///
/// # Errors
/// When it cannot be built.
pub fn release(root: &Path, target: &str) -> Result<PathBuf, Failed> {
    let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")));
    let remap = |from: &str, to: &str| format!("--remap-path-prefix={from}={to}");
    // The paths of its C sources aws-lc leaves out by itself, in builds that are optimised.
    let mut flags = vec![remap(&root.display().to_string(), "provider")];
    flags.extend(home.iter().map(|home| remap(home, "cargo")));
    let arguments = ["build", "--release", "--locked", "--bin", BINARY, "--target", target];
    run(root, &arguments, &[("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))])?;
    let suffix = if target.contains("-windows-") { "exe" } else { "" };
    Ok(self::target(root).join(target).join("release").join(BINARY).with_extension(suffix))
}

/// The Rust target of this machine.
///
/// # Errors
/// When rustc does not tell.
pub fn host() -> Result<String, Failed> {
    rustc("host")
}

/// The version of the compiler, such as `1.95.0`. With another one the same sources make other bytes.
///
/// # Errors
/// When rustc does not tell.
pub fn compiler() -> Result<String, Failed> {
    rustc("release")
}

/// What rustc says of itself, by the name of the line.
fn rustc(line: &str) -> Result<String, Failed> {
    let told =
        Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc could not be started: {error}"))?;
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let value = told.lines().find_map(|told| told.strip_prefix(line)?.strip_prefix(": "));
    Ok(value.ok_or_else(|| format!("rustc does not tell its {line}"))?.to_owned())
}

/// Where cargo puts what it builds.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn run(root: &Path, arguments: &[&str], variables: &[(&str, String)]) -> Result<(), Failed> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .current_dir(root)
        .status()?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} ended with {status}", arguments.join(" ")).into()) }
}
