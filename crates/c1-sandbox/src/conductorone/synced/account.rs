//! Accounts: the users of an Okta org.

use rusqlite::Row;

use super::query::Selection;

pub(crate) const ACCOUNTS: Selection = Selection {
    sql: "SELECT account.login, account.email, account.name, account.status, sync.app, sync.completed_at,
                 coalesce((SELECT user.id FROM user WHERE user.email = account.email), ''),
                 account.external_id, account.id
          FROM account JOIN sync ON sync.id = account.sync",
    order: &["account.id"],
    is_grouped: false,
};

/// Number of columns of an account.
pub(crate) const COLUMNS: usize = 9;

/// An account, as a row of the database.
pub(crate) struct Account {
    pub(crate) id: String,
    /// The ID of the user in Okta.
    pub(crate) external_id: String,
    pub(crate) login: String,
    pub(crate) email: String,
    pub(crate) name: String,
    /// Okta's status, such as `ACTIVE`.
    pub(crate) status: String,
    pub(crate) app_id: String,
    pub(crate) completed_at: String,
    /// The user of the tenant that the account belongs to. Empty if there is none.
    pub(crate) user_id: String,
}

impl Account {
    /// Reads the columns of an account, starting with the column `first`.
    pub(crate) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            login: row.get(first)?,
            email: row.get(first + 1)?,
            name: row.get(first + 2)?,
            status: row.get(first + 3)?,
            app_id: row.get(first + 4)?,
            completed_at: row.get(first + 5)?,
            user_id: row.get(first + 6)?,
            external_id: row.get(first + 7)?,
            id: row.get(first + 8)?,
        })
    }
}
