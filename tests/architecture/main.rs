//! Rules of the repository that the compiler cannot enforce.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue must stop with the location")]

mod modules;

use std::path::{Path, PathBuf};

use modules::ImportGraph;

/// Terraform's vocabulary, which the clients of the two services must not use.
const TERRAFORM_WORDS: &[&str] = &["terraform", "diagnostic", "tfplugin", "tfstate", "unknown value"];

/// Names of the product and its services, which the framework and the plugin server must not use.
const PRODUCT_WORDS: &[&str] = &["conductorone", "okta"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    files(folder, "rs")
}

fn files(folder: &str, wanted: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
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

/// Returns the lines of a file that are not comments, in lower case.
fn code(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(str::to_lowercase)
}

#[test]
fn framework_and_plugin_do_not_name_the_product() {
    let mut found = Vec::new();
    for (file, text) in ["src/framework", "src/plugin"].iter().flat_map(|folder| rust_files(folder)) {
        for (number, line) in text.lines().enumerate() {
            // Examples in doc comments import the library by its name.
            let line = line.to_lowercase().replace("terraform_provider_conductorone", "");
            if PRODUCT_WORDS.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn clients_do_not_use_terraform_vocabulary() {
    for folder in [
        "crates/service-http/src",
        "crates/okta-client/src",
        "crates/okta-inventory/src",
        "crates/conductorone-client/src",
    ] {
        for (file, text) in rust_files(folder) {
            // The user agent, an environment variable of HCP Terraform, and names of products.
            let exempt = [
                "terraform-provider",
                "terraform_provider_conductorone",
                "terraform provider",
                "tfc_",
                "hcp terraform",
            ];
            for line in code(&text).filter(|line| !exempt.iter().any(|word| line.contains(word))) {
                assert!(!TERRAFORM_WORDS.iter().any(|word| line.contains(word)), "{}: {line}", file.display());
            }
        }
    }
}

#[test]
fn resources_are_imported_by_the_registration_only() {
    let graph = ImportGraph::of_crate(&root().join("src/lib.rs"));
    let resource = |path: &[String]| match path {
        [provider, resources, name, ..] if provider == "provider" && resources == "resources" => Some(name.clone()),
        _ => None,
    };
    let (mut checked, mut found) = (0, Vec::new());
    for (file, path, imports) in graph.imports() {
        if path.len() < 3 || path[0] != "provider" {
            continue;
        }
        checked += 1;
        let imported =
            imports.iter().filter(|import| resource(import).is_some_and(|name| Some(name) != resource(path)));
        found.extend(imported.map(|import| format!("{} imports from {}", file.display(), import.join("::"))));
    }
    assert!(found.is_empty(), "move what these share to src/provider/support:\n{}", found.join("\n"));
    assert!(checked > 20, "the modules of the provider are read: {checked}");
}

#[test]
fn modules_have_no_import_cycles() {
    let mut roots = vec![root().join("src/lib.rs"), root().join("xtask/src/lib.rs")];
    let crates = std::fs::read_dir(root().join("crates")).unwrap();
    roots.extend(crates.map(|entry| entry.unwrap().path().join("src/lib.rs")));
    assert!(roots.len() > 6, "{roots:?}");
    let cycles: Vec<String> = roots.iter().flat_map(|root| ImportGraph::of_crate(root).cycles()).collect();
    assert!(cycles.is_empty(), "{} import cycles:\n{}", cycles.len(), cycles.join("\n"));
}

#[test]
fn every_file_starts_with_a_module_comment() {
    for folder in ["src", "crates", "tests", "benches", "xtask"] {
        for (file, text) in rust_files(folder) {
            assert!(text.starts_with("//!"), "{} does not start with //!", file.display());
        }
    }
}

#[test]
fn links_between_documents_have_targets() {
    let root = root();
    let mut documents = ["docs", "examples", "templates", ".github"].map(|folder| files(folder, "md")).concat();
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"] {
        documents.push((root.join(name), std::fs::read_to_string(root.join(name)).unwrap()));
    }
    for (file, text) in documents {
        // Files in templates/ become parts of pages in docs/, so their links are relative to docs/.
        let templates = root.join("templates");
        let home = file.strip_prefix(&templates).map(|page| root.join("docs").join(page)).unwrap_or(file.clone());
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { home.clone() } else { home.parent().unwrap().join(path) };
            assert!(target.exists(), "{}: {link} does not exist", file.display());
            if !anchor.is_empty() {
                let anchors = anchors(&std::fs::read_to_string(&target).unwrap());
                assert!(
                    anchors.iter().any(|known| known == anchor),
                    "{}: {link} is not in {anchors:?}",
                    file.display()
                );
            }
        }
    }
}

/// Returns the anchors of a document: its headings as GitHub and the registry convert them, and explicit anchors.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let kept = line.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
        kept.collect::<String>().replace(' ', "-")
    });
    let explicit = text.split("<a id=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    headings.chain(explicit.map(|(anchor, _)| anchor.to_owned())).collect()
}

#[test]
fn pages_have_the_front_matter_that_the_registry_requires() {
    let index = std::fs::read_to_string(root().join("docs/index.md")).unwrap();
    assert!(!front_matter(&index).contains("subcategory:"), "the provider's own page must not have a subcategory");
    for folder in ["docs/guides", "docs/resources", "docs/data-sources", "docs/functions"] {
        for (file, text) in files(folder, "md") {
            for key in ["page_title: \"", "subcategory: \"", "description: |-\n  "] {
                assert!(front_matter(&text).contains(key), "{} has no {key}", file.display());
            }
            assert!(text.contains("\n---\n\n# "), "{} has no title after the front matter", file.display());
        }
    }
}

/// Returns the text between the lines of dashes at the beginning.
fn front_matter(text: &str) -> &str {
    text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).unwrap().0
}
