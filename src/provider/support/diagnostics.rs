//! ConductorOne's errors as the practitioner reads them.

use crate::framework::diagnostics::Diagnostic;
use conductorone_client::Error;
use service_http::StatusCode;

/// What a failed call means and what to do next. `doing` completes "Could not …".
///
/// No `_` arm: a new variant does not compile until someone writes its advice.
pub(crate) fn conductorone(doing: &str, error: &Error) -> Diagnostic {
    let next = match error {
        Error::NoResponse { .. } => {
            "Check the address, which tenant_domain, server_url or else the host in client_id says, and the way there (name \
             server, proxy, firewall), then run Terraform again."
        }
        Error::Redirected { .. } => {
            "Requests are not followed elsewhere, because credentials would go along. If that address is the \
             tenant's, set server_url to it."
        }
        Error::Decode { .. } => {
            "A proxy may have changed the answer. If there is none, this is a bug in the provider; please report it."
        }
        Error::Token(token) if token.is_refusal() => {
            "The client ID or its secret is wrong, revoked or expired, or belongs to another tenant. Make a new \
             credential in ConductorOne and set client_id and client_secret, or CONDUCTORONE_CLIENT_ID and \
             CONDUCTORONE_CLIENT_SECRET. For workload federation, check that the trust accepts the OIDC token."
        }
        Error::Token(_) => "Run Terraform again in a few minutes.",
        Error::OidcTokenMissing => "Set oidc_token or CONDUCTORONE_OIDC_TOKEN to a token that is valid now.",
        Error::InvalidId { .. } => "Check the ID; ConductorOne's IDs are letters and digits.",
        Error::Api(api) => match api.status {
            StatusCode::UNAUTHORIZED => {
                "The credentials are not accepted any more. Check that the service principal or API key is enabled."
            }
            StatusCode::FORBIDDEN => {
                "The service principal or user behind the credentials lacks this permission. Give it the role that the \
                 request needs: for setting up connectors Super Administrator or Connector Administrator."
            }
            StatusCode::NOT_FOUND => "It does not exist, or the credentials may not see it. Check the ID.",
            StatusCode::TOO_MANY_REQUESTS => {
                "ConductorOne's rate limit is used up. Run Terraform again later, or with a lower -parallelism."
            }
            status if status.is_server_error() => "Run Terraform again in a few minutes.",
            _ => {
                "ConductorOne does not accept the request as it is. Change what it objects to, then run Terraform again."
            }
        },
    };
    Diagnostic::error(format!("Could not {doing}"), format!("{}\n\n{next}", chain(error)))
}

/// Terraform was interrupted, or is gone, before anything was made.
pub(crate) fn stopped() -> Diagnostic {
    Diagnostic::error("Stopped", "Interrupted before anything was created.")
}

/// An error and its causes as one sentence.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    sentence(&causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

/// A message of a lower layer as a sentence of its own. An argument or a host at its start stays as it is written.
pub(crate) fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first_word = message.split_whitespace().next().unwrap_or_default().trim_end_matches(['.', ':', ',']);
    let is_quoted = first_word.contains(['_', '.', '/']);
    let first = letters.next().map(|letter| if is_quoted { letter.into() } else { letter.to_uppercase().collect() });
    let first: String = first.unwrap_or_default();
    ended(&format!("{first}{}", letters.as_str()))
}

/// What somebody else said, word for word, as the end of a sentence.
pub(crate) fn ended(quoted: &str) -> String {
    let end = if quoted.ends_with('.') { "" } else { "." };
    format!("{quoted}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("the token is empty"), "The token is empty.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence("über"), "Über.");
        assert_eq!(sentence("server_url uses http"), "server_url uses http.");
        assert_eq!(sentence("acme.okta.com is no org"), "acme.okta.com is no org.");
        assert_eq!(sentence("http://127.0.0.1:1 is no org"), "http://127.0.0.1:1 is no org.");
        assert_eq!(sentence("refused: a reason"), "Refused: a reason.");
        assert_eq!(sentence(""), ".");
    }
}
