//! Connectors.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::client::Call;
use super::super::model::{ConfigInput, Connector, WireConfig};
use super::super::{Client, Error};
use super::{Done, json, present};

/// A connector to be made with its settings. Its display name is the service's choice.
#[derive(Clone, Debug)]
pub struct CreateConnector {
    /// Which kind of connector.
    pub catalog_id: String,
    /// Its settings.
    pub config: ConfigInput,
    /// Free text; `None` leaves it out.
    pub description: Option<String>,
    /// Owners. Empty leaves them to the service, which takes the caller.
    pub user_ids: Vec<String>,
}

/// A connector to be made for its owners to configure.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateDelegatedConnector {
    /// Which kind of connector.
    pub catalog_id: String,
    /// Name shown to people.
    pub display_name: String,
    /// Free text; `None` leaves it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Owners. Empty leaves them to the service, which takes the caller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_ids: Vec<String>,
}

/// A connector's new values. Only what the [`UpdateMask`] names takes effect: `None` under a name in the mask clears
/// it.
#[derive(Clone, Debug, Default)]
pub struct ConnectorUpdate {
    /// Which kind of connector; sent along, never changed.
    pub catalog_id: Option<String>,
    /// Settings, whole.
    pub config: Option<ConfigInput>,
    /// Owners, whole.
    pub user_ids: Option<Vec<String>>,
    /// Name shown to people.
    pub display_name: Option<String>,
    /// Free text.
    pub description: Option<String>,
}

/// A field of a connector that an update may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpdatePath {
    /// [`ConnectorUpdate::config`].
    Config,
    /// [`ConnectorUpdate::description`].
    Description,
    /// [`ConnectorUpdate::display_name`].
    DisplayName,
    /// [`ConnectorUpdate::user_ids`].
    UserIds,
}

impl UpdatePath {
    fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Description => "description",
            Self::DisplayName => "displayName",
            Self::UserIds => "userIds",
        }
    }
}

/// Which fields an update changes; never none, because what the service does without a mask is not documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateMask(BTreeSet<UpdatePath>);

impl UpdateMask {
    /// A mask of these paths, or `None` when there are none and so nothing to update.
    pub fn new(paths: impl IntoIterator<Item = UpdatePath>) -> Option<Self> {
        let paths = BTreeSet::from_iter(paths);
        (!paths.is_empty()).then_some(Self(paths))
    }

    /// Whether the mask names `path`.
    pub fn contains(&self, path: UpdatePath) -> bool {
        self.0.contains(&path)
    }
}

/// As the service takes it: names joined by commas. Source: Protocol Buffers documentation, "ProtoJSON format".
impl fmt::Display for UpdateMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(","))
    }
}

/// The connectors of an app.
#[derive(Clone, Debug, Default)]
pub struct ListedConnectors {
    /// Those that the caller may see.
    pub connectors: Vec<Connector>,
    /// How many more entries there are of which nothing is told.
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
    id: &'a str,
    app_id: &'a str,
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
    fn connector(self, operation: &'static str, may_have_taken_effect: bool) -> Result<Connector, Error> {
        let connector = self.connector_view.and_then(|view| view.connector);
        present(connector, |c| &c.id, operation, "connectorView.connector", may_have_taken_effect)
    }
}

impl Client {
    /// All connectors of an app: `GET /api/v1/apps/{app_id}/connectors`, every page. Deleted ones are left out by the
    /// service; entries that the caller may not see are only counted.
    ///
    /// # Errors
    /// Any [`Error`]; a page that repeats is [`Error::Decode`].
    pub async fn list_connectors(&self, app_id: &str) -> Result<ListedConnectors, Error> {
        const OPERATION: &str = "list the app's connectors";
        let app_id = Call::id(OPERATION, "app", app_id)?;
        let path = ["api", "v1", "apps", app_id, "connectors"];
        let rows: Vec<Option<ConnectorView>> = self.all_rows_of(OPERATION, &path, &[]).await?;
        let mut listed = ListedConnectors::default();
        for row in rows {
            match row.and_then(|view| view.connector).filter(|connector| !connector.id.is_empty()) {
                Some(connector) => listed.connectors.push(connector),
                None => listed.hidden += 1,
            }
        }
        Ok(listed)
    }

    /// One connector: `GET /api/v1/apps/{app_id}/connectors/{id}`. A deleted one may still be found, with
    /// `deleted_at`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] when there is no such connector; any other [`Error`].
    pub async fn get_connector(&self, app_id: &str, id: &str) -> Result<Connector, Error> {
        const OPERATION: &str = "read the connector";
        let path = connector_path(OPERATION, app_id, id)?;
        self.call::<ConnectorResponse>(Call::get(OPERATION, path)).await?.connector(OPERATION, false)
    }

    /// Makes a connector with its settings: `POST /api/v1/apps/{app_id}/connectors/create`.
    ///
    /// Dropping the future once it has been polled leaves the outcome unknown; a caller that must know runs it in a
    /// task of its own.
    ///
    /// # Errors
    /// [`Error::may_have_taken_effect`] when there may now be one: list before trying again, or there will be two.
    pub async fn create_connector(&self, app_id: &str, connector: &CreateConnector) -> Result<Connector, Error> {
        const OPERATION: &str = "create the connector";
        let app_id = Call::id(OPERATION, "app", app_id)?;
        connector.config.secrets().for_each(|secret| self.redactor().register(secret));
        let body = json(&CreateBody {
            catalog_id: &connector.catalog_id,
            config: WireConfig(&connector.config),
            description: connector.description.as_deref(),
            user_ids: &connector.user_ids,
        });
        let call = Call::post(OPERATION, ["api", "v1", "apps", app_id, "connectors", "create"], body);
        self.call::<ConnectorResponse>(call).await?.connector(OPERATION, true)
    }

    /// Makes a connector for its owners to configure: `POST /api/v1/apps/{app_id}/connectors`.
    ///
    /// # Errors
    /// As for [`Client::create_connector`].
    pub async fn create_delegated_connector(
        &self,
        app_id: &str,
        connector: &CreateDelegatedConnector,
    ) -> Result<Connector, Error> {
        const OPERATION: &str = "create the connector for its owners to configure";
        let app_id = Call::id(OPERATION, "app", app_id)?;
        let call = Call::post(OPERATION, ["api", "v1", "apps", app_id, "connectors"], json(connector));
        self.call::<ConnectorResponse>(call).await?.connector(OPERATION, true)
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
        const OPERATION: &str = "update the connector";
        let path = connector_path(OPERATION, app_id, id)?;
        self.update(OPERATION, path.to_vec(), (app_id, id), connector, mask).await
    }

    /// Changes fields of a connector that has no settings yet:
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
        const OPERATION: &str = "update the connector that its owners configure";
        let mut path = connector_path(OPERATION, app_id, id)?.to_vec();
        path.push("delegated");
        self.update(OPERATION, path, (app_id, id), connector, mask).await
    }

    async fn update(
        &self,
        operation: &'static str,
        path: Vec<&str>,
        (app_id, id): (&str, &str),
        connector: &ConnectorUpdate,
        mask: &UpdateMask,
    ) -> Result<Connector, Error> {
        connector.config.iter().flat_map(ConfigInput::secrets).for_each(|secret| self.redactor().register(secret));
        let body = json(&UpdateBody {
            connector: UpdatedConnector {
                id,
                app_id,
                catalog_id: connector.catalog_id.as_deref(),
                config: connector.config.as_ref().map(WireConfig),
                user_ids: connector.user_ids.as_deref(),
                display_name: connector.display_name.as_deref(),
                description: connector.description.as_deref(),
            },
            update_mask: mask.to_string(),
        });
        self.call::<ConnectorResponse>(Call::post(operation, path, body)).await?.connector(operation, true)
    }

    /// Deletes a connector: `DELETE /api/v1/apps/{app_id}/connectors/{id}`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] when it is already gone, for example because a first attempt's answer was lost; any
    /// other [`Error`].
    pub async fn delete_connector(&self, app_id: &str, id: &str) -> Result<(), Error> {
        const OPERATION: &str = "delete the connector";
        let path = connector_path(OPERATION, app_id, id)?;
        self.call::<Done>(Call::delete(OPERATION, path)).await.map(|_| ())
    }

    /// Asks for a sync, which the service then queues: `POST …/connectors/{id}/force_sync`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn force_sync(&self, app_id: &str, id: &str) -> Result<(), Error> {
        self.order("start a sync of the connector", app_id, id, "force_sync").await
    }

    /// Stops new syncs, and grants and revocations with them: `POST …/connectors/{id}/pause`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn pause_sync(&self, app_id: &str, id: &str) -> Result<(), Error> {
        self.order("pause the syncs of the connector", app_id, id, "pause").await
    }

    /// Ends a pause and starts a sync: `POST …/connectors/{id}/resume`.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn resume_sync(&self, app_id: &str, id: &str) -> Result<(), Error> {
        self.order("resume the syncs of the connector", app_id, id, "resume").await
    }

    async fn order(&self, operation: &'static str, app_id: &str, id: &str, verb: &str) -> Result<(), Error> {
        let mut path = connector_path(operation, app_id, id)?.to_vec();
        path.push(verb);
        self.call::<Done>(Call::post(operation, path, b"{}".to_vec())).await.map(|_| ())
    }
}

pub(super) fn connector_path<'a>(operation: &'static str, app_id: &'a str, id: &'a str) -> Result<[&'a str; 6], Error> {
    let app_id = Call::id(operation, "app", app_id)?;
    let id = Call::id(operation, "connector", id)?;
    Ok(["api", "v1", "apps", app_id, "connectors", id])
}
