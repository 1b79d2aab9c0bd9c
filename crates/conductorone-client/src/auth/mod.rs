//! Obtains access tokens, caches them and renews them in time.

mod assertion;
mod grant;
mod token_response;

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use service_http::DecodeError;
use service_http::header::HeaderValue;

use crate::{Config, Credentials, Error};

/// Assumed lifetime of a token without one. Most likely shorter than the real one, but longer than a single call.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(60);

/// A token is renewed this long before it expires, or after 90 % of its lifetime if that is later.
const RENEW_EARLY: Duration = Duration::from_secs(60);

/// Maximum lifetime accepted. Real ones are 10 to 60 minutes (ConductorOne documentation).
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The current access token of a client and its clones.
pub(super) struct Authenticator {
    config: Config,
    /// Locked while a token is requested, so that concurrent callers wait for it instead of requesting more.
    current: Mutex<Option<Current>>,
}

struct Current {
    bearer: Bearer,
    /// `None` for a token that cannot be renewed.
    renew_at: Option<Instant>,
}

/// An `Authorization` header, marked sensitive so that no library logs it.
#[derive(Clone)]
pub(super) struct Bearer(HeaderValue);

impl Bearer {
    fn new(token: &SecretString) -> Option<Self> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).ok()?;
        value.set_sensitive(true);
        Some(Self(value))
    }

    pub(super) fn authorization(&self) -> HeaderValue {
        self.0.clone()
    }
}

impl Authenticator {
    /// Registers the secrets of the credentials with the redactor. Sends nothing.
    pub(super) fn new(config: Config, http: &service_http::Client) -> Self {
        let register = |secret: &SecretString| http.redactor().register(secret);
        match &config.credentials {
            Credentials::AccessToken(token) => register(token),
            // Registered each time it is read, because it is rotated.
            Credentials::Federation { .. } => {}
            Credentials::Client { secret, .. } => {
                register(secret);
                // The key is sufficient without the rest of the secret.
                if let Some((_, key)) = secret.expose_secret().rsplit_once(':') {
                    register(&SecretString::from(key));
                }
            }
        }
        Self { config, current: Mutex::new(None) }
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Returns a valid token, and requests one if necessary.
    pub(super) async fn bearer(&self, http: &service_http::Client) -> Result<Bearer, Error> {
        let mut current = self.current.lock().await;
        if let Some(token) = &*current
            && token.renew_at.is_none_or(|at| http.clock().monotonic() < at)
        {
            return Ok(token.bearer.clone());
        }
        self.request(http, &mut current).await
    }

    /// Returns a new token after the service rejected `rejected`, or `None` if the token cannot be renewed.
    pub(super) async fn renewed(
        &self,
        http: &service_http::Client,
        rejected: &Bearer,
    ) -> Result<Option<Bearer>, Error> {
        if matches!(self.config.credentials, Credentials::AccessToken(_)) {
            return Ok(None);
        }
        let mut current = self.current.lock().await;
        // Another caller may have renewed it already.
        match &*current {
            Some(token) if token.bearer.0 != rejected.0 => Ok(Some(token.bearer.clone())),
            _ => self.request(http, &mut current).await.map(Some),
        }
    }

    async fn request(&self, http: &service_http::Client, current: &mut Option<Current>) -> Result<Bearer, Error> {
        *current = None;
        let started = http.clock().monotonic();
        let (token, renew_at) = match &self.config.credentials {
            Credentials::AccessToken(token) => (token.clone(), None),
            _ => {
                let response = grant::request(http, &self.config).await?;
                http.redactor().register(&response.access_token);
                let lifetime = response.lifetime().unwrap_or(DEFAULT_LIFETIME).min(MAX_LIFETIME);
                let usable = lifetime.saturating_sub(RENEW_EARLY.min(lifetime / 10));
                (response.access_token, Some(started + usable))
            }
        };
        let bearer = Bearer::new(&token).ok_or_else(|| {
            grant::decode_error(DecodeError::at("access_token", "expected characters that are valid in an HTTP header"))
        })?;
        *current = Some(Current { bearer: bearer.clone(), renew_at });
        Ok(bearer)
    }
}
