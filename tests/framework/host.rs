//! Terraform's side of the protocol: calls in core's order, each response verified against core's rules.

use provider_testing::core_conformance::{apply_violations, plan_violations, proposed_new_state};
use tonic::Request;

use crate::framework::cty::{Type, Value, msgpack};
use crate::framework::model::Model;
use crate::framework::resource::Resource;
use crate::framework::schema::{Block, derive};
use crate::framework::server::Server;
use crate::toy::Toy;
use terraform_provider_conductorone::plugin::proto::tfplugin5::provider_server::Provider as Service;
use terraform_provider_conductorone::plugin::proto::tfplugin5::{
    ClientCapabilities, Diagnostic, DynamicValue, apply_resource_change, configure, plan_resource_change,
    read_resource, validate_resource_type_config,
};

/// A configured server, and the schema of one of its resources.
pub struct Host {
    pub server: Server<Toy>,
    pub block: Block,
    pub type_name: String,
}

/// The response to a plan.
pub struct Planned {
    pub value: Value,
    pub private: Vec<u8>,
    pub replace: bool,
    pub diagnostics: Vec<Diagnostic>,
}

/// Returns the block of a model.
pub fn block_of<M: Model>(version: i64) -> Block {
    derive::schema::<M>(version).unwrap().block
}

/// Returns an object of a block. Attributes without a value are null.
pub fn object(block: &Block, members: &[(&str, Value)]) -> Value {
    map(members).conform(&block.ty()).unwrap()
}

/// Returns an object value.
pub fn map(members: &[(&str, Value)]) -> Value {
    Value::Map(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// Encodes a value.
pub fn wire(value: &Value, ty: &Type) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: msgpack::encode(value, ty), json: Vec::new() })
}

/// Decodes a value. No value is null.
pub fn unwire(value: Option<DynamicValue>, ty: &Type) -> Value {
    match value {
        Some(value) if !value.msgpack.is_empty() => msgpack::decode(&value.msgpack, ty).unwrap(),
        _ => Value::Null,
    }
}

/// Returns `true` if a message is an error.
pub fn has_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity == 1)
}

impl Host {
    pub async fn of<R: Resource>(_resource: R) -> Self {
        let server = Server::new(Toy).unwrap();
        let response = server.configure(Request::new(configure::Request::default())).await.unwrap().into_inner();
        assert_eq!(response.diagnostics, []);
        Self { server, block: block_of::<R::Model>(R::VERSION), type_name: R::TYPE_NAME.to_owned() }
    }

    pub fn ty(&self) -> Type {
        self.block.ty()
    }

    pub fn object(&self, members: &[(&str, Value)]) -> Value {
        object(&self.block, members)
    }

    pub async fn validate(&self, config: &Value, write_only_attributes_allowed: bool) -> Vec<Diagnostic> {
        let request = validate_resource_type_config::Request {
            type_name: self.type_name.clone(),
            config: wire(config, &self.ty()),
            client_capabilities: Some(ClientCapabilities { write_only_attributes_allowed, ..Default::default() }),
        };
        self.server.validate_resource_type_config(Request::new(request)).await.unwrap().into_inner().diagnostics
    }

    pub fn plan_request(&self, prior: &Value, config: &Value, private: &[u8]) -> plan_resource_change::Request {
        let ty = self.ty();
        plan_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: wire(prior, &ty),
            proposed_new_state: wire(&proposed_new_state(&self.block, prior, config), &ty),
            config: wire(config, &ty),
            prior_private: private.to_vec(),
            ..Default::default()
        }
    }

    pub async fn plan(&self, prior: &Value, config: &Value, private: &[u8]) -> Planned {
        let request = Request::new(self.plan_request(prior, config, private));
        let response = self.server.plan_resource_change(request).await.unwrap().into_inner();
        let value = unwire(response.planned_state, &self.ty());
        if !has_error(&response.diagnostics) {
            let violations = plan_violations(&self.block, prior, config, &value);
            assert!(violations.is_empty(), "invalid plan: {violations:?}");
        }
        Planned {
            value,
            private: response.planned_private,
            replace: !response.requires_replace.is_empty(),
            diagnostics: response.diagnostics,
        }
    }

    pub async fn apply(&self, prior: &Value, planned: &Planned, config: &Value) -> apply_resource_change::Response {
        let ty = self.ty();
        let request = apply_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: wire(prior, &ty),
            planned_state: wire(&planned.value, &ty),
            config: wire(config, &ty),
            planned_private: planned.private.clone(),
            ..Default::default()
        };
        let response = self.server.apply_resource_change(Request::new(request)).await.unwrap().into_inner();
        if !has_error(&response.diagnostics) {
            let violations = apply_violations(&self.block, &planned.value, &unwire(response.new_state.clone(), &ty));
            assert!(violations.is_empty(), "inconsistent result after apply: {violations:?}");
        }
        response
    }

    pub async fn read(&self, state: &Value, private: &[u8]) -> read_resource::Response {
        let request = read_resource::Request {
            type_name: self.type_name.clone(),
            current_state: wire(state, &self.ty()),
            private: private.to_vec(),
            ..Default::default()
        };
        self.server.read_resource(Request::new(request)).await.unwrap().into_inner()
    }
}
