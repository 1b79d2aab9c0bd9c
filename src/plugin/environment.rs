//! The environment variables that a plugin's host sets.

/// The variable that shows that a plugin host started the process, not a user.
pub const MAGIC_COOKIE: &str = "TF_PLUGIN_MAGIC_COOKIE";
/// The value of [`MAGIC_COOKIE`]. Source: Terraform's plugin handshake; OpenTofu uses the same.
pub const MAGIC_COOKIE_VALUE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
/// Major versions of the plugin protocol that the host supports, separated by commas, in any order.
pub const PROTOCOL_VERSIONS: &str = "PLUGIN_PROTOCOL_VERSIONS";
/// Lowest TCP port to listen on.
pub const MIN_PORT: &str = "PLUGIN_MIN_PORT";
/// Highest TCP port to listen on.
pub const MAX_PORT: &str = "PLUGIN_MAX_PORT";
/// The host's certificate as PEM. If it is set, both sides use TLS; if it is unset or empty, neither does.
pub const CLIENT_CERT: &str = "PLUGIN_CLIENT_CERT";
/// Directory for the socket instead of the system's temporary directory.
pub const UNIX_SOCKET_DIR: &str = "PLUGIN_UNIX_SOCKET_DIR";
/// Name or number of the group that can use the socket.
pub const UNIX_SOCKET_GROUP: &str = "PLUGIN_UNIX_SOCKET_GROUP";
/// With any value, the handshake line has a seventh field.
pub const MULTIPLEX_GRPC: &str = "PLUGIN_MULTIPLEX_GRPC";
/// Log level of all components.
pub const TF_LOG: &str = "TF_LOG";
/// Log level of providers; takes precedence over [`TF_LOG`].
pub const TF_LOG_PROVIDER: &str = "TF_LOG_PROVIDER";

/// Returns the value of an environment variable. A value that is not Unicode counts as unset.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
