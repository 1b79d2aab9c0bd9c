//! Every RPC with values, with the same arbitrary bytes in all fields.

use std::sync::Arc;

use service_http::SystemClock;
use terraform_provider_conductorone::framework::server::Server;
use terraform_provider_conductorone::plugin::proto::tfplugin5::provider_server::Provider as Service;
use terraform_provider_conductorone::plugin::proto::tfplugin5::{
    Diagnostic, DynamicValue, RawState, ResourceIdentityData, apply_resource_change, call_function, configure,
    generate_resource_config, import_resource_state, move_resource_state, plan_resource_change,
    prepare_provider_config, read_data_source, read_resource, upgrade_resource_identity, upgrade_resource_state,
    validate_data_source_config, validate_resource_type_config,
};
use terraform_provider_conductorone::provider::ConductorOne;
use tonic::Request;

/// The summary of the diagnostic after a panic.
const PANICKED: &str = "Provider failed unexpectedly";

/// Returns the provider without credentials, so that it sends no request.
pub fn server() -> Server<ConductorOne> {
    Server::new(ConductorOne::new(|_| None, Arc::new(SystemClock))).unwrap()
}

/// Calls every RPC for a type name.
///
/// # Panics
/// If a call panicked, or returned a gRPC error.
pub async fn every_call(server: &Server<ConductorOne>, type_name: &str, bytes: &[u8]) {
    let name = || type_name.to_owned();
    let value = || Some(DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() });
    let json = || Some(DynamicValue { msgpack: Vec::new(), json: bytes.to_vec() });
    let raw = || Some(RawState { json: bytes.to_vec(), flatmap: Default::default() });
    let text = || String::from_utf8_lossy(bytes).into_owned();
    let identity = || Some(ResourceIdentityData { identity_data: value() });
    let mut diagnostics: Vec<Diagnostic> = Vec::new();

    macro_rules! call {
        ($method:ident, $request:expr) => {
            diagnostics.extend(server.$method(Request::new($request)).await.unwrap().into_inner().diagnostics)
        };
    }
    call!(prepare_provider_config, prepare_provider_config::Request { config: json() });
    call!(configure, configure::Request { config: value(), ..Default::default() });
    call!(
        validate_resource_type_config,
        validate_resource_type_config::Request { type_name: name(), config: value(), ..Default::default() }
    );
    call!(validate_data_source_config, validate_data_source_config::Request { type_name: name(), config: json() });
    for version in [-1, 0, 1, 2] {
        let raw_state = raw();
        call!(upgrade_resource_state, upgrade_resource_state::Request { type_name: name(), version, raw_state });
    }
    let raw_identity = raw();
    call!(
        upgrade_resource_identity,
        upgrade_resource_identity::Request { type_name: name(), version: 0, raw_identity }
    );
    call!(
        read_resource,
        read_resource::Request {
            type_name: name(),
            current_state: value(),
            private: bytes.to_vec(),
            current_identity: identity(),
            ..Default::default()
        }
    );
    call!(
        plan_resource_change,
        plan_resource_change::Request {
            type_name: name(),
            prior_state: value(),
            proposed_new_state: json(),
            config: value(),
            prior_private: bytes.to_vec(),
            ..Default::default()
        }
    );
    call!(
        apply_resource_change,
        apply_resource_change::Request {
            type_name: name(),
            prior_state: json(),
            planned_state: value(),
            config: json(),
            planned_private: bytes.to_vec(),
            ..Default::default()
        }
    );
    call!(
        import_resource_state,
        import_resource_state::Request { type_name: name(), id: text(), ..Default::default() }
    );
    call!(
        import_resource_state,
        import_resource_state::Request { type_name: name(), identity: identity(), ..Default::default() }
    );
    call!(
        move_resource_state,
        move_resource_state::Request {
            source_provider_address: text(),
            source_type_name: "conductorone_integration_okta".to_owned(),
            source_state: raw(),
            target_type_name: name(),
            ..Default::default()
        }
    );
    call!(generate_resource_config, generate_resource_config::Request { type_name: name(), state: value() });
    call!(read_data_source, read_data_source::Request { type_name: name(), config: value(), ..Default::default() });
    let function = call_function::Request { name: "okta_domain".to_owned(), arguments: vec![value().unwrap()] };
    let response = server.call_function(Request::new(function)).await.unwrap().into_inner();
    assert!(response.error.is_none_or(|error| !error.text.contains(PANICKED)));
    for diagnostic in diagnostics {
        assert!(diagnostic.summary != PANICKED, "{}", diagnostic.detail);
    }
}
