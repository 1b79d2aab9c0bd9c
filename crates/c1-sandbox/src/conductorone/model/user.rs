//! Users of the tenant and their roles.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// A role of the tenant.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) created_at: Timestamp,
}

/// A person or a service principal.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) email: String,
    /// `ENABLED` or `DISABLED`.
    pub(crate) status: String,
    /// `USER_TYPE_HUMAN` or `USER_TYPE_SERVICE`.
    pub(crate) kind: String,
    pub(crate) role_ids: Vec<String>,
    pub(crate) created_at: Timestamp,
    /// The app whose sync created the user. `None` for users that the tenant started with.
    #[serde(default)]
    pub(crate) directory: Option<String>,
}
