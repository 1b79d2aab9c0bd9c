//! The calls of Terraform in the life of an object, and the responses to wrong calls.

use tonic::Request;

use crate::framework::cty::{self, Type};
use crate::framework::server::Server;
use crate::host::{Host, block_of, object, unwire, wire};
use crate::toy::{Thing, ThingResource, Toy};
use terraform_provider_conductorone::plugin::proto::tfplugin5::provider_server::Provider as Service;
use terraform_provider_conductorone::plugin::proto::tfplugin5::{self, *};

#[tokio::test]
async fn a_resource_follows_cores_rules_from_create_to_delete() {
    let host = Host::of(ThingResource).await;
    let ty = host.ty();
    let config = host.object(&[("name", "One".into()), ("key", "secret".into())]);
    let planned = host.plan(&cty::Value::Null, &config, b"").await;
    assert_eq!(planned.value.attribute("slug"), &"one".into());
    let created = host.apply(&cty::Value::Null, &planned, &config).await;
    let state = unwire(created.new_state, &ty);
    assert_eq!((state.attribute("id"), state.attribute("name")), (&"0".into(), &"One".into()));
    assert_eq!(state.attribute("owner"), &"default owner".into());

    let read = host.read(&state, &created.private).await;
    assert_eq!(unwire(read.new_state, &ty), state);
    assert_eq!(read.private, created.private, "private data is echoed");

    let respelt = host.object(&[("name", "ONE".into())]);
    let planned = host.plan(&state, &respelt, &created.private).await;
    assert_eq!(planned.value, state, "another spelling is no change");
    assert_eq!(planned.private, created.private);

    let renamed = host.object(&[("name", "Two".into()), ("place", cty::Value::Null)]);
    let planned = host.plan(&state, &renamed, &created.private).await;
    assert_eq!(planned.value.attribute("id"), &"0".into());
    assert!(!planned.replace);
    let updated = unwire(host.apply(&state, &planned, &renamed).await.new_state, &ty);

    let moved = host.object(&[("name", "Two".into()), ("place", "there".into())]);
    assert!(host.plan(&updated, &moved, b"").await.replace);

    let planned = host.plan(&updated, &cty::Value::Null, b"").await;
    assert!(planned.value.is_null());
    let deleted = host.apply(&updated, &planned, &cty::Value::Null).await;
    assert!(unwire(deleted.new_state, &ty).is_null());
    assert!(unwire(host.read(&updated, b"").await.new_state, &ty).is_null());
}

#[tokio::test]
async fn a_failed_create_keeps_the_object_with_the_error() {
    let host = Host::of(ThingResource).await;
    let config = host.object(&[("name", "a".into()), ("place", "nowhere".into())]);
    let planned = host.plan(&cty::Value::Null, &config, b"").await;
    let response = host.apply(&cty::Value::Null, &planned, &config).await;
    assert_eq!(response.diagnostics[0].summary, "Half done");
    assert_eq!(unwire(response.new_state, &host.ty()).attribute("id"), &"0".into());
}

#[tokio::test]
async fn a_panic_fails_only_its_own_call() {
    let host = Host::of(ThingResource).await;
    let planned = host.plan(&cty::Value::Null, &host.object(&[("name", "panic".into())]), b"").await;
    assert_eq!(planned.diagnostics[0].summary, "Provider failed unexpectedly");

    let config = host.object(&[("name", "panic on create".into())]);
    let planned = host.plan(&cty::Value::Null, &config, b"").await;
    let response = host.apply(&cty::Value::Null, &planned, &config).await;
    assert_eq!(response.diagnostics[0].severity, 1);
    assert_eq!(response.new_state, None);

    let fine = host.plan(&cty::Value::Null, &host.object(&[("name", "fine".into())]), b"").await;
    assert_eq!(fine.diagnostics, []);
}

#[tokio::test]
async fn secrets_are_redacted_in_diagnostics() {
    let server = Server::new(Toy).unwrap();
    let block = block_of::<Thing>(0);
    let ty = block.ty();
    let config = object(&block, &[("name", "".into()), ("key", "very secret key".into())]);
    let request = validate_resource_type_config::Request {
        type_name: "toy_thing".to_owned(),
        config: wire(&config, &ty),
        client_capabilities: Some(ClientCapabilities { write_only_attributes_allowed: true, ..Default::default() }),
    };
    let response = server.validate_resource_type_config(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(response.diagnostics[0].detail, "A thing needs a name; the key was Some(\"[redacted]\").");
    let steps = &response.diagnostics[0].attribute.as_ref().unwrap().steps;
    assert_eq!(steps.len(), 1);

    let settings = Type::object([("password", Type::String)]);
    let password = cty::Value::Map([("password".to_owned(), "wrong password".into())].into());
    let request = configure::Request { config: wire(&password, &settings), ..Default::default() };
    let response = server.configure(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(response.diagnostics[0].detail, "[redacted] was rejected");
}

#[tokio::test]
async fn write_only_arguments_are_rejected_for_clients_without_support() {
    let server = Server::new(Toy).unwrap();
    let block = block_of::<Thing>(0);
    let config = object(&block, &[("name", "a".into()), ("key", "secret".into())]);
    let request = validate_resource_type_config::Request {
        type_name: "toy_thing".to_owned(),
        config: wire(&config, &block.ty()),
        client_capabilities: None,
    };
    let response = server.validate_resource_type_config(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(response.diagnostics[0].summary, "Write-only argument is not supported here");
}

#[tokio::test]
async fn stored_states_of_other_versions_are_rejected() {
    let host = Host::of(ThingResource).await;
    let upgrade = |version, json: &str| {
        let request = upgrade_resource_state::Request {
            type_name: "toy_thing".to_owned(),
            version,
            raw_state: Some(RawState { json: json.as_bytes().to_vec(), flatmap: Default::default() }),
        };
        host.server.upgrade_resource_state(Request::new(request))
    };
    let response = upgrade(0, r#"{"id":"1","name":"a","gone":[1],"key":"secret"}"#).await.unwrap().into_inner();
    let state = unwire(response.upgraded_state, &host.ty());
    assert_eq!(state, host.object(&[("id", "1".into()), ("name", "a".into())]));
    for (version, json) in [(1, r#"{"id":"1"}"#), (0, "null"), (0, ""), (0, "{"), (0, r#"{"id":[]}"#)] {
        let response = upgrade(version, json).await.unwrap().into_inner();
        assert_eq!((response.upgraded_state, response.diagnostics[0].severity), (None, 1), "{version} {json}");
    }
}

#[tokio::test]
async fn warnings_are_returned_with_a_successful_plan() {
    let host = Host::of(ThingResource).await;
    let planned = host.plan(&cty::Value::Null, &host.object(&[("name", "warn".into())]), b"").await;
    assert_eq!((planned.diagnostics[0].severity, planned.diagnostics.len()), (2, 1));
    assert_eq!(planned.value.attribute("slug"), &"warn".into());
}

#[tokio::test]
async fn data_sources_and_functions_return_results() {
    let host = Host::of(ThingResource).await;
    let ty = Type::object([("name", Type::String), ("text", Type::String)]);
    let config = cty::Value::Map([("name".to_owned(), "you".into())].into()).conform(&ty).unwrap();
    let request = read_data_source::Request {
        type_name: "toy_greeting".to_owned(),
        config: wire(&config, &ty),
        ..Default::default()
    };
    let response = host.server.read_data_source(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(unwire(response.state, &ty).attribute("text"), &"Hello you".into());

    let call = |arguments: Vec<Option<DynamicValue>>| {
        let arguments = arguments.into_iter().map(Option::unwrap_or_default).collect();
        host.server.call_function(Request::new(call_function::Request { name: "shout".to_owned(), arguments }))
    };
    let response = call(vec![wire(&"a".into(), &Type::String)]).await.unwrap().into_inner();
    assert_eq!(unwire(response.result, &Type::String), "A".into());
    let rejected =
        [vec![wire(&"".into(), &Type::String)], vec![None], vec![wire(&cty::Value::Unknown, &Type::String)], vec![]];
    for arguments in rejected {
        assert!(call(arguments).await.unwrap().into_inner().error.is_some());
    }
}

#[tokio::test]
async fn unknown_types_return_diagnostics_instead_of_grpc_errors() {
    let host = Host::of(ThingResource).await;
    let server = &host.server;
    let name = || "toy_other".to_owned();
    let one = |diagnostics: Vec<tfplugin5::Diagnostic>| assert_eq!(diagnostics[0].severity, 1);
    one(server
        .read_resource(Request::new(read_resource::Request { type_name: name(), ..Default::default() }))
        .await
        .unwrap()
        .into_inner()
        .diagnostics);
    one(server
        .import_resource_state(Request::new(import_resource_state::Request { type_name: name(), ..Default::default() }))
        .await
        .unwrap()
        .into_inner()
        .diagnostics);
    one(server
        .move_resource_state(Request::new(move_resource_state::Request::default()))
        .await
        .unwrap()
        .into_inner()
        .diagnostics);
    one(server
        .open_ephemeral_resource(Request::new(open_ephemeral_resource::Request::default()))
        .await
        .unwrap()
        .into_inner()
        .diagnostics);
    one(server.plan_action(Request::new(plan_action::Request::default())).await.unwrap().into_inner().diagnostics);
    one(server
        .upgrade_resource_identity(Request::new(upgrade_resource_identity::Request::default()))
        .await
        .unwrap()
        .into_inner()
        .diagnostics);
    let mut events = server.invoke_action(Request::new(invoke_action::Request::default())).await.unwrap().into_inner();
    let event = futures::StreamExt::next(&mut events).await.unwrap().unwrap();
    assert!(matches!(event.r#type, Some(invoke_action::event::Type::Completed(_))));
}

#[tokio::test]
async fn import_by_id_and_by_identity_return_the_same_object() {
    let host = Host::of(ThingResource).await;
    let (ty, identity_ty) = (host.ty(), Type::object([("id", Type::String)]));
    let schemas = host.server.get_resource_identity_schemas(Request::new(get_resource_identity_schemas::Request {}));
    let schema = &schemas.await.unwrap().into_inner().identity_schemas["toy_thing"];
    assert!(schema.identity_attributes[0].required_for_import);

    let identity = cty::Value::Map([("id".to_owned(), "7".into())].into());
    let by_identity = Some(ResourceIdentityData { identity_data: wire(&identity, &identity_ty) });
    let import = |id: &str, identity: Option<ResourceIdentityData>| {
        let request = import_resource_state::Request {
            type_name: "toy_thing".to_owned(),
            id: id.to_owned(),
            identity,
            ..Default::default()
        };
        host.server.import_resource_state(Request::new(request))
    };
    for (id, asked) in [("7", None), ("", by_identity)] {
        let response = import(id, asked).await.unwrap().into_inner();
        let imported = response.imported_resources[0].clone();
        assert_eq!(imported.type_name, "toy_thing");
        assert_eq!(unwire(imported.state, &ty), host.object(&[("id", "7".into())]));
        assert_eq!(unwire(imported.identity.unwrap().identity_data, &identity_ty), identity);
    }
    let rejected = import("", None).await.unwrap().into_inner();
    assert_eq!((rejected.imported_resources.len(), rejected.diagnostics[0].severity), (0, 1));
}

#[tokio::test]
async fn unsupported_move_sources_are_rejected() {
    let host = Host::of(ThingResource).await;
    let moved = |type_name: &str| {
        let request = move_resource_state::Request {
            source_type_name: type_name.to_owned(),
            target_type_name: "toy_thing".to_owned(),
            ..Default::default()
        };
        host.server.move_resource_state(Request::new(request))
    };
    let response = moved("other_thing").await.unwrap().into_inner();
    assert_eq!(unwire(response.target_state, &host.ty()).attribute("id"), &"0".into());
    let rejected = moved("no_thing").await.unwrap().into_inner();
    assert_eq!((rejected.target_state, rejected.diagnostics[0].severity), (None, 1));
}

#[tokio::test]
async fn configure_resets_an_earlier_stop() {
    let host = Host::of(ThingResource).await;
    host.server.stop(Request::new(stop::Request {})).await.unwrap();
    assert!(host.server.is_stopped());
    host.server.configure(Request::new(configure::Request::default())).await.unwrap();
    assert!(!host.server.is_stopped());
}
