//! Every call of the protocol, one method each: out of the envelope, run, into the envelope.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures::Stream;
use futures::stream;
use tonic::{Request, Response, Status};

use super::request::{OnHangUp, run};
use super::{Server, State, not_offered};
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::provider::Provider;
use crate::plugin::proto::tfplugin5::{self, *};

/// Events of a call that answers with several.
type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl<P: Provider> Server<P> {
    /// Runs a call that changes nothing outside.
    async fn ask<T, F>(
        &self,
        rpc: &'static str,
        type_name: String,
        call: impl FnOnce(Arc<State<P>>) -> F + Send + 'static,
        panicked: impl FnOnce(Vec<tfplugin5::Diagnostic>) -> T,
    ) -> Result<Response<T>, Status>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let state = Arc::clone(&self.0);
        let outcome = run(rpc, &type_name, OnHangUp::Abort, async move { call(state).await }).await;
        Ok(Response::new(outcome.unwrap_or_else(|diagnostic| panicked(one(diagnostic)))))
    }
}

fn one(diagnostic: Diagnostic) -> Vec<tfplugin5::Diagnostic> {
    vec![diagnostic.into_proto()]
}

fn many(diagnostics: Diagnostics) -> Vec<tfplugin5::Diagnostic> {
    diagnostics.into_iter().map(Diagnostic::into_proto).collect()
}

#[tonic::async_trait]
impl<P: Provider> provider_server::Provider for Server<P> {
    async fn get_metadata(
        &self,
        _request: Request<get_metadata::Request>,
    ) -> Result<Response<get_metadata::Response>, Status> {
        self.ask(
            "GetMetadata",
            String::new(),
            |state| async move { state.metadata() },
            |diagnostics| get_metadata::Response { diagnostics, ..Default::default() },
        )
        .await
    }

    async fn get_schema(
        &self,
        _request: Request<get_provider_schema::Request>,
    ) -> Result<Response<get_provider_schema::Response>, Status> {
        self.ask(
            "GetProviderSchema",
            String::new(),
            |state| async move { state.schema() },
            |diagnostics| get_provider_schema::Response { diagnostics, ..Default::default() },
        )
        .await
    }

    async fn get_resource_identity_schemas(
        &self,
        _request: Request<get_resource_identity_schemas::Request>,
    ) -> Result<Response<get_resource_identity_schemas::Response>, Status> {
        self.ask(
            "GetResourceIdentitySchemas",
            String::new(),
            |state| async move { state.identity_schemas() },
            |diagnostics| get_resource_identity_schemas::Response { diagnostics, ..Default::default() },
        )
        .await
    }

    async fn prepare_provider_config(
        &self,
        request: Request<prepare_provider_config::Request>,
    ) -> Result<Response<prepare_provider_config::Response>, Status> {
        let request = request.into_inner();
        self.ask(
            "PrepareProviderConfig",
            String::new(),
            |state| async move { state.prepare(request) },
            |diagnostics| prepare_provider_config::Response { diagnostics, ..Default::default() },
        )
        .await
    }

    async fn configure(&self, request: Request<configure::Request>) -> Result<Response<configure::Response>, Status> {
        let request = request.into_inner();
        self.ask(
            "Configure",
            String::new(),
            |state| async move { state.configure(request).await },
            |diagnostics| configure::Response { diagnostics },
        )
        .await
    }

    async fn stop(&self, _request: Request<stop::Request>) -> Result<Response<stop::Response>, Status> {
        self.0.stop();
        Ok(Response::new(stop::Response::default()))
    }

    async fn validate_resource_type_config(
        &self,
        request: Request<validate_resource_type_config::Request>,
    ) -> Result<Response<validate_resource_type_config::Response>, Status> {
        let request = request.into_inner();
        self.ask(
            "ValidateResourceTypeConfig",
            request.type_name.clone(),
            |state| async move { state.validate_resource(request) },
            |diagnostics| validate_resource_type_config::Response { diagnostics },
        )
        .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<upgrade_resource_state::Request>,
    ) -> Result<Response<upgrade_resource_state::Response>, Status> {
        let request = request.into_inner();
        self.ask(
            "UpgradeResourceState",
            request.type_name.clone(),
            |state| async move { state.upgrade_state(request) },
            |diagnostics| upgrade_resource_state::Response { upgraded_state: None, diagnostics },
        )
        .await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<upgrade_resource_identity::Request>,
    ) -> Result<Response<upgrade_resource_identity::Response>, Status> {
        let request = request.into_inner();
        self.ask(
            "UpgradeResourceIdentity",
            request.type_name.clone(),
            |state| async move { state.upgrade_identity(request) },
            |diagnostics| upgrade_resource_identity::Response { upgraded_identity: None, diagnostics },
        )
        .await
    }

    async fn read_resource(
        &self,
        request: Request<read_resource::Request>,
    ) -> Result<Response<read_resource::Response>, Status> {
        let request = request.into_inner();
        let (new_state, private) = (request.current_state.clone(), request.private.clone());
        self.ask(
            "ReadResource",
            request.type_name.clone(),
            |state| async move { state.read_resource(request).await },
            |diagnostics| read_resource::Response { new_state, private, diagnostics, ..Default::default() },
        )
        .await
    }

    async fn plan_resource_change(
        &self,
        request: Request<plan_resource_change::Request>,
    ) -> Result<Response<plan_resource_change::Response>, Status> {
        let request = request.into_inner();
        let (planned_state, planned_private) = (request.prior_state.clone(), request.prior_private.clone());
        self.ask(
            "PlanResourceChange",
            request.type_name.clone(),
            |state| async move { state.plan_change(request).await },
            |diagnostics| plan_resource_change::Response {
                planned_state,
                planned_private,
                diagnostics,
                ..Default::default()
            },
        )
        .await
    }

    async fn apply_resource_change(
        &self,
        request: Request<apply_resource_change::Request>,
    ) -> Result<Response<apply_resource_change::Response>, Status> {
        let request = request.into_inner();
        let state = Arc::clone(&self.0);
        let type_name = request.type_name.clone();
        let line = state.line();
        let on_hang_up = OnHangUp::Finish(line.clone());
        let call = async move { state.apply_change(request, line).await };
        let outcome = run("ApplyResourceChange", &type_name, on_hang_up, call).await;
        // Without a state Terraform keeps what it has, private data included.
        Ok(Response::new(outcome.unwrap_or_else(|diagnostic| apply_resource_change::Response {
            diagnostics: one(diagnostic),
            ..Default::default()
        })))
    }

    async fn import_resource_state(
        &self,
        request: Request<import_resource_state::Request>,
    ) -> Result<Response<import_resource_state::Response>, Status> {
        let request = request.into_inner();
        self.ask(
            "ImportResourceState",
            request.type_name.clone(),
            |state| async move { state.import_state(request) },
            |diagnostics| import_resource_state::Response { diagnostics, ..Default::default() },
        )
        .await
    }

    async fn move_resource_state(
        &self,
        request: Request<move_resource_state::Request>,
    ) -> Result<Response<move_resource_state::Response>, Status> {
        let request = request.into_inner();
        self.ask(
            "MoveResourceState",
            request.target_type_name.clone(),
            |state| async move { state.move_state(request) },
            |diagnostics| move_resource_state::Response { diagnostics, ..Default::default() },
        )
        .await
    }

    async fn generate_resource_config(
        &self,
        request: Request<generate_resource_config::Request>,
    ) -> Result<Response<generate_resource_config::Response>, Status> {
        let request = request.into_inner();
        self.ask(
            "GenerateResourceConfig",
            request.type_name.clone(),
            |state| async move { state.generate_config(request) },
            |diagnostics| generate_resource_config::Response { config: None, diagnostics },
        )
        .await
    }

    async fn validate_data_source_config(
        &self,
        request: Request<validate_data_source_config::Request>,
    ) -> Result<Response<validate_data_source_config::Response>, Status> {
        let request = request.into_inner();
        self.ask(
            "ValidateDataSourceConfig",
            request.type_name.clone(),
            |state| async move { state.validate_data_source(request) },
            |diagnostics| validate_data_source_config::Response { diagnostics },
        )
        .await
    }

    async fn read_data_source(
        &self,
        request: Request<read_data_source::Request>,
    ) -> Result<Response<read_data_source::Response>, Status> {
        let request = request.into_inner();
        self.ask(
            "ReadDataSource",
            request.type_name.clone(),
            |state| async move { state.read_data_source(request).await },
            |diagnostics| read_data_source::Response { diagnostics, ..Default::default() },
        )
        .await
    }

    async fn get_functions(
        &self,
        _request: Request<get_functions::Request>,
    ) -> Result<Response<get_functions::Response>, Status> {
        self.ask(
            "GetFunctions",
            String::new(),
            |state| async move { state.functions() },
            |diagnostics| get_functions::Response { diagnostics, ..Default::default() },
        )
        .await
    }

    async fn call_function(
        &self,
        request: Request<call_function::Request>,
    ) -> Result<Response<call_function::Response>, Status> {
        let request = request.into_inner();
        self.ask(
            "CallFunction",
            request.name.clone(),
            |state| async move { state.call_function(request) },
            |diagnostics| call_function::Response {
                result: None,
                error: Some(FunctionError {
                    text: diagnostics.into_iter().map(|diagnostic| diagnostic.detail).collect(),
                    function_argument: None,
                }),
            },
        )
        .await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<validate_ephemeral_resource_config::Request>,
    ) -> Result<Response<validate_ephemeral_resource_config::Response>, Status> {
        let diagnostics = many(not_offered("ephemeral resource type", &request.into_inner().type_name));
        Ok(Response::new(validate_ephemeral_resource_config::Response { diagnostics }))
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<open_ephemeral_resource::Request>,
    ) -> Result<Response<open_ephemeral_resource::Response>, Status> {
        let diagnostics = many(not_offered("ephemeral resource type", &request.into_inner().type_name));
        Ok(Response::new(open_ephemeral_resource::Response { diagnostics, ..Default::default() }))
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<renew_ephemeral_resource::Request>,
    ) -> Result<Response<renew_ephemeral_resource::Response>, Status> {
        let diagnostics = many(not_offered("ephemeral resource type", &request.into_inner().type_name));
        Ok(Response::new(renew_ephemeral_resource::Response { diagnostics, ..Default::default() }))
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<close_ephemeral_resource::Request>,
    ) -> Result<Response<close_ephemeral_resource::Response>, Status> {
        let diagnostics = many(not_offered("ephemeral resource type", &request.into_inner().type_name));
        Ok(Response::new(close_ephemeral_resource::Response { diagnostics }))
    }

    type ListResourceStream = Events<list_resource::Event>;

    async fn list_resource(
        &self,
        request: Request<list_resource::Request>,
    ) -> Result<Response<Self::ListResourceStream>, Status> {
        let diagnostic = many(not_offered("list resource type", &request.into_inner().type_name));
        let event = list_resource::Event { diagnostic, ..Default::default() };
        Ok(Response::new(Box::pin(stream::iter([Ok(event)]))))
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<validate_list_resource_config::Request>,
    ) -> Result<Response<validate_list_resource_config::Response>, Status> {
        let diagnostics = many(not_offered("list resource type", &request.into_inner().type_name));
        Ok(Response::new(validate_list_resource_config::Response { diagnostics }))
    }

    async fn plan_action(
        &self,
        request: Request<plan_action::Request>,
    ) -> Result<Response<plan_action::Response>, Status> {
        let diagnostics = many(not_offered("action", &request.into_inner().action_type));
        Ok(Response::new(plan_action::Response { diagnostics, deferred: None }))
    }

    type InvokeActionStream = Events<invoke_action::Event>;

    async fn invoke_action(
        &self,
        request: Request<invoke_action::Request>,
    ) -> Result<Response<Self::InvokeActionStream>, Status> {
        let diagnostics = many(not_offered("action", &request.into_inner().action_type));
        let completed = invoke_action::event::Completed { diagnostics };
        let event = invoke_action::Event { r#type: Some(invoke_action::event::Type::Completed(completed)) };
        Ok(Response::new(Box::pin(stream::iter([Ok(event)]))))
    }

    async fn validate_action_config(
        &self,
        request: Request<validate_action_config::Request>,
    ) -> Result<Response<validate_action_config::Response>, Status> {
        let diagnostics = many(not_offered("action", &request.into_inner().type_name));
        Ok(Response::new(validate_action_config::Response { diagnostics }))
    }
}
