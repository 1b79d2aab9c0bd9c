//! The settings of the connector: from arguments to ConductorOne and back.

use std::str::FromStr;

use secrecy::SecretString;

use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::secret::Secret;
use crate::framework::value::Value;
use crate::provider::support::diagnostics::sentence;
use conductorone_client::catalog::{CatalogEntry, EntryConfig, EntrySettings};
use conductorone_client::model::{ConfigInput, Connector};
use okta_client::{Domain, Token};

use super::model::OktaIntegration;

/// Checks the kind of connector and that it has the settings that are set.
///
/// # Errors
/// Each on its argument.
pub(crate) fn validate(config: &OktaIntegration) -> Result<(), Diagnostics> {
    let Some(name) = config.connector.text().or(config.connector.is_null().then_some("okta")) else { return Ok(()) };
    let entry = CatalogEntry::from_str(name).map_err(|unknown| {
        Diagnostic::error("Connector is not one for Okta", sentence(&format!("{name:?}: {unknown}")))
            .at(AttributePath::to("connector"))
    })?;
    // Off is what a setting is that the connector does not have; a generated configuration says so of each.
    let set = config.flags().into_iter().filter(|(flag, value)| value.known() == Some(&true) && !entry.has(*flag));
    let refused = set.map(|(flag, _)| {
        Diagnostic::error(
            "Connector does not have this setting",
            format!(
                "The connector {entry} has no setting {flag}. Remove it, or set connector to one that has it. The \
                 settings of {entry} are {}.",
                entry.flags().map(|flag| flag.as_str()).collect::<Vec<_>>().join(", ")
            ),
        )
        .at(AttributePath::to(flag.as_str()))
    });
    refused.collect::<Diagnostics>().into_result()
}

/// Everything the connector is told, whole: what the service does with keys that are left out is not documented.
///
/// # Errors
/// When the kind of connector cannot be told so.
pub(crate) fn to_config(planned: &OktaIntegration, domain: &Domain, token: &Token) -> Result<ConfigInput, Diagnostics> {
    let flags = planned.flags().into_iter().filter_map(|(flag, value)| Some((flag, *value.known()?)));
    let config = EntryConfig {
        entry: planned.entry().unwrap_or(CatalogEntry::Okta),
        domain: domain.to_string(),
        api_token: SecretString::clone(token.secret()),
        flags: flags.collect(),
    };
    config
        .to_input()
        .map_err(|invalid| Diagnostic::error("Connector cannot be set up so", sentence(&invalid.to_string())).into())
}

/// Whether something that is sent as the connector's settings differs.
pub(crate) fn differ(prior: &OktaIntegration, planned: &OktaIntegration) -> bool {
    prior.domain != planned.domain || prior.flags() != planned.flags() || tokens_differ(prior, planned)
}

/// Whether the token is another one, as far as that can be seen: a write-only one is known by its version alone.
pub(crate) fn tokens_differ(prior: &OktaIntegration, planned: &OktaIntegration) -> bool {
    prior.api_token != planned.api_token || prior.api_token_wo_version != planned.api_token_wo_version
}

/// What the service says of the settings of a connector of a kind.
pub(crate) fn told(entry: CatalogEntry, connector: &Connector) -> EntrySettings {
    connector.config.as_ref().map(|config| entry.settings(config)).unwrap_or_default()
}

/// Puts into a model what the service says of the settings. The domain stays as written where it means the same; the
/// token, which the service does not show, stays as long as there are settings it could belong to.
///
/// In a delegated set-up the settings are the owners' business: what they filled in is no drift, and a plan that took
/// it for drift could never be satisfied.
pub(crate) fn refresh(model: &mut OktaIntegration, entry: CatalogEntry, connector: &Connector) {
    model.connector = Value::Known(entry.name().to_owned());
    if is_delegated(model) {
        return;
    }
    let EntrySettings { domain, flags } = told(entry, connector);
    let domain = Value::from(domain);
    if domain.is_null() {
        model.api_token = Value::<Secret>::Null;
        model.api_token_wo_version = Value::Null;
    }
    if !same_domain(&model.domain, &domain) {
        model.domain = domain;
    }
    for (flag, value) in model.flags_mut() {
        // A key that the service does not have is one that nobody switched on.
        *value = Value::Known(flags.get(&flag).copied().unwrap_or(false));
    }
}

/// Whether Terraform has left the settings to the owners. A state that knows nothing at all yet has not: its flags
/// are never null otherwise.
fn is_delegated(model: &OktaIntegration) -> bool {
    model.domain.is_null() && model.api_token.is_null() && !model.skip_inactive_apps.is_null()
}

/// Whether two domains are known and mean the same host.
pub(crate) fn same_domain(one: &Value<String>, other: &Value<String>) -> bool {
    match (one.text(), other.text()) {
        (Some(one), Some(other)) => {
            one == other
                || matches!((Domain::from_str(one), Domain::from_str(other)), (Ok(one), Ok(other)) if one == other)
        }
        _ => false,
    }
}
