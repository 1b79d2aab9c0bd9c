//! The Okta credentials of an integration: both, or neither.

use std::str::FromStr;

use secrecy::SecretString;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::secret::Secret;
use crate::framework::value::Value;
use crate::provider::support::diagnostics::sentence;
use okta_client::{Domain, Token};

use super::model::OktaIntegration;

/// How the connector gets into Okta.
#[derive(Clone, Debug)]
pub(super) enum Credentials {
    /// The owners will fill them in; no argument is set.
    Delegated,
    /// Both are set and known.
    Token {
        /// The org's address.
        domain: Domain,
        /// A token for it.
        token: Token,
        /// The argument that holds the token.
        argument: &'static str,
    },
    /// Something is not known yet. The domain may be.
    NotKnownYet {
        /// The org's address, where it is known.
        domain: Option<Domain>,
    },
}

impl Credentials {
    /// Reads both arguments.
    ///
    /// # Errors
    /// When one is malformed, or set without the other; each on its argument.
    pub(super) fn read(config: &OktaIntegration) -> Result<Self, Diagnostics> {
        let mut wrong = Diagnostics::none();
        let domain = config.domain.text().and_then(|text| kept(parse_domain(text), &mut wrong));
        let token = [("api_token", &config.api_token), ("api_token_wo", &config.api_token_wo)]
            .into_iter()
            .filter_map(|(argument, token)| Some((kept(parse_token(argument, token.known()?), &mut wrong)?, argument)))
            .next();
        let (plain, write_only) = (&config.api_token, &config.api_token_wo);
        if !plain.is_null() && !write_only.is_null() {
            wrong.push(
                Diagnostic::error(
                    "Okta API token is given twice",
                    "api_token and api_token_wo are two ways to give the same token. Keep api_token_wo, which is stored \
                     nowhere; api_token is for Terraform and OpenTofu before 1.11.",
                )
                .at(AttributePath::to("api_token_wo")),
            );
        }
        if write_only.is_null() && !config.api_token_wo_version.is_null() && config.domain.known().is_some() {
            wrong.push(
                Diagnostic::error(
                    "Write-only token is missing",
                    "api_token_wo_version says which token api_token_wo holds, and there is none. Set api_token_wo, or \
                     remove the version.",
                )
                .at(AttributePath::to("api_token_wo_version")),
            );
        }
        let no_token = plain.is_null() && write_only.is_null();
        match &config.domain {
            Value::Null if plain.known().is_some() || write_only.known().is_some() => wrong.push(
                Diagnostic::error(
                    "Okta domain is missing",
                    "An API token belongs to one Okta org, and domain does not say which. Set domain to the org's \
                     address, such as acme.okta.com, or leave both out for the connector's owners to fill in.",
                )
                .at(AttributePath::to("domain")),
            ),
            Value::Known(_) if no_token => wrong.push(
                Diagnostic::error(
                    "Okta API token is missing",
                    "domain is set, and there is no token for the org. Set api_token_wo with api_token_wo_version, or \
                     api_token, or leave all of them out for the connector's owners to fill in.",
                )
                .at(AttributePath::to("domain")),
            ),
            _ => {}
        }
        wrong.into_result()?;
        Ok(match (domain, token) {
            (Some(domain), Some((token, argument))) => Self::Token { domain, token, argument },
            _ if config.domain.is_null() && no_token => Self::Delegated,
            (domain, _) => Self::NotKnownYet { domain },
        })
    }
}

fn kept<T>(parsed: Result<T, Diagnostic>, wrong: &mut Diagnostics) -> Option<T> {
    parsed.map_err(|diagnostic| wrong.push(diagnostic)).ok()
}

fn parse_domain(text: &str) -> Result<Domain, Diagnostic> {
    Domain::from_str(text).map_err(|invalid| {
        Diagnostic::error("Okta domain is not valid", sentence(&invalid.to_string())).at(AttributePath::to("domain"))
    })
}

fn parse_token(argument: &str, secret: &Secret) -> Result<Token, Diagnostic> {
    Token::try_new(SecretString::from(secret.expose())).map_err(|invalid| {
        Diagnostic::error("Okta API token is not valid", sentence(&invalid.to_string())).at(AttributePath::to(argument))
    })
}

/// Warns when a write-only token has no version, without which a new token is not seen.
pub(super) fn warn_about_missing_version<D>(cx: &Context<D>, config: &OktaIntegration) {
    if !config.api_token_wo.is_null() && config.api_token_wo_version.is_null() {
        cx.warn(
            Diagnostic::warning(
                "Changes of the write-only token will not be seen",
                "Terraform keeps nothing of api_token_wo, so a new token alone changes nothing. Set \
                 api_token_wo_version, and count it up with each new token.",
            )
            // Where it is missing: Terraform quotes the line that a warning is about, and a token may stand in one.
            .at(AttributePath::to("api_token_wo_version")),
        );
    }
}

/// Warns when the token does not look like one of Okta's. It may work all the same, so this is no error.
pub(super) fn warn_about_shape<D>(cx: &Context<D>, credentials: &Credentials) {
    if let Credentials::Token { token, argument, .. } = credentials
        && !token.looks_like_api_token()
    {
        cx.warn(
            Diagnostic::warning(
                "Okta API token looks unusual",
                "Okta's API tokens have 42 characters and begin with 00. Check that this is a token's value, and \
                 neither its name nor an OAuth secret.",
            )
            .at(AttributePath::to(argument)),
        );
    }
}
