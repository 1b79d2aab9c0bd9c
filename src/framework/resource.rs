//! Managed resources: the trait that each one implements, with typed requests and answers.

use std::future::Future;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::provider::Model;

/// A managed resource.
///
/// Values in `config` may be unknown in [`validate`](Self::validate) and [`plan`](Self::plan) and nowhere else.
/// Write-only attributes have their values in `config` alone.
pub trait Resource: Send + Sync + 'static {
    /// Its arguments and attributes.
    type Model: Model;
    /// What identifies the object outside Terraform (Terraform 1.12); part of every import. All of it required.
    type Identity: Model;
    /// What the provider made of its configuration.
    type Data: Send + Sync + 'static;

    /// Its type name, which begins with the provider's.
    const TYPE_NAME: &'static str;
    /// Version of its state layout, from 0.
    const VERSION: i64;

    /// Checks the arguments offline.
    ///
    /// # Errors
    /// What is wrong with them, each on its argument.
    fn validate(&self, cx: &Context<Self::Data>, config: &Self::Model) -> Result<(), Diagnostics>;

    /// Puts back the prior value of an argument where the configuration only spells the same thing differently.
    fn semantic_equality(&self, prior: &Self::Model, planned: &mut Self::Model);

    /// Completes the plan: looks at the world, fills computed values in, demands replacement. The framework has
    /// filled in defaults, prior values and unknown values before.
    ///
    /// # Errors
    /// When an apply could not succeed.
    fn plan(
        &self,
        cx: &Context<Self::Data>,
        request: &PlanRequest<Self::Model>,
        plan: &mut Plan<Self::Model>,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;

    /// Creates the object. What the plan left unknown is taken from the answer; the rest stays as planned.
    ///
    /// # Errors
    /// When it failed; whatever exists by then must be in the failure, or nothing tracks it.
    fn create(
        &self,
        cx: &Context<Self::Data>,
        request: ApplyRequest<'_, Self::Model>,
    ) -> impl Future<Output = Result<Self::Model, ApplyError<Self::Model>>> + Send;

    /// Reads the object; `None` when it is gone.
    ///
    /// # Errors
    /// When that cannot be told.
    fn read(
        &self,
        cx: &Context<Self::Data>,
        state: Self::Model,
        private: &mut Private,
    ) -> impl Future<Output = Result<Option<Self::Model>, Diagnostics>> + Send;

    /// Changes the object from `prior` to what is planned.
    ///
    /// # Errors
    /// When it failed; without a state in the failure the prior one is kept.
    fn update(
        &self,
        cx: &Context<Self::Data>,
        prior: Self::Model,
        request: ApplyRequest<'_, Self::Model>,
    ) -> impl Future<Output = Result<Self::Model, ApplyError<Self::Model>>> + Send;

    /// Deletes the object. One that is gone already is a success.
    ///
    /// # Errors
    /// When it still exists, or that cannot be told.
    fn delete(
        &self,
        cx: &Context<Self::Data>,
        state: Self::Model,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;

    /// Reads a state of an earlier layout, as it was stored.
    ///
    /// # Errors
    /// When there is no such layout, or the state does not follow it.
    fn upgrade(&self, version: i64, state: &[u8]) -> Result<Self::Model, Diagnostics>;

    /// The identity of an object; `None` while it has none.
    fn identity(&self, state: &Self::Model) -> Option<Self::Identity>;

    /// The identity that a user means by the text given to `terraform import`.
    ///
    /// # Errors
    /// When it is malformed; the message shows the form.
    fn parse_import_id(&self, id: &str) -> Result<Self::Identity, Diagnostics>;

    /// What is known of an object of this identity before it is read: enough for [`read`](Self::read).
    ///
    /// # Errors
    /// When no object can have it.
    fn import(&self, identity: Self::Identity) -> Result<Self::Model, Diagnostics>;

    /// Translates the state of another resource, of this provider or another, for a `moved` block. Runs in a
    /// process that is not configured.
    ///
    /// # Errors
    /// When that resource is not one that can become this.
    fn move_from(&self, source: &MoveSource<'_>) -> Result<Self::Model, Diagnostics>;
}

/// An object that a `moved` block turns into one of this type.
#[derive(Clone, Copy, Debug)]
pub struct MoveSource<'m> {
    /// Address of the provider that wrote the state, `HOST/NAMESPACE/TYPE`.
    pub provider_address: &'m str,
    /// Its type there.
    pub type_name: &'m str,
    /// Version of its state layout there.
    pub schema_version: i64,
    /// Its state as JSON.
    pub state: &'m [u8],
}

/// What a plan starts from.
#[derive(Debug)]
pub struct PlanRequest<M> {
    /// The object as last seen; `None` when it is to be created.
    pub prior: Option<M>,
    /// What the user wrote.
    pub config: M,
}

/// What a plan comes to.
#[derive(Debug)]
pub struct Plan<M> {
    /// The object after apply. Only computed attributes may differ from the configuration.
    pub planned: M,
    /// Attributes whose change needs a new object, beside those whose schema says so.
    pub requires_replace: Vec<AttributePath>,
    /// Passed on to the apply.
    pub private: Private,
}

/// What an apply is to bring about.
#[derive(Debug)]
pub struct ApplyRequest<'p, M> {
    /// What the user wrote, all known.
    pub config: M,
    /// The planned object; computed attributes may be unknown.
    pub planned: M,
    /// Kept in the state beside the object.
    pub private: &'p mut Private,
}

/// A create or update that did not succeed.
#[derive(Debug)]
pub struct ApplyError<M> {
    /// Why; at least one error.
    pub diagnostics: Diagnostics,
    /// What exists now. After a create Terraform marks it as tainted.
    pub state: Option<Box<M>>,
}

impl<M> ApplyError<M> {
    /// The failure of an operation that left this object behind.
    pub fn with(state: M, diagnostics: impl Into<Diagnostics>) -> Self {
        Self { diagnostics: diagnostics.into(), state: Some(Box::new(state)) }
    }
}

impl<M> From<Diagnostics> for ApplyError<M> {
    /// Nothing was changed.
    fn from(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, state: None }
    }
}

impl<M> From<Diagnostic> for ApplyError<M> {
    /// Nothing was changed.
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics::from(diagnostic).into()
    }
}
