//! The life of a managed resource, between Terraform's values and the typed trait.
//!
//! [`Managed`] drives one [`Resource`]: it decodes, plans what all resources share, asks the resource, and makes
//! sure that what goes back is what Terraform accepts.

use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::framework::context::Context;
use crate::framework::cty::{self, Value};
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::plan;
use crate::framework::private::Private;
use crate::framework::resource::{ApplyError, ApplyRequest, MoveSource, Plan, PlanRequest, Resource};
use crate::framework::schema::derive::{self, InvalidModel};
use crate::framework::schema::{Block, Schema};

/// A planned change as values.
pub(crate) struct PlannedChange {
    pub(crate) planned: Value,
    pub(crate) requires_replace: Vec<AttributePath>,
    pub(crate) private: Private,
}

/// The object after an apply, and whether it went as planned.
pub(crate) struct Applied {
    /// `None`: nothing to tell, Terraform keeps what it has.
    pub(crate) state: Option<Value>,
    pub(crate) diagnostics: Diagnostics,
}

/// A resource whose model has been forgotten, so that different ones fit one list.
pub(crate) trait AnyResource<D>: Send + Sync {
    fn type_name(&self) -> &'static str;
    fn schema(&self) -> &Schema;
    fn identity_schema(&self) -> &Schema;
    /// A state of an earlier layout.
    fn upgrade(&self, version: i64, state: &[u8]) -> Result<Value, Diagnostics>;
    /// The identity of an object; null while it has none.
    fn identity(&self, state: &Value) -> Result<Value, Diagnostics>;
    fn import_by_id(&self, id: &str) -> Result<Value, Diagnostics>;
    fn import_by_identity(&self, identity: Value) -> Result<Value, Diagnostics>;
    fn move_from(&self, source: &MoveSource<'_>) -> Result<Value, Diagnostics>;
    fn validate(&self, cx: &Context<D>, config: Value) -> Result<(), Diagnostics>;
    fn plan<'a>(
        &'a self,
        cx: &'a Context<D>,
        prior: Value,
        proposed: Value,
        config: Value,
        private: Private,
    ) -> BoxFuture<'a, Result<PlannedChange, Diagnostics>>;
    fn read<'a>(
        &'a self,
        cx: &'a Context<D>,
        state: Value,
        private: &'a mut Private,
    ) -> BoxFuture<'a, Result<Value, Diagnostics>>;
    fn apply<'a>(
        &'a self,
        cx: &'a Context<D>,
        prior: Value,
        planned: Value,
        config: Value,
        private: &'a mut Private,
    ) -> BoxFuture<'a, Applied>;
}

/// A resource with its schema.
pub(crate) struct Managed<R> {
    resource: R,
    schema: Schema,
    identity_schema: Schema,
}

impl<R: Resource> Managed<R> {
    pub(crate) fn new(resource: R) -> Result<Self, InvalidModel> {
        let identity_schema = derive::schema::<R::Identity>(0)?;
        Ok(Self { resource, schema: derive::schema::<R::Model>(R::VERSION)?, identity_schema })
    }

    fn imported(&self, identity: R::Identity) -> Result<Value, Diagnostics> {
        let value = to_terraform(&self.resource.import(identity)?, &self.schema.block)?;
        wholly_known(self.schema.block.without_write_only(value))
    }

    async fn create_or_update(
        &self,
        cx: &Context<R::Data>,
        prior: Value,
        planned: Value,
        config: Value,
        private: &mut Private,
    ) -> Result<R::Model, ApplyError<R::Model>> {
        let request = ApplyRequest { config: from_terraform(config)?, planned: from_terraform(planned)?, private };
        if prior.is_null() {
            self.resource.create(cx, request).await
        } else {
            self.resource.update(cx, from_terraform(prior)?, request).await
        }
    }
}

impl<R: Resource> AnyResource<R::Data> for Managed<R> {
    fn type_name(&self) -> &'static str {
        R::TYPE_NAME
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity_schema(&self) -> &Schema {
        &self.identity_schema
    }

    fn upgrade(&self, version: i64, state: &[u8]) -> Result<Value, Diagnostics> {
        let value = to_terraform(&self.resource.upgrade(version, state)?, &self.schema.block)?;
        wholly_known(self.schema.block.without_write_only(value))
    }

    fn identity(&self, state: &Value) -> Result<Value, Diagnostics> {
        if state.is_null() || matches!(state, Value::Unknown(_)) {
            return Ok(Value::Null);
        }
        match self.resource.identity(&from_terraform(state.clone())?) {
            Some(identity) => to_terraform(&identity, &self.identity_schema.block),
            None => Ok(Value::Null),
        }
    }

    fn import_by_id(&self, id: &str) -> Result<Value, Diagnostics> {
        self.imported(self.resource.parse_import_id(id)?)
    }

    fn import_by_identity(&self, identity: Value) -> Result<Value, Diagnostics> {
        self.imported(from_terraform(identity)?)
    }

    fn move_from(&self, source: &MoveSource<'_>) -> Result<Value, Diagnostics> {
        let value = to_terraform(&self.resource.move_from(source)?, &self.schema.block)?;
        wholly_known(self.schema.block.without_write_only(value))
    }

    fn validate(&self, cx: &Context<R::Data>, config: Value) -> Result<(), Diagnostics> {
        write_only_allowed(&self.schema.block, &config, cx.write_only_allowed())?;
        self.resource.validate(cx, &from_terraform(config)?)
    }

    fn plan<'a>(
        &'a self,
        cx: &'a Context<R::Data>,
        prior: Value,
        proposed: Value,
        config: Value,
        private: Private,
    ) -> BoxFuture<'a, Result<PlannedChange, Diagnostics>> {
        Box::pin(async move {
            let block = &self.schema.block;
            // A whole object that is not known yet says nothing that could be planned.
            if proposed.is_null() || matches!(proposed, Value::Unknown(_)) {
                return Ok(PlannedChange { planned: proposed, requires_replace: Vec::new(), private });
            }
            let prior_model: Option<R::Model> =
                if prior.is_null() { None } else { Some(from_terraform(prior.clone())?) };

            let mut planned = plan::with_defaults(block, proposed, &config);
            if let Some(prior_model) = &prior_model {
                planned = typed(planned, block, |model| self.resource.semantic_equality(prior_model, model))?;
            }
            plan::mark_unknown(block, &prior, &mut planned, &config);

            let request = PlanRequest { prior: prior_model, config: from_terraform(config)? };
            let before = from_terraform::<R::Model>(planned.clone())?;
            let before_value = to_terraform(&before, block)?;
            let mut change = Plan { planned: before, requires_replace: Vec::new(), private };
            self.resource.plan(cx, &request, &mut change).await?;
            let planned = plan::merge(planned, &before_value, to_terraform(&change.planned, block)?);

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
            let block = &self.schema.block;
            let before: R::Model = from_terraform(state.clone())?;
            let before_value = to_terraform(&before, block)?;
            match self.resource.read(cx, before, private).await? {
                Some(model) => {
                    let read = plan::merge(state, &before_value, to_terraform(&model, block)?);
                    wholly_known(block.without_write_only(read))
                }
                None => Ok(Value::Null),
            }
        })
    }

    fn apply<'a>(
        &'a self,
        cx: &'a Context<R::Data>,
        prior: Value,
        planned: Value,
        config: Value,
        private: &'a mut Private,
    ) -> BoxFuture<'a, Applied> {
        Box::pin(async move {
            let block = &self.schema.block;
            if planned.is_null() {
                let deleted = match from_terraform(prior) {
                    Ok(prior) => self.resource.delete(cx, prior).await,
                    Err(diagnostics) => Err(diagnostics),
                };
                return match deleted {
                    Ok(()) => Applied { state: Some(Value::Null), diagnostics: Diagnostics::none() },
                    Err(diagnostics) => Applied { state: None, diagnostics },
                };
            }
            let outcome = self.create_or_update(cx, prior, planned.clone(), config, private).await;
            let (model, diagnostics) = match outcome {
                Ok(model) => (Some(Box::new(model)), Diagnostics::none()),
                Err(ApplyError { diagnostics, state }) => (state, diagnostics),
            };
            let Some(model) = model else { return Applied { state: None, diagnostics } };
            match to_terraform(model.as_ref(), block) {
                Ok(answer) if diagnostics.has_error() => {
                    let state = block.without_write_only(answer).without_unknowns();
                    Applied { state: Some(state), diagnostics }
                }
                Ok(answer) => match wholly_known(block.without_write_only(plan::settle(&planned, answer.clone()))) {
                    Ok(state) => Applied { state: Some(state), diagnostics },
                    Err(bug) => Applied { state: Some(answer.without_unknowns()), diagnostics: bug },
                },
                Err(bug) => Applied { state: None, diagnostics: bug },
            }
        })
    }
}

/// Lets a resource work on a value as its model, and keeps of the value what the model has no words for.
fn typed<M: Serialize + DeserializeOwned>(
    value: Value,
    block: &Block,
    work: impl FnOnce(&mut M),
) -> Result<Value, Diagnostics> {
    let mut model: M = from_terraform(value.clone())?;
    let before = to_terraform(&model, block)?;
    work(&mut model);
    Ok(plan::merge(value, &before, to_terraform(&model, block)?))
}

/// A value as a model.
pub(crate) fn from_terraform<M: DeserializeOwned>(value: Value) -> Result<M, Diagnostics> {
    cty::from_value(value).map_err(|mismatch| {
        Diagnostic::error("Value has the wrong form", format!("{mismatch}.")).at(mismatch.path.clone()).into()
    })
}

/// A model as a value of its block.
pub(crate) fn to_terraform<M: Serialize>(model: &M, block: &Block) -> Result<Value, Diagnostics> {
    let bug = |path: AttributePath, problem: String| -> Diagnostics {
        Diagnostic::error(
            "Provider made an invalid value",
            format!("{problem}. This is a bug in the provider; please report it."),
        )
        .at(path)
        .into()
    };
    let value = cty::to_value(model).map_err(|error| bug(AttributePath::root(), error.to_string()))?;
    value.conform(&block.ty()).map_err(|mismatch| bug(mismatch.path.clone(), mismatch.to_string()))
}

/// A value that may go into a state.
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
        "Provider left a value unknown",
        format!("{} should be known by now. This is a bug in the provider; please report it.", unknown.join(", ")),
    )
    .into())
}

/// Refuses write-only values for a caller that would store them.
fn write_only_allowed(block: &Block, config: &Value, allowed: bool) -> Result<(), Diagnostics> {
    let set = block
        .attributes
        .iter()
        .filter(|(name, attribute)| !allowed && attribute.write_only && !config.attribute(name).is_null());
    let refused = set.map(|(name, _)| {
        Diagnostic::error(
            "Write-only argument is not supported here",
            format!(
                "{name} is write-only: it must never be stored. This version of Terraform or OpenTofu would store it; \
                 write-only arguments need Terraform 1.11 or OpenTofu 1.11."
            ),
        )
        .at(AttributePath::to(name))
    });
    refused.collect::<Diagnostics>().into_result()
}
