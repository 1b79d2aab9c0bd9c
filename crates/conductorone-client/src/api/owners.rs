//! Owners of a connector by role: a newer API than the connector's `userIds`.
//!
//! ConductorOne marks it as a draft and publishes no role names; see [`PRIMARY_OWNER`].

use serde::{Deserialize, Serialize};

use service_http::null_as_default;

use super::connectors::connector_path;
use super::pages::list_call;
use super::{Empty, json};
use crate::client::Call;
use crate::model::User;
use crate::{Client, Error};

/// The role of owners in ConductorOne's OpenAPI document. Not verified; prefer a role that
/// [`Client::list_connector_owners`] returns.
pub const PRIMARY_OWNER: &str = "primary";

/// An owner of a connector with a role. Source: ConductorOne's OpenAPI document, schema
/// `c1.api.app.v2.ConnectorOwnerUser`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectorOwner {
    #[serde(deserialize_with = "null_as_default")]
    pub role_slug: String,
    /// Without an ID if the caller has no access to the user.
    #[serde(deserialize_with = "null_as_default")]
    pub user: User,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SetBody<'a> {
    role_slug: &'a str,
    user_refs: Vec<Reference<'a>>,
}

#[derive(Serialize)]
struct Reference<'a> {
    id: &'a str,
}

impl Client {
    /// Returns the owners of a connector, with one role or with any:
    /// `GET /api/v2/apps/{app_id}/connectors/{id}/owners/users`, all pages.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn list_connector_owners(
        &self,
        app_id: &str,
        id: &str,
        role_slug: Option<&str>,
    ) -> Result<Vec<ConnectorOwner>, Error> {
        const OPERATION: &str = "listing the owners of the connector";
        let path = owners_path(OPERATION, app_id, id, &["users"])?;
        let query: Vec<(&'static str, &str)> = role_slug.iter().map(|slug| ("role_slug", *slug)).collect();
        self.all_pages(|page_token| list_call(OPERATION, &path, &query, page_token)).await
    }

    /// Replaces the owners of a connector with one role: `PUT /api/v2/apps/{app_id}/connectors/{id}/owners`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn set_connector_owners(
        &self,
        app_id: &str,
        id: &str,
        role_slug: &str,
        user_ids: &[String],
    ) -> Result<(), Error> {
        const OPERATION: &str = "setting the owners of the connector";
        let path = owners_path(OPERATION, app_id, id, &[])?;
        let body = json(&SetBody { role_slug, user_refs: user_ids.iter().map(|id| Reference { id }).collect() });
        self.call::<Empty>(Call::put(OPERATION, path, body)).await.map(|_| ())
    }
}

fn owners_path<'a>(
    operation: &'static str,
    app_id: &'a str,
    id: &'a str,
    rest: &[&'a str],
) -> Result<Vec<&'a str>, Error> {
    let mut path = connector_path(operation, app_id, id)?.to_vec();
    path[1] = "v2";
    path.push("owners");
    path.extend_from_slice(rest);
    Ok(path)
}
