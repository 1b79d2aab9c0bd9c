//! Results of a crawl and the sink that takes them.

use std::fmt;

use compact_str::CompactString;
use serde::Deserialize;

use okta_client::{AdminRole, UserStatus};

/// The ID of an object: usually 20 characters of `[0-9A-Za-z]`, which need no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct Id(CompactString);

impl Id {
    /// Returns the ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A user of any status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserEntry {
    /// Its ID.
    pub id: Id,
    /// Lifecycle status.
    pub status: UserStatus,
    /// Login name, unique in the org and usually an email address. Empty if Okta omits it.
    pub login: String,
    /// Primary email address. Empty if Okta omits it.
    pub email: String,
    /// Display name, or first and last name if it is empty.
    pub display_name: String,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupEntry {
    /// Its ID.
    pub id: Id,
    /// Type: `OKTA_GROUP`, `APP_GROUP`, `BUILT_IN` or another value of Okta's.
    pub kind: CompactString,
    /// Its name.
    pub name: String,
    /// Its description, or an empty string.
    pub description: String,
    /// Number of members. `None` if Okta omits it.
    pub users_count: Option<u64>,
    /// Number of assigned apps. `None` if Okta omits it.
    pub apps_count: Option<u64>,
    /// `true` if admin roles are assigned to it. `None` if Okta omits it, which does not mean `false`.
    pub has_admin_roles: Option<bool>,
}

impl GroupEntry {
    /// Returns whether this is the group of all users, which Okta manages.
    pub fn is_everyone(&self) -> bool {
        self.kind == "BUILT_IN" && self.name == "Everyone"
    }
}

/// An app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppEntry {
    /// Its ID.
    pub id: Id,
    /// Key in Okta's catalog, such as `amazon_aws`.
    pub name: CompactString,
    /// Name that users see.
    pub label: String,
    /// `ACTIVE`, `INACTIVE` or another value of Okta's.
    pub status: CompactString,
    /// Sign-on mode, such as `SAML_2_0`.
    pub sign_on_mode: CompactString,
}

impl AppEntry {
    /// Returns whether the app is active.
    pub fn is_active(&self) -> bool {
        self.status == "ACTIVE"
    }
}

/// A user's assignment to an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppUserEntry {
    /// The user's ID.
    pub user: Id,
    /// `true` if it was assigned to the user, `false` if it comes from a group. A direct assignment hides the group's.
    pub is_direct: bool,
    /// SAML roles of the user in an AWS app, if the selection includes them.
    pub saml_roles: Vec<CompactString>,
}

/// A part of an inventory. The order is undefined, except that an object comes before its memberships and assignments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Users.
    Users(Vec<UserEntry>),
    /// Groups.
    Groups(Vec<GroupEntry>),
    /// Some of a group's members.
    Members {
        /// The group.
        group: Id,
        /// The users' IDs.
        users: Vec<Id>,
    },
    /// All users are members of this group, as derived from the org's counts. Comes after all users.
    EveryoneIsMember {
        /// The group.
        group: Id,
        /// `true` if deprovisioned users are members too.
        deprovisioned_too: bool,
    },
    /// Apps.
    Apps(Vec<AppEntry>),
    /// Some of an app's users.
    AppUsers {
        /// The app.
        app: Id,
        /// Their assignments.
        users: Vec<AppUserEntry>,
    },
    /// Some of the apps assigned to a group.
    GroupApps {
        /// The group.
        group: Id,
        /// The apps' IDs.
        apps: Vec<Id>,
    },
    /// The admin roles of a user, including those from groups.
    UserRoles {
        /// The user.
        user: Id,
        /// The roles, active or not.
        roles: Vec<AdminRole>,
    },
    /// The admin roles assigned to a group.
    GroupRoles {
        /// The group.
        group: Id,
        /// The roles, active or not.
        roles: Vec<AdminRole>,
    },
}

impl Event {
    /// Returns how many objects the event contains.
    pub(super) fn objects(&self) -> u64 {
        let objects = match self {
            Self::Users(users) => users.len(),
            Self::Groups(groups) => groups.len(),
            Self::Apps(apps) => apps.len(),
            Self::Members { users, .. } => users.len(),
            Self::AppUsers { users, .. } => users.len(),
            Self::GroupApps { apps, .. } => apps.len(),
            Self::EveryoneIsMember { .. } | Self::UserRoles { .. } | Self::GroupRoles { .. } => 1,
        };
        objects as u64
    }
}

/// A consumer of a crawl's events.
pub trait Sink: Send {
    /// Error that ends the crawl.
    type Error: std::error::Error + Send + 'static;

    /// Accepts one event. The crawl waits for it, so a slow sink slows the crawl and does not grow its memory.
    ///
    /// # Errors
    /// If the event cannot be stored.
    fn accept(&mut self, event: Event) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
