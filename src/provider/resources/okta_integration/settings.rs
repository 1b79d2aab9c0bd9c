//! The settings of the connector: from arguments to ConductorOne and back.

use std::str::FromStr;

use secrecy::SecretString;

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::secret::Secret;
use crate::framework::value::Value;
use crate::provider::support::connector_settings::{same_domain, settings_of};
use crate::provider::support::diagnostics::as_sentence;
use conductorone_client::catalog::{CatalogEntry, EntryConfig, EntrySettings};
use conductorone_client::model::{ConfigInput, Connector};
use okta_client::{Domain, Token};

use super::model::OktaIntegrationModel;

/// Validates the catalog entry, and that it has the settings that are set.
///
/// # Errors
/// One error for each invalid argument.
pub(super) fn validate(config: &OktaIntegrationModel) -> Result<(), Diagnostics> {
    let Some(name) = config.connector.text().or(config.connector.is_null().then_some("okta")) else { return Ok(()) };
    let entry = CatalogEntry::from_str(name).map_err(|unknown| {
        Diagnostic::error("Connector does not exist", as_sentence(&format!("{name:?}: {unknown}")))
            .at(AttributePath::to("connector"))
    })?;
    // Settings that are false are valid for every connector, because generated configurations contain all of them.
    let set = config.flags().into_iter().filter(|(flag, value)| value.known() == Some(&true) && !entry.has(*flag));
    let problems = set.map(|(flag, _)| {
        Diagnostic::error(
            "Connector does not have this setting",
            format!(
                "The connector {entry} does not have the setting {flag}. Remove it, or set connector to one that has \
                 it. The settings of {entry} are: {}.",
                entry.flags().map(|flag| flag.as_str()).collect::<Vec<_>>().join(", ")
            ),
        )
        .at(AttributePath::to(flag.as_str()))
    });
    problems.collect::<Diagnostics>().into_result()
}

/// Returns all settings of the connector. The effect of omitted keys is not documented, so each request has all of
/// them.
///
/// # Errors
/// The connector does not have one of the settings.
pub(super) fn to_config(
    planned: &OktaIntegrationModel,
    domain: &Domain,
    token: &Token,
) -> Result<ConfigInput, Diagnostics> {
    let flags = planned.flags().into_iter().filter_map(|(flag, value)| Some((flag, *value.known()?)));
    let config = EntryConfig {
        entry: planned.entry().unwrap_or(CatalogEntry::Okta),
        domain: domain.to_string(),
        api_token: SecretString::clone(token.secret()),
        flags: flags.collect(),
    };
    config.to_input().map_err(|invalid| {
        Diagnostic::error("Connector settings are not valid", as_sentence(&invalid.to_string())).into()
    })
}

/// Returns whether an update must send the settings.
pub(super) fn differ(prior: &OktaIntegrationModel, planned: &OktaIntegrationModel) -> bool {
    prior.domain != planned.domain || prior.flags() != planned.flags() || tokens_differ(prior, planned)
}

/// Returns whether the token changed. For a write-only token, only its version can be compared.
pub(super) fn tokens_differ(prior: &OktaIntegrationModel, planned: &OktaIntegrationModel) -> bool {
    prior.api_token != planned.api_token || prior.api_token_wo_version != planned.api_token_wo_version
}

/// Copies the connector's settings into a model. An equivalent domain keeps its spelling. The token, which ConductorOne
/// never returns, stays as long as the connector has settings.
///
/// In a delegated setup the owners configure the connector, so their settings are not drift. A plan could not remove
/// such drift.
pub(super) fn refresh(model: &mut OktaIntegrationModel, entry: CatalogEntry, connector: &Connector) {
    model.connector = Value::Known(entry.name().to_owned());
    if is_delegated(model) {
        return;
    }
    let EntrySettings { domain, flags } = settings_of(entry, connector);
    let domain = Value::from(domain);
    if domain.is_null() {
        model.api_token = Value::<Secret>::Null;
        model.api_token_wo_version = Value::Null;
    }
    if !same_domain(&model.domain, &domain) {
        model.domain = domain;
    }
    for (flag, value) in model.flags_mut() {
        // ConductorOne omits keys that were never set.
        *value = Value::Known(flags.get(&flag).copied().unwrap_or(false));
    }
}

/// Returns whether the owners configure the connector. Before the first read of an import, the flags are null and the
/// connector counts as configured by Terraform.
fn is_delegated(model: &OktaIntegrationModel) -> bool {
    model.domain.is_null() && model.api_token.is_null() && !model.skip_inactive_apps.is_null()
}
