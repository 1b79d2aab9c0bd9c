//! Apps.

use serde::Deserialize;

use super::super::client::Call;
use super::super::model::App;
use super::super::{Client, Error};
use super::present;

#[derive(Deserialize)]
struct GetAppResponse {
    app: Option<App>,
}

impl Client {
    /// One app: `GET /api/v1/apps/{id}`. A deleted app may still be found, with `deleted_at`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] when there is no such app; any other [`Error`].
    pub async fn get_app(&self, id: &str) -> Result<App, Error> {
        const OPERATION: &str = "read the app";
        let id = Call::id(OPERATION, "app", id)?;
        let response: GetAppResponse = self.call(Call::get(OPERATION, ["api", "v1", "apps", id])).await?;
        present(response.app, |app| &app.id, OPERATION, "app", false)
    }
}
