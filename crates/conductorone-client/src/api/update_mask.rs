//! Update masks, which contain the fields that an update changes.

use std::collections::BTreeSet;
use std::fmt;

/// A field that an update can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpdatePath {
    Config,
    Description,
    DisplayName,
    UserIds,
}

impl UpdatePath {
    fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Description => "description",
            Self::DisplayName => "displayName",
            Self::UserIds => "userIds",
        }
    }
}

/// The fields that an update changes. Never empty, because the effect of an update without a mask is not documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateMask(BTreeSet<UpdatePath>);

impl UpdateMask {
    /// Creates a mask, or returns `None` if there are no paths and therefore nothing to update.
    pub fn new(paths: impl IntoIterator<Item = UpdatePath>) -> Option<Self> {
        let paths = BTreeSet::from_iter(paths);
        (!paths.is_empty()).then_some(Self(paths))
    }

    pub fn contains(&self, path: UpdatePath) -> bool {
        self.0.contains(&path)
    }
}

/// Names joined by commas. Source: Protocol Buffers documentation, "ProtoJSON format".
impl fmt::Display for UpdateMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(","))
    }
}
