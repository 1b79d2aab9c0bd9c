//! The public registry's rules for `docs/`, as HashiCorp's `tfplugindocs validate` checks them.
//!
//! That tool is a Go program that contributors would have to build; these rules run in `cargo test`. Comments mark rules
//! that are stricter. Sources: hashicorp/terraform-plugin-docs, README, "Validate subcommand", and the folder
//! `internal/check`; HashiCorp, "Provider documentation", section on format.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use yaml_rust2::{Yaml, YamlLoader};

use crate::{TaskError, docs};

/// Exclusive limit of the number of pages. Source: `internal/check/file_number.go` and "Provider documentation".
const PAGE_LIMIT: usize = 2_000;

/// Exclusive limit of a page's size in bytes; the registry truncates longer pages. Source: `internal/check/file.go`.
const SIZE_LIMIT: u64 = 500_000;

/// Folders of pages. The registry ignores other folders in `docs/`. Source: `internal/provider/validate.go`.
const FOLDERS: [&str; 7] =
    ["actions", "data-sources", "ephemeral-resources", "functions", "guides", "list-resources", "resources"];

/// Folders of pages with the key of their objects in the output of `terraform providers schema`.
const OBJECTS: [(&str, &str); 6] = [
    ("actions", "action_schemas"),
    ("data-sources", "data_source_schemas"),
    ("ephemeral-resources", "ephemeral_resource_schemas"),
    ("functions", "functions"),
    ("list-resources", "list_resource_schemas"),
    ("resources", "resource_schemas"),
];

/// A file in `docs/` or `website/`.
pub struct File {
    /// Path from the repository's root, with slashes, such as `docs/resources/app.md`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    pub text: String,
}

/// Names of the provider's pages by folder, such as `resources` and `app`.
pub type Names = BTreeMap<&'static str, BTreeSet<String>>;

/// Checks `docs/` against the rules.
///
/// # Errors
/// If the registry would reject a page, with a line per problem.
pub fn check(shown: &Value, root: &Path) -> Result<(), TaskError> {
    let problems = problems(&files(root)?, &names(shown, docs::PROVIDER)?);
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// Returns the names of required pages, from the output of `terraform providers schema -json`.
///
/// # Errors
/// If the output contains no provider.
pub fn names(shown: &Value, provider: &str) -> Result<Names, TaskError> {
    let schemas = shown["provider_schemas"].as_object().and_then(|all| all.values().next());
    let schemas = schemas.ok_or("the output of terraform providers schema contains no provider")?;
    let prefix = format!("{provider}_");
    let names = OBJECTS.map(|(folder, key)| {
        let all = schemas[key].as_object().into_iter().flat_map(|all| all.keys());
        // Names of functions have no prefix.
        (folder, all.map(|name| name.strip_prefix(&prefix).unwrap_or(name).to_owned()).collect())
    });
    Ok(names.into())
}

/// Returns all files in `docs/` and `website/docs/`, sorted by path.
///
/// # Errors
/// If a file cannot be read.
pub fn files(root: &Path) -> Result<Vec<File>, TaskError> {
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
                // A binary file is rejected because of its name, so its content is irrelevant.
                let text = String::from_utf8_lossy(&std::fs::read(entry.path())?).replace("\r\n", "\n");
                files.push(File { path, size, text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// Returns the reasons why the registry would reject pages, a line per problem.
pub fn problems(files: &[File], names: &Names) -> Vec<String> {
    let mut problems = Vec::new();
    // Source: `internal/check/directory.go`, MixedDirectoriesCheck. Stricter: rejects the legacy layout alone too.
    if files.iter().any(|file| file.path.starts_with("website/")) {
        problems.push("website/docs: this is the legacy layout; move the pages to docs/".to_owned());
    }
    let pages: Vec<(Place<'_>, &File)> = files.iter().filter_map(|file| Some((Place::of(&file.path)?, file))).collect();
    if pages.len() >= PAGE_LIMIT {
        problems.push(format!("docs: {} pages; the registry accepts fewer than {PAGE_LIMIT}", pages.len()));
    }
    if !pages.iter().any(|(place, _)| matches!(place, Place::Index)) {
        // Stricter: without it the registry shows no page for the provider itself.
        problems.push("docs/index.md is missing".to_owned());
    }
    for (place, file) in &pages {
        problems.extend(page(place, file).into_iter().map(|problem| format!("{}: {problem}", file.path)));
    }
    problems.extend(mismatches(&pages, names));
    problems
}

/// Location of a page.
enum Place<'p> {
    Index,
    /// A folder of pages, and the rest of the path.
    In(&'p str, &'p str),
}

impl<'p> Place<'p> {
    /// Returns None for files that the registry ignores.
    fn of(path: &'p str) -> Option<Self> {
        let path = path.strip_prefix("docs/")?;
        match path.split_once('/') {
            None => path.starts_with("index.").then_some(Self::Index),
            Some((folder, rest)) => FOLDERS.contains(&folder).then_some(Self::In(folder, rest)),
        }
    }
}

/// Returns the problems of one page.
fn page(place: &Place<'_>, file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    // Source: `internal/check/directory.go`, InvalidDirectoriesCheck.
    if let Place::In(folder, rest) = place
        && rest.contains('/')
    {
        problems.push(format!("docs/{folder} must contain pages only, no folders"));
    }
    // Source: `internal/check/file_extension.go`; a path such as app.html.md is of the legacy layout.
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if name.split_once('.').is_none_or(|(_, extension)| extension != "md") {
        problems.push("the name of a page must end in .md and contain no other dot".to_owned());
    }
    // Source: `internal/check/file.go`, FileSizeCheck.
    if file.size >= SIZE_LIMIT {
        problems.push(format!("{} bytes; the registry accepts fewer than {SIZE_LIMIT}", file.size));
    }
    match front_matter(&file.text) {
        Ok(keys) => problems.extend(front_matter_problems(place, &keys)),
        Err(problem) => problems.push(problem),
    }
    problems
}

/// Source: `internal/check/frontmatter.go`, and its options by kind of page in `internal/provider/validate.go`.
fn front_matter_problems(place: &Place<'_>, keys: &Yaml) -> Vec<String> {
    let mut problems = Vec::new();
    let has = |key: &str| !keys[key].is_badvalue();
    for key in ["layout", "sidebar_current"] {
        if has(key) {
            problems.push(format!("the front matter contains {key}, which belongs to the legacy layout"));
        }
    }
    if matches!(place, Place::Index) && has("subcategory") {
        problems
            .push("the front matter contains a subcategory, which the provider's own page must not have".to_owned());
    }
    // Required for guides; stricter: everywhere, because the registry's own guess is the file's name.
    for key in ["page_title", "description"] {
        if keys[key].as_str().is_none_or(|text| text.trim().is_empty()) {
            problems.push(format!("the front matter has no {key}"));
        }
    }
    if has("subcategory") && keys["subcategory"].as_str().is_none() {
        problems.push("the subcategory in the front matter is not a string".to_owned());
    }
    problems
}

/// Parses the YAML mapping between two lines of dashes at the beginning.
fn front_matter(text: &str) -> Result<Yaml, String> {
    let inner = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    let (inner, _) = inner.ok_or("the page does not start with front matter between two lines of dashes")?;
    let documents =
        YamlLoader::load_from_str(inner).map_err(|error| format!("the front matter is not valid YAML: {error}"))?;
    match <[Yaml; 1]>::try_from(documents) {
        Ok([keys]) if keys.as_hash().is_some() => Ok(keys),
        _ => Err("the front matter is not a mapping".to_owned()),
    }
}

/// Returns pages without an object, and objects without a page. Source: `internal/check/file_mismatch.go`.
fn mismatches(pages: &[(Place<'_>, &File)], names: &Names) -> Vec<String> {
    let mut problems = Vec::new();
    for (folder, names) in names {
        let found: BTreeMap<&str, &str> = pages
            .iter()
            .filter_map(|(place, file)| match place {
                Place::In(of, rest) if of == folder => Some((rest.split('.').next()?, file.path.as_str())),
                _ => None,
            })
            .collect();
        for name in names.iter().filter(|name| !found.contains_key(name.as_str())) {
            problems.push(format!("docs/{folder}/{name}.md is missing"));
        }
        for (_, path) in found.iter().filter(|(name, _)| !names.contains(**name)) {
            problems.push(format!("{path}: the provider has no object with this name"));
        }
    }
    problems
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

    /// Returns the problems of these files, together with valid pages of one resource and one function.
    fn problems_with(files: Vec<File>) -> Vec<String> {
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
        problems(&all, &names)
    }

    #[test]
    fn valid_pages_pass_and_other_files_are_ignored() {
        let more = [
            file("docs/guides/start.md", GOOD),
            file("docs/adr/0001.md", "no front matter"),
            file("docs/adr/figure.png", ""),
            file("docs/reliability.md", "no front matter"),
        ];
        assert_eq!(problems_with(more.into()), [""; 0]);
    }

    #[test]
    fn rejected_pages_are_reported_with_their_path() {
        let with = |line: &str| format!("---\npage_title: \"T\"\ndescription: \"D\"\n{line}\n---\n\n# T\n");
        for (path, text, problem) in [
            (
                "website/docs/index.html.markdown",
                GOOD,
                "website/docs: this is the legacy layout; move the pages to docs/",
            ),
            (
                "docs/resources/deep/er.md",
                GOOD,
                "docs/resources/deep/er.md: docs/resources must contain pages only, no folders",
            ),
            (
                "docs/guides/a.txt",
                GOOD,
                "docs/guides/a.txt: the name of a page must end in .md and contain no other dot",
            ),
            (
                "docs/guides/a.html.md",
                GOOD,
                "docs/guides/a.html.md: the name of a page must end in .md and contain no other dot",
            ),
            ("docs/guides/a", GOOD, "docs/guides/a: the name of a page must end in .md and contain no other dot"),
            (
                "docs/guides/a.md",
                "# T\n",
                "docs/guides/a.md: the page does not start with front matter between two lines of dashes",
            ),
            ("docs/guides/a.md", "---\n- a\n---\n", "docs/guides/a.md: the front matter is not a mapping"),
            (
                "docs/guides/a.md",
                &with("layout: \"p\""),
                "docs/guides/a.md: the front matter contains layout, which belongs to the legacy layout",
            ),
            (
                "docs/resources/app.md",
                &with("sidebar_current: \"p\""),
                "docs/resources/app.md: the front matter contains sidebar_current, which belongs to the legacy layout",
            ),
            (
                "docs/index.md",
                GOOD,
                "docs/index.md: the front matter contains a subcategory, which the provider's own page must not have",
            ),
            (
                "docs/guides/a.md",
                "---\nsubcategory: \"\"\ndescription: \"D\"\n---\n",
                "docs/guides/a.md: the front matter has no page_title",
            ),
            (
                "docs/guides/a.md",
                "---\npage_title: \" \"\ndescription: \"D\"\n---\n",
                "docs/guides/a.md: the front matter has no page_title",
            ),
            (
                "docs/resources/app.md",
                "---\npage_title: \"T\"\n---\n",
                "docs/resources/app.md: the front matter has no description",
            ),
            (
                "docs/resources/app.md",
                &with("subcategory: [a]"),
                "docs/resources/app.md: the subcategory in the front matter is not a string",
            ),
            ("docs/resources/gone.md", GOOD, "docs/resources/gone.md: the provider has no object with this name"),
            ("docs/data-sources/app.md", GOOD, "docs/data-sources/app.md: the provider has no object with this name"),
        ] {
            let found = problems_with(vec![file(path, text)]);
            assert!(found.iter().any(|line| line == problem), "{path}: {found:?}");
        }
    }

    #[test]
    fn invalid_yaml_is_reported_with_its_location() {
        for text in ["---\npage_title: \"T\n---\n", "---\na: b: c\n---\n", "---\na: 1\na: 2\n---\n"] {
            let found = problems_with(vec![file("docs/guides/a.md", text)]);
            let [problem] = found.as_slice() else { panic!("{text}: {found:?}") };
            assert!(problem.starts_with("docs/guides/a.md: the front matter is not valid YAML: "), "{problem}");
        }
    }

    #[test]
    fn missing_pages_are_reported() {
        let shown = json!({ "provider_schemas": { "p": { "data_source_schemas": { "p_app": {} } } } });
        assert_eq!(
            problems(&[], &names(&shown, "p").unwrap()),
            ["docs/index.md is missing", "docs/data-sources/app.md is missing"]
        );
    }

    #[test]
    fn size_and_number_of_pages_are_limited() {
        let large = |size| File { size, ..file("docs/guides/a.md", GOOD) };
        assert_eq!(problems_with(vec![large(499_999)]), [""; 0]);
        assert_eq!(
            problems_with(vec![large(500_000)]),
            ["docs/guides/a.md: 500000 bytes; the registry accepts fewer than 500000"]
        );
        let many = |count| (0..count).map(|number| file(&format!("docs/guides/{number}.md"), GOOD)).collect();
        assert_eq!(problems_with(many(1_996)), [""; 0]);
        assert_eq!(problems_with(many(1_997)), ["docs: 2000 pages; the registry accepts fewer than 2000"]);
    }
}
