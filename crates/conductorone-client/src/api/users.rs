//! Users.

use serde::{Deserialize, Serialize};

use super::super::client::Call;
use super::super::model::User;
use super::super::{Client, Error};
use super::pages::PAGE_SIZE;
use super::{json, present};

/// How many users are asked for by ID at once. How many the service takes is not documented; a page is as many.
const IDS_PER_SEARCH: usize = PAGE_SIZE as usize;

/// Which users to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserSearch<'a> {
    /// Whoever has this e-mail address, in any case.
    Email(&'a str),
    /// Those with these IDs.
    Ids(&'a [String]),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Reference]>::is_empty")]
    refs: &'a [Reference<'a>],
    page_size: u32,
    #[serde(skip_serializing_if = "str::is_empty")]
    page_token: &'a str,
}

#[derive(Serialize)]
struct Reference<'a> {
    id: &'a str,
}

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

    /// All users that match: `POST /api/v1/search/users`, every page. What the service finds beyond what was asked
    /// for is left out, and an empty search finds nobody.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn search_users(&self, search: UserSearch<'_>) -> Result<Vec<User>, Error> {
        // To the service an empty condition is none, so that everybody would match.
        match search {
            UserSearch::Email("") => Ok(Vec::new()),
            UserSearch::Email(email) => {
                let mut users = self.find_users(Some(email), &[]).await?;
                users.retain(|user| user.has_email(email));
                Ok(users)
            }
            UserSearch::Ids(ids) => {
                let mut users = Vec::new();
                for ids in ids.chunks(IDS_PER_SEARCH) {
                    let refs: Vec<Reference<'_>> =
                        ids.iter().filter(|id| !id.is_empty()).map(|id| Reference { id }).collect();
                    if !refs.is_empty() {
                        let found = self.find_users(None, &refs).await?;
                        users.extend(found.into_iter().filter(|user| ids.contains(&user.id)));
                    }
                }
                Ok(users)
            }
        }
    }

    async fn find_users(&self, email: Option<&str>, refs: &[Reference<'_>]) -> Result<Vec<User>, Error> {
        const OPERATION: &str = "search for users";
        let search = |page_token: &str| {
            let body = json(&SearchBody { email, refs, page_size: PAGE_SIZE, page_token });
            Call::search(OPERATION, ["api", "v1", "search", "users"], body)
        };
        let views: Vec<UserView> = self.all_pages(OPERATION, search).await?;
        Ok(views.into_iter().filter_map(|view| view.user).filter(|user| !user.id.is_empty()).collect())
    }
}
