//! The data source `conductorone_okta_token`: the capabilities of an Okta API token, for checks and preconditions.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::secret::Secret;
use crate::framework::value::Value;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics::as_sentence;
use crate::provider::support::okta_arguments::{parse_domain, parse_token};
use crate::provider::support::values::{SetOfStrings, set_of_strings};
use okta_client::{CapabilityStatus, TokenPermissions};

/// Reads the owner of an Okta API token and the capabilities that the token gives ConductorOne. Sends at most 11
/// requests per org, token and run, all of which only read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OktaTokenDataSourceModel {
    /// Domain of the Okta org, such as `acme.okta.com`, with or without `https://`, or a custom domain.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub domain: Value<String>,
    /// API token of the Okta org. Stored in the state as plain text, like every argument of a data source.
    #[schemars(extend("x-tf" = { "required": true, "sensitive": true }))]
    pub api_token: Value<Secret>,
    /// ID of the Okta org at `domain`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub okta_org_id: Value<String>,
    /// Login of the administrator whose permissions the token has.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub owner: Value<String>,
    /// Active admin roles of the owner, such as `SUPER_ADMIN`. Null if the token has no permission to read them.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub admin_roles: SetOfStrings,
    /// Status of each capability: `yes`, `no`, `presumed` (likely, from indirect evidence) or `unknown`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub capabilities: Value<BTreeMap<String, String>>,
    /// Evidence for each status: the request that decided it, and Okta's response.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub evidence: Value<BTreeMap<String, String>>,
    /// Restrictions of the token, such as admin roles that apply only to some groups or apps. Empty if there are none.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub warnings: Value<Vec<String>>,
}

/// The data source `conductorone_okta_token`.
#[derive(Debug)]
pub struct OktaTokenDataSource;

impl DataSource for OktaTokenDataSource {
    type Model = OktaTokenDataSourceModel;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_okta_token";

    fn validate(&self, _cx: &Context<ProviderData>, config: &OktaTokenDataSourceModel) -> Result<(), Diagnostics> {
        let mut problems = Diagnostics::none();
        problems.extend(config.domain.text().and_then(|text| parse_domain(text).err()));
        problems.extend(config.api_token.known().and_then(|secret| parse_token("api_token", secret).err()));
        problems.into_result()
    }

    async fn read(
        &self,
        cx: &Context<ProviderData>,
        config: OktaTokenDataSourceModel,
    ) -> Result<OktaTokenDataSourceModel, Diagnostics> {
        let services = cx.data()?;
        let domain = parse_domain(config.domain.text().unwrap_or_default())?;
        let token = parse_token("api_token", config.api_token.known().unwrap_or(&Secret::from("")))?;
        let organization = services.organization(&domain).await?;
        let permissions = services.permissions(&domain, &token, "api_token").await?;
        Ok(config.with_permissions(organization.id(), &permissions))
    }
}

impl OktaTokenDataSourceModel {
    fn with_permissions(self, org_id: &str, permissions: &TokenPermissions) -> Self {
        let statuses = permissions.capabilities.iter();
        let roles = permissions.roles.as_ref().map(|roles| {
            let active = roles.iter().filter(|role| role.is_active());
            set_of_strings(active.map(|role| role.kind.to_string()))
        });
        let by_capability = |text: fn(&CapabilityStatus) -> &str| {
            Value::Known(statuses.clone().map(|(name, status)| (name.to_string(), text(status).to_owned())).collect())
        };
        Self {
            okta_org_id: Value::Known(org_id.to_owned()),
            owner: Value::Known(permissions.owner.login().unwrap_or(&permissions.owner.id).to_owned()),
            admin_roles: roles.unwrap_or_default(),
            capabilities: by_capability(CapabilityStatus::as_str),
            evidence: by_capability(CapabilityStatus::evidence),
            warnings: Value::Known(
                permissions.warnings.iter().map(|warning| as_sentence(&warning.to_string())).collect(),
            ),
            ..self
        }
    }
}
