//! What a crawl finds, piece by piece.

use std::fmt;

use compact_str::CompactString;
use serde::Deserialize;

use okta_client::{AdminRole, UserStatus};

/// The ID of an object: usually 20 characters of `[0-9A-Za-z]`, which take no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct Id(CompactString);

impl Id {
    /// As Okta writes it.
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

/// A user, of any status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserEntry {
    /// Its ID.
    pub id: Id,
    /// Where in its life cycle it is.
    pub status: UserStatus,
    /// Unique in the org, most often an e-mail address. Empty when not told.
    pub login: String,
    /// Primary e-mail address. Empty when not told.
    pub email: String,
    /// First and last name, or the display name where there is one.
    pub display_name: String,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupEntry {
    /// Its ID.
    pub id: Id,
    /// `OKTA_GROUP`, `APP_GROUP`, `BUILT_IN` or whatever else Okta says.
    pub kind: CompactString,
    /// Its name.
    pub name: String,
    /// Its description; empty when it has none.
    pub description: String,
    /// How many members it has. `None` when not told.
    pub users_count: Option<u64>,
    /// How many apps are assigned to it. `None` when not told.
    pub apps_count: Option<u64>,
    /// Whether it carries admin roles. `None` when not told, which is not the same as `false`.
    pub has_admin_roles: Option<bool>,
}

impl GroupEntry {
    /// Whether it is the group of all users, which Okta keeps itself.
    pub fn is_everyone(&self) -> bool {
        self.kind == "BUILT_IN" && self.name == "Everyone"
    }
}

/// An app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppEntry {
    /// Its ID.
    pub id: Id,
    /// Key of Okta's catalogue, such as `amazon_aws`.
    pub name: CompactString,
    /// What people call it.
    pub label: String,
    /// `ACTIVE` or `INACTIVE`, or whatever else Okta says.
    pub status: CompactString,
    /// How one signs in to it, such as `SAML_2_0`.
    pub sign_on_mode: CompactString,
}

impl AppEntry {
    /// Whether it can be used.
    pub fn is_active(&self) -> bool {
        self.status == "ACTIVE"
    }
}

/// A user's assignment to an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppUserEntry {
    /// The user's ID.
    pub user: Id,
    /// Whether it was made for the user. Where not, it came through a group. A direct one does not exclude a group's.
    pub is_direct: bool,
    /// SAML roles of an AWS app that the user may take, where asked for.
    pub saml_roles: Vec<CompactString>,
}

/// A piece of an inventory. Pieces come in no promised order, but an object always before what belongs to it.
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
    /// Every user but the deprovisioned ones is a member of this group: the org's counts say so, nobody was asked.
    /// Comes after all users.
    EveryoneIsMember {
        /// The group.
        group: Id,
        /// Whether deprovisioned users are members as well.
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
    /// Some of the apps that a group is assigned to.
    GroupApps {
        /// The group.
        group: Id,
        /// The apps' IDs.
        apps: Vec<Id>,
    },
    /// The admin roles of a user, those that came through a group included.
    UserRoles {
        /// The user.
        user: Id,
        /// The roles, in force or not.
        roles: Vec<AdminRole>,
    },
    /// The admin roles that a group carries.
    GroupRoles {
        /// The group.
        group: Id,
        /// The roles, in force or not.
        roles: Vec<AdminRole>,
    },
}

/// Takes what a crawl finds.
pub trait Sink: Send {
    /// Why a piece could not be taken. Ends the crawl.
    type Error: std::error::Error + Send + 'static;

    /// Takes one piece. The crawl waits for it, so a slow sink makes a slow crawl and never a large one.
    ///
    /// # Errors
    /// When the piece cannot be kept.
    fn accept(&mut self, event: Event) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
