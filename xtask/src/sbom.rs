//! The bill of materials of a package, in CycloneDX 1.5: the crates in the binary, with versions and checksums.
//!
//! The sources are `cargo tree` and `Cargo.lock`. The document contains no time and no serial number, so that a build is
//! reproducible. It names the compiler, because another version produces another binary.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::TaskError;
use crate::build::{self, BINARY};

/// Returns the bill of materials of the released plugin for a Rust target.
///
/// # Errors
/// If cargo fails.
pub fn of_provider(root: &Path, version: &str, target: &str) -> Result<String, TaskError> {
    // `cargo tree` lists compiled crates only; `cargo metadata` also lists those of disabled features.
    let tree = cargo(
        root,
        &[
            "tree",
            "--locked",
            "--package",
            BINARY,
            "--edges",
            "normal,no-proc-macro",
            "--target",
            target,
            "--prefix",
            "depth",
            "--format",
            " {p}|{l}",
        ],
    )?;
    let checksums = checksums(&std::fs::read_to_string(root.join("Cargo.lock"))?);
    let mut crates: BTreeMap<Crate, String> = BTreeMap::new();
    let mut uses: BTreeMap<Crate, BTreeSet<Crate>> = BTreeMap::new();
    let mut path: Vec<Crate> = Vec::new();
    for line in tree.lines() {
        let (depth, mut found, license) = entry(line).ok_or_else(|| format!("cargo tree printed {line:?}"))?;
        if depth == 0 {
            found.version = version.to_owned();
        }
        path.truncate(depth);
        if let Some(user) = path.last() {
            uses.entry(user.clone()).or_default().insert(found.clone());
        }
        crates.insert(found.clone(), license.to_owned());
        path.push(found);
    }
    let provider = crates
        .keys()
        .find(|found| found.name == BINARY)
        .ok_or("the output of cargo tree does not contain the provider")?;
    let component = |found: &Crate, kind: &str| {
        let mut component = json!({
            "type": kind, "bom-ref": found.url(), "name": found.name, "version": found.version, "purl": found.url(),
        });
        if let Some(license) = crates.get(found).filter(|license| !license.is_empty()) {
            // Old manifests separate alternatives with a slash.
            component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
        }
        if let Some(checksum) = checksums.get(found) {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        component
    };
    let dependencies: Vec<Value> = crates
        .keys()
        .map(|found| {
            let used: Vec<String> = uses.get(found).into_iter().flatten().map(Crate::url).collect();
            json!({ "ref": found.url(), "dependsOn": used })
        })
        .collect();
    let materials: Vec<Value> =
        crates.keys().filter(|found| *found != provider).map(|found| component(found, "library")).collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "tools": { "components": [{ "type": "application", "name": "rustc", "version": build::compiler()? }] },
            "component": component(provider, "application"),
        },
        "components": materials,
        "dependencies": dependencies,
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// One version of a crate.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Crate {
    name: String,
    version: String,
}

impl Crate {
    fn url(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }
}

/// Parses a line of the tree: `2 serde v1.0.0|MIT OR Apache-2.0`. A path after the version marks crates of this repository;
/// `(*)` at the end marks repeated crates.
fn entry(line: &str) -> Option<(usize, Crate, &str)> {
    let (depth, rest) = line.split_once(' ')?;
    let (package, license) = rest.split_once('|')?;
    let mut words = package.split(' ');
    let (name, version) = (words.next()?.to_owned(), words.next()?.strip_prefix('v')?.to_owned());
    Some((depth.parse().ok()?, Crate { name, version }, license.trim_end_matches("(*)").trim_end()))
}

/// Returns the provider's version in `Cargo.toml`.
///
/// # Errors
/// If cargo fails.
pub fn version(root: &Path) -> Result<String, TaskError> {
    let metadata = cargo(root, &["metadata", "--format-version", "1", "--locked", "--no-deps"])?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let mut packages = metadata["packages"].as_array().into_iter().flatten();
    let provider = packages.find(|package| package["name"] == BINARY);
    Ok(provider
        .and_then(|package| package["version"].as_str())
        .ok_or("the output of cargo metadata contains no version of the provider")?
        .to_owned())
}

/// Returns the output of cargo.
fn cargo(root: &Path, arguments: &[&str]) -> Result<String, TaskError> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(arguments).current_dir(root).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Returns the checksums in `Cargo.lock`.
fn checksums(lock: &str) -> BTreeMap<Crate, String> {
    let value = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))?;
        Some(line.trim_matches('"').to_owned())
    };
    let entries = lock.split("[[package]]").filter_map(|block| {
        let found = Crate { name: value(block, "name")?, version: value(block, "version")? };
        Some((found, value(block, "checksum")?))
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tree_lines_are_parsed_with_and_without_optional_parts() {
        for (line, depth, url, license) in [
            ("0 provider v0.1.0 (/somewhere)|Apache-2.0", 0, "pkg:cargo/provider@0.1.0", "Apache-2.0"),
            ("12 libm v0.2.16|MIT", 12, "pkg:cargo/libm@0.2.16", "MIT"),
            ("2 url v2.5.8|MIT OR Apache-2.0 (*)", 2, "pkg:cargo/url@2.5.8", "MIT OR Apache-2.0"),
            ("1 unlicensed v1.0.0|", 1, "pkg:cargo/unlicensed@1.0.0", ""),
        ] {
            let (found_depth, found, found_license) = entry(line).unwrap();
            assert_eq!((found_depth, found.url().as_str(), found_license), (depth, url, license));
        }
        assert!(entry("something else").is_none());
    }
}
