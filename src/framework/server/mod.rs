//! The tfplugin5 service of a provider: the only code that converts between the protocol's messages and the framework's
//! types.
//!
//! Each call runs in its own task, so that a panic becomes a diagnostic and other calls continue. `grpc` contains the
//! RPCs, and the three `*_rpcs` modules their implementation.

mod convert;
mod grpc;
mod provider_rpcs;
mod resource_rpcs;
mod schema_rpcs;
mod state;
mod task;

pub use self::state::Server;
pub use self::task::is_running as in_request;
