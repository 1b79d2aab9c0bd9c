//! Conversion of schemas to the protocol's messages.

use super::{Attribute, Block, Configurability, Schema};
use crate::plugin::proto::tfplugin5;

impl Schema {
    /// Converts the schema to the protocol's message.
    pub(crate) fn to_proto(&self) -> tfplugin5::Schema {
        tfplugin5::Schema { version: self.version, block: Some(block(&self.block)) }
    }
}

fn block(block: &Block) -> tfplugin5::schema::Block {
    tfplugin5::schema::Block {
        version: 0,
        attributes: block.attributes.iter().map(|(name, value)| attribute(name, value)).collect(),
        block_types: block.blocks.iter().map(|(name, inner)| nested_block(name, inner)).collect(),
        description: block.description.clone(),
        description_kind: tfplugin5::StringKind::Markdown.into(),
        deprecated: false,
        deprecation_message: String::new(),
    }
}

fn nested_block(name: &str, inner: &Block) -> tfplugin5::schema::NestedBlock {
    tfplugin5::schema::NestedBlock {
        type_name: name.to_owned(),
        block: Some(block(inner)),
        nesting: tfplugin5::schema::nested_block::NestingMode::Single.into(),
        // In a single block both are 1 if it is required, else 0.
        min_items: 0,
        max_items: 0,
    }
}

fn attribute(name: &str, attribute: &Attribute) -> tfplugin5::schema::Attribute {
    tfplugin5::schema::Attribute {
        name: name.to_owned(),
        r#type: attribute.ty.type_json(),
        description: attribute.description.clone(),
        required: attribute.configurability == Configurability::Required,
        optional: matches!(attribute.configurability, Configurability::Optional | Configurability::OptionalComputed),
        computed: attribute.configurability.is_computed(),
        sensitive: attribute.sensitive,
        description_kind: tfplugin5::StringKind::Markdown.into(),
        deprecated: attribute.deprecated.is_some(),
        write_only: attribute.write_only,
        deprecation_message: attribute.deprecated.clone().unwrap_or_default(),
    }
}
