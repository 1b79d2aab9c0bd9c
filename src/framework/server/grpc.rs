//! The RPCs of tfplugin5, as a table of methods.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, stream};
use tonic::{Request, Response, Status};

use super::convert::{diagnostics, not_offered};
use super::provider_rpcs::panicked_function;
use super::state::{Server, State};
use super::task::{OnDisconnect, run};
use crate::framework::diagnostics::Diagnostic;
use crate::framework::provider::Provider;
use crate::plugin::proto::tfplugin5::{
    apply_resource_change, call_function, close_ephemeral_resource, configure, generate_resource_config, get_functions,
    get_metadata, get_provider_schema, get_resource_identity_schemas, import_resource_state, invoke_action,
    list_resource, move_resource_state, open_ephemeral_resource, plan_action, plan_resource_change,
    prepare_provider_config, provider_server, read_data_source, read_resource, renew_ephemeral_resource, stop,
    upgrade_resource_identity, upgrade_resource_state, validate_action_config, validate_data_source_config,
    validate_ephemeral_resource_config, validate_list_resource_config, validate_resource_type_config,
};

/// The stream of a call with several response messages.
type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl<P: Provider> Server<P> {
    /// Runs a call that changes nothing outside this process, in a task of its own.
    async fn call<T, F>(
        &self,
        rpc: &'static str,
        type_name: &str,
        call: impl FnOnce(Arc<State<P>>) -> F + Send + 'static,
    ) -> Result<T, Diagnostic>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let state = Arc::clone(&self.0);
        run(rpc, type_name, OnDisconnect::Abort, async move { call(state).await }).await
    }
}

/// Implements the service from three lists.
///
/// - `served`: a method, the module of its messages, and the name of the RPC in logs. The method of the same name of
///   [`State`] serves it. `about` is the field with the name of the type. `keeping` copies fields of the request to the
///   response if the method panics.
/// - `absent`: a method for a kind of type that no provider of this framework offers. It returns an error.
/// - `other`: methods that do not fit either form.
macro_rules! service {
    (
        served { $($method:ident($message:ident) $rpc:literal
            $(about $type_name:ident)? $(keeping $($kept:ident: $original:ident),+)?;)* }
        absent { $($absent:ident($absent_message:ident) $kind:literal $absent_name:ident;)* }
        other { $($other:tt)* }
    ) => {
        #[tonic::async_trait]
        impl<P: Provider> provider_server::Provider for Server<P> {
            $(async fn $method(
                &self,
                request: Request<$message::Request>,
            ) -> Result<Response<$message::Response>, Status> {
                let request = request.into_inner();
                let type_name: &[&str] = &[$(&request.$type_name)?];
                let type_name = type_name.concat();
                #[allow(clippy::needless_update, reason = "some responses contain only diagnostics")]
                let mut on_panic = $message::Response { $($($kept: request.$original.clone(),)+)? ..Default::default() };
                let call = move |state: Arc<State<P>>| async move { state.$method(request).await };
                let response = self.call($rpc, &type_name, call).await;
                Ok(Response::new(response.unwrap_or_else(|panicked| {
                    on_panic.diagnostics = diagnostics(panicked.into());
                    on_panic
                })))
            })*

            $(async fn $absent(
                &self,
                request: Request<$absent_message::Request>,
            ) -> Result<Response<$absent_message::Response>, Status> {
                let diagnostics = diagnostics(not_offered($kind, &request.into_inner().$absent_name));
                #[allow(clippy::needless_update, reason = "some responses contain only diagnostics")]
                let response = $absent_message::Response { diagnostics, ..Default::default() };
                Ok(Response::new(response))
            })*

            $($other)*
        }
    };
}

service! {
    served {
        get_metadata(get_metadata) "GetMetadata";
        get_schema(get_provider_schema) "GetProviderSchema";
        get_resource_identity_schemas(get_resource_identity_schemas) "GetResourceIdentitySchemas";
        get_functions(get_functions) "GetFunctions";
        prepare_provider_config(prepare_provider_config) "PrepareProviderConfig";
        configure(configure) "Configure";
        validate_resource_type_config(validate_resource_type_config) "ValidateResourceTypeConfig" about type_name;
        upgrade_resource_state(upgrade_resource_state) "UpgradeResourceState" about type_name;
        upgrade_resource_identity(upgrade_resource_identity) "UpgradeResourceIdentity" about type_name;
        read_resource(read_resource) "ReadResource" about type_name
            keeping new_state: current_state, private: private, new_identity: current_identity;
        plan_resource_change(plan_resource_change) "PlanResourceChange" about type_name
            keeping planned_state: prior_state, planned_private: prior_private;
        import_resource_state(import_resource_state) "ImportResourceState" about type_name;
        move_resource_state(move_resource_state) "MoveResourceState" about target_type_name;
        generate_resource_config(generate_resource_config) "GenerateResourceConfig" about type_name;
        validate_data_source_config(validate_data_source_config) "ValidateDataSourceConfig" about type_name;
        read_data_source(read_data_source) "ReadDataSource" about type_name;
    }
    absent {
        validate_ephemeral_resource_config(validate_ephemeral_resource_config) "ephemeral resource type" type_name;
        open_ephemeral_resource(open_ephemeral_resource) "ephemeral resource type" type_name;
        renew_ephemeral_resource(renew_ephemeral_resource) "ephemeral resource type" type_name;
        close_ephemeral_resource(close_ephemeral_resource) "ephemeral resource type" type_name;
        validate_list_resource_config(validate_list_resource_config) "list resource type" type_name;
        plan_action(plan_action) "action" action_type;
        validate_action_config(validate_action_config) "action" type_name;
    }
    other {
        // Not in a task: it must not wait for anything.
        async fn stop(&self, request: Request<stop::Request>) -> Result<Response<stop::Response>, Status> {
            Ok(Response::new(self.0.stop(request.into_inner())))
        }

        async fn apply_resource_change(
            &self,
            request: Request<apply_resource_change::Request>,
        ) -> Result<Response<apply_resource_change::Response>, Status> {
            let request = request.into_inner();
            let state = Arc::clone(&self.0);
            let type_name = request.type_name.clone();
            let signals = state.signals();
            let on_disconnect = OnDisconnect::Signal(signals.clone());
            let call = async move { state.apply_resource_change(request, signals).await };
            let response = run("ApplyResourceChange", &type_name, on_disconnect, call).await;
            // Without a state Terraform keeps the prior one, with its private data.
            Ok(Response::new(response.unwrap_or_else(|panicked| apply_resource_change::Response {
                diagnostics: diagnostics(panicked.into()),
                ..Default::default()
            })))
        }

        async fn call_function(
            &self,
            request: Request<call_function::Request>,
        ) -> Result<Response<call_function::Response>, Status> {
            let request = request.into_inner();
            let name = request.name.clone();
            let call = move |state: Arc<State<P>>| async move { state.call_function(request).await };
            let response = self.call("CallFunction", &name, call).await;
            Ok(Response::new(response.unwrap_or_else(|panicked| panicked_function(&panicked))))
        }

        type ListResourceStream = Events<list_resource::Event>;

        async fn list_resource(
            &self,
            request: Request<list_resource::Request>,
        ) -> Result<Response<Self::ListResourceStream>, Status> {
            let diagnostic = diagnostics(not_offered("list resource type", &request.into_inner().type_name));
            let event = list_resource::Event { diagnostic, ..Default::default() };
            Ok(Response::new(Box::pin(stream::iter([Ok(event)]))))
        }

        type InvokeActionStream = Events<invoke_action::Event>;

        async fn invoke_action(
            &self,
            request: Request<invoke_action::Request>,
        ) -> Result<Response<Self::InvokeActionStream>, Status> {
            let diagnostics = diagnostics(not_offered("action", &request.into_inner().action_type));
            let completed = invoke_action::event::Completed { diagnostics };
            let event = invoke_action::Event { r#type: Some(invoke_action::event::Type::Completed(completed)) };
            Ok(Response::new(Box::pin(stream::iter([Ok(event)]))))
        }
    }
}
