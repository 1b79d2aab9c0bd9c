//! A plugin process for Terraform: handshake, mutual TLS, gRPC server, logs and shutdown, as go-plugin specifies.
//!
//! This module knows no provider. It serves any implementation of tfplugin5's service:
//!
//! 1. [`arguments`] parses the command line.
//! 2. [`handshake`] reads the host's settings, [`listener`] binds a socket, and [`tls`] creates certificates for this run.
//! 3. [`server`] prints the handshake line and serves the provider beside go-plugin's own services.
//! 4. [`lifetime`] ends the process if the host no longer exists.
//! 5. [`logs`] writes log lines in hclog's format, and [`panics`] reports crashes.
//!
//! # Examples
//!
//! Serving a provider until the host requests the shutdown:
//!
//! ```
//! use terraform_provider_conductorone::plugin::handshake::HandshakeConfig;
//! use terraform_provider_conductorone::plugin::proto::tfplugin5::provider_server;
//! use terraform_provider_conductorone::plugin::{environment, lifetime, server};
//! use tokio_util::sync::CancellationToken;
//!
//! async fn serve(provider: impl provider_server::Provider) -> Result<(), Box<dyn std::error::Error>> {
//!     let config = HandshakeConfig::from_environment(environment::variable)?;
//!     let shutdown = CancellationToken::new();
//!     lifetime::watch_parent(shutdown.clone());
//!     server::serve(provider, &config, shutdown).await?;
//!     Ok(())
//! }
//! ```

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
