//! The calls of a managed resource's life, on values.

use super::State;
use super::wire::{decode, diagnostics, encode};
use crate::framework::context::Line;
use crate::framework::cty::{self, Value};
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::lifecycle::{AnyResource, Applied, PlannedChange};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::provider::Provider;
use crate::framework::resource::MoveSource;
use crate::framework::schema::{Block, Mode};
use crate::plugin::proto::tfplugin5::{
    ClientCapabilities, ResourceIdentityData, apply_resource_change, generate_resource_config, import_resource_state,
    move_resource_state, plan_resource_change, read_resource, upgrade_resource_identity, upgrade_resource_state,
    validate_resource_type_config,
};

impl<P: Provider> State<P> {
    pub(super) fn validate_resource(
        &self,
        request: validate_resource_type_config::Request,
    ) -> validate_resource_type_config::Response {
        let outcome = self.resource(&request.type_name).and_then(|resource| {
            let block = &resource.schema().block;
            let config = decode(request.config, &block.ty(), "configuration")?;
            let cx = self.context(write_only_allowed(request.client_capabilities));
            let validated = resource.validate(&cx, config.clone());
            let mut found = gathered(&cx.take_warnings(), validated.err());
            found.extend(read_only(block, &config));
            Ok(self.redact(block, &[&config], found))
        });
        validate_resource_type_config::Response { diagnostics: diagnostics(outcome.unwrap_or_else(|failed| failed)) }
    }

    pub(super) fn upgrade_state(&self, request: upgrade_resource_state::Request) -> upgrade_resource_state::Response {
        let outcome = self.resource(&request.type_name).and_then(|resource| {
            let schema = resource.schema();
            let raw = request.raw_state.unwrap_or_default();
            let ty = schema.block.ty();
            if request.version > schema.version || raw.json.is_empty() {
                return Err(unreadable_state(request.version, schema.version).into());
            }
            if request.version < schema.version {
                return Ok(encode(&resource.upgrade(request.version, &raw.json)?, &ty));
            }
            let value = cty::json::decode(&raw.json, &ty).map_err(|error| {
                Diagnostic::error(
                    "Could not read the state",
                    format!(
                        "The state of this {} is damaged: {error}.\n\nRestore an earlier version of the state, or remove \
                         the object from it with `terraform state rm` and import it again.",
                        request.type_name
                    ),
                )
            })?;
            // A null object would vanish from the state without a word.
            if value.is_null() {
                return Err(unreadable_state(request.version, schema.version).into());
            }
            Ok(encode(&schema.block.without_write_only(value), &ty))
        });
        match outcome {
            Ok(upgraded_state) => upgrade_resource_state::Response { upgraded_state, diagnostics: Vec::new() },
            Err(failed) => upgrade_resource_state::Response { upgraded_state: None, diagnostics: diagnostics(failed) },
        }
    }

    pub(super) async fn read_resource(&self, request: read_resource::Request) -> read_resource::Response {
        let kept = (request.current_state.clone(), request.private.clone(), request.current_identity.clone());
        let outcome = async {
            let resource = self.resource(&request.type_name)?;
            let block = &resource.schema().block;
            let ty = block.ty();
            let state = decode(request.current_state, &ty, "state")?;
            let mut private = Private::parse(&request.private);
            let cx = self.context(write_only_allowed(request.client_capabilities));
            let read = resource.read(&cx, state.clone(), &mut private).await;
            let (value, failed) = split(read);
            let messages = self.redact(block, &[&state], gathered(&cx.take_warnings(), failed));
            let answer = match value {
                Some(value) => Some((identity_data(resource, &value)?, encode(&value, &ty))),
                None => None,
            };
            Ok::<_, Diagnostics>((answer, private.to_bytes(), messages))
        };
        match outcome.await {
            Ok((Some((new_identity, new_state)), private, messages)) => read_resource::Response {
                new_state,
                new_identity,
                private,
                diagnostics: diagnostics(messages),
                ..Default::default()
            },
            Ok((None, _, messages)) | Err(messages) => read_resource::Response {
                new_state: kept.0,
                private: kept.1,
                new_identity: kept.2,
                diagnostics: diagnostics(messages),
                ..Default::default()
            },
        }
    }

    pub(super) async fn plan_change(&self, request: plan_resource_change::Request) -> plan_resource_change::Response {
        let kept = (request.prior_state.clone(), request.prior_private.clone());
        let outcome = async {
            let resource = self.resource(&request.type_name)?;
            let block = &resource.schema().block;
            let ty = block.ty();
            let prior = decode(request.prior_state, &ty, "state")?;
            let proposed = decode(request.proposed_new_state, &ty, "proposed state")?;
            let config = decode(request.config, &ty, "configuration")?;
            let private = Private::parse(&request.prior_private);
            let cx = self.context(write_only_allowed(request.client_capabilities));
            let planned = resource.plan(&cx, prior.clone(), proposed, config.clone(), private).await;
            let (change, failed) = split(planned);
            let messages = self.redact(block, &[&prior, &config], gathered(&cx.take_warnings(), failed));
            let change = match change {
                Some(PlannedChange { planned, requires_replace, private }) => {
                    let paths = requires_replace.iter().map(|path| path.to_proto()).collect();
                    // The plan of a deletion is about the object that is still there.
                    let object = if planned.is_null() { &prior } else { &planned };
                    let identity = identity_data(resource, object)?;
                    Some((encode(&planned, &ty), paths, private.to_bytes(), identity))
                }
                None => None,
            };
            Ok::<_, Diagnostics>((change, messages))
        };
        match outcome.await {
            Ok((Some((planned_state, requires_replace, planned_private, planned_identity)), messages)) => {
                plan_resource_change::Response {
                    planned_state,
                    requires_replace,
                    planned_private,
                    planned_identity,
                    diagnostics: diagnostics(messages),
                    ..Default::default()
                }
            }
            Ok((None, messages)) | Err(messages) => plan_resource_change::Response {
                planned_state: kept.0,
                planned_private: kept.1,
                diagnostics: diagnostics(messages),
                ..Default::default()
            },
        }
    }

    pub(super) async fn apply_change(
        &self,
        request: apply_resource_change::Request,
        line: Line,
    ) -> apply_resource_change::Response {
        let outcome = async {
            let resource = self.resource(&request.type_name)?;
            let block = &resource.schema().block;
            let ty = block.ty();
            let prior = decode(request.prior_state, &ty, "state")?;
            let planned = decode(request.planned_state, &ty, "plan")?;
            let config = decode(request.config, &ty, "configuration")?;
            let mut private = Private::parse(&request.planned_private);
            // Terraform sends no capabilities here; what it may not store has been refused long before.
            let cx = self.context_of(line, true);
            let applied = resource.apply(&cx, prior.clone(), planned, config.clone(), &mut private).await;
            let Applied { state, diagnostics } = applied;
            let messages = self.redact(block, &[&prior, &config], gathered(&cx.take_warnings(), Some(diagnostics)));
            let answer = match state {
                Some(state) => {
                    let object = if state.is_null() { &prior } else { &state };
                    let identity = identity_data(resource, object)?;
                    Some((encode(&state, &ty), private.to_bytes(), identity))
                }
                None => None,
            };
            Ok::<_, Diagnostics>((answer, messages))
        };
        match outcome.await {
            Ok((Some((new_state, private, new_identity)), messages)) => apply_resource_change::Response {
                new_state,
                private,
                new_identity,
                diagnostics: diagnostics(messages),
                ..Default::default()
            },
            // Without a state Terraform keeps what it has, private data included.
            Ok((None, messages)) | Err(messages) => {
                apply_resource_change::Response { diagnostics: diagnostics(messages), ..Default::default() }
            }
        }
    }

    pub(super) fn import_state(&self, request: import_resource_state::Request) -> import_resource_state::Response {
        let outcome = self.resource(&request.type_name).and_then(|resource| {
            let identity_ty = resource.identity_schema().block.ty();
            let asked = request.identity.and_then(|identity| identity.identity_data);
            let identity = decode(asked, &identity_ty, "identity")?;
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
        // Without an error the import command would say that nothing was a success.
        match outcome {
            Ok(imported) => {
                import_resource_state::Response { imported_resources: vec![imported], ..Default::default() }
            }
            Err(failed) => import_resource_state::Response { diagnostics: diagnostics(failed), ..Default::default() },
        }
    }

    pub(super) fn move_state(&self, request: move_resource_state::Request) -> move_resource_state::Response {
        let raw = request.source_state.unwrap_or_default();
        let source = MoveSource {
            provider_address: &request.source_provider_address,
            type_name: &request.source_type_name,
            schema_version: request.source_schema_version,
            state: &raw.json,
        };
        let outcome = self.resource(&request.target_type_name).and_then(|resource| {
            let state = resource.move_from(&source)?;
            Ok(move_resource_state::Response {
                target_identity: identity_data(resource, &state)?,
                target_state: encode(&state, &resource.schema().block.ty()),
                ..Default::default()
            })
        });
        outcome.unwrap_or_else(|failed| move_resource_state::Response {
            diagnostics: diagnostics(failed),
            ..Default::default()
        })
    }

    pub(super) fn upgrade_identity(
        &self,
        request: upgrade_resource_identity::Request,
    ) -> upgrade_resource_identity::Response {
        let outcome = self.resource(&request.type_name).and_then(|resource| {
            let schema = resource.identity_schema();
            let raw = request.raw_identity.unwrap_or_default();
            let read = cty::json::decode(&raw.json, &schema.block.ty()).ok().filter(|identity| !identity.is_null());
            match read {
                Some(identity) if request.version == schema.version => Ok(encode(&identity, &schema.block.ty())),
                _ => Err(unreadable_state(request.version, schema.version).into()),
            }
        });
        match outcome {
            Ok(identity_data) => upgrade_resource_identity::Response {
                upgraded_identity: Some(ResourceIdentityData { identity_data }),
                diagnostics: Vec::new(),
            },
            Err(failed) => {
                upgrade_resource_identity::Response { upgraded_identity: None, diagnostics: diagnostics(failed) }
            }
        }
    }

    pub(super) fn generate_config(
        &self,
        request: generate_resource_config::Request,
    ) -> generate_resource_config::Response {
        let outcome = self.resource(&request.type_name).and_then(|resource| {
            let block = &resource.schema().block;
            let ty = block.ty();
            let mut state = decode(request.state, &ty, "state")?;
            if let Some(members) = state.as_object_mut() {
                for (name, attribute) in &block.attributes {
                    let own_choice = attribute.default.as_ref() == members.get(name);
                    if attribute.mode == Mode::Computed || own_choice || attribute.deprecated.is_some() {
                        members.insert(name.clone(), Value::Null);
                    }
                }
            }
            Ok(encode(&state, &ty))
        });
        match outcome {
            Ok(config) => generate_resource_config::Response { config, diagnostics: Vec::new() },
            Err(failed) => generate_resource_config::Response { config: None, diagnostics: diagnostics(failed) },
        }
    }
}

/// The identity of an object as the protocol sends it; none for one that has none yet.
fn identity_data<D>(resource: &dyn AnyResource<D>, state: &Value) -> Result<Option<ResourceIdentityData>, Diagnostics> {
    let identity = resource.identity(state)?;
    if identity.is_null() {
        return Ok(None);
    }
    let identity_data = encode(&identity, &resource.identity_schema().block.ty());
    Ok(Some(ResourceIdentityData { identity_data }))
}

pub(super) fn write_only_allowed(capabilities: Option<ClientCapabilities>) -> bool {
    capabilities.unwrap_or_default().write_only_attributes_allowed
}

/// Warnings first, then what made the call fail.
pub(super) fn gathered(warnings: &Diagnostics, failed: Option<Diagnostics>) -> Diagnostics {
    warnings.iter().cloned().chain(failed.unwrap_or_default()).collect()
}

/// Errors for what a configuration sets and only the provider may. Terraform itself lets it pass.
pub(super) fn read_only(block: &Block, config: &Value) -> Diagnostics {
    let computed = block.attributes.iter().filter(|(_, attribute)| attribute.mode == Mode::Computed);
    let set = computed.filter(|(name, _)| !config.attribute(name).is_null());
    set.map(|(name, _)| {
        let detail = format!("{name} tells what the service has and cannot be set. Remove it from the configuration.");
        Diagnostic::error("Argument can only be read", detail).at(AttributePath::to(name))
    })
    .collect()
}

/// A result as two options. A failure without an error would pass for success, so it gets one.
pub(super) fn split<T>(outcome: Result<T, Diagnostics>) -> (Option<T>, Option<Diagnostics>) {
    match outcome {
        Ok(value) => (Some(value), None),
        Err(mut failed) => {
            if !failed.has_error() {
                failed.push(Diagnostic::error(
                    "Provider failed without saying why",
                    "This is a bug in the provider; please report it.",
                ));
            }
            (None, Some(failed))
        }
    }
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
