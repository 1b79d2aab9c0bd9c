//! The resource `conductorone_okta_integration`: an Okta connector of a ConductorOne app.
//!
//! Each operation has a file of its own. ARCHITECTURE.md describes the order and the rules.

mod capabilities;
mod create;
mod creation;
mod credentials;
mod delete;
mod duplicates;
mod import;
mod model;
mod out_of_band;
mod owner_roles;
mod owners;
mod plan;
mod preconditions;
mod read;
mod settings;
mod state_move;
mod sync;
mod timeouts;
mod update;
mod writes;

use std::collections::BTreeSet;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::resource::{ApplyError, ApplyRequest, Importable, MoveSource, Plan, PlanRequest, Resource};
use crate::provider::data::ProviderData;
use crate::provider::support::connector_settings::same_domain;
use crate::provider::support::ids::is_id;

pub use self::import::OktaIntegrationIdentity;
pub use self::model::{OktaIntegrationModel, Timeouts};

use self::credentials::Credentials;
use self::timeouts::OperationTimeouts;

/// The resource `conductorone_okta_integration`.
#[derive(Debug)]
pub struct OktaIntegrationResource;

impl Resource for OktaIntegrationResource {
    type Model = OktaIntegrationModel;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_okta_integration";
    /// Version 0 is the layout of the vendor's resource, so that its state can be upgraded in place.
    const VERSION: i64 = 1;

    fn validate(&self, cx: &Context<ProviderData>, config: &OktaIntegrationModel) -> Result<(), Diagnostics> {
        let mut problems = Diagnostics::none();
        credentials::warn_about_missing_version(cx, config);
        match Credentials::read(config) {
            Ok(credentials) => credentials::warn_about_shape(cx, &credentials),
            Err(invalid) => problems.extend(invalid),
        }
        if config.app_id.text().is_some_and(|id| !is_id(id)) {
            problems.push(
                Diagnostic::error(
                    "App ID is not valid",
                    "IDs of ConductorOne consist of letters and digits. Copy the app's ID from the address of its page \
                     in ConductorOne: …/apps/ID.",
                )
                .at(AttributePath::to("app_id")),
            );
        }
        problems.extend(settings::validate(config).err().unwrap_or_default());
        problems.extend(capabilities::validate(config).err().unwrap_or_default());
        problems.extend(owners::validate(&config.owners).err().unwrap_or_default());
        problems.extend(OperationTimeouts::from_block(&config.timeouts).err().unwrap_or_default());
        problems.into_result()
    }

    fn semantic_equality(&self, prior: &OktaIntegrationModel, planned: &mut OktaIntegrationModel) {
        if same_domain(&prior.domain, &planned.domain) {
            planned.domain = prior.domain.clone();
        }
    }

    async fn plan(
        &self,
        cx: &Context<ProviderData>,
        request: &PlanRequest<OktaIntegrationModel>,
        plan: &mut Plan<OktaIntegrationModel>,
    ) -> Result<(), Diagnostics> {
        plan::complete(cx, request, plan).await
    }

    async fn create(
        &self,
        cx: &Context<ProviderData>,
        request: ApplyRequest<'_, OktaIntegrationModel>,
    ) -> Result<OktaIntegrationModel, ApplyError<OktaIntegrationModel>> {
        create::create(cx, request).await
    }

    async fn read(
        &self,
        cx: &Context<ProviderData>,
        state: OktaIntegrationModel,
        private: &mut Private,
    ) -> Result<Option<OktaIntegrationModel>, Diagnostics> {
        read::read(cx, state, private).await
    }

    async fn update(
        &self,
        cx: &Context<ProviderData>,
        prior: OktaIntegrationModel,
        request: ApplyRequest<'_, OktaIntegrationModel>,
    ) -> Result<OktaIntegrationModel, ApplyError<OktaIntegrationModel>> {
        update::update(cx, prior, request).await
    }

    async fn delete(&self, cx: &Context<ProviderData>, state: OktaIntegrationModel) -> Result<(), Diagnostics> {
        delete::delete(cx, &state).await
    }

    fn upgrade(&self, version: i64, state: &[u8]) -> Result<OktaIntegrationModel, Diagnostics> {
        state_move::upgrade(version, state)
    }

    fn move_from(&self, source: &MoveSource<'_>) -> Result<OktaIntegrationModel, Diagnostics> {
        state_move::move_from(source)
    }
}

impl Importable for OktaIntegrationResource {
    type Identity = OktaIntegrationIdentity;

    fn identity(&self, state: &OktaIntegrationModel) -> Option<OktaIntegrationIdentity> {
        import::identity(state)
    }

    fn parse_import_id(&self, id: &str) -> Result<OktaIntegrationIdentity, Diagnostics> {
        import::parse(id)
    }

    fn import(&self, identity: OktaIntegrationIdentity) -> Result<OktaIntegrationModel, Diagnostics> {
        import::import(identity)
    }
}

/// The user IDs of a known set of owners.
type OwnerIds = BTreeSet<String>;
