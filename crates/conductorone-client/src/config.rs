//! Resolves settings to a configuration, and reports all problems at once.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use service_http::{InvalidOrigin, Origin};

use crate::client_secret::{InvalidClientSecret, SigningKey};
use crate::environment as env;
use crate::{ClientId, InvalidClientId};

/// The arguments of the provider block. Empty and blank values count as unset.
#[derive(Clone, Default)]
pub struct Settings {
    /// The tenant: its name (`acme`), host (`acme.conductor.one`) or address (`https://acme.conductor.one`).
    pub tenant_domain: Option<String>,
    /// The tenant, as in `tenant_domain`. If both are set, their hosts must be equal.
    pub server_url: Option<String>,
    /// `<id>@<host>/<use>`.
    pub client_id: Option<String>,
    /// `secret-token:conductorone.com:v1:…`.
    pub client_secret: Option<SecretString>,
    /// A JSON Web Token of a trusted identity provider, to exchange for an access token.
    pub oidc_token: Option<SecretString>,
}

/// Shows only which settings are set: an address may contain a password, and a secret may be in the wrong setting.
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

/// The name of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Setting {
    TenantDomain,
    ServerUrl,
    ClientId,
    ClientSecret,
    OidcToken,
    /// Can only be set in the environment.
    AccessToken,
}

impl Setting {
    /// Returns the name of the argument, or of the variable for [`Setting::AccessToken`], which has no argument.
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

/// The source of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Argument,
    /// The environment variable with this name.
    Environment(&'static str),
    Unset,
}

/// A problem with a setting. Never contains a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingError {
    /// The setting that is invalid or missing.
    pub setting: Setting,
    pub source: Source,
    pub problem: SettingProblem,
}

/// The problems that a setting can have. Each message contains the next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingProblem {
    #[error(
        "no ConductorOne credentials are set: set client_id and client_secret (or {} and {}), or client_id and \
         oidc_token for workload federation",
        env::CONDUCTORONE_CLIENT_ID,
        env::CONDUCTORONE_CLIENT_SECRET
    )]
    NoCredentials,
    /// A client secret or OIDC token without a client ID.
    #[error("is not set, but {} requires it; set it here or in {}", for_setting.name(), env::CONDUCTORONE_CLIENT_ID)]
    ClientIdMissing { for_setting: Setting },
    /// A client ID without a client secret or OIDC token.
    #[error(
        "is not set, but client_id requires it; set it here or in {}, or use workload federation by setting oidc_token",
        env::CONDUCTORONE_CLIENT_SECRET
    )]
    ClientSecretMissing,
    /// An access token without a tenant. A guess could send it to another tenant.
    #[error(
        "is not set, and {} does not contain the tenant; set tenant_domain here or in {}",
        env::CONDUCTORONE_ACCESS_TOKEN,
        env::CONDUCTORONE_TENANT_DOMAIN
    )]
    TenantMissing,
    #[error("{0}")]
    Address(#[source] InvalidOrigin),
    #[error(
        "has a path after the host; ConductorOne's API is always at the root of the tenant's host; use {suggestion}"
    )]
    Path {
        /// The address without the path.
        suggestion: String,
    },
    /// Two settings with different addresses.
    #[error("is {this}, but {setting} is {tenant_domain}; remove one of them, or set both to the same address")]
    Conflict {
        /// The address of `server_url`.
        this: String,
        /// The argument or variable that set the tenant domain.
        setting: &'static str,
        /// The address of `tenant_domain`.
        tenant_domain: String,
    },
    #[error("{0}")]
    ClientId(#[source] InvalidClientId),
    #[error("{0}")]
    ClientSecret(#[source] InvalidClientSecret),
    /// A token with characters that are not valid in an HTTP header.
    #[error("contains a character other than printable ASCII, such as a line end; copy it again")]
    InvalidCharacter,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.problem == SettingProblem::NoCredentials {
            return self.problem.fmt(f);
        }
        match self.source {
            Source::Environment(variable) => write!(f, "{variable} {}", self.problem),
            Source::Argument | Source::Unset => write!(f, "{} {}", self.setting.name(), self.problem),
        }
    }
}

impl std::error::Error for SettingError {}

/// The tenant and the credentials, created by [`Settings::resolve`].
#[derive(Clone, Debug)]
pub struct Config {
    pub origin: Origin,
    pub credentials: Credentials,
}

/// Credentials of a tenant.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// An access token, which cannot be renewed.
    AccessToken(SecretString),
    /// Workload federation: an OIDC token is exchanged for an access token.
    Federation {
        /// The client ID of the trust.
        client_id: ClientId,
        token: OidcToken,
    },
    /// Client credentials: a signed assertion is exchanged for an access token.
    Client {
        client_id: ClientId,
        /// The key of the client secret.
        key: SigningKey,
        /// The client secret, only for redaction.
        secret: SecretString,
    },
}

/// A source of OIDC tokens. It is read for each token request, because identity providers rotate OIDC tokens.
#[derive(Clone)]
pub struct OidcToken(Arc<dyn Fn() -> Option<SecretString> + Send + Sync>);

impl OidcToken {
    /// Creates a source from a function, which returns `None` if no token is available.
    pub fn new(read: impl Fn() -> Option<SecretString> + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// Returns the current token.
    pub fn read(&self) -> Option<SecretString> {
        self.0().filter(|token| !token.expose_secret().is_empty())
    }
}

impl fmt::Debug for OidcToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OidcToken")
    }
}

/// A value with its source.
#[derive(Clone)]
struct Sourced<T> {
    value: T,
    source: Source,
}

impl<T> Sourced<T> {
    fn error(&self, setting: Setting, problem: SettingProblem) -> SettingError {
        SettingError { setting, source: self.source, problem }
    }
}

impl Sourced<String> {
    fn into_secret(self) -> Sourced<SecretString> {
        Sourced { value: SecretString::from(self.value), source: self.source }
    }
}

impl Settings {
    /// Merges the arguments with the environment, selects the credentials and validates all values that they need.
    ///
    /// Arguments take precedence over their variables. Of the credentials, the first that is set is used: an access
    /// token from the environment, an OIDC token, client ID and secret. `lookup` returns the value of an environment
    /// variable. It is kept if the OIDC token comes from a variable.
    ///
    /// # Errors
    /// All problems, not only the first.
    pub fn resolve(
        self,
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Result<Config, Vec<SettingError>> {
        let mut errors = Vec::new();
        let values = Values::read(self, &lookup);
        let client_id = values.client_id.as_ref().and_then(|client_id| {
            let parsed = client_id.value.parse::<ClientId>();
            let problem = |problem| client_id.error(Setting::ClientId, SettingProblem::ClientId(problem));
            parsed.map_err(|error| errors.push(problem(error))).ok()
        });
        let origin = values.origin(client_id.as_ref(), &mut errors);
        let credentials = values.credentials(client_id, lookup, &mut errors);
        match (origin, credentials) {
            (Some(origin), Some(credentials)) if errors.is_empty() => Ok(Config { origin, credentials }),
            _ => Err(errors),
        }
    }
}

/// The values of all settings, from arguments and environment.
struct Values {
    tenant_domain: Option<Sourced<String>>,
    server_url: Option<Sourced<String>>,
    client_id: Option<Sourced<String>>,
    client_secret: Option<Sourced<SecretString>>,
    oidc_token: Option<Sourced<SecretString>>,
    access_token: Option<Sourced<SecretString>>,
}

impl Values {
    fn read(settings: Settings, lookup: &impl Fn(&str) -> Option<String>) -> Self {
        let argument = |value: &str| trimmed(value).map(|value| Sourced { value, source: Source::Argument });
        let variable = |name| from_environment(lookup, name);
        let text = |value: Option<String>, name| value.and_then(|value| argument(&value)).or_else(|| variable(name));
        let secret = |value: Option<SecretString>, names: &[&'static str]| {
            let argument = value.and_then(|value| argument(value.expose_secret()));
            argument.or_else(|| names.iter().find_map(|name| variable(name))).map(Sourced::into_secret)
        };
        Self {
            tenant_domain: text(settings.tenant_domain, env::CONDUCTORONE_TENANT_DOMAIN),
            server_url: text(settings.server_url, env::CONDUCTORONE_SERVER_URL),
            client_id: text(settings.client_id, env::CONDUCTORONE_CLIENT_ID),
            client_secret: secret(settings.client_secret, &[env::CONDUCTORONE_CLIENT_SECRET]),
            oidc_token: secret(settings.oidc_token, &env::OIDC_TOKENS),
            access_token: secret(None, &[env::CONDUCTORONE_ACCESS_TOKEN]),
        }
    }

    /// Returns the first credentials that are set, or `None` if they are not valid.
    fn credentials(
        self,
        client_id: Option<ClientId>,
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
        errors: &mut Vec<SettingError>,
    ) -> Option<Credentials> {
        let is_client_id_set = self.client_id.is_some();
        let mut missing = |setting, problem| errors.push(SettingError { setting, source: Source::Unset, problem });
        let mut require_client_id = |for_setting| {
            if !is_client_id_set {
                missing(Setting::ClientId, SettingProblem::ClientIdMissing { for_setting });
            }
        };
        if let Some(token) = self.access_token {
            if self.tenant_domain.is_none() && self.server_url.is_none() && !is_client_id_set {
                missing(Setting::TenantDomain, SettingProblem::TenantMissing);
            }
            errors.extend(invalid_characters(Setting::AccessToken, &token));
            Some(Credentials::AccessToken(token.value))
        } else if let Some(token) = self.oidc_token {
            require_client_id(Setting::OidcToken);
            errors.extend(invalid_characters(Setting::OidcToken, &token));
            let token = oidc_token(token, lookup);
            client_id.map(|client_id| Credentials::Federation { client_id, token })
        } else if let Some(secret) = self.client_secret {
            require_client_id(Setting::ClientSecret);
            let key = SigningKey::from_client_secret(&secret.value);
            let problem = |problem| secret.error(Setting::ClientSecret, SettingProblem::ClientSecret(problem));
            let key = key.map_err(|error| errors.push(problem(error))).ok();
            client_id.zip(key).map(|(client_id, key)| Credentials::Client { client_id, key, secret: secret.value })
        } else {
            match is_client_id_set {
                true => missing(Setting::ClientSecret, SettingProblem::ClientSecretMissing),
                false => missing(Setting::ClientId, SettingProblem::NoCredentials),
            }
            None
        }
    }

    /// Returns the origin of the tenant: of `tenant_domain` and `server_url` if set, otherwise of the client ID.
    fn origin(&self, client_id: Option<&ClientId>, errors: &mut Vec<SettingError>) -> Option<Origin> {
        let mut parse = |setting, sourced: &Sourced<String>| {
            address(&sourced.value, client_id).map_err(|problem| errors.push(sourced.error(setting, problem))).ok()
        };
        let (Some(tenant_domain), Some(server_url)) = (&self.tenant_domain, &self.server_url) else {
            return match (&self.tenant_domain, &self.server_url) {
                (Some(tenant_domain), _) => parse(Setting::TenantDomain, tenant_domain),
                (None, Some(server_url)) => parse(Setting::ServerUrl, server_url),
                (None, None) => client_id.map(|id| id.origin().clone()),
            };
        };
        let (tenant, server) = (parse(Setting::TenantDomain, tenant_domain), parse(Setting::ServerUrl, server_url));
        let (tenant, server) = (tenant?, server?);
        // A host without scheme and port does not contradict those of the address.
        let is_host_only = !tenant_domain.value.contains("://") && tenant.port().is_none();
        if tenant.host() == server.host() && (is_host_only || tenant == server) {
            return Some(server);
        }
        let setting = match tenant_domain.source {
            Source::Environment(variable) => variable,
            Source::Argument | Source::Unset => Setting::TenantDomain.name(),
        };
        let (this, tenant_domain) = (server.to_string(), tenant.to_string());
        let problem = SettingProblem::Conflict { this, setting, tenant_domain };
        errors.push(server_url.error(Setting::ServerUrl, problem));
        None
    }
}

/// Returns a value without surrounding white space, such as the line end of a file. `None` if nothing is left.
fn trimmed(value: &str) -> Option<String> {
    Some(value.trim()).filter(|value| !value.is_empty()).map(str::to_owned)
}

fn from_environment(lookup: &impl Fn(&str) -> Option<String>, variable: &'static str) -> Option<Sourced<String>> {
    let value = trimmed(&lookup(variable)?)?;
    Some(Sourced { value, source: Source::Environment(variable) })
}

fn invalid_characters(setting: Setting, token: &Sourced<SecretString>) -> Option<SettingError> {
    let is_valid = token.value.expose_secret().bytes().all(|b| b.is_ascii_graphic());
    (!is_valid).then(|| token.error(setting, SettingProblem::InvalidCharacter))
}

/// Returns a token that is read again from the environment if it comes from there.
fn oidc_token(
    token: Sourced<SecretString>,
    lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
) -> OidcToken {
    match token.source {
        Source::Environment(variable) => {
            OidcToken::new(move || from_environment(&lookup, variable).map(|token| token.into_secret().value))
        }
        Source::Argument | Source::Unset => OidcToken::new(move || Some(token.value.clone())),
    }
}

/// Parses a tenant's name, host or address.
///
/// A name is the first label of a host: of the client ID's host if that starts with this label (hosts in the EU end in
/// `c1eu.ai`), otherwise of one under `conductor.one`. Sources: ConductorOne documentation; the server template of
/// ConductorOne's OpenAPI document.
fn address(text: &str, client_id: Option<&ClientId>) -> Result<Origin, SettingProblem> {
    let complete = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let origin = complete.parse::<Origin>().map_err(|problem| match problem {
        InvalidOrigin::HasPath => {
            let after_scheme = complete.find("://").map_or(0, |at| at + 3);
            let host_end = complete[after_scheme..].find('/').map_or(complete.len(), |at| after_scheme + at);
            SettingProblem::Path { suggestion: complete[..host_end].to_owned() }
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

    /// Names and values of settings.
    type Rows = &'static [(&'static str, &'static str)];

    const CLIENT_ID: &str = "fox@acme.c1eu.ai/spc";

    /// Resolves settings and environment from one table. Names in capitals are variables. `SECRET` is replaced by a
    /// valid secret.
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
    fn the_tenant_comes_from_domain_url_or_client_id() {
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
    fn the_first_credentials_are_used_and_arguments_take_precedence() {
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
    fn all_problems_are_reported_with_the_next_step() {
        let rows: &[(Rows, &[&str])] = &[
            (&[], &["no ConductorOne credentials are set: set client_id and client_secret"]),
            (&[("client_id", CLIENT_ID)], &["client_secret is not set, but client_id requires it"]),
            (
                &[("tenant_domain", "acme"), ("client_secret", "SECRET")],
                &["client_id is not set, but client_secret requires it"],
            ),
            (
                &[("tenant_domain", "acme"), ("oidc_token", "canary")],
                &["client_id is not set, but oidc_token requires it"],
            ),
            (
                &[("CONDUCTORONE_ACCESS_TOKEN", "canary-t")],
                &["tenant_domain is not set, and CONDUCTORONE_ACCESS_TOKEN does not contain the tenant"],
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
                    "server_url has a path after the host; ConductorOne's API is always at the root of the tenant's host; use https://acme.conductor.one",
                    "CONDUCTORONE_CLIENT_SECRET is incomplete",
                ],
            ),
            (
                &[
                    ("client_id", CLIENT_ID),
                    ("client_secret", "SECRET"),
                    ("tenant_domain", "acme"),
                    ("server_url", "https://other.conductor.one"),
                ],
                &["server_url is https://other.conductor.one, but tenant_domain is https://acme.c1eu.ai; remove one"],
            ),
            (
                &[
                    ("client_id", CLIENT_ID),
                    ("client_secret", "SECRET"),
                    ("CONDUCTORONE_TENANT_DOMAIN", "acme"),
                    ("server_url", "https://other.conductor.one"),
                ],
                &["server_url is https://other.conductor.one, but CONDUCTORONE_TENANT_DOMAIN is https://acme.c1eu.ai"],
            ),
            (
                &[
                    ("client_id", CLIENT_ID),
                    ("client_secret", "SECRET"),
                    ("CONDUCTORONE_TENANT_DOMAIN", "http://acme.conductor.one"),
                ],
                &["CONDUCTORONE_TENANT_DOMAIN uses http, which is accepted only for loopback hosts; use https"],
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
                &["server_url is https://a:2, but tenant_domain is https://a:1"],
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
    fn rotated_oidc_tokens_are_read_again() {
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
    fn invalid_settings_always_have_an_error() {
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
