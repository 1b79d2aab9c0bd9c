//! What a provider is made of.

use std::future::Future;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::framework::context::Context;
use crate::framework::data_source::{AnyDataSource, DataSource, Reader};
use crate::framework::diagnostics::Diagnostics;
use crate::framework::function::Function;
use crate::framework::lifecycle::{AnyResource, Managed};
use crate::framework::resource::Resource;
use crate::framework::schema::derive::InvalidModel;

/// A Rust struct that stands for a block: serde moves it to and from Terraform's values, schemars derives its
/// schema. Its fields are [`Value`](crate::framework::value::Value)s.
pub trait Model: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + JsonSchema + Clone + Send + Sync + 'static> Model for T {}

/// A provider: its configuration, and what it offers.
pub trait Provider: Send + Sync + 'static {
    /// The provider block.
    type Config: Model;
    /// What resources, data sources and functions work with once the provider is configured.
    type Data: Send + Sync + 'static;

    /// Checks the provider block offline. Values may be unknown.
    ///
    /// # Errors
    /// What is wrong with it, each on its argument.
    fn validate(&self, cx: &Context<Self::Data>, config: &Self::Config) -> Result<(), Diagnostics>;

    /// Gets ready for work. Called once per process, or again and again under a debugger. Values may be unknown
    /// during a plan, which alone is no reason to fail.
    ///
    /// # Errors
    /// When the configuration cannot work.
    fn configure(
        &self,
        cx: &Context<Self::Data>,
        config: Self::Config,
    ) -> impl Future<Output = Result<Self::Data, Diagnostics>> + Send;

    /// Terraform has said goodbye, and so has every answer, in its state where that is kept on this machine. Not called
    /// when it was interrupted before, or is gone without a word.
    fn finish(&self, _data: &Self::Data) {}

    /// What the provider offers.
    ///
    /// # Errors
    /// When a schema cannot be derived, which is a bug of the provider.
    fn register(&self) -> Result<Registry<Self::Data>, InvalidModel>;
}

/// The resources, data sources and functions of a provider.
pub struct Registry<D> {
    pub(crate) resources: Vec<Box<dyn AnyResource<D>>>,
    pub(crate) data_sources: Vec<Box<dyn AnyDataSource<D>>>,
    pub(crate) functions: Vec<Box<dyn Function>>,
}

impl<D> Default for Registry<D> {
    fn default() -> Self {
        Self { resources: Vec::new(), data_sources: Vec::new(), functions: Vec::new() }
    }
}

impl<D: Send + Sync + 'static> Registry<D> {
    /// Adds a resource.
    ///
    /// # Errors
    /// When its schema cannot be derived.
    pub fn resource<R: Resource<Data = D>>(mut self, resource: R) -> Result<Self, InvalidModel> {
        self.resources.push(Box::new(Managed::new(resource)?));
        Ok(self)
    }

    /// Adds a data source.
    ///
    /// # Errors
    /// When its schema cannot be derived.
    pub fn data_source<S: DataSource<Data = D>>(mut self, data_source: S) -> Result<Self, InvalidModel> {
        self.data_sources.push(Box::new(Reader::new(data_source)?));
        Ok(self)
    }

    /// Adds a function.
    #[must_use]
    pub fn function<F: Function>(mut self, function: F) -> Self {
        self.functions.push(Box::new(function));
        self
    }
}
