//! The connector that a create makes: request, purpose and comparison.

use crate::framework::diagnostics::Diagnostic;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::data::{Listing, ProviderData};
use crate::provider::support::adoption::ObjectKind;
use crate::provider::support::connector_settings::{same_domain, settings_of};
use crate::provider::support::create_or_adopt::{Adoptable, Match};
use crate::provider::support::diagnostics;
use conductorone_client::catalog::CatalogEntry;
use conductorone_client::model::Connector;
use conductorone_client::{
    Client, ConnectorUpdate, CreateConnector, CreateDelegatedConnector, Error, UpdateMask, UpdatePath,
};
use service_http::StatusCode;

use super::credentials::Credentials;
use super::model::OktaIntegrationModel;
use super::settings;
use super::writes::{self, ConnectorRef, SetUp};

/// A connector that is about to be created in an app.
pub(super) struct NewConnector<'a> {
    data: &'a ProviderData,
    client: &'a Client,
    app_id: &'a str,
    body: Body,
}

enum Body {
    Configured { domain: String, request: CreateConnector },
    Delegated(CreateDelegatedConnector),
}

impl<'a> NewConnector<'a> {
    /// Creates the request that a plan describes.
    ///
    /// # Errors
    /// If the chosen connector does not have one of the settings.
    pub(super) fn new(
        (data, client): (&'a ProviderData, &'a Client),
        app_id: &'a str,
        planned: &OktaIntegrationModel,
        credentials: &Credentials,
        user_ids: Vec<String>,
    ) -> Result<Self, Diagnostics> {
        let entry = planned.entry().unwrap_or(CatalogEntry::Okta);
        let catalog_id = entry.catalog_id().to_owned();
        let body = match credentials {
            Credentials::Token { domain, token, .. } => {
                let config = settings::to_config(planned, domain, token)?;
                let request = CreateConnector { catalog_id, config, description: None, user_ids };
                Body::Configured { domain: domain.to_string(), request }
            }
            Credentials::Delegated | Credentials::Unknown { .. } => Body::Delegated(CreateDelegatedConnector {
                catalog_id,
                display_name: entry.display_name().to_owned(),
                description: None,
                user_ids,
            }),
        };
        Ok(Self { data, client, app_id, body })
    }

    pub(super) fn set_up(&self) -> SetUp {
        match self.body {
            Body::Configured { .. } => SetUp::Configured,
            Body::Delegated(_) => SetUp::Delegated,
        }
    }

    fn catalog_id(&self) -> &str {
        match &self.body {
            Body::Configured { request, .. } => &request.catalog_id,
            Body::Delegated(request) => &request.catalog_id,
        }
    }
}

/// Returns a text that is equal for connectors which can take each other's place. `domain` is `None` for a delegated
/// set-up.
pub(super) fn purpose(app_id: &str, catalog_id: &str, domain: Option<&str>) -> String {
    [app_id, catalog_id, domain.unwrap_or_default()].join("\n")
}

impl Adoptable for NewConnector<'_> {
    type Object = Connector;

    const KIND: ObjectKind = ObjectKind::Connector;

    fn purpose(&self) -> String {
        let domain = match &self.body {
            Body::Configured { domain, .. } => Some(domain.as_str()),
            Body::Delegated(_) => None,
        };
        purpose(self.app_id, self.catalog_id(), domain)
    }

    fn name(&self) -> String {
        format!("connector of the app {}", self.app_id)
    }

    async fn list_before(&self) -> Result<Listing<Connector>, Error> {
        self.data.connectors_of(self.app_id).await
    }

    async fn list(&self) -> Result<Listing<Connector>, Error> {
        let listed = self.client.list_connectors(self.app_id).await?;
        Ok(Listing { objects: listed.connectors, hidden: listed.hidden })
    }

    async fn create(&self, description: String) -> Result<Connector, Error> {
        let description = Some(description);
        match &self.body {
            Body::Configured { request, .. } => {
                let request = CreateConnector { description, ..request.clone() };
                self.client.create_connector(self.app_id, &request).await
            }
            Body::Delegated(request) => {
                let request = CreateDelegatedConnector { description, ..request.clone() };
                self.client.create_delegated_connector(self.app_id, &request).await
            }
        }
    }

    async fn adopt(&self, orphan: &Connector, description: String) -> Result<Connector, Error> {
        let config = match &self.body {
            Body::Configured { request, .. } => Some(request.config.clone()),
            Body::Delegated(_) => None,
        };
        let paths = [Some(UpdatePath::Description), config.as_ref().map(|_| UpdatePath::Config)];
        let Some(mask) = UpdateMask::new(paths.into_iter().flatten()) else { return Ok(orphan.clone()) };
        let change = ConnectorUpdate {
            catalog_id: Some(self.catalog_id().to_owned()),
            config,
            description: Some(description),
            ..ConnectorUpdate::default()
        };
        let connector = ConnectorRef { app_id: self.app_id, id: &orphan.id };
        writes::update(self.client, connector, &change, &mask, self.set_up()).await
    }

    fn id(connector: &Connector) -> &str {
        &connector.id
    }

    fn description(connector: &Connector) -> &str {
        &connector.description
    }

    /// Compares the kind and the domain.
    fn compare(&self, connector: &Connector) -> Match {
        let is_other_kind = !connector.catalog_id.is_empty() && connector.catalog_id != self.catalog_id();
        if connector.deleted_at.is_some() || is_other_kind {
            return Match::Different;
        }
        let entry = CatalogEntry::from_catalog_id(self.catalog_id());
        let returned = entry.and_then(|entry| settings_of(entry, connector).domain);
        match (&self.body, returned) {
            (Body::Configured { domain, .. }, Some(returned)) => {
                if same_domain(&Value::Known(returned), &Value::Known(domain.clone())) {
                    Match::Exact
                } else {
                    Match::Different
                }
            }
            // Settings that the caller may not see are returned blank.
            (Body::Configured { .. }, None) => Match::Ambiguous,
            (Body::Delegated(_), None) => Match::Exact,
            (Body::Delegated(_), Some(_)) => Match::Different,
        }
    }

    fn not_listed(&self, error: &Error) -> Diagnostic {
        if error.is_not_found() {
            let detail = format!(
                "ConductorOne returned 404 Not Found for the app {}. Check app_id. Nothing was created.",
                self.app_id
            );
            return Diagnostic::error("App does not exist", detail).at(AttributePath::to("app_id"));
        }
        diagnostics::conductorone("create the connector", error)
    }

    fn rejected(&self, error: &Error) -> Diagnostic {
        rejected(self.catalog_id(), error)
    }

    fn deadline_exceeded(&self) -> Diagnostic {
        deadline_exceeded()
    }
}

/// Returns the error for a deadline that passed before the create was sent.
pub(super) fn deadline_exceeded() -> Diagnostic {
    let detail = "ConductorOne or Okta took longer to respond than create in the timeouts block allows. Nothing was \
                  created. Raise the timeout, or find the cause of the delay, then apply again.";
    Diagnostic::error("Connector was not created in time", detail).at(AttributePath::to("timeouts").attribute("create"))
}

/// Returns the error for a create that ConductorOne rejected. How it rejects a connector that it no longer offers is not
/// documented: any 4xx response except those about access tokens and rate limits can mean that.
fn rejected(catalog_id: &str, error: &Error) -> Diagnostic {
    let diagnostic = diagnostics::conductorone("create the connector", error);
    let is_about_request = error.api().is_some_and(|api| {
        api.status.is_client_error() && !matches!(api.status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS)
    });
    if catalog_id != CatalogEntry::Okta.catalog_id() || !is_about_request {
        return diagnostic;
    }
    let advice = "If ConductorOne no longer offers this connector for new integrations, set connector = \"okta_v2\".";
    Diagnostic::error(diagnostic.summary(), format!("{} {advice}", diagnostic.detail()))
        .at(AttributePath::to("connector"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductorone_client::ApiError;

    #[test]
    fn rejections_that_may_mean_a_retired_connector_advise_okta_v2() {
        for (status, entry, expected) in [
            (400, CatalogEntry::Okta, true),
            (403, CatalogEntry::Okta, true),
            (404, CatalogEntry::Okta, true),
            (409, CatalogEntry::Okta, true),
            (401, CatalogEntry::Okta, false),
            (429, CatalogEntry::Okta, false),
            (500, CatalogEntry::Okta, false),
            (501, CatalogEntry::Okta, false),
            (400, CatalogEntry::OktaV2, false),
        ] {
            let error = Error::Api(Box::new(ApiError {
                operation: "create the connector",
                status: StatusCode::from_u16(status).unwrap(),
                code: None,
                message: "no such entry".to_owned(),
                request_id: None,
                attempts: 1,
                may_have_taken_effect: false,
                not_from_service: false,
            }));
            let rejection = rejected(entry.catalog_id(), &error);
            assert!(rejection.detail().contains("no such entry"), "{status}: {}", rejection.detail());
            assert_eq!(rejection.detail().contains("connector = \"okta_v2\""), expected, "{status} {entry}");
        }
    }
}
