//! Users.

use serde::{Deserialize, Serialize};

use super::json;
use super::pages::PAGE_SIZE;
use crate::client::Call;
use crate::model::User;
use crate::{Client, Error};

/// Number of IDs per search. The service's maximum is not documented, so this is the size of a page.
const IDS_PER_SEARCH: usize = PAGE_SIZE as usize;

/// The condition of a user search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserSearch<'a> {
    /// Users with this email address, case-insensitive.
    Email(&'a str),
    /// Users with these IDs.
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
    /// Returns a user: `GET /api/v1/users/{id}`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] if there is no such user; any other [`Error`].
    pub async fn get_user(&self, id: &str) -> Result<User, Error> {
        const OPERATION: &str = "reading the user";
        let id = Call::id(OPERATION, "user", id)?;
        let reply = self.call(Call::get(OPERATION, ["api", "v1", "users", id])).await?;
        let user = |body: GetUserResponse| body.user_view.and_then(|view| view.user);
        reply.require_object("userView.user", user, |user| &user.id)
    }

    /// Returns the users that match: `POST /api/v1/search/users`, all pages. Omits users that the service returns
    /// although they do not match. An empty condition matches no user.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn search_users(&self, search: UserSearch<'_>) -> Result<Vec<User>, Error> {
        // The service would ignore an empty condition and return all users.
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
        let search = |page_token: &str| {
            let body = json(&SearchBody { email, refs, page_size: PAGE_SIZE, page_token });
            Call::search("searching for users", ["api", "v1", "search", "users"], body)
        };
        let views: Vec<UserView> = self.all_pages(search).await?;
        Ok(views.into_iter().filter_map(|view| view.user).filter(|user| !user.id.is_empty()).collect())
    }
}
