//! Addresses of Okta orgs, with normalization and validation.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use service_http::{InvalidOrigin, Origin};

/// Okta's own domains. All others are custom domains of customers.
///
/// Sources: Okta developer docs, "Okta domains"; the validators of Okta's published SDKs.
const OKTA_SUFFIXES: [&str; 10] = [
    "okta.com",
    "oktapreview.com",
    "okta-emea.com",
    "okta-gov.com",
    "okta.mil",
    "okta-miltest.com",
    "trex-gov.com",
    "trex-govcloud.com",
    "trexcloud.com",
    "okta1.com",
];

/// The address of an Okta org: `acme.okta.com`, with or without `https://`, or a custom domain.
///
/// Has no path, query or credentials. The scheme is `http` only for loopback hosts, such as the sandbox. Displayed,
/// compared and hashed in canonical form: lower case, without `https://`, without a trailing slash, with the port if it
/// is not the default.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Domain(Origin);

/// Error for text that is not a [`Domain`]. Each message contains the expected value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDomain {
    #[error("the Okta domain is empty; use the org's host, such as acme.okta.com")]
    Empty,
    #[error("the Okta domain contains white space; use only the org's host, such as acme.okta.com")]
    WhiteSpace,
    /// A placeholder of documentation, such as `{yourOktaDomain}`.
    #[error("the Okta domain is a placeholder; use your org's host, such as acme.okta.com")]
    Placeholder,
    /// The address of the Admin Console, which has no API.
    #[error("this is the address of the Okta Admin Console; use {suggestion}")]
    AdminConsole { suggestion: String },
    /// `.com.com`: the suffix was pasted twice.
    #[error("the Okta domain ends in .com twice; use {suggestion}")]
    DoubledSuffix { suggestion: String },
    /// A word without a dot.
    #[error("{word:?} is not a host name; use {word}.okta.com if that is the org")]
    BareWord { word: String },
    /// Plain HTTP to another machine, which would expose the token to the network.
    #[error("the Okta domain uses http, which is accepted only for loopback hosts; use https:// or no scheme")]
    NotHttps,
    #[error("the Okta domain has a scheme other than https; use only the org's host, such as acme.okta.com")]
    UnsupportedScheme,
    #[error("the Okta domain contains a user name or password; use only the org's host, such as acme.okta.com")]
    HasCredentials,
    #[error("the Okta domain has a path; use only {suggestion}")]
    HasPath { suggestion: String },
    #[error("the Okta domain has a query; use only {suggestion}")]
    HasQuery { suggestion: String },
    #[error("the Okta domain has a fragment; use only {suggestion}")]
    HasFragment { suggestion: String },
    #[error("this is not a host name; use the org's host, such as acme.okta.com")]
    NotAHost,
}

impl Domain {
    pub fn origin(&self) -> &Origin {
        &self.0
    }
}

/// Splits a host below one of Okta's suffixes: `acme` and `okta.com` for `acme.okta.com`.
fn okta_label(host: &str) -> Option<(&str, &'static str)> {
    OKTA_SUFFIXES.iter().find_map(|suffix| {
        let label = host.strip_suffix(suffix)?.strip_suffix('.')?;
        (!label.is_empty()).then_some((label, *suffix))
    })
}

/// Returns `acme.okta.com` for `acme-admin.okta.com`. Custom domains have no such host of the Admin Console.
fn without_admin(host: &str) -> Option<String> {
    let (label, suffix) = okta_label(host)?;
    let label = label.strip_suffix("-admin").filter(|label| !label.is_empty())?;
    Some(format!("{label}.{suffix}"))
}

impl FromStr for Domain {
    type Err = InvalidDomain;

    /// Parses `host[:port]` with or without `https://` (`http://` for loopback) and at most one `/` at the end.
    ///
    /// # Errors
    /// [`InvalidDomain`], which contains the expected value and never a password.
    fn from_str(input: &str) -> Result<Self, InvalidDomain> {
        if input.is_empty() {
            return Err(InvalidDomain::Empty);
        }
        if input.chars().any(char::is_whitespace) {
            return Err(InvalidDomain::WhiteSpace);
        }
        if input.contains(['{', '}', '<', '>', '$']) || input.to_ascii_lowercase().contains("youroktadomain") {
            return Err(InvalidDomain::Placeholder);
        }
        let address = if input.contains("://") { input.to_owned() } else { format!("https://{input}") };
        let url = Url::parse(&address).map_err(|_| InvalidDomain::NotAHost)?;
        // The host first: an address copied from the browser also has a path, but the host is more important.
        let with_port = |host: &str| url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let host = url.host_str().unwrap_or_default();
        let suggestion = with_port(&without_admin(host).unwrap_or_else(|| host.to_owned()));
        let origin = address.parse::<Origin>();
        if let Err(InvalidOrigin::HasCredentials) = origin {
            return Err(InvalidDomain::HasCredentials);
        }
        if without_admin(host).is_some() {
            return Err(InvalidDomain::AdminConsole { suggestion });
        }
        if let Some(stem) = host.strip_suffix(".com.com") {
            return Err(InvalidDomain::DoubledSuffix { suggestion: with_port(&format!("{stem}.com")) });
        }
        // With plain HTTP, the host is loopback here.
        let suggestion = if url.scheme() == "http" { format!("http://{suggestion}") } else { suggestion };
        let origin = origin.map_err(|problem| match problem {
            InvalidOrigin::NotAnAddress => InvalidDomain::NotAHost,
            InvalidOrigin::NotHttps => InvalidDomain::NotHttps,
            InvalidOrigin::UnsupportedScheme => InvalidDomain::UnsupportedScheme,
            InvalidOrigin::HasCredentials => InvalidDomain::HasCredentials,
            InvalidOrigin::HasPath => InvalidDomain::HasPath { suggestion },
            InvalidOrigin::HasQuery => InvalidDomain::HasQuery { suggestion },
            InvalidOrigin::HasFragment => InvalidDomain::HasFragment { suggestion },
        })?;
        match origin.parsed_host() {
            Some(Host::Domain(name)) if !name.contains('.') && !origin.is_loopback() => {
                Err(InvalidDomain::BareWord { word: name.to_owned() })
            }
            Some(Host::Domain(name)) if name.split('.').any(str::is_empty) => Err(InvalidDomain::NotAHost),
            // Some symbols become brackets and similar characters in IDNA processing.
            Some(Host::Domain(name)) if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) => {
                Err(InvalidDomain::NotAHost)
            }
            // The URL standard parses `123` and `0x7f.1` as addresses, which are mistakes here.
            Some(Host::Ipv4(ip)) if !address.contains(&ip.to_string()) => Err(InvalidDomain::NotAHost),
            _ => Ok(Self(origin)),
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_https() { f.write_str(&self.0.host_and_port()) } else { self.0.fmt(f) }
    }
}

impl fmt::Debug for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Domain({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn valid_domains_are_normalized() {
        for (input, canonical) in [
            ("acme.okta.com", "acme.okta.com"),
            ("ACME.Okta.com", "acme.okta.com"),
            ("https://acme.okta.com", "acme.okta.com"),
            ("HTTPS://acme.okta.com/", "acme.okta.com"),
            ("acme.okta.com/", "acme.okta.com"),
            ("https://acme.okta.com:443", "acme.okta.com"),
            ("acme.okta.com:8443", "acme.okta.com:8443"),
            ("dev-123.oktapreview.com", "dev-123.oktapreview.com"),
            ("acme.okta-emea.com", "acme.okta-emea.com"),
            ("login.acme.example", "login.acme.example"),
            ("sso-admin.acme.example", "sso-admin.acme.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://localhost:8080/", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("https://127.0.0.1:8080", "127.0.0.1:8080"),
            ("localhost:8080", "localhost:8080"),
        ] {
            let domain: Domain = input.parse().unwrap_or_else(|error| panic!("{input}: {error}"));
            assert_eq!(domain.to_string(), canonical, "{input}");
            assert_eq!(domain.to_string().parse(), Ok(domain), "{input}");
        }
    }

    #[test]
    fn invalid_domains_are_rejected_with_the_expected_value() {
        use InvalidDomain::*;
        let acme = || "acme.okta.com".to_owned();
        for (input, expected) in [
            ("", Empty),
            (" acme.okta.com", WhiteSpace),
            ("acme.okta.com\n", WhiteSpace),
            ("{yourOktaDomain}", Placeholder),
            ("https://${yourOktaDomain}", Placeholder),
            ("yourOktaDomain.okta.com", Placeholder),
            ("acme-admin.okta.com", AdminConsole { suggestion: acme() }),
            ("https://ACME-admin.okta.com/admin/dashboard", AdminConsole { suggestion: acme() }),
            ("acme-admin.oktapreview.com:8443", AdminConsole { suggestion: "acme.oktapreview.com:8443".to_owned() }),
            ("acme.okta.com.com", DoubledSuffix { suggestion: acme() }),
            ("acme", BareWord { word: "acme".to_owned() }),
            ("https://acme", BareWord { word: "acme".to_owned() }),
            ("http://acme.okta.com", NotHttps),
            ("http://10.0.0.1", NotHttps),
            ("http://acme.okta.com/login", NotHttps),
            ("ftp://acme.okta.com", UnsupportedScheme),
            ("https://user:canary@acme.okta.com", HasCredentials),
            ("https://user:canary@acme-admin.okta.com", HasCredentials),
            ("https://acme.okta.com/app/UserHome", HasPath { suggestion: acme() }),
            ("http://127.0.0.1:8080/login", HasPath { suggestion: "http://127.0.0.1:8080".to_owned() }),
            ("acme.okta.com//", HasPath { suggestion: acme() }),
            ("acme.okta.com?x=1", HasQuery { suggestion: acme() }),
            ("acme.okta.com#x", HasFragment { suggestion: acme() }),
            ("acme.okta.com.", NotAHost),
            ("acme..okta.com", NotAHost),
            ("acme\\okta.com", NotAHost),
            ("123", NotAHost),
            ("https://", NotAHost),
            ("acme.okta.com:99999", NotAHost),
            ("ac me", WhiteSpace),
        ] {
            let error = input.parse::<Domain>().unwrap_err();
            assert_eq!(error, expected, "{input:?}");
            assert!(!error.to_string().contains("canary"), "{input:?}");
        }
    }

    #[test]
    fn admin_console_hosts_are_recognized_only_below_okta_suffixes() {
        for (host, expected) in [
            ("acme-admin.okta.com", Some("acme.okta.com")),
            ("acme.okta.com", None),
            ("login-admin.acme.example", None),
            ("acme-admin.notokta.com", None),
        ] {
            assert_eq!(without_admin(host).as_deref(), expected, "{host}");
        }
    }

    proptest! {
        #[test]
        fn normalization_of_any_text_is_idempotent(input in "\\PC{0,40}") {
            if let Ok(domain) = input.parse::<Domain>() {
                prop_assert_eq!(domain.to_string().parse(), Ok(domain));
            }
        }

        #[test]
        fn normalization_of_addresses_is_idempotent(input in "(https?://)?[a-zA-Z0-9.:@/?#\\[\\]%-]{0,30}") {
            if let Ok(domain) = input.parse::<Domain>() {
                prop_assert_eq!(domain.to_string().parse(), Ok(domain));
            }
        }
    }
}
