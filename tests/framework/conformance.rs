//! Properties: core's rules over sequences of configurations, and arbitrary bytes in every call.

use proptest::prelude::*;
use provider_testing::core_conformance::final_plan_violations;
use tonic::Request;

use crate::framework::cty;
use crate::framework::server::Server;
use crate::host::{Host, block_of, object, unwire};
use crate::toy::{Thing, ThingResource, Toy};
use terraform_provider_conductorone::plugin::proto::tfplugin5::provider_server::Provider as Service;
use terraform_provider_conductorone::plugin::proto::tfplugin5::*;

fn texts() -> impl Strategy<Value = cty::Value> {
    prop_oneof![Just(cty::Value::Null), Just(cty::Value::Unknown), "[aAbB]{1,2}".prop_map(cty::Value::String),]
}

fn configs() -> impl Strategy<Value = cty::Value> {
    let name = texts().prop_filter("required", |name| !name.is_null());
    let size = prop_oneof![
        Just(cty::Value::Null),
        Just(cty::Value::Unknown),
        (0..9_u64).prop_map(|size| cty::Value::Number(size.into()))
    ];
    let timeouts = prop_oneof![
        Just(cty::Value::Null),
        Just(cty::Value::Unknown),
        texts().prop_map(|create| cty::Value::Map([("create".to_owned(), create)].into()))
    ];
    (name, texts(), size, texts(), texts(), timeouts).prop_map(|(name, place, size, owner, key, timeouts)| {
        object(
            &block_of::<Thing>(0),
            &[("name", name), ("place", place), ("size", size), ("owner", owner), ("key", key), ("timeouts", timeouts)],
        )
    })
}

/// Replaces the unknown values of a configuration, as Terraform does before an apply.
fn resolved(config: &cty::Value) -> cty::Value {
    match config {
        cty::Value::Map(members) => {
            cty::Value::Map(members.iter().map(|(name, value)| (name.clone(), resolved_member(name, value))).collect())
        }
        other => other.clone(),
    }
}

fn resolved_member(name: &str, value: &cty::Value) -> cty::Value {
    match (name, value) {
        ("size", cty::Value::Unknown) => cty::Value::Number(3_u64.into()),
        ("timeouts", cty::Value::Unknown) => cty::Value::Null,
        ("timeouts", block) => resolved(block),
        (_, cty::Value::Unknown) => "a later".into(),
        (_, known) => known.clone(),
    }
}

proptest! {
    #[test]
    fn any_sequence_of_configurations_follows_cores_rules(sequence in prop::collection::vec(configs(), 1..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let host = Host::of(ThingResource).await;
            let ty = host.ty();
            let (mut state, mut private) = (cty::Value::Null, Vec::new());
            for config in sequence {
                let first = host.plan(&state, &config, &private).await;
                let known = resolved(&config);
                let mut prior = state.clone();
                if first.replace {
                    prior = cty::Value::Null;
                }
                let second = host.plan(&prior, &known, &private).await;
                if !first.replace {
                    let violations = final_plan_violations(&host.block, &first.value, &second.value);
                    assert!(violations.is_empty(), "inconsistent final plan: {violations:?}");
                }
                let response = host.apply(&prior, &second, &known).await;
                assert_eq!(response.diagnostics, []);
                (state, private) = (unwire(response.new_state, &ty), response.private);
                let again = host.plan(&state, &known, &private).await;
                assert!(again.value.equals(&state, &ty), "a second plan has changes");
            }
        });
    }

    #[test]
    fn arbitrary_bytes_in_any_call_return_a_response(bytes in prop::collection::vec(any::<u8>(), 1..60), type_name in "toy_thing|toy_greeting|") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let server = Server::new(Toy).unwrap();
            let value = || Some(DynamicValue { msgpack: bytes.clone(), json: Vec::new() });
            let json = || Some(DynamicValue { msgpack: Vec::new(), json: bytes.clone() });
            let raw = || Some(RawState { json: bytes.clone(), flatmap: Default::default() });
            server.configure(Request::new(configure::Request { config: value(), ..Default::default() })).await.unwrap();
            server.prepare_provider_config(Request::new(prepare_provider_config::Request { config: json() })).await.unwrap();
            server.validate_resource_type_config(Request::new(validate_resource_type_config::Request { type_name: type_name.clone(), config: value(), ..Default::default() })).await.unwrap();
            server.validate_data_source_config(Request::new(validate_data_source_config::Request { type_name: type_name.clone(), config: json() })).await.unwrap();
            server.upgrade_resource_state(Request::new(upgrade_resource_state::Request { type_name: type_name.clone(), version: 0, raw_state: raw() })).await.unwrap();
            server.read_resource(Request::new(read_resource::Request { type_name: type_name.clone(), current_state: value(), private: bytes.clone(), ..Default::default() })).await.unwrap();
            server.plan_resource_change(Request::new(plan_resource_change::Request { type_name: type_name.clone(), prior_state: value(), proposed_new_state: json(), config: value(), prior_private: bytes.clone(), ..Default::default() })).await.unwrap();
            server.apply_resource_change(Request::new(apply_resource_change::Request { type_name: type_name.clone(), prior_state: value(), planned_state: value(), config: json(), ..Default::default() })).await.unwrap();
            server.read_data_source(Request::new(read_data_source::Request { type_name: type_name.clone(), config: value(), ..Default::default() })).await.unwrap();
            server.call_function(Request::new(call_function::Request { name: "shout".to_owned(), arguments: vec![value().unwrap_or_default()] })).await.unwrap();
            server.generate_resource_config(Request::new(generate_resource_config::Request { type_name, state: value() })).await.unwrap();
        });
    }
}
