//! Grants: accounts with an entitlement.

use rusqlite::{Row, params};

use super::account::{self, Account};
use super::database::Database;
use super::query::Selection;
use super::resource::Resource;

pub(crate) const GRANTS: Selection = Selection {
    sql: "SELECT account.login, account.email, account.name, account.status, sync.app, sync.completed_at,
                 coalesce((SELECT user.id FROM user WHERE user.email = account.email), ''),
                 account.external_id, account.id,
                 resource.name, resource.description, resource.external_id, resource.kind, resource.entitlement,
                 sync.app, sync.connector, sync.completed_at, sync.id, resource.id,
                 group_concat(grants.source, ' '), max(grants.source = ''),
                 grants.sync, grants.kind, grants.external_id, grants.account
          FROM grants JOIN sync ON sync.id = grants.sync
          JOIN resource ON resource.sync = grants.sync AND resource.kind = grants.kind
                       AND resource.external_id = grants.external_id
          JOIN account ON account.sync = grants.sync AND account.external_id = grants.account",
    order: &["grants.sync", "grants.kind", "grants.external_id", "grants.account"],
    is_grouped: true,
};

/// An account's grant of a resource's entitlement.
pub(crate) struct Grant {
    pub(crate) account: Account,
    pub(crate) resource: Resource,
    /// Okta IDs of the groups that the grant comes through. Empty if the grant is direct too.
    pub(crate) group_ids: Vec<String>,
}

impl Grant {
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (sources, is_direct): (String, bool) = (row.get(19)?, row.get(20)?);
        let group_ids = if is_direct { Vec::new() } else { sources.split_whitespace().map(str::to_owned).collect() };
        Ok(Self { account: Account::read(row, 0)?, resource: Resource::read(row, account::COLUMNS)?, group_ids })
    }
}

impl Database {
    /// Adds a direct grant to the current sync.
    pub(crate) fn add_grant(&self, resource: &Resource, account: &str) -> rusqlite::Result<()> {
        let Resource { sync, kind, external_id, .. } = resource;
        let insert =
            "INSERT OR IGNORE INTO grants (sync, kind, external_id, account, source) VALUES (?1, ?2, ?3, ?4, '')";
        self.with(|rows| rows.execute(insert, params![sync, kind.as_str(), external_id, account])).map(drop)
    }

    /// Removes a direct grant from the current sync. Grants through groups stay.
    pub(crate) fn remove_grant(&self, resource: &Resource, account: &str) -> rusqlite::Result<()> {
        let Resource { sync, kind, external_id, .. } = resource;
        let delete = "DELETE FROM grants WHERE (sync, kind, external_id, account, source) = (?1, ?2, ?3, ?4, '')";
        self.with(|rows| rows.execute(delete, params![sync, kind.as_str(), external_id, account])).map(drop)
    }

    /// Counts the accounts that have a grant of a resource.
    pub(crate) fn grant_count(&self, resource: &Resource) -> rusqlite::Result<i64> {
        let Resource { sync, kind, external_id, .. } = resource;
        let count = "SELECT count(DISTINCT grants.account) FROM grants JOIN account
                       ON account.sync = grants.sync AND account.external_id = grants.account
                     WHERE grants.sync = ?1 AND grants.kind = ?2 AND grants.external_id = ?3";
        self.with(|rows| {
            rows.prepare_cached(count)?.query_row(params![sync, kind.as_str(), external_id], |row| row.get(0))
        })
    }
}
