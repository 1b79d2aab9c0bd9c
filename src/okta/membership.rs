//! Putting users into groups and taking them out.

use crate::http::{Method, Request};

use super::exchange::Turn;
use super::{AuthenticatedClient, Error};

impl AuthenticatedClient {
    /// Puts a user into a group, both given by ID. Who is in it already stays in it.
    ///
    /// Source: Okta's OpenAPI specification, `PUT /api/v1/groups/{groupId}/users/{userId}`.
    ///
    /// # Errors
    /// [`Error::is_forbidden`] when the token may not, or the group's members are kept by somebody else;
    /// [`Error::is_not_found`] when there is no such group or user; any other [`Error`] but `NotAnOrg`.
    pub async fn add_to_group(&self, group: &str, user: &str) -> Result<(), Error> {
        // Okta refuses with 411 what does not say that it has no body.
        self.change("put a user into a group", self.membership(Method::PUT, group, user).without_body()).await
    }

    /// Takes a user out of a group, both given by ID. A rule that puts the user there is changed to leave them out.
    ///
    /// Source: Okta's OpenAPI specification, `DELETE /api/v1/groups/{groupId}/users/{userId}`.
    ///
    /// # Errors
    /// As [`AuthenticatedClient::add_to_group`].
    pub async fn remove_from_group(&self, group: &str, user: &str) -> Result<(), Error> {
        self.change("take a user out of a group", self.membership(Method::DELETE, group, user)).await
    }

    fn membership(&self, method: Method, group: &str, user: &str) -> Request {
        self.signed(Request::new(method, self.origin(), &["api", "v1", "groups", group, "users", user]))
    }

    /// Either change has the same effect once and twice, so it is repeated as a read is.
    async fn change(&self, operation: &'static str, request: Request) -> Result<(), Error> {
        self.whole(operation, &request, Turn::SINGLE).await.map(drop)
    }
}

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::Router;
    use axum::extract::{Request as Incoming, State};
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use secrecy::SecretString;
    use serde_json::json;

    use crate::http;
    use crate::http::testing::{self, FakeClock};
    use crate::okta::{Client, Limits, Token};

    type Seen = Arc<Mutex<Vec<String>>>;

    #[tokio::test]
    async fn a_change_says_that_it_has_no_body_and_is_repeated_after_a_failure() {
        let seen = Seen::default();
        let app = Router::new().fallback(async |State(seen): State<Seen>, request: Incoming| {
            if request.uri().path().starts_with("/.well-known") {
                return axum::Json(json!({"id": "00o1", "pipeline": "idx"})).into_response();
            }
            let length = request.headers().get("content-length").map(|length| length.to_str().unwrap().to_owned());
            let line = format!("{} {} {length:?}", request.method(), request.uri().path());
            let mut seen = seen.lock().unwrap();
            seen.push(line);
            match (request.method().as_str(), seen.len()) {
                ("PUT", _) if length.as_deref() != Some("0") => StatusCode::LENGTH_REQUIRED.into_response(),
                (_, 1) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                _ => StatusCode::NO_CONTENT.into_response(),
            }
        });
        let origin = testing::serve(app.with_state(Arc::clone(&seen))).await;
        let http = http::Client::with_clock(FakeClock::new());
        let client = Client::new(origin.to_string().parse().unwrap(), http, Limits::default());
        let token = Token::try_new(SecretString::from("00token")).unwrap();
        let client = client.organization().await.unwrap().with_token(token);

        client.add_to_group("00g1", "00u1").await.unwrap();
        client.remove_from_group("00g1", "00u1").await.unwrap();
        let put = "PUT /api/v1/groups/00g1/users/00u1 Some(\"0\")";
        let seen = seen.lock().unwrap();
        assert_eq!(seen[..2], [put, put]);
        assert!(seen[2].starts_with("DELETE /api/v1/groups/00g1/users/00u1"));
    }
}
