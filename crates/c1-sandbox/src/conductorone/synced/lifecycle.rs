//! Syncs: from the first row to the publication of all rows.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::model::connector::SyncCounts;
use super::database::{Database, delete_sync, delete_syncs};
use super::kind::ResourceKind;
use super::users;

/// A sync that reads less than this part of the previous sync's accounts is held back.
///
/// Source: ConductorOne's documentation names a significant drop in data as a reason to pause, without a figure.
const SIGNIFICANT: f64 = 0.5;

/// Result of publishing a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Published {
    /// Reads return the sync's rows from now on.
    Current,
    /// The sync read far fewer accounts than the previous one and must be confirmed first.
    HeldBack,
}

impl Database {
    /// Adds a running sync of a connector and returns its number.
    pub(crate) fn begin(&self, app_id: &str, connector_id: &str) -> rusqlite::Result<i64> {
        self.with(|rows| {
            let insert = "INSERT INTO sync (app, connector, state) VALUES (?1, ?2, 'running')";
            rows.execute(insert, params![app_id, connector_id])?;
            Ok(rows.last_insert_rowid())
        })
    }

    /// Ends a sync. Its rows replace the connector's current ones, unless `checks_for_drop` is set and they are far
    /// fewer. The rows of a sync that a later one has superseded are deleted.
    pub(crate) fn publish(&self, sync: i64, completed_at: &str, checks_for_drop: bool) -> rusqlite::Result<Published> {
        self.with(|rows| {
            let (app, connector): (String, String) =
                rows.query_row("SELECT app, connector FROM sync WHERE id = ?1", [sync], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            let is_superseded = "SELECT EXISTS (
                SELECT 1 FROM sync WHERE id > ?1 AND state <> 'running' AND connector = ?2)";
            if rows.query_row(is_superseded, params![sync, connector], |row| row.get(0))? {
                delete_sync(rows, sync)?;
                return Ok(Published::Current);
            }
            resolve_group_grants(rows, sync)?;
            let is_drop = checks_for_drop && {
                let current = "SELECT count(*) FROM account JOIN sync ON sync.id = account.sync
                               WHERE sync.connector = ?1 AND sync.state = 'current'";
                let current: f64 = rows.query_row(current, [&connector], |row| row.get(0))?;
                count_accounts(rows, sync)? < current * SIGNIFICANT
            };
            let state = if is_drop { "held" } else { "current" };
            // An older sync that was held back is superseded too.
            let replaced = "SELECT id FROM sync WHERE connector = ?1 AND id < ?2
                                AND state <> 'running' AND (?3 = 'current' OR state = 'held')";
            delete_syncs(rows, replaced, params![connector, sync, state])?;
            let update = "UPDATE sync SET state = ?2, completed_at = ?3 WHERE id = ?1";
            rows.execute(update, params![sync, state, completed_at])?;
            if is_drop {
                return Ok(Published::HeldBack);
            }
            users::update_from_accounts(rows, sync, (&app, &connector), completed_at)?;
            Ok(Published::Current)
        })
    }

    /// Publishes the connector's sync that was held back. Returns false if there is none.
    pub(crate) fn confirm(&self, connector_id: &str, now: &str) -> rusqlite::Result<bool> {
        let query = "SELECT id FROM sync WHERE connector = ?1 AND state = 'held' ORDER BY id DESC";
        let held: Option<i64> = self.with(|rows| rows.query_row(query, [connector_id], |row| row.get(0)).optional())?;
        match held {
            None => Ok(false),
            Some(sync) => self.publish(sync, now, false).map(|_| true),
        }
    }

    /// Counts the objects that a sync read.
    pub(crate) fn counts(&self, sync: i64) -> rusqlite::Result<SyncCounts> {
        let of_kind = "SELECT count(*) FROM resource WHERE sync = ?1 AND kind = ?2";
        let grants = "SELECT count(*) FROM (SELECT DISTINCT kind, external_id, account FROM grants WHERE sync = ?1)";
        self.with(|rows| {
            let kind = |kind: ResourceKind| rows.query_row(of_kind, params![sync, kind.as_str()], |row| row.get(0));
            Ok(SyncCounts {
                users: rows.query_row("SELECT count(*) FROM account WHERE sync = ?1", [sync], |row| row.get(0))?,
                groups: kind(ResourceKind::Group)?,
                apps: kind(ResourceKind::App)?,
                roles: kind(ResourceKind::Role)?,
                grants: rows.query_row(grants, [sync], |row| row.get(0))?,
            })
        })
    }

    /// Deletes a sync that failed.
    pub(crate) fn discard(&self, sync: i64) -> rusqlite::Result<()> {
        self.with(|rows| delete_sync(rows, sync))
    }
}

/// Adds the grants that group members have through their groups, and replaces unknown sources by the groups.
fn resolve_group_grants(rows: &Connection, sync: i64) -> rusqlite::Result<()> {
    rows.execute(
        "INSERT OR IGNORE INTO grants (sync, kind, external_id, account, source)
         SELECT group_grants.sync, group_grants.kind, group_grants.external_id, member.account, group_grants.source
         FROM group_grants JOIN grants AS member
           ON member.sync = group_grants.sync AND member.kind = 'group' AND member.external_id = group_grants.source
         WHERE group_grants.sync = ?1",
        [sync],
    )?;
    rows.execute("DELETE FROM group_grants WHERE sync = ?1", [sync])?;
    rows.execute(
        "DELETE FROM grants WHERE sync = ?1 AND source = '?' AND EXISTS (
             SELECT 1 FROM grants AS known
             WHERE (known.sync, known.kind, known.external_id, known.account)
                 = (grants.sync, grants.kind, grants.external_id, grants.account) AND known.source NOT IN ('?', ''))",
        [sync],
    )?;
    rows.execute("UPDATE OR IGNORE grants SET source = '' WHERE sync = ?1 AND source = '?'", [sync]).map(drop)
}

fn count_accounts(rows: &Connection, sync: i64) -> rusqlite::Result<f64> {
    rows.query_row("SELECT count(*) FROM account WHERE sync = ?1", [sync], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Publishes a sync with one account.
    fn sync(database: &Database, connector: &str, account: &str) -> i64 {
        let sync = database.begin("app", connector).unwrap();
        let insert = "INSERT INTO account (sync, external_id, id, login, email, name, status)
                      VALUES (?1, ?2, ?2, ?2, ?2, ?2, 'ACTIVE')";
        database.with(|rows| rows.execute(insert, params![sync, account])).unwrap();
        database.publish(sync, "2026-01-01T00:00:00.000000Z", true).unwrap();
        sync
    }

    fn accounts(database: &Database) -> Vec<(i64, String)> {
        let query = "SELECT sync, external_id FROM account ORDER BY sync";
        let rows = database.with(|rows| {
            let mut query = rows.prepare(query)?;
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<Vec<_>>>()
        });
        rows.unwrap()
    }

    #[test]
    fn a_published_sync_replaces_the_previous_one_of_its_connector_only() {
        let database = Database::open(None).unwrap();
        sync(&database, "a", "first");
        let other = sync(&database, "b", "other");
        let second = sync(&database, "a", "second");
        assert_eq!(accounts(&database), [(other, "other".to_owned()), (second, "second".to_owned())]);
        let running = database.begin("app", "a").unwrap();
        database.discard(running).unwrap();
        assert_eq!(accounts(&database).len(), 2);
    }
}
