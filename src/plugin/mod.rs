//! What Terraform's process talks to: everything that makes this process a plugin, before any provider is in sight.

#![warn(missing_docs)]

pub mod arguments;
pub mod environment;
pub mod handshake;
pub mod lifetime;
pub mod listener;
pub mod logs;
pub mod panics;
pub mod proto;
pub mod reattach;
pub mod server;
mod services;
pub mod tls;
