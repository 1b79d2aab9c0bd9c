//! The database of all syncs. A sync writes rows of its own. They replace the previous ones in one transaction.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, params};

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS sync (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        app TEXT NOT NULL,
        connector TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('running', 'held', 'current')),
        completed_at TEXT
    );
    CREATE INDEX IF NOT EXISTS sync_by_connector ON sync (connector);
    CREATE TABLE IF NOT EXISTS account (
        sync INTEGER NOT NULL, external_id TEXT NOT NULL, id TEXT NOT NULL,
        login TEXT NOT NULL, email TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL, status TEXT NOT NULL,
        PRIMARY KEY (sync, external_id)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS account_by_id ON account (id);
    CREATE INDEX IF NOT EXISTS account_by_email ON account (sync, email);
    CREATE TABLE IF NOT EXISTS resource (
        sync INTEGER NOT NULL, kind TEXT NOT NULL, external_id TEXT NOT NULL,
        id TEXT NOT NULL, entitlement TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
        PRIMARY KEY (sync, kind, external_id)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS resource_by_id ON resource (id);
    CREATE INDEX IF NOT EXISTS resource_by_entitlement ON resource (entitlement);
    -- `source` is the group that the grant comes through, and empty for a direct grant. It is '?' while the sync runs
    -- and the group is not known yet.
    CREATE TABLE IF NOT EXISTS grants (
        sync INTEGER NOT NULL, kind TEXT NOT NULL, external_id TEXT NOT NULL, account TEXT NOT NULL,
        source TEXT NOT NULL,
        PRIMARY KEY (sync, kind, external_id, account, source)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS grants_by_account ON grants (sync, account);
    -- Resources that every member of the group `source` has a grant of. Only used while a sync runs.
    CREATE TABLE IF NOT EXISTS group_grants (
        sync INTEGER NOT NULL, kind TEXT NOT NULL, external_id TEXT NOT NULL, source TEXT NOT NULL,
        PRIMARY KEY (sync, kind, external_id, source)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS user (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        email TEXT NOT NULL COLLATE NOCASE,
        name TEXT NOT NULL, status TEXT NOT NULL, kind TEXT NOT NULL, roles TEXT NOT NULL, created_at TEXT NOT NULL,
        -- The app and the connector whose sync created the user. Empty for users that the tenant started with.
        app TEXT NOT NULL, connector TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS user_by_email ON user (email);
    CREATE INDEX IF NOT EXISTS user_by_connector ON user (connector);
";

/// Deletes the rows of one sync. Each statement visits no rows of other syncs.
const DELETE_SYNC: [&str; 5] = [
    "DELETE FROM account WHERE sync = ?1",
    "DELETE FROM resource WHERE sync = ?1",
    "DELETE FROM grants WHERE sync = ?1",
    "DELETE FROM group_grants WHERE sync = ?1",
    "DELETE FROM sync WHERE id = ?1",
];

/// All rows. Clones refer to the same database.
#[derive(Clone, Debug)]
pub(crate) struct Database(Arc<Mutex<Connection>>);

impl Database {
    /// Opens the database at `path`, or one in memory without a path, and deletes the rows of interrupted syncs.
    ///
    /// # Errors
    /// If the file cannot be opened or is not a database.
    pub(crate) fn open(path: Option<&Path>) -> rusqlite::Result<Self> {
        let connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.execute_batch(SCHEMA)?;
        let database = Self(Arc::new(Mutex::new(connection)));
        database.with(|rows| delete_syncs(rows, "SELECT id FROM sync WHERE state = 'running'", params![]))?;
        Ok(database)
    }

    /// Runs `work` in a transaction, which is rolled back on an error.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let outcome = work(&transaction)?;
        transaction.commit()?;
        Ok(outcome)
    }
}

/// Deletes the syncs that a query returns.
pub(super) fn delete_syncs(rows: &Connection, query: &str, parameters: impl rusqlite::Params) -> rusqlite::Result<()> {
    let mut query = rows.prepare_cached(query)?;
    let syncs: Vec<i64> = query.query_map(parameters, |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    syncs.into_iter().try_for_each(|sync| delete_sync(rows, sync))
}

pub(super) fn delete_sync(rows: &Connection, sync: i64) -> rusqlite::Result<()> {
    DELETE_SYNC.iter().try_for_each(|delete| rows.prepare_cached(delete)?.execute([sync]).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deleting_a_sync_visits_no_rows_of_other_syncs() {
        let database = Database::open(None).unwrap();
        for delete in DELETE_SYNC {
            let plan: Vec<String> = database
                .with(|rows| {
                    let mut plan = rows.prepare(&format!("EXPLAIN QUERY PLAN {delete}"))?;
                    plan.query_map([1], |row| row.get(3))?.collect()
                })
                .unwrap();
            assert!(plan.iter().all(|step| step.starts_with("SEARCH")), "{delete}: {plan:?}");
        }
    }
}
