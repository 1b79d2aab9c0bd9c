//! Users of the tenant: those that it started with, and those that syncs created for accounts.
//!
//! ConductorOne has one user per person, whatever accounts the person has. An account belongs to the user with the same
//! email address, which a sync creates if it does not exist. Source: ConductorOne's documentation of identities.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use serde_json::json;

use super::super::error::Rejection;
use super::super::model::user::User;
use super::super::paging::Paging;
use super::database::Database;
use crate::clock::Timestamp;
use crate::identifiers::conductorone_id;

const COLUMNS: &str = "id, email, name, status, kind, roles, created_at, app";

/// Conditions of a user search. An empty list or text is no condition.
#[derive(Debug, Default)]
pub(crate) struct UserFilter {
    /// The whole address, case-insensitive.
    pub(crate) email: String,
    /// A part of the name or the address, case-insensitive.
    pub(crate) query: String,
    pub(crate) ids: Vec<String>,
    pub(crate) excluded_ids: Vec<String>,
    pub(crate) role_ids: Vec<String>,
    pub(crate) statuses: Vec<String>,
    pub(crate) excluded_types: Vec<String>,
}

impl UserFilter {
    /// Returns the filter as SQL conditions, and adds their parameters to `values`.
    fn conditions(&self, values: &mut Vec<String>) -> Vec<String> {
        let mut conditions = Vec::new();
        let mut add = |value: String, condition: &dyn Fn(usize) -> String| {
            values.push(value);
            conditions.push(condition(values.len()));
        };
        if !self.email.is_empty() {
            add(self.email.clone(), &|number| format!("email = ?{number}"));
        }
        if !self.query.is_empty() {
            let either = |number| format!("(instr(lower(name), ?{number}) > 0 OR instr(lower(email), ?{number}) > 0)");
            add(self.query.to_lowercase(), &either);
        }
        for (column, not, list) in [
            ("id", "", &self.ids),
            ("id", "NOT ", &self.excluded_ids),
            ("status", "", &self.statuses),
            ("kind", "NOT ", &self.excluded_types),
        ] {
            if !list.is_empty() {
                let in_list = |number| format!("{column} {not}IN (SELECT value FROM json_each(?{number}))");
                add(json!(list).to_string(), &in_list);
            }
        }
        if !self.role_ids.is_empty() {
            add(json!(self.role_ids).to_string(), &|number| {
                format!(
                    "EXISTS (SELECT 1 FROM json_each(user.roles) AS assigned JOIN json_each(?{number}) AS wanted
                         ON assigned.value = wanted.value)"
                )
            });
        }
        conditions
    }
}

impl Database {
    /// Adds users that the tenant started with. Existing users stay unchanged.
    pub(crate) fn add_users(&self, users: &[User]) -> Result<(), Rejection> {
        self.with(|rows| {
            let mut insert = rows.prepare_cached(
                "INSERT OR IGNORE INTO user (id, email, name, status, kind, roles, created_at, app, connector)
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

    /// Returns the user with this ID.
    pub(crate) fn user(&self, id: &str) -> Result<User, Rejection> {
        let query = format!("SELECT {COLUMNS} FROM user WHERE id = ?1");
        let found = self.with(|rows| rows.prepare_cached(&query)?.query_row([id], read).optional());
        found.map_err(unreadable)?.ok_or_else(|| Rejection::not_found("user not found"))
    }

    /// Returns one page of users, and the token of the next page.
    pub(crate) fn users(&self, paging: &Paging, filter: &UserFilter) -> Result<(Vec<User>, String), Rejection> {
        let mut values: Vec<String> = Vec::new();
        let mut conditions = filter.conditions(&mut values);
        if let Some(last) = paging.last_key()? {
            let last: u64 = last.parse().map_err(|_| Rejection::invalid("invalid page token"))?;
            values.push(last.to_string());
            conditions.push(format!("place > CAST(?{} AS INTEGER)", values.len()));
        }
        let conditions = if conditions.is_empty() { "TRUE".to_owned() } else { conditions.join(" AND ") };
        let limit = paging.size() + 1;
        let query = format!("SELECT {COLUMNS}, place FROM user WHERE {conditions} ORDER BY place LIMIT {limit}");
        let found = self.with(|rows| {
            let mut statement = rows.prepare_cached(&query)?;
            let found =
                statement.query_map(params_from_iter(&values), |row| Ok((read(row)?, row.get::<_, i64>(8)?)))?;
            found.collect::<rusqlite::Result<Vec<_>>>()
        });
        let (users, next) = paging.cut(found.map_err(unreadable)?, |(_, place)| place.to_string());
        Ok((users.into_iter().map(|(user, _)| user).collect(), next))
    }

    /// Removes duplicates from the IDs of owners, and rejects IDs of no user.
    pub(crate) fn resolve_owners(&self, ids: &[String]) -> Result<Vec<String>, Rejection> {
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

/// Creates users for the accounts of a sync without one, and updates the users that earlier syncs of the connector
/// created.
pub(super) fn update_from_accounts(
    rows: &Connection,
    sync: i64,
    (app, connector): (&str, &str),
    now: &str,
) -> rusqlite::Result<()> {
    rows.execute(
        "UPDATE user SET status = CASE WHEN EXISTS (
             SELECT 1 FROM account WHERE account.sync = ?1 AND account.email = user.email AND account.status NOT IN
                 ('DEPROVISIONED', 'SUSPENDED', 'LOCKED_OUT')) THEN 'ENABLED' ELSE 'DISABLED' END
         WHERE connector = ?2",
        params![sync, connector],
    )?;
    let mut without_user = rows.prepare_cached(
        "SELECT email, name FROM account
         WHERE sync = ?1 AND email <> '' AND status <> 'DEPROVISIONED'
           AND NOT EXISTS (SELECT 1 FROM user WHERE user.email = account.email)",
    )?;
    // Two accounts can have the same address.
    let mut insert = rows.prepare_cached(
        "INSERT INTO user (id, email, name, status, kind, roles, created_at, app, connector)
         SELECT ?1, ?2, ?3, 'ENABLED', 'USER_TYPE_HUMAN', '[]', ?4, ?5, ?6
         WHERE NOT EXISTS (SELECT 1 FROM user WHERE email = ?2)",
    )?;
    let without_user: Vec<(String, String)> =
        without_user.query_map([sync], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    without_user.into_iter().try_for_each(|(email, name)| {
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
        created_at: Timestamp::parse(&created_at)
            .ok_or_else(|| rusqlite::Error::InvalidColumnType(6, "created_at".to_owned(), Type::Text))?,
        directory: Some(directory).filter(|app| !app.is_empty()),
    })
}

fn unreadable(error: rusqlite::Error) -> Rejection {
    Rejection::internal(format!("could not read the users: {error}"))
}
