//! Which requests Okta counts together, as a first guess.
//!
//! The figures are Okta's last public table (removed in December 2025), its membership the mapping that Okta ships in
//! its own Terraform provider. Both are guesses about any one org: its answers decide, see [`super::buckets`].

/// Requests that Okta surely counts together: one path pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// `/users`
    Users,
    /// `/users/{id}`
    User,
    /// `/users/me`
    CurrentUser,
    /// `/users/{id}/groups`
    UserGroups,
    /// `/users/{id}/roles`
    UserRoles,
    /// `/groups`
    Groups,
    /// `/groups/{id}`
    Group,
    /// `/groups/{id}/users` and below
    GroupUsers,
    /// `/groups/{id}/roles`
    GroupRoles,
    /// `/groups/{id}/apps`
    GroupApps,
    /// `/apps`
    Apps,
    /// `/apps/{id}`
    App,
    /// `/apps/{id}/users` and below
    AppUsers,
    /// `/apps/{id}/groups` and below
    AppGroups,
    /// `/iam/…`
    Iam,
    /// `/logs`
    Logs,
    /// Everything else.
    Other,
}

impl Family {
    /// All there are.
    pub const ALL: [Self; 17] = [
        Self::Users,
        Self::User,
        Self::CurrentUser,
        Self::UserGroups,
        Self::UserRoles,
        Self::Groups,
        Self::Group,
        Self::GroupUsers,
        Self::GroupRoles,
        Self::GroupApps,
        Self::Apps,
        Self::App,
        Self::AppUsers,
        Self::AppGroups,
        Self::Iam,
        Self::Logs,
        Self::Other,
    ];

    /// The family of a path such as `/api/v1/groups/00g1/users`.
    pub fn of(path: &str) -> Self {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty()).skip(2);
        match (segments.next(), segments.next(), segments.next()) {
            (Some("users"), None, _) => Self::Users,
            (Some("users"), Some("me"), None) => Self::CurrentUser,
            (Some("users"), Some(_), None) => Self::User,
            (Some("users"), Some(_), Some("groups")) => Self::UserGroups,
            (Some("users"), Some(_), Some("roles")) => Self::UserRoles,
            (Some("groups"), None, _) => Self::Groups,
            (Some("groups"), Some(_), None) => Self::Group,
            (Some("groups"), Some(_), Some("users")) => Self::GroupUsers,
            (Some("groups"), Some(_), Some("roles")) => Self::GroupRoles,
            (Some("groups"), Some(_), Some("apps")) => Self::GroupApps,
            (Some("apps"), None, _) => Self::Apps,
            (Some("apps"), Some(_), None) => Self::App,
            (Some("apps"), Some(_), Some("users")) => Self::AppUsers,
            (Some("apps"), Some(_), Some("groups")) => Self::AppGroups,
            (Some("iam"), ..) => Self::Iam,
            (Some("logs"), ..) => Self::Logs,
            _ => Self::Other,
        }
    }

    /// The bucket that it most likely counts against.
    pub fn presumed_bucket(self) -> Bucket {
        match self {
            Self::Users | Self::UserGroups | Self::UserRoles => Bucket::Users,
            Self::User => Bucket::User,
            Self::CurrentUser => Bucket::CurrentUser,
            Self::Groups | Self::GroupUsers | Self::GroupRoles | Self::GroupApps => Bucket::Groups,
            Self::Group => Bucket::Group,
            Self::Apps | Self::AppUsers | Self::AppGroups => Bucket::Apps,
            Self::App => Bucket::App,
            Self::Iam => Bucket::Iam,
            Self::Logs => Bucket::Logs,
            Self::Other => Bucket::Rest,
        }
    }
}

/// A counter of Okta's, as its documentation names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// `/api/v1/users*`
    Users,
    /// One user.
    User,
    /// `/api/v1/users/me`
    CurrentUser,
    /// `/api/v1/groups*`
    Groups,
    /// One group.
    Group,
    /// `/api/v1/apps*`, the scarcest one of a crawl.
    Apps,
    /// One app.
    App,
    /// `/api/v1/iam*`
    Iam,
    /// `/api/v1/logs*`
    Logs,
    /// The rest of `/api/v1`.
    Rest,
}

impl Bucket {
    /// All there are.
    pub const ALL: [Self; 10] = [
        Self::Users,
        Self::User,
        Self::CurrentUser,
        Self::Groups,
        Self::Group,
        Self::Apps,
        Self::App,
        Self::Iam,
        Self::Logs,
        Self::Rest,
    ];

    /// Its name for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Users => "/api/v1/users*",
            Self::User => "/api/v1/users/{id}",
            Self::CurrentUser => "/api/v1/users/me",
            Self::Groups => "/api/v1/groups*",
            Self::Group => "/api/v1/groups/{id}",
            Self::Apps => "/api/v1/apps*",
            Self::App => "/api/v1/apps/{id}",
            Self::Iam => "/api/v1/iam*",
            Self::Logs => "/api/v1/logs*",
            Self::Rest => "/api/v1",
        }
    }

    /// Requests a minute that a Workforce org allows by default, where published; else the figure for the rest.
    pub fn default_limit(self) -> u32 {
        match self {
            Self::Users => 600,
            Self::User => 2_000,
            Self::Groups => 500,
            Self::Group => 1_000,
            Self::Apps => 100,
            Self::App => 500,
            Self::Logs => 120,
            Self::CurrentUser | Self::Iam | Self::Rest => 1_200,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_by_its_pattern() {
        for (path, family) in [
            ("/api/v1/users", Family::Users),
            ("/api/v1/users/", Family::Users),
            ("/api/v1/users/me", Family::CurrentUser),
            ("/api/v1/users/00u1", Family::User),
            ("/api/v1/users/00u1/roles", Family::UserRoles),
            ("/api/v1/users/00u1/groups", Family::UserGroups),
            ("/api/v1/users/00u1/factors", Family::Other),
            ("/api/v1/groups", Family::Groups),
            ("/api/v1/groups/00g1", Family::Group),
            ("/api/v1/groups/00g1/users", Family::GroupUsers),
            ("/api/v1/groups/00g1/users/00u1", Family::GroupUsers),
            ("/api/v1/groups/00g1/roles", Family::GroupRoles),
            ("/api/v1/groups/00g1/apps", Family::GroupApps),
            ("/api/v1/apps", Family::Apps),
            ("/api/v1/apps/0oa1", Family::App),
            ("/api/v1/apps/0oa1/users/00u1", Family::AppUsers),
            ("/api/v1/apps/0oa1/groups", Family::AppGroups),
            ("/api/v1/iam/assignees/users", Family::Iam),
            ("/api/v1/iam/resource-sets/iam1/bindings", Family::Iam),
            ("/api/v1/logs", Family::Logs),
            ("/api/v1/org", Family::Other),
            ("/api/v1/meta/schemas/group/default", Family::Other),
            ("", Family::Other),
        ] {
            assert_eq!(Family::of(path), family, "{path}");
        }
    }

    #[test]
    fn every_family_stands_at_its_own_place() {
        for (index, family) in Family::ALL.into_iter().enumerate() {
            assert_eq!(family as usize, index);
        }
        for (index, bucket) in Bucket::ALL.into_iter().enumerate() {
            assert_eq!(bucket as usize, index);
        }
    }
}
