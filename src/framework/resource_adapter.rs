//! The adapter from the typed [`Resource`] trait to Terraform's values.
//!
//! [`TypedResource`] decodes values, plans what all resources have in common, calls the resource, and returns only what
//! Terraform accepts.

use futures::future::BoxFuture;

use crate::framework::context::Context;
use crate::framework::convert::{from_terraform, to_terraform};
use crate::framework::cty::Value;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::plan;
use crate::framework::private::Private;
use crate::framework::resource::{ApplyError, ApplyRequest, Importable, MoveSource, Plan, PlanRequest, Resource};
use crate::framework::schema::derive::{self, InvalidModel};
use crate::framework::schema::{Block, Schema};

/// The input of a plan as values.
pub(crate) struct PlanValues {
    pub(crate) prior: Value,
    pub(crate) proposed: Value,
    pub(crate) config: Value,
    pub(crate) private: Private,
}

/// The result of a plan as values.
pub(crate) struct PlannedChange {
    pub(crate) planned: Value,
    pub(crate) requires_replace: Vec<AttributePath>,
    pub(crate) private: Private,
}

/// The input of an apply as values.
pub(crate) struct ApplyValues {
    pub(crate) prior: Value,
    pub(crate) planned: Value,
    pub(crate) config: Value,
}

/// The result of an apply as values.
pub(crate) struct Applied {
    /// The object after the apply. `None` if the resource does not know it: Terraform then keeps the prior state.
    pub(crate) state: Option<Value>,
    /// Empty if the apply succeeded.
    pub(crate) diagnostics: Diagnostics,
}

/// A resource with its model type erased.
pub(crate) trait DynResource<D>: Send + Sync {
    fn type_name(&self) -> &'static str;
    fn schema(&self) -> &Schema;
    /// Returns the schema of the identity; `None` for a resource without import.
    fn identity_schema(&self) -> Option<&Schema>;
    fn upgrade(&self, version: i64, state: &[u8]) -> Result<Value, Diagnostics>;
    /// Returns the identity of an object, or null if it has none.
    fn identity(&self, state: &Value) -> Result<Value, Diagnostics>;
    fn import_by_id(&self, id: &str) -> Result<Value, Diagnostics>;
    fn import_by_identity(&self, identity: Value) -> Result<Value, Diagnostics>;
    fn move_from(&self, source: &MoveSource<'_>) -> Result<Value, Diagnostics>;
    fn validate(&self, cx: &Context<D>, config: Value) -> Result<(), Diagnostics>;
    fn plan<'a>(&'a self, cx: &'a Context<D>, values: PlanValues) -> BoxFuture<'a, Result<PlannedChange, Diagnostics>>;
    fn read<'a>(
        &'a self,
        cx: &'a Context<D>,
        state: Value,
        private: &'a mut Private,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>>;
    fn apply<'a>(&'a self, cx: &'a Context<D>, values: ApplyValues, private: &'a mut Private)
    -> BoxFuture<'a, Applied>;
}

/// The adapter from [`Resource`] to [`DynResource`].
pub(crate) struct TypedResource<R: Resource> {
    resource: R,
    schema: Schema,
    import: Option<ImportFunctions<R>>,
}

/// The methods of [`Importable`], with the identity's type erased.
struct ImportFunctions<R: Resource> {
    identity_schema: Schema,
    identity: fn(&R, &R::Model, &Block) -> Result<Value, Diagnostics>,
    by_id: fn(&R, &str) -> Result<R::Model, Diagnostics>,
    by_identity: fn(&R, Value) -> Result<R::Model, Diagnostics>,
}

impl<R: Importable> ImportFunctions<R> {
    fn new() -> Result<Self, InvalidModel> {
        Ok(Self {
            identity_schema: derive::schema_without_plan::<R::Identity>()?,
            identity: |resource, state, block| match resource.identity(state) {
                Some(identity) => to_terraform(&identity, block),
                None => Ok(Value::Null),
            },
            by_id: |resource, id| resource.import(resource.parse_import_id(id)?),
            by_identity: |resource, identity| resource.import(from_terraform(identity)?),
        })
    }
}

impl<R: Resource> TypedResource<R> {
    pub(crate) fn new(resource: R) -> Result<Self, InvalidModel> {
        Ok(Self { resource, schema: derive::schema::<R::Model>(R::VERSION)?, import: None })
    }

    pub(crate) fn importable(resource: R) -> Result<Self, InvalidModel>
    where
        R: Importable,
    {
        let import = Some(ImportFunctions::new()?);
        Ok(Self { import, ..Self::new(resource)? })
    }

    fn import_functions(&self) -> Result<&ImportFunctions<R>, Diagnostics> {
        self.import.as_ref().ok_or_else(|| {
            let detail = format!(
                "{} does not support import. Remove the import block, or create the object with Terraform.",
                R::TYPE_NAME
            );
            Diagnostic::error("Resource cannot be imported", detail).into()
        })
    }

    /// Converts a model to a value for the state.
    fn state(&self, model: &R::Model) -> Result<Value, Diagnostics> {
        let value = to_terraform(model, &self.schema.block)?;
        wholly_known(self.schema.block.without_write_only(value))
    }

    async fn create_or_update(
        &self,
        cx: &Context<R::Data>,
        values: ApplyValues,
        private: &mut Private,
    ) -> Result<R::Model, ApplyError<R::Model>> {
        let ApplyValues { prior, planned, config } = values;
        let request = ApplyRequest { config: from_terraform(config)?, planned: from_terraform(planned)?, private };
        if prior.is_null() {
            self.resource.create(cx, request).await
        } else {
            self.resource.update(cx, from_terraform(prior)?, request).await
        }
    }

    async fn delete(&self, cx: &Context<R::Data>, prior: Value) -> Applied {
        let deleted = match from_terraform(prior) {
            Ok(prior) => self.resource.delete(cx, prior).await,
            Err(diagnostics) => Err(diagnostics),
        };
        match deleted {
            Ok(()) => Applied { state: Some(Value::Null), diagnostics: Diagnostics::none() },
            Err(diagnostics) => Applied { state: None, diagnostics: diagnostics.with_error() },
        }
    }

    /// Converts a successful result to the state: the planned values, and the resource's for those that were unknown.
    fn applied(&self, planned: &Value, model: &R::Model) -> Applied {
        let block = &self.schema.block;
        let result = match to_terraform(model, block) {
            Ok(result) => block.without_write_only(result),
            Err(bug) => return Applied { state: None, diagnostics: bug },
        };
        let (state, overridden) = plan::overlay_planned_values(block, planned, result);
        plan::report_overridden(R::TYPE_NAME, &overridden);
        match wholly_known(state.clone()) {
            Ok(state) => Applied { state: Some(state), diagnostics: Diagnostics::none() },
            Err(bug) => Applied { state: Some(state.without_unknowns()), diagnostics: bug },
        }
    }

    /// Converts a failed result to the state: the object that exists nevertheless.
    fn failed(&self, error: ApplyError<R::Model>) -> Applied {
        let mut diagnostics = error.diagnostics.with_error();
        let state = error.state.and_then(|model| match to_terraform(model.as_ref(), &self.schema.block) {
            Ok(state) => Some(self.schema.block.without_write_only(state).without_unknowns()),
            Err(bug) => {
                diagnostics.extend(bug);
                None
            }
        });
        Applied { state, diagnostics }
    }
}

impl<R: Resource> DynResource<R::Data> for TypedResource<R> {
    fn type_name(&self) -> &'static str {
        R::TYPE_NAME
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity_schema(&self) -> Option<&Schema> {
        self.import.as_ref().map(|import| &import.identity_schema)
    }

    fn upgrade(&self, version: i64, state: &[u8]) -> Result<Value, Diagnostics> {
        self.state(&self.resource.upgrade(version, state)?)
    }

    fn identity(&self, state: &Value) -> Result<Value, Diagnostics> {
        match &self.import {
            Some(import) if !state.is_null() && *state != Value::Unknown => {
                (import.identity)(&self.resource, &from_terraform(state.clone())?, &import.identity_schema.block)
            }
            _ => Ok(Value::Null),
        }
    }

    fn import_by_id(&self, id: &str) -> Result<Value, Diagnostics> {
        self.state(&(self.import_functions()?.by_id)(&self.resource, id)?)
    }

    fn import_by_identity(&self, identity: Value) -> Result<Value, Diagnostics> {
        self.state(&(self.import_functions()?.by_identity)(&self.resource, identity)?)
    }

    fn move_from(&self, source: &MoveSource<'_>) -> Result<Value, Diagnostics> {
        self.state(&self.resource.move_from(source)?)
    }

    fn validate(&self, cx: &Context<R::Data>, config: Value) -> Result<(), Diagnostics> {
        if !cx.write_only_allowed() {
            self.schema.block.write_only_violations(&config).into_result()?;
        }
        self.resource.validate(cx, &from_terraform(config)?)
    }

    fn plan<'a>(
        &'a self,
        cx: &'a Context<R::Data>,
        values: PlanValues,
    ) -> BoxFuture<'a, Result<PlannedChange, Diagnostics>> {
        Box::pin(async move {
            let PlanValues { prior, proposed, config, private } = values;
            let block = &self.schema.block;
            // A deletion, or an object that is unknown as a whole: no attribute can be planned.
            if proposed.is_null() || proposed == Value::Unknown {
                return Ok(PlannedChange { planned: proposed, requires_replace: Vec::new(), private });
            }
            let prior_model: Option<R::Model> =
                if prior.is_null() { None } else { Some(from_terraform(prior.clone())?) };

            let mut planned = plan::with_defaults(block, proposed, &config);
            if let Some(prior_model) = &prior_model {
                let mut model: R::Model = from_terraform(planned)?;
                self.resource.semantic_equality(prior_model, &mut model);
                planned = to_terraform(&model, block)?;
            }
            plan::mark_unknown(block, &prior, &mut planned, &config);

            let request = PlanRequest { prior: prior_model, config: from_terraform(config)? };
            let mut change = Plan { planned: from_terraform(planned)?, requires_replace: Vec::new(), private };
            self.resource.plan(cx, &request, &mut change).await?;
            let planned = block.without_write_only(to_terraform(&change.planned, block)?);

            let mut requires_replace = plan::replacements(block, &prior, &planned);
            requires_replace.extend(change.requires_replace);
            requires_replace.sort();
            requires_replace.dedup();
            Ok(PlannedChange { planned, requires_replace, private: change.private })
        })
    }

    fn read<'a>(
        &'a self,
        cx: &'a Context<R::Data>,
        state: Value,
        private: &'a mut Private,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            if state.is_null() {
                return Ok(Value::Null);
            }
            match self.resource.read(cx, from_terraform(state)?, private).await? {
                Some(model) => self.state(&model),
                None => Ok(Value::Null),
            }
        })
    }

    fn apply<'a>(
        &'a self,
        cx: &'a Context<R::Data>,
        values: ApplyValues,
        private: &'a mut Private,
    ) -> BoxFuture<'a, Applied> {
        Box::pin(async move {
            if values.planned.is_null() {
                return self.delete(cx, values.prior).await;
            }
            let planned = values.planned.clone();
            match self.create_or_update(cx, values, private).await {
                Ok(model) => self.applied(&planned, &model),
                Err(error) => self.failed(error),
            }
        })
    }
}

/// Returns the value if it may be stored in a state.
fn wholly_known(value: Value) -> Result<Value, Diagnostics> {
    if value.is_wholly_known() {
        return Ok(value);
    }
    let unknown: Vec<&str> = match &value {
        Value::Map(members) => {
            members.iter().filter(|(_, value)| !value.is_wholly_known()).map(|(name, _)| name.as_str()).collect()
        }
        _ => Vec::new(),
    };
    Err(Diagnostic::error(
        "Provider returned an unknown value",
        format!(
            "The provider returned a state in which {} is still unknown. This is a bug in the provider; please report it.",
            unknown.join(", ")
        ),
    )
    .into())
}
