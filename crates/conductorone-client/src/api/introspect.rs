//! The caller.

use super::super::client::Call;
use super::super::model::Introspection;
use super::super::{Client, Error};

impl Client {
    /// Who the credentials speak for: `GET /api/v1/auth/introspect`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn introspect(&self) -> Result<Introspection, Error> {
        self.call(Call::get("find out who is calling", ["api", "v1", "auth", "introspect"])).await
    }
}
