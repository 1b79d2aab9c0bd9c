//! The toy provider: its data, resources, data source and function.

use std::collections::BTreeMap;
use std::sync::Mutex;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::blocks::LoginResource;
use crate::failures::FaultyResource;
use crate::framework::context::Context;
use crate::framework::cty::{self, Type};
use crate::framework::data_source::DataSource;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::function::{Function, FunctionError, Parameter};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::provider::{Provider, Registry};
use crate::framework::resource::{ApplyError, ApplyRequest, Importable, MoveSource, Plan, PlanRequest, Resource};
use crate::framework::schema::derive::InvalidModel;
use crate::framework::value::Value;
use crate::toy_note::NoteResource;

/// The provider block.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// A password.
    #[schemars(extend("x-tf" = { "optional": true, "sensitive": true }))]
    password: Value<String>,
}

/// An object with every option that the top level of a resource honors.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Thing {
    /// ID, set by the service.
    #[schemars(extend("x-tf" = { "computed": true }))]
    id: Value<String>,
    /// The name in lower case.
    #[schemars(extend("x-tf" = { "computed": true, "unknown_when_changed": ["name"] }))]
    slug: Value<String>,
    /// Name, case-insensitive.
    #[schemars(extend("x-tf" = { "required": true }))]
    name: Value<String>,
    /// Location.
    #[schemars(extend("x-tf" = { "optional": true, "requires_replace": true }))]
    place: Value<String>,
    /// Size in GiB.
    #[schemars(extend("x-tf" = { "optional": true, "default": 7 }))]
    size: Value<u64>,
    /// Owner.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    owner: Value<String>,
    /// Key.
    #[schemars(extend("x-tf" = { "optional": true, "write_only": true, "sensitive": true }))]
    key: Value<String>,
    /// Limits.
    #[schemars(extend("x-tf" = { "block": true }))]
    timeouts: Value<Limits>,
}

/// Limits.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// Limit of a create.
    #[schemars(extend("x-tf" = { "optional": true }))]
    create: Value<String>,
}

/// The identity of a thing.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ThingIdentity {
    /// ID.
    #[schemars(extend("x-tf" = { "required": true }))]
    id: Value<String>,
}

/// The objects of the toy service, by ID.
#[derive(Default)]
pub struct ToyData {
    things: Mutex<BTreeMap<String, Thing>>,
    notes: Mutex<BTreeMap<String, String>>,
}

impl ToyData {
    /// Creates a note and returns its ID.
    pub fn create_note(&self, text: &str) -> String {
        let mut notes = self.notes.lock().unwrap();
        let id = format!("note-{}", notes.len() + 1);
        notes.insert(id.clone(), text.to_owned());
        id
    }

    /// Returns the text of a note.
    pub fn note(&self, id: &str) -> Option<String> {
        self.notes.lock().unwrap().get(id).cloned()
    }

    /// Replaces the text of a note.
    pub fn set_note(&self, id: &str, text: &str) {
        self.notes.lock().unwrap().insert(id.to_owned(), text.to_owned());
    }

    /// Deletes a note.
    pub fn delete_note(&self, id: &str) {
        self.notes.lock().unwrap().remove(id);
    }
}

/// The resource `toy_thing`.
pub struct ThingResource;

impl Resource for ThingResource {
    type Model = Thing;
    type Data = ToyData;

    const TYPE_NAME: &'static str = "toy_thing";

    fn validate(&self, _cx: &Context<ToyData>, config: &Thing) -> Result<(), Diagnostics> {
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
        cx: &Context<ToyData>,
        request: &PlanRequest<Thing>,
        plan: &mut Plan<Thing>,
    ) -> Result<(), Diagnostics> {
        assert_ne!(request.config.name.text(), Some("panic"), "requested by the test");
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

    async fn create(
        &self,
        cx: &Context<ToyData>,
        request: ApplyRequest<'_, Thing>,
    ) -> Result<Thing, ApplyError<Thing>> {
        let mut thing = request.planned;
        assert_ne!(thing.name.text(), Some("panic on create"), "requested by the test");
        let shop = cx.data()?;
        let mut things = shop.things.lock().unwrap();
        let id = things.len().to_string();
        thing.id = Value::Known(id.clone());
        if thing.owner.is_unknown() {
            thing.owner = Value::Known("default owner".to_owned());
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
        cx: &Context<ToyData>,
        state: Thing,
        _private: &mut Private,
    ) -> Result<Option<Thing>, Diagnostics> {
        let things = cx.data()?.things.lock().unwrap();
        Ok(state.id.text().and_then(|id| things.get(id)).cloned())
    }

    async fn update(
        &self,
        cx: &Context<ToyData>,
        _prior: Thing,
        request: ApplyRequest<'_, Thing>,
    ) -> Result<Thing, ApplyError<Thing>> {
        let mut thing = request.planned;
        if thing.owner.is_unknown() {
            thing.owner = Value::Known("default owner".to_owned());
        }
        let id = thing.id.text().unwrap_or_default().to_owned();
        cx.data()?.things.lock().unwrap().insert(id, thing.clone());
        Ok(thing)
    }

    async fn delete(&self, cx: &Context<ToyData>, state: Thing) -> Result<(), Diagnostics> {
        cx.data()?.things.lock().unwrap().remove(state.id.text().unwrap_or_default());
        Ok(())
    }

    fn move_from(&self, source: &MoveSource<'_>) -> Result<Thing, Diagnostics> {
        match source.type_name {
            "other_thing" => self.import(ThingIdentity { id: Value::Known("0".to_owned()) }),
            other => Err(Diagnostic::error("Cannot move", format!("{other} is not a thing.")).into()),
        }
    }
}

impl Importable for ThingResource {
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
        Ok(Thing {
            id: identity.id,
            slug: Value::Null,
            name: Value::Null,
            place: Value::Null,
            size: Value::Null,
            owner: Value::Null,
            key: Value::Null,
            timeouts: Value::Null,
        })
    }
}

/// A greeting.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct Greeting {
    /// Name of the person to greet.
    #[schemars(extend("x-tf" = { "required": true }))]
    name: Value<String>,
    /// Text of the greeting.
    #[schemars(extend("x-tf" = { "computed": true }))]
    text: Value<String>,
}

struct Greetings;

impl DataSource for Greetings {
    type Model = Greeting;
    type Data = ToyData;

    const TYPE_NAME: &'static str = "toy_greeting";

    async fn read(&self, _cx: &Context<ToyData>, config: Greeting) -> Result<Greeting, Diagnostics> {
        let text = format!("Hello {}", config.name.text().unwrap_or_default());
        Ok(Greeting { text: Value::Known(text), ..config })
    }
}

struct Shout;

impl Function for Shout {
    fn name(&self) -> &'static str {
        "shout"
    }

    fn summary(&self) -> &'static str {
        "Converts text to upper case"
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter { name: "text", ty: Type::String, description: "The text." }]
    }

    fn returns(&self) -> Type {
        Type::String
    }

    fn call(&self, arguments: &[cty::Value]) -> Result<cty::Value, FunctionError> {
        match arguments {
            [cty::Value::String(text)] if text.is_empty() => {
                Err(FunctionError { text: "The text is empty.".to_owned(), argument: Some(0) })
            }
            [cty::Value::String(text)] => Ok(cty::Value::from(text.to_uppercase().as_str())),
            _ => unreachable!("the framework validates arguments"),
        }
    }
}

/// The provider.
pub struct Toy;

impl Provider for Toy {
    type Config = Settings;
    type Data = ToyData;

    async fn configure(&self, _cx: &Context<ToyData>, config: Settings) -> Result<ToyData, Diagnostics> {
        match config.password.text() {
            Some("wrong password") => Err(Diagnostic::error("Rejected", "wrong password was rejected").into()),
            _ => Ok(ToyData::default()),
        }
    }

    fn register(&self) -> Result<Registry<ToyData>, InvalidModel> {
        Ok(Registry::default()
            .importable_resource(ThingResource)?
            .importable_resource(LoginResource)?
            .resource(FaultyResource)?
            .resource(NoteResource)?
            .data_source(Greetings)?
            .function(Shout))
    }
}
