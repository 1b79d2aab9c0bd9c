//! The provider trait, and the registry of its resources, data sources and functions.

use std::future::Future;

use crate::framework::context::Context;
use crate::framework::data_source::{DataSource, DynDataSource, TypedDataSource};
use crate::framework::diagnostics::Diagnostics;
use crate::framework::function::Function;
use crate::framework::model::Model;
use crate::framework::resource::{Importable, Resource};
use crate::framework::resource_adapter::{DynResource, TypedResource};
use crate::framework::schema::derive::InvalidModel;

/// A provider.
pub trait Provider: Send + Sync + 'static {
    /// The provider block.
    type Config: Model;
    /// The data that resources and data sources share once the provider is configured, for example clients.
    type Data: Send + Sync + 'static;

    /// Validates the provider block offline. Values can be unknown.
    ///
    /// # Errors
    /// If an argument is invalid.
    fn validate(&self, _cx: &Context<Self::Data>, _config: &Self::Config) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Configures the provider. Called once per process, or once per command under a debugger. Values can be unknown
    /// during a plan, which alone is not an error.
    ///
    /// # Errors
    /// If the configuration does not work.
    fn configure(
        &self,
        cx: &Context<Self::Data>,
        config: Self::Config,
    ) -> impl Future<Output = Result<Self::Data, Diagnostics>> + Send;

    /// Returns the resources, data sources and functions of the provider.
    ///
    /// # Errors
    /// If a schema cannot be derived, which is a bug in the provider.
    fn register(&self) -> Result<Registry<Self::Data>, InvalidModel>;
}

/// The resources, data sources and functions of a provider.
pub struct Registry<D> {
    pub(crate) resources: Vec<Box<dyn DynResource<D>>>,
    pub(crate) data_sources: Vec<Box<dyn DynDataSource<D>>>,
    pub(crate) functions: Vec<Box<dyn Function>>,
}

impl<D> Default for Registry<D> {
    fn default() -> Self {
        Self { resources: Vec::new(), data_sources: Vec::new(), functions: Vec::new() }
    }
}

impl<D: Send + Sync + 'static> Registry<D> {
    /// Adds a resource without import and identity.
    ///
    /// # Errors
    /// If its schema cannot be derived.
    pub fn resource<R: Resource<Data = D>>(mut self, resource: R) -> Result<Self, InvalidModel> {
        self.resources.push(Box::new(TypedResource::new(resource)?));
        Ok(self)
    }

    /// Adds a resource with import and identity.
    ///
    /// # Errors
    /// If its schema, or that of its identity, cannot be derived.
    pub fn importable_resource<R: Importable<Data = D>>(mut self, resource: R) -> Result<Self, InvalidModel> {
        self.resources.push(Box::new(TypedResource::importable(resource)?));
        Ok(self)
    }

    /// Adds a data source.
    ///
    /// # Errors
    /// If its schema cannot be derived.
    pub fn data_source<S: DataSource<Data = D>>(mut self, data_source: S) -> Result<Self, InvalidModel> {
        self.data_sources.push(Box::new(TypedDataSource::new(data_source)?));
        Ok(self)
    }

    /// Adds a function.
    #[must_use]
    pub fn function<F: Function>(mut self, function: F) -> Self {
        self.functions.push(Box::new(function));
        self
    }
}
