//! The Okta credentials of an integration: domain and token, or neither.

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::value::Value;
use crate::provider::support::okta_arguments::{parse_domain, parse_token};
use okta_client::{Domain, Token};

use super::model::OktaIntegrationModel;

/// The credentials that a configuration sets.
#[derive(Clone, Debug)]
pub(super) enum Credentials {
    /// Neither domain nor token is set. The connector's owners configure it.
    Delegated,
    /// Domain and token are known.
    Token {
        domain: Domain,
        token: Token,
        /// The argument that holds the token.
        argument: &'static str,
    },
    /// At least one argument is unknown.
    Unknown {
        /// The domain, if it is known.
        domain: Option<Domain>,
    },
}

impl Credentials {
    /// Parses the arguments of a configuration.
    ///
    /// # Errors
    /// Malformed or contradictory arguments, and a domain or token without the other.
    pub(super) fn read(config: &OktaIntegrationModel) -> Result<Self, Diagnostics> {
        let mut problems = Diagnostics::none();
        let domain = config.domain.text().and_then(|text| ok_or_push(parse_domain(text), &mut problems));
        let token = [("api_token", &config.api_token), ("api_token_wo", &config.api_token_wo)]
            .into_iter()
            .filter_map(|(argument, token)| {
                Some((ok_or_push(parse_token(argument, token.known()?), &mut problems)?, argument))
            })
            .next();
        problems.extend(token_given_twice(config));
        problems.extend(version_without_token(config));
        problems.extend(incomplete_pair(config));
        problems.into_result()?;
        Ok(match (domain, token) {
            (Some(domain), Some((token, argument))) => Self::Token { domain, token, argument },
            _ if config.domain.is_null() && has_no_token(config) => Self::Delegated,
            (domain, _) => Self::Unknown { domain },
        })
    }
}

fn ok_or_push<T>(parsed: Result<T, Diagnostic>, problems: &mut Diagnostics) -> Option<T> {
    parsed.map_err(|problem| problems.push(problem)).ok()
}

fn has_no_token(config: &OktaIntegrationModel) -> bool {
    config.api_token.is_null() && config.api_token_wo.is_null()
}

fn token_given_twice(config: &OktaIntegrationModel) -> Option<Diagnostic> {
    if config.api_token.is_null() || config.api_token_wo.is_null() {
        return None;
    }
    let detail = "api_token and api_token_wo are alternatives, but both are set. Keep api_token_wo, which Terraform \
                  never stores. Use api_token only with Terraform or OpenTofu before 1.11.";
    Some(Diagnostic::error("Okta API token is given twice", detail).at(AttributePath::to("api_token_wo")))
}

fn version_without_token(config: &OktaIntegrationModel) -> Option<Diagnostic> {
    let is_missing = config.api_token_wo.is_null() && !config.api_token_wo_version.is_null();
    if !is_missing || config.domain.known().is_none() {
        return None;
    }
    let detail = "api_token_wo_version is set, but api_token_wo is null. Set api_token_wo, or remove \
                  api_token_wo_version. If the token comes from a variable, set the variable for this run.";
    Some(Diagnostic::error("Write-only token is missing", detail).at(AttributePath::to("api_token_wo_version")))
}

fn incomplete_pair(config: &OktaIntegrationModel) -> Option<Diagnostic> {
    let has_known_token = config.api_token.known().is_some() || config.api_token_wo.known().is_some();
    let problem = match &config.domain {
        Value::Null if has_known_token => Diagnostic::error(
            "Okta domain is missing",
            "An API token is set, but domain is not. Set domain to the org's host, such as acme.okta.com, or omit both \
             and let the connector's owners configure them.",
        ),
        Value::Known(_) if has_no_token(config) => Diagnostic::error(
            "Okta API token is missing",
            "domain is set, but no API token is. Set api_token_wo and api_token_wo_version, or set api_token, or omit \
             all of them and let the connector's owners configure them.",
        ),
        _ => return None,
    };
    Some(problem.at(AttributePath::to("domain")))
}

/// Warns about a write-only token without a version. Terraform would not detect a new token.
pub(super) fn warn_about_missing_version<D>(cx: &Context<D>, config: &OktaIntegrationModel) {
    if !config.api_token_wo.is_null() && config.api_token_wo_version.is_null() {
        cx.warn(
            Diagnostic::warning(
                "Write-only token changes are not detected",
                "Terraform does not store api_token_wo, so it cannot detect a new token. Set api_token_wo_version, and \
                 increment it whenever the token changes.",
            )
            // On the missing argument, because Terraform quotes the line of the argument, which may contain a token.
            .at(AttributePath::to("api_token_wo_version")),
        );
    }
}

/// Warns about a token without the documented form. It may still work, so this is not an error.
pub(super) fn warn_about_shape<D>(cx: &Context<D>, credentials: &Credentials) {
    if let Credentials::Token { token, argument, .. } = credentials
        && !token.looks_like_api_token()
    {
        cx.warn(
            Diagnostic::warning(
                "Okta API token looks unusual",
                "API tokens of Okta have 42 characters and begin with 00. Check that the argument contains the value \
                 of a token, and not its name or an OAuth secret.",
            )
            .at(AttributePath::to(argument)),
        );
    }
}
