//! Asking the token endpoint, in the two ways it can be asked.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use service_http::{DecodeError, Method, Request, Response, SendError, StatusCode};

use super::super::client::{BACKOFF, Repeat};
use super::super::model::lenient;
use super::super::{Config, Credentials, Error, TokenError};
use super::assertion;

/// What a failed request for a token says was being done.
pub(crate) const OPERATION: &str = "get an access token";

const FORM: &str = "application/x-www-form-urlencoded";

/// A token as issued.
pub(super) struct Issued {
    pub(super) token: SecretString,
    /// `None` when the service does not say.
    pub(super) lifetime: Option<Duration>,
}

/// Source: RFC 6749, section 5.1; ConductorOne documentation shows exactly these fields.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    #[serde(deserialize_with = "lenient::secret")]
    access_token: SecretString,
    #[serde(deserialize_with = "lenient::null_as_default")]
    token_type: String,
    #[serde(deserialize_with = "lenient::integer")]
    expires_in: Option<i64>,
}

/// Gets one token. Repeated as often as a read, because a token that nobody received harms nobody.
pub(super) async fn request(http: &service_http::Client, config: &Config) -> Result<Issued, Error> {
    let gone = || Error::OidcTokenGone;
    let attempt = || async {
        // Made anew each time: an assertion is good for one use and a rotated token for none.
        let form = form(http, config).ok_or_else(gone)?;
        let request =
            Request::new(Method::POST, &config.origin, &["auth", "v1", "token"]).body(FORM, form.into_bytes());
        Ok(http.send(&request).await)
    };
    let judge = |outcome: &Result<Result<Response, SendError>, Error>| match outcome {
        Ok(outcome) => Repeat::Always.verdict(http, outcome),
        Err(_) => service_http::RetryDecision::No,
    };
    let done = service_http::retry(http.clock(), BACKOFF, attempt, judge).await;
    let answer = done.outcome?.map_err(|source| match source {
        SendError::Redirected { status, to } => Error::Redirected { operation: OPERATION, status, to },
        source => Error::NoAnswer {
            tenant: Box::new(config.origin.clone()),
            operation: OPERATION,
            attempts: done.attempts,
            may_have_taken_effect: false,
            source,
        },
    })?;
    if answer.status() != StatusCode::OK {
        return Err(Error::Token(Box::new(token_error(http, &answer))));
    }
    let body: Body = answer.json().map_err(decode)?;
    if body.access_token.expose_secret().is_empty() {
        return Err(decode(DecodeError::at("access_token", "expected a token and found none")));
    }
    if !body.token_type.is_empty() && !body.token_type.eq_ignore_ascii_case("bearer") {
        let problem = "expected Bearer; a credential that requires DPoP proofs cannot be used with this client";
        return Err(decode(DecodeError::at("token_type", problem)));
    }
    let lifetime = body.expires_in.and_then(|s| u64::try_from(s).ok()).filter(|s| *s > 0).map(Duration::from_secs);
    Ok(Issued { token: body.access_token, lifetime })
}

fn decode(source: DecodeError) -> Error {
    Error::Decode { operation: OPERATION, may_have_taken_effect: false, source }
}

/// The form fields, exactly those that ConductorOne's own clients send. `None` when the OIDC token is gone.
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
        // Ready as it is, so nobody asks.
        Credentials::AccessToken(_) => return None,
    }
    Some(form.finish())
}

/// The service's reason: an OAuth error, or the error body of its other endpoints.
fn token_error(http: &service_http::Client, answer: &Response) -> TokenError {
    let body: Value = answer.json().unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).map(|text| http.redactor().message(text));
    let code = text("error").filter(|code| !code.is_empty());
    let reason = text("error_description").filter(|text| !text.is_empty()).or_else(|| text("message"));
    let explanation =
        [code.clone(), reason].into_iter().flatten().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(": ");
    TokenError { status: answer.status(), code, explanation, request_id: answer.request_id() }
}
