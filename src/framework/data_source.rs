//! The trait of data sources, and its adapter for the server.

use std::future::Future;

use futures::future::BoxFuture;

use crate::framework::context::Context;
use crate::framework::convert::{from_terraform, to_terraform};
use crate::framework::cty::Value;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::model::Model;
use crate::framework::schema::Schema;
use crate::framework::schema::derive::{self, InvalidModel};

/// A data source.
pub trait DataSource: Send + Sync + 'static {
    /// Its arguments and attributes.
    type Model: Model;
    /// The data of the configured provider.
    type Data: Send + Sync + 'static;

    /// Its type name, which starts with the provider's.
    const TYPE_NAME: &'static str;

    /// Validates the arguments offline. Values can be unknown.
    ///
    /// # Errors
    /// If an argument is invalid.
    fn validate(&self, _cx: &Context<Self::Data>, _config: &Self::Model) -> Result<(), Diagnostics> {
        Ok(())
    }

    /// Reads the data source. All arguments are known, and the response must keep them.
    ///
    /// # Errors
    /// If the read fails.
    fn read(
        &self,
        cx: &Context<Self::Data>,
        config: Self::Model,
    ) -> impl Future<Output = Result<Self::Model, Diagnostics>> + Send;
}

/// A data source with its model type erased.
pub(crate) trait DynDataSource<D>: Send + Sync {
    fn type_name(&self) -> &'static str;
    fn schema(&self) -> &Schema;
    fn validate(&self, cx: &Context<D>, config: Value) -> Result<(), Diagnostics>;
    fn read<'a>(&'a self, cx: &'a Context<D>, config: Value) -> BoxFuture<'a, Result<Value, Diagnostics>>;
}

/// The adapter from [`DataSource`] to [`DynDataSource`].
pub(crate) struct TypedDataSource<S> {
    data_source: S,
    schema: Schema,
}

impl<S: DataSource> TypedDataSource<S> {
    pub(crate) fn new(data_source: S) -> Result<Self, InvalidModel> {
        Ok(Self { data_source, schema: derive::schema_without_plan::<S::Model>()? })
    }
}

impl<S: DataSource> DynDataSource<S::Data> for TypedDataSource<S> {
    fn type_name(&self) -> &'static str {
        S::TYPE_NAME
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, cx: &Context<S::Data>, config: Value) -> Result<(), Diagnostics> {
        self.data_source.validate(cx, &from_terraform(config)?)
    }

    fn read<'a>(&'a self, cx: &'a Context<S::Data>, config: Value) -> BoxFuture<'a, Result<Value, Diagnostics>> {
        Box::pin(async move {
            let model = self.data_source.read(cx, from_terraform(config)?).await?;
            to_terraform(&model, &self.schema.block)
        })
    }
}
