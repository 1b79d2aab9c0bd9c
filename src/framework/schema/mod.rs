//! Schemas: the attributes and nested blocks of a block, and the options of each attribute.
//!
//! [`mod@derive`] derives them from Rust types, `proto` converts them to the protocol's messages, and `check` validates
//! configurations against them.

mod check;
pub mod derive;
pub(crate) mod proto;

use std::collections::BTreeMap;

use crate::framework::cty::{Type, Value};

/// The schema of a provider, resource, data source or identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The version of the state layout, from 0.
    pub version: i64,
    /// The attributes and nested blocks.
    pub block: Block,
}

/// Attributes and nested blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// The documentation, in Markdown.
    pub description: String,
    /// Attributes by name.
    pub attributes: BTreeMap<String, Attribute>,
    /// Nested blocks of at most one instance, by name.
    pub blocks: BTreeMap<String, Block>,
}

/// One attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The type of its value.
    pub ty: Type,
    /// The documentation, in Markdown: units, ranges, effect.
    pub description: String,
    /// The source of its value.
    pub configurability: Configurability,
    /// `true` if Terraform hides the value in output. The state contains it in plain text.
    pub sensitive: bool,
    /// `true` if the value is in the configuration only, never in a plan or state.
    pub write_only: bool,
    /// `true` if a change requires a new object.
    pub requires_replace: bool,
    /// The value if the configuration does not set it.
    pub default: Option<Value>,
    /// For computed attributes: the attributes whose change makes this one unknown until apply. Without such a change
    /// it keeps its prior value.
    pub unknown_when_changed: Vec<String>,
    /// The reason for deprecation and the replacement, if it is deprecated.
    pub deprecated: Option<String>,
}

/// The source of an attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configurability {
    /// The configuration must set it.
    Required,
    /// The configuration can set it; otherwise it is null.
    Optional,
    /// The provider sets it.
    Computed,
    /// The configuration can set it; otherwise the provider does.
    OptionalComputed,
}

impl Configurability {
    /// Returns `true` if the provider can set the attribute.
    pub fn is_computed(self) -> bool {
        matches!(self, Self::Computed | Self::OptionalComputed)
    }
}

impl Block {
    /// Returns the object type of the block's values.
    pub fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.ty.clone()));
        let blocks = self.blocks.iter().map(|(name, block)| (name.clone(), block.ty()));
        Type::object(attributes.chain(blocks))
    }

    /// Returns the value of the block if the configuration sets nothing.
    pub fn empty(&self) -> Value {
        Value::Map(self.attributes.keys().chain(self.blocks.keys()).map(|name| (name.clone(), Value::Null)).collect())
    }

    /// Replaces write-only attributes of the value by null, in nested blocks too.
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

    /// Returns all strings in sensitive and write-only attributes of the value, in nested blocks too.
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
