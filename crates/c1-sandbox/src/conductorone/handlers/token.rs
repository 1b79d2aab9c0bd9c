//! The token endpoint with the three grants that API clients of ConductorOne use.
//!
//! Sources: ConductorOne's documentation of API credentials and of workload federation; RFC 6749, RFC 7523 and RFC
//! 8693. Error bodies follow the RFCs, because ConductorOne does not document its own.

use std::collections::HashMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::error::Rejection;
use super::super::tenant::{Caller, Tenant};
use crate::behaviour::TokenErrors;
use crate::identifiers::random_base62;

/// Maximum remaining lifetime of an assertion, in seconds. Source: ConductorOne's documentation.
const ASSERTION_LIMIT: i64 = 300;

/// Maximum age of an exchanged token, in seconds. Source: ConductorOne's documentation.
const SUBJECT_LIMIT: i64 = 600;

/// Tolerated clock skew of clients, in seconds. Not documented; most issuers allow about this much.
const LEEWAY: i64 = 5;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const EXCHANGE_GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_TYPE: &str = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A rejected token request, as in RFC 6749 section 5.2.
#[derive(Debug)]
struct TokenError {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl TokenError {
    fn request(description: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error: "invalid_request", description: description.into() }
    }

    fn client(description: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, error: "invalid_client", description: description.into() }
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let body = json!({"error": self.error, "error_description": self.description});
        (self.status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
    }
}

/// `POST /auth/v1/token`.
pub(crate) async fn issue(State(tenant): State<Tenant>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    match grant(&tenant, &uri, &headers, &body) {
        Ok(response) => response,
        Err(error) if tenant.behaviour().token_errors == TokenErrors::Status => {
            Rejection::with_status(error.status, error.description).into_response()
        }
        Err(error) => error.into_response(),
    }
}

fn grant(tenant: &Tenant, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Response, TokenError> {
    let form = Form::read(headers, body)?;
    let audience = requested_host(uri, headers).ok_or_else(|| TokenError::request("the request names no host"))?;
    let caller = match form.get("grant_type")? {
        "client_credentials" => client_credentials(tenant, &form, &audience)?,
        EXCHANGE_GRANT => token_exchange(tenant, &form, &audience)?,
        other => {
            let description = format!("unknown grant_type `{other}`");
            return Err(TokenError { status: StatusCode::BAD_REQUEST, error: "unsupported_grant_type", description });
        }
    };
    let token = random_base62(43);
    let lifetime = tenant.timing().token_lifetime.as_secs();
    let mut response = json!({"access_token": token, "token_type": "Bearer", "expires_in": lifetime});
    if form.get("grant_type")? == EXCHANGE_GRANT {
        response["issued_token_type"] = json!(ACCESS_TOKEN_TYPE);
    }
    tenant.open_session(token, caller);
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], Json(response)).into_response())
}

/// Returns the host of the request without its port, which is the audience of clients' tokens.
fn requested_host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    // HTTP/2 has the authority in the URI, HTTP/1.1 in the header `Host`.
    let named = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority: axum::http::uri::Authority = uri.authority().cloned().or_else(|| named?.parse().ok())?;
    Some(authority.host().to_owned())
}

/// Authenticates an API key by a signature or by the secret itself.
fn client_credentials(tenant: &Tenant, form: &Form, audience: &str) -> Result<Caller, TokenError> {
    let client_id = form.get("client_id")?;
    if client_id != tenant.client_id() {
        return Err(TokenError::client("unknown client_id"));
    }
    let (key, user_id) =
        tenant.read(|data| (data.credentials.client_key.clone(), data.credentials.client_user_id.clone()));
    if let Ok(secret) = form.get("client_secret") {
        let expected = key.client_secret().map_err(server_error)?;
        if secret != expected {
            return Err(TokenError::client("wrong client_secret"));
        }
    } else {
        if form.get("client_assertion_type")? != ASSERTION_TYPE {
            return Err(TokenError::request(format!("client_assertion_type must be `{ASSERTION_TYPE}`")));
        }
        let assertion = form.get("client_assertion")?;
        let claims = key.verify(assertion).ok_or_else(|| TokenError::client("the assertion's signature is wrong"))?;
        check_assertion(&claims, client_id, audience, tenant.now().unix()).map_err(TokenError::client)?;
    }
    Ok(Caller { user_id, client_id: client_id.to_owned() })
}

fn check_assertion(claims: &Value, client_id: &str, audience: &str, now: i64) -> Result<(), String> {
    if claims["iss"] != client_id || claims["sub"] != client_id {
        return Err("iss and sub must be the client_id".to_owned());
    }
    if !has_audience(&claims["aud"], audience) {
        return Err(format!("aud must be `{audience}`"));
    }
    let expires = numeric_date(&claims["exp"]).ok_or("exp is missing")?;
    if expires <= now {
        return Err("the assertion has expired".to_owned());
    }
    if expires > now + ASSERTION_LIMIT + LEEWAY {
        return Err("exp is more than five minutes ahead".to_owned());
    }
    for name in ["nbf", "iat"] {
        if numeric_date(&claims[name]).is_some_and(|at| at > now + LEEWAY) {
            return Err(format!("{name} lies ahead"));
        }
    }
    Ok(())
}

/// Exchanges a token of the trust's identity provider. The error texts are those of ConductorOne's audit log.
fn token_exchange(tenant: &Tenant, form: &Form, audience: &str) -> Result<Caller, TokenError> {
    let client_id = form.get("client_id")?;
    if client_id != tenant.trust_id() {
        return Err(TokenError::client("trust_not_found"));
    }
    if form.get("subject_token_type")? != JWT_TYPE {
        return Err(TokenError::request(format!("subject_token_type must be `{JWT_TYPE}`")));
    }
    let (key, user_id) =
        tenant.read(|data| (data.credentials.trust_key.clone(), data.credentials.trust_user_id.clone()));
    let claims = key.verify(form.get("subject_token")?).ok_or_else(|| TokenError::request("invalid_jwt_format"))?;
    check_subject(&claims, &tenant.issuer(), audience, tenant.now().unix()).map_err(TokenError::request)?;
    Ok(Caller { user_id, client_id: client_id.to_owned() })
}

fn check_subject(claims: &Value, issuer: &str, audience: &str, now: i64) -> Result<(), &'static str> {
    if claims["iss"] != issuer {
        return Err("issuer_mismatch");
    }
    if !has_audience(&claims["aud"], audience) {
        return Err("audience_mismatch");
    }
    if numeric_date(&claims["exp"]).is_none_or(|expires| expires <= now) {
        return Err("token_expired");
    }
    match numeric_date(&claims["iat"]) {
        Some(issued) if issued < now - SUBJECT_LIMIT => Err("token_too_old"),
        Some(issued) if issued > now + LEEWAY => Err("token_not_yet_valid"),
        _ => Ok(()),
    }
}

/// Returns whether an `aud` claim, a string or a list, contains this audience.
fn has_audience(claim: &Value, audience: &str) -> bool {
    claim == audience || claim.as_array().is_some_and(|items| items.iter().any(|item| item == audience))
}

/// Returns a NumericDate in whole seconds (RFC 7519 section 2).
fn numeric_date(claim: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a saturated date is as far away as the real one")]
    claim.as_i64().or_else(|| claim.as_f64().map(|seconds| seconds as i64))
}

fn server_error(rejection: Rejection) -> TokenError {
    let description = rejection.to_string();
    TokenError { status: StatusCode::INTERNAL_SERVER_ERROR, error: "server_error", description }
}

/// The fields of a form, each at most once (RFC 6749 section 3.2).
struct Form(HashMap<String, String>);

impl Form {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, TokenError> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(TokenError::request("the body must be application/x-www-form-urlencoded"));
        }
        let mut fields = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            if fields.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(TokenError::request(format!("{name} is given twice")));
            }
        }
        Ok(Self(fields))
    }

    fn get(&self, name: &str) -> Result<&str, TokenError> {
        let value = self.0.get(name).filter(|value| !value.is_empty());
        value.map(String::as_str).ok_or_else(|| TokenError::request(format!("{name} is missing")))
    }
}
