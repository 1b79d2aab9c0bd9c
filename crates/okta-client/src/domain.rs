//! The address of an Okta org, as people write it and as we compare it.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use service_http::{InvalidOrigin, Origin};

/// Domains under which Okta itself runs orgs. Anything else is a customer's own domain for its org.
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

/// Address of one Okta org: `acme.okta.com`, with or without `https://`, or a custom domain.
///
/// Never has a path, query or credentials. `http` only for a loopback host, which is how an org imitated on the same
/// machine is reached. Shown, compared and hashed in canonical form: lower case, without `https://`, without a
/// trailing slash, with the port where one was given.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Domain(Origin);

/// Why a text is not a [`Domain`]. Each message says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDomain {
    /// Nothing there.
    #[error("the Okta domain is empty; write the org's host, such as acme.okta.com")]
    Empty,
    /// A blank, tab or line end.
    #[error("the Okta domain contains white space; write only the org's host, such as acme.okta.com")]
    WhiteSpace,
    /// A placeholder out of documentation, such as `{yourOktaDomain}`.
    #[error("the Okta domain is still a placeholder; write your org's host, such as acme.okta.com")]
    Placeholder,
    /// The Admin Console's address, which has no API.
    #[error("this is the address of the Okta Admin Console; write {suggestion}")]
    AdminConsole {
        /// The org's own host.
        suggestion: String,
    },
    /// `.com.com`, the mark of a suffix pasted twice.
    #[error("the Okta domain ends in .com twice; write {suggestion}")]
    DoubledSuffix {
        /// The host with one of them.
        suggestion: String,
    },
    /// One word without a dot.
    #[error("{word:?} is not a host name; write {word}.okta.com if that is the org")]
    BareWord {
        /// The word.
        word: String,
    },
    /// Plain HTTP to another machine would show the token to the network.
    #[error("the Okta domain uses http, which is accepted for a loopback host only; write https:// or no scheme")]
    NotHttps,
    /// A scheme other than `https` and `http`.
    #[error("the Okta domain has a scheme other than https; write only the org's host, such as acme.okta.com")]
    UnsupportedScheme,
    /// A user name or password.
    #[error("the Okta domain contains a user name or password; write only the org's host, such as acme.okta.com")]
    HasCredentials,
    /// A path behind the host.
    #[error("the Okta domain has a path; write only {suggestion}")]
    HasPath {
        /// The same without the path.
        suggestion: String,
    },
    /// A query behind the host.
    #[error("the Okta domain has a query; write only {suggestion}")]
    HasQuery {
        /// The same without the query.
        suggestion: String,
    },
    /// A fragment behind the host.
    #[error("the Okta domain has a fragment; write only {suggestion}")]
    HasFragment {
        /// The same without the fragment.
        suggestion: String,
    },
    /// Anything else that no host can be.
    #[error("this is not a host name; write the org's host, such as acme.okta.com")]
    NotAHost,
}

impl Domain {
    /// Where requests to this org go.
    pub fn origin(&self) -> &Origin {
        &self.0
    }

    /// Whether Okta runs this domain, rather than a customer pointing one of its own at Okta.
    pub fn is_okta_owned(&self) -> bool {
        okta_label(self.0.host()).is_some()
    }
}

/// What stands before one of Okta's own suffixes: `acme` in `acme.okta.com`.
fn okta_label(host: &str) -> Option<(&str, &'static str)> {
    OKTA_SUFFIXES.iter().find_map(|suffix| {
        let label = host.strip_suffix(suffix)?.strip_suffix('.')?;
        (!label.is_empty()).then_some((label, *suffix))
    })
}

/// `acme.okta.com` for `acme-admin.okta.com`. A custom domain has no such twin, so its hosts are never mistaken.
fn without_admin(host: &str) -> Option<String> {
    let (label, suffix) = okta_label(host)?;
    let label = label.strip_suffix("-admin").filter(|label| !label.is_empty())?;
    Some(format!("{label}.{suffix}"))
}

impl FromStr for Domain {
    type Err = InvalidDomain;

    /// Reads `host[:port]` with or without `https://` (`http://` for loopback) and at most one `/` at the end.
    ///
    /// # Errors
    /// [`InvalidDomain`], which says what to write instead. It never repeats a password.
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
        // First the host: an address copied out of the browser has a wrong path too, and the host matters more.
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
        // Only a loopback host gets this far with plain HTTP, and means it.
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
            // Some symbols become brackets and the like when a name is put into the form of the name system.
            Some(Host::Domain(name)) if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) => {
                Err(InvalidDomain::NotAHost)
            }
            // The URL standard reads `123` and `0x7f.1` as addresses; nobody means that here.
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
    fn what_names_an_org_is_accepted_in_canonical_form() {
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
    fn what_does_not_is_refused_with_what_to_write_instead() {
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
    fn only_okta_suffixes_count_as_okta_owned() {
        for (input, owned) in [("acme.okta.com", true), ("login.acme.example", false), ("notokta.com", false)] {
            assert_eq!(input.parse::<Domain>().unwrap().is_okta_owned(), owned, "{input}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_the_canonical_form_is_stable(input in "\\PC{0,40}") {
            if let Ok(domain) = input.parse::<Domain>() {
                prop_assert_eq!(domain.to_string().parse(), Ok(domain));
            }
        }

        #[test]
        fn anything_like_an_address_is_read_or_refused(input in "(https?://)?[a-zA-Z0-9.:@/?#\\[\\]%-]{0,30}") {
            if let Ok(domain) = input.parse::<Domain>() {
                prop_assert_eq!(domain.to_string().parse(), Ok(domain));
            }
        }
    }
}
