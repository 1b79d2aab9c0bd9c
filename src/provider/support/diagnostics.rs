//! Errors of both services as diagnostics.

use crate::framework::diagnostics::Diagnostic;
use crate::framework::path::AttributePath;
use conductorone_client::Error;
use okta_client::Domain;
use service_http::StatusCode;

/// Describes a failed request to ConductorOne and the next step. `operation` completes "Could not …".
///
/// The match has no `_` arm, so that a new variant does not compile without its advice.
pub(crate) fn conductorone(operation: &str, error: &Error) -> Diagnostic {
    let next_step = match error {
        Error::NoResponse { .. } => {
            "Check the address (set by tenant_domain, server_url or the host in client_id) and network access to it \
             (DNS, proxy, firewall). Then run Terraform again."
        }
        Error::Redirected { .. } => {
            "The provider does not follow redirects, because they could send credentials to another host. If the \
             other host is the tenant's address, set server_url to it."
        }
        Error::Decode { .. } => {
            "A proxy may have changed the response. Without a proxy, this is a bug in the provider. Please report it."
        }
        Error::Token(token) if token.is_refusal() => {
            "The client ID or its secret is wrong, revoked or expired, or belongs to another tenant. Create a \
             credential in ConductorOne, and set client_id and client_secret, or CONDUCTORONE_CLIENT_ID and \
             CONDUCTORONE_CLIENT_SECRET. For workload federation, check that the trust accepts the OIDC token."
        }
        Error::Token(_) => "Run Terraform again in a few minutes.",
        Error::OidcTokenMissing => "Set oidc_token or CONDUCTORONE_OIDC_TOKEN to a valid token.",
        Error::InvalidId { .. } => "Check the ID. IDs of ConductorOne consist of letters and digits.",
        Error::Api(api) => match api.status {
            StatusCode::UNAUTHORIZED => {
                "ConductorOne no longer accepts the credentials. Check that the service principal or API key is \
                 enabled."
            }
            StatusCode::FORBIDDEN => {
                "The service principal or user of the credentials lacks this permission. Assign it the role that the \
                 request requires. To manage connectors, this is Super Administrator or Connector Administrator."
            }
            StatusCode::NOT_FOUND => {
                "The object does not exist, or the credentials have no access to it. Check the ID."
            }
            StatusCode::TOO_MANY_REQUESTS => {
                "ConductorOne's rate limit is exhausted. Run Terraform again later, or with a lower -parallelism."
            }
            status if status.is_server_error() => "Run Terraform again in a few minutes.",
            _ => "ConductorOne rejected the request. Correct the cause in its response, then run Terraform again.",
        },
    };
    Diagnostic::error(format!("Could not {operation}"), format!("{}\n\n{next_step}", chain(error)))
}

/// Describes a failed request to Okta and the next step. `argument` holds the token.
///
/// The match has no `_` arm for the variants, so that a new one does not compile without its advice.
pub(crate) fn okta(domain: &Domain, argument: &'static str, error: &okta_client::Error) -> Diagnostic {
    let (domain_path, token_path) = (AttributePath::to("domain"), AttributePath::to(argument));
    let cause = chain(error);
    match error {
        okta_client::Error::NotAnOrg { .. } => Diagnostic::error(
            "No Okta org at this domain",
            format!(
                "{cause}\n\nCheck the spelling. The domain is the host in the browser's address bar when you are \
                 signed in to Okta, without -admin, such as acme.okta.com. The token was not sent, and nothing was \
                 changed."
            ),
        )
        .at(domain_path),
        okta_client::Error::NoResponse { .. } => Diagnostic::error(
            "Okta org did not respond",
            format!(
                "{cause}\n\nCheck the spelling of the domain and network access to {domain} (DNS, proxy, firewall). \
                 If Terraform has no network access to Okta, set validate_credentials = false. Nothing was changed."
            ),
        )
        .at(domain_path),
        okta_client::Error::Redirected { .. } => Diagnostic::error(
            "Okta org redirects to another host",
            format!(
                "{cause}\n\nThe provider did not send the token to the other host. If that host is the org's address, \
                 set domain to it. Nothing was changed."
            ),
        )
        .at(domain_path),
        okta_client::Error::RateLimited { .. } => Diagnostic::error(
            "Okta rate limit is exhausted",
            format!(
                "{cause}\n\nOther clients of {domain} use the limit. Run Terraform again in a minute. The Okta Admin \
                 Console shows the clients under Reports > Rate Limits. Nothing was changed."
            ),
        )
        .at(domain_path),
        okta_client::Error::Decode { .. } => Diagnostic::error(
            "Okta response could not be parsed",
            format!(
                "{cause}\n\nA proxy may have changed the response. Without a proxy, this is a bug in the provider. \
                 Please report it. Nothing was changed."
            ),
        )
        .at(domain_path),
        okta_client::Error::Api(_) if error.is_invalid_token() => Diagnostic::error(
            "Okta API token is not accepted",
            format!(
                "{domain}: {cause}\n\nThe token is wrong, revoked or expired. Okta revokes tokens that are not used \
                 for 30 days, and tokens of deactivated users. Sign in to the Okta Admin Console as the service \
                 account, create a token under Security > API > Tokens, and set {argument} to it. Nothing was changed."
            ),
        )
        .at(token_path),
        okta_client::Error::Api(_) if error.is_authentication_failed() => Diagnostic::error(
            "Okta API token is not accepted",
            format!(
                "{domain}: {cause}\n\nThe token may belong to another org, or be restricted to network zones that do \
                 not include this machine. Check domain and {argument}. Nothing was changed."
            ),
        )
        .at(token_path),
        okta_client::Error::Api(_) if error.is_forbidden() => Diagnostic::error(
            "Okta API token has no rights",
            format!(
                "{domain}: {cause}\n\nThe token's owner has no permission to read their own account. Assign the owner \
                 at least the Read-Only Administrator role. Nothing was changed."
            ),
        )
        .at(token_path),
        okta_client::Error::Api(_) => Diagnostic::error(
            "Okta could not validate the API token",
            format!("{domain}: {cause}\n\nRun Terraform again in a few minutes. Nothing was changed."),
        )
        .at(token_path),
    }
}

/// Returns the error of a create that Terraform cancelled before its request.
pub(crate) fn stopped() -> Diagnostic {
    Diagnostic::error("Create was cancelled", "Terraform was interrupted. Nothing was created.")
}

/// Returns an error and its causes as one sentence.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    as_sentence(&causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

/// Returns a message of a lower layer as a sentence. Identifiers and hosts at its start keep their case.
pub(crate) fn as_sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first_word = message.split_whitespace().next().unwrap_or_default().trim_end_matches(['.', ':', ',']);
    let is_name = first_word.contains(['_', '.', '/']);
    let first = letters.next().map(|letter| if is_name { letter.into() } else { letter.to_uppercase().collect() });
    let first: String = first.unwrap_or_default();
    with_full_stop(&format!("{first}{}", letters.as_str()))
}

/// Returns a quoted text with a full stop, so that it can end a sentence.
pub(crate) fn with_full_stop(quoted: &str) -> String {
    let end = if quoted.ends_with('.') { "" } else { "." };
    format!("{quoted}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences_and_names_keep_their_case() {
        assert_eq!(as_sentence("the token is empty"), "The token is empty.");
        assert_eq!(as_sentence("Done."), "Done.");
        assert_eq!(as_sentence("über"), "Über.");
        assert_eq!(as_sentence("server_url uses http"), "server_url uses http.");
        assert_eq!(as_sentence("acme.okta.com is not an org"), "acme.okta.com is not an org.");
        assert_eq!(as_sentence("http://127.0.0.1:1 is not an org"), "http://127.0.0.1:1 is not an org.");
        assert_eq!(as_sentence("\"acme\" is not a host name"), "\"acme\" is not a host name.");
        assert_eq!(as_sentence("refused: a reason"), "Refused: a reason.");
        assert_eq!(as_sentence(""), ".");
    }
}
