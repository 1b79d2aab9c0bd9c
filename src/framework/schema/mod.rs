//! Schemas as the framework uses them: what a block holds and how each attribute behaves.
//!
//! They are derived from Rust types by [`mod@derive`]; `proto` turns them into what Terraform reads.

pub mod derive;
pub(crate) mod proto;

use std::collections::BTreeMap;

use crate::framework::cty::{Type, Value};

/// The schema of a provider, resource or data source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Version of the state layout, from 0.
    pub version: i64,
    /// What it holds.
    pub block: Block,
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// What it is for, in Markdown.
    pub description: String,
    /// By name.
    pub attributes: BTreeMap<String, Attribute>,
    /// Nested blocks of at most one instance, by name.
    pub blocks: BTreeMap<String, Block>,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Type of its value.
    pub ty: Type,
    /// What it is for, in Markdown: units, ranges, effect.
    pub description: String,
    /// Who sets it.
    pub mode: Mode,
    /// Hidden in output; still plain text in the state.
    pub sensitive: bool,
    /// Read from the configuration only; in no plan and no state.
    pub write_only: bool,
    /// Whether a change makes a new object of it.
    pub requires_replace: bool,
    /// What it is when the configuration does not say.
    pub default: Option<Value>,
    /// For computed attributes: a change of one of these makes the value unknown until apply. Without such a
    /// change the value stays what it was.
    pub unknown_when_changed: Vec<String>,
    /// Why not to use it any more.
    pub deprecated: Option<String>,
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The configuration, always.
    Required,
    /// The configuration, or nobody.
    Optional,
    /// The provider.
    Computed,
    /// The configuration, else the provider.
    OptionalComputed,
}

impl Mode {
    /// Whether the provider may set it.
    pub fn is_computed(self) -> bool {
        matches!(self, Self::Computed | Self::OptionalComputed)
    }
}

impl Block {
    /// The object type that values of this block have.
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone()));
        let blocks = self.blocks.iter().map(|(name, block)| (name.clone(), block.ty()));
        Type::object(attributes.chain(blocks))
    }

    /// The value of a block in which nothing is set.
    pub fn empty(&self) -> Value {
        Value::Map(self.attributes.keys().chain(self.blocks.keys()).map(|name| (name.clone(), Value::Null)).collect())
    }

    /// The value with its write-only attributes made null.
    pub fn without_write_only(&self, mut value: Value) -> Value {
        if let Some(members) = value.as_object_mut() {
            for (name, attribute) in &self.attributes {
                if attribute.write_only {
                    members.insert(name.clone(), Value::Null);
                }
            }
            for (name, block) in &self.blocks {
                if let Some(member) = members.get_mut(name) {
                    *member = block.without_write_only(std::mem::replace(member, Value::Null));
                }
            }
        }
        value
    }

    /// Every text that stands in a sensitive or write-only attribute of the value.
    pub fn secrets<'v>(&self, value: &'v Value) -> Vec<&'v str> {
        let own = self
            .attributes
            .iter()
            .filter(|(_, attribute)| attribute.sensitive || attribute.write_only)
            .flat_map(|(name, _)| value.attribute(name).strings());
        let nested = self.blocks.iter().flat_map(|(name, block)| block.secrets(value.attribute(name)));
        own.chain(nested).collect()
    }
}
