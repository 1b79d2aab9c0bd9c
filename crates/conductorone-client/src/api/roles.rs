//! Roles.

use super::pages::list_call;
use crate::model::Role;
use crate::{Client, Error};

impl Client {
    /// Returns all roles of the tenant: `GET /api/v1/iam/roles`, all pages.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn list_roles(&self) -> Result<Vec<Role>, Error> {
        let call = |page_token: &str| list_call("listing the roles", &["api", "v1", "iam", "roles"], &[], page_token);
        let mut roles: Vec<Role> = self.all_pages(call).await?;
        roles.retain(|role| !role.id.is_empty());
        Ok(roles)
    }
}
