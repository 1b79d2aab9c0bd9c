//! What ConductorOne says and is told, apart from how it is asked.
//!
//! Read leniently: the service writes every field, with `null` for an unset message, and leaves blank what the caller
//! may not see. Absent, `null` and empty mean the same here, and an enum value that is newer than this client is kept
//! as text.

mod app;
mod config;
mod connector;
mod introspection;
pub(super) mod lenient;
mod role;
mod timestamp;
mod user;

pub use app::App;
pub use config::{ConfigInput, ConnectorConfig, EmptySecret};
pub use connector::{Connector, ConnectorStatus, CronSchedule, SyncStatus};
pub use introspection::Introspection;
pub use role::Role;
pub use timestamp::Timestamp;
pub use user::{User, UserStatus};

pub(super) use config::WireConfig;
