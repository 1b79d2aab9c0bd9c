//! The provider: its configuration, resources, data sources and functions. Only this module depends on both Terraform
//! and the services.

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

use self::config::ProviderConfig;
use self::data::{ProviderData, Tenant};
use self::data_sources::app::AppDataSource;
use self::data_sources::okta_integration::OktaIntegrationDataSource;
use self::data_sources::okta_inventory::OktaInventoryDataSource;
use self::data_sources::okta_token::OktaTokenDataSource;
use self::data_sources::user::UserDataSource;
use self::functions::okta_domain::OktaDomain;
use self::resources::app::AppResource;
use self::resources::okta_integration::OktaIntegrationResource;
use self::support::adoption::Adoption;
use self::support::diagnostics::as_sentence;

/// The user agent of all requests.
pub const USER_AGENT: &str = concat!("terraform-provider-conductorone/", env!("CARGO_PKG_VERSION"));

/// The provider `conductorone`.
pub struct ConductorOne {
    environment: fn(&str) -> Option<String>,
    clock: Arc<dyn Clock>,
    lock_folder: PathBuf,
}

impl Default for ConductorOne {
    /// Creates the provider with the environment of the process and the system clock.
    fn default() -> Self {
        Self::new(environment, Arc::new(SystemClock))
    }
}

impl ConductorOne {
    /// Creates a provider with another environment and clock.
    pub fn new(environment: fn(&str) -> Option<String>, clock: Arc<dyn Clock>) -> Self {
        Self { environment, clock, lock_folder: std::env::temp_dir() }
    }

    /// Replaces the folder of the adoption markers' lock files. Defaults to the system's temporary folder.
    #[must_use]
    pub fn with_lock_folder(self, lock_folder: PathBuf) -> Self {
        Self { lock_folder, ..self }
    }
}

impl Provider for ConductorOne {
    type Config = ProviderConfig;
    type Data = ProviderData;

    fn validate(&self, _cx: &Context<ProviderData>, config: &ProviderConfig) -> Result<(), Diagnostics> {
        // The environment of the plan may set missing arguments, so only the present ones are validated.
        let problems = config.settings().resolve(self.environment).err().unwrap_or_default();
        let invalid = problems.iter().filter(|problem| problem.source == Source::Argument);
        let mut diagnostics: Diagnostics = invalid.map(setting_diagnostic).collect();
        diagnostics.extend(config.okta_rate_share().err().map(rate_share_diagnostic));
        diagnostics.into_result()
    }

    async fn configure(
        &self,
        _cx: &Context<ProviderData>,
        config: ProviderConfig,
    ) -> Result<ProviderData, Diagnostics> {
        let http = service_http::Client::with_clock(USER_AGENT, Arc::clone(&self.clock));
        let okta_limits = Limits::new(config.okta_rate_share().map_err(rate_share_diagnostic)?);
        let adoption = Adoption::new(self.environment, self.lock_folder.clone());
        let unknown = config.unknown();
        if !unknown.is_empty() {
            tracing::info!(arguments = ?unknown, "provider arguments are unknown");
            return Ok(ProviderData::new(Tenant::Unknown(unknown), http, okta_limits, adoption));
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
        Ok(ProviderData::new(Tenant::Ready(client), http, okta_limits, adoption))
    }

    fn register(&self) -> Result<Registry<ProviderData>, InvalidModel> {
        Ok(Registry::default()
            .importable_resource(AppResource)?
            .importable_resource(OktaIntegrationResource)?
            .data_source(AppDataSource)?
            .data_source(OktaIntegrationDataSource)?
            .data_source(OktaInventoryDataSource)?
            .data_source(OktaTokenDataSource)?
            .data_source(UserDataSource)?
            .function(OktaDomain))
    }
}

/// Returns an environment variable. A value that is not Unicode counts as unset.
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn rate_share_diagnostic(invalid: InvalidRateShare) -> Diagnostic {
    let detail = format!(
        "{} Correct okta_max_rate_share, or remove it for the default of 90.",
        as_sentence(&invalid.to_string())
    );
    Diagnostic::error("Share of Okta rate limits is not valid", detail).at(AttributePath::to("okta_max_rate_share"))
}

fn setting_diagnostic(problem: &SettingError) -> Diagnostic {
    let diagnostic = Diagnostic::error("Provider is not configured correctly", as_sentence(&problem.to_string()));
    match (problem.source, problem.setting) {
        (Source::Environment(_), _) | (_, Setting::AccessToken) => diagnostic,
        (Source::Argument | Source::Unset, setting) => diagnostic.at(AttributePath::to(setting.name())),
    }
}
