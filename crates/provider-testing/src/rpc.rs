//! Terraform's side of the protocol, in the same process: calls the provider's service in core's order and with
//! what core would send, over the same bytes.

use std::sync::Arc;

use tempfile::TempDir;
use terraform_provider_conductorone::framework::cty::{Type, Value, msgpack};
use terraform_provider_conductorone::framework::model::Model;
use terraform_provider_conductorone::framework::schema::{Block, derive};
use terraform_provider_conductorone::framework::server::Server;
use terraform_provider_conductorone::plugin::proto::tfplugin5::attribute_path::step::Selector;
use terraform_provider_conductorone::plugin::proto::tfplugin5::diagnostic::Severity;
use terraform_provider_conductorone::plugin::proto::tfplugin5::provider_server::Provider as Service;
use terraform_provider_conductorone::plugin::proto::tfplugin5::{
    Diagnostic, DynamicValue, RawState, ResourceIdentityData, apply_resource_change, configure, get_provider_schema,
    get_resource_identity_schemas, import_resource_state, plan_resource_change, prepare_provider_config,
    read_data_source, read_resource, stop, upgrade_resource_identity, upgrade_resource_state,
    validate_resource_type_config,
};
use terraform_provider_conductorone::provider::ConductorOne;
use terraform_provider_conductorone::provider::config::ProviderConfig;
use terraform_provider_conductorone::provider::resources::app::{AppIdentity, AppModel};
use terraform_provider_conductorone::provider::resources::okta_integration::{
    OktaIntegrationIdentity, OktaIntegrationModel,
};
use tonic::Request;

/// The provider as core sees it.
#[derive(Clone)]
pub struct Rpc {
    server: Server<ConductorOne>,
    /// Folder of the lock files.
    _temporary: Arc<TempDir>,
    provider: Block,
    /// The schema of the resource that is spoken of: the integration, unless told otherwise.
    pub block: Block,
    identity: Type,
    type_name: &'static str,
}

/// Result of a plan.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The planned object, or the prior one when there are errors.
    pub value: Value,
    /// Passed on to the apply.
    pub private: Vec<u8>,
    /// Names of the attributes that need a new object.
    pub replace: Vec<String>,
    /// Messages.
    pub diagnostics: Vec<Diagnostic>,
}

/// Result of an apply or a read.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The object; `None` when the answer has none at all.
    pub state: Option<Value>,
    /// Kept beside it.
    pub private: Vec<u8>,
    /// The identity, if the response contains one.
    pub identity: Option<Value>,
    /// Messages.
    pub diagnostics: Vec<Diagnostic>,
}

impl Rpc {
    /// A process that has not been configured yet, alone on its machine.
    pub fn new(provider: ConductorOne) -> Self {
        Self::beside(provider, &Arc::new(tempfile::tempdir().unwrap()))
    }

    /// One on the machine with a folder for temporary files.
    pub fn beside(provider: ConductorOne, temporary: &Arc<TempDir>) -> Self {
        Self {
            server: Server::new(provider.with_lock_folder(temporary.path().to_owned())).unwrap(),
            _temporary: Arc::clone(temporary),
            provider: derive::schema::<ProviderConfig>(0).unwrap().block,
            block: derive::schema::<OktaIntegrationModel>(0).unwrap().block,
            identity: derive::schema::<OktaIntegrationIdentity>(0).unwrap().block.ty(),
            type_name: "conductorone_okta_integration",
        }
    }

    /// The same process, spoken to about apps.
    pub fn about_apps(&self) -> Self {
        Self {
            block: derive::schema::<AppModel>(0).unwrap().block,
            identity: derive::schema::<AppIdentity>(0).unwrap().block.ty(),
            type_name: "conductorone_app",
            ..self.clone()
        }
    }

    /// The same, configured for a tenant with the key of a person.
    pub async fn signed_in(self, server_url: &str, client_id: &str, client_secret: &str) -> Self {
        let arguments = [
            ("server_url", server_url.into()),
            ("client_id", client_id.into()),
            ("client_secret", client_secret.into()),
        ];
        assert_eq!(self.configure(&arguments).await, []);
        self
    }

    /// PrepareProviderConfig, then Configure, as far as the first does not fail.
    pub async fn configure(&self, arguments: &[(&str, Value)]) -> Vec<Diagnostic> {
        let ty = self.provider.ty();
        let config = wire(&object(&self.provider, arguments), &ty);
        let request = prepare_provider_config::Request { config: config.clone() };
        let prepared = self.server.prepare_provider_config(Request::new(request)).await.unwrap().into_inner();
        if has_error(&prepared.diagnostics) {
            return prepared.diagnostics;
        }
        let request = configure::Request { config, ..Default::default() };
        self.server.configure(Request::new(request)).await.unwrap().into_inner().diagnostics
    }

    /// ValidateResourceTypeConfig.
    pub async fn validate(&self, config: &Value) -> Vec<Diagnostic> {
        let request = validate_resource_type_config::Request {
            type_name: self.type_name.to_owned(),
            config: wire(config, &self.block.ty()),
            ..Default::default()
        };
        self.server.validate_resource_type_config(Request::new(request)).await.unwrap().into_inner().diagnostics
    }

    /// PlanResourceChange. A null `config` plans the destruction.
    pub async fn plan(&self, prior: &Value, config: &Value, private: &[u8]) -> Planned {
        let ty = self.block.ty();
        let request = plan_resource_change::Request {
            type_name: self.type_name.to_owned(),
            prior_state: wire(prior, &ty),
            proposed_new_state: wire(&proposed_new_state(&self.block, prior, config), &ty),
            config: wire(config, &ty),
            prior_private: private.to_vec(),
            ..Default::default()
        };
        let answer = self.server.plan_resource_change(Request::new(request)).await.unwrap().into_inner();
        let root = |path: &terraform_provider_conductorone::plugin::proto::tfplugin5::AttributePath| match path
            .steps
            .first()
            .and_then(|step| step.selector.clone())
        {
            Some(Selector::AttributeName(name)) => name,
            _ => String::new(),
        };
        Planned {
            value: unwire(answer.planned_state, &ty).unwrap_or(Value::Null),
            private: answer.planned_private,
            replace: answer.requires_replace.iter().map(root).collect(),
            diagnostics: answer.diagnostics,
        }
    }

    /// ApplyResourceChange.
    pub async fn apply(&self, prior: &Value, planned: &Planned, config: &Value) -> Outcome {
        let ty = self.block.ty();
        let request = apply_resource_change::Request {
            type_name: self.type_name.to_owned(),
            prior_state: wire(prior, &ty),
            planned_state: wire(&planned.value, &ty),
            config: wire(config, &ty),
            planned_private: planned.private.clone(),
            ..Default::default()
        };
        let answer = self.server.apply_resource_change(Request::new(request)).await.unwrap().into_inner();
        Outcome {
            state: unwire(answer.new_state, &ty),
            private: answer.private,
            identity: self.identity_of(answer.new_identity),
            diagnostics: answer.diagnostics,
        }
    }

    /// ReadResource.
    pub async fn read(&self, state: &Value, private: &[u8]) -> Outcome {
        let ty = self.block.ty();
        let request = read_resource::Request {
            type_name: self.type_name.to_owned(),
            current_state: wire(state, &ty),
            private: private.to_vec(),
            ..Default::default()
        };
        let answer = self.server.read_resource(Request::new(request)).await.unwrap().into_inner();
        Outcome {
            state: unwire(answer.new_state, &ty),
            private: answer.private,
            identity: self.identity_of(answer.new_identity),
            diagnostics: answer.diagnostics,
        }
    }

    /// ImportResourceState, by an ID of the command line or, where that is empty, by an identity.
    pub async fn import(&self, id: &str, identity: Option<&Value>) -> Outcome {
        let request = import_resource_state::Request {
            type_name: self.type_name.to_owned(),
            id: id.to_owned(),
            identity: identity.map(|identity| ResourceIdentityData { identity_data: wire(identity, &self.identity) }),
            ..Default::default()
        };
        let answer = self.server.import_resource_state(Request::new(request)).await.unwrap().into_inner();
        let mut imported = answer.imported_resources.into_iter();
        let first = imported.next().unwrap_or_default();
        assert_eq!(imported.next(), None, "one resource is imported at a time");
        Outcome {
            state: unwire(first.state, &self.block.ty()),
            private: first.private,
            identity: self.identity_of(first.identity),
            diagnostics: answer.diagnostics,
        }
    }

    /// GetResourceIdentitySchemas: names of the integration's identity, and whether an import needs each.
    pub async fn identity_attributes(&self) -> Vec<(String, bool)> {
        let request = get_resource_identity_schemas::Request {};
        let answer = self.server.get_resource_identity_schemas(Request::new(request)).await.unwrap().into_inner();
        let attributes = answer.identity_schemas[self.type_name].identity_attributes.iter();
        attributes.map(|attribute| (attribute.name.clone(), attribute.required_for_import)).collect()
    }

    /// UpgradeResourceState of what a state file keeps.
    pub async fn upgrade(&self, version: i64, json: &str) -> (Option<Value>, Vec<Diagnostic>) {
        let request = upgrade_resource_state::Request {
            type_name: self.type_name.to_owned(),
            version,
            raw_state: Some(RawState { json: json.as_bytes().to_vec(), ..RawState::default() }),
        };
        let answer = self.server.upgrade_resource_state(Request::new(request)).await.unwrap().into_inner();
        (unwire(answer.upgraded_state, &self.block.ty()), answer.diagnostics)
    }

    /// GetSchema: the version in which states of the resource that is spoken of are written.
    pub async fn version(&self) -> i64 {
        let answer = self.server.get_schema(Request::new(get_provider_schema::Request {})).await.unwrap().into_inner();
        answer.resource_schemas[self.type_name].version
    }

    /// UpgradeResourceIdentity of what a state file keeps.
    pub async fn upgrade_identity(&self, version: i64, json: &str) -> (Option<Value>, Vec<Diagnostic>) {
        let request = upgrade_resource_identity::Request {
            type_name: self.type_name.to_owned(),
            version,
            raw_identity: Some(RawState { json: json.as_bytes().to_vec(), ..RawState::default() }),
        };
        let answer = self.server.upgrade_resource_identity(Request::new(request)).await.unwrap().into_inner();
        (self.identity_of(answer.upgraded_identity), answer.diagnostics)
    }

    fn identity_of(&self, data: Option<ResourceIdentityData>) -> Option<Value> {
        unwire(data?.identity_data, &self.identity)
    }

    /// ReadDataSource of the type with this model; what is not named is null.
    pub async fn data<M: Model>(&self, type_name: &str, members: &[(&str, Value)]) -> Outcome {
        let block = derive::schema::<M>(0).unwrap().block;
        let ty = block.ty();
        let request = read_data_source::Request {
            type_name: type_name.to_owned(),
            config: wire(&object(&block, members), &ty),
            ..Default::default()
        };
        let answer = self.server.read_data_source(Request::new(request)).await.unwrap().into_inner();
        let (private, identity) = (Vec::new(), None);
        Outcome { state: unwire(answer.state, &ty), private, identity, diagnostics: answer.diagnostics }
    }

    /// Stop: the user's first interrupt.
    pub async fn stop(&self) {
        self.server.stop(Request::new(stop::Request {})).await.unwrap();
    }

    /// A configuration or state of the resource that is spoken of; what is not named is null.
    pub fn object(&self, members: &[(&str, Value)]) -> Value {
        object(&self.block, members)
    }
}

/// Returns whether a diagnostic is an error.
pub fn has_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
}

/// A message as a person reads it: its kind and summary, the argument to blame, and the detail.
pub fn shown(diagnostic: &Diagnostic) -> String {
    let kind = if diagnostic.severity() == Severity::Error { "Error" } else { "Warning" };
    let steps = diagnostic.attribute.iter().flat_map(|path| &path.steps);
    let names = steps.filter_map(|step| match &step.selector {
        Some(Selector::AttributeName(name)) => Some(name.clone()),
        _ => None,
    });
    let place = names.collect::<Vec<_>>().join(".");
    let place = if place.is_empty() { place } else { format!(" (at {place})") };
    format!("{kind}: {}{place}\n{}", diagnostic.summary, diagnostic.detail)
}

fn object(block: &Block, members: &[(&str, Value)]) -> Value {
    let members = members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Value::Map(members).conform(&block.ty()).unwrap()
}

/// Core's merge of prior state and configuration, which providers are asked to plan from.
fn proposed_new_state(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || matches!(config, Value::Unknown) {
        return config.clone();
    }
    let attributes = block.attributes.iter().map(|(name, attribute)| {
        let keeps_prior = attribute.configurability.is_computed() && config.attribute(name).is_null();
        (name.clone(), if keeps_prior { prior } else { config }.attribute(name).clone())
    });
    let blocks = block
        .blocks
        .iter()
        .map(|(name, inner)| (name.clone(), proposed_new_state(inner, prior.attribute(name), config.attribute(name))));
    Value::Map(attributes.chain(blocks).collect())
}

fn wire(value: &Value, ty: &Type) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: msgpack::encode(value, ty), json: Vec::new() })
}

/// A value that core could not decode would be lost, so that fails the test.
fn unwire(value: Option<DynamicValue>, ty: &Type) -> Option<Value> {
    value.filter(|value| !value.msgpack.is_empty()).map(|value| msgpack::decode(&value.msgpack, ty).unwrap())
}
