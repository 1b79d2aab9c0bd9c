//! The registry's pages: one per resource, data source and function, and the provider's own.
//!
//! Layout, front matter and the order of sections are those of HashiCorp's terraform-plugin-docs, which the public
//! registry reads. A page is generated from the schema that Terraform prints, from `examples/`, and from the text in
//! `templates/`, if there is one. Guides are written manually and not changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::TaskError;

/// The provider's name in the registry and in configurations.
pub const PROVIDER: &str = "conductorone";

/// The repository's name, which titles of pages contain.
const REPOSITORY: &str = "terraform-provider-conductorone";

/// The provider's source address in the examples.
pub const SOURCE: &str = "terraform.local/conductorone-okta/conductorone";

/// Folders in `docs/` that contain only generated pages.
const GENERATED: [&str; 3] = ["resources", "data-sources", "functions"];

/// Texts of pages, by their path from the repository's root.
pub type Pages = BTreeMap<PathBuf, String>;

/// Returns the output of `terraform providers schema -json` for the provider in the folder `binaries`.
///
/// # Errors
/// If Terraform does not exist or rejects the provider.
pub fn schema(binaries: &Path) -> Result<Value, TaskError> {
    let folder = binaries.join("xtask-docs");
    std::fs::create_dir_all(&folder)?;
    let config = folder.join("terraform.rc");
    let binaries = binaries.display().to_string().replace('\\', "/");
    std::fs::write(
        &config,
        format!("provider_installation {{\n  dev_overrides {{\n    {SOURCE:?} = {binaries:?}\n  }}\n}}\n"),
    )?;
    let required =
        format!("terraform {{\n  required_providers {{\n    {PROVIDER} = {{ source = {SOURCE:?} }}\n  }}\n}}\n");
    std::fs::write(folder.join("main.tf"), required)?;
    let terraform = std::env::var_os("TF_BINARY").unwrap_or_else(|| "terraform".into());
    let output = Command::new(&terraform)
        .args(["providers", "schema", "-json"])
        .current_dir(&folder)
        .env("TF_CLI_CONFIG_FILE", &config)
        .output()
        .map_err(|error| format!("{} could not be started: {error}", terraform.display()))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Generates all pages.
///
/// # Errors
/// If the schema contains no provider, or a file cannot be read.
pub fn pages(shown: &Value, root: &Path) -> Result<Pages, TaskError> {
    let schemas = shown["provider_schemas"].as_object().and_then(|all| all.values().next());
    let schemas = schemas.ok_or("the output of terraform providers schema contains no provider")?;
    let mut pages = Pages::new();
    pages.insert(PathBuf::from("docs/index.md"), index(&schemas["provider"]["block"], root)?);
    for kind in [Kind::Resource, Kind::DataSource] {
        for (name, schema) in members(&schemas[kind.key()]) {
            let page = Path::new("docs").join(kind.folder()).join(short(name)).with_extension("md");
            pages.insert(page, object(kind, name, &schema["block"], root)?);
        }
    }
    for (name, signature) in members(&schemas["functions"]) {
        pages.insert(Path::new("docs/functions").join(name).with_extension("md"), function(name, signature, root)?);
    }
    Ok(pages)
}

/// Returns the paths of pages that are missing, out of date, or have no object any more.
///
/// # Errors
/// If a page cannot be read.
pub fn stale(pages: &Pages, root: &Path) -> Result<Vec<PathBuf>, TaskError> {
    let mut stale: Vec<PathBuf> = Vec::new();
    for (path, text) in pages {
        if read(&root.join(path))?.as_ref() != Some(text) {
            stale.push(path.clone());
        }
    }
    for folder in GENERATED {
        let folder = Path::new("docs").join(folder);
        for entry in std::fs::read_dir(root.join(&folder)).into_iter().flatten() {
            let path = folder.join(entry?.file_name());
            if !pages.contains_key(&path) {
                stale.push(path);
            }
        }
    }
    Ok(stale)
}

/// Returns an error message for stale pages.
pub fn stale_message(stale: &[PathBuf]) -> String {
    let names: Vec<String> = stale.iter().map(|path| path.display().to_string()).collect();
    format!("pages are out of date: {}; run `cargo xtask docs`", names.join(", "))
}

/// Writes stale pages, and removes pages without an object.
///
/// # Errors
/// If a file cannot be written.
pub fn write(pages: &Pages, stale: &[PathBuf], root: &Path) -> Result<(), TaskError> {
    for path in stale {
        let file = root.join(path);
        match pages.get(path) {
            Some(text) => {
                std::fs::create_dir_all(file.parent().unwrap_or(root))?;
                std::fs::write(file, text)?;
            }
            None => std::fs::remove_file(file)?,
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Kind {
    Resource,
    DataSource,
}

impl Kind {
    /// Returns the key in the output of `terraform providers schema`.
    fn key(self) -> &'static str {
        match self {
            Self::Resource => "resource_schemas",
            Self::DataSource => "data_source_schemas",
        }
    }

    /// Returns the folder in `docs/`, `examples/` and `templates/`.
    fn folder(self) -> &'static str {
        match self {
            Self::Resource => "resources",
            Self::DataSource => "data-sources",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Resource => "Resource",
            Self::DataSource => "Data Source",
        }
    }

    fn example(self) -> &'static str {
        match self {
            Self::Resource => "resource.tf",
            Self::DataSource => "data-source.tf",
        }
    }
}

fn index(block: &Value, root: &Path) -> Result<String, TaskError> {
    let description = text(block, "description");
    let mut page = front_matter(&format!("{PROVIDER} Provider"), None, description);
    page.push_str(&format!("# {PROVIDER} Provider\n\n{description}\n"));
    example(&mut page, &root.join("examples/provider/provider.tf"))?;
    template(&mut page, &root.join("templates/index.md"))?;
    schema_section(&mut page, block);
    Ok(page)
}

fn object(kind: Kind, name: &str, block: &Value, root: &Path) -> Result<String, TaskError> {
    let description = text(block, "description");
    let title = kind.title();
    let mut page = front_matter(&format!("{name} {title} - {REPOSITORY}"), Some(""), description);
    page.push_str(&format!("# {name} ({title})\n\n{description}\n"));
    let examples = root.join("examples").join(kind.folder()).join(name);
    example(&mut page, &examples.join(kind.example()))?;
    template(&mut page, &root.join("templates").join(kind.folder()).join(short(name)).with_extension("md"))?;
    schema_section(&mut page, block);
    import(&mut page, &examples)?;
    Ok(page)
}

fn function(name: &str, signature: &Value, root: &Path) -> Result<String, TaskError> {
    let mut page = front_matter(&format!("{name} function - {REPOSITORY}"), Some(""), text(signature, "summary"));
    page.push_str(&format!("# function: {name}\n\n{}\n", text(signature, "description")));
    example(&mut page, &root.join("examples/functions").join(name).join("function.tf"))?;
    template(&mut page, &root.join("templates/functions").join(name).with_extension("md"))?;
    let none = Vec::new();
    let parameters = signature["parameters"].as_array().unwrap_or(&none);
    let taken = parameters
        .iter()
        .map(|parameter| format!("{} {}", text(parameter, "name"), type_name(&parameter["type"]).to_lowercase()));
    let taken = taken.collect::<Vec<_>>().join(", ");
    let returned = type_name(&signature["return_type"]).to_lowercase();
    page.push_str(&format!(
        "\n## Signature\n\n<!-- signature generated by cargo xtask docs -->\n```text\n{name}({taken}) {returned}\n```\n\n\
         ## Arguments\n\n<!-- arguments generated by cargo xtask docs -->\n"
    ));
    for (position, parameter) in parameters.iter().enumerate() {
        let (name, ty) = (text(parameter, "name"), type_name(&parameter["type"]));
        page.push_str(&format!("{}. `{name}` ({ty}) {}\n", position + 1, text(parameter, "description")));
    }
    Ok(page)
}

/// Returns the front matter of a page. The provider's own page must have no subcategory.
fn front_matter(title: &str, subcategory: Option<&str>, description: &str) -> String {
    let subcategory = subcategory.map(|name| format!("subcategory: {name:?}\n")).unwrap_or_default();
    let plain = description.replace(['`', '*'], "");
    let indented: Vec<String> =
        plain.lines().map(|line| if line.is_empty() { String::new() } else { format!("  {line}") }).collect();
    format!("---\npage_title: {title:?}\n{subcategory}description: |-\n{}\n---\n\n", indented.join("\n"))
}

fn example(page: &mut String, file: &Path) -> Result<(), TaskError> {
    if let Some(text) = read(file)? {
        page.push_str(&format!("\n## Example Usage\n\n```terraform\n{}\n```\n", text.trim_end()));
    }
    Ok(())
}

/// Adds the page's text from `templates/`.
fn template(page: &mut String, file: &Path) -> Result<(), TaskError> {
    if let Some(text) = read(file)? {
        page.push_str(&format!("\n{}\n", text.trim()));
    }
    Ok(())
}

fn import(page: &mut String, examples: &Path) -> Result<(), TaskError> {
    let link = "[`import` block](https://developer.hashicorp.com/terraform/language/import)";
    let methods = [
        (
            "import-by-identity.tf",
            format!(
                "In Terraform v1.12.0 and later, the {link} can be used with the `identity` attribute, for example:"
            ),
            "terraform",
        ),
        (
            "import-by-string-id.tf",
            format!("In Terraform v1.5.0 and later, the {link} can be used with the `id` attribute, for example:"),
            "terraform",
        ),
        (
            "import.sh",
            "The [`terraform import` command](https://developer.hashicorp.com/terraform/cli/commands/import) can be \
             used, for example:"
                .to_owned(),
            "shell",
        ),
    ];
    let mut section = String::new();
    for (file, introduction, language) in methods {
        if let Some(text) = read(&examples.join(file))? {
            section.push_str(&format!("\n{introduction}\n\n```{language}\n{}\n```\n", text.trim_end()));
        }
    }
    if !section.is_empty() {
        page.push_str(&format!("\n## Import\n\nImport is supported using the following syntax:\n{section}"));
    }
    Ok(())
}

fn schema_section(page: &mut String, block: &Value) {
    page.push_str("\n<!-- schema generated by cargo xtask docs -->\n## Schema\n");
    groups(page, block, "### ", "");
    nested(page, block, &[]);
}

/// Adds the attributes and blocks of a block, grouped by required, optional and read-only.
fn groups(page: &mut String, block: &Value, heading: &str, colon: &str) {
    for group in [Group::Required, Group::Optional, Group::ReadOnly] {
        let attributes = members(&block["attributes"]).filter(|(_, attribute)| Group::of(attribute) == group);
        let mut lines: BTreeMap<&str, String> =
            attributes.map(|(name, attribute)| (name, attribute_line(name, attribute))).collect();
        if group == Group::Optional {
            // All blocks of this provider are optional.
            lines.extend(members(&block["block_types"]).map(|(name, inner)| (name, block_line(name, inner))));
        }
        if !lines.is_empty() {
            page.push_str(&format!("\n{heading}{}{colon}\n\n", group.title()));
            lines.into_values().for_each(|line| page.push_str(&line));
        }
    }
}

fn nested(page: &mut String, block: &Value, parents: &[&str]) {
    for (name, inner) in members(&block["block_types"]) {
        let path = [parents, &[name]].concat();
        let (anchor, shown) = (path.join("--"), path.join("."));
        page.push_str(&format!("\n<a id=\"nestedblock--{anchor}\"></a>\n### Nested Schema for `{shown}`\n"));
        groups(page, &inner["block"], "", ":");
        nested(page, &inner["block"], &path);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Required,
    Optional,
    ReadOnly,
}

impl Group {
    fn of(attribute: &Value) -> Self {
        if attribute["required"] == true {
            Self::Required
        } else if attribute["optional"] == true {
            Self::Optional
        } else {
            Self::ReadOnly
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Required => "Required",
            Self::Optional => "Optional",
            Self::ReadOnly => "Read-Only",
        }
    }
}

fn attribute_line(name: &str, attribute: &Value) -> String {
    let mut words = vec![type_name(&attribute["type"])];
    if attribute["sensitive"] == true {
        words.push("Sensitive".to_owned());
    }
    if attribute["deprecated"] == true {
        words.push("Deprecated".to_owned());
    }
    if attribute["write_only"] == true {
        let about = "https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments";
        words.push(format!("[Write-only]({about})"));
    }
    format!("- `{name}` ({}) {}\n", words.join(", "), text(attribute, "description"))
}

fn block_line(name: &str, inner: &Value) -> String {
    let description = text(&inner["block"], "description");
    format!("- `{name}` (Block, Optional) {description} (see [below for nested schema](#nestedblock--{name}))\n")
}

/// Returns the name of a type in the registry's pages, such as `Set of String`.
fn type_name(ty: &Value) -> String {
    match ty {
        Value::String(name) if name == "bool" => "Boolean".to_owned(),
        Value::String(name) if name == "dynamic" => "Dynamic".to_owned(),
        Value::String(name) => capitalized(name),
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(collection), element] if element.is_string() || element.is_array() => {
                format!("{} of {}", capitalized(collection), type_name(element))
            }
            _ => "Object".to_owned(),
        },
        _ => "Dynamic".to_owned(),
    }
}

fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Removes the provider's prefix: the page of `conductorone_app` is `app`.
fn short(name: &str) -> &str {
    name.strip_prefix(PROVIDER).and_then(|rest| rest.strip_prefix('_')).unwrap_or(name)
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, member)| (name.as_str(), member))
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// Returns a file's text, or None if the file does not exist.
fn read(file: &Path) -> Result<Option<String>, TaskError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(Some(text.replace("\r\n", "\n"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", file.display()).into()),
    }
}
