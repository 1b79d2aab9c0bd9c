//! Connectors.

use serde::{Deserialize, Serialize};

use super::pages::list_call;
use super::{Empty, UpdateMask, json};
use crate::client::Call;
use crate::model::{ConfigInput, Connector, WireConfig};
use crate::{Client, Error};

/// The values of a new connector with settings. The service sets its display name.
#[derive(Clone, Debug)]
pub struct CreateConnector {
    pub catalog_id: String,
    pub config: ConfigInput,
    pub description: Option<String>,
    /// Owners. If empty, the service sets the caller.
    pub user_ids: Vec<String>,
}

/// The values of a new connector that its owners configure.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateDelegatedConnector {
    pub catalog_id: String,
    pub display_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Owners. If empty, the service sets the caller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_ids: Vec<String>,
}

/// New values of a connector. Only the fields in the [`UpdateMask`] are changed. `None` clears a field in the mask.
#[derive(Clone, Debug, Default)]
pub struct ConnectorUpdate {
    /// Sent with other fields, never changed.
    pub catalog_id: Option<String>,
    /// All settings.
    pub config: Option<ConfigInput>,
    /// All owners.
    pub user_ids: Option<Vec<String>>,
    pub display_name: Option<String>,
    pub description: Option<String>,
}

/// The connectors of an app.
#[derive(Clone, Debug, Default)]
pub struct ListedConnectors {
    /// The connectors that the caller has access to.
    pub connectors: Vec<Connector>,
    /// Number of further entries, without access.
    pub hidden: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreateBody<'a> {
    catalog_id: &'a str,
    config: WireConfig<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    user_ids: &'a [String],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UpdateBody<'a> {
    connector: UpdatedConnector<'a>,
    update_mask: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UpdatedConnector<'a> {
    #[serde(flatten)]
    target: ConnectorRef<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<WireConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_ids: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectorRef<'a> {
    id: &'a str,
    app_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectorResponse {
    connector_view: Option<ConnectorView>,
}

#[derive(Deserialize)]
struct ConnectorView {
    connector: Option<Connector>,
}

impl ConnectorResponse {
    fn connector(self) -> Option<Connector> {
        self.connector_view.and_then(|view| view.connector)
    }
}

impl Client {
    /// Returns all connectors of an app: `GET /api/v1/apps/{app_id}/connectors`, all pages. The service omits deleted
    /// connectors. Entries without access are only counted.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::Decode`] if the pages form a cycle.
    pub async fn list_connectors(&self, app_id: &str) -> Result<ListedConnectors, Error> {
        const OPERATION: &str = "listing the connectors of the app";
        let app_id = Call::id(OPERATION, "app", app_id)?;
        let path = ["api", "v1", "apps", app_id, "connectors"];
        let call = |page_token: &str| list_call(OPERATION, &path, &[], page_token);
        let rows: Vec<Option<ConnectorView>> = self.all_rows(call).await?;
        let mut listed = ListedConnectors::default();
        for row in rows {
            match row.and_then(|view| view.connector).filter(|connector| !connector.id.is_empty()) {
                Some(connector) => listed.connectors.push(connector),
                None => listed.hidden += 1,
            }
        }
        Ok(listed)
    }

    /// Returns a connector: `GET /api/v1/apps/{app_id}/connectors/{id}`. May return a deleted connector, with
    /// `deleted_at`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] if there is no such connector; any other [`Error`].
    pub async fn get_connector(&self, app_id: &str, id: &str) -> Result<Connector, Error> {
        const OPERATION: &str = "reading the connector";
        let path = connector_path(OPERATION, app_id, id)?;
        self.call_for_connector(Call::get(OPERATION, path)).await
    }

    /// Creates a connector with settings: `POST /api/v1/apps/{app_id}/connectors/create`.
    ///
    /// Dropping the future after it has been polled leaves the outcome unknown. A caller that needs the outcome runs it
    /// in a task of its own.
    ///
    /// # Errors
    /// [`Error::may_have_taken_effect`] if the connector may exist. Then list the connectors before repeating the call,
    /// which could create a duplicate.
    pub async fn create_connector(&self, app_id: &str, connector: &CreateConnector) -> Result<Connector, Error> {
        const OPERATION: &str = "creating the connector";
        let app_id = Call::id(OPERATION, "app", app_id)?;
        connector.config.secrets().for_each(|secret| self.redactor().register(secret));
        let body = json(&CreateBody {
            catalog_id: &connector.catalog_id,
            config: WireConfig(&connector.config),
            description: connector.description.as_deref(),
            user_ids: &connector.user_ids,
        });
        let call = Call::post(OPERATION, ["api", "v1", "apps", app_id, "connectors", "create"], body);
        self.call_for_connector(call).await
    }

    /// Creates a connector that its owners configure: `POST /api/v1/apps/{app_id}/connectors`.
    ///
    /// # Errors
    /// As for [`Client::create_connector`].
    pub async fn create_delegated_connector(
        &self,
        app_id: &str,
        connector: &CreateDelegatedConnector,
    ) -> Result<Connector, Error> {
        const OPERATION: &str = "creating the delegated connector";
        let app_id = Call::id(OPERATION, "app", app_id)?;
        let call = Call::post(OPERATION, ["api", "v1", "apps", app_id, "connectors"], json(connector));
        self.call_for_connector(call).await
    }

    /// Changes the fields in `mask`: `POST /api/v1/apps/{app_id}/connectors/{id}`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn update_connector(
        &self,
        app_id: &str,
        id: &str,
        connector: &ConnectorUpdate,
        mask: &UpdateMask,
    ) -> Result<Connector, Error> {
        const OPERATION: &str = "updating the connector";
        let path = connector_path(OPERATION, app_id, id)?;
        let body = self.update_body(ConnectorRef { app_id, id }, connector, mask);
        self.call_for_connector(Call::post(OPERATION, path, body)).await
    }

    /// Changes the fields in `mask` of a connector without settings:
    /// `POST /api/v1/apps/{app_id}/connectors/{id}/delegated`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn update_delegated_connector(
        &self,
        app_id: &str,
        id: &str,
        connector: &ConnectorUpdate,
        mask: &UpdateMask,
    ) -> Result<Connector, Error> {
        const OPERATION: &str = "updating the delegated connector";
        let mut path = connector_path(OPERATION, app_id, id)?.to_vec();
        path.push("delegated");
        let body = self.update_body(ConnectorRef { app_id, id }, connector, mask);
        self.call_for_connector(Call::post(OPERATION, path, body)).await
    }

    fn update_body(&self, target: ConnectorRef<'_>, connector: &ConnectorUpdate, mask: &UpdateMask) -> Vec<u8> {
        connector.config.iter().flat_map(ConfigInput::secrets).for_each(|secret| self.redactor().register(secret));
        json(&UpdateBody {
            connector: UpdatedConnector {
                target,
                catalog_id: connector.catalog_id.as_deref(),
                config: connector.config.as_ref().map(WireConfig),
                user_ids: connector.user_ids.as_deref(),
                display_name: connector.display_name.as_deref(),
                description: connector.description.as_deref(),
            },
            update_mask: mask.to_string(),
        })
    }

    async fn call_for_connector(&self, call: Call<'_>) -> Result<Connector, Error> {
        let path = "connectorView.connector";
        self.call(call).await?.require_object(path, ConnectorResponse::connector, |connector| &connector.id)
    }

    /// Deletes a connector: `DELETE /api/v1/apps/{app_id}/connectors/{id}`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] if there is no such connector, for example because the response to an earlier attempt was
    /// dropped; any other [`Error`].
    pub async fn delete_connector(&self, app_id: &str, id: &str) -> Result<(), Error> {
        const OPERATION: &str = "deleting the connector";
        let path = connector_path(OPERATION, app_id, id)?;
        self.call::<Empty>(Call::delete(OPERATION, path)).await.map(|_| ())
    }

    /// Requests a sync, which the service queues: `POST …/connectors/{id}/force_sync`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn force_sync(&self, app_id: &str, id: &str) -> Result<(), Error> {
        self.post_action("starting a sync of the connector", app_id, id, "force_sync").await
    }

    /// Stops new syncs, grants and revocations: `POST …/connectors/{id}/pause`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn pause_sync(&self, app_id: &str, id: &str) -> Result<(), Error> {
        self.post_action("pausing the syncs of the connector", app_id, id, "pause").await
    }

    /// Resumes syncs, grants and revocations, and starts a sync: `POST …/connectors/{id}/resume`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn resume_sync(&self, app_id: &str, id: &str) -> Result<(), Error> {
        self.post_action("resuming the syncs of the connector", app_id, id, "resume").await
    }

    async fn post_action(&self, operation: &'static str, app_id: &str, id: &str, action: &str) -> Result<(), Error> {
        let mut path = connector_path(operation, app_id, id)?.to_vec();
        path.push(action);
        self.call::<Empty>(Call::post(operation, path, b"{}".to_vec())).await.map(|_| ())
    }
}

pub(super) fn connector_path<'a>(operation: &'static str, app_id: &'a str, id: &'a str) -> Result<[&'a str; 6], Error> {
    let app_id = Call::id(operation, "app", app_id)?;
    let id = Call::id(operation, "connector", id)?;
    Ok(["api", "v1", "apps", app_id, "connectors", id])
}
