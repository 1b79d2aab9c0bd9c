//! The data source `conductorone_okta_token`: what an Okta API token can do, for checks and preconditions.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::framework::context::Context;
use crate::framework::data_source::DataSource;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::secret::Secret;
use crate::framework::value::Value;
use okta_client::{Domain, Token, TokenPermissions};

use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics::sentence;

/// Asks Okta whose token this is and what ConductorOne could do with it. Reads only, at most 11 requests per org,
/// token and run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OktaTokenData {
    /// Domain of the Okta org: `acme.okta.com`, with or without `https://`, or the org's custom domain.
    #[schemars(extend("x-tf" = { "required": true }))]
    pub domain: Value<String>,
    /// The token. Like every argument of a data source it is kept in the state as plain text.
    #[schemars(extend("x-tf" = { "required": true, "sensitive": true }))]
    pub api_token: Value<Secret>,
    /// ID of the org, as the org itself tells.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub okta_org_id: Value<String>,
    /// Login of the administrator whose rights the token has.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub owner: Value<String>,
    /// The owner's admin roles in force, such as `SUPER_ADMIN`. Null when the token may not read them.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub admin_roles: Value<BTreeSet<Value<String>>>,
    /// For each capability `yes`, `no`, `presumed` (most likely, from an indirect evidence) or `unknown`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub capabilities: Value<BTreeMap<String, String>>,
    /// For each capability the request that showed it, and what Okta answered.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub evidence: Value<BTreeMap<String, String>>,
    /// What else is worth knowing of the token, such as roles that hold for some groups or apps only. Empty when nothing is.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub warnings: Value<Vec<String>>,
}

/// The data source.
#[derive(Debug)]
pub struct OktaTokenDataSource;

impl DataSource for OktaTokenDataSource {
    type Model = OktaTokenData;
    type Data = ProviderData;

    const TYPE_NAME: &'static str = "conductorone_okta_token";

    fn validate(&self, _cx: &Context<ProviderData>, config: &OktaTokenData) -> Result<(), Diagnostics> {
        let mut wrong = Diagnostics::none();
        wrong.extend(config.domain.text().and_then(|text| domain(text).err()));
        wrong.extend(config.api_token.known().and_then(|secret| token(secret).err()));
        wrong.into_result()
    }

    async fn read(&self, cx: &Context<ProviderData>, config: OktaTokenData) -> Result<OktaTokenData, Diagnostics> {
        let services = cx.data()?;
        let domain = domain(config.domain.text().unwrap_or_default())?;
        let token = token(config.api_token.known().unwrap_or(&Secret::from("")))?;
        let organization = services.organization(&domain).await?;
        let permissions = services.permissions(&domain, &token, "api_token").await?;
        Ok(data(config, organization.id(), &permissions))
    }
}

fn data(config: OktaTokenData, org_id: &str, permissions: &TokenPermissions) -> OktaTokenData {
    let verdicts = permissions.capabilities.iter();
    let roles = permissions.roles.as_ref().map(|roles| {
        let active = roles.iter().filter(|role| role.is_active());
        active.map(|role| Value::Known(role.kind.to_string())).collect()
    });
    OktaTokenData {
        okta_org_id: Value::Known(org_id.to_owned()),
        owner: Value::Known(permissions.owner.login().unwrap_or(&permissions.owner.id).to_owned()),
        admin_roles: roles.into(),
        capabilities: Value::Known(
            verdicts.clone().map(|(name, verdict)| (name.to_string(), verdict.as_str().to_owned())).collect(),
        ),
        evidence: Value::Known(
            verdicts.map(|(name, verdict)| (name.to_string(), verdict.evidence().to_owned())).collect(),
        ),
        warnings: Value::Known(permissions.warnings.iter().map(|warning| sentence(&warning.to_string())).collect()),
        ..config
    }
}

pub(crate) fn domain(text: &str) -> Result<Domain, Diagnostic> {
    text.parse::<Domain>().map_err(|invalid| {
        Diagnostic::error("Okta domain is not valid", sentence(&invalid.to_string())).at(AttributePath::to("domain"))
    })
}

pub(crate) fn token(secret: &Secret) -> Result<Token, Diagnostic> {
    Token::try_new(SecretString::from(secret.expose())).map_err(|invalid| {
        Diagnostic::error("Okta API token is not valid", sentence(&invalid.to_string()))
            .at(AttributePath::to("api_token"))
    })
}
