//! Assigning apps to users and ending that.

use serde_json::json;

use crate::http::{Method, Request};

use super::exchange::Turn;
use super::{AuthenticatedClient, Error};

impl AuthenticatedClient {
    /// Assigns an app to a user directly, both given by ID. Who has it already keeps it.
    ///
    /// Source: Okta's OpenAPI specification, `POST /api/v1/apps/{appId}/users`.
    ///
    /// # Errors
    /// [`Error::is_forbidden`] when the token may not; [`Error::is_not_found`] when there is no such app or user; any
    /// other [`Error`] but `NotAnOrg`.
    pub async fn assign_app(&self, app: &str, user: &str) -> Result<(), Error> {
        let request = Request::new(Method::POST, self.origin(), &["api", "v1", "apps", app, "users"]);
        let request = self
            .signed(request.body("application/json", json!({"id": user, "scope": "USER"}).to_string().into_bytes()));
        self.whole("assign an app to a user", &request, Turn::SINGLE).await.map(drop)
    }

    /// Ends the direct assignment of an app to a user, both given by ID. One that comes through a group stays, or is
    /// refused.
    ///
    /// Source: Okta's OpenAPI specification, `DELETE /api/v1/apps/{appId}/users/{userId}`.
    ///
    /// # Errors
    /// As [`AuthenticatedClient::assign_app`].
    pub async fn unassign_app(&self, app: &str, user: &str) -> Result<(), Error> {
        let path = ["api", "v1", "apps", app, "users", user];
        let request = self.signed(Request::new(Method::DELETE, self.origin(), &path));
        self.whole("end the assignment of an app to a user", &request, Turn::SINGLE).await.map(drop)
    }
}
