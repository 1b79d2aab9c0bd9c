//! Checks and lookups that an apply repeats, because the plan may be old.

use crate::framework::diagnostics::Diagnostics;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::values::SetOfStrings;

use super::credentials::Credentials;
use super::model::OktaIntegrationModel;
use super::owners::{self, ResolvedOwners};
use super::{OwnerIds, capabilities};

/// Validates the token and returns the org's ID. Returns `None` if the configuration has no token or turns validation off.
pub(super) async fn org_id(
    data: &ProviderData,
    planned: &OktaIntegrationModel,
    credentials: &Credentials,
) -> Result<Option<String>, Diagnostics> {
    match (credentials, &planned.validate_credentials) {
        (Credentials::Token { domain, token, argument }, Value::Known(true)) => {
            data.probe(domain, token, argument).await.map(|probe| Some(probe.org_id)).map_err(Diagnostics::from)
        }
        _ => Ok(None),
    }
}

/// Compares the token's permissions with the required capabilities, and returns the capabilities that it has.
pub(super) async fn capabilities(
    data: &ProviderData,
    planned: &OktaIntegrationModel,
    credentials: &Credentials,
) -> Result<SetOfStrings, Diagnostics> {
    match (credentials, &planned.validate_credentials) {
        (Credentials::Token { domain, token, argument }, Value::Known(true)) => {
            let permissions = data.permissions(domain, token, argument).await?;
            capabilities::check(planned, &permissions)?;
            Ok(capabilities::held(&permissions))
        }
        _ => Ok(Value::Null),
    }
}

/// Owners that the connector is to have.
pub(super) struct WantedOwners {
    /// `None` if the configuration does not set `owners`.
    pub(super) ids: Option<OwnerIds>,
    pub(super) resolved: ResolvedOwners,
}

/// Resolves the configured owners to users.
pub(super) async fn wanted_owners(
    data: &ProviderData,
    planned: &OktaIntegrationModel,
) -> Result<WantedOwners, Diagnostics> {
    let users = owners::resolve(data, &planned.owners).await?;
    let ids = planned.owners.known().map(|_| users.iter().map(|(_, user)| user.id.clone()).collect());
    Ok(WantedOwners { ids, resolved: owners::resolved(&users) })
}
