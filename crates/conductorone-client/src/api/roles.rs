//! Roles.

use super::super::model::Role;
use super::super::{Client, Error};

impl Client {
    /// All roles of the tenant: `GET /api/v1/iam/roles`, every page.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn list_roles(&self) -> Result<Vec<Role>, Error> {
        let roles: Vec<Role> = self.all_pages_of("list the roles", &["api", "v1", "iam", "roles"], &[]).await?;
        Ok(roles.into_iter().filter(|role| !role.id.is_empty()).collect())
    }
}
