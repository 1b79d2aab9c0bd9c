//! Packages in the registry's layout: a zip per platform, a manifest, checksums and their signature.
//!
//! The same binary produces identical packages: entries are sorted, have a fixed time and contain no data of the machine.
//! Source of names and contents: HashiCorp, "Publish providers to the public registry", section on preparing a release.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::build::BINARY;
use crate::sign::{self, Key};
use crate::{TaskError, sbom};

/// The manifest of a release, which contains the protocol version.
const MANIFEST: &str = include_str!("../../terraform-registry-manifest.json");

/// Returns Terraform's name of a target's platform, such as `linux_amd64`.
///
/// # Errors
/// If this provider is not built for the target.
pub fn platform(target: &str) -> Result<String, TaskError> {
    let systems =
        [("-linux-", "linux"), ("-apple-darwin", "darwin"), ("-windows-", "windows"), ("-freebsd", "freebsd")];
    let architectures = [("x86_64-", "amd64"), ("aarch64-", "arm64")];
    let system = systems.iter().find(|(part, _)| target.contains(part));
    let architecture = architectures.iter().find(|(part, _)| target.starts_with(part));
    match (system, architecture) {
        (Some((_, system)), Some((_, architecture))) => Ok(format!("{system}_{architecture}")),
        _ => Err(format!("packages are not available for the target {target}").into()),
    }
}

/// Creates the package of one platform and its bill of materials, and returns the path of the zip.
///
/// # Errors
/// If a file cannot be read or written.
pub fn package(root: &Path, binary: &Path, version: &str, target: &str, out: &Path) -> Result<PathBuf, TaskError> {
    std::fs::create_dir_all(out)?;
    let platform = platform(target)?;
    let suffix = if platform.starts_with("windows") { ".exe" } else { "" };
    let zip = out.join(format!("{BINARY}_{version}_{platform}.zip"));
    let mut writer = ZipWriter::new(File::create(&zip)?);
    // Sorted by name. The default time of an entry is 1980-01-01, the earliest that a zip supports.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, file, mode) in [
        ("LICENSE".to_owned(), root.join("LICENSE"), 0o644),
        (format!("{BINARY}_v{version}{suffix}"), binary.to_owned(), 0o755),
    ] {
        writer.start_file(name, options.unix_permissions(mode))?;
        writer.write_all(&std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?)?;
    }
    writer.finish()?.sync_all()?;
    let materials = sbom::of_provider(root, version, target)?;
    std::fs::write(out.join(format!("{BINARY}_{version}_{platform}.cdx.json")), materials)?;
    Ok(zip)
}

/// Writes the manifest and the checksums of all files of this version in `out`, signs them if a key is given, and returns
/// the path of the checksums.
///
/// # Errors
/// If there is no package, a file cannot be read or written, or gpg fails.
pub fn checksums(version: &str, out: &Path, key: Option<&Key>) -> Result<PathBuf, TaskError> {
    let prefix = format!("{BINARY}_{version}_");
    std::fs::write(out.join(format!("{prefix}manifest.json")), MANIFEST)?;
    let sums = format!("{prefix}SHA256SUMS");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(out)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.starts_with(&prefix) && !name.starts_with(&sums) {
            names.push(name);
        }
    }
    names.sort();
    if !names.iter().any(|name| name.ends_with(".zip")) {
        return Err(format!("{} contains no package of version {version}", out.display()).into());
    }
    let mut text = String::new();
    for name in names {
        text.push_str(&format!("{}  {name}\n", sha256(&std::fs::read(out.join(&name))?)));
    }
    let file = out.join(&sums);
    std::fs::write(&file, text)?;
    let signature = out.join(format!("{sums}.sig"));
    if signature.exists() {
        // It is the signature of other checksums.
        std::fs::remove_file(&signature)?;
    }
    if let Some(key) = key {
        sign::sign(&file, &signature, key)?;
    }
    Ok(file)
}

/// Returns the SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_map_to_terraform_platforms() {
        for (target, name) in [
            ("x86_64-unknown-linux-musl", "linux_amd64"),
            ("aarch64-unknown-linux-gnu", "linux_arm64"),
            ("aarch64-apple-darwin", "darwin_arm64"),
            ("x86_64-pc-windows-msvc", "windows_amd64"),
            ("x86_64-unknown-freebsd", "freebsd_amd64"),
        ] {
            assert_eq!(platform(target).unwrap(), name);
        }
        assert!(platform("wasm32-unknown-unknown").is_err());
    }

    #[test]
    fn sha256_matches_the_published_test_vector() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
