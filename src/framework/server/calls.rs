//! The calls that concern the provider itself, its data sources and its functions, on values.

use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::resources::{gathered, read_only, split, write_only_allowed};
use super::wire::{decode, diagnostics, encode};
use super::{Configured, State};
use crate::framework::cty::Value;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::lifecycle::from_terraform;
use crate::framework::provider::Provider;
use crate::framework::schema::Block;
use crate::plugin::proto::tfplugin5::{
    FunctionError, call_function, configure, prepare_provider_config, read_data_source, validate_data_source_config,
};

impl<P: Provider> State<P> {
    pub(super) fn prepare(&self, request: prepare_provider_config::Request) -> prepare_provider_config::Response {
        let block = &self.provider_schema.block;
        let prepared_config = request.config.clone();
        let outcome = decode(request.config, &block.ty(), "provider configuration").map(|config| {
            let cx = self.context(true);
            let validated =
                from_provider_block(config.clone(), block).and_then(|model| self.provider.validate(&cx, &model));
            self.redact(block, &[&config], gathered(&cx.take_warnings(), validated.err()))
        });
        prepare_provider_config::Response {
            prepared_config,
            diagnostics: diagnostics(outcome.unwrap_or_else(|failed| failed)),
        }
    }

    pub(super) async fn configure(&self, request: configure::Request) -> configure::Response {
        tracing::info!(terraform_version = request.terraform_version, "configuring the provider");
        let block = &self.provider_schema.block;
        let outcome = async {
            let config = decode(request.config, &block.ty(), "provider configuration")?;
            {
                let mut configured = self.configured();
                configured.secrets.extend(block.secrets(&config).into_iter().map(str::to_owned));
                // Under a debugger one process serves many runs; the last one's interrupt is over.
                if configured.stop.is_cancelled() {
                    configured.stop = CancellationToken::new();
                }
            }
            let cx = self.context(write_only_allowed(request.client_capabilities));
            let made = match from_provider_block(config.clone(), block) {
                Ok(model) => self.provider.configure(&cx, model).await,
                Err(failed) => Err(failed),
            };
            let (data, failed) = split(made);
            if let Some(data) = data {
                let mut configured = self.configured();
                let Configured { data: current, .. } = &mut *configured;
                *current = Some(data.into());
            }
            Ok::<_, Diagnostics>(self.redact(block, &[&config], gathered(&cx.take_warnings(), failed)))
        };
        configure::Response { diagnostics: diagnostics(outcome.await.unwrap_or_else(|failed| failed)) }
    }

    pub(super) fn stop(&self) {
        tracing::info!("asked to stop");
        self.configured().stop.cancel();
    }

    pub(super) fn validate_data_source(
        &self,
        request: validate_data_source_config::Request,
    ) -> validate_data_source_config::Response {
        let outcome = self.data_source(&request.type_name).and_then(|source| {
            let block = &source.schema().block;
            let config = decode(request.config, &block.ty(), "configuration")?;
            let cx = self.context(true);
            let validated = source.validate(&cx, config.clone());
            let mut found = gathered(&cx.take_warnings(), validated.err());
            found.extend(read_only(block, &config));
            Ok(self.redact(block, &[&config], found))
        });
        validate_data_source_config::Response { diagnostics: diagnostics(outcome.unwrap_or_else(|failed| failed)) }
    }

    pub(super) async fn read_data_source(&self, request: read_data_source::Request) -> read_data_source::Response {
        let outcome = async {
            let source = self.data_source(&request.type_name)?;
            let block = &source.schema().block;
            let ty = block.ty();
            let config = decode(request.config, &ty, "configuration")?;
            let cx = self.context(write_only_allowed(request.client_capabilities));
            let (state, failed) = split(source.read(&cx, config.clone()).await);
            let messages = self.redact(block, &[&config], gathered(&cx.take_warnings(), failed));
            Ok::<_, Diagnostics>((state.and_then(|state| encode(&state, &ty)), messages))
        };
        let (state, messages) = outcome.await.unwrap_or_else(|failed| (None, failed));
        read_data_source::Response { state, diagnostics: diagnostics(messages), deferred: None }
    }

    pub(super) fn call_function(&self, request: call_function::Request) -> call_function::Response {
        let failed = |text: String, argument: Option<usize>| call_function::Response {
            result: None,
            error: Some(FunctionError {
                // Terraform puts the text into a sentence of its own and ends it.
                text: text.trim_end_matches('.').to_owned(),
                function_argument: argument.and_then(|position| i64::try_from(position).ok()),
            }),
        };
        let Some(function) = self.functions.get(request.name.as_str()) else {
            return failed(format!("This version of the provider has no function {}.", request.name), None);
        };
        let parameters = function.parameters();
        if request.arguments.len() != parameters.len() {
            return failed(format!("{} takes {} arguments.", request.name, parameters.len()), None);
        }
        let mut arguments = Vec::with_capacity(parameters.len());
        for (position, (argument, parameter)) in request.arguments.into_iter().zip(parameters).enumerate() {
            match decode(Some(argument), &parameter.ty, "argument") {
                Ok(Value::Null | Value::Unknown(_)) => {
                    return failed(format!("{} must be known and not null.", parameter.name), Some(position));
                }
                Ok(value) => arguments.push(value),
                Err(_) => return failed(format!("{} must be a {}.", parameter.name, parameter.ty), Some(position)),
            }
        }
        match function.call(&arguments) {
            Ok(value) => call_function::Response { result: encode(&value, &function.returns()), error: None },
            Err(error) => failed(error.text, error.argument),
        }
    }
}

/// The provider block as its model. A null block stands for one without arguments.
fn from_provider_block<M: DeserializeOwned>(config: Value, block: &Block) -> Result<M, Diagnostics> {
    let config = if config.is_null() { block.empty() } else { config };
    from_terraform(config)
}
