//! Users of the tenant: those that it began with, and those that syncs made of accounts.
//!
//! ConductorOne gives each person one user, whatever accounts they have: an account belongs to the user with the same
//! email address, and one is made where there is none. Source: ConductorOne's documentation of identities.

use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde_json::json;

use super::super::error::Rejection;
use super::super::paging::Paging;
use super::super::tenant::User;
use super::Database;
use crate::clock::Timestamp;
use crate::identifiers::conductorone_id;

pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS person (
        place INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        email TEXT NOT NULL COLLATE NOCASE,
        name TEXT NOT NULL, status TEXT NOT NULL, kind TEXT NOT NULL, roles TEXT NOT NULL, created_at TEXT NOT NULL,
        -- The app and the connector that brought them; both empty for those that the tenant began with.
        app TEXT NOT NULL, connector TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS person_by_email ON person (email);
";

const COLUMNS: &str = "id, email, name, status, kind, roles, created_at, app";

/// Which users are wanted. An empty list, like an empty text, is no condition.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// The whole address, in any case.
    pub(crate) email: String,
    /// A part of the name or the address, in any case.
    pub(crate) part: String,
    pub(crate) ids: Vec<String>,
    pub(crate) not_ids: Vec<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) statuses: Vec<String>,
    pub(crate) not_kinds: Vec<String>,
}

impl Database {
    /// Keeps users that the tenant began with. Whoever is there already stays as they are.
    pub(crate) fn keep(&self, users: &[User]) -> Result<(), Rejection> {
        self.with(|rows| {
            let mut insert = rows.prepare_cached(
                "INSERT OR IGNORE INTO person (id, email, name, status, kind, roles, created_at, app, connector)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', '')",
            )?;
            users.iter().try_for_each(|user| {
                let (roles, created_at) = (json!(user.role_ids).to_string(), user.created_at.micros());
                let User { id, email, display_name, status, kind, .. } = user;
                insert.execute(params![id, email, display_name, status, kind, roles, created_at]).map(drop)
            })
        })
        .map_err(unreadable)
    }

    /// The user with this ID.
    pub(crate) fn user(&self, id: &str) -> Result<User, Rejection> {
        let query = format!("SELECT {COLUMNS} FROM person WHERE id = ?1");
        let found = self.with(|rows| rows.prepare_cached(&query)?.query_row([id], read).optional());
        found.map_err(unreadable)?.ok_or_else(|| Rejection::not_found("user not found"))
    }

    /// One page of users, and the token of the next.
    pub(crate) fn users(&self, paging: &Paging, wanted: &Wanted) -> Result<(Vec<User>, String), Rejection> {
        let mut values: Vec<String> = Vec::new();
        let mut wheres: Vec<String> = Vec::new();
        let mut condition = |value: String, text: &dyn Fn(usize) -> String| {
            values.push(value);
            wheres.push(text(values.len()));
        };
        if !wanted.email.is_empty() {
            condition(wanted.email.clone(), &|place| format!("email = ?{place}"));
        }
        if !wanted.part.is_empty() {
            let either = |place| format!("(instr(lower(name), ?{place}) > 0 OR instr(lower(email), ?{place}) > 0)");
            condition(wanted.part.to_lowercase(), &either);
        }
        for (column, not, list) in [
            ("id", "", &wanted.ids),
            ("id", "NOT ", &wanted.not_ids),
            ("status", "", &wanted.statuses),
            ("kind", "NOT ", &wanted.not_kinds),
        ] {
            if !list.is_empty() {
                let among = |place| format!("{column} {not}IN (SELECT value FROM json_each(?{place}))");
                condition(json!(list).to_string(), &among);
            }
        }
        if !wanted.roles.is_empty() {
            condition(json!(wanted.roles).to_string(), &|place| {
                format!(
                    "EXISTS (SELECT 1 FROM json_each(person.roles) AS has JOIN json_each(?{place}) AS wanted
                         ON has.value = wanted.value)"
                )
            });
        }
        if let Some(last) = paging.after()? {
            let last: u64 = last.parse().map_err(|_| Rejection::invalid("invalid page token"))?;
            condition(last.to_string(), &|place| format!("place > CAST(?{place} AS INTEGER)"));
        }
        let wheres = if wheres.is_empty() { "TRUE".to_owned() } else { wheres.join(" AND ") };
        let query =
            format!("SELECT {COLUMNS}, place FROM person WHERE {wheres} ORDER BY place LIMIT {}", paging.size() + 1);
        let found = self.with(|rows| {
            let mut statement = rows.prepare_cached(&query)?;
            let found =
                statement.query_map(params_from_iter(&values), |row| Ok((read(row)?, row.get::<_, i64>(8)?)))?;
            found.collect::<rusqlite::Result<Vec<_>>>()
        });
        let (users, next) = paging.cut(found.map_err(unreadable)?, |(_, place)| place.to_string());
        Ok((users.into_iter().map(|(user, _)| user).collect(), next))
    }

    /// Owners as they are kept: each once, each a user of the tenant.
    pub(crate) fn owners(&self, ids: &[String]) -> Result<Vec<String>, Rejection> {
        let mut owners: Vec<String> = Vec::new();
        for id in ids {
            self.user(id).map_err(|_| Rejection::invalid(format!("userIds: user {id} not found")))?;
            if !owners.contains(id) {
                owners.push(id.clone());
            }
        }
        Ok(owners)
    }
}

/// Makes users of the accounts of a sync that belong to nobody yet, and brings up to date those that earlier syncs of
/// the connector made.
pub(super) fn promote(rows: &Connection, sync: i64) -> rusqlite::Result<()> {
    let (app, connector): (String, String) =
        rows.query_row("SELECT app, connector FROM sync WHERE id = ?1", [sync], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.execute(
        "UPDATE person SET status = CASE WHEN EXISTS (
             SELECT 1 FROM account WHERE account.sync = ?1 AND account.email = person.email AND account.status NOT IN
                 ('DEPROVISIONED', 'SUSPENDED', 'LOCKED_OUT')) THEN 'ENABLED' ELSE 'DISABLED' END
         WHERE connector = ?2",
        params![sync, connector],
    )?;
    let mut orphans = rows.prepare_cached(
        "SELECT email, name FROM account
         WHERE sync = ?1 AND email <> '' AND status <> 'DEPROVISIONED'
           AND NOT EXISTS (SELECT 1 FROM person WHERE person.email = account.email)",
    )?;
    let mut insert = rows.prepare_cached(
        "INSERT INTO person (id, email, name, status, kind, roles, created_at, app, connector)
         SELECT ?1, ?2, ?3, 'ENABLED', 'USER_TYPE_HUMAN', '[]', ?4, ?5, ?6
         WHERE NOT EXISTS (SELECT 1 FROM person WHERE email = ?2)",
    )?;
    let now = Timestamp::now().micros();
    let orphans: Vec<(String, String)> =
        orphans.query_map([sync], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    orphans.into_iter().try_for_each(|(email, name)| {
        insert.execute(params![conductorone_id(), email, name, now, app, connector]).map(drop)
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<User> {
    let (roles, created_at): (String, String) = (row.get(5)?, row.get(6)?);
    let directory: String = row.get(7)?;
    Ok(User {
        id: row.get(0)?,
        email: row.get(1)?,
        display_name: row.get(2)?,
        status: row.get(3)?,
        kind: row.get(4)?,
        role_ids: serde_json::from_str(&roles).unwrap_or_default(),
        created_at: Timestamp::parse(&created_at).unwrap_or_else(Timestamp::now),
        directory: Some(directory).filter(|app| !app.is_empty()),
    })
}

fn unreadable(error: rusqlite::Error) -> Rejection {
    Rejection::internal(format!("the users could not be read: {error}"))
}
