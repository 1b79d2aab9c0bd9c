//! From what was set to what the client needs, with every problem reported at once.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use service_http::{InvalidOrigin, Origin};

use super::client_secret::{InvalidClientSecret, SigningKey};
use super::environment as env;
use super::{ClientId, InvalidClientId};

/// What was set by argument. An empty or blank text counts as not set.
#[derive(Clone, Default)]
pub struct Settings {
    /// The tenant: its name (`acme`), host (`acme.conductor.one`) or address (`https://acme.conductor.one`).
    pub tenant_domain: Option<String>,
    /// The same; both may be set only when they name the same host.
    pub server_url: Option<String>,
    /// `<id>@<host>/<use>`.
    pub client_id: Option<String>,
    /// `secret-token:conductorone.com:v1:…`.
    pub client_secret: Option<SecretString>,
    /// A JSON Web Token of a trusted identity provider, to be exchanged.
    pub oidc_token: Option<SecretString>,
}

/// Says only what is set: an address may hold a password, and a secret may have been put in the wrong place.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenant_domain, server_url, client_id, client_secret, oidc_token } = self;
        f.debug_struct("Settings")
            .field("tenant_domain", &tenant_domain.is_some())
            .field("server_url", &server_url.is_some())
            .field("client_id", &client_id.is_some())
            .field("client_secret", &client_secret.is_some())
            .field("oidc_token", &oidc_token.is_some())
            .finish()
    }
}

/// Names one of the [`Settings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setting {
    /// [`Settings::tenant_domain`].
    TenantDomain,
    /// [`Settings::server_url`].
    ServerUrl,
    /// [`Settings::client_id`].
    ClientId,
    /// [`Settings::client_secret`].
    ClientSecret,
    /// [`Settings::oidc_token`].
    OidcToken,
    /// The ready access token, which only the environment can give.
    AccessToken,
}

impl Setting {
    /// The argument's name, or the variable's for [`Setting::AccessToken`], which has no argument.
    pub fn name(self) -> &'static str {
        match self {
            Self::TenantDomain => "tenant_domain",
            Self::ServerUrl => "server_url",
            Self::ClientId => "client_id",
            Self::ClientSecret => "client_secret",
            Self::OidcToken => "oidc_token",
            Self::AccessToken => env::CONDUCTORONE_ACCESS_TOKEN,
        }
    }
}

/// Where a setting's value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Given by argument.
    Argument,
    /// Found in the environment variable of this name.
    Environment(&'static str),
    /// Not given at all.
    Nowhere,
}

/// One problem with one setting. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// Which setting is to blame, or is missing.
    pub setting: Setting,
    /// Where its value came from.
    pub source: Source,
    /// What is wrong.
    pub problem: SettingProblem,
}

/// What can be wrong with a setting. Each message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingProblem {
    /// No credentials at all.
    #[error(
        "no ConductorOne credentials are set: set client_id and client_secret (or {} and {}), or client_id and \
         oidc_token for workload federation",
        env::CONDUCTORONE_CLIENT_ID,
        env::CONDUCTORONE_CLIENT_SECRET
    )]
    NoCredentials,
    /// A client secret or OIDC token without the ID it belongs to.
    #[error("is not set: {} needs it; set it here or in {}", for_setting.name(), env::CONDUCTORONE_CLIENT_ID)]
    ClientIdMissing {
        /// What needs it.
        for_setting: Setting,
    },
    /// A client ID without anything that proves it.
    #[error(
        "is not set: client_id needs it; set it here or in {}, or use workload federation by setting oidc_token",
        env::CONDUCTORONE_CLIENT_SECRET
    )]
    ClientSecretMissing,
    /// An access token, which does not say whose it is. Guessing could send it to a stranger.
    #[error(
        "is not set: {} does not say which tenant it is for; set tenant_domain, here or in {}",
        env::CONDUCTORONE_ACCESS_TOKEN,
        env::CONDUCTORONE_TENANT_DOMAIN
    )]
    TenantMissing,
    /// The tenant's address cannot be used.
    #[error("{0}")]
    Address(#[source] InvalidOrigin),
    /// A path in the tenant's address, which the API does not have.
    #[error(
        "has a path after the host; ConductorOne's API is always at the root of the tenant's host, so write {suggestion}"
    )]
    Path {
        /// The same without the path.
        suggestion: String,
    },
    /// Two settings that name two places.
    #[error("names {this}, but {setting} names {tenant_domain}; remove one of the two, or make them agree")]
    Conflict {
        /// What `server_url` names.
        this: String,
        /// What the tenant's domain was set by: the argument, or the variable.
        setting: &'static str,
        /// What `tenant_domain` names.
        tenant_domain: String,
    },
    /// See [`InvalidClientId`].
    #[error("{0}")]
    ClientId(#[source] InvalidClientId),
    /// See [`InvalidClientSecret`].
    #[error("{0}")]
    ClientSecret(#[source] InvalidClientSecret),
    /// A token that no HTTP header can carry.
    #[error("contains a character other than printable ASCII, such as a line end; copy it again")]
    UnusableCharacter,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.problem == SettingProblem::NoCredentials {
            return self.problem.fmt(f);
        }
        match self.source {
            Source::Environment(variable) => write!(f, "{variable} {}", self.problem),
            Source::Argument | Source::Nowhere => write!(f, "{} {}", self.setting.name(), self.problem),
        }
    }
}

impl std::error::Error for SettingError {}

/// Where the tenant is and how to prove who we are. Made by [`Settings::resolve`].
#[derive(Clone, Debug)]
pub struct Config {
    /// The tenant's host.
    pub origin: Origin,
    /// The one way to authenticate that counts.
    pub credentials: Credentials,
}

/// One way to authenticate.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// A ready access token, which cannot be renewed.
    AccessToken(SecretString),
    /// Workload federation: an OIDC token is exchanged.
    Federation {
        /// The trust's client ID.
        client_id: ClientId,
        /// Where to read the OIDC token.
        token: OidcToken,
    },
    /// Client credentials: an assertion is signed.
    Client {
        /// The client ID.
        client_id: ClientId,
        /// The key inside the client secret.
        key: SigningKey,
        /// The secret as given, only so that it can be removed from messages.
        secret: SecretString,
    },
}

/// Reads an OIDC token anew each time one is needed, because identity providers rotate them.
#[derive(Clone)]
pub struct OidcToken(Arc<dyn Fn() -> Option<SecretString> + Send + Sync>);

impl OidcToken {
    /// A token that `read` gives; `None` when there is none any more.
    pub fn new(read: impl Fn() -> Option<SecretString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The token as it is now.
    pub fn read(&self) -> Option<SecretString> {
        self.0().filter(|token| !token.expose_secret().is_empty())
    }
}

impl fmt::Debug for OidcToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OidcToken")
    }
}

/// A value and where it came from.
#[derive(Clone)]
struct Found<T> {
    value: T,
    source: Source,
}

impl Settings {
    /// Lays the arguments over the environment, chooses the way to authenticate and checks everything it needs.
    ///
    /// An argument beats its variable. The ways, first match wins: an access token from the environment, an OIDC
    /// token, client ID and secret. `lookup` reads an environment variable; it is kept when the OIDC token comes
    /// from one.
    ///
    /// # Errors
    /// Every problem found, not only the first.
    pub fn resolve(
        self,
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Result<Config, Vec<SettingError>> {
        let mut errors = Vec::new();
        let text = |argument: Option<String>, variable| {
            let argument =
                argument.and_then(|value| set(&value)).map(|value| Found { value, source: Source::Argument });
            argument.or_else(|| from_environment(&lookup, variable))
        };
        let tenant_domain = text(self.tenant_domain, env::CONDUCTORONE_TENANT_DOMAIN);
        let server_url = text(self.server_url, env::CONDUCTORONE_SERVER_URL);
        let client_id_text = text(self.client_id, env::CONDUCTORONE_CLIENT_ID);
        let client_secret = secret(self.client_secret)
            .or_else(|| from_environment(&lookup, env::CONDUCTORONE_CLIENT_SECRET).map(hidden));
        let oidc_token = secret(self.oidc_token)
            .or_else(|| env::OIDC_TOKENS.iter().find_map(|variable| from_environment(&lookup, variable)).map(hidden));
        let access_token = from_environment(&lookup, env::CONDUCTORONE_ACCESS_TOKEN).map(hidden);

        let client_id = client_id_text.as_ref().and_then(|found| {
            found
                .value
                .parse::<ClientId>()
                .map_err(|problem| errors.push(at(Setting::ClientId, found.source, SettingProblem::ClientId(problem))))
                .ok()
        });
        let origin = location(tenant_domain.as_ref(), server_url.as_ref(), client_id.as_ref(), &mut errors);
        let mut missing = |setting, problem| errors.push(at(setting, Source::Nowhere, problem));

        let credentials = if let Some(token) = access_token {
            if tenant_domain.is_none() && server_url.is_none() && client_id_text.is_none() {
                missing(Setting::TenantDomain, SettingProblem::TenantMissing);
            }
            if !sendable(&token.value) {
                errors.push(at(Setting::AccessToken, token.source, SettingProblem::UnusableCharacter));
            }
            Some(Credentials::AccessToken(token.value))
        } else if let Some(token) = oidc_token {
            if client_id_text.is_none() {
                missing(Setting::ClientId, SettingProblem::ClientIdMissing { for_setting: Setting::OidcToken });
            }
            if !sendable(&token.value) {
                errors.push(at(Setting::OidcToken, token.source, SettingProblem::UnusableCharacter));
            }
            let token = match token.source {
                Source::Environment(variable) => {
                    OidcToken::new(move || from_environment(&lookup, variable).map(|found| hidden(found).value))
                }
                Source::Argument | Source::Nowhere => OidcToken::new(move || Some(token.value.clone())),
            };
            client_id.map(|client_id| Credentials::Federation { client_id, token })
        } else if let Some(secret) = client_secret {
            if client_id_text.is_none() {
                missing(Setting::ClientId, SettingProblem::ClientIdMissing { for_setting: Setting::ClientSecret });
            }
            let key = SigningKey::from_client_secret(&secret.value)
                .map_err(|p| errors.push(at(Setting::ClientSecret, secret.source, SettingProblem::ClientSecret(p))))
                .ok();
            client_id.zip(key).map(|(client_id, key)| Credentials::Client { client_id, key, secret: secret.value })
        } else if client_id_text.is_some() {
            missing(Setting::ClientSecret, SettingProblem::ClientSecretMissing);
            None
        } else {
            missing(Setting::ClientId, SettingProblem::NoCredentials);
            None
        };

        match (origin, credentials) {
            (Some(origin), Some(credentials)) if errors.is_empty() => Ok(Config { origin, credentials }),
            _ => Err(errors),
        }
    }
}

fn at(setting: Setting, source: Source, problem: SettingProblem) -> SettingError {
    SettingError { setting, source, problem }
}

/// A value that counts as set, without the blanks and line ends that files leave around it.
fn set(value: &str) -> Option<String> {
    Some(value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
}

fn from_environment(lookup: &impl Fn(&str) -> Option<String>, variable: &'static str) -> Option<Found<String>> {
    let value = set(&lookup(variable)?)?;
    Some(Found { value, source: Source::Environment(variable) })
}

fn hidden(found: Found<String>) -> Found<SecretString> {
    Found { value: SecretString::from(found.value), source: found.source }
}

fn secret(argument: Option<SecretString>) -> Option<Found<SecretString>> {
    let value = set(argument?.expose_secret())?;
    Some(Found { value: SecretString::from(value), source: Source::Argument })
}

fn sendable(token: &SecretString) -> bool {
    token.expose_secret().bytes().all(|b| b.is_ascii_graphic())
}

/// The tenant's host: `tenant_domain` and `server_url` where set, else the client ID's.
fn location(
    tenant_domain: Option<&Found<String>>,
    server_url: Option<&Found<String>>,
    client_id: Option<&ClientId>,
    errors: &mut Vec<SettingError>,
) -> Option<Origin> {
    let mut read = |setting, found: &Found<String>| {
        address(&found.value, client_id).map_err(|problem| errors.push(at(setting, found.source, problem))).ok()
    };
    // The outer option: whether it was set. The inner: whether it could be read.
    let tenant = tenant_domain.map(|found| read(Setting::TenantDomain, found));
    let server = server_url.map(|found| read(Setting::ServerUrl, found));
    match (tenant, server) {
        (None, None) => client_id.map(|id| id.origin().clone()),
        (Some(origin), None) | (None, Some(origin)) => origin,
        (Some(tenant), Some(server)) => {
            let (tenant, server) = (tenant?, server?);
            // A bare host leaves scheme and port to the address; anything more must agree.
            let says_only_host =
                tenant_domain.is_some_and(|found| !found.value.contains("://")) && tenant.port().is_none();
            if tenant.host() == server.host() && (says_only_host || tenant == server) {
                return Some(server);
            }
            let source = server_url.map_or(Source::Nowhere, |found| found.source);
            let setting = match tenant_domain.map(|found| found.source) {
                Some(Source::Environment(variable)) => variable,
                _ => Setting::TenantDomain.name(),
            };
            let (this, tenant_domain) = (server.to_string(), tenant.to_string());
            errors.push(at(Setting::ServerUrl, source, SettingProblem::Conflict { this, setting, tenant_domain }));
            None
        }
    }
}

/// Reads a tenant's name, host or address.
///
/// A bare name is the first label of a host: of the client ID's host if it starts with that label (a tenant in the
/// EU lives under `c1eu.ai`), else under `conductor.one`. Sources: ConductorOne documentation; the server template of
/// ConductorOne's OpenAPI document.
fn address(text: &str, client_id: Option<&ClientId>) -> Result<Origin, SettingProblem> {
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let origin = whole.parse::<Origin>().map_err(|problem| match problem {
        InvalidOrigin::HasPath => {
            let after_scheme = whole.find("://").map_or(0, |at| at + 3);
            let host_end = whole[after_scheme..].find('/').map_or(whole.len(), |at| after_scheme + at);
            SettingProblem::Path { suggestion: whole[..host_end].to_owned() }
        }
        other => SettingProblem::Address(other),
    })?;
    if text.contains("://") || origin.host().contains(['.', ':']) || origin.is_loopback() {
        return Ok(origin);
    }
    let name = origin.host();
    let own = client_id.map(ClientId::origin).filter(|own| own.host().split('.').next() == Some(name));
    let host = own.map_or_else(|| format!("{name}.conductor.one"), |own| own.host().to_owned());
    let port = origin.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("https://{host}{port}").parse().map_err(SettingProblem::Address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::client_secret;

    /// What is set, by name.
    type Rows = &'static [(&'static str, &'static str)];

    const CLIENT_ID: &str = "fox@acme.c1eu.ai/spc";

    /// Settings and environment as one table: names in capitals are variables. `SECRET` stands for a good secret.
    fn resolve(rows: &[(&'static str, &str)]) -> Result<Config, Vec<String>> {
        let good = client_secret(7, None).expose_secret().to_owned();
        let rows: Vec<(&str, String)> =
            rows.iter().map(|(name, value)| (*name, value.replace("SECRET", &good))).collect();
        let argument = |name| rows.iter().find(|(row, _)| *row == name).map(|(_, value)| value.clone());
        let settings = Settings {
            tenant_domain: argument("tenant_domain"),
            server_url: argument("server_url"),
            client_id: argument("client_id"),
            client_secret: argument("client_secret").map(SecretString::from),
            oidc_token: argument("oidc_token").map(SecretString::from),
        };
        assert!(!format!("{settings:?}").contains("canary"));
        let environment = rows.clone();
        let lookup = move |name: &str| environment.iter().find(|(row, _)| *row == name).map(|(_, value)| value.clone());
        let resolved = settings.resolve(lookup);
        let shown = format!("{resolved:?}");
        assert!(!shown.contains("canary") && !shown.contains(&good[40..]), "{shown}");
        resolved.map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    fn origin(rows: &[(&'static str, &str)]) -> String {
        resolve(rows).unwrap_or_else(|errors| panic!("{rows:?}: {errors:?}")).origin.to_string()
    }

    #[test]
    fn the_tenant_is_found_from_whatever_names_it() {
        let with = |rows: &[(&'static str, &str)]| {
            origin(&[rows, &[("client_id", CLIENT_ID), ("client_secret", "SECRET")]].concat())
        };
        for (rows, expected) in [
            (&[][..], "https://acme.c1eu.ai"),
            (&[("tenant_domain", "acme")], "https://acme.c1eu.ai"),
            (&[("tenant_domain", "other")], "https://other.conductor.one"),
            (&[("server_url", "other")], "https://other.conductor.one"),
            (&[("tenant_domain", "Other.Conductor.One")], "https://other.conductor.one"),
            (&[("tenant_domain", " other.conductor.one\n")], "https://other.conductor.one"),
            (&[("tenant_domain", "https://other.conductor.one/")], "https://other.conductor.one"),
            (&[("server_url", "http://127.0.0.1:8080")], "http://127.0.0.1:8080"),
            (&[("tenant_domain", "localhost:18443")], "https://localhost:18443"),
            (&[("tenant_domain", ""), ("CONDUCTORONE_TENANT_DOMAIN", "other")], "https://other.conductor.one"),
            (&[("tenant_domain", "one"), ("CONDUCTORONE_TENANT_DOMAIN", "two")], "https://one.conductor.one"),
            (&[("CONDUCTORONE_SERVER_URL", "https://x.example:8443")], "https://x.example:8443"),
            (&[("tenant_domain", "x.example"), ("server_url", "https://X.example:8443")], "https://x.example:8443"),
            (&[("tenant_domain", "acme"), ("server_url", "https://acme.c1eu.ai")], "https://acme.c1eu.ai"),
        ] {
            assert_eq!(with(rows), expected, "{rows:?}");
        }
    }

    #[test]
    fn the_first_way_to_authenticate_wins_and_arguments_beat_variables() {
        let way = |rows: &[(&'static str, &str)]| match resolve(rows).unwrap().credentials {
            Credentials::AccessToken(token) => format!("access token {}", token.expose_secret()),
            Credentials::Federation { client_id, token } => {
                format!("{client_id} with {}", token.read().unwrap().expose_secret())
            }
            Credentials::Client { client_id, .. } => format!("{client_id} with a secret"),
        };
        let client = [("client_id", CLIENT_ID), ("client_secret", "SECRET")];
        let with = |rows: &[(&'static str, &str)]| way(&[&client, rows].concat());
        assert_eq!(with(&[]), "fox@acme.c1eu.ai/spc with a secret");
        assert_eq!(
            with(&[("CONDUCTORONE_CLIENT_ID", "dog@b.conductor.one/spc")]),
            "fox@acme.c1eu.ai/spc with a secret"
        );
        assert_eq!(
            with(&[("oidc_token", "canary-a"), ("CONDUCTORONE_OIDC_TOKEN", "canary-b")]),
            "fox@acme.c1eu.ai/spc with canary-a"
        );
        let oidc = [
            ("CONDUCTORONE_OIDC_TOKEN", "canary-1"),
            ("TFC_WORKLOAD_IDENTITY_TOKEN_CONDUCTORONE", "canary-2"),
            ("TFC_WORKLOAD_IDENTITY_TOKEN_C1", "canary-3"),
            ("TFC_WORKLOAD_IDENTITY_TOKEN", "canary-4"),
        ];
        for (from, (_, token)) in oidc.iter().enumerate() {
            assert_eq!(with(&oidc[from..]), format!("fox@acme.c1eu.ai/spc with {token}"));
        }
        assert_eq!(with(&[&oidc[..], &[("CONDUCTORONE_ACCESS_TOKEN", "canary-t")]].concat()), "access token canary-t");
        let environment = [("CONDUCTORONE_CLIENT_ID", CLIENT_ID), ("CONDUCTORONE_CLIENT_SECRET", "SECRET")];
        assert_eq!(way(&environment), "fox@acme.c1eu.ai/spc with a secret");
    }

    #[test]
    fn every_problem_is_reported_with_what_to_do() {
        let rows: &[(Rows, &[&str])] = &[
            (&[], &["no ConductorOne credentials are set: set client_id and client_secret"]),
            (&[("client_id", CLIENT_ID)], &["client_secret is not set: client_id needs it"]),
            (
                &[("tenant_domain", "acme"), ("client_secret", "SECRET")],
                &["client_id is not set: client_secret needs it"],
            ),
            (&[("tenant_domain", "acme"), ("oidc_token", "canary")], &["client_id is not set: oidc_token needs it"]),
            (
                &[("CONDUCTORONE_ACCESS_TOKEN", "canary-t")],
                &["tenant_domain is not set: CONDUCTORONE_ACCESS_TOKEN does not say"],
            ),
            (
                &[("CONDUCTORONE_ACCESS_TOKEN", "canary t"), ("tenant_domain", "acme")],
                &["CONDUCTORONE_ACCESS_TOKEN contains a character other than printable ASCII"],
            ),
            (
                &[
                    ("client_id", "fox"),
                    ("CONDUCTORONE_CLIENT_SECRET", "canary"),
                    ("server_url", "https://acme.conductor.one/Prefix"),
                ],
                &[
                    "client_id is not of the form <id>@<host>/<use>",
                    "server_url has a path after the host; ConductorOne's API is always at the root of the tenant's host, so write https://acme.conductor.one",
                    "CONDUCTORONE_CLIENT_SECRET does not look whole",
                ],
            ),
            (
                &[
                    ("client_id", CLIENT_ID),
                    ("client_secret", "SECRET"),
                    ("tenant_domain", "acme"),
                    ("server_url", "https://other.conductor.one"),
                ],
                &[
                    "server_url names https://other.conductor.one, but tenant_domain names https://acme.c1eu.ai; remove one",
                ],
            ),
            (
                &[
                    ("client_id", CLIENT_ID),
                    ("client_secret", "SECRET"),
                    ("CONDUCTORONE_TENANT_DOMAIN", "acme"),
                    ("server_url", "https://other.conductor.one"),
                ],
                &[
                    "server_url names https://other.conductor.one, but CONDUCTORONE_TENANT_DOMAIN names https://acme.c1eu.ai",
                ],
            ),
            (
                &[
                    ("client_id", CLIENT_ID),
                    ("client_secret", "SECRET"),
                    ("CONDUCTORONE_TENANT_DOMAIN", "http://acme.conductor.one"),
                ],
                &["CONDUCTORONE_TENANT_DOMAIN uses http, which is accepted for a loopback host only; write https"],
            ),
            (
                &[
                    ("client_id", CLIENT_ID),
                    ("client_secret", "SECRET"),
                    ("tenant_domain", "https://u:canary@acme.conductor.one"),
                ],
                &["tenant_domain contains a user name or password"],
            ),
            (
                &[
                    ("client_id", CLIENT_ID),
                    ("client_secret", "SECRET"),
                    ("tenant_domain", "https://a:1"),
                    ("server_url", "https://a:2"),
                ],
                &["server_url names https://a:2, but tenant_domain names https://a:1"],
            ),
        ];
        for (set, expected) in rows {
            let errors = resolve(set).unwrap_err();
            assert_eq!(errors.len(), expected.len(), "{set:?}: {errors:?}");
            for (error, expected) in errors.iter().zip(*expected) {
                assert!(error.starts_with(expected), "{set:?}: {error}");
            }
        }
    }

    #[test]
    fn a_rotated_oidc_token_is_read_anew() {
        let token = Arc::new(std::sync::Mutex::new(Some("canary-1".to_owned())));
        let current = Arc::clone(&token);
        let lookup = move |name: &str| match name {
            env::CONDUCTORONE_CLIENT_ID => Some(CLIENT_ID.to_owned()),
            env::CONDUCTORONE_OIDC_TOKEN => current.lock().unwrap().clone(),
            _ => None,
        };
        let Credentials::Federation { token: oidc, .. } = Settings::default().resolve(lookup).unwrap().credentials
        else {
            panic!("federation was set");
        };
        let read = || oidc.read().map(|token| token.expose_secret().to_owned());
        assert_eq!(read().as_deref(), Some("canary-1"));
        *token.lock().unwrap() = Some("canary-2".to_owned());
        assert_eq!(read().as_deref(), Some("canary-2"));
        *token.lock().unwrap() = None;
        assert_eq!(read(), None);
    }

    #[test]
    fn a_refusal_always_has_a_reason() {
        let choices: [(&'static str, &[&str]); 5] = [
            ("tenant_domain", &["", "acme", "https://acme.c1eu.ai:1", "a b"]),
            ("CONDUCTORONE_SERVER_URL", &["", "http://127.0.0.1:1", "https://acme.c1eu.ai", "http://x.example"]),
            ("client_id", &["", CLIENT_ID, "fox"]),
            ("client_secret", &["", "SECRET", "canary"]),
            ("CONDUCTORONE_ACCESS_TOKEN", &["", "canary-t"]),
        ];
        let count: usize = choices.iter().map(|(_, values)| values.len()).product();
        for mut number in 0..count {
            let rows = choices.map(|(name, values)| {
                let value = values[number % values.len()];
                number /= values.len();
                (name, value)
            });
            if let Err(errors) = resolve(&rows) {
                assert!(!errors.is_empty(), "{rows:?}");
            }
        }
    }
}
