//! The endpoints that Okta counts together, as far as its documentation says so.

/// A rate-limit bucket, named as in Okta's documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    Users,
    User,
    CurrentUser,
    Groups,
    Group,
    /// The lowest limit of those that a crawl uses.
    Apps,
    App,
    Iam,
    Logs,
    /// All other endpoints.
    Rest,
}

impl Bucket {
    /// Returns the path pattern that Okta shows for this bucket.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// Returns the default limit per minute of a Workforce org, or that of [`Bucket::Rest`] if none is published.
    pub fn default_limit(self) -> u32 {
        self.row().1
    }

    /// Source: Okta developer docs, rate-limit tables (removed in December 2025).
    fn row(self) -> (&'static str, u32) {
        match self {
            Self::Users => ("/api/v1/users*", 600),
            Self::User => ("/api/v1/users/{id}", 2_000),
            Self::CurrentUser => ("/api/v1/users/me", 1_200),
            Self::Groups => ("/api/v1/groups*", 500),
            Self::Group => ("/api/v1/groups/{id}", 1_000),
            Self::Apps => ("/api/v1/apps*", 100),
            Self::App => ("/api/v1/apps/{id}", 500),
            Self::Iam => ("/api/v1/iam*", 1_200),
            Self::Logs => ("/api/v1/logs*", 120),
            Self::Rest => ("/api/v1", 1_200),
        }
    }
}

/// Endpoints that share a bucket for certain: those of one bucket at the same depth.
///
/// Okta's documentation and users' reports disagree about endpoints below one object, such as `/apps/{id}/users`, so
/// these are a group of their own. Source: the mapping in Okta's own Terraform provider, and its issue 913.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EndpointGroup {
    pub(super) bucket: Bucket,
    pub(super) is_below_object: bool,
}

impl EndpointGroup {
    pub(super) const COUNT: usize = 2 * (Bucket::Rest as usize + 1);

    /// Returns the group of a path such as `/api/v1/groups/00g1/users`.
    pub(super) fn of(path: &str) -> Self {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty()).skip(2);
        let (bucket, is_below_object) = match (segments.next(), segments.next(), segments.next()) {
            (Some("users"), Some("me"), None) => (Bucket::CurrentUser, false),
            (Some("users"), Some(_), None) => (Bucket::User, false),
            (Some("users"), _, below) => (Bucket::Users, below.is_some()),
            (Some("groups"), Some(_), None) => (Bucket::Group, false),
            (Some("groups"), _, below) => (Bucket::Groups, below.is_some()),
            (Some("apps"), Some(_), None) => (Bucket::App, false),
            (Some("apps"), _, below) => (Bucket::Apps, below.is_some()),
            (Some("iam"), ..) => (Bucket::Iam, false),
            (Some("logs"), ..) => (Bucket::Logs, false),
            _ => (Bucket::Rest, false),
        };
        Self { bucket, is_below_object }
    }

    /// Returns the index of this group in a table of [`EndpointGroup::COUNT`] rows.
    pub(super) fn index(self) -> usize {
        2 * self.bucket as usize + usize::from(self.is_below_object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_the_documented_bucket() {
        for (path, bucket, is_below_object) in [
            ("/api/v1/users", Bucket::Users, false),
            ("/api/v1/users/", Bucket::Users, false),
            ("/api/v1/users/me", Bucket::CurrentUser, false),
            ("/api/v1/users/00u1", Bucket::User, false),
            ("/api/v1/users/00u1/roles", Bucket::Users, true),
            ("/api/v1/groups", Bucket::Groups, false),
            ("/api/v1/groups/00g1", Bucket::Group, false),
            ("/api/v1/groups/00g1/users/00u1", Bucket::Groups, true),
            ("/api/v1/groups/00g1/apps", Bucket::Groups, true),
            ("/api/v1/apps", Bucket::Apps, false),
            ("/api/v1/apps/0oa1", Bucket::App, false),
            ("/api/v1/apps/0oa1/users", Bucket::Apps, true),
            ("/api/v1/iam/assignees/users", Bucket::Iam, false),
            ("/api/v1/logs", Bucket::Logs, false),
            ("/api/v1/org", Bucket::Rest, false),
            ("/api/v1/meta/schemas/group/default", Bucket::Rest, false),
            ("", Bucket::Rest, false),
        ] {
            let group = EndpointGroup::of(path);
            assert_eq!(group, EndpointGroup { bucket, is_below_object }, "{path}");
            assert!(group.index() < EndpointGroup::COUNT);
        }
    }
}
