//! The rows of the matrix: operations of a user, as calls of Terraform's protocol.

use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::provider::data_sources::app::AppDataSourceModel;
use terraform_provider_conductorone::provider::data_sources::okta_integration::OktaIntegrationDataSourceModel;
use terraform_provider_conductorone::provider::data_sources::okta_inventory::OktaInventoryDataSourceModel;
use terraform_provider_conductorone::provider::data_sources::okta_token::OktaTokenDataSourceModel;
use terraform_provider_conductorone::provider::data_sources::user::UserDataSourceModel;

use crate::world::World;
use provider_testing::rpc::{Outcome, Planned, Rpc};

/// An operation of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    SignIn,
    SignInFederated,
    SignInWithAccessToken,
    Plan,
    Create,
    CreateDelegated,
    Refresh,
    Import,
    Update,
    UpdateDelegated,
    ChangeOwners,
    Sync,
    Delete,
    CreateApp,
    RefreshApp,
    UpdateApp,
    DeleteApp,
    App,
    AppByName,
    User,
    UserByEmail,
    Integration,
    IntegrationOfApp,
    OktaToken,
    OktaInventory,
}

/// Effect of an operation on the service's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    None,
    Creates,
    Changes,
    Deletes,
}

/// Type of the object that an operation uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Connector,
    App,
}

impl Operation {
    pub const ALL: [Self; 25] = [
        Self::SignIn,
        Self::SignInFederated,
        Self::SignInWithAccessToken,
        Self::Plan,
        Self::Create,
        Self::CreateDelegated,
        Self::Refresh,
        Self::Import,
        Self::Update,
        Self::UpdateDelegated,
        Self::ChangeOwners,
        Self::Sync,
        Self::Delete,
        Self::CreateApp,
        Self::RefreshApp,
        Self::UpdateApp,
        Self::DeleteApp,
        Self::App,
        Self::AppByName,
        Self::User,
        Self::UserByEmail,
        Self::Integration,
        Self::IntegrationOfApp,
        Self::OktaToken,
        Self::OktaInventory,
    ];

    /// Returns the title in the matrix.
    pub fn title(self) -> &'static str {
        match self {
            Self::SignIn => "sign in with a client secret",
            Self::SignInFederated => "sign in with an OIDC token",
            Self::SignInWithAccessToken => "sign in with an access token",
            Self::Plan => "plan an integration",
            Self::Create => "create an integration",
            Self::CreateDelegated => "create a delegated integration",
            Self::Refresh => "refresh an integration",
            Self::Import => "import an integration",
            Self::Update => "change an integration",
            Self::UpdateDelegated => "change a delegated integration",
            Self::ChangeOwners => "change owners if updates ignore them",
            Self::Sync => "run a sync (sync_trigger)",
            Self::Delete => "delete an integration",
            Self::CreateApp => "create an app",
            Self::RefreshApp => "refresh an app",
            Self::UpdateApp => "change an app",
            Self::DeleteApp => "delete an app",
            Self::App => "data conductorone_app, by ID",
            Self::AppByName => "data conductorone_app, by name",
            Self::User => "data conductorone_user, by ID",
            Self::UserByEmail => "data conductorone_user, by email",
            Self::Integration => "data conductorone_okta_integration, by ID",
            Self::IntegrationOfApp => "data conductorone_okta_integration, the app's only one",
            Self::OktaToken => "data conductorone_okta_token",
            Self::OktaInventory => "data conductorone_okta_inventory",
        }
    }

    pub fn effect(self) -> Effect {
        match self {
            Self::Create | Self::CreateDelegated | Self::CreateApp => Effect::Creates,
            Self::Update | Self::UpdateDelegated | Self::ChangeOwners | Self::Sync | Self::UpdateApp => Effect::Changes,
            Self::Delete | Self::DeleteApp => Effect::Deletes,
            _ => Effect::None,
        }
    }

    pub fn kind(self) -> Kind {
        match self {
            Self::CreateApp | Self::RefreshApp | Self::UpdateApp | Self::DeleteApp => Kind::App,
            _ => Kind::Connector,
        }
    }

    /// Returns true if the operation requires an existing object.
    pub fn needs_object(self) -> bool {
        !matches!(self.effect(), Effect::Creates)
            && !matches!(
                self,
                Self::SignIn | Self::SignInFederated | Self::SignInWithAccessToken | Self::Plan | Self::OktaToken
            )
            && !matches!(self, Self::OktaInventory | Self::App | Self::AppByName | Self::User | Self::UserByEmail)
    }

    pub fn is_sign_in(self) -> bool {
        matches!(self, Self::SignIn | Self::SignInFederated | Self::SignInWithAccessToken)
    }

    /// Returns true if the operation reads an object of the state.
    pub fn is_refresh(self) -> bool {
        matches!(self, Self::Refresh | Self::Import | Self::RefreshApp)
    }

    pub fn is_delegated(self) -> bool {
        matches!(self, Self::CreateDelegated | Self::UpdateDelegated)
    }

    /// Returns the behavior switches of the sandbox.
    pub fn switches(self) -> &'static [&'static str] {
        match self {
            Self::ChangeOwners => &["owners_in_update=ignored", "owners_in_delegated_update=ignored"],
            _ => &[],
        }
    }
}

/// A change to apply.
pub struct Change {
    pub config: Value,
    pub planned: Planned,
}

impl World {
    /// Returns the configuration of the object. Consecutive variants differ.
    pub fn config(&self, rpc: &Rpc, variant: u32) -> Value {
        let ready = self.sandbox.ready();
        let even = variant.is_multiple_of(2);
        let text = |text: &str| Value::from(text);
        let set = |texts: &[&str]| Value::Sequence(texts.iter().map(|text| Value::from(*text)).collect());
        let limit = |argument: &str| (argument.to_owned(), text("2m"));
        let limits = [limit("create"), limit("update"), limit("delete")].into();
        if self.operation.kind() == Kind::App {
            let description = if even { "one" } else { "other" };
            return rpc.object(&[("display_name", text("Matrix")), ("description", text(description))]);
        }
        let app_id = ("app_id", text(&ready.apps[0].id));
        if self.operation.is_delegated() {
            let description = if even { "one" } else { "other" };
            return rpc.object(&[app_id, ("description", text(description)), ("timeouts", Value::Map(limits))]);
        }
        let mut members = vec![
            app_id,
            ("domain", text(&self.okta_url())),
            ("api_token", text(&ready.okta_tokens.super_admin)),
            ("timeouts", Value::Map(limits)),
        ];
        match self.operation {
            Operation::Plan | Operation::Create => {
                members.push(("owners", set(&[&ready.users[0].email])));
                members.push(("required_capabilities", set(&["review_org_roles"])));
            }
            Operation::Update => members.push(("skip_inactive_apps", Value::Bool(even))),
            Operation::Sync => members.push(("sync_trigger", text(&variant.to_string()))),
            Operation::ChangeOwners => {
                members.push(("owners", set(&[&ready.users[if even { 0 } else { 2 }].id])));
            }
            _ => {}
        }
        rpc.object(&members)
    }

    /// Runs the operation. Operations that apply require a change.
    pub async fn act(&self, rpc: &Rpc, change: Option<&Change>) -> Outcome {
        let ready = self.sandbox.ready();
        let text = |text: &str| Value::from(text);
        let only = |diagnostics| Outcome { state: None, private: Vec::new(), identity: None, diagnostics };
        let app_id = ("app_id", text(&ready.apps[0].id));
        let okta = [("domain", text(&self.okta_url())), ("api_token", text(&ready.okta_tokens.read_only))];
        match self.operation {
            Operation::SignIn | Operation::SignInFederated | Operation::SignInWithAccessToken => {
                only(self.sign_in(rpc).await)
            }
            Operation::Plan => {
                let Planned { value, private, replace: _, diagnostics } =
                    rpc.plan(&Value::Null, &self.config(rpc, 0), b"").await;
                Outcome { state: Some(value), private, identity: None, diagnostics }
            }
            Operation::Import => {
                let state = self.object.as_ref().map(|(state, _)| state).unwrap();
                let (Value::String(app), Value::String(id)) = (state.attribute("app_id"), state.attribute("id")) else {
                    panic!("{state:?} has no IDs")
                };
                let imported = rpc.import(&format!("{app}/{id}"), None).await;
                assert_eq!(imported.diagnostics, []);
                rpc.read(&imported.state.unwrap(), &imported.private).await
            }
            Operation::Refresh | Operation::RefreshApp => {
                let (state, private) = self.object.as_ref().unwrap();
                rpc.read(state, private).await
            }
            Operation::App => {
                rpc.data::<AppDataSourceModel>("conductorone_app", &[("id", text(&ready.apps[0].id))]).await
            }
            Operation::AppByName => {
                let name = ("display_name", text(&ready.apps[0].display_name));
                rpc.data::<AppDataSourceModel>("conductorone_app", &[name]).await
            }
            Operation::User => {
                rpc.data::<UserDataSourceModel>("conductorone_user", &[("id", text(&ready.users[0].id))]).await
            }
            Operation::UserByEmail => {
                rpc.data::<UserDataSourceModel>("conductorone_user", &[("email", text(&ready.users[0].email))]).await
            }
            Operation::Integration => {
                let id = self.object.as_ref().unwrap().0.attribute("id").clone();
                rpc.data::<OktaIntegrationDataSourceModel>("conductorone_okta_integration", &[app_id, ("id", id)]).await
            }
            Operation::IntegrationOfApp => {
                rpc.data::<OktaIntegrationDataSourceModel>("conductorone_okta_integration", &[app_id]).await
            }
            Operation::OktaToken => rpc.data::<OktaTokenDataSourceModel>("conductorone_okta_token", &okta).await,
            Operation::OktaInventory => {
                let [domain, token] = okta;
                let members = [domain, token, ("detail", text("full"))];
                rpc.data::<OktaInventoryDataSourceModel>("conductorone_okta_inventory", &members).await
            }
            _ => {
                let prior = self.object.as_ref().map_or(&Value::Null, |(state, _)| state);
                let Change { config, planned } = change.expect("the operation applies a change");
                rpc.apply(prior, planned, config).await
            }
        }
    }
}
