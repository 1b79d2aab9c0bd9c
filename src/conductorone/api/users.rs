//! Users.

use serde::Deserialize;

use super::super::client::Call;
use super::super::model::User;
use super::super::{Client, Error};
use super::present;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GetUserResponse {
    user_view: Option<UserView>,
}

#[derive(Deserialize)]
struct UserView {
    user: Option<User>,
}

impl Client {
    /// One user: `GET /api/v1/users/{id}`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] when there is no such user; any other [`Error`].
    pub async fn get_user(&self, id: &str) -> Result<User, Error> {
        const OPERATION: &str = "read the user";
        let id = Call::id(OPERATION, "user", id)?;
        let response: GetUserResponse = self.call(Call::get(OPERATION, ["api", "v1", "users", id])).await?;
        let user = response.user_view.and_then(|view| view.user);
        present(user, |user| &user.id, OPERATION, "userView.user", false)
    }
}
