//! The RPCs that describe the provider: schemas, names, functions.

use super::state::State;
use crate::framework::function;
use crate::framework::provider::Provider;
use crate::plugin::proto::tfplugin5::resource_identity_schema::IdentityAttribute;
use crate::plugin::proto::tfplugin5::{
    ResourceIdentitySchema, ServerCapabilities, get_functions, get_metadata, get_provider_schema,
    get_resource_identity_schemas,
};

impl<P: Provider> State<P> {
    pub(super) async fn get_schema(&self, _request: get_provider_schema::Request) -> get_provider_schema::Response {
        let resources = self.resources.iter();
        let data_sources = self.data_sources.iter();
        get_provider_schema::Response {
            provider: Some(self.provider_schema.to_proto()),
            resource_schemas: resources
                .map(|(name, resource)| ((*name).to_owned(), resource.schema().to_proto()))
                .collect(),
            data_source_schemas: data_sources
                .map(|(name, source)| ((*name).to_owned(), source.schema().to_proto()))
                .collect(),
            functions: self.get_functions(get_functions::Request {}).await.functions,
            server_capabilities: Some(capabilities()),
            ..Default::default()
        }
    }

    pub(super) async fn get_metadata(&self, _request: get_metadata::Request) -> get_metadata::Response {
        let resources = self.resources.keys();
        let data_sources = self.data_sources.keys();
        let functions = self.functions.keys();
        get_metadata::Response {
            server_capabilities: Some(capabilities()),
            resources: resources.map(|name| get_metadata::ResourceMetadata { type_name: (*name).to_owned() }).collect(),
            data_sources: data_sources
                .map(|name| get_metadata::DataSourceMetadata { type_name: (*name).to_owned() })
                .collect(),
            functions: functions.map(|name| get_metadata::FunctionMetadata { name: (*name).to_owned() }).collect(),
            ..Default::default()
        }
    }

    pub(super) async fn get_functions(&self, _request: get_functions::Request) -> get_functions::Response {
        let functions = self.functions.iter();
        get_functions::Response {
            functions: functions
                .map(|(name, function)| ((*name).to_owned(), function::to_proto(function.as_ref())))
                .collect(),
            diagnostics: Vec::new(),
        }
    }

    pub(super) async fn get_resource_identity_schemas(
        &self,
        _request: get_resource_identity_schemas::Request,
    ) -> get_resource_identity_schemas::Response {
        let schemas = self.resources.iter().filter_map(|(name, resource)| {
            let schema = resource.identity_schema()?;
            let attributes = schema.block.attributes.iter().map(|(name, attribute)| IdentityAttribute {
                name: name.clone(),
                r#type: attribute.ty.type_json(),
                required_for_import: true,
                optional_for_import: false,
                description: attribute.description.clone(),
            });
            let schema = ResourceIdentitySchema { version: schema.version, identity_attributes: attributes.collect() };
            Some(((*name).to_owned(), schema))
        });
        get_resource_identity_schemas::Response { identity_schemas: schemas.collect(), diagnostics: Vec::new() }
    }
}

fn capabilities() -> ServerCapabilities {
    ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}
