//! The service as Terraform calls it, over a provider small enough to see through.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::collections::BTreeMap;
use std::sync::Mutex;

use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tonic::Request;

use provider_testing::core_conformance::{
    apply_violations, final_plan_violations, plan_violations, proposed_new_state,
};
use terraform_provider_conductorone::framework::context::Context;
use terraform_provider_conductorone::framework::cty::{self, Type};
use terraform_provider_conductorone::framework::data_source::DataSource;
use terraform_provider_conductorone::framework::diagnostics::{Diagnostic, Diagnostics};
use terraform_provider_conductorone::framework::function::{Function, FunctionError, Parameter};
use terraform_provider_conductorone::framework::path::AttributePath;
use terraform_provider_conductorone::framework::private::Private;
use terraform_provider_conductorone::framework::provider::{Provider, Registry};
use terraform_provider_conductorone::framework::resource::{
    ApplyError, ApplyRequest, Importable, MoveSource, Plan, PlanRequest, Resource,
};
use terraform_provider_conductorone::framework::schema::Block;
use terraform_provider_conductorone::framework::schema::derive::{self, InvalidModel};
use terraform_provider_conductorone::framework::server::Server;
use terraform_provider_conductorone::framework::value::Value;
use terraform_provider_conductorone::plugin::proto::tfplugin5::provider_server::Provider as Service;
use terraform_provider_conductorone::plugin::proto::tfplugin5::{self, *};

/// The toy provider's block.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Settings {
    /// A password.
    #[schemars(extend("x-tf" = { "optional": true, "sensitive": true }))]
    password: Value<String>,
}

/// Something to manage.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Thing {
    /// Given by the service.
    #[schemars(extend("x-tf" = { "computed": true }))]
    id: Value<String>,
    /// Follows the name.
    #[schemars(extend("x-tf" = { "computed": true, "unknown_when_changed": ["name"] }))]
    slug: Value<String>,
    /// What it is called; case does not matter.
    #[schemars(extend("x-tf" = { "required": true }))]
    name: Value<String>,
    /// Where it is.
    #[schemars(extend("x-tf" = { "optional": true, "requires_replace": true }))]
    place: Value<String>,
    /// How large.
    #[schemars(extend("x-tf" = { "optional": true, "default": 7 }))]
    size: Value<u64>,
    /// Whose it is.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    owner: Value<String>,
    /// A key.
    #[schemars(extend("x-tf" = { "optional": true, "write_only": true, "sensitive": true }))]
    key: Value<String>,
    /// Limits.
    #[schemars(extend("x-tf" = { "block": true }))]
    timeouts: Value<Limits>,
}

/// Limits.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Limits {
    /// For creating.
    #[schemars(extend("x-tf" = { "optional": true }))]
    create: Value<String>,
}

/// What identifies a thing.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct ThingIdentity {
    /// Its ID.
    #[schemars(extend("x-tf" = { "required": true }))]
    id: Value<String>,
}

/// What the toy service holds, by ID.
#[derive(Default)]
struct Shop {
    things: Mutex<BTreeMap<String, Thing>>,
}

struct Things;

impl Resource for Things {
    type Model = Thing;
    type Data = Shop;

    const TYPE_NAME: &'static str = "toy_thing";

    fn validate(&self, _cx: &Context<Shop>, config: &Thing) -> Result<(), Diagnostics> {
        if config.name.text() == Some("") {
            let detail = format!("A thing needs a name; the key was {:?}.", config.key.text());
            return Err(Diagnostic::error("Name is empty", detail).at(AttributePath::to("name")).into());
        }
        Ok(())
    }

    fn semantic_equality(&self, prior: &Thing, planned: &mut Thing) {
        if let (Some(before), Some(after)) = (prior.name.text(), planned.name.text())
            && before.eq_ignore_ascii_case(after)
        {
            planned.name = prior.name.clone();
        }
    }

    async fn plan(
        &self,
        cx: &Context<Shop>,
        request: &PlanRequest<Thing>,
        plan: &mut Plan<Thing>,
    ) -> Result<(), Diagnostics> {
        assert_ne!(request.config.name.text(), Some("panic"), "as asked");
        if let Some(name) = plan.planned.name.text()
            && plan.planned.slug.is_unknown()
        {
            plan.planned.slug = Value::Known(name.to_lowercase());
        }
        if request.prior.is_some() && plan.planned.size.known() == Some(&0) {
            plan.requires_replace.push(AttributePath::to("size"));
        }
        if request.config.name.text() == Some("warn") {
            cx.warn(Diagnostic::warning("Careful", "The name is a warning."));
        }
        Ok(())
    }

    async fn create(&self, cx: &Context<Shop>, request: ApplyRequest<'_, Thing>) -> Result<Thing, ApplyError<Thing>> {
        let mut thing = request.planned;
        assert_ne!(thing.name.text(), Some("panic on create"), "as asked");
        let shop = cx.data()?;
        let mut things = shop.things.lock().unwrap();
        let id = things.len().to_string();
        thing.id = Value::Known(id.clone());
        if thing.owner.is_unknown() {
            thing.owner = Value::Known("somebody".to_owned());
        }
        request.private.set("created_with_key", &request.config.key.text().is_some());
        things.insert(id, thing.clone());
        if thing.place.text() == Some("nowhere") {
            return Err(ApplyError::with(thing, Diagnostic::error("Half done", "The place does not exist.")));
        }
        Ok(thing)
    }

    async fn read(
        &self,
        cx: &Context<Shop>,
        state: Thing,
        _private: &mut Private,
    ) -> Result<Option<Thing>, Diagnostics> {
        let things = cx.data()?.things.lock().unwrap();
        Ok(state.id.text().and_then(|id| things.get(id)).cloned())
    }

    async fn update(
        &self,
        cx: &Context<Shop>,
        _prior: Thing,
        request: ApplyRequest<'_, Thing>,
    ) -> Result<Thing, ApplyError<Thing>> {
        let mut thing = request.planned;
        if thing.owner.is_unknown() {
            thing.owner = Value::Known("somebody".to_owned());
        }
        let id = thing.id.text().unwrap_or_default().to_owned();
        cx.data()?.things.lock().unwrap().insert(id, thing.clone());
        Ok(thing)
    }

    async fn delete(&self, cx: &Context<Shop>, state: Thing) -> Result<(), Diagnostics> {
        cx.data()?.things.lock().unwrap().remove(state.id.text().unwrap_or_default());
        Ok(())
    }

    fn move_from(&self, source: &MoveSource<'_>) -> Result<Thing, Diagnostics> {
        match source.type_name {
            "other_thing" => self.import(ThingIdentity { id: Value::Known("0".to_owned()) }),
            other => Err(Diagnostic::error("Cannot move", format!("{other} is no thing.")).into()),
        }
    }
}

impl Importable for Things {
    type Identity = ThingIdentity;

    fn identity(&self, state: &Thing) -> Option<ThingIdentity> {
        state.id.known().map(|_| ThingIdentity { id: state.id.clone() })
    }

    fn parse_import_id(&self, id: &str) -> Result<ThingIdentity, Diagnostics> {
        match id {
            "" => Err(Diagnostic::error("Import ID is empty", "Write the ID.").into()),
            id => Ok(ThingIdentity { id: Value::Known(id.to_owned()) }),
        }
    }

    fn import(&self, identity: ThingIdentity) -> Result<Thing, Diagnostics> {
        let (null, size) = (Value::Null, Value::Null);
        let (slug, name, place, owner, key) = (null.clone(), null.clone(), null.clone(), null.clone(), null);
        Ok(Thing { id: identity.id, slug, name, place, size, owner, key, timeouts: Value::Null })
    }
}

/// Greets.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Greeting {
    /// Whom.
    #[schemars(extend("x-tf" = { "required": true }))]
    whom: Value<String>,
    /// The greeting.
    #[schemars(extend("x-tf" = { "computed": true }))]
    text: Value<String>,
}

struct Greetings;

impl DataSource for Greetings {
    type Model = Greeting;
    type Data = Shop;

    const TYPE_NAME: &'static str = "toy_greeting";

    async fn read(&self, _cx: &Context<Shop>, config: Greeting) -> Result<Greeting, Diagnostics> {
        let text = format!("Hello {}", config.whom.text().unwrap_or_default());
        Ok(Greeting { text: Value::Known(text), ..config })
    }
}

struct Shout;

impl Function for Shout {
    fn name(&self) -> &'static str {
        "shout"
    }

    fn summary(&self) -> &'static str {
        "Makes text loud"
    }

    fn description(&self) -> &'static str {
        "Makes text loud."
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter { name: "text", ty: Type::String, description: "What to say." }]
    }

    fn returns(&self) -> Type {
        Type::String
    }

    fn call(&self, arguments: &[cty::Value]) -> Result<cty::Value, FunctionError> {
        match arguments {
            [cty::Value::String(text)] if text.is_empty() => {
                Err(FunctionError { text: "There is nothing to say.".to_owned(), argument: Some(0) })
            }
            [cty::Value::String(text)] => Ok(cty::Value::from(text.to_uppercase().as_str())),
            _ => unreachable!("the framework checks arguments"),
        }
    }
}

struct Toy;

impl Provider for Toy {
    type Config = Settings;
    type Data = Shop;

    async fn configure(&self, _cx: &Context<Shop>, config: Settings) -> Result<Shop, Diagnostics> {
        match config.password.text() {
            Some("wrong password") => Err(Diagnostic::error("Refused", "wrong password was refused").into()),
            _ => Ok(Shop::default()),
        }
    }

    fn register(&self) -> Result<Registry<Shop>, InvalidModel> {
        Ok(Registry::default().importable_resource(Things)?.data_source(Greetings)?.function(Shout))
    }
}

fn block() -> Block {
    derive::schema::<Thing>(0).unwrap().block
}

fn wire(value: &cty::Value, ty: &Type) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: cty::msgpack::encode(value, ty), json: Vec::new() })
}

fn unwire(value: Option<DynamicValue>, ty: &Type) -> cty::Value {
    match value {
        Some(value) if !value.msgpack.is_empty() => cty::msgpack::decode(&value.msgpack, ty).unwrap(),
        _ => cty::Value::Null,
    }
}

fn thing(members: &[(&str, cty::Value)]) -> cty::Value {
    let members = members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    cty::Value::Map(members).conform(&block().ty()).unwrap()
}

/// Terraform's side: calls in Terraform's order, each answer held to core's rules.
struct Core {
    server: Server<Toy>,
    block: Block,
}

struct Planned {
    value: cty::Value,
    private: Vec<u8>,
    replace: bool,
    diagnostics: Vec<tfplugin5::Diagnostic>,
}

impl Core {
    async fn configured() -> Self {
        let server = Server::new(Toy).unwrap();
        let answer = server.configure(Request::new(configure::Request::default())).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics, []);
        Self { server, block: block() }
    }

    async fn plan(&self, prior: &cty::Value, config: &cty::Value, private: &[u8]) -> Planned {
        let ty = self.block.ty();
        let proposed = proposed_new_state(&self.block, prior, config);
        let request = plan_resource_change::Request {
            type_name: "toy_thing".to_owned(),
            prior_state: wire(prior, &ty),
            proposed_new_state: wire(&proposed, &ty),
            config: wire(config, &ty),
            prior_private: private.to_vec(),
            ..Default::default()
        };
        let answer = self.server.plan_resource_change(Request::new(request)).await.unwrap().into_inner();
        let value = unwire(answer.planned_state, &ty);
        if answer.diagnostics.iter().all(|diagnostic| diagnostic.severity != 1) {
            let violations = plan_violations(&self.block, prior, config, &value);
            assert!(violations.is_empty(), "invalid plan: {violations:?}");
        }
        Planned {
            value,
            private: answer.planned_private,
            replace: !answer.requires_replace.is_empty(),
            diagnostics: answer.diagnostics,
        }
    }

    async fn apply(
        &self,
        prior: &cty::Value,
        planned: &Planned,
        config: &cty::Value,
    ) -> apply_resource_change::Response {
        let ty = self.block.ty();
        let request = apply_resource_change::Request {
            type_name: "toy_thing".to_owned(),
            prior_state: wire(prior, &ty),
            planned_state: wire(&planned.value, &ty),
            config: wire(config, &ty),
            planned_private: planned.private.clone(),
            ..Default::default()
        };
        let answer = self.server.apply_resource_change(Request::new(request)).await.unwrap().into_inner();
        if answer.diagnostics.is_empty() {
            let violations = apply_violations(&self.block, &planned.value, &unwire(answer.new_state.clone(), &ty));
            assert!(violations.is_empty(), "inconsistent result after apply: {violations:?}");
        }
        answer
    }

    async fn read(&self, state: &cty::Value, private: &[u8]) -> read_resource::Response {
        let request = read_resource::Request {
            type_name: "toy_thing".to_owned(),
            current_state: wire(state, &self.block.ty()),
            private: private.to_vec(),
            ..Default::default()
        };
        self.server.read_resource(Request::new(request)).await.unwrap().into_inner()
    }
}

#[tokio::test]
async fn an_object_lives_from_create_to_delete_under_cores_rules() {
    let core = Core::configured().await;
    let ty = core.block.ty();
    let config = thing(&[("name", "One".into()), ("key", "secret".into())]);
    let planned = core.plan(&cty::Value::Null, &config, b"").await;
    assert_eq!(planned.value.attribute("slug"), &"one".into());
    let created = core.apply(&cty::Value::Null, &planned, &config).await;
    let state = unwire(created.new_state, &ty);
    assert_eq!((state.attribute("id"), state.attribute("name")), (&"0".into(), &"One".into()));
    assert_eq!(state.attribute("owner"), &"somebody".into());

    let read = core.read(&state, &created.private).await;
    assert_eq!(unwire(read.new_state, &ty), state);
    assert_eq!(read.private, created.private, "private data is echoed");

    let respelt = thing(&[("name", "ONE".into())]);
    let planned = core.plan(&state, &respelt, &created.private).await;
    assert_eq!(planned.value, state, "another spelling is no change");
    assert_eq!(planned.private, created.private);

    let renamed = thing(&[("name", "Two".into()), ("place", cty::Value::Null)]);
    let planned = core.plan(&state, &renamed, &created.private).await;
    assert_eq!(planned.value.attribute("id"), &"0".into());
    assert!(!planned.replace);
    let updated = unwire(core.apply(&state, &planned, &renamed).await.new_state, &ty);

    let moved = thing(&[("name", "Two".into()), ("place", "there".into())]);
    assert!(core.plan(&updated, &moved, b"").await.replace);

    let planned = core.plan(&updated, &cty::Value::Null, b"").await;
    assert!(planned.value.is_null());
    let deleted = core.apply(&updated, &planned, &cty::Value::Null).await;
    assert!(unwire(deleted.new_state, &ty).is_null());
    assert!(unwire(core.read(&updated, b"").await.new_state, &ty).is_null());
}

#[tokio::test]
async fn an_object_half_made_is_kept_with_the_error() {
    let core = Core::configured().await;
    let config = thing(&[("name", "a".into()), ("place", "nowhere".into())]);
    let planned = core.plan(&cty::Value::Null, &config, b"").await;
    let answer = core.apply(&cty::Value::Null, &planned, &config).await;
    assert_eq!(answer.diagnostics[0].summary, "Half done");
    assert_eq!(unwire(answer.new_state, &core.block.ty()).attribute("id"), &"0".into());
}

#[tokio::test]
async fn a_panic_becomes_a_diagnostic_and_loses_nothing() {
    let core = Core::configured().await;
    let planned = core.plan(&cty::Value::Null, &thing(&[("name", "panic".into())]), b"").await;
    assert_eq!(planned.diagnostics[0].summary, "Provider failed unexpectedly");

    let config = thing(&[("name", "panic on create".into())]);
    let planned = core.plan(&cty::Value::Null, &config, b"").await;
    let answer = core.apply(&cty::Value::Null, &planned, &config).await;
    assert_eq!(answer.diagnostics[0].severity, 1);
    assert_eq!(answer.new_state, None);

    let fine = core.plan(&cty::Value::Null, &thing(&[("name", "fine".into())]), b"").await;
    assert_eq!(fine.diagnostics, []);
}

#[tokio::test]
async fn secrets_never_reach_a_diagnostic() {
    let server = Server::new(Toy).unwrap();
    let ty = block().ty();
    let config = thing(&[("name", "".into()), ("key", "very secret key".into())]);
    let request = validate_resource_type_config::Request {
        type_name: "toy_thing".to_owned(),
        config: wire(&config, &ty),
        client_capabilities: Some(ClientCapabilities { write_only_attributes_allowed: true, ..Default::default() }),
    };
    let answer = server.validate_resource_type_config(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].detail, "A thing needs a name; the key was Some(\"[redacted]\").");
    let steps = &answer.diagnostics[0].attribute.as_ref().unwrap().steps;
    assert_eq!(steps.len(), 1);

    let settings = Type::object([("password", Type::String)]);
    let password = cty::Value::Map([("password".to_owned(), "wrong password".into())].into());
    let request = configure::Request { config: wire(&password, &settings), ..Default::default() };
    let answer = server.configure(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].detail, "[redacted] was refused");
}

#[tokio::test]
async fn write_only_values_are_refused_for_callers_that_would_store_them() {
    let server = Server::new(Toy).unwrap();
    let config = thing(&[("name", "a".into()), ("key", "secret".into())]);
    let request = validate_resource_type_config::Request {
        type_name: "toy_thing".to_owned(),
        config: wire(&config, &block().ty()),
        client_capabilities: None,
    };
    let answer = server.validate_resource_type_config(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics[0].summary, "Write-only argument is not supported here");
}

#[tokio::test]
async fn states_are_read_back_and_other_versions_refused() {
    let core = Core::configured().await;
    let upgrade = |version, json: &str| {
        let request = upgrade_resource_state::Request {
            type_name: "toy_thing".to_owned(),
            version,
            raw_state: Some(RawState { json: json.as_bytes().to_vec(), flatmap: Default::default() }),
        };
        core.server.upgrade_resource_state(Request::new(request))
    };
    let answer = upgrade(0, r#"{"id":"1","name":"a","gone":[1],"key":"secret"}"#).await.unwrap().into_inner();
    let state = unwire(answer.upgraded_state, &core.block.ty());
    assert_eq!(state, thing(&[("id", "1".into()), ("name", "a".into())]));
    for (version, json) in [(1, r#"{"id":"1"}"#), (0, "null"), (0, ""), (0, "{"), (0, r#"{"id":[]}"#)] {
        let answer = upgrade(version, json).await.unwrap().into_inner();
        assert_eq!((answer.upgraded_state, answer.diagnostics[0].severity), (None, 1), "{version} {json}");
    }
}

#[tokio::test]
async fn warnings_arrive_with_success() {
    let core = Core::configured().await;
    let planned = core.plan(&cty::Value::Null, &thing(&[("name", "warn".into())]), b"").await;
    assert_eq!((planned.diagnostics[0].severity, planned.diagnostics.len()), (2, 1));
    assert_eq!(planned.value.attribute("slug"), &"warn".into());
}

#[tokio::test]
async fn data_sources_and_functions_answer() {
    let core = Core::configured().await;
    let ty = Type::object([("whom", Type::String), ("text", Type::String)]);
    let config = cty::Value::Map([("whom".to_owned(), "you".into())].into()).conform(&ty).unwrap();
    let request = read_data_source::Request {
        type_name: "toy_greeting".to_owned(),
        config: wire(&config, &ty),
        ..Default::default()
    };
    let answer = core.server.read_data_source(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(unwire(answer.state, &ty).attribute("text"), &"Hello you".into());

    let call = |arguments: Vec<Option<DynamicValue>>| {
        let arguments = arguments.into_iter().map(Option::unwrap_or_default).collect();
        core.server.call_function(Request::new(call_function::Request { name: "shout".to_owned(), arguments }))
    };
    let answer = call(vec![wire(&"a".into(), &Type::String)]).await.unwrap().into_inner();
    assert_eq!(unwire(answer.result, &Type::String), "A".into());
    let refused =
        [vec![wire(&"".into(), &Type::String)], vec![None], vec![wire(&cty::Value::Unknown, &Type::String)], vec![]];
    for arguments in refused {
        assert!(call(arguments).await.unwrap().into_inner().error.is_some());
    }
}

#[tokio::test]
async fn what_is_not_offered_is_answered_with_a_diagnostic_and_never_a_failed_call() {
    let core = Core::configured().await;
    let server = &core.server;
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
async fn objects_are_imported_by_id_and_by_identity_and_keep_their_identity() {
    let core = Core::configured().await;
    let (ty, identity_ty) = (core.block.ty(), Type::object([("id", Type::String)]));
    let schemas = core.server.get_resource_identity_schemas(Request::new(get_resource_identity_schemas::Request {}));
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
        core.server.import_resource_state(Request::new(request))
    };
    for (id, asked) in [("7", None), ("", by_identity)] {
        let answer = import(id, asked).await.unwrap().into_inner();
        let imported = answer.imported_resources[0].clone();
        assert_eq!(imported.type_name, "toy_thing");
        assert_eq!(unwire(imported.state, &ty), thing(&[("id", "7".into())]));
        assert_eq!(unwire(imported.identity.unwrap().identity_data, &identity_ty), identity);
    }
    let refused = import("", None).await.unwrap().into_inner();
    assert_eq!((refused.imported_resources.len(), refused.diagnostics[0].severity), (0, 1));
}

#[tokio::test]
async fn objects_of_other_types_are_moved_or_refused() {
    let core = Core::configured().await;
    let moved = |type_name: &str| {
        let request = move_resource_state::Request {
            source_type_name: type_name.to_owned(),
            target_type_name: "toy_thing".to_owned(),
            ..Default::default()
        };
        core.server.move_resource_state(Request::new(request))
    };
    let answer = moved("other_thing").await.unwrap().into_inner();
    assert_eq!(unwire(answer.target_state, &core.block.ty()).attribute("id"), &"0".into());
    let refused = moved("no_thing").await.unwrap().into_inner();
    assert_eq!((refused.target_state, refused.diagnostics[0].severity), (None, 1));
}

#[tokio::test]
async fn after_a_stop_a_new_configuration_starts_afresh() {
    let core = Core::configured().await;
    core.server.stop(Request::new(stop::Request {})).await.unwrap();
    assert!(core.server.is_stopped());
    core.server.configure(Request::new(configure::Request::default())).await.unwrap();
    assert!(!core.server.is_stopped());
}

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
        thing(&[
            ("name", name),
            ("place", place),
            ("size", size),
            ("owner", owner),
            ("key", key),
            ("timeouts", timeouts),
        ])
    })
}

/// A configuration as it is once everything is known.
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
    fn any_sequence_of_configurations_keeps_to_cores_rules(sequence in prop::collection::vec(configs(), 1..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let core = Core::configured().await;
            let ty = core.block.ty();
            let (mut state, mut private) = (cty::Value::Null, Vec::new());
            for config in sequence {
                let first = core.plan(&state, &config, &private).await;
                let known = resolved(&config);
                let mut prior = state.clone();
                if first.replace {
                    prior = cty::Value::Null;
                }
                let second = core.plan(&prior, &known, &private).await;
                if !first.replace {
                    let violations = final_plan_violations(&core.block, &first.value, &second.value);
                    assert!(violations.is_empty(), "inconsistent final plan: {violations:?}");
                }
                let answer = core.apply(&prior, &second, &known).await;
                assert_eq!(answer.diagnostics, []);
                (state, private) = (unwire(answer.new_state, &ty), answer.private);
                let again = core.plan(&state, &known, &private).await;
                assert!(again.value.equals(&state, &ty), "a second plan has changes");
            }
        });
    }

    #[test]
    fn arbitrary_bytes_in_any_call_are_answered(bytes in prop::collection::vec(any::<u8>(), 1..60), type_name in "toy_thing|toy_greeting|") {
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
