//! The state that the calls of one server share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;
use service_http::Redactor;
use tokio_util::sync::CancellationToken;

use super::convert::not_offered;
use crate::framework::context::{CallSignals, Context};
use crate::framework::cty::Value;
use crate::framework::data_source::DynDataSource;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::function::Function;
use crate::framework::provider::Provider;
use crate::framework::resource_adapter::DynResource;
use crate::framework::schema::derive::{self, InvalidModel};
use crate::framework::schema::{Block, Schema};

/// A provider as a gRPC service. Clones share their state.
pub struct Server<P: Provider>(pub(super) Arc<State<P>>);

impl<P: Provider> Clone for Server<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: Provider> Server<P> {
    /// Creates the service of a provider.
    ///
    /// # Errors
    /// If a schema cannot be derived from its model, which is a bug in the provider.
    pub fn new(provider: P) -> Result<Self, InvalidModel> {
        let provider_schema = derive::schema_without_plan::<P::Config>()?;
        let registry = provider.register()?;
        Ok(Self(Arc::new(State {
            provider,
            provider_schema,
            resources: registry.resources.into_iter().map(|resource| (resource.type_name(), resource)).collect(),
            data_sources: registry.data_sources.into_iter().map(|source| (source.type_name(), source)).collect(),
            functions: registry.functions.into_iter().map(|function| (function.name(), function)).collect(),
            configured: Mutex::new(Configured { data: None, stop: CancellationToken::new(), secrets: Vec::new() }),
        })))
    }

    /// Returns `true` if Terraform has sent a Stop request since the last configuration.
    pub fn is_stopped(&self) -> bool {
        self.0.configured().stop.is_cancelled()
    }
}

/// The state of a server.
pub(super) struct State<P: Provider> {
    pub(super) provider: P,
    pub(super) provider_schema: Schema,
    pub(super) resources: BTreeMap<&'static str, Box<dyn DynResource<P::Data>>>,
    pub(super) data_sources: BTreeMap<&'static str, Box<dyn DynDataSource<P::Data>>>,
    pub(super) functions: BTreeMap<&'static str, Box<dyn Function>>,
    configured: Mutex<Configured<P::Data>>,
}

/// The part that Configure and Stop change.
pub(super) struct Configured<D> {
    pub(super) data: Option<Arc<D>>,
    pub(super) stop: CancellationToken,
    /// The secrets of the provider block.
    pub(super) secrets: Vec<SecretString>,
}

impl<P: Provider> State<P> {
    pub(super) fn configured(&self) -> MutexGuard<'_, Configured<P::Data>> {
        self.configured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the context of a call that needs no signals of its own.
    pub(super) fn context(&self, write_only_allowed: bool) -> Context<P::Data> {
        self.context_with(self.signals(), write_only_allowed)
    }

    pub(super) fn context_with(&self, signals: CallSignals, write_only_allowed: bool) -> Context<P::Data> {
        Context::new(self.configured().data.clone(), signals, write_only_allowed)
    }

    /// Returns the signals of a call that starts now.
    pub(super) fn signals(&self) -> CallSignals {
        CallSignals::new(&self.configured().stop)
    }

    pub(super) fn resource(&self, type_name: &str) -> Result<&dyn DynResource<P::Data>, Diagnostics> {
        self.resources.get(type_name).map(AsRef::as_ref).ok_or_else(|| not_offered("resource type", type_name))
    }

    pub(super) fn data_source(&self, type_name: &str) -> Result<&dyn DynDataSource<P::Data>, Diagnostics> {
        self.data_sources.get(type_name).map(AsRef::as_ref).ok_or_else(|| not_offered("data source", type_name))
    }

    /// Adds the warnings of a call to its outcome: beside the result, or before the errors. Redacts all messages.
    pub(super) fn conclude<T>(
        &self,
        cx: &Context<P::Data>,
        secrets: &Secrets<'_>,
        outcome: Result<T, Diagnostics>,
    ) -> Result<(T, Diagnostics), Diagnostics> {
        match outcome {
            Ok(result) => Ok((result, self.messages(cx, secrets, Diagnostics::none()))),
            Err(failed) => Err(self.messages(cx, secrets, failed.with_error())),
        }
    }

    /// Returns the warnings of a call followed by other messages, all of them redacted.
    pub(super) fn messages(
        &self,
        cx: &Context<P::Data>,
        secrets: &Secrets<'_>,
        diagnostics: Diagnostics,
    ) -> Diagnostics {
        let mut messages = cx.take_warnings();
        messages.extend(diagnostics);
        if messages.is_empty() {
            return messages;
        }
        // A redactor for this call alone. One for the process would keep the secrets of every object.
        let redactor = Redactor::default();
        self.configured().secrets.iter().for_each(|secret| redactor.register(secret));
        let Secrets { block, values } = secrets;
        for secret in values.iter().flat_map(|value| block.secrets(value)) {
            redactor.register(&SecretString::from(secret));
        }
        messages.into_iter().map(|message| message.map_text(|text| redactor.redact(text))).collect()
    }
}

/// The values of a call whose sensitive attributes must not appear in its messages.
pub(super) struct Secrets<'v> {
    pub(super) block: &'v Block,
    pub(super) values: &'v [&'v Value],
}
