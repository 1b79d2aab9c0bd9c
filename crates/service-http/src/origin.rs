//! Where a service lives: scheme, host and port, and nothing else.
//!
//! Parsed once, so that no later code can send a secret over plain HTTP or to an address with something hidden in it.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// Scheme, host and port of a service.
///
/// Always `https`, or `http` when the host is loopback (127.0.0.0/8, `::1`, `localhost`), which is how a service on
/// the same machine is reached. Never has credentials, a path, a query or a fragment.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin(Url);

/// Why a text is not an [`Origin`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrigin {
    /// Empty, white space inside, or not of the form `https://host`.
    #[error("is not an address of the form https://host")]
    NotAnAddress,
    /// Plain `http` to another machine would show every secret to the network.
    #[error("uses http, which is accepted for a loopback host only; write https")]
    NotHttps,
    /// A scheme other than `https` and `http`.
    #[error("does not start with https://")]
    UnsupportedScheme,
    /// A user name or password before the host.
    #[error("contains a user name or password; leave them out")]
    HasCredentials,
    /// A path after the host.
    #[error("has a path after the host; leave it out")]
    HasPath,
    /// A query after the host.
    #[error("has a query after the host; leave it out")]
    HasQuery,
    /// A fragment after the host.
    #[error("has a fragment after the host; leave it out")]
    HasFragment,
}

impl Origin {
    /// Host without port: `acme.okta.com`, `127.0.0.1`, `[::1]`.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Host as the URL standard classifies it.
    pub fn parsed_host(&self) -> Option<Host<&str>> {
        self.0.host()
    }

    /// Port where one is given that is not the scheme's own.
    pub fn port(&self) -> Option<u16> {
        self.0.port()
    }

    /// Host, and port where one is given that is not the scheme's own.
    pub fn host_and_port(&self) -> String {
        match self.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    /// Whether requests travel in TLS.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the host is this machine: 127.0.0.0/8, `::1` or `localhost`.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// The address of a resource: each segment is percent-encoded, so a `/` inside one stays inside it.
    ///
    /// `.` and `..` cannot be expressed as segments and are dropped by the URL standard; callers that pass text from
    /// outside refuse them first.
    pub fn join(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(segments);
        }
        url
    }

    /// Whether `url` is on this origin: same scheme, host and port.
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

    /// Reads `https://host[:port]`, with at most one `/` after it.
    ///
    /// # Errors
    /// [`InvalidOrigin`] says which part is missing or too much.
    fn from_str(input: &str) -> Result<Self, InvalidOrigin> {
        // The URL standard silently drops tabs, line ends and outer blanks, and reads `\` as `/`.
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
    fn an_origin_is_https_or_loopback_and_nothing_more() {
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
    fn segments_are_encoded_so_that_a_slash_stays_inside_its_segment() {
        let origin: Origin = "https://acme.conductor.one".parse().unwrap();
        let url = origin.join(&["api", "v1", "apps", "a/b?c#d%e"]);
        assert_eq!(url.as_str(), "https://acme.conductor.one/api/v1/apps/a%2Fb%3Fc%23d%25e");
        assert!(origin.contains(&url));
    }
}
