//! The walk "Add a resource" of CONTRIBUTING.md, as a test: its code is `toy_note.rs`.

use tonic::Request;

use crate::framework::cty::Value;
use crate::host::{Host, unwire};
use crate::toy_note::NoteResource;
use terraform_provider_conductorone::plugin::proto::tfplugin5::provider_server::Provider as Service;
use terraform_provider_conductorone::plugin::proto::tfplugin5::{
    RawState, get_resource_identity_schemas, import_resource_state, move_resource_state, upgrade_resource_state,
};

#[test]
fn the_walk_in_contributing_contains_the_code_of_the_toy_resource() {
    let page = include_str!("../../CONTRIBUTING.md");
    let (_, rest) = page.split_once("<!-- resource walk: begin -->").unwrap();
    let (walk, _) = rest.split_once("<!-- resource walk: end -->").unwrap();
    let code = include_str!("toy_note.rs");
    assert!(walk.contains(&format!("```rust\n{code}```")), "copy tests/framework/toy_note.rs to CONTRIBUTING.md");
    let registration = ".resource(NoteResource)?";
    assert!(walk.contains(registration) && include_str!("toy.rs").contains(registration));
}

#[tokio::test]
async fn a_resource_without_optional_abilities_has_a_complete_lifecycle() {
    let host = Host::of(NoteResource).await;
    let ty = host.ty();
    let config = host.object(&[("title", "Monday".into())]);
    let planned = host.plan(&Value::Null, &config, b"").await;
    assert_eq!((planned.value.attribute("id"), planned.value.attribute("text")), (&Value::Unknown, &"".into()));
    let created = host.apply(&Value::Null, &planned, &config).await;
    assert_eq!(created.diagnostics, []);
    assert_eq!(created.new_identity, None);
    let state = unwire(created.new_state, &ty);
    assert_eq!(state, host.object(&[("id", "note-1".into()), ("title", "Monday".into()), ("text", "".into())]));

    assert_eq!(host.plan(&state, &config, b"").await.value, state, "an unchanged configuration plans no change");

    let config = host.object(&[("title", "Monday".into()), ("text", "Rain".into())]);
    let planned = host.plan(&state, &config, b"").await;
    assert!(!planned.replace);
    let state = unwire(host.apply(&state, &planned, &config).await.new_state, &ty);
    assert_eq!(unwire(host.read(&state, b"").await.new_state, &ty), state);

    let renamed = host.object(&[("title", "Tuesday".into()), ("text", "Rain".into())]);
    assert!(host.plan(&state, &renamed, b"").await.replace);

    let planned = host.plan(&state, &Value::Null, b"").await;
    let deleted = host.apply(&state, &planned, &Value::Null).await;
    assert!(deleted.diagnostics.is_empty() && unwire(deleted.new_state, &ty).is_null());
    assert!(unwire(host.read(&state, b"").await.new_state, &ty).is_null());
}

#[tokio::test]
async fn abilities_that_a_resource_lacks_are_errors_that_name_the_resource() {
    let host = Host::of(NoteResource).await;
    let type_name = || host.type_name.clone();
    let schemas = Request::new(get_resource_identity_schemas::Request {});
    let schemas = host.server.get_resource_identity_schemas(schemas).await.unwrap().into_inner().identity_schemas;
    assert!(!schemas.contains_key(&type_name()));

    let import =
        import_resource_state::Request { type_name: type_name(), id: "note-1".to_owned(), ..Default::default() };
    let import = host.server.import_resource_state(Request::new(import)).await.unwrap().into_inner();
    assert!(import.imported_resources.is_empty());

    let source = move_resource_state::Request {
        source_provider_address: "example.com/other/other".to_owned(),
        source_type_name: "other_note".to_owned(),
        target_type_name: type_name(),
        ..Default::default()
    };
    let moved = host.server.move_resource_state(Request::new(source)).await.unwrap().into_inner();
    assert_eq!(moved.target_state, None);

    let raw_state = Some(RawState { json: b"{}".to_vec(), flatmap: Default::default() });
    let upgrade = upgrade_resource_state::Request { type_name: type_name(), version: -1, raw_state };
    let upgraded = host.server.upgrade_resource_state(Request::new(upgrade)).await.unwrap().into_inner();
    assert_eq!(upgraded.upgraded_state, None);

    for diagnostics in [import.diagnostics, moved.diagnostics, upgraded.diagnostics] {
        let [error] = diagnostics.as_slice() else { panic!("{diagnostics:?}") };
        assert!(error.severity == 1 && error.detail.contains("toy_note"), "{error:?}");
    }
}
