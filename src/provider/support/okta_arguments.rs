//! Arguments that identify an Okta org and authenticate to it.

use secrecy::SecretString;

use crate::framework::diagnostics::Diagnostic;
use crate::framework::path::AttributePath;
use crate::framework::secret::Secret;
use okta_client::{Domain, Token};

use super::diagnostics::as_sentence;

/// Parses the argument `domain`.
///
/// # Errors
/// The text is not the domain of an org.
pub(crate) fn parse_domain(text: &str) -> Result<Domain, Diagnostic> {
    text.parse::<Domain>().map_err(|invalid| {
        Diagnostic::error("Okta domain is not valid", as_sentence(&invalid.to_string())).at(AttributePath::to("domain"))
    })
}

/// Parses the API token of an argument.
///
/// # Errors
/// An HTTP header cannot contain the token.
pub(crate) fn parse_token(argument: &str, secret: &Secret) -> Result<Token, Diagnostic> {
    Token::try_new(SecretString::from(secret.expose())).map_err(|invalid| {
        Diagnostic::error("Okta API token is not valid", as_sentence(&invalid.to_string()))
            .at(AttributePath::to(argument))
    })
}
