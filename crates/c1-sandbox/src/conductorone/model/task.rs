//! Tasks: requests to grant or revoke an entitlement.

use serde::{Deserialize, Serialize};

use super::super::records::Record;
use crate::clock::Timestamp;

/// A task, open or closed.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) id: String,
    pub(crate) number: u64,
    pub(crate) kind: TaskKind,
    pub(crate) app_id: String,
    pub(crate) entitlement_id: String,
    pub(crate) account_id: String,
    /// The user of the tenant that the account belongs to. Empty if there is none.
    pub(crate) identity_user_id: String,
    pub(crate) description: String,
    pub(crate) grant_duration: Option<String>,
    pub(crate) is_emergency: bool,
    pub(crate) created_by: String,
    pub(crate) created_at: Timestamp,
    /// `None` while the task is open.
    pub(crate) completed: Option<(Timestamp, TaskOutcome)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TaskKind {
    Grant,
    Revoke,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TaskOutcome {
    Done,
    /// The error of the Okta org or of the sandbox.
    Failed(String),
}

impl Record for Task {
    fn id(&self) -> &str {
        &self.id
    }

    fn parent_id(&self) -> &str {
        &self.app_id
    }

    /// Returns true for open tasks, so that a restart visits no closed ones.
    fn is_active(&self) -> bool {
        self.completed.is_none()
    }
}
