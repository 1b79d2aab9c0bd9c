//! Introspection of the access token.

use crate::client::Call;
use crate::model::Introspection;
use crate::{Client, Error};

impl Client {
    /// Returns the identity of the access token: `GET /api/v1/auth/introspect`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn introspect(&self) -> Result<Introspection, Error> {
        let call = Call::get("validating the access token", ["api", "v1", "auth", "introspect"]);
        Ok(self.call(call).await?.body)
    }
}
