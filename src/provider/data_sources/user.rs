//! The data source `conductorone_user`: a user, by ID or email, with their roles.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use conductorone_client::model::User;

use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;

/// A user of ConductorOne, by ID or email.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserData {
    /// ID of the user. Give this or `email`.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub id: Value<String>,
    /// Email of the user, in any case. Must be the email of one user only.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub email: Value<String>,
    /// Name of the user.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub display_name: Value<String>,
    /// Names of the user's roles, such as `Super Administrator`; of a role that is not listed its ID. Null when the
    /// credentials may not list roles.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub roles: Value<BTreeSet<Value<String>>>,
}

/// The data source.
#[derive(Debug)]
pub struct UserDataSource;

impl DataSource for UserDataSource {
    type Model = UserData;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_user";

    fn validate(&self, _cx: &Context<ProviderData>, config: &UserData) -> Result<(), Diagnostics> {
        match (&config.id, &config.email) {
            (Value::Null, Value::Null) | (Value::Known(_), Value::Known(_)) => {
                let detail = "Give the id of the user or their email, and not both.";
                Err(Diagnostic::error("Say which user", detail).at(AttributePath::to("email")).into())
            }
            _ => Ok(()),
        }
    }

    async fn read(&self, cx: &Context<ProviderData>, config: UserData) -> Result<UserData, Diagnostics> {
        let services = cx.data()?;
        services.conductorone()?;
        let (argument, text) = match config.id.text() {
            Some(id) => ("id", id),
            None => ("email", config.email.text().unwrap_or_default()),
        };
        let found =
            services.users(text).await.map_err(|error| diagnostics::conductorone("look up the user", &error))?;
        let user = the_one(argument, text, found)?;
        let roles = match services.roles().await {
            Ok(roles) => {
                let title = |id: &String| {
                    let listed = roles.iter().find(|role| role.id == *id);
                    listed.map_or(id.as_str(), |role| role.title()).to_owned()
                };
                Value::Known(user.role_ids.iter().map(|id| Value::Known(title(id))).collect())
            }
            // Not everybody may list roles. Any other failure would pass for a user without roles.
            Err(error) if error.is_forbidden() => Value::Null,
            Err(error) => return Err(diagnostics::conductorone("list the roles", &error).into()),
        };
        Ok(UserData {
            id: Value::Known(user.id),
            // An email found in another case stays as it was asked for.
            email: if config.email.is_null() { Value::Known(user.email) } else { config.email },
            display_name: Value::Known(user.display_name),
            roles,
        })
    }
}

fn the_one(argument: &str, text: &str, found: Vec<User>) -> Result<User, Diagnostics> {
    <[User; 1]>::try_from(found).map(|[user]| user).map_err(|found| {
        let (summary, detail) = if found.is_empty() {
            (
                "User does not exist",
                format!("ConductorOne has no user with the {argument} {text:?}. Check the spelling."),
            )
        } else {
            let users: Vec<String> = found.iter().map(|user| format!("{} ({})", user.display_name, user.id)).collect();
            (
                "User is not unique",
                format!(
                    "Several users have the email {text:?}. Give the id of the one you mean: {}.",
                    users.join(", ")
                ),
            )
        };
        Diagnostic::error(summary, detail).at(AttributePath::to(argument)).into()
    })
}
