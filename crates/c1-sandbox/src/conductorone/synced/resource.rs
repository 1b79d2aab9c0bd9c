//! Resources: the groups, apps and admin roles of an Okta org.

use rusqlite::Row;

use super::kind::ResourceKind;
use super::query::Selection;

pub(crate) const RESOURCES: Selection = Selection {
    sql: "SELECT resource.name, resource.description, resource.external_id, resource.kind, resource.entitlement,
                 sync.app, sync.connector, sync.completed_at, sync.id, resource.id
          FROM resource JOIN sync ON sync.id = resource.sync",
    order: &["resource.id"],
    is_grouped: false,
};

/// Resources that an account has a grant of.
pub(crate) const RESOURCES_OF_ACCOUNT: Selection = Selection {
    sql: "SELECT resource.name, resource.description, resource.external_id, resource.kind, resource.entitlement,
                 sync.app, sync.connector, sync.completed_at, sync.id, resource.id
          FROM resource JOIN sync ON sync.id = resource.sync
          JOIN grants ON grants.sync = resource.sync AND grants.kind = resource.kind
                     AND grants.external_id = resource.external_id
          JOIN account ON account.sync = grants.sync AND account.external_id = grants.account",
    order: &["resource.id"],
    is_grouped: true,
};

/// A resource with its only entitlement, as a row of the database.
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) entitlement_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// The ID in Okta.
    pub(crate) external_id: String,
    pub(crate) kind: ResourceKind,
    pub(crate) app_id: String,
    pub(crate) connector_id: String,
    pub(crate) completed_at: String,
    pub(crate) sync: i64,
}

impl Resource {
    /// Reads the columns of a resource, starting with the column `first`.
    pub(crate) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let kind: String = row.get(first + 3)?;
        let kind = ResourceKind::ALL.into_iter().find(|known| known.as_str() == kind);
        Ok(Self {
            name: row.get(first)?,
            description: row.get(first + 1)?,
            external_id: row.get(first + 2)?,
            kind: kind.unwrap_or(ResourceKind::Role),
            entitlement_id: row.get(first + 4)?,
            app_id: row.get(first + 5)?,
            connector_id: row.get(first + 6)?,
            completed_at: row.get(first + 7)?,
            sync: row.get(first + 8)?,
            id: row.get(first + 9)?,
        })
    }
}
