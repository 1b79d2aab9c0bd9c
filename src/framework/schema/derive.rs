//! Schemas derived from Rust types.
//!
//! schemars provides names, types and doc comments. The extension `x-tf` of each field contains what JSON Schema cannot
//! express:
//!
//! | option | meaning |
//! | --- | --- |
//! | `required`, `optional`, `computed` | the source of the value; `optional` with `computed`: the provider sets it if the configuration does not |
//! | `sensitive` | Terraform hides the value |
//! | `write_only` | the value is in the configuration only |
//! | `default` | the value if the configuration does not set it; implies `computed` |
//! | `requires_replace` | a change requires a new object |
//! | `unknown_when_changed` | the attributes whose change makes this computed attribute unknown |
//! | `deprecated` | the deprecation message |
//! | `block` | the field is a nested block of at most one instance |
//!
//! In a nested block only `required`, `optional`, `sensitive`, `write_only` and `deprecated` exist. An option that the
//! framework does not honor is an error when the schema is built; it is never ignored.
//!
//! # Examples
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use terraform_provider_conductorone::framework::schema::derive;
//! use terraform_provider_conductorone::framework::value::Value;
//!
//! /// A note.
//! #[derive(Clone, Serialize, Deserialize, JsonSchema)]
//! struct Note {
//!     /// Text of the note.
//!     #[schemars(extend("x-tf" = { "required": true }))]
//!     text: Value<String>,
//! }
//!
//! let schema = derive::schema::<Note>(0)?;
//! assert_eq!(schema.block.attributes["text"].description, "Text of the note.");
//! # Ok::<(), derive::InvalidModel>(())
//! ```

use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{Attribute, Block, Configurability, Schema};
use crate::framework::cty::{self, Type};
use crate::framework::model::Model;

/// The options of the extension `x-tf`.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AttributeOptions {
    required: bool,
    optional: bool,
    computed: bool,
    sensitive: bool,
    write_only: bool,
    requires_replace: bool,
    default: Option<Json>,
    unknown_when_changed: Vec<String>,
    deprecated: Option<String>,
    block: bool,
}

/// A Rust type from which no schema can be derived. Always a bug in the provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct InvalidModel {
    /// The field, or the name of the type.
    pub field: String,
    /// The problem and the remedy.
    pub problem: String,
}

/// Returns the schema of a managed resource's model.
///
/// # Errors
/// If Terraform has no type for a field, or the options of a field are missing, contradictory or not honored there.
pub fn schema<M: Model>(version: i64) -> Result<Schema, InvalidModel> {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let json = settings.into_generator().into_root_schema_for::<M>().to_value();
    let block = block("model", &json, Place::Root)?;
    for (name, attribute) in &block.attributes {
        if let Some(missing) =
            attribute.unknown_when_changed.iter().find(|other| !block.attributes.contains_key(*other))
        {
            return Err(invalid(name, format!("unknown_when_changed names {missing}, which does not exist")));
        }
    }
    Ok(Schema { version, block })
}

/// Returns the schema of a model that Terraform neither plans nor stores as a resource: a provider block, a data source
/// or an identity.
///
/// # Errors
/// As [`schema`], and if an attribute has an option that only a plan honors.
pub fn schema_without_plan<M: Model>() -> Result<Schema, InvalidModel> {
    let schema = schema::<M>(0)?;
    reject_plan_options(&schema.block)?;
    Ok(schema)
}

fn reject_plan_options(block: &Block) -> Result<(), InvalidModel> {
    for (name, attribute) in &block.attributes {
        let planned = attribute.write_only
            || attribute.requires_replace
            || attribute.default.is_some()
            || !attribute.unknown_when_changed.is_empty();
        if planned {
            let problem =
                "write_only, requires_replace, default and unknown_when_changed exist for managed resources only";
            return Err(invalid(name, problem));
        }
    }
    block.blocks.values().try_for_each(reject_plan_options)
}

fn invalid(field: &str, problem: impl Into<String>) -> InvalidModel {
    InvalidModel { field: field.to_owned(), problem: problem.into() }
}

/// The position of a block in the schema.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Nested,
}

fn block(name: &str, json: &Json, place: Place) -> Result<Block, InvalidModel> {
    let properties = json.get("properties").and_then(Json::as_object);
    let none = Map::new();
    let mut result = Block { description: description(json), ..Block::default() };
    for (name, field) in properties.unwrap_or(&none) {
        let options = match field.get("x-tf") {
            Some(extension) => {
                AttributeOptions::deserialize(extension).map_err(|error| invalid(name, error.to_string()))?
            }
            None => return Err(invalid(name, "the extension x-tf is missing")),
        };
        if options.block {
            if options != (AttributeOptions { block: true, ..AttributeOptions::default() }) {
                return Err(invalid(name, "a nested block has no options of its own; set them on its attributes"));
            }
            result.blocks.insert(name.clone(), block(name, field, Place::Nested)?);
        } else {
            if place == Place::Nested {
                reject_root_options(name, &options)?;
            }
            result.attributes.insert(name.clone(), attribute(name, field, options)?);
        }
    }
    if json.get("type").and_then(Json::as_str) == Some("object") {
        Ok(result)
    } else {
        Err(invalid(name, "a block must be a struct"))
    }
}

/// Rejects the options that [`plan`](crate::framework::plan) honors at the top level of a resource only.
fn reject_root_options(name: &str, options: &AttributeOptions) -> Result<(), InvalidModel> {
    let rejected = [
        ("default", options.default.is_some()),
        ("computed", options.computed),
        ("requires_replace", options.requires_replace),
        ("unknown_when_changed", !options.unknown_when_changed.is_empty()),
    ];
    match rejected.into_iter().find(|(_, is_set)| *is_set) {
        Some((option, _)) => Err(invalid(
            name,
            format!("{option} is not supported in a nested block; move the attribute to the top level of the resource"),
        )),
        None => Ok(()),
    }
}

fn description(json: &Json) -> String {
    // A doc comment wraps its lines; Markdown and Terraform treat the breaks as spaces.
    let text = json.get("description").and_then(Json::as_str).unwrap_or_default();
    text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect::<Vec<_>>().join("\n\n")
}

fn attribute(name: &str, json: &Json, options: AttributeOptions) -> Result<Attribute, InvalidModel> {
    let configurability = configurability(name, &options)?;
    let description = description(json);
    if description.is_empty() {
        return Err(invalid(name, "the doc comment is missing"));
    }
    let ty = attribute_type(name, json)?;
    let default = options
        .default
        .map(|default| cty::json::decode(default.to_string().as_bytes(), &ty))
        .transpose()
        .map_err(|error| invalid(name, format!("default: {error}")))?;
    Ok(Attribute {
        ty,
        description,
        configurability,
        sensitive: options.sensitive,
        write_only: options.write_only,
        requires_replace: options.requires_replace,
        default,
        unknown_when_changed: options.unknown_when_changed,
        deprecated: options.deprecated,
    })
}

fn configurability(name: &str, options: &AttributeOptions) -> Result<Configurability, InvalidModel> {
    let has_default = options.default.is_some();
    let configurability = match (options.required, options.optional, options.computed || has_default) {
        (true, false, false) => Configurability::Required,
        (false, true, false) => Configurability::Optional,
        (false, false, true) if !has_default => Configurability::Computed,
        (false, true, true) => Configurability::OptionalComputed,
        _ => return Err(invalid(name, "set one of required, optional and computed; a default requires optional")),
    };
    if options.write_only && configurability.is_computed() {
        return Err(invalid(name, "a write-only attribute cannot be computed"));
    }
    if !options.unknown_when_changed.is_empty() && (!configurability.is_computed() || has_default) {
        return Err(invalid(name, "unknown_when_changed requires a computed attribute without a default"));
    }
    Ok(configurability)
}

fn attribute_type(name: &str, json: &Json) -> Result<Type, InvalidModel> {
    let element = |key: &str| match json.get(key) {
        Some(element) => attribute_type(name, element).map(Box::new),
        None => Err(invalid(name, "a collection needs the type of its elements")),
    };
    match json.get("type").and_then(Json::as_str) {
        Some("string") => Ok(Type::String),
        Some("boolean") => Ok(Type::Bool),
        Some("integer" | "number") => Ok(Type::Number),
        Some("array") if json.get("uniqueItems") == Some(&Json::Bool(true)) => element("items").map(Type::Set),
        Some("array") => element("items").map(Type::List),
        Some("object") => match json.get("properties").and_then(Json::as_object) {
            Some(properties) => properties
                .iter()
                .map(|(name, field)| Ok((name.clone(), attribute_type(name, field)?)))
                .collect::<Result<Vec<_>, _>>()
                .map(Type::object),
            None => element("additionalProperties").map(Type::Map),
        },
        _ => Err(invalid(name, "Terraform has no type for this field")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use schemars::JsonSchema;
    use serde::Serialize;

    use super::*;
    use crate::framework::value::Value;

    /// An object.
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    struct Thing {
        /// Name, on
        /// two lines.
        ///
        /// Second paragraph.
        #[schemars(extend("x-tf" = { "required": true, "requires_replace": true }))]
        name: Value<String>,
        /// Size in GiB.
        #[schemars(extend("x-tf" = { "optional": true, "default": 7 }))]
        size: Value<u64>,
        /// Users.
        #[schemars(extend("x-tf" = { "optional": true, "computed": true, "unknown_when_changed": ["name"] }))]
        owners: Value<BTreeSet<String>>,
        /// Labels.
        #[schemars(extend("x-tf" = { "optional": true }))]
        labels: Value<BTreeMap<String, String>>,
        /// A key.
        #[schemars(extend("x-tf" = { "optional": true, "write_only": true, "sensitive": true }))]
        secret: Value<String>,
        /// Time limits.
        #[schemars(extend("x-tf" = { "block": true }))]
        timeouts: Value<Timeouts>,
    }

    /// Limits.
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    struct Timeouts {
        /// Limit of a create.
        #[schemars(extend("x-tf" = { "optional": true }))]
        create: Value<String>,
    }

    #[test]
    fn a_struct_defines_a_schema() {
        let schema = schema::<Thing>(3).unwrap();
        assert_eq!(schema.version, 3);
        assert_eq!(schema.block.description, "An object.");
        let name = &schema.block.attributes["name"];
        assert_eq!(
            (name.configurability, name.requires_replace, &name.ty),
            (Configurability::Required, true, &Type::String)
        );
        assert_eq!(name.description, "Name, on two lines.\n\nSecond paragraph.");
        let size = &schema.block.attributes["size"];
        assert_eq!(size.configurability, Configurability::OptionalComputed);
        assert_eq!(size.default, Some(cty::Value::Number(7_i64.into())));
        assert_eq!(schema.block.attributes["owners"].ty, Type::Set(Box::new(Type::String)));
        assert_eq!(schema.block.attributes["labels"].ty, Type::Map(Box::new(Type::String)));
        assert!(schema.block.attributes["secret"].write_only);
        assert_eq!(schema.block.blocks["timeouts"].attributes["create"].configurability, Configurability::Optional);
    }

    #[test]
    fn invalid_models_are_rejected() {
        #[derive(Clone, Serialize, Deserialize, JsonSchema)]
        struct Undocumented {
            #[schemars(extend("x-tf" = { "optional": true }))]
            name: Value<String>,
        }
        #[derive(Clone, Serialize, Deserialize, JsonSchema)]
        struct Misspelt {
            /// Text.
            #[schemars(extend("x-tf" = { "optionl": true }))]
            name: Value<String>,
        }
        #[derive(Clone, Serialize, Deserialize, JsonSchema)]
        struct Contradictory {
            /// Text.
            #[schemars(extend("x-tf" = { "required": true, "computed": true }))]
            name: Value<String>,
        }
        #[derive(Clone, Serialize, Deserialize, JsonSchema)]
        struct Dangling {
            /// Text.
            #[schemars(extend("x-tf" = { "computed": true, "unknown_when_changed": ["other"] }))]
            name: Value<String>,
        }
        assert!(schema::<Undocumented>(0).unwrap_err().to_string().contains("doc comment"));
        assert!(schema::<Misspelt>(0).unwrap_err().to_string().contains("optionl"));
        assert!(schema::<Contradictory>(0).unwrap_err().to_string().contains("one of required, optional and computed"));
        assert!(schema::<Dangling>(0).unwrap_err().to_string().contains("other"));
    }

    macro_rules! nested {
        ($($options:tt)*) => {{
            /// An object.
            #[derive(Clone, Serialize, Deserialize, JsonSchema)]
            struct Outer {
                /// A block.
                #[schemars(extend("x-tf" = { "block": true }))]
                inner: Value<Inner>,
            }
            /// A block.
            #[derive(Clone, Serialize, Deserialize, JsonSchema)]
            struct Inner {
                /// Text.
                #[schemars(extend("x-tf" = { $($options)* }))]
                name: Value<String>,
            }
            schema::<Outer>(0)
        }};
    }

    #[test]
    fn options_that_nested_blocks_do_not_honor_are_rejected() {
        let rows = [
            ("default", nested!("optional": true, "default": "a")),
            ("computed", nested!("computed": true)),
            ("computed", nested!("optional": true, "computed": true)),
            ("requires_replace", nested!("optional": true, "requires_replace": true)),
            ("unknown_when_changed", nested!("optional": true, "unknown_when_changed": ["name"])),
        ];
        for (option, schema) in rows {
            let error = schema.unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "name: {option} is not supported in a nested block; move the attribute to the top level of the resource"
                )
            );
        }
        let accepted = nested!("required": true, "sensitive": true, "write_only": true, "deprecated": "Use x.");
        let attribute = &accepted.unwrap().block.blocks["inner"].attributes["name"];
        assert!(attribute.sensitive && attribute.write_only);
        assert_eq!(attribute.configurability, Configurability::Required);
    }

    #[test]
    fn options_of_a_block_itself_are_rejected() {
        #[derive(Clone, Serialize, Deserialize, JsonSchema)]
        struct Outer {
            /// A block.
            #[schemars(extend("x-tf" = { "block": true, "required": true }))]
            inner: Value<Timeouts>,
        }
        assert!(schema::<Outer>(0).unwrap_err().to_string().contains("no options of its own"));
    }

    #[test]
    fn plan_options_are_rejected_without_a_plan() {
        assert!(schema_without_plan::<Thing>().unwrap_err().to_string().contains("managed resources only"));
        assert!(schema_without_plan::<Timeouts>().is_ok());
    }
}
