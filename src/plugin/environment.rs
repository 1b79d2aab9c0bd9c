//! Every environment variable that a plugin's host sets, in one place.

/// Proof that a plugin's host started the process, and not a person.
pub const MAGIC_COOKIE: &str = "TF_PLUGIN_MAGIC_COOKIE";
/// Value of [`MAGIC_COOKIE`]. Source: Terraform's plugin handshake; OpenTofu has the same.
pub const MAGIC_COOKIE_VALUE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
/// Major versions of the plugin protocol that the host speaks, separated by commas, in any order.
pub const PROTOCOL_VERSIONS: &str = "PLUGIN_PROTOCOL_VERSIONS";
/// Lowest TCP port to listen on.
pub const MIN_PORT: &str = "PLUGIN_MIN_PORT";
/// Highest TCP port to listen on.
pub const MAX_PORT: &str = "PLUGIN_MAX_PORT";
/// The host's certificate as PEM. Set: both sides speak TLS. Unset or empty: neither does.
pub const CLIENT_CERT: &str = "PLUGIN_CLIENT_CERT";
/// Folder for the socket instead of the system's folder for temporary files.
pub const UNIX_SOCKET_DIR: &str = "PLUGIN_UNIX_SOCKET_DIR";
/// Name or number of the group that may use the socket.
pub const UNIX_SOCKET_GROUP: &str = "PLUGIN_UNIX_SOCKET_GROUP";
/// Set to anything: the handshake line gets a seventh field.
pub const MULTIPLEX_GRPC: &str = "PLUGIN_MULTIPLEX_GRPC";
/// Log level for everything.
pub const TF_LOG: &str = "TF_LOG";
/// Log level for providers; beats [`TF_LOG`].
pub const TF_LOG_PROVIDER: &str = "TF_LOG_PROVIDER";
/// Log level for this provider; beats both.
pub const TF_LOG_THIS_PROVIDER: &str = "TF_LOG_PROVIDER_CONDUCTORONE";
