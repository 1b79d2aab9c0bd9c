//! The objects of ConductorOne's API.
//!
//! Decoded leniently: the service returns every field, with `null` for an unset message, and empties those that the
//! caller has no access to. Absent, `null` and empty therefore have the same meaning here. Unknown enum values are kept
//! as text.

mod app;
mod config;
mod connector;
mod introspection;
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
