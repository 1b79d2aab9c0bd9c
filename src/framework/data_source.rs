//! Data sources: read, never changed.

use std::future::Future;

use futures::future::BoxFuture;

use crate::framework::context::Context;
use crate::framework::cty::Value;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::lifecycle::{from_terraform, to_terraform};
use crate::framework::provider::Model;
use crate::framework::schema::Schema;
use crate::framework::schema::derive::{self, InvalidModel};

/// A data source.
pub trait DataSource: Send + Sync + 'static {
    /// Its arguments and attributes.
    type Model: Model;
    /// What the provider made of its configuration.
    type Data: Send + Sync + 'static;

    /// Its type name, which begins with the provider's.
    const TYPE_NAME: &'static str;

    /// Checks the arguments offline. Values may be unknown.
    ///
    /// # Errors
    /// What is wrong with them, each on its argument.
    fn validate(&self, cx: &Context<Self::Data>, config: &Self::Model) -> Result<(), Diagnostics>;

    /// Reads it. The arguments are wholly known; the answer keeps them.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(
        &self,
        cx: &Context<Self::Data>,
        config: Self::Model,
    ) -> impl Future<Output = Result<Self::Model, Diagnostics>> + Send;
}

/// A data source whose model has been forgotten, so that different ones fit one list.
pub(crate) trait AnyDataSource<D>: Send + Sync {
    fn type_name(&self) -> &'static str;
    fn schema(&self) -> &Schema;
    fn validate(&self, cx: &Context<D>, config: Value) -> Result<(), Diagnostics>;
    fn read<'a>(&'a self, cx: &'a Context<D>, config: Value) -> BoxFuture<'a, Result<Value, Diagnostics>>;
}

/// A data source with its schema.
pub(crate) struct Reader<S> {
    data_source: S,
    schema: Schema,
}

impl<S: DataSource> Reader<S> {
    pub(crate) fn new(data_source: S) -> Result<Self, InvalidModel> {
        Ok(Self { data_source, schema: derive::schema::<S::Model>(0)? })
    }
}

impl<S: DataSource> AnyDataSource<S::Data> for Reader<S> {
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
