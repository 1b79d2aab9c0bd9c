//! Paths to attributes, relative to the block of a call.

use std::fmt;

use crate::plugin::proto::tfplugin5;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// An attribute of an object, or a nested block.
    Attribute(String),
    /// An element of a map.
    Key(String),
    /// An element of a list or tuple, from 0.
    Index(usize),
}

/// A path from a block to a value in it. The empty path is the block itself.
///
/// The protocol cannot address elements of sets, so a path ends at the set.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributePath(Vec<Step>);

impl AttributePath {
    /// Returns the path of the block itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// Returns the path of an attribute of the block.
    pub fn to(attribute: &str) -> Self {
        Self::root().attribute(attribute)
    }

    /// Appends an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Self {
        self.then(Step::Attribute(name.to_owned()))
    }

    /// Appends an element of a map.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// Appends an element of a list or tuple, from 0.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    /// Returns the steps, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    fn then(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// Converts the path to the protocol's message.
    pub(crate) fn to_proto(&self) -> tfplugin5::AttributePath {
        use tfplugin5::attribute_path::step::Selector;
        let steps = self.0.iter().map(|step| {
            let selector = match step {
                Step::Attribute(name) => Selector::AttributeName(name.clone()),
                Step::Key(key) => Selector::ElementKeyString(key.clone()),
                Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)),
            };
            tfplugin5::attribute_path::Step { selector: Some(selector) }
        });
        tfplugin5::AttributePath { steps: steps.collect() }
    }
}

impl fmt::Display for AttributePath {
    /// Formats the path as in a configuration: `timeouts.create`, `owners[0]`, `labels["a"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
