//! The data source `conductorone_user`: a user with their roles, by ID or email.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use crate::provider::support::lookup::{exactly_one, not_found};
use crate::provider::support::values::{SetOfStrings, set_of_strings};
use conductorone_client::model::User;

/// Reads a user of ConductorOne by ID or email.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UserDataSourceModel {
    /// ID of the user. Set either `id` or `email`.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub id: Value<String>,
    /// Email of the user, case-insensitive. Must match exactly one user.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub email: Value<String>,
    /// Name of the user.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub display_name: Value<String>,
    /// Names of the user's roles, such as `Super Administrator`. Contains the ID of a role that ConductorOne does not
    /// list. Null if the credentials have no permission to list roles.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub roles: SetOfStrings,
}

/// The data source `conductorone_user`.
#[derive(Debug)]
pub struct UserDataSource;

impl DataSource for UserDataSource {
    type Model = UserDataSourceModel;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_user";

    fn validate(&self, _cx: &Context<ProviderData>, config: &UserDataSourceModel) -> Result<(), Diagnostics> {
        match (&config.id, &config.email) {
            (Value::Null, Value::Null) | (Value::Known(_), Value::Known(_)) => {
                let detail = "Set either id or email of the user, but not both.";
                Err(Diagnostic::error("User is not specified", detail).at(AttributePath::to("email")).into())
            }
            _ => Ok(()),
        }
    }

    async fn read(
        &self,
        cx: &Context<ProviderData>,
        config: UserDataSourceModel,
    ) -> Result<UserDataSourceModel, Diagnostics> {
        let services = cx.data()?;
        services.conductorone()?;
        let (argument, text) = match config.id.text() {
            Some(id) => ("id", id),
            None => ("email", config.email.text().unwrap_or_default()),
        };
        let found =
            services.users(text).await.map_err(|error| diagnostics::conductorone("look up the user", &error))?;
        let user = exactly_one(found).map_err(|found| not_one(argument, text, &found))?;
        Ok(UserDataSourceModel {
            roles: role_names(services, &user).await?,
            id: Value::Known(user.id),
            // A configured email keeps its case, because Terraform rejects a changed argument.
            email: if config.email.is_null() { Value::Known(user.email) } else { config.email },
            display_name: Value::Known(user.display_name),
        })
    }
}

async fn role_names(services: &ProviderData, user: &User) -> Result<SetOfStrings, Diagnostics> {
    let roles = match services.roles().await {
        Ok(roles) => roles,
        // Only a missing permission is expected. After another failure, null would look like a user without roles.
        Err(error) if error.is_forbidden() => return Ok(Value::Null),
        Err(error) => return Err(diagnostics::conductorone("list the roles", &error).into()),
    };
    let name = |id: &String| {
        let listed = roles.iter().find(|role| role.id == *id);
        listed.map_or(id.as_str(), |role| role.title()).to_owned()
    };
    Ok(set_of_strings(user.role_ids.iter().map(name)))
}

fn not_one(argument: &str, text: &str, found: &[User]) -> Diagnostics {
    if found.is_empty() {
        let reason = format!("ConductorOne has no user with the {argument} {text:?}.");
        return not_found("User does not exist", &reason, argument);
    }
    let users: Vec<String> = found.iter().map(|user| format!("{} ({})", user.display_name, user.id)).collect();
    let detail =
        format!("Several users have the email {text:?}. Set id to the ID of the correct user: {}.", users.join(", "));
    Diagnostic::error("User is not unique", detail).at(AttributePath::to(argument)).into()
}
