//! The tenant's objects, and how they are found and changed.

use super::credentials::Credentials;
use super::error::Rejection;
use super::model::app::App;
use super::model::connector::Connector;
use super::model::task::Task;
use super::model::user::{Role, User};
use super::records::Records;
use crate::clock::Timestamp;

/// Objects that a tenant keeps between runs. Synced objects and users created by syncs are in `synced::Database`.
pub(crate) struct Data {
    pub(crate) tenant_id: String,
    pub(crate) credentials: Credentials,
    pub(crate) roles: Vec<Role>,
    /// The users that the tenant started with.
    pub(crate) users: Vec<User>,
    pub(crate) apps: Records<App>,
    pub(crate) connectors: Records<Connector>,
    pub(crate) tasks: Records<Task>,
}

impl Data {
    /// Returns an app that is not deleted.
    pub(crate) fn app(&self, id: &str) -> Result<&App, Rejection> {
        let found = self.apps.get(id).filter(|app| app.deleted_at.is_none());
        found.ok_or_else(|| Rejection::not_found("app not found"))
    }

    /// Returns a connector that is not deleted, of an app that is not deleted.
    pub(crate) fn connector(&self, app_id: &str, id: &str) -> Result<&Connector, Rejection> {
        self.app(app_id)?;
        let found = self.connector_or_deleted(app_id, id).ok().filter(|connector| connector.deleted_at.is_none());
        found.ok_or_else(|| Rejection::not_found("connector not found"))
    }

    /// Returns a connector of an app, both of which may be deleted.
    pub(crate) fn connector_or_deleted(&self, app_id: &str, id: &str) -> Result<&Connector, Rejection> {
        let found = self.connectors.get(id).filter(|connector| connector.app_id == app_id);
        found.ok_or_else(|| Rejection::not_found("connector not found"))
    }

    /// Changes an app that is not deleted.
    pub(crate) fn change_app<T>(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut App) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let mut app = self.app(id)?.clone();
        let outcome = change(&mut app)?;
        self.apps.put(app);
        Ok(outcome)
    }

    /// Changes a connector that is not deleted, of an app that is not deleted.
    pub(crate) fn change_connector<T>(
        &mut self,
        app_id: &str,
        id: &str,
        change: impl FnOnce(&mut Connector) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        self.connector(app_id, id)?;
        self.change_connector_or_deleted(id, change)
    }

    /// Changes a connector, deleted or not.
    pub(crate) fn change_connector_or_deleted<T>(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut Connector) -> Result<T, Rejection>,
    ) -> Result<T, Rejection> {
        let found = self.connectors.get(id).cloned();
        let mut connector = found.ok_or_else(|| Rejection::not_found("connector not found"))?;
        let outcome = change(&mut connector)?;
        self.connectors.put(connector);
        Ok(outcome)
    }

    /// Deletes an app and its connectors.
    pub(crate) fn delete_app(&mut self, id: &str, at: Timestamp) -> Result<(), Rejection> {
        self.change_app(id, |app| {
            app.deleted_at = Some(at);
            Ok(())
        })?;
        let connectors: Vec<Connector> = self.connectors.active_of(id).cloned().collect();
        for mut connector in connectors {
            connector.delete(at);
            self.connectors.put(connector);
        }
        Ok(())
    }

    /// Keeps the changes since the last commit.
    pub(crate) fn commit(&mut self) {
        self.apps.commit();
        self.connectors.commit();
        self.tasks.commit();
    }

    /// Reverts the changes since the last commit.
    pub(crate) fn roll_back(&mut self) {
        self.apps.roll_back();
        self.connectors.roll_back();
        self.tasks.roll_back();
    }
}
