//! The first words between a plugin's host and the plugin: environment variables one way, a line of text back.
//!
//! Source: go-plugin's guide for plugins in other languages, and Terraform 1.11's behaviour.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::environment::{
    CLIENT_CERT, MAGIC_COOKIE, MAGIC_COOKIE_VALUE, MAX_PORT, MIN_PORT, MULTIPLEX_GRPC, PROTOCOL_VERSIONS,
    UNIX_SOCKET_DIR, UNIX_SOCKET_GROUP,
};

/// Major version of the plugin protocol that this provider speaks.
pub const PROTOCOL_VERSION: u32 = 5;

/// What the host told by environment variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeConfig {
    /// The host's certificate as PEM; `None` when both sides speak plain text.
    pub client_certificate: Option<String>,
    /// TCP ports to choose from.
    pub ports: RangeInclusive<u16>,
    /// Folder for the socket.
    pub socket_dir: Option<PathBuf>,
    /// Group that may use the socket, by name or number.
    pub socket_group: Option<String>,
    /// Whether the handshake line has a seventh field.
    pub multiplex: bool,
}

/// Why the process cannot serve whoever started it. The messages are for a person at a terminal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// Not started by a plugin's host.
    #[error(
        "This program is a plugin of Terraform and OpenTofu. They start it themselves; it does nothing when started by hand.\n\
         \n\
         To use it, name it in the required_providers block of a configuration and run `terraform init`.\n\
         To run it under a debugger, start it with --debug.\n\
         More with --help."
    )]
    NotAHost,
    /// The host speaks other protocols only.
    #[error(
        "This provider speaks Terraform's plugin protocol {PROTOCOL_VERSION}, and the program that started it offers {offered} only. \
         Use Terraform 1.0 or later, or any OpenTofu."
    )]
    OtherProtocol {
        /// What the host offered.
        offered: String,
    },
    /// A variable that go-plugin defines has a value that it does not.
    #[error("{variable} is not {expected}. It is set by the program that starts this provider.")]
    InvalidVariable {
        /// Its name.
        variable: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl HandshakeConfig {
    /// Reads what the host told.
    ///
    /// # Errors
    /// When the process was not started by a plugin's host, or by one that cannot be served.
    pub fn from_environment(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, HandshakeError> {
        if lookup(MAGIC_COOKIE).as_deref() != Some(MAGIC_COOKIE_VALUE) {
            return Err(HandshakeError::NotAHost);
        }
        Self::read(lookup)
    }

    /// Reads the same for a process that a person starts under a debugger: without proof, without TLS.
    ///
    /// # Errors
    /// When a variable has a value that cannot be served.
    pub fn for_debugger(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, HandshakeError> {
        Self::read(lookup).map(|launch| Self { client_certificate: None, ..launch })
    }

    fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, HandshakeError> {
        let set = |variable| lookup(variable).filter(|value| !value.is_empty());
        if let Some(offered) = set(PROTOCOL_VERSIONS) {
            let ours = offered.split(',').any(|version| version.trim().parse() == Ok(PROTOCOL_VERSION));
            if !ours {
                return Err(HandshakeError::OtherProtocol { offered });
            }
        }
        let port = |variable, default| match set(variable) {
            None => Ok(default),
            Some(text) => {
                text.parse().map_err(|_| HandshakeError::InvalidVariable { variable, expected: "a TCP port" })
            }
        };
        Ok(Self {
            client_certificate: set(CLIENT_CERT),
            ports: port(MIN_PORT, 10_000)?..=port(MAX_PORT, 25_000)?,
            socket_dir: set(UNIX_SOCKET_DIR).map(PathBuf::from),
            socket_group: set(UNIX_SOCKET_GROUP),
            multiplex: set(MULTIPLEX_GRPC).is_some(),
        })
    }
}

/// Where a plugin listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A socket in the file system.
    Unix(PathBuf),
    /// A port of the loopback interface.
    Tcp(std::net::SocketAddr),
}

impl Address {
    /// The network's name, as Go has it. Terraform crashes on any other.
    pub fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }

    /// The socket's path, when it is one.
    pub fn socket(&self) -> Option<&Path> {
        match self {
            Self::Unix(path) => Some(path),
            Self::Tcp(_) => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

/// The line that tells the host where to connect, without its newline.
///
/// The certificate is DER in base64 without padding: a `=` makes Terraform refuse the plugin.
pub fn handshake_line(address: &Address, server_certificate: Option<&[u8]>, multiplex: bool) -> String {
    let certificate = server_certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let line = format!("1|{PROTOCOL_VERSION}|{}|{address}|grpc|{certificate}", address.network());
    if multiplex { format!("{line}|true") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(variables: &[(&str, &str)]) -> Result<HandshakeConfig, HandshakeError> {
        let cookie = (MAGIC_COOKIE, MAGIC_COOKIE_VALUE);
        let variables: Vec<_> = [cookie].iter().chain(variables).copied().collect();
        HandshakeConfig::from_environment(|name| {
            variables.iter().rev().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_person_who_starts_the_plugin_is_told_what_it_is() {
        assert_eq!(HandshakeConfig::from_environment(|_| None), Err(HandshakeError::NotAHost));
        assert_eq!(launch(&[(MAGIC_COOKIE, "other")]), Err(HandshakeError::NotAHost));
    }

    #[test]
    fn protocol_5_is_found_wherever_it_stands_and_others_are_refused() {
        for offered in ["5", "5,6", "6,5", "4, 5"] {
            assert!(launch(&[(PROTOCOL_VERSIONS, offered)]).is_ok(), "{offered}");
        }
        for offered in ["6", "4,6", "55", "x"] {
            let refusal = HandshakeError::OtherProtocol { offered: offered.to_owned() };
            assert_eq!(launch(&[(PROTOCOL_VERSIONS, offered)]), Err(refusal));
        }
        assert!(launch(&[]).is_ok());
    }

    #[test]
    fn empty_variables_count_as_unset() {
        let launch = launch(&[(CLIENT_CERT, ""), (MULTIPLEX_GRPC, ""), (UNIX_SOCKET_DIR, ""), (MIN_PORT, "")]).unwrap();
        assert_eq!((launch.client_certificate, launch.multiplex, launch.socket_dir), (None, false, None));
        assert_eq!(launch.ports, 10_000..=25_000);
    }

    #[test]
    fn a_port_that_is_none_is_refused_by_name() {
        let refused = launch(&[(MAX_PORT, "70000")]).unwrap_err();
        assert!(refused.to_string().starts_with("PLUGIN_MAX_PORT is not a TCP port"), "{refused}");
    }

    #[test]
    fn the_line_has_six_fields_and_a_seventh_only_when_asked() {
        let address = Address::Unix("/tmp/plugin1".into());
        assert_eq!(handshake_line(&address, None, false), "1|5|unix|/tmp/plugin1|grpc|");
        assert_eq!(handshake_line(&address, Some(&[1, 2, 3, 4]), true), "1|5|unix|/tmp/plugin1|grpc|AQIDBA|true");
        let address = Address::Tcp("127.0.0.1:10000".parse().unwrap());
        assert_eq!(handshake_line(&address, None, false), "1|5|tcp|127.0.0.1:10000|grpc|");
    }
}
