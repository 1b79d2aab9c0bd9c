//! The tfplugin5 service: the only place where Terraform's bytes become types, and types become bytes.
//!
//! Every call runs in a task of its own, so that a panic becomes a diagnostic and ends nothing else.

mod calls;
mod offered;
mod request;
mod resources;
mod service;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::framework::context::{Context, Line};
use crate::framework::cty::Value;
use crate::framework::data_source::AnyDataSource;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::function::Function;
use crate::framework::lifecycle::AnyResource;
use crate::framework::provider::Provider;
use crate::framework::schema::derive::{self, InvalidModel};
use crate::framework::schema::{Block, Schema};

pub use request::is_running as in_request;

/// A provider as Terraform's service.
pub struct Server<P: Provider>(Arc<State<P>>);

impl<P: Provider> Clone for Server<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// Everything that calls share.
struct State<P: Provider> {
    provider: P,
    provider_schema: Schema,
    resources: BTreeMap<&'static str, Box<dyn AnyResource<P::Data>>>,
    data_sources: BTreeMap<&'static str, Box<dyn AnyDataSource<P::Data>>>,
    functions: BTreeMap<&'static str, Box<dyn Function>>,
    configured: Mutex<Configured<P::Data>>,
}

/// What changes with Configure and Stop.
struct Configured<D> {
    data: Option<Arc<D>>,
    stop: CancellationToken,
    /// Secrets of the provider block, never to be shown.
    secrets: BTreeSet<String>,
}

impl<P: Provider> Server<P> {
    /// The service of a provider.
    ///
    /// # Errors
    /// When a schema cannot be derived from its model, which is a bug of the provider.
    pub fn new(provider: P) -> Result<Self, InvalidModel> {
        let provider_schema = derive::schema::<P::Config>(0)?;
        let offers = provider.register()?;
        Ok(Self(Arc::new(State {
            provider,
            provider_schema,
            resources: offers.resources.into_iter().map(|resource| (resource.type_name(), resource)).collect(),
            data_sources: offers.data_sources.into_iter().map(|source| (source.type_name(), source)).collect(),
            functions: offers.functions.into_iter().map(|function| (function.name(), function)).collect(),
            configured: Mutex::new(Configured { data: None, stop: CancellationToken::new(), secrets: BTreeSet::new() }),
        })))
    }

    /// Returns whether Terraform has asked this server to stop since its last configuration.
    pub fn is_stopped(&self) -> bool {
        self.0.configured().stop.is_cancelled()
    }

    /// Terraform has said goodbye.
    pub fn finish(&self) {
        let (data, is_interrupted) = {
            let configured = self.0.configured();
            (configured.data.clone(), configured.stop.is_cancelled())
        };
        // Whoever interrupts twice makes Terraform end before it has written down what it was told.
        if let Some(data) = data.filter(|_| !is_interrupted) {
            self.0.provider.finish(&data);
        }
    }
}

impl<P: Provider> State<P> {
    fn configured(&self) -> std::sync::MutexGuard<'_, Configured<P::Data>> {
        self.configured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn context(&self, write_only_allowed: bool) -> Context<P::Data> {
        self.context_of(self.line(), write_only_allowed)
    }

    fn context_of(&self, line: Line, write_only_allowed: bool) -> Context<P::Data> {
        Context::new(self.configured().data.clone(), line, write_only_allowed)
    }

    /// The line of a call that begins now.
    fn line(&self) -> Line {
        Line::new(&self.configured().stop)
    }

    fn resource(&self, type_name: &str) -> Result<&dyn AnyResource<P::Data>, Diagnostics> {
        self.resources.get(type_name).map(AsRef::as_ref).ok_or_else(|| not_offered("resource type", type_name))
    }

    fn data_source(&self, type_name: &str) -> Result<&dyn AnyDataSource<P::Data>, Diagnostics> {
        self.data_sources.get(type_name).map(AsRef::as_ref).ok_or_else(|| not_offered("data source", type_name))
    }

    /// Hides every secret that stands in these values or in the provider block.
    fn redact(&self, block: &Block, values: &[&Value], diagnostics: Diagnostics) -> Diagnostics {
        let mut secrets = self.configured().secrets.clone();
        secrets.extend(values.iter().flat_map(|value| block.secrets(value)).map(str::to_owned));
        let redact = |text: String| {
            secrets
                .iter()
                .filter(|secret| secret.len() >= MIN_SECRET)
                .fold(text, |text, secret| text.replace(secret.as_str(), "(sensitive value)"))
        };
        diagnostics.into_iter().map(|diagnostic| diagnostic.map_text(redact)).collect()
    }
}

/// Shortest text that is hidden when it stands in a sensitive attribute, in bytes. Shorter ones stand in ordinary
/// words too, and a message full of holes would give them away.
const MIN_SECRET: usize = 6;

/// The answer to a call for something that this provider does not have.
fn not_offered(kind: &str, name: &str) -> Diagnostics {
    Diagnostic::error(
        format!("Provider has no {kind} {name}"),
        format!("This version of the provider does not offer a {kind} of the name {name:?}. Check the name, or upgrade the provider."),
    )
    .into()
}
