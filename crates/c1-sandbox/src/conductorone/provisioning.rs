//! Writes to an Okta org: group membership and app assignment.
//!
//! Source: Okta's OpenAPI specification, `/api/v1/groups/{groupId}/users/{userId}` and `/api/v1/apps/{appId}/users`.

use okta_client::{AuthenticatedClient, Error};
use serde_json::json;
use service_http::Method;

/// Adds a user to a group. Succeeds if the user is a member already.
pub(super) async fn add_to_group(client: &AuthenticatedClient, group: &str, user: &str) -> Result<(), Error> {
    let path = ["api", "v1", "groups", group, "users", user];
    client.change("adding a user to a group", Method::PUT, &path, None).await
}

/// Removes a user from a group. Okta excludes the user from a rule that assigned the membership.
pub(super) async fn remove_from_group(client: &AuthenticatedClient, group: &str, user: &str) -> Result<(), Error> {
    let path = ["api", "v1", "groups", group, "users", user];
    client.change("removing a user from a group", Method::DELETE, &path, None).await
}

/// Assigns an app to a user directly. Succeeds if the app is assigned already.
pub(super) async fn assign_app(client: &AuthenticatedClient, app: &str, user: &str) -> Result<(), Error> {
    let body = json!({"id": user, "scope": "USER"});
    client.change("assigning an app to a user", Method::POST, &["api", "v1", "apps", app, "users"], Some(&body)).await
}

/// Removes the direct assignment of an app to a user. An assignment through a group stays, or Okta refuses the request.
pub(super) async fn unassign_app(client: &AuthenticatedClient, app: &str, user: &str) -> Result<(), Error> {
    let path = ["api", "v1", "apps", app, "users", user];
    client.change("removing an app from a user", Method::DELETE, &path, None).await
}
