//! What the public registry refuses in docs/: the rules of HashiCorp's `tfplugindocs validate`, written once more.
//!
//! That tool is a Go program that a contributor would have to build; these rules run in `cargo test`. Where ours are
//! stricter, the rule says so. Sources: hashicorp/terraform-plugin-docs, README, "Validate subcommand", and the folder
//! `internal/check`; HashiCorp, "Provider documentation", section on format.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::{Failed, docs};

/// The registry takes fewer pages than this. Source: `internal/check/file_number.go` and "Provider documentation".
const MOST_PAGES: usize = 2_000;

/// A page is shorter than this, in bytes; the registry cuts off what is longer. Source: `internal/check/file.go`.
const LARGEST_PAGE: u64 = 500_000;

/// Folders of pages. Others in docs/ are not the registry's and not looked at. Source: `internal/provider/validate.go`.
const FOLDERS: [&str; 7] =
    ["actions", "data-sources", "ephemeral-resources", "functions", "guides", "list-resources", "resources"];

/// Where the schema that Terraform shows has what the pages of a folder are about.
const DESCRIBED: [(&str, &str); 6] = [
    ("actions", "action_schemas"),
    ("data-sources", "data_source_schemas"),
    ("ephemeral-resources", "ephemeral_resource_schemas"),
    ("functions", "functions"),
    ("list-resources", "list_resource_schemas"),
    ("resources", "resource_schemas"),
];

/// A file in docs/ or website/.
pub struct File {
    /// From the repository's root, with slashes, such as `docs/resources/app.md`.
    pub path: String,
    /// In bytes.
    pub size: u64,
    /// What is in it.
    pub text: String,
}

/// What a provider has, as page names by folder: `resources` to `app`.
pub type Names = BTreeMap<&'static str, BTreeSet<String>>;

/// Holds docs/ to the rules.
///
/// # Errors
/// When the registry would refuse something, with a line for each.
pub fn check(shown: &Value, root: &Path) -> Result<(), Failed> {
    let complaints = complaints(&files(root)?, &names(shown, docs::PROVIDER)?);
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

/// The names that pages have to have, from what `terraform providers schema -json` prints.
///
/// # Errors
/// When it shows no provider.
pub fn names(shown: &Value, provider: &str) -> Result<Names, Failed> {
    let schemas = shown["provider_schemas"].as_object().and_then(|all| all.values().next());
    let schemas = schemas.ok_or("Terraform showed no provider")?;
    let prefix = format!("{provider}_");
    let names = DESCRIBED.map(|(folder, key)| {
        let all = schemas[key].as_object().into_iter().flat_map(|all| all.keys());
        // Functions have names without the provider's.
        (folder, all.map(|name| name.strip_prefix(&prefix).unwrap_or(name).to_owned()).collect())
    });
    Ok(names.into())
}

/// All files under docs/ and website/docs/, by path.
///
/// # Errors
/// When one cannot be read.
pub fn files(root: &Path) -> Result<Vec<File>, Failed> {
    let mut files = Vec::new();
    let mut folders = vec!["docs".to_owned(), "website/docs".to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(root.join(&folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(format!("{folder}: {error}").into()),
        };
        for entry in entries {
            let entry = entry?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                let size = entry.metadata()?.len();
                // A file that is no text is refused for its name, so its bytes do not matter.
                let text = String::from_utf8_lossy(&std::fs::read(entry.path())?).replace("\r\n", "\n");
                files.push(File { path, size, text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// What the registry would refuse, a line each; none where it takes everything.
pub fn complaints(files: &[File], names: &Names) -> Vec<String> {
    let mut complaints = Vec::new();
    // Source: `internal/check/directory.go`, MixedDirectoriesCheck. A legacy layout alone is refused here as well.
    if files.iter().any(|file| file.path.starts_with("website/")) {
        complaints.push("website/docs: the legacy layout; pages belong into docs/".to_owned());
    }
    let pages: Vec<(Place<'_>, &File)> = files.iter().filter_map(|file| Some((Place::of(&file.path)?, file))).collect();
    if pages.len() >= MOST_PAGES {
        complaints.push(format!("docs: {} pages, and fewer than {MOST_PAGES} are taken", pages.len()));
    }
    if !pages.iter().any(|(place, _)| matches!(place, Place::Index)) {
        // Stricter: without it the registry shows no page for the provider itself.
        complaints.push("docs/index.md is missing".to_owned());
    }
    for (place, file) in &pages {
        complaints.extend(page(place, file).into_iter().map(|complaint| format!("{}: {complaint}", file.path)));
    }
    complaints.extend(mismatches(&pages, names));
    complaints
}

/// Where a page is.
enum Place<'p> {
    Index,
    /// In a folder of pages, with the rest of the path.
    In(&'p str, &'p str),
}

impl<'p> Place<'p> {
    /// Nothing for files that the registry does not look at.
    fn of(path: &'p str) -> Option<Self> {
        let path = path.strip_prefix("docs/")?;
        match path.split_once('/') {
            None => path.starts_with("index.").then_some(Self::Index),
            Some((folder, rest)) => FOLDERS.contains(&folder).then_some(Self::In(folder, rest)),
        }
    }
}

/// What is wrong with one page.
fn page(place: &Place<'_>, file: &File) -> Vec<String> {
    let mut complaints = Vec::new();
    // Source: `internal/check/directory.go`, InvalidDirectoriesCheck.
    if let Place::In(folder, rest) = place
        && rest.contains('/')
    {
        complaints.push(format!("a folder inside docs/{folder}, which holds pages only"));
    }
    // Source: `internal/check/file_extension.go`; a path such as app.html.md is of the legacy layout.
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if name.split_once('.').is_none_or(|(_, extension)| extension != "md") {
        complaints.push("a page's name ends in .md, and has no other dot".to_owned());
    }
    // Source: `internal/check/file.go`, FileSizeCheck.
    if file.size >= LARGEST_PAGE {
        complaints.push(format!("{} bytes, and fewer than {LARGEST_PAGE} are taken", file.size));
    }
    match front_matter(&file.text) {
        Ok(keys) => complaints.extend(front_matter_complaints(place, &keys)),
        Err(complaint) => complaints.push(complaint),
    }
    complaints
}

/// Source: `internal/check/frontmatter.go`, and its options by kind of page in `internal/provider/validate.go`.
fn front_matter_complaints(place: &Place<'_>, keys: &Yaml) -> Vec<String> {
    let mut complaints = Vec::new();
    let has = |key: &str| !keys[key].is_badvalue();
    for key in ["layout", "sidebar_current"] {
        if has(key) {
            complaints.push(format!("front matter has {key}, which is of the legacy layout"));
        }
    }
    if matches!(place, Place::Index) && has("subcategory") {
        complaints.push("front matter has a subcategory, and the provider's own page is in none".to_owned());
    }
    // Required for guides; stricter: everywhere, because the registry's own guess is the file's name.
    for key in ["page_title", "description"] {
        if keys[key].as_str().is_none_or(|text| text.trim().is_empty()) {
            complaints.push(format!("front matter has no {key}"));
        }
    }
    if has("subcategory") && keys["subcategory"].as_str().is_none() {
        complaints.push("the subcategory in the front matter is no text".to_owned());
    }
    complaints
}

/// What stands between two lines of dashes at the beginning, which has to be one mapping of YAML.
fn front_matter(text: &str) -> Result<Yaml, String> {
    let inner = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    let (inner, _) = inner.ok_or("no front matter between two lines of dashes at the beginning")?;
    let documents =
        YamlLoader::load_from_str(inner).map_err(|error| format!("front matter is not valid YAML: {error}"))?;
    match <[Yaml; 1]>::try_from(documents) {
        Ok([keys]) if keys.as_hash().is_some() => Ok(keys),
        _ => Err("front matter is no list of keys with values".to_owned()),
    }
}

/// Pages of nothing, and what has no page. Source: `internal/check/file_mismatch.go`.
fn mismatches(pages: &[(Place<'_>, &File)], names: &Names) -> Vec<String> {
    let mut complaints = Vec::new();
    for (folder, names) in names {
        let found: BTreeMap<&str, &str> = pages
            .iter()
            .filter_map(|(place, file)| match place {
                Place::In(of, rest) if of == folder => Some((rest.split('.').next()?, file.path.as_str())),
                _ => None,
            })
            .collect();
        for name in names.iter().filter(|name| !found.contains_key(name.as_str())) {
            complaints.push(format!("docs/{folder}/{name}.md is missing"));
        }
        for (_, path) in found.iter().filter(|(name, _)| !names.contains(**name)) {
            complaints.push(format!("{path}: the provider has nothing of this name"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const GOOD: &str = "---\npage_title: \"T\"\nsubcategory: \"\"\ndescription: |-\n  D\n---\n\n# T\n";
    const INDEX: &str = "---\npage_title: \"T\"\ndescription: |-\n  D\n---\n\n# T\n";

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), size: text.len() as u64, text: text.to_owned() }
    }

    /// What is said of a provider with one resource and one function, whose pages are in order, and of these files.
    fn said_of(files: Vec<File>) -> Vec<String> {
        let shown = json!({ "provider_schemas": { "somewhere/p": {
            "resource_schemas": { "p_app": {} }, "functions": { "host": {} },
        } } });
        let names = names(&shown, "p").unwrap();
        let mut all = vec![
            file("docs/index.md", INDEX),
            file("docs/resources/app.md", GOOD),
            file("docs/functions/host.md", GOOD),
        ];
        for file in files {
            all.retain(|other| other.path != file.path);
            all.push(file);
        }
        complaints(&all, &names)
    }

    #[test]
    fn pages_in_order_are_taken_and_what_is_not_the_registrys_is_left_alone() {
        let more = [
            file("docs/guides/start.md", GOOD),
            file("docs/adr/0001.md", "no front matter"),
            file("docs/adr/figure.png", ""),
            file("docs/reliability.md", "none here either"),
        ];
        assert_eq!(said_of(more.into()), [""; 0]);
    }

    #[test]
    fn what_the_registry_refuses_is_told_with_its_path() {
        let with = |line: &str| format!("---\npage_title: \"T\"\ndescription: \"D\"\n{line}\n---\n\n# T\n");
        for (path, text, complaint) in [
            ("website/docs/index.html.markdown", GOOD, "website/docs: the legacy layout; pages belong into docs/"),
            (
                "docs/resources/deep/er.md",
                GOOD,
                "docs/resources/deep/er.md: a folder inside docs/resources, which holds pages only",
            ),
            ("docs/guides/a.txt", GOOD, "docs/guides/a.txt: a page's name ends in .md, and has no other dot"),
            ("docs/guides/a.html.md", GOOD, "docs/guides/a.html.md: a page's name ends in .md, and has no other dot"),
            ("docs/guides/a", GOOD, "docs/guides/a: a page's name ends in .md, and has no other dot"),
            (
                "docs/guides/a.md",
                "# T\n",
                "docs/guides/a.md: no front matter between two lines of dashes at the beginning",
            ),
            ("docs/guides/a.md", "---\n- a\n---\n", "docs/guides/a.md: front matter is no list of keys with values"),
            (
                "docs/guides/a.md",
                &with("layout: \"p\""),
                "docs/guides/a.md: front matter has layout, which is of the legacy layout",
            ),
            (
                "docs/resources/app.md",
                &with("sidebar_current: \"p\""),
                "docs/resources/app.md: front matter has sidebar_current, which is of the legacy layout",
            ),
            (
                "docs/index.md",
                GOOD,
                "docs/index.md: front matter has a subcategory, and the provider's own page is in none",
            ),
            (
                "docs/guides/a.md",
                "---\nsubcategory: \"\"\ndescription: \"D\"\n---\n",
                "docs/guides/a.md: front matter has no page_title",
            ),
            (
                "docs/guides/a.md",
                "---\npage_title: \" \"\ndescription: \"D\"\n---\n",
                "docs/guides/a.md: front matter has no page_title",
            ),
            (
                "docs/resources/app.md",
                "---\npage_title: \"T\"\n---\n",
                "docs/resources/app.md: front matter has no description",
            ),
            (
                "docs/resources/app.md",
                &with("subcategory: [a]"),
                "docs/resources/app.md: the subcategory in the front matter is no text",
            ),
            ("docs/resources/gone.md", GOOD, "docs/resources/gone.md: the provider has nothing of this name"),
            ("docs/data-sources/app.md", GOOD, "docs/data-sources/app.md: the provider has nothing of this name"),
        ] {
            let said = said_of(vec![file(path, text)]);
            assert!(said.iter().any(|line| line == complaint), "{path}: {said:?}");
        }
    }

    #[test]
    fn front_matter_that_is_no_yaml_is_told_with_the_place() {
        for text in ["---\npage_title: \"T\n---\n", "---\na: b: c\n---\n", "---\na: 1\na: 2\n---\n"] {
            let said = said_of(vec![file("docs/guides/a.md", text)]);
            let [complaint] = said.as_slice() else { panic!("{text}: {said:?}") };
            assert!(complaint.starts_with("docs/guides/a.md: front matter is not valid YAML: "), "{complaint}");
        }
    }

    #[test]
    fn what_has_no_page_is_told() {
        let shown = json!({ "provider_schemas": { "p": { "data_source_schemas": { "p_app": {} } } } });
        assert_eq!(
            complaints(&[], &names(&shown, "p").unwrap()),
            ["docs/index.md is missing", "docs/data-sources/app.md is missing"]
        );
    }

    #[test]
    fn pages_have_a_largest_size_and_number() {
        let large = |size| File { size, ..file("docs/guides/a.md", GOOD) };
        assert_eq!(said_of(vec![large(499_999)]), [""; 0]);
        assert_eq!(said_of(vec![large(500_000)]), ["docs/guides/a.md: 500000 bytes, and fewer than 500000 are taken"]);
        let many = |count| (0..count).map(|number| file(&format!("docs/guides/{number}.md"), GOOD)).collect();
        assert_eq!(said_of(many(1_996)), [""; 0]);
        assert_eq!(said_of(many(1_997)), ["docs: 2000 pages, and fewer than 2000 are taken"]);
    }
}
