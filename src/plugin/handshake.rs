//! The handshake between a plugin's host and the plugin: the host sets environment variables, and the plugin prints one
//! line.
//!
//! Source: go-plugin's guide for plugins in other languages, and Terraform 1.11's behavior.

use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::environment::{
    CLIENT_CERT, MAGIC_COOKIE, MAGIC_COOKIE_VALUE, MAX_PORT, MIN_PORT, MULTIPLEX_GRPC, PROTOCOL_VERSIONS,
    UNIX_SOCKET_DIR, UNIX_SOCKET_GROUP,
};

/// The major version of the plugin protocol that this plugin supports.
pub const PROTOCOL_VERSION: u32 = 5;

/// The host's settings, from environment variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeConfig {
    /// The host's certificate as PEM; `None` if both sides use plain text.
    pub client_certificate: Option<String>,
    /// The TCP ports to select from.
    pub ports: RangeInclusive<u16>,
    /// The directory for the socket.
    pub socket_dir: Option<PathBuf>,
    /// The group that can use the socket, by name or number.
    pub socket_group: Option<String>,
    /// `true` if the handshake line has a seventh field.
    pub multiplex: bool,
}

/// A reason why the process cannot serve the program that started it. The messages are for a user at a terminal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The process was not started by a plugin host.
    #[error(
        "This program is a plugin. Terraform and OpenTofu start it; it cannot run on its own.\n\
         \n\
         To use it, add it to the required_providers block of a configuration and run `terraform init`.\n\
         To run it in a debugger, start it with --debug.\n\
         For more information, use --help."
    )]
    NotAHost,
    /// The host supports other protocol versions only.
    #[error(
        "This provider supports version {PROTOCOL_VERSION} of Terraform's plugin protocol. The program that started it \
         offers version {offered} only. Use Terraform 1.0 or later, or any OpenTofu."
    )]
    OtherProtocol {
        /// The versions that the host offers.
        offered: String,
    },
    /// A variable of go-plugin has an invalid value.
    #[error("{variable} is not {expected}. The program that starts this provider sets it.")]
    InvalidVariable {
        /// The name of the variable.
        variable: &'static str,
        /// The expected kind of value.
        expected: &'static str,
    },
}

impl HandshakeConfig {
    /// Reads the settings of the host that started this process.
    ///
    /// # Errors
    /// If no plugin host started the process, or one that this plugin cannot serve.
    pub fn from_environment(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, HandshakeError> {
        if lookup(MAGIC_COOKIE).as_deref() != Some(MAGIC_COOKIE_VALUE) {
            return Err(HandshakeError::NotAHost);
        }
        Self::read(lookup)
    }

    /// Reads the settings for a process that a user starts in a debugger: without the magic cookie and without TLS.
    ///
    /// # Errors
    /// If a variable has an invalid value.
    pub fn for_debugger(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, HandshakeError> {
        Self::read(lookup).map(|config| Self { client_certificate: None, ..config })
    }

    fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, HandshakeError> {
        let set = |variable| lookup(variable).filter(|value| !value.is_empty());
        if let Some(offered) = set(PROTOCOL_VERSIONS) {
            let is_supported = offered.split(',').any(|version| version.trim().parse() == Ok(PROTOCOL_VERSION));
            if !is_supported {
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

/// The address on which a plugin listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A socket in the file system.
    Unix(PathBuf),
    /// A port of the loopback interface.
    Tcp(std::net::SocketAddr),
}

impl Address {
    /// Returns Go's name of the network. Terraform crashes on any other.
    pub fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }

    /// Returns the path of a socket; `None` for a port.
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

/// Returns the line with the address for the host, without the newline.
///
/// The certificate is DER in base64 without padding, because Terraform rejects a plugin whose line contains `=`.
pub fn handshake_line(address: &Address, server_certificate: Option<&[u8]>, multiplex: bool) -> String {
    let certificate = server_certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let line = format!("1|{PROTOCOL_VERSION}|{}|{address}|grpc|{certificate}", address.network());
    if multiplex { format!("{line}|true") } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(variables: &[(&str, &str)]) -> Result<HandshakeConfig, HandshakeError> {
        let cookie = (MAGIC_COOKIE, MAGIC_COOKIE_VALUE);
        let variables: Vec<_> = [cookie].iter().chain(variables).copied().collect();
        HandshakeConfig::from_environment(|name| {
            variables.iter().rev().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_process_without_the_magic_cookie_is_rejected() {
        assert_eq!(HandshakeConfig::from_environment(|_| None), Err(HandshakeError::NotAHost));
        assert_eq!(parse(&[(MAGIC_COOKIE, "other")]), Err(HandshakeError::NotAHost));
    }

    #[test]
    fn protocol_5_is_selected_at_any_position_and_others_are_rejected() {
        for offered in ["5", "5,6", "6,5", "4, 5"] {
            assert!(parse(&[(PROTOCOL_VERSIONS, offered)]).is_ok(), "{offered}");
        }
        for offered in ["6", "4,6", "55", "x"] {
            let error = HandshakeError::OtherProtocol { offered: offered.to_owned() };
            assert_eq!(parse(&[(PROTOCOL_VERSIONS, offered)]), Err(error));
        }
        assert!(parse(&[]).is_ok());
    }

    #[test]
    fn empty_variables_count_as_unset() {
        let config = parse(&[(CLIENT_CERT, ""), (MULTIPLEX_GRPC, ""), (UNIX_SOCKET_DIR, ""), (MIN_PORT, "")]).unwrap();
        assert_eq!((config.client_certificate, config.multiplex, config.socket_dir), (None, false, None));
        assert_eq!(config.ports, 10_000..=25_000);
    }

    #[test]
    fn the_error_for_an_invalid_port_names_the_variable() {
        let rejected = parse(&[(MAX_PORT, "70000")]).unwrap_err();
        assert!(rejected.to_string().starts_with("PLUGIN_MAX_PORT is not a TCP port"), "{rejected}");
    }

    #[test]
    fn the_line_has_a_seventh_field_only_for_multiplexing_hosts() {
        let address = Address::Unix("/tmp/plugin1".into());
        assert_eq!(handshake_line(&address, None, false), "1|5|unix|/tmp/plugin1|grpc|");
        assert_eq!(handshake_line(&address, Some(&[1, 2, 3, 4]), true), "1|5|unix|/tmp/plugin1|grpc|AQIDBA|true");
        let address = Address::Tcp("127.0.0.1:10000".parse().unwrap());
        assert_eq!(handshake_line(&address, None, false), "1|5|tcp|127.0.0.1:10000|grpc|");
    }
}
