//! This provider: its configuration and what it offers. The only place that knows both Terraform and the services.

pub mod config;

use crate::framework::context::Context;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::provider::{Offers, Provider};
use crate::framework::schema::derive::InvalidModel;

use self::config::Config;

/// The provider.
#[derive(Debug, Default)]
pub struct ConductorOne {}

impl Provider for ConductorOne {
    type Config = Config;
    type Data = ();

    fn validate(&self, _cx: &Context<()>, _config: &Config) -> Result<(), Diagnostics> {
        Ok(())
    }

    async fn configure(&self, _cx: &Context<()>, _config: Config) -> Result<(), Diagnostics> {
        Ok(())
    }

    fn offers(&self) -> Result<Offers<()>, InvalidModel> {
        Ok(Offers::default())
    }
}
