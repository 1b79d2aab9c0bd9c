//! Inventory of an org: users, groups, apps, memberships, assignments and admin roles.
//!
//! A crawl sends nearly as few requests as Okta's page sizes allow. It passes objects to a [`Sink`] page by page, so its
//! memory does not grow with the org.

mod counts;
mod crawl;
mod event;
mod reader;
mod users;
mod wire;

pub use counts::{Estimate, InventoryCounts};
pub use crawl::{CrawlError, Summary, Unreadable, crawl};
pub use event::{AppEntry, AppUserEntry, Event, GroupEntry, Id, Sink, UserEntry};

/// Options of a crawl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Omits inactive apps and their users.
    pub skip_inactive_apps: bool,
    /// Includes deprovisioned users.
    pub deprovisioned_users: bool,
    /// Reads the SAML roles of AWS apps.
    pub aws_saml_roles: bool,
    /// Level of detail.
    pub detail: Detail,
}

/// The level of detail of a crawl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Users, groups with their counts, apps and administrators, but no memberships or assignments.
    Counts,
    /// All of these, and memberships, assignments and admin roles.
    Full,
}
