//! The Okta credentials of an integration: both, or neither.

use std::str::FromStr;

use secrecy::SecretString;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::path::AttributePath;
use crate::framework::secret::Secret;
use crate::framework::value::Value;
use crate::okta::{Domain, Token};
use crate::provider::diagnostics::sentence;

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
    pub(super) fn read(model: &OktaIntegration) -> Result<Self, Diagnostics> {
        let mut wrong = Diagnostics::none();
        let domain = model.domain.text().and_then(|text| kept(parse_domain(text), &mut wrong));
        let token = model.api_token.known().and_then(|secret| kept(parse_token(secret), &mut wrong));
        match (&model.domain, &model.api_token) {
            (Value::Null, Value::Known(_)) => wrong.push(
                Diagnostic::error(
                    "Okta domain is missing",
                    "An API token belongs to one Okta org, and domain does not say which. Set domain to the org's \
                     address, such as acme.okta.com, or leave both out for the connector's owners to fill in.",
                )
                .at(AttributePath::to("domain")),
            ),
            (Value::Known(_), Value::Null) => wrong.push(
                Diagnostic::error(
                    "Okta API token is missing",
                    "domain is set, and there is no token for the org. Set api_token, or leave both out for the \
                     connector's owners to fill in.",
                )
                .at(AttributePath::to("api_token")),
            ),
            _ => {}
        }
        wrong.into_result()?;
        Ok(match (domain, token) {
            (Some(domain), Some(token)) => Self::Token { domain, token },
            _ if model.domain.is_null() && model.api_token.is_null() => Self::Delegated,
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

fn parse_token(secret: &Secret) -> Result<Token, Diagnostic> {
    Token::try_new(SecretString::from(secret.expose())).map_err(|invalid| {
        Diagnostic::error("Okta API token is not valid", sentence(&invalid.to_string()))
            .at(AttributePath::to("api_token"))
    })
}

/// Warns when the token does not look like one of Okta's. It may work all the same, so this is no error.
pub(super) fn warn_about_shape<D>(cx: &Context<D>, credentials: &Credentials) {
    if let Credentials::Token { token, .. } = credentials
        && !token.looks_like_api_token()
    {
        cx.warn(
            Diagnostic::warning(
                "Okta API token looks unusual",
                "Okta's API tokens have 42 characters and begin with 00. Check that this is a token's value, and \
                 neither its name nor an OAuth secret.",
            )
            .at(AttributePath::to("api_token")),
        );
    }
}
