//! The resource `conductorone_okta_integration`: an Okta connector of a ConductorOne app.
//!
//! One file per step of its life; the rules are in ARCHITECTURE.md.

mod capabilities;
mod create;
mod creation;
mod credentials;
mod delete;
mod duplicates;
mod import;
mod model;
mod moved;
mod outside;
mod owner_roles;
pub(crate) mod owners;
mod plan;
mod preconditions;
mod read;
pub(crate) mod settings;
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

pub use self::import::Identity;
pub use self::model::{OktaIntegration, Timeouts};

use self::credentials::Credentials;
use self::timeouts::Limits;

/// The resource.
#[derive(Debug)]
pub struct OktaIntegrationResource;

impl Resource for OktaIntegrationResource {
    type Model = OktaIntegration;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_okta_integration";
    /// Version 0 is the layout of the vendor's resource, so that a state of that one can be taken over.
    const VERSION: i64 = 1;

    fn validate(&self, cx: &Context<ProviderData>, config: &OktaIntegration) -> Result<(), Diagnostics> {
        let mut wrong = Diagnostics::none();
        credentials::warn_about_missing_version(cx, config);
        match Credentials::read(config) {
            Ok(credentials) => credentials::warn_about_shape(cx, &credentials),
            Err(found) => wrong.extend(found),
        }
        if config.app_id.text().is_some_and(|id| !is_id(id)) {
            wrong.push(
                Diagnostic::error(
                    "App ID is not valid",
                    "ConductorOne's IDs are letters and digits. The ID of an app is in the address of its page: \
                     …/apps/ID.",
                )
                .at(AttributePath::to("app_id")),
            );
        }
        wrong.extend(settings::validate(config).err().unwrap_or_default());
        wrong.extend(capabilities::validate(config).err().unwrap_or_default());
        wrong.extend(owners::validate(&config.owners).err().unwrap_or_default());
        wrong.extend(Limits::from_block(&config.timeouts).err().unwrap_or_default());
        wrong.into_result()
    }

    fn semantic_equality(&self, prior: &OktaIntegration, planned: &mut OktaIntegration) {
        if settings::same_domain(&prior.domain, &planned.domain) {
            planned.domain = prior.domain.clone();
        }
    }

    async fn plan(
        &self,
        cx: &Context<ProviderData>,
        request: &PlanRequest<OktaIntegration>,
        plan: &mut Plan<OktaIntegration>,
    ) -> Result<(), Diagnostics> {
        plan::complete(cx, request, plan).await
    }

    async fn create(
        &self,
        cx: &Context<ProviderData>,
        request: ApplyRequest<'_, OktaIntegration>,
    ) -> Result<OktaIntegration, ApplyError<OktaIntegration>> {
        create::create(cx, request).await
    }

    async fn read(
        &self,
        cx: &Context<ProviderData>,
        state: OktaIntegration,
        private: &mut Private,
    ) -> Result<Option<OktaIntegration>, Diagnostics> {
        read::read(cx, state, private).await
    }

    async fn update(
        &self,
        cx: &Context<ProviderData>,
        prior: OktaIntegration,
        request: ApplyRequest<'_, OktaIntegration>,
    ) -> Result<OktaIntegration, ApplyError<OktaIntegration>> {
        update::update(cx, prior, request).await
    }

    async fn delete(&self, cx: &Context<ProviderData>, state: OktaIntegration) -> Result<(), Diagnostics> {
        delete::delete(cx, &state).await
    }

    fn upgrade(&self, version: i64, state: &[u8]) -> Result<OktaIntegration, Diagnostics> {
        moved::upgrade(version, state)
    }

    fn move_from(&self, source: &MoveSource<'_>) -> Result<OktaIntegration, Diagnostics> {
        moved::move_from(source)
    }
}

impl Importable for OktaIntegrationResource {
    type Identity = Identity;

    fn identity(&self, state: &OktaIntegration) -> Option<Identity> {
        import::identity(state)
    }

    fn parse_import_id(&self, id: &str) -> Result<Identity, Diagnostics> {
        import::parse(id)
    }

    fn import(&self, identity: Identity) -> Result<OktaIntegration, Diagnostics> {
        import::import(identity)
    }
}

/// Whether a text can be one of ConductorOne's IDs, as far as a path of its API goes.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// The IDs in a set of owners that is known.
type OwnerIds = BTreeSet<String>;
