//! This provider: its configuration and what it offers. The only place that knows both Terraform and the services.

pub mod config;
pub mod data;
pub mod data_sources;
pub mod functions;
pub mod resources;
mod support;

use std::path::PathBuf;
use std::sync::Arc;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::provider::{Provider, Registry};
use crate::framework::schema::derive::InvalidModel;
use conductorone_client::{Setting, SettingError, Source};
use okta_client::{InvalidRateShare, Limits};
use service_http::{Clock, SystemClock};

use self::config::Config;
use self::data::{ProviderData, Tenant};
use self::data_sources::app::AppDataSource;
use self::data_sources::okta_integration::OktaIntegrationDataSource;
use self::data_sources::okta_inventory::OktaInventoryDataSource;
use self::data_sources::okta_token::OktaTokenDataSource;
use self::data_sources::user::UserDataSource;
use self::functions::okta_domain::OktaDomain;
use self::resources::app::AppResource;
use self::resources::okta_integration::OktaIntegrationResource;
use self::support::diagnostics::sentence;
use self::support::run::Run;

/// The user agent of all requests.
pub const USER_AGENT: &str = concat!("terraform-provider-conductorone/", env!("CARGO_PKG_VERSION"));

/// The provider.
pub struct ConductorOne {
    environment: fn(&str) -> Option<String>,
    clock: Arc<dyn Clock>,
    temporary_folder: PathBuf,
}

impl Default for ConductorOne {
    /// The provider as Terraform runs it: with this process's environment and the machine's clock.
    fn default() -> Self {
        Self::new(environment, Arc::new(SystemClock))
    }
}

impl ConductorOne {
    /// A provider that looks up its variables in `environment`, and pauses and measures time by `clock`.
    pub fn new(environment: fn(&str) -> Option<String>, clock: Arc<dyn Clock>) -> Self {
        Self { environment, clock, temporary_folder: std::env::temp_dir() }
    }

    /// The same, leaving word for other processes of this machine in another folder than the system's for temporary
    /// files.
    #[must_use]
    pub fn with_temporary_folder(self, temporary_folder: PathBuf) -> Self {
        Self { temporary_folder, ..self }
    }
}

impl Provider for ConductorOne {
    type Config = Config;
    type Data = ProviderData;

    fn validate(&self, _cx: &Context<ProviderData>, config: &Config) -> Result<(), Diagnostics> {
        // What is missing may be in the environment of the run that plans; what is there must make sense anywhere.
        let problems = config.settings().resolve(self.environment).err().unwrap_or_default();
        let wrong = problems.iter().filter(|problem| problem.source == Source::Argument);
        let mut wrong: Diagnostics = wrong.map(setting_diagnostic).collect();
        wrong.extend(config.okta_rate_share().err().map(rate_share_diagnostic));
        wrong.into_result()
    }

    async fn configure(&self, _cx: &Context<ProviderData>, config: Config) -> Result<ProviderData, Diagnostics> {
        let http = service_http::Client::with_clock(USER_AGENT, Arc::clone(&self.clock));
        let okta_limits = Limits::new(config.okta_rate_share().map_err(rate_share_diagnostic)?);
        let run = Run::here(self.environment, self.temporary_folder.clone());
        let unknown = config.unknown();
        if !unknown.is_empty() {
            tracing::info!(arguments = ?unknown, "provider arguments are not known yet");
            return Ok(ProviderData::new(Tenant::NotKnownYet(unknown), http, okta_limits, run));
        }
        let resolved = config
            .settings()
            .resolve(self.environment)
            .map_err(|problems| problems.iter().map(setting_diagnostic).collect::<Diagnostics>())?;
        let client = conductorone_client::Client::new(resolved, http.clone());
        client
            .authenticate()
            .await
            .map_err(|error| support::diagnostics::conductorone("sign in to ConductorOne", &error))?;
        tracing::debug!(tenant = %client.origin(), "signed in to ConductorOne");
        Ok(ProviderData::new(Tenant::Ready(client), http, okta_limits, run))
    }

    fn finish(&self, services: &ProviderData) {
        services.run().all_is_written();
    }

    fn register(&self) -> Result<Registry<ProviderData>, InvalidModel> {
        Ok(Registry::default()
            .resource(AppResource)?
            .resource(OktaIntegrationResource)?
            .data_source(AppDataSource)?
            .data_source(OktaIntegrationDataSource)?
            .data_source(OktaInventoryDataSource)?
            .data_source(OktaTokenDataSource)?
            .data_source(UserDataSource)?
            .function(OktaDomain))
    }
}

/// An environment variable. One that is not Unicode counts as unset.
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn rate_share_diagnostic(invalid: InvalidRateShare) -> Diagnostic {
    let detail = format!("{} Leave okta_max_rate_share out for 90.", sentence(&invalid.to_string()));
    Diagnostic::error("Share of Okta's rate limits is not valid", detail).at(AttributePath::to("okta_max_rate_share"))
}

fn setting_diagnostic(problem: &SettingError) -> Diagnostic {
    let diagnostic = Diagnostic::error("Provider is not configured correctly", sentence(&problem.to_string()));
    match (problem.source, problem.setting) {
        (Source::Environment(_), _) | (_, Setting::AccessToken) => diagnostic,
        (Source::Argument | Source::Unset, setting) => diagnostic.at(AttributePath::to(setting.name())),
    }
}
