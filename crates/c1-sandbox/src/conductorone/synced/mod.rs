//! Synced objects: accounts, resources, entitlements and grants, stored in SQLite.
//!
//! ```text
//! intake             events of an Okta inventory → rows of one sync
//! lifecycle          from the first row of a sync to its publication
//! users              the tenant's users, some of which syncs create
//! query              paginated reads of the current syncs
//! account, resource, grant    rows as types
//! kind               kinds of resources, and IDs of synced objects
//! database           the tables
//! ```

pub(crate) mod account;
pub(crate) mod database;
pub(crate) mod grant;
pub(crate) mod intake;
pub(crate) mod kind;
mod lifecycle;
pub(crate) mod query;
pub(crate) mod resource;
pub(crate) mod users;
