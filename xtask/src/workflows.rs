//! Tests that the workflows only use tasks, scripts and targets of this repository that exist.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Parser;
use xtask::dist;
use yaml_rust2::{Yaml, YamlLoader};

use super::Arguments;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Returns the repository's workflows by name.
fn workflows() -> Vec<(String, Yaml)> {
    let entries = std::fs::read_dir(root().join(".github/workflows")).unwrap();
    let mut workflows: Vec<(String, Yaml)> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let mut documents = YamlLoader::load_from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), documents.remove(0))
        })
        .collect();
    workflows.sort_by(|(one, _), (other, _)| one.cmp(other));
    workflows
}

/// Collects all strings with this key at any depth.
fn values<'y>(yaml: &'y Yaml, key: &str, found: &mut Vec<&'y str>) {
    match yaml {
        Yaml::Hash(members) => {
            for (name, value) in members {
                match value {
                    Yaml::String(text) if name.as_str() == Some(key) => found.push(text),
                    _ => values(value, key, found),
                }
            }
        }
        Yaml::Array(elements) => elements.iter().for_each(|element| values(element, key, found)),
        _ => {}
    }
}

#[test]
fn tasks_and_scripts_of_the_workflows_exist() {
    let mut tasks = 0;
    for (workflow, yaml) in workflows() {
        let mut scripts = Vec::new();
        values(&yaml, "run", &mut scripts);
        assert!(!scripts.is_empty(), "{workflow} runs nothing");
        for line in scripts.iter().flat_map(|script| script.lines()) {
            if let Some(arguments) = line.trim().strip_prefix("cargo xtask ") {
                tasks += 1;
                // GitHub replaces the expression by a target.
                let mut filled = arguments.to_owned();
                while let (Some(start), Some(end)) = (filled.find("${{"), filled.find("}}")) {
                    filled.replace_range(start..end + 2, "x86_64-unknown-linux-musl");
                }
                let words = filled.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
                if let Err(error) = Arguments::try_parse_from(["cargo xtask"].into_iter().chain(words)) {
                    panic!("{workflow}: {line}: {error}");
                }
            }
            if let Some(script) = line.trim().strip_prefix(".ci/") {
                assert!(root().join(".ci").join(script).exists(), "{workflow}: {line}");
            }
        }
    }
    assert!(tasks >= 4, "the workflows are read: {tasks}");
}

#[test]
fn release_has_one_package_per_platform() {
    let workflows = workflows();
    let (_, release) = workflows.iter().find(|(name, _)| name == "release.yml").unwrap();
    let mut targets = Vec::new();
    values(&release["jobs"], "target", &mut targets);
    let platforms: BTreeSet<String> = targets.iter().map(|target| dist::platform(target).unwrap()).collect();
    let expected = ["darwin", "freebsd", "linux", "windows"]
        .into_iter()
        .flat_map(|system| ["amd64", "arm64"].map(|architecture| format!("{system}_{architecture}")));
    assert_eq!(platforms, expected.collect());
    assert_eq!(targets.len(), platforms.len(), "one package per platform");
}

#[test]
fn every_fuzz_target_runs_nightly() {
    let workflows = workflows();
    let (_, nightly) = workflows.iter().find(|(name, _)| name == "nightly.yml").unwrap();
    let targets = nightly["jobs"]["fuzz"]["strategy"]["matrix"]["target"].as_vec().unwrap();
    let targets: BTreeSet<String> = targets.iter().map(|target| target.as_str().unwrap().to_owned()).collect();
    let files = std::fs::read_dir(root().join("fuzz/fuzz_targets")).unwrap();
    let existing = files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
    assert_eq!(targets, existing.collect());
}

#[test]
fn signing_variables_match_the_workflow() {
    let (_, release) = workflows().into_iter().find(|(name, _)| name == "release.yml").unwrap();
    for name in [xtask::sign::PRIVATE_KEY, xtask::sign::PASSPHRASE] {
        let mut found = Vec::new();
        values(&release, name, &mut found);
        assert_eq!(found, [format!("${{{{ secrets.{name} }}}}")]);
    }
}
