//! The provider block.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::framework::secret::Secret;
use crate::framework::value::Value;
use conductorone_client::Settings;
use okta_client::{InvalidRateShare, RateShare};

/// Manages the integration between ConductorOne and an Okta org: the connector, its owners and its settings.
///
/// The provider block can be empty if everything is set in the environment. Arguments take precedence over environment
/// variables. The provider verifies the credentials before each plan.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProviderConfig {
    /// Name or host of the ConductorOne tenant: `acme` for `acme.conductor.one`, or a complete host such as
    /// `acme.c1eu.ai`. Defaults to `CONDUCTORONE_TENANT_DOMAIN`, then to the host in `client_id`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub tenant_domain: Value<String>,
    /// URL of the tenant, such as `https://acme.conductor.one`, as an alternative to `tenant_domain`. `http` is valid
    /// only for loopback addresses. Defaults to `CONDUCTORONE_SERVER_URL`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub server_url: Value<String>,
    /// Client ID of a service principal, personal API key or workload federation trust, such as
    /// `clever-fox-42195@acme.conductor.one/spc`. Defaults to `CONDUCTORONE_CLIENT_ID`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub client_id: Value<String>,
    /// Client secret of `client_id`, which starts with `secret-token:`. The provider signs requests with it and never
    /// sends it. Defaults to `CONDUCTORONE_CLIENT_SECRET`.
    #[schemars(extend("x-tf" = { "optional": true, "sensitive": true }))]
    pub client_secret: Value<Secret>,
    /// OIDC token for workload federation, as an alternative to `client_secret`. Defaults to `CONDUCTORONE_OIDC_TOKEN`,
    /// then to the tokens that HCP Terraform provides (`TFC_WORKLOAD_IDENTITY_TOKEN_CONDUCTORONE`,
    /// `TFC_WORKLOAD_IDENTITY_TOKEN_C1`, `TFC_WORKLOAD_IDENTITY_TOKEN`).
    #[schemars(extend("x-tf" = { "optional": true, "sensitive": true }))]
    pub oidc_token: Value<Secret>,
    /// Maximum share of Okta's rate limits that the provider uses, in percent, from 1 to 100. The rest remains for
    /// other clients of the same token. Defaults to 90, because Okta notifies the org's super administrators if a limit
    /// is nearly exhausted.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub okta_max_rate_share: Value<i64>,
}

impl ProviderConfig {
    /// Returns the names of unknown arguments.
    pub(super) fn unknown(&self) -> Vec<&'static str> {
        let Self { tenant_domain, server_url, client_id, client_secret, oidc_token, okta_max_rate_share } = self;
        let arguments = [
            ("tenant_domain", tenant_domain.is_unknown()),
            ("server_url", server_url.is_unknown()),
            ("client_id", client_id.is_unknown()),
            ("client_secret", client_secret.is_unknown()),
            ("oidc_token", oidc_token.is_unknown()),
            ("okta_max_rate_share", okta_max_rate_share.is_unknown()),
        ];
        arguments.into_iter().filter(|(_, unknown)| *unknown).map(|(name, _)| name).collect()
    }

    /// Returns the share of Okta's rate limits, or the default if the argument is null or unknown.
    ///
    /// # Errors
    /// The argument is not a percentage from 1 to 100.
    pub(super) fn okta_rate_share(&self) -> Result<RateShare, InvalidRateShare> {
        match self.okta_max_rate_share.known() {
            None => Ok(RateShare::default()),
            Some(percent) => RateShare::percent(u8::try_from(*percent).unwrap_or(0)),
        }
    }

    /// Returns the known arguments as settings of the client.
    pub(super) fn settings(&self) -> Settings {
        let text = |value: &Value<String>| value.text().map(str::to_owned);
        let secret = |value: &Value<Secret>| value.known().map(|secret| SecretString::from(secret.expose()));
        Settings {
            tenant_domain: text(&self.tenant_domain),
            server_url: text(&self.server_url),
            client_id: text(&self.client_id),
            client_secret: secret(&self.client_secret),
            oidc_token: secret(&self.oidc_token),
        }
    }
}
