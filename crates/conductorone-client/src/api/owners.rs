//! Owners of a connector by role: the newer way to set them, beside a connector's `userIds`.
//!
//! ConductorOne calls it a draft. It publishes no role names; see [`PRIMARY_OWNER`].

use serde::{Deserialize, Serialize};

use super::super::client::Call;
use super::super::model::User;
use super::super::model::lenient::null_as_default;
use super::super::{Client, Error};
use super::connectors::connector_path;
use super::{Done, json};

/// The owners' role that ConductorOne's OpenAPI document speaks of. Not verified: prefer a role that
/// [`Client::list_connector_owners`] shows.
pub const PRIMARY_OWNER: &str = "primary";

/// A user who owns a connector in a role. Source: ConductorOne's OpenAPI document, schema
/// `c1.api.app.v2.ConnectorOwnerUser`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectorOwner {
    /// In which role.
    #[serde(deserialize_with = "null_as_default")]
    pub role_slug: String,
    /// Who. Without an ID when the caller may not see them.
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
    /// Users who own a connector, in one role or in any: `GET /api/v2/apps/{app_id}/connectors/{id}/owners/users`,
    /// every page.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn list_connector_owners(
        &self,
        app_id: &str,
        id: &str,
        role_slug: Option<&str>,
    ) -> Result<Vec<ConnectorOwner>, Error> {
        const OPERATION: &str = "list the owners of the connector";
        let path = owners_path(OPERATION, app_id, id, &["users"])?;
        let query: Vec<(&'static str, &str)> = role_slug.iter().map(|slug| ("role_slug", *slug)).collect();
        self.all_pages_of(OPERATION, &path, &query).await
    }

    /// Replaces everyone who owns a connector in one role: `PUT /api/v2/apps/{app_id}/connectors/{id}/owners`.
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
        const OPERATION: &str = "set the owners of the connector";
        let path = owners_path(OPERATION, app_id, id, &[])?;
        let body = json(&SetBody { role_slug, user_refs: user_ids.iter().map(|id| Reference { id }).collect() });
        self.call::<Done>(Call::put(OPERATION, path, body)).await.map(|_| ())
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
