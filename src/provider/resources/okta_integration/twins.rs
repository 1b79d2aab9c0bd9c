//! Connectors that an app has already for what a plan creates: left by a killed apply, or another one's.

use crate::framework::context::Context;
use crate::framework::diagnostics::Diagnostic;
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::note::taken_over;
use conductorone_client::catalog::CatalogEntry;
use conductorone_client::model::Connector;
use okta_client::Domain;

use super::credentials::Credentials;
use super::model::OktaIntegration;
use super::note::{KIND, Purpose};
use super::settings::{same_domain, told};

/// Tells of connectors that the app has already, where a connector is to be created: that the apply goes on with one
/// that a killed apply has left, or that there will be two for one org.
pub(super) async fn warn_about(
    cx: &Context<ProviderData>,
    services: &ProviderData,
    prior: Option<&OktaIntegration>,
    planned: &OktaIntegration,
    credentials: &Credentials,
) {
    let (None, Some(app_id)) = (prior, planned.app_id.text()) else { return };
    let domain = match credentials {
        Credentials::Token { domain, .. } => Some(domain),
        Credentials::Delegated => None,
        Credentials::NotKnownYet { .. } => return,
    };
    let connectors = match services.unmanaged_connectors(app_id).await {
        Ok(connectors) => connectors,
        Err(error) => {
            // The plan says elsewhere what is wrong with the app, and the apply lists them again.
            tracing::debug!(%error, "could not list the app's connectors");
            return;
        }
    };
    let host = domain.map(ToString::to_string);
    let entry = planned.entry().unwrap_or(CatalogEntry::Okta);
    let purpose = Purpose { app_id, catalog_id: entry.catalog_id(), domain: host.as_deref() };
    let is_left = |connector: &&Connector| purpose.has_left_behind(services, connector);
    let existing = connectors.iter().filter(|connector| connector.deleted_at.is_none());
    let (left, others): (Vec<&Connector>, Vec<&Connector>) = existing.partition(is_left);
    if !left.is_empty() {
        let left: Vec<&str> = left.iter().map(|connector| connector.id.as_str()).collect();
        cx.warn(taken_over(KIND, &left, AttributePath::to("app_id")));
    }
    let Some(domain) = domain else { return };
    let twins: Vec<&Connector> = others.into_iter().filter(|connector| is_twin(connector, domain)).collect();
    if let Some(first) = twins.first() {
        cx.warn(doubled(app_id, domain, &twins, first));
    }
}

/// Whether a connector is for the org at a domain.
fn is_twin(connector: &Connector, domain: &Domain) -> bool {
    let told = CatalogEntry::from_catalog_id(&connector.catalog_id).and_then(|entry| told(entry, connector).domain);
    told.is_some_and(|told| same_domain(&Value::Known(told), &Value::Known(domain.to_string())))
}

fn doubled(app_id: &str, domain: &Domain, twins: &[&Connector], first: &Connector) -> Diagnostic {
    Diagnostic::warning(
        "App has a connector for this Okta org already",
        format!(
            "The app {app_id} has the connector {} for {domain}, and this resource gets another one. If Terraform does not know \
             that one, as after an apply that was killed on another machine or in another folder, import it: \
             `terraform import ADDRESS {app_id}/{}`. If both are wanted, nothing needs to be done.",
            ids(twins),
            first.id
        ),
    )
    .at(AttributePath::to("app_id"))
}

fn ids(connectors: &[&Connector]) -> String {
    connectors.iter().map(|connector| connector.id.as_str()).collect::<Vec<_>>().join(", ")
}
