//! The origin of a service: scheme, host and port only.
//!
//! Parsed once, so that no later code can send a secret over plain HTTP or to an address with hidden parts.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// Scheme, host and port of a service, without credentials, path, query and fragment.
///
/// The scheme is `https`, or `http` if the host is loopback (127.0.0.0/8, `::1`, `localhost`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin(Url);

/// Error for text that is not an [`Origin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrigin {
    /// Empty, contains white space, or is not of the form `https://host`.
    #[error("is not an address of the form https://host")]
    NotAnAddress,
    /// Plain `http` to another machine, which would expose every secret to the network.
    #[error("uses http, which is accepted only for loopback hosts; use https")]
    NotHttps,
    #[error("does not start with https://")]
    UnsupportedScheme,
    #[error("contains a user name or password; remove them")]
    HasCredentials,
    #[error("has a path after the host; remove the path")]
    HasPath,
    #[error("has a query after the host; remove the query")]
    HasQuery,
    #[error("has a fragment after the host; remove the fragment")]
    HasFragment,
}

impl Origin {
    /// Returns the host without port: `acme.okta.com`, `127.0.0.1`, `[::1]`.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Returns the host as classified by the URL standard.
    pub fn parsed_host(&self) -> Option<Host<&str>> {
        self.0.host()
    }

    /// Returns the port if it is not the scheme's default.
    pub fn port(&self) -> Option<u16> {
        self.0.port()
    }

    /// Returns the host, and the port if it is not the scheme's default.
    pub fn host_and_port(&self) -> String {
        match self.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Returns whether the host is 127.0.0.0/8, `::1` or `localhost`.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Returns the address of a resource. Percent-encodes each segment, so a `/` inside one stays inside it.
    ///
    /// The URL standard drops the segments `.` and `..`; callers that pass text from outside reject them first.
    pub fn join(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(segments);
        }
        url
    }

    /// Returns whether `url` has the same scheme, host and port.
    pub fn contains(&self, url: &Url) -> bool {
        self.0.origin() == url.origin()
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    /// Parses `https://host[:port]`, with at most one `/` after it.
    ///
    /// # Errors
    /// [`InvalidOrigin`], one variant per missing or excess part.
    fn from_str(input: &str) -> Result<Self, InvalidOrigin> {
        // The URL standard drops tabs, line ends and outer blanks, and treats `\` as `/`.
        if input.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') || !input.contains("://") {
            return Err(InvalidOrigin::NotAnAddress);
        }
        let url = Url::parse(input).map_err(|_| InvalidOrigin::NotAnAddress)?;
        match url.scheme() {
            "https" | "http" => {}
            _ => return Err(InvalidOrigin::UnsupportedScheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidOrigin::HasCredentials);
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(InvalidOrigin::NotAnAddress);
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(InvalidOrigin::NotHttps);
        }
        if url.query().is_some() {
            return Err(InvalidOrigin::HasQuery);
        }
        if url.fragment().is_some() {
            return Err(InvalidOrigin::HasFragment);
        }
        if url.path() != "/" {
            return Err(InvalidOrigin::HasPath);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.host_and_port())
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_https_or_loopback_and_have_no_other_parts() {
        use InvalidOrigin::*;
        let rows: &[(&str, Result<&str, InvalidOrigin>)] = &[
            ("https://acme.conductor.one", Ok("https://acme.conductor.one")),
            ("https://ACME.conductor.one/", Ok("https://acme.conductor.one")),
            ("https://acme.conductor.one:443", Ok("https://acme.conductor.one")),
            ("https://acme.conductor.one:8443", Ok("https://acme.conductor.one:8443")),
            ("http://127.0.0.1:8080", Ok("http://127.0.0.1:8080")),
            ("http://127.9.9.9", Ok("http://127.9.9.9")),
            ("http://[::1]:8080", Ok("http://[::1]:8080")),
            ("http://localhost:1", Ok("http://localhost:1")),
            ("https://10.0.0.1", Ok("https://10.0.0.1")),
            ("http://10.0.0.1", Err(NotHttps)),
            ("http://localhost.example.com", Err(NotHttps)),
            ("http://acme.conductor.one", Err(NotHttps)),
            ("ftp://acme.conductor.one", Err(UnsupportedScheme)),
            ("acme.conductor.one", Err(NotAnAddress)),
            ("", Err(NotAnAddress)),
            ("https://", Err(NotAnAddress)),
            (" https://acme.conductor.one", Err(NotAnAddress)),
            ("https://acme.conductor.one\n", Err(NotAnAddress)),
            ("https://acme.conductor.one\\@evil.example", Err(NotAnAddress)),
            ("https://user@acme.conductor.one", Err(HasCredentials)),
            ("https://user:pass@acme.conductor.one", Err(HasCredentials)),
            ("https://acme.conductor.one/Prefix", Err(HasPath)),
            ("https://acme.conductor.one//", Err(HasPath)),
            ("https://acme.conductor.one?x=1", Err(HasQuery)),
            ("https://acme.conductor.one#x", Err(HasFragment)),
        ];
        for (input, expected) in rows {
            assert_eq!(input.parse::<Origin>().map(|o| o.to_string()), expected.map(str::to_owned), "{input:?}");
        }
    }

    #[test]
    fn segments_are_percent_encoded() {
        let origin: Origin = "https://acme.conductor.one".parse().unwrap();
        let url = origin.join(&["api", "v1", "apps", "a/b?c#d%e"]);
        assert_eq!(url.as_str(), "https://acme.conductor.one/api/v1/apps/a%2Fb%3Fc%23d%25e");
        assert!(origin.contains(&url));
    }
}
