//! The settings of the connector: from arguments to ConductorOne and back.

use std::str::FromStr;

use secrecy::SecretString;

use crate::conductorone::catalog::{OktaConfig, OktaSettings};
use crate::conductorone::model::Connector;
use crate::framework::secret::Secret;
use crate::framework::value::Value;
use crate::okta::{Domain, Token};

use super::model::OktaIntegration;

/// Everything the connector is told, whole: what the service does with keys that are left out is not documented.
pub(super) fn to_config(planned: &OktaIntegration, domain: &Domain, token: &Token) -> OktaConfig {
    let flag = |value: &Value<bool>| value.known().copied().unwrap_or(false);
    OktaConfig {
        domain: domain.to_string(),
        api_token: SecretString::clone(token.secret()),
        skip_inactive_apps: flag(&planned.skip_inactive_apps),
        extract_aws_saml_roles: flag(&planned.extract_aws_saml_roles),
        sync_deprovisioned_users: flag(&planned.sync_deprovisioned_users),
    }
}

/// Whether something that is sent as the connector's settings differs.
pub(super) fn differ(prior: &OktaIntegration, planned: &OktaIntegration) -> bool {
    let parts = |model: &OktaIntegration| {
        let flags = [&model.skip_inactive_apps, &model.extract_aws_saml_roles, &model.sync_deprovisioned_users];
        (model.domain.clone(), model.api_token.clone(), flags.map(Clone::clone))
    };
    parts(prior) != parts(planned)
}

/// Puts into a model what the service says of the settings. The domain stays as written where it means the same; the
/// token, which the service does not show, stays as long as there are settings it could belong to.
///
/// In a delegated set-up the settings are the owners' business: what they filled in is no drift, and a plan that took
/// it for drift could never be satisfied.
pub(super) fn refresh(model: &mut OktaIntegration, connector: &Connector) {
    if is_delegated(model) {
        return;
    }
    let told = connector.config.as_ref().map(OktaSettings::from).unwrap_or_default();
    let domain = Value::from(told.domain);
    if domain.is_null() {
        model.api_token = Value::<Secret>::Null;
    }
    if !same_domain(&model.domain, &domain) {
        model.domain = domain;
    }
    // A key that the service does not have is one that nobody switched on.
    let flag = |told: Option<bool>| Value::Known(told.unwrap_or(false));
    model.skip_inactive_apps = flag(told.skip_inactive_apps);
    model.extract_aws_saml_roles = flag(told.extract_aws_saml_roles);
    model.sync_deprovisioned_users = flag(told.sync_deprovisioned_users);
}

/// Whether Terraform has left the settings to the owners. A state that knows nothing at all yet has not: its flags
/// are never null otherwise.
fn is_delegated(model: &OktaIntegration) -> bool {
    model.domain.is_null() && model.api_token.is_null() && !model.skip_inactive_apps.is_null()
}

/// Whether two domains are known and mean the same host.
pub(super) fn same_domain(one: &Value<String>, other: &Value<String>) -> bool {
    match (one.text(), other.text()) {
        (Some(one), Some(other)) => {
            one == other
                || matches!((Domain::from_str(one), Domain::from_str(other)), (Ok(one), Ok(other)) if one == other)
        }
        _ => false,
    }
}
