//! Requests access tokens with each of the supported grant types.

use secrecy::ExposeSecret;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use service_http::{
    DecodeError, Method, Request, Response, RetryDecision, RetryOutcome, RetryPolicy, SendError, StatusCode,
};

use super::assertion;
use super::token_response::TokenResponse;
use crate::retry::BACKOFF;
use crate::{Config, Credentials, Error, TokenError};

/// The operation in errors of token requests.
pub(super) const OPERATION: &str = "requesting an access token";

const FORM: &str = "application/x-www-form-urlencoded";

/// Requests one token. Retried as a read, because an unused token has no effect.
pub(super) async fn request(http: &service_http::Client, config: &Config) -> Result<TokenResponse, Error> {
    let attempt = || async {
        // Created for each attempt: an assertion is valid once, and the OIDC token may have been rotated.
        let form = form(http, config).ok_or(Error::OidcTokenMissing)?;
        let request =
            Request::new(Method::POST, &config.origin, &["auth", "v1", "token"]).body(FORM, form.into_bytes());
        Ok(http.send(&request).await)
    };
    let classify = |outcome: &Result<Result<Response, SendError>, Error>| match outcome {
        Ok(outcome) => RetryPolicy::Idempotent.classify(outcome, http.clock().wall()),
        Err(_) => RetryDecision::No,
    };
    let RetryOutcome { outcome, attempts } = service_http::retry(http.clock(), BACKOFF, attempt, classify).await;
    let response = outcome?.map_err(|source| match source {
        SendError::Redirected { status, to } => Error::Redirected { operation: OPERATION, status, to },
        source => Error::NoResponse {
            tenant: Box::new(config.origin.clone()),
            operation: OPERATION,
            attempts,
            may_have_taken_effect: false,
            source,
        },
    })?;
    if response.status() != StatusCode::OK {
        return Err(Error::Token(Box::new(token_error(http, &response))));
    }
    let token: TokenResponse = response.json().map_err(decode_error)?;
    if token.access_token.expose_secret().is_empty() {
        return Err(decode_error(DecodeError::at("access_token", "expected a token")));
    }
    if !token.token_type.is_empty() && !token.token_type.eq_ignore_ascii_case("bearer") {
        let problem = "expected Bearer; this client does not support credentials that require DPoP proofs";
        return Err(decode_error(DecodeError::at("token_type", problem)));
    }
    Ok(token)
}

pub(super) fn decode_error(source: DecodeError) -> Error {
    Error::Decode { operation: OPERATION, may_have_taken_effect: false, source }
}

/// Returns the form fields, exactly those that ConductorOne's own clients send. `None` if there is no OIDC token.
fn form(http: &service_http::Client, config: &Config) -> Option<String> {
    let mut form = Serializer::new(String::new());
    match &config.credentials {
        Credentials::Client { client_id, key, .. } => {
            let assertion = assertion::sign(client_id, key, config.origin.host(), http.clock().wall());
            form.append_pair("grant_type", "client_credentials")
                .append_pair("client_id", client_id.as_str())
                .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
                .append_pair("client_assertion", &assertion);
        }
        // Source: RFC 8693, section 2.1.
        Credentials::Federation { client_id, token } => {
            let token = token.read()?;
            http.redactor().register(&token);
            form.append_pair("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
                .append_pair("subject_token", token.expose_secret())
                .append_pair("subject_token_type", "urn:ietf:params:oauth:token-type:jwt")
                .append_pair("client_id", client_id.as_str());
        }
        // Not requested from the token endpoint.
        Credentials::AccessToken(_) => return None,
    }
    Some(form.finish())
}

/// Returns the service's reason: an OAuth error, or the error body of its other endpoints.
fn token_error(http: &service_http::Client, response: &Response) -> TokenError {
    let body: Value = response.json().unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(|text| http.redactor().message(text));
    let code = text("error").filter(|code| !code.is_empty());
    let reason = text("error_description").filter(|text| !text.is_empty()).or_else(|| text("message"));
    let explanation =
        [code.clone(), reason].into_iter().flatten().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(": ");
    TokenError { status: response.status(), code, explanation, request_id: response.request_id() }
}
