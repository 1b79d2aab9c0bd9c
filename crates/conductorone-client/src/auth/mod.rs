//! Getting an access token, keeping it, and getting another in time.

mod assertion;
mod grant;

use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use service_http::DecodeError;
use service_http::header::HeaderValue;

use super::{Config, Credentials, Error};

pub(super) use grant::OPERATION;

/// Lifetime assumed for a token that does not say: short enough to be true, long enough not to mint one per call.
const UNSTATED_LIFETIME: Duration = Duration::from_secs(60);

/// A token is renewed this long before it ends, or at 90 % of its life if that is later.
const RENEW_EARLY: Duration = Duration::from_secs(60);

/// Longest lifetime believed. Real ones are 10 to 60 minutes (ConductorOne documentation).
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// One access token at a time for everyone who shares a client.
pub(super) struct Authenticator {
    config: Config,
    /// Held while a token is minted, so that callers who come meanwhile wait for that one instead of minting more.
    current: Mutex<Option<Minted>>,
}

struct Minted {
    bearer: Bearer,
    /// When to get another; `None` for a token that cannot be renewed.
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
    /// Remembers the credentials and teaches them to the redactor. Sends nothing.
    pub(super) fn new(config: Config, http: &service_http::Client) -> Self {
        let register = |secret: &SecretString| http.redactor().register(secret);
        match &config.credentials {
            Credentials::AccessToken(token) => register(token),
            // Learned as it is read, because it changes.
            Credentials::Federation { .. } => {}
            Credentials::Client { secret, .. } => {
                register(secret);
                // The key alone is as good as the whole.
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

    /// A token that should be good for a while.
    pub(super) async fn bearer(&self, http: &service_http::Client) -> Result<Bearer, Error> {
        let mut current = self.current.lock().await;
        if let Some(minted) = &*current
            && minted.renew_at.is_none_or(|at| http.clock().monotonic() < at)
        {
            return Ok(minted.bearer.clone());
        }
        self.mint(http, &mut current).await
    }

    /// Another token in place of one that the service refused. `None` when there can be no other.
    pub(super) async fn renewed(&self, http: &service_http::Client, refused: &Bearer) -> Result<Option<Bearer>, Error> {
        if matches!(self.config.credentials, Credentials::AccessToken(_)) {
            return Ok(None);
        }
        let mut current = self.current.lock().await;
        // Someone else who was refused may have renewed it already.
        match &*current {
            Some(minted) if minted.bearer.0 != refused.0 => Ok(Some(minted.bearer.clone())),
            _ => self.mint(http, &mut current).await.map(Some),
        }
    }

    async fn mint(&self, http: &service_http::Client, current: &mut Option<Minted>) -> Result<Bearer, Error> {
        *current = None;
        let started = http.clock().monotonic();
        let (token, renew_at) = match &self.config.credentials {
            Credentials::AccessToken(token) => (token.clone(), None),
            _ => {
                let issued = grant::request(http, &self.config).await?;
                http.redactor().register(&issued.token);
                let lifetime = issued.lifetime.unwrap_or(UNSTATED_LIFETIME).min(MAX_LIFETIME);
                let usable = lifetime.saturating_sub(RENEW_EARLY.min(lifetime / 10));
                (issued.token, Some(started + usable))
            }
        };
        let bearer = Bearer::new(&token).ok_or_else(|| Error::Decode {
            operation: OPERATION,
            may_have_taken_effect: false,
            source: DecodeError::at("access_token", "expected characters that an HTTP header can carry"),
        })?;
        *current = Some(Minted { bearer: bearer.clone(), renew_at });
        Ok(bearer)
    }
}
