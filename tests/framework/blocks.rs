//! The options of attributes in a nested block, on every path of a call.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tonic::Request;

use crate::ToyData;
use crate::framework::context::Context;
use crate::framework::cty;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::private::Private;
use crate::framework::resource::{ApplyError, ApplyRequest, Importable, MoveSource, Plan, PlanRequest, Resource};
use crate::framework::value::Value;
use crate::host::{Host, map, unwire, wire};
use terraform_provider_conductorone::plugin::proto::tfplugin5::attribute_path::step::Selector;
use terraform_provider_conductorone::plugin::proto::tfplugin5::provider_server::Provider as Service;
use terraform_provider_conductorone::plugin::proto::tfplugin5::{
    Diagnostic as ProtoDiagnostic, RawState, ResourceIdentityData, apply_resource_change, generate_resource_config,
    get_provider_schema, import_resource_state, move_resource_state, upgrade_resource_state,
};

/// The value of the write-only argument. No response may contain it.
const SECRET: &str = "very secret client secret";
/// The value of the sensitive argument. The state contains it, and no message may.
const HINT: &str = "very sensitive hint";

/// A login, whose resource copies the write-only argument to every result by mistake.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Login {
    /// ID.
    #[schemars(extend("x-tf" = { "computed": true }))]
    id: Value<String>,
    /// The result of each operation: `ok`, `failed` or `kept`, a failure after which the object exists.
    #[schemars(extend("x-tf" = { "required": true }))]
    outcome: Value<String>,
    /// Credentials.
    #[schemars(extend("x-tf" = { "block": true }))]
    oauth: Value<OAuth>,
}

/// Credentials.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OAuth {
    /// Client ID.
    #[schemars(extend("x-tf" = { "required": true }))]
    client_id: Value<String>,
    /// Client secret.
    #[schemars(extend("x-tf" = { "required": true, "sensitive": true, "write_only": true }))]
    client_secret: Value<String>,
    /// Password hint.
    #[schemars(extend("x-tf" = { "optional": true, "sensitive": true }))]
    hint: Value<String>,
    /// Realm.
    #[schemars(extend("x-tf" = { "optional": true, "deprecated": "Realms no longer exist." }))]
    realm: Value<String>,
}

/// The identity of a login.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LoginIdentity {
    /// ID.
    #[schemars(extend("x-tf" = { "required": true }))]
    id: Value<String>,
}

/// The resource `toy_login`.
pub struct LoginResource;

impl LoginResource {
    /// Returns a login with the secret in it, as a careless resource would.
    fn careless(id: &str) -> Login {
        let known = |text: &str| Value::Known(text.to_owned());
        let oauth =
            OAuth { client_id: known("client"), client_secret: known(SECRET), hint: known(HINT), realm: known("old") };
        Login { id: known(id), outcome: known("ok"), oauth: Value::Known(oauth) }
    }

    /// Returns an error and adds a warning, both with the sensitive values.
    fn failure(cx: &Context<ToyData>) -> Diagnostic {
        cx.warn(Diagnostic::warning("Careful", format!("{SECRET} and {HINT}")));
        Diagnostic::error("Failed", format!("{SECRET} and {HINT}")).at(AttributePath::to("oauth"))
    }

    fn apply(cx: &Context<ToyData>, request: ApplyRequest<'_, Login>) -> Result<Login, ApplyError<Login>> {
        let ApplyRequest { config, planned, .. } = request;
        assert!(planned.oauth.known().is_none_or(|oauth| oauth.client_secret.is_null()), "a secret in the plan");
        let login = Login { id: Value::Known("login-1".to_owned()), oauth: config.oauth, ..planned };
        match config.outcome.text() {
            Some("ok") => Ok(login),
            Some("kept") => Err(ApplyError::with(login, Self::failure(cx))),
            _ => Err(Self::failure(cx).into()),
        }
    }
}

impl Resource for LoginResource {
    type Model = Login;
    type Data = ToyData;

    const TYPE_NAME: &'static str = "toy_login";
    const VERSION: i64 = 1;

    fn validate(&self, cx: &Context<ToyData>, config: &Login) -> Result<(), Diagnostics> {
        if config.outcome.text() == Some("invalid") { Err(Self::failure(cx).into()) } else { Ok(()) }
    }

    async fn plan(
        &self,
        cx: &Context<ToyData>,
        request: &PlanRequest<Login>,
        plan: &mut Plan<Login>,
    ) -> Result<(), Diagnostics> {
        plan.planned.oauth = request.config.oauth.clone();
        if request.config.outcome.text() == Some("unplannable") { Err(Self::failure(cx).into()) } else { Ok(()) }
    }

    async fn create(
        &self,
        cx: &Context<ToyData>,
        request: ApplyRequest<'_, Login>,
    ) -> Result<Login, ApplyError<Login>> {
        Self::apply(cx, request)
    }

    async fn read(&self, cx: &Context<ToyData>, state: Login, _: &mut Private) -> Result<Option<Login>, Diagnostics> {
        match state.outcome.text() {
            Some("ok") => Ok(Some(Self::careless("login-1"))),
            _ => Err(Self::failure(cx).into()),
        }
    }

    async fn update(
        &self,
        cx: &Context<ToyData>,
        _prior: Login,
        request: ApplyRequest<'_, Login>,
    ) -> Result<Login, ApplyError<Login>> {
        Self::apply(cx, request)
    }

    async fn delete(&self, cx: &Context<ToyData>, state: Login) -> Result<(), Diagnostics> {
        if state.outcome.text() == Some("ok") { Ok(()) } else { Err(Self::failure(cx).into()) }
    }

    fn upgrade(&self, _version: i64, _state: &[u8]) -> Result<Login, Diagnostics> {
        Ok(Self::careless("login-1"))
    }

    fn move_from(&self, _source: &MoveSource<'_>) -> Result<Login, Diagnostics> {
        Ok(Self::careless("login-1"))
    }
}

impl Importable for LoginResource {
    type Identity = LoginIdentity;

    fn identity(&self, state: &Login) -> Option<LoginIdentity> {
        state.id.known().map(|_| LoginIdentity { id: state.id.clone() })
    }

    fn parse_import_id(&self, id: &str) -> Result<LoginIdentity, Diagnostics> {
        Ok(LoginIdentity { id: Value::Known(id.to_owned()) })
    }

    fn import(&self, identity: LoginIdentity) -> Result<Login, Diagnostics> {
        Ok(Self::careless(identity.id.text().unwrap_or_default()))
    }
}

fn oauth(host: &Host, outcome: &str, oauth: &[(&str, cty::Value)]) -> cty::Value {
    host.object(&[("outcome", outcome.into()), ("oauth", map(oauth))])
}

/// Returns a configuration with all arguments.
fn config(host: &Host, outcome: &str) -> cty::Value {
    let arguments = [("client_id", "client".into()), ("client_secret", SECRET.into()), ("hint", HINT.into())];
    oauth(host, outcome, &arguments)
}

/// Returns the state of an object with this configuration.
fn state(host: &Host, outcome: &str) -> cty::Value {
    let members = [
        ("id", "login-1".into()),
        ("outcome", outcome.into()),
        ("oauth", map(&[("client_id", "client".into()), ("hint", HINT.into())])),
    ];
    host.object(&members)
}

/// Asserts that a response contains the secret nowhere.
fn assert_no_secret(response: &impl prost::Message) {
    let bytes = response.encode_to_vec();
    assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
}

/// Asserts that a failure has its warning and its error, both redacted.
fn assert_redacted(diagnostics: &[ProtoDiagnostic]) {
    let [warning, error] = diagnostics else { panic!("{diagnostics:?}") };
    assert_eq!((warning.severity, error.severity), (2, 1));
    for message in [warning, error] {
        assert_eq!(message.detail, "[redacted] and [redacted]");
    }
}

fn names(message: &ProtoDiagnostic) -> Vec<String> {
    let steps = message.attribute.iter().flat_map(|path| &path.steps);
    steps
        .filter_map(|step| match &step.selector {
            Some(Selector::AttributeName(name)) => Some(name.clone()),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn the_schema_contains_the_options_of_block_attributes() {
    let host = Host::of(LoginResource).await;
    let schema = host.server.get_schema(Request::new(get_provider_schema::Request {})).await.unwrap().into_inner();
    let block = schema.resource_schemas["toy_login"].block.as_ref().unwrap();
    let nested = block.block_types[0].block.as_ref().unwrap();
    let options = |name: &str| {
        let attribute = nested.attributes.iter().find(|attribute| attribute.name == name).unwrap();
        (attribute.required, attribute.optional, attribute.sensitive, attribute.write_only, attribute.deprecated)
    };
    assert_eq!(options("client_id"), (true, false, false, false, false));
    assert_eq!(options("client_secret"), (true, false, true, true, false));
    assert_eq!(options("hint"), (false, true, true, false, false));
    assert_eq!(options("realm"), (false, true, false, false, true));
}

#[tokio::test]
async fn required_block_arguments_must_not_be_null() {
    let host = Host::of(LoginResource).await;
    assert_eq!(host.validate(&config(&host, "ok"), true).await, []);
    let without_block = host.object(&[("outcome", "ok".into())]);
    assert_eq!(host.validate(&without_block, true).await, []);

    let incomplete = oauth(&host, "ok", &[("client_id", cty::Value::Null), ("client_secret", SECRET.into())]);
    let found = host.validate(&incomplete, true).await;
    let [error] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(error.summary, "Required argument is null");
    assert_eq!(names(error), ["oauth", "client_id"]);
    let unknown = oauth(&host, "ok", &[("client_id", cty::Value::Unknown), ("client_secret", cty::Value::Unknown)]);
    assert_eq!(host.validate(&unknown, true).await, []);
}

#[tokio::test]
async fn write_only_block_arguments_are_rejected_for_clients_without_support() {
    let host = Host::of(LoginResource).await;
    let found = host.validate(&config(&host, "ok"), false).await;
    let [error] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(error.summary, "Write-only argument is not supported here");
    assert_eq!(names(error), ["oauth", "client_secret"]);
}

#[tokio::test]
async fn sensitive_and_write_only_block_arguments_are_redacted() {
    let host = Host::of(LoginResource).await;
    assert_redacted(&host.validate(&config(&host, "invalid"), true).await);
    assert_redacted(&host.plan(&cty::Value::Null, &config(&host, "unplannable"), b"").await.diagnostics);
}

#[tokio::test]
async fn no_plan_contains_a_write_only_block_argument() {
    let host = Host::of(LoginResource).await;
    for (prior, outcome) in [(cty::Value::Null, "ok"), (state(&host, "ok"), "ok"), (state(&host, "ok"), "unplannable")]
    {
        let request = host.plan_request(&prior, &config(&host, outcome), b"");
        let response = host.server.plan_resource_change(Request::new(request)).await.unwrap().into_inner();
        assert_no_secret(&response);
    }
    // A new secret alone plans no change.
    let planned = host.plan(&state(&host, "ok"), &config(&host, "ok"), b"").await;
    assert_eq!(planned.value, state(&host, "ok"));
}

#[tokio::test]
async fn no_apply_returns_a_write_only_block_argument_and_failed_ones_keep_their_warnings() {
    let host = Host::of(LoginResource).await;
    let ty = host.ty();
    for prior in [cty::Value::Null, state(&host, "ok")] {
        for outcome in ["ok", "failed", "kept"] {
            let config = config(&host, outcome);
            let planned = host.plan(&prior, &config, b"").await;
            let response = host.apply(&prior, &planned, &config).await;
            assert_no_secret(&response);
            if outcome == "ok" {
                assert_eq!(response.diagnostics, []);
            } else {
                assert_redacted(&response.diagnostics);
            }
            let kept = response.new_state.map(|state| unwire(Some(state), &ty));
            assert_eq!(kept, (outcome != "failed").then(|| state(&host, outcome)));
        }
    }
    let doomed = state(&host, "failed");
    let planned = host.plan(&doomed, &cty::Value::Null, b"").await;
    let request = apply_resource_change::Request {
        type_name: host.type_name.clone(),
        prior_state: wire(&doomed, &ty),
        planned_state: wire(&planned.value, &ty),
        config: wire(&cty::Value::Null, &ty),
        ..Default::default()
    };
    let response = host.server.apply_resource_change(Request::new(request)).await.unwrap().into_inner();
    let details: Vec<_> = response.diagnostics.iter().map(|message| message.detail.as_str()).collect();
    // The state does not contain the write-only value, so that only the sensitive one is known here.
    assert!(details.iter().all(|detail| !detail.contains(HINT)), "{details:?}");
    assert_eq!(response.diagnostics.len(), 2);
}

#[tokio::test]
async fn no_read_import_move_or_upgrade_returns_a_write_only_block_argument() {
    let host = Host::of(LoginResource).await;
    let ty = host.ty();
    let type_name = || host.type_name.clone();

    let read = host.read(&state(&host, "ok"), b"").await;
    assert_no_secret(&read);
    assert_eq!(unwire(read.new_state, &ty).attribute("oauth").attribute("hint"), &HINT.into());
    let failed = host.read(&state(&host, "failed"), b"").await;
    assert_eq!(unwire(failed.new_state, &ty), state(&host, "failed"));

    let identity_ty = cty::Type::object([("id", cty::Type::String)]);
    let identity = ResourceIdentityData { identity_data: wire(&map(&[("id", "login-1".into())]), &identity_ty) };
    for identity in [None, Some(identity)] {
        let id = if identity.is_none() { "login-1".to_owned() } else { String::new() };
        let request = import_resource_state::Request { type_name: type_name(), id, identity, ..Default::default() };
        let imported = host.server.import_resource_state(Request::new(request)).await.unwrap().into_inner();
        assert_no_secret(&imported);
        assert_eq!(imported.imported_resources.len(), 1);
    }

    let request = move_resource_state::Request { target_type_name: type_name(), ..Default::default() };
    let moved = host.server.move_resource_state(Request::new(request)).await.unwrap().into_inner();
    assert_no_secret(&moved);
    assert_eq!(unwire(moved.target_state, &ty).attribute("oauth").attribute("client_id"), &"client".into());

    let stored =
        format!(r#"{{"id":"login-1","outcome":"ok","oauth":{{"client_id":"client","client_secret":"{SECRET}"}}}}"#);
    for version in [0, 1] {
        let raw_state = Some(RawState { json: stored.clone().into_bytes(), flatmap: Default::default() });
        let request = upgrade_resource_state::Request { type_name: type_name(), version, raw_state };
        let upgraded = host.server.upgrade_resource_state(Request::new(request)).await.unwrap().into_inner();
        assert_no_secret(&upgraded);
        assert_eq!(unwire(upgraded.upgraded_state, &ty).attribute("oauth").attribute("client_id"), &"client".into());
    }
}

#[tokio::test]
async fn generated_configurations_omit_write_only_and_deprecated_block_arguments() {
    let host = Host::of(LoginResource).await;
    let ty = host.ty();
    let arguments = [
        ("client_id", "client".into()),
        ("client_secret", SECRET.into()),
        ("hint", HINT.into()),
        ("realm", "old".into()),
    ];
    let state = host.object(&[("id", "login-1".into()), ("outcome", "ok".into()), ("oauth", map(&arguments))]);
    let request = generate_resource_config::Request { type_name: host.type_name.clone(), state: wire(&state, &ty) };
    let generated = host.server.generate_resource_config(Request::new(request)).await.unwrap().into_inner();
    assert_no_secret(&generated);
    let expected = oauth(&host, "ok", &[("client_id", "client".into()), ("hint", HINT.into())]);
    assert_eq!(unwire(generated.config, &ty), expected);
}
