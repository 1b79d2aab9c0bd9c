//! The RPCs of the provider itself, its data sources and its functions.

use std::sync::Arc;

use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::convert::{decode, diagnostics, encode, write_only_allowed};
use super::state::{Secrets, State};
use crate::framework::convert::from_terraform;
use crate::framework::cty::Value;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::function::{Function, FunctionError};
use crate::framework::provider::Provider;
use crate::framework::schema::Block;
use crate::plugin::proto::tfplugin5::{
    self, call_function, configure, prepare_provider_config, read_data_source, stop, validate_data_source_config,
};

impl<P: Provider> State<P> {
    pub(super) async fn prepare_provider_config(
        &self,
        request: prepare_provider_config::Request,
    ) -> prepare_provider_config::Response {
        let block = &self.provider_schema.block;
        let prepared_config = request.config.clone();
        let messages = decode(request.config, &block.ty(), "provider configuration").map(|config| {
            let cx = self.context(true);
            let validated =
                from_provider_block(config.clone(), block).and_then(|model| self.provider.validate(&cx, &model));
            let mut found = validated.map_err(Diagnostics::with_error).err().unwrap_or_default();
            found.extend(block.config_violations(&config));
            self.messages(&cx, &Secrets { block, values: &[&config] }, found)
        });
        prepare_provider_config::Response {
            prepared_config,
            diagnostics: diagnostics(messages.unwrap_or_else(|failed| failed)),
        }
    }

    pub(super) async fn configure(&self, request: configure::Request) -> configure::Response {
        tracing::info!(terraform_version = request.terraform_version, "configuring the provider");
        let messages = self.try_configure(request).await.unwrap_or_else(|failed| failed);
        configure::Response { diagnostics: diagnostics(messages) }
    }

    async fn try_configure(&self, request: configure::Request) -> Result<Diagnostics, Diagnostics> {
        let block = &self.provider_schema.block;
        let config = decode(request.config, &block.ty(), "provider configuration")?;
        {
            let mut configured = self.configured();
            configured.secrets.extend(block.secrets(&config).into_iter().map(SecretString::from));
            // Under a debugger one process serves many commands, and the Stop of an earlier one no longer counts.
            if configured.stop.is_cancelled() {
                configured.stop = CancellationToken::new();
            }
        }
        let cx = self.context(write_only_allowed(request.client_capabilities));
        let outcome = match from_provider_block(config.clone(), block) {
            Ok(model) => self.provider.configure(&cx, model).await,
            Err(failed) => Err(failed),
        };
        let (data, messages) = self.conclude(&cx, &Secrets { block, values: &[&config] }, outcome)?;
        self.configured().data = Some(Arc::new(data));
        Ok(messages)
    }

    pub(super) fn stop(&self, _request: stop::Request) -> stop::Response {
        tracing::info!("received a Stop request");
        self.configured().stop.cancel();
        stop::Response::default()
    }

    pub(super) async fn validate_data_source_config(
        &self,
        request: validate_data_source_config::Request,
    ) -> validate_data_source_config::Response {
        let messages = self.data_source(&request.type_name).and_then(|source| {
            let block = &source.schema().block;
            let config = decode(request.config, &block.ty(), "configuration")?;
            let cx = self.context(true);
            let validated = source.validate(&cx, config.clone());
            let mut found = validated.map_err(Diagnostics::with_error).err().unwrap_or_default();
            found.extend(block.config_violations(&config));
            Ok(self.messages(&cx, &Secrets { block, values: &[&config] }, found))
        });
        validate_data_source_config::Response { diagnostics: diagnostics(messages.unwrap_or_else(|failed| failed)) }
    }

    pub(super) async fn read_data_source(&self, request: read_data_source::Request) -> read_data_source::Response {
        self.try_read_data_source(request).await.unwrap_or_else(|failed| read_data_source::Response {
            diagnostics: diagnostics(failed),
            ..Default::default()
        })
    }

    async fn try_read_data_source(
        &self,
        request: read_data_source::Request,
    ) -> Result<read_data_source::Response, Diagnostics> {
        let source = self.data_source(&request.type_name)?;
        let block = &source.schema().block;
        let ty = block.ty();
        let config = decode(request.config, &ty, "configuration")?;
        let cx = self.context(write_only_allowed(request.client_capabilities));
        let read = source.read(&cx, config.clone()).await;
        let (state, messages) = self.conclude(&cx, &Secrets { block, values: &[&config] }, read)?;
        Ok(read_data_source::Response {
            state: encode(&state, &ty),
            diagnostics: diagnostics(messages),
            ..Default::default()
        })
    }

    pub(super) async fn call_function(&self, request: call_function::Request) -> call_function::Response {
        let called = match self.functions.get(request.name.as_str()) {
            Some(function) => call(function.as_ref(), request),
            None => Err(FunctionError {
                text: format!("This version of the provider has no function {}.", request.name),
                argument: None,
            }),
        };
        match called {
            Ok(result) => call_function::Response { result: Some(result), error: None },
            Err(error) => call_function::Response { result: None, error: Some(function_error(error)) },
        }
    }
}

fn call(function: &dyn Function, request: call_function::Request) -> Result<tfplugin5::DynamicValue, FunctionError> {
    let failed = |text: String, argument: Option<usize>| FunctionError { text, argument };
    let parameters = function.parameters();
    if request.arguments.len() != parameters.len() {
        return Err(failed(format!("{} takes {} arguments.", request.name, parameters.len()), None));
    }
    let mut arguments = Vec::with_capacity(parameters.len());
    for (position, (argument, parameter)) in request.arguments.into_iter().zip(parameters).enumerate() {
        match decode(Some(argument), &parameter.ty, "argument") {
            Ok(Value::Null | Value::Unknown) => {
                return Err(failed(format!("{} must be known and not null.", parameter.name), Some(position)));
            }
            Ok(value) => arguments.push(value),
            Err(_) => return Err(failed(format!("{} must be a {}.", parameter.name, parameter.ty), Some(position))),
        }
    }
    let result = function.call(&arguments)?;
    Ok(encode(&result, &function.returns()).unwrap_or_default())
}

fn function_error(error: FunctionError) -> tfplugin5::FunctionError {
    tfplugin5::FunctionError {
        // Terraform embeds the text in a sentence of its own, and ends that with a full stop.
        text: error.text.trim_end_matches('.').to_owned(),
        function_argument: error.argument.and_then(|position| i64::try_from(position).ok()),
    }
}

/// Converts the provider block to its model. Terraform sends null for a provider without a block.
fn from_provider_block<M: DeserializeOwned>(config: Value, block: &Block) -> Result<M, Diagnostics> {
    let config = if config.is_null() { block.empty() } else { config };
    from_terraform(config)
}

/// Returns the error of a function that panicked.
pub(super) fn panicked_function(diagnostic: &Diagnostic) -> call_function::Response {
    let error = FunctionError { text: diagnostic.detail().to_owned(), argument: None };
    call_function::Response { result: None, error: Some(function_error(error)) }
}
