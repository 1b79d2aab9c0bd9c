//! What is in an org: users, groups, apps, who belongs to what, and who administers it.
//!
//! A crawl makes as few requests as the sizes of Okta's pages allow and gives what it finds to a [`Sink`] piece by
//! piece, so that its memory does not grow with the org.

mod crawl;
mod event;
mod tally;
mod users;
mod wire;

pub use crawl::{CrawlError, Summary, Unreadable, crawl};
pub use event::{AppEntry, AppUserEntry, Event, GroupEntry, Id, Sink, UserEntry};
pub use tally::{Estimate, Tally};

/// What to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Leave out inactive apps and everything that belongs to them.
    pub skip_inactive_apps: bool,
    /// Read deprovisioned users too.
    pub deprovisioned_users: bool,
    /// Read the SAML roles of AWS apps.
    pub aws_saml_roles: bool,
    /// How far to go.
    pub detail: Detail,
}

/// How far a crawl goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Lists of users, groups (with their counts), apps and administrators; nobody's memberships.
    Counts,
    /// Everything.
    Full,
}
