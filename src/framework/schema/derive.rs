//! Schemas from Rust types.
//!
//! schemars gives names, types and doc comments; what JSON Schema has no word for stands in an extension of the
//! field, `#[schemars(extend("x-tf" = { … }))]`, whose keys are those of `Behaviour`. Whatever is not
//! understood is an error and not dropped, so that a model and its schema cannot drift apart.

use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{Attribute, Block, Mode, Schema};
use crate::framework::cty::{self, Type};
use crate::framework::provider::Model;

/// Keys of the extension `x-tf`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Behaviour {
    required: bool,
    optional: bool,
    computed: bool,
    sensitive: bool,
    write_only: bool,
    requires_replace: bool,
    default: Option<Json>,
    unknown_when_changed: Vec<String>,
    deprecated: Option<String>,
    /// The field is a nested block and not an attribute.
    block: bool,
}

/// A Rust type that no schema can be derived from. Always a mistake in this provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct InvalidModel {
    /// The field with the mistake, or the type's name.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

/// The schema of a model.
///
/// # Errors
/// When a field's type has no counterpart, or its `x-tf` extension is missing or contradicts itself.
pub fn schema<M: Model>(version: i64) -> Result<Schema, InvalidModel> {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let json = settings.into_generator().into_root_schema_for::<M>().to_value();
    let block = block("model", &json)?;
    for (name, attribute) in &block.attributes {
        if let Some(missing) =
            attribute.unknown_when_changed.iter().find(|other| !block.attributes.contains_key(*other))
        {
            return Err(invalid(name, format!("unknown_when_changed names {missing}, which does not exist")));
        }
    }
    Ok(Schema { version, block })
}

fn invalid(field: &str, problem: impl Into<String>) -> InvalidModel {
    InvalidModel { field: field.to_owned(), problem: problem.into() }
}

fn block(name: &str, json: &Json) -> Result<Block, InvalidModel> {
    let properties = json.get("properties").and_then(Json::as_object);
    let none = Map::new();
    let mut result = Block { description: description(json), ..Block::default() };
    for (name, field) in properties.unwrap_or(&none) {
        let behaviour = match field.get("x-tf") {
            Some(extension) => Behaviour::deserialize(extension).map_err(|error| invalid(name, error.to_string()))?,
            None => return Err(invalid(name, "the extension x-tf is missing")),
        };
        if behaviour.block {
            result.blocks.insert(name.clone(), block(name, field)?);
        } else {
            result.attributes.insert(name.clone(), attribute(name, field, behaviour)?);
        }
    }
    if json.get("type").and_then(Json::as_str) == Some("object") {
        Ok(result)
    } else {
        Err(invalid(name, "a block is a struct"))
    }
}

fn description(json: &Json) -> String {
    // A doc comment wraps its lines; Markdown and Terraform take the breaks for spaces.
    let text = json.get("description").and_then(Json::as_str).unwrap_or_default();
    text.split("\n\n").map(|paragraph| paragraph.replace('\n', " ")).collect::<Vec<_>>().join("\n\n")
}

fn attribute(name: &str, json: &Json, behaviour: Behaviour) -> Result<Attribute, InvalidModel> {
    let Behaviour {
        required,
        optional,
        computed,
        sensitive,
        write_only,
        requires_replace,
        default,
        unknown_when_changed,
        deprecated,
        block: _,
    } = behaviour;
    let mode = match (required, optional, computed || default.is_some()) {
        (true, false, false) => Mode::Required,
        (false, true, false) => Mode::Optional,
        (false, false, true) if default.is_none() => Mode::Computed,
        (false, true, true) => Mode::OptionalComputed,
        _ => return Err(invalid(name, "one of required, optional, computed is needed; a default needs optional")),
    };
    if write_only && mode.is_computed() {
        return Err(invalid(name, "a write-only attribute cannot be computed"));
    }
    if !unknown_when_changed.is_empty() && (!mode.is_computed() || default.is_some()) {
        return Err(invalid(name, "unknown_when_changed is for computed attributes without a default"));
    }
    let description = description(json);
    if description.is_empty() {
        return Err(invalid(name, "the doc comment is missing"));
    }
    let ty = attribute_type(name, json)?;
    let default = default
        .map(|default| cty::json::decode(default.to_string().as_bytes(), &ty))
        .transpose()
        .map_err(|error| invalid(name, format!("default: {error}")))?;
    Ok(Attribute {
        ty,
        description,
        mode,
        sensitive,
        write_only,
        requires_replace,
        default,
        unknown_when_changed,
        deprecated,
    })
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

    /// Something to manage.
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    struct Thing {
        /// What it is called, over
        /// two lines.
        ///
        /// And a paragraph.
        #[schemars(extend("x-tf" = { "required": true, "requires_replace": true }))]
        name: Value<String>,
        /// How large, in GiB.
        #[schemars(extend("x-tf" = { "optional": true, "default": 7 }))]
        size: Value<u64>,
        /// Who may use it.
        #[schemars(extend("x-tf" = { "optional": true, "computed": true, "unknown_when_changed": ["name"] }))]
        owners: Value<BTreeSet<String>>,
        /// Free text by key.
        #[schemars(extend("x-tf" = { "optional": true }))]
        labels: Value<BTreeMap<String, String>>,
        /// A key.
        #[schemars(extend("x-tf" = { "optional": true, "write_only": true, "sensitive": true }))]
        secret: Value<String>,
        /// How long to wait.
        #[schemars(extend("x-tf" = { "block": true }))]
        timeouts: Value<Timeouts>,
    }

    /// Limits.
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    struct Timeouts {
        /// For creating.
        #[schemars(extend("x-tf" = { "optional": true }))]
        create: Value<String>,
    }

    #[test]
    fn a_struct_becomes_a_schema() {
        let schema = schema::<Thing>(3).unwrap();
        assert_eq!(schema.version, 3);
        assert_eq!(schema.block.description, "Something to manage.");
        let name = &schema.block.attributes["name"];
        assert_eq!((name.mode, name.requires_replace, &name.ty), (Mode::Required, true, &Type::String));
        assert_eq!(name.description, "What it is called, over two lines.\n\nAnd a paragraph.");
        let size = &schema.block.attributes["size"];
        assert_eq!(size.mode, Mode::OptionalComputed);
        assert_eq!(size.default, Some(cty::Value::Number(7_i64.into())));
        assert_eq!(schema.block.attributes["owners"].ty, Type::Set(Box::new(Type::String)));
        assert_eq!(schema.block.attributes["labels"].ty, Type::Map(Box::new(Type::String)));
        assert!(schema.block.attributes["secret"].write_only);
        assert_eq!(schema.block.blocks["timeouts"].attributes["create"].mode, Mode::Optional);
    }

    #[test]
    fn mistakes_in_a_model_are_told() {
        #[derive(Clone, Serialize, Deserialize, JsonSchema)]
        struct Silent {
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
        assert!(schema::<Silent>(0).unwrap_err().to_string().contains("doc comment"));
        assert!(schema::<Misspelt>(0).unwrap_err().to_string().contains("optionl"));
        assert!(schema::<Contradictory>(0).unwrap_err().to_string().contains("one of required"));
        assert!(schema::<Dangling>(0).unwrap_err().to_string().contains("other"));
    }
}
