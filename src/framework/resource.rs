//! The trait of managed resources, with typed requests and responses.

use std::future::Future;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::model::Model;
use crate::framework::path::AttributePath;
use crate::framework::private::Private;

/// A managed resource.
///
/// Only [`create`](Self::create), [`read`](Self::read), [`update`](Self::update) and [`delete`](Self::delete) are
/// required. Import and identity are in the trait [`Importable`]. All other abilities have defaults.
///
/// Values in `config` can be unknown in [`validate`](Self::validate) and [`plan`](Self::plan) only. Write-only
/// attributes have a value in `config` only.
pub trait Resource: Send + Sync + 'static {
    /// Its arguments and attributes.
    type Model: Model;
    /// The data of the configured provider.
    type Data: Send + Sync + 'static;

    /// Its type name, which starts with the provider's.
    const TYPE_NAME: &'static str;
    /// The version of its state layout. A resource that increments it implements [`upgrade`](Self::upgrade).
    const VERSION: i64 = 0;

    /// Validates the arguments offline.
    ///
    /// # Errors
    /// If an argument is invalid.
    fn validate(&self, _cx: &Context<Self::Data>, _config: &Self::Model) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Restores the prior value of an argument if the planned value is only another spelling of it.
    fn semantic_equality(&self, _prior: &Self::Model, _planned: &mut Self::Model) {}

    /// Customizes the plan: verifies it against the service, fills in computed values, requires replacement. The
    /// framework has already filled in defaults, prior values and unknown values.
    ///
    /// # Errors
    /// If an apply could not succeed.
    fn plan(
        &self,
        _cx: &Context<Self::Data>,
        _request: &PlanRequest<Self::Model>,
        _plan: &mut Plan<Self::Model>,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send {
        std::future::ready(Ok(()))
    }

    /// Creates the object and returns it. Values that the plan knows must be returned unchanged, because Terraform
    /// rejects a different result.
    ///
    /// # Errors
    /// If the create fails. The error must contain the object if one exists by then; otherwise Terraform loses track of
    /// it.
    fn create(
        &self,
        cx: &Context<Self::Data>,
        request: ApplyRequest<'_, Self::Model>,
    ) -> impl Future<Output = Result<Self::Model, ApplyError<Self::Model>>> + Send;

    /// Reads the object, or returns `None` if it no longer exists.
    ///
    /// # Errors
    /// If the read fails.
    fn read(
        &self,
        cx: &Context<Self::Data>,
        state: Self::Model,
        private: &mut Private,
    ) -> impl Future<Output = Result<Option<Self::Model>, Diagnostics>> + Send;

    /// Updates the object from `prior` to the planned values and returns it, with the same rule as
    /// [`create`](Self::create).
    ///
    /// # Errors
    /// If the update fails. Without an object in the error, Terraform keeps the prior one.
    fn update(
        &self,
        cx: &Context<Self::Data>,
        prior: Self::Model,
        request: ApplyRequest<'_, Self::Model>,
    ) -> impl Future<Output = Result<Self::Model, ApplyError<Self::Model>>> + Send;

    /// Deletes the object. Succeeds if it no longer exists.
    ///
    /// # Errors
    /// If the delete fails.
    fn delete(
        &self,
        cx: &Context<Self::Data>,
        state: Self::Model,
    ) -> impl Future<Output = Result<(), Diagnostics>> + Send;

    /// Converts a stored state of an earlier [`VERSION`](Self::VERSION). By default there is no earlier version.
    ///
    /// # Errors
    /// If the version is unknown, or the state does not follow its layout.
    fn upgrade(&self, version: i64, _state: &[u8]) -> Result<Self::Model, Diagnostics> {
        Err(Diagnostic::error(
            "Could not read the state",
            format!(
                "Schema version {version} of {} does not exist. Remove the object from the state with `terraform state \
                 rm`, and import it again.",
                Self::TYPE_NAME
            ),
        )
        .into())
    }

    /// Converts the state of another resource type, of this provider or another, for a `moved` block. Called in a
    /// process that is not configured. By default no type can be moved.
    ///
    /// # Errors
    /// If objects of that type cannot be moved.
    fn move_from(&self, source: &MoveSource<'_>) -> Result<Self::Model, Diagnostics> {
        Err(Diagnostic::error(
            "Cannot move this resource",
            format!(
                "A {} of {} cannot become a {}. Remove the moved block, and import the object instead.",
                source.type_name,
                source.provider_address,
                Self::TYPE_NAME
            ),
        )
        .into())
    }
}

/// A resource whose objects can be imported, and have an identity (Terraform 1.12).
///
/// Register it with
/// [`Registry::importable_resource`](crate::framework::provider::Registry::importable_resource).
pub trait Importable: Resource {
    /// The attributes that identify an object outside Terraform. All are required for an import.
    type Identity: Model;

    /// Returns the identity of an object, or `None` if it has none yet.
    fn identity(&self, state: &Self::Model) -> Option<Self::Identity>;

    /// Parses the ID that a user passes to `terraform import`.
    ///
    /// # Errors
    /// If the ID is malformed. The message must show the format.
    fn parse_import_id(&self, id: &str) -> Result<Self::Identity, Diagnostics>;

    /// Returns the attributes that [`Resource::read`] needs to read the object of an identity.
    ///
    /// # Errors
    /// If no object can have this identity.
    fn import(&self, identity: Self::Identity) -> Result<Self::Model, Diagnostics>;
}

/// An object of another type that a `moved` block converts to a resource.
#[derive(Clone, Copy, Debug)]
pub struct MoveSource<'m> {
    /// Address of the provider that wrote the state, `HOST/NAMESPACE/TYPE`.
    pub provider_address: &'m str,
    /// The object's resource type.
    pub type_name: &'m str,
    /// The version of the state layout of that type.
    pub schema_version: i64,
    /// The object's state as JSON.
    pub state: &'m [u8],
}

/// The input of a plan.
#[derive(Debug)]
pub struct PlanRequest<M> {
    /// The object in the state; `None` for a create.
    pub prior: Option<M>,
    /// The configuration.
    pub config: M,
}

/// The result of a plan.
#[derive(Debug)]
pub struct Plan<M> {
    /// The object after apply. Only computed attributes may differ from the configuration.
    pub planned: M,
    /// Attributes whose change requires a new object, in addition to those whose schema says so.
    pub requires_replace: Vec<AttributePath>,
    /// Private data for the apply.
    pub private: Private,
}

/// The input of a create or an update.
#[derive(Debug)]
pub struct ApplyRequest<'p, M> {
    /// The configuration. All values are known.
    pub config: M,
    /// The planned object. Computed attributes can be unknown.
    pub planned: M,
    /// Private data, stored in the state beside the object.
    pub private: &'p mut Private,
}

/// The error of a create or an update, with the object that exists nevertheless.
#[derive(Debug)]
pub struct ApplyError<M> {
    /// The reasons, at least one of them an error.
    pub diagnostics: Diagnostics,
    /// The object that exists. After a create Terraform marks it as tainted.
    pub state: Option<Box<M>>,
}

impl<M> ApplyError<M> {
    /// Creates the error of an operation after which this object exists.
    pub fn with(state: M, diagnostics: impl Into<Diagnostics>) -> Self {
        Self { diagnostics: diagnostics.into(), state: Some(Box::new(state)) }
    }
}

impl<M> From<Diagnostics> for ApplyError<M> {
    /// Creates the error of an operation that changed nothing.
    fn from(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, state: None }
    }
}

impl<M> From<Diagnostic> for ApplyError<M> {
    /// Creates the error of an operation that changed nothing.
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics::from(diagnostic).into()
    }
}
