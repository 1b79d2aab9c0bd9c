//! Rows of all syncs. A sync writes rows of its own; what is shown changes in one transaction when it is over.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};

use super::super::tenant::Counts;
use super::ResourceKind;
use super::people;
use super::resources::Resource;

/// A sync whose accounts are fewer than this part of those before is held back.
///
/// Source: ConductorOne's documentation names a significant drop in data as a reason to pause, and no figure.
const SIGNIFICANT: f64 = 0.5;

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
        sync INTEGER NOT NULL, external TEXT NOT NULL, id TEXT NOT NULL,
        login TEXT NOT NULL, email TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL, status TEXT NOT NULL,
        PRIMARY KEY (sync, external)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS account_by_id ON account (id);
    CREATE INDEX IF NOT EXISTS account_by_email ON account (sync, email);
    CREATE TABLE IF NOT EXISTS resource (
        sync INTEGER NOT NULL, kind TEXT NOT NULL, external TEXT NOT NULL,
        id TEXT NOT NULL, entitlement TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
        PRIMARY KEY (sync, kind, external)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS resource_by_id ON resource (id);
    CREATE INDEX IF NOT EXISTS resource_by_entitlement ON resource (entitlement);
    -- `source` is the group that it came through; empty for a direct one.
    CREATE TABLE IF NOT EXISTS held (
        sync INTEGER NOT NULL, kind TEXT NOT NULL, external TEXT NOT NULL, account TEXT NOT NULL, source TEXT NOT NULL,
        PRIMARY KEY (sync, kind, external, account, source)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS held_by_account ON held (sync, account);
    -- What everybody in a group has through it.
    CREATE TABLE IF NOT EXISTS carried (
        sync INTEGER NOT NULL, kind TEXT NOT NULL, external TEXT NOT NULL, source TEXT NOT NULL,
        PRIMARY KEY (sync, kind, external, source)
    ) WITHOUT ROWID;
";

/// All rows. Clones are the same database.
#[derive(Clone, Debug)]
pub(crate) struct Database(Arc<Mutex<Connection>>);

/// What came of the end of a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Published {
    /// It is shown from now on.
    Shown,
    /// It brought so much less than the one before that somebody has to confirm it first.
    Held,
}

impl Database {
    /// The database at `path`; without one in memory only. What syncs left that did not end is removed.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub(crate) fn open(path: Option<&Path>) -> rusqlite::Result<Self> {
        let mut connection = match path {
            Some(path) => Connection::open(path)?,
            None => Connection::open_in_memory()?,
        };
        connection.execute_batch(SCHEMA)?;
        connection.execute_batch(people::SCHEMA)?;
        let transaction = connection.transaction()?;
        transaction.execute("DELETE FROM sync WHERE state = 'running'", [])?;
        sweep(&transaction)?;
        transaction.commit()?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Works with the rows, all of it or, when `work` fails, nothing.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let outcome = work(&transaction)?;
        transaction.commit()?;
        Ok(outcome)
    }

    /// Begins a sync of a connector and gives its number.
    pub(crate) fn begin(&self, app: &str, connector: &str) -> rusqlite::Result<i64> {
        self.with(|rows| {
            let insert = "INSERT INTO sync (app, connector, state) VALUES (?1, ?2, 'running')";
            rows.execute(insert, params![app, connector])?;
            Ok(rows.last_insert_rowid())
        })
    }

    /// Ends a sync: what it brought takes the place of what was shown of its connector, unless `may_hold` and it is
    /// far less. One that a later sync has overtaken leaves nothing.
    pub(crate) fn publish(&self, sync: i64, completed_at: &str, may_hold: bool) -> rusqlite::Result<Published> {
        self.with(|rows| {
            let overtaken = "SELECT EXISTS (SELECT 1 FROM sync WHERE id > ?1 AND state <> 'running'
                                 AND connector = (SELECT connector FROM sync WHERE id = ?1))";
            if rows.query_row(overtaken, [sync], |row| row.get(0))? {
                rows.execute("DELETE FROM sync WHERE id = ?1", [sync])?;
                sweep(rows)?;
                return Ok(Published::Shown);
            }
            // Members of a group have what the group carries. An assignment of which only that is known that it came
            // through a group gets the group's name from this.
            rows.execute(
                "INSERT OR IGNORE INTO held (sync, kind, external, account, source)
                 SELECT carried.sync, carried.kind, carried.external, member.account, carried.source
                 FROM carried JOIN held AS member
                   ON member.sync = carried.sync AND member.kind = 'group' AND member.external = carried.source
                 WHERE carried.sync = ?1",
                [sync],
            )?;
            rows.execute("DELETE FROM carried WHERE sync = ?1", [sync])?;
            rows.execute(
                "DELETE FROM held WHERE sync = ?1 AND source = '?' AND EXISTS (
                     SELECT 1 FROM held AS known
                     WHERE (known.sync, known.kind, known.external, known.account)
                         = (held.sync, held.kind, held.external, held.account) AND known.source NOT IN ('?', ''))",
                [sync],
            )?;
            rows.execute("UPDATE OR IGNORE held SET source = '' WHERE sync = ?1 AND source = '?'", [sync])?;
            let accounts = |state: &str| {
                let count = "SELECT count(*) FROM account JOIN sync ON sync.id = account.sync
                             WHERE sync.connector = (SELECT connector FROM sync WHERE id = ?1)
                               AND sync.state = ?2 AND (?2 = 'current' OR sync.id = ?1)";
                rows.query_row(count, params![sync, state], |row| row.get::<_, f64>(0))
            };
            let is_drop = may_hold && accounts("running")? < accounts("current")? * SIGNIFICANT;
            let state = if is_drop { "held" } else { "current" };
            // A held one that is older is overtaken too.
            rows.execute(
                "DELETE FROM sync WHERE connector = (SELECT connector FROM sync WHERE id = ?1) AND id < ?1
                     AND state <> 'running' AND (?2 = 'current' OR state = 'held')",
                params![sync, state],
            )?;
            let update = "UPDATE sync SET state = ?2, completed_at = ?3 WHERE id = ?1";
            rows.execute(update, params![sync, state, completed_at])?;
            if !is_drop {
                people::promote(rows, sync)?;
            }
            sweep(rows)?;
            Ok(if is_drop { Published::Held } else { Published::Shown })
        })
    }

    /// Shows the sync of a connector that was held back. False: there is none.
    pub(crate) fn confirm(&self, connector: &str, now: &str) -> rusqlite::Result<bool> {
        let query = "SELECT id FROM sync WHERE connector = ?1 AND state = 'held' ORDER BY id DESC";
        let held: Option<i64> = self.with(|rows| rows.query_row(query, [connector], |row| row.get(0)).optional())?;
        match held {
            None => Ok(false),
            Some(sync) => self.publish(sync, now, false).map(|_| true),
        }
    }

    /// How much a sync brought.
    pub(crate) fn counts(&self, sync: i64) -> rusqlite::Result<Counts> {
        let of_kind = "SELECT count(*) FROM resource WHERE sync = ?1 AND kind = ?2";
        let grants = "SELECT count(*) FROM (SELECT DISTINCT kind, external, account FROM held WHERE sync = ?1)";
        self.with(|rows| {
            let kind = |kind: ResourceKind| rows.query_row(of_kind, params![sync, kind.as_str()], |row| row.get(0));
            Ok(Counts {
                users: rows.query_row("SELECT count(*) FROM account WHERE sync = ?1", [sync], |row| row.get(0))?,
                groups: kind(ResourceKind::Group)?,
                apps: kind(ResourceKind::App)?,
                roles: kind(ResourceKind::Role)?,
                grants: rows.query_row(grants, [sync], |row| row.get(0))?,
            })
        })
    }

    /// Keeps what was granted since the sync that is shown.
    pub(crate) fn hold(&self, resource: &Resource, account: &str) -> rusqlite::Result<()> {
        let Resource { sync, kind, external, .. } = resource;
        let insert = "INSERT OR IGNORE INTO held (sync, kind, external, account, source) VALUES (?1, ?2, ?3, ?4, '')";
        self.with(|rows| rows.execute(insert, params![sync, kind.as_str(), external, account])).map(drop)
    }

    /// Forgets what was revoked since the sync that is shown. What comes through a group stays.
    pub(crate) fn release(&self, resource: &Resource, account: &str) -> rusqlite::Result<()> {
        let Resource { sync, kind, external, .. } = resource;
        let delete = "DELETE FROM held WHERE (sync, kind, external, account, source) = (?1, ?2, ?3, ?4, '')";
        self.with(|rows| rows.execute(delete, params![sync, kind.as_str(), external, account])).map(drop)
    }

    /// Forgets a sync that did not end well.
    pub(crate) fn discard(&self, sync: i64) -> rusqlite::Result<()> {
        self.with(|rows| {
            rows.execute("DELETE FROM sync WHERE id = ?1", [sync])?;
            sweep(rows)
        })
    }
}

/// Removes the rows of syncs that are gone.
fn sweep(rows: &Connection) -> rusqlite::Result<()> {
    for table in ["account", "resource", "held", "carried"] {
        rows.execute(&format!("DELETE FROM {table} WHERE sync NOT IN (SELECT id FROM sync)"), [])?;
    }
    Ok(())
}
