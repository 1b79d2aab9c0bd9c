//! The RPCs of managed resources.

use super::convert::{decode, diagnostics, encode, write_only_allowed};
use super::state::{Secrets, State};
use crate::framework::context::CallSignals;
use crate::framework::cty::{self, Value};
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::resource::MoveSource;
use crate::framework::resource_adapter::{Applied, ApplyValues, DynResource, PlanValues};
use crate::framework::schema::{Block, Configurability, Schema};
use crate::plugin::proto::tfplugin5::{
    DynamicValue, ResourceIdentityData, apply_resource_change, generate_resource_config, import_resource_state,
    move_resource_state, plan_resource_change, read_resource, upgrade_resource_identity, upgrade_resource_state,
    validate_resource_type_config,
};

impl<P: Provider> State<P> {
    pub(super) async fn validate_resource_type_config(
        &self,
        request: validate_resource_type_config::Request,
    ) -> validate_resource_type_config::Response {
        let messages = self.resource(&request.type_name).and_then(|resource| {
            let block = &resource.schema().block;
            let config = decode(request.config, &block.ty(), "configuration")?;
            let cx = self.context(write_only_allowed(request.client_capabilities));
            let validated = resource.validate(&cx, config.clone());
            let mut found = validated.map_err(Diagnostics::with_error).err().unwrap_or_default();
            found.extend(block.config_violations(&config));
            Ok(self.messages(&cx, &Secrets { block, values: &[&config] }, found))
        });
        validate_resource_type_config::Response { diagnostics: diagnostics(messages.unwrap_or_else(|failed| failed)) }
    }

    pub(super) async fn upgrade_resource_state(
        &self,
        request: upgrade_resource_state::Request,
    ) -> upgrade_resource_state::Response {
        let upgraded = self.resource(&request.type_name).and_then(|resource| {
            let schema = resource.schema();
            let json = request.raw_state.unwrap_or_default().json;
            let state = if request.version < schema.version && !json.is_empty() {
                resource.upgrade(request.version, &json)?
            } else {
                stored_state(&request.type_name, schema, request.version, &json)?
            };
            Ok(encode(&state, &schema.block.ty()))
        });
        match upgraded {
            Ok(upgraded_state) => upgrade_resource_state::Response { upgraded_state, diagnostics: Vec::new() },
            Err(failed) => upgrade_resource_state::Response { upgraded_state: None, diagnostics: diagnostics(failed) },
        }
    }

    pub(super) async fn read_resource(&self, request: read_resource::Request) -> read_resource::Response {
        let kept = read_resource::Response {
            new_state: request.current_state.clone(),
            private: request.private.clone(),
            new_identity: request.current_identity.clone(),
            ..Default::default()
        };
        let read = self.try_read_resource(request).await;
        read.unwrap_or_else(|failed| read_resource::Response { diagnostics: diagnostics(failed), ..kept })
    }

    async fn try_read_resource(&self, request: read_resource::Request) -> Result<read_resource::Response, Diagnostics> {
        let resource = self.resource(&request.type_name)?;
        let block = &resource.schema().block;
        let ty = block.ty();
        let state = decode(request.current_state, &ty, "state")?;
        let mut private = Private::parse(&request.private);
        let cx = self.context(write_only_allowed(request.client_capabilities));
        let read = resource.read(&cx, state.clone(), &mut private).await;
        let read = read.and_then(|value| Ok((encode(&value, &ty), identity_data(resource, &value)?)));
        let ((new_state, new_identity), messages) = self.conclude(&cx, &Secrets { block, values: &[&state] }, read)?;
        Ok(read_resource::Response {
            new_state,
            new_identity,
            private: private.to_bytes(),
            diagnostics: diagnostics(messages),
            ..Default::default()
        })
    }

    pub(super) async fn plan_resource_change(
        &self,
        request: plan_resource_change::Request,
    ) -> plan_resource_change::Response {
        let kept = plan_resource_change::Response {
            planned_state: request.prior_state.clone(),
            planned_private: request.prior_private.clone(),
            ..Default::default()
        };
        let planned = self.try_plan_resource_change(request).await;
        planned.unwrap_or_else(|failed| plan_resource_change::Response { diagnostics: diagnostics(failed), ..kept })
    }

    async fn try_plan_resource_change(
        &self,
        request: plan_resource_change::Request,
    ) -> Result<plan_resource_change::Response, Diagnostics> {
        let resource = self.resource(&request.type_name)?;
        let block = &resource.schema().block;
        let ty = block.ty();
        let prior = decode(request.prior_state, &ty, "state")?;
        let proposed = decode(request.proposed_new_state, &ty, "proposed state")?;
        let config = decode(request.config, &ty, "configuration")?;
        let private = Private::parse(&request.prior_private);
        let cx = self.context(write_only_allowed(request.client_capabilities));
        let values = PlanValues { prior: prior.clone(), proposed, config: config.clone(), private };
        let planned = resource.plan(&cx, values).await.and_then(|change| {
            // The identity in the plan of a deletion is that of the object to delete.
            let object = if change.planned.is_null() { &prior } else { &change.planned };
            let identity = identity_data(resource, object)?;
            Ok((change, identity))
        });
        let ((change, planned_identity), messages) =
            self.conclude(&cx, &Secrets { block, values: &[&prior, &config] }, planned)?;
        Ok(plan_resource_change::Response {
            planned_state: encode(&change.planned, &ty),
            requires_replace: change.requires_replace.iter().map(|path| path.to_proto()).collect(),
            planned_private: change.private.to_bytes(),
            planned_identity,
            diagnostics: diagnostics(messages),
            ..Default::default()
        })
    }

    pub(super) async fn apply_resource_change(
        &self,
        request: apply_resource_change::Request,
        signals: CallSignals,
    ) -> apply_resource_change::Response {
        // Without a state Terraform keeps the prior one, with its private data.
        let applied = self.try_apply_resource_change(request, signals).await;
        applied.unwrap_or_else(|failed| apply_resource_change::Response {
            diagnostics: diagnostics(failed),
            ..Default::default()
        })
    }

    async fn try_apply_resource_change(
        &self,
        request: apply_resource_change::Request,
        signals: CallSignals,
    ) -> Result<apply_resource_change::Response, Diagnostics> {
        let resource = self.resource(&request.type_name)?;
        let block = &resource.schema().block;
        let ty = block.ty();
        let prior = decode(request.prior_state, &ty, "state")?;
        let planned = decode(request.planned_state, &ty, "plan")?;
        let config = decode(request.config, &ty, "configuration")?;
        let mut private = Private::parse(&request.planned_private);
        // This request has no capabilities. The validation has already rejected values that must not be stored.
        let cx = self.context_with(signals, true);
        let values = ApplyValues { prior: prior.clone(), planned, config: config.clone() };
        let Applied { state, diagnostics: mut found } = resource.apply(&cx, values, &mut private).await;
        let mut response = apply_resource_change::Response::default();
        if let Some(state) = &state {
            let object = if state.is_null() { &prior } else { state };
            // An object without an identity is better than an object that Terraform loses.
            response.new_identity = identity_data(resource, object).unwrap_or_else(|failed| {
                found.extend(failed);
                None
            });
            response.new_state = encode(state, &ty);
            response.private = private.to_bytes();
        }
        let values = [Some(&prior), Some(&config), state.as_ref()];
        let values: Vec<&Value> = values.into_iter().flatten().collect();
        response.diagnostics = diagnostics(self.messages(&cx, &Secrets { block, values: &values }, found));
        Ok(response)
    }

    pub(super) async fn import_resource_state(
        &self,
        request: import_resource_state::Request,
    ) -> import_resource_state::Response {
        let imported = self.resource(&request.type_name).and_then(|resource| {
            let identity = match resource.identity_schema() {
                Some(schema) => {
                    let data = request.identity.and_then(|identity| identity.identity_data);
                    decode(data, &schema.block.ty(), "identity")?
                }
                None => Value::Null,
            };
            let state = if identity.is_null() {
                resource.import_by_id(&request.id)?
            } else {
                resource.import_by_identity(identity)?
            };
            Ok(import_resource_state::ImportedResource {
                type_name: request.type_name.clone(),
                identity: identity_data(resource, &state)?,
                state: encode(&state, &resource.schema().block.ty()),
                private: Vec::new(),
            })
        });
        // Without an error `terraform import` would report success and import nothing.
        match imported {
            Ok(imported) => {
                import_resource_state::Response { imported_resources: vec![imported], ..Default::default() }
            }
            Err(failed) => import_resource_state::Response { diagnostics: diagnostics(failed), ..Default::default() },
        }
    }

    pub(super) async fn move_resource_state(
        &self,
        request: move_resource_state::Request,
    ) -> move_resource_state::Response {
        let raw = request.source_state.unwrap_or_default();
        let source = MoveSource {
            provider_address: &request.source_provider_address,
            type_name: &request.source_type_name,
            schema_version: request.source_schema_version,
            state: &raw.json,
        };
        let moved = self.resource(&request.target_type_name).and_then(|resource| {
            let state = resource.move_from(&source)?;
            Ok(move_resource_state::Response {
                target_identity: identity_data(resource, &state)?,
                target_state: encode(&state, &resource.schema().block.ty()),
                ..Default::default()
            })
        });
        moved.unwrap_or_else(|failed| move_resource_state::Response {
            diagnostics: diagnostics(failed),
            ..Default::default()
        })
    }

    pub(super) async fn upgrade_resource_identity(
        &self,
        request: upgrade_resource_identity::Request,
    ) -> upgrade_resource_identity::Response {
        let upgraded = self.resource(&request.type_name).and_then(|resource| {
            let json = request.raw_identity.unwrap_or_default().json;
            stored_identity(resource.identity_schema(), request.version, &json)
        });
        match upgraded {
            Ok(identity_data) => upgrade_resource_identity::Response {
                upgraded_identity: Some(ResourceIdentityData { identity_data }),
                diagnostics: Vec::new(),
            },
            Err(failed) => {
                upgrade_resource_identity::Response { upgraded_identity: None, diagnostics: diagnostics(failed) }
            }
        }
    }

    pub(super) async fn generate_resource_config(
        &self,
        request: generate_resource_config::Request,
    ) -> generate_resource_config::Response {
        let generated = self.resource(&request.type_name).and_then(|resource| {
            let block = &resource.schema().block;
            let ty = block.ty();
            let state = decode(request.state, &ty, "state")?;
            Ok(encode(&configurable(block, state), &ty))
        });
        match generated {
            Ok(config) => generate_resource_config::Response { config, diagnostics: Vec::new() },
            Err(failed) => generate_resource_config::Response { config: None, diagnostics: diagnostics(failed) },
        }
    }
}

/// Reads a stored state of the current version.
fn stored_state(type_name: &str, schema: &Schema, version: i64, json: &[u8]) -> Result<Value, Diagnostics> {
    if version != schema.version || json.is_empty() {
        return Err(unreadable_state(version, schema.version).into());
    }
    let value = cty::json::decode(json, &schema.block.ty()).map_err(|error| {
        Diagnostic::error(
            "Could not read the state",
            format!(
                "The state of this {type_name} is damaged: {error}.\n\nRestore an earlier version of the state, or \
                 remove the object from it with `terraform state rm` and import it again."
            ),
        )
    })?;
    // Terraform would silently drop a null object from the state.
    if value.is_null() {
        return Err(unreadable_state(version, schema.version).into());
    }
    Ok(schema.block.without_write_only(value))
}

/// Reads a stored identity of the current version, the only one.
fn stored_identity(schema: Option<&Schema>, version: i64, json: &[u8]) -> Result<Option<DynamicValue>, Diagnostics> {
    let known = schema.map_or(0, |schema| schema.version);
    let identity = schema.filter(|schema| schema.version == version).and_then(|schema| {
        let ty = schema.block.ty();
        let identity = cty::json::decode(json, &ty).ok().filter(|identity| !identity.is_null())?;
        encode(&identity, &ty)
    });
    identity.map(Some).ok_or_else(|| unreadable_state(version, known).into())
}

/// Returns the configuration that a state can be generated from: without values that a user cannot set, need not set,
/// or should no longer set. Write-only values cannot be read back, so they are null.
fn configurable(block: &Block, mut state: Value) -> Value {
    if let Some(members) = state.as_object_mut() {
        for (name, attribute) in &block.attributes {
            let is_default = attribute.default.as_ref().is_some_and(|default| members.get(name) == Some(default));
            let is_computed = attribute.configurability == Configurability::Computed;
            if is_computed || is_default || attribute.write_only || attribute.deprecated.is_some() {
                members.insert(name.clone(), Value::Null);
            }
        }
        for (name, inner) in &block.blocks {
            if let Some(member) = members.get_mut(name) {
                *member = configurable(inner, std::mem::replace(member, Value::Null));
            }
        }
    }
    state
}

/// Returns the identity of an object; `None` if it has none.
fn identity_data<D>(resource: &dyn DynResource<D>, state: &Value) -> Result<Option<ResourceIdentityData>, Diagnostics> {
    let Some(schema) = resource.identity_schema() else { return Ok(None) };
    let identity = resource.identity(state)?;
    if identity.is_null() {
        return Ok(None);
    }
    Ok(Some(ResourceIdentityData { identity_data: encode(&identity, &schema.block.ty()) }))
}

fn unreadable_state(found: i64, known: i64) -> Diagnostic {
    Diagnostic::error(
        "Could not read the state",
        format!(
            "The state was written with schema version {found}, or is empty; this version of the provider reads \
             version {known}.\n\nInstall the version of the provider that wrote the state, or a later one."
        ),
    )
}
