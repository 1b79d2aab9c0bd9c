//! The provider block.

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::framework::secret::Secret;
use crate::framework::value::Value;
use conductorone_client::Settings;
use okta_client::{InvalidRateShare, RateShare};

/// Connects ConductorOne with an Okta org: declares the connector, its owners and its settings.
///
/// Every argument can come from the environment instead. Credentials are checked before anything is planned.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Config {
    /// Name or host of the ConductorOne tenant: `acme` for `acme.conductor.one`, or a full host such as
    /// `acme.c1eu.ai`. Defaults to `CONDUCTORONE_TENANT_DOMAIN`, then to the host in `client_id`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub tenant_domain: Value<String>,
    /// URL of the tenant, such as `https://acme.conductor.one`, in place of `tenant_domain`. `http` only for
    /// loopback addresses. Defaults to `CONDUCTORONE_SERVER_URL`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub server_url: Value<String>,
    /// Client ID of a service principal, personal API key or workload federation trust, such as
    /// `clever-fox-42195@acme.conductor.one/spc`. Defaults to `CONDUCTORONE_CLIENT_ID`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub client_id: Value<String>,
    /// Client secret that belongs to `client_id`; begins with `secret-token:`. It signs requests and is never
    /// sent. Defaults to `CONDUCTORONE_CLIENT_SECRET`.
    #[schemars(extend("x-tf" = { "optional": true, "sensitive": true }))]
    pub client_secret: Value<Secret>,
    /// OIDC token for workload federation, in place of `client_secret`. Defaults to `CONDUCTORONE_OIDC_TOKEN`,
    /// then to the tokens that HCP Terraform provides (`TFC_WORKLOAD_IDENTITY_TOKEN_CONDUCTORONE`,
    /// `TFC_WORKLOAD_IDENTITY_TOKEN_C1`, `TFC_WORKLOAD_IDENTITY_TOKEN`).
    #[schemars(extend("x-tf" = { "optional": true, "sensitive": true }))]
    pub oidc_token: Value<Secret>,
    /// How much of Okta's rate limits to use when Okta is asked, in whole percent from 1 to 100. The rest is left to
    /// other clients of the same token. Defaults to 90: Okta writes to the org's super administrators when a limit is
    /// nearly used up.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub okta_max_rate_share: Value<i64>,
}

impl Config {
    /// The arguments that are not known yet.
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

    /// The share of Okta's rate limits to use; the default where it is not set or not known.
    ///
    /// # Errors
    /// When it is no percentage.
    pub(super) fn okta_rate_share(&self) -> Result<RateShare, InvalidRateShare> {
        match self.okta_max_rate_share.known() {
            None => Ok(RateShare::default()),
            Some(percent) => RateShare::percent(u8::try_from(*percent).unwrap_or(0)),
        }
    }

    /// The arguments that are set and known, as the client takes them.
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
