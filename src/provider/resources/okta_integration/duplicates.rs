//! Warnings about connectors that an app has already when a plan creates one.

use crate::framework::context::Context;
use crate::framework::diagnostics::Diagnostic;
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::adoption::ObjectKind;
use crate::provider::support::create_or_adopt::adoption_warning;
use conductorone_client::catalog::CatalogEntry;
use conductorone_client::model::Connector;
use okta_client::Domain;

use super::creation;
use super::credentials::Credentials;
use super::model::OktaIntegrationModel;
use crate::provider::support::connector_settings::{same_domain, settings_of};

/// Warns about connectors that the state does not contain, if the plan creates one: the apply adopts an orphan, or the
/// app will have two connectors for one org.
pub(super) async fn warn(
    cx: &Context<ProviderData>,
    data: &ProviderData,
    prior: Option<&OktaIntegrationModel>,
    planned: &OktaIntegrationModel,
    credentials: &Credentials,
) {
    let (None, Some(app_id)) = (prior, planned.app_id.text()) else { return };
    let domain = match credentials {
        Credentials::Token { domain, .. } => Some(domain),
        Credentials::Delegated => None,
        Credentials::Unknown { .. } => return,
    };
    let listing = match data.connectors_of(app_id).await {
        Ok(listing) => listing,
        Err(error) => {
            // Other checks of the plan report an app that cannot be read, and the apply lists the connectors again.
            tracing::debug!(%error, "could not list the app's connectors");
            return;
        }
    };
    let entry = planned.entry().unwrap_or(CatalogEntry::Okta);
    let purpose = creation::purpose(app_id, entry.catalog_id(), domain.map(ToString::to_string).as_deref());
    let unmanaged = listing.objects.iter().filter(|connector| !data.is_managed(&connector.id));
    let is_orphan = |connector: &&Connector| data.adoption().is_orphan(&connector.description, &purpose);
    let (orphans, others): (Vec<&Connector>, Vec<&Connector>) = unmanaged.partition(is_orphan);
    if !orphans.is_empty() {
        cx.warn(adoption_warning(ObjectKind::Connector, &ids(&orphans), "app_id"));
    }
    let Some(domain) = domain else { return };
    let duplicates: Vec<&Connector> = others.into_iter().filter(|connector| is_for(connector, domain)).collect();
    if let [first, ..] = duplicates.as_slice() {
        cx.warn(duplicate_warning(app_id, domain, &ids(&duplicates).join(", "), &first.id));
    }
}

fn is_for(connector: &Connector, domain: &Domain) -> bool {
    let returned =
        CatalogEntry::from_catalog_id(&connector.catalog_id).and_then(|entry| settings_of(entry, connector).domain);
    returned.is_some_and(|returned| same_domain(&Value::Known(returned), &Value::Known(domain.to_string())))
}

fn duplicate_warning(app_id: &str, domain: &Domain, ids: &str, first_id: &str) -> Diagnostic {
    Diagnostic::warning(
        "App already has a connector for this org",
        format!(
            "The app {app_id} has the connector {ids} for {domain}, and this resource creates another one. If the \
             connector belongs to this resource, for example after an interrupted apply, import it: \
             `terraform import ADDRESS {app_id}/{first_id}`. If no Terraform state contains it and it is not needed, \
             delete it in ConductorOne. If both are intended, ignore this warning."
        ),
    )
    .at(AttributePath::to("app_id"))
}

fn ids<'c>(connectors: &[&'c Connector]) -> Vec<&'c str> {
    connectors.iter().map(|connector| connector.id.as_str()).collect()
}
