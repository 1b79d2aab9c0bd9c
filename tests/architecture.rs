//! The repository keeps to its own rules.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::path::{Path, PathBuf};

/// Words of Terraform's that the clients of the two services must not learn.
const TERRAFORM_WORDS: &[&str] = &["terraform", "diagnostic", "tfplugin", "tfstate", "unknown value"];

fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    files(folder, "rs")
}

fn files(folder: &str, wanted: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == wanted) {
                files.push((path.clone(), std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    files
}

/// The code of a file without its comments, in which other modules may be mentioned.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn of_the_plugin_the_framework_knows_only_the_protocol() {
    for (file, text) in rust_files("src/framework") {
        for used in code(&text).split("crate::plugin::").skip(1) {
            assert!(used.starts_with("proto"), "{}", file.display());
        }
    }
}

#[test]
fn the_clients_know_no_word_of_terraforms() {
    for folder in [
        "crates/service-http/src",
        "crates/okta-client/src",
        "crates/okta-inventory/src",
        "crates/conductorone-client/src",
    ] {
        for (file, text) in rust_files(folder) {
            // How requests name themselves, whom facts come from, and variables that HCP Terraform sets.
            let exempt = [
                "terraform-provider",
                "terraform_provider_conductorone",
                "Terraform provider",
                "TFC_",
                "HCP Terraform",
                "Terraform itself",
            ];
            let lines = code(&text);
            let lines = lines.lines().filter(|line| !exempt.iter().any(|word| line.contains(word)));
            for line in lines {
                let lower = line.to_lowercase();
                assert!(!TERRAFORM_WORDS.iter().any(|word| lower.contains(word)), "{}: {line}", file.display());
            }
        }
    }
}

#[test]
fn every_file_says_why_it_exists() {
    for folder in ["src", "crates", "tests", "benches", "xtask"] {
        for (file, text) in rust_files(folder) {
            assert!(text.starts_with("//!"), "{} does not begin with //!", file.display());
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents = ["docs", "examples", "templates", ".github"].map(|folder| files(folder, "md")).concat();
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"] {
        documents.push((root.join(name), std::fs::read_to_string(root.join(name)).unwrap()));
    }
    for (file, text) in documents {
        // Templates become parts of pages in docs/.
        let templates = root.join("templates");
        let home = file.strip_prefix(&templates).map(|page| root.join("docs").join(page)).unwrap_or(file.clone());
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { home.clone() } else { home.parent().unwrap().join(path) };
            assert!(target.exists(), "{}: {link} leads nowhere", file.display());
            if !anchor.is_empty() {
                let anchors = anchors(&std::fs::read_to_string(&target).unwrap());
                assert!(anchors.iter().any(|one| one == anchor), "{}: {link} is none of {anchors:?}", file.display());
            }
        }
    }
}

/// Returns the anchors of a document: its headings as GitHub and the registry spell them, and explicit anchors.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
        kept.collect::<String>().replace(' ', "-")
    });
    let by_hand = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    headings.chain(by_hand.map(|(anchor, _)| anchor.to_owned())).collect()
}

#[test]
fn pages_begin_as_the_registry_wants_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let index = std::fs::read_to_string(root.join("docs/index.md")).unwrap();
    assert!(!front_matter(&index).contains("subcategory:"), "the provider's own page has none");
    for folder in ["docs/guides", "docs/resources", "docs/data-sources", "docs/functions"] {
        for (file, text) in files(folder, "md") {
            for key in ["page_title: \"", "subcategory: \"", "description: |-\n  "] {
                assert!(front_matter(&text).contains(key), "{} has no {key}", file.display());
            }
            assert!(text.contains("\n---\n\n# "), "{} has no title after the front matter", file.display());
        }
    }
}

/// Returns the front matter of a page.
fn front_matter(text: &str) -> &str {
    text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).unwrap().0
}
