//! Builds the provider with the cargo that runs this program.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::TaskError;

/// Name of the binary, without the platform's extension.
pub const BINARY: &str = "terraform-provider-conductorone";

/// Builds the provider with the development profile and returns its path.
///
/// # Errors
/// If the build fails.
pub fn debug(root: &Path) -> Result<PathBuf, TaskError> {
    run(root, &["build", "--locked", "--bin", BINARY], &[])?;
    Ok(target(root).join("debug").join(BINARY).with_extension(std::env::consts::EXE_EXTENSION))
}

/// Builds the provider with the release profile for a Rust target and returns its path. The binary contains no path of this
/// machine, so clones in other folders, with other homes of cargo, produce identical bytes.
///
/// # Errors
/// If the build fails.
pub fn release(root: &Path, target: &str) -> Result<PathBuf, TaskError> {
    let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")));
    let remap = |from: &str, to: &str| format!("--remap-path-prefix={from}={to}");
    // aws-lc itself removes the paths of its C sources from optimized builds.
    let mut flags = vec![remap(&root.display().to_string(), "provider")];
    flags.extend(home.iter().map(|home| remap(home, "cargo")));
    let arguments = ["build", "--release", "--locked", "--bin", BINARY, "--target", target];
    run(root, &arguments, &[("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))])?;
    let suffix = if target.contains("-windows-") { "exe" } else { "" };
    Ok(self::target(root).join(target).join("release").join(BINARY).with_extension(suffix))
}

/// Returns the Rust target of this machine.
///
/// # Errors
/// If rustc does not print it.
pub fn host() -> Result<String, TaskError> {
    rustc("host")
}

/// Returns the version of the compiler, such as `1.95.0`. Another version produces other bytes from the same sources.
///
/// # Errors
/// If rustc does not print it.
pub fn compiler() -> Result<String, TaskError> {
    rustc("release")
}

/// Returns a field of `rustc -vV`.
fn rustc(field: &str) -> Result<String, TaskError> {
    let output =
        Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc could not be started: {error}"))?;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    let value = output.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(": "));
    Ok(value.ok_or_else(|| format!("rustc -vV does not print {field:?}"))?.to_owned())
}

/// Returns cargo's target directory.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

fn run(root: &Path, arguments: &[&str], variables: &[(&str, String)]) -> Result<(), TaskError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .current_dir(root)
        .status()?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} ended with {status}", arguments.join(" ")).into()) }
}
