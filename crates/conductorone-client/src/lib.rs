//! A client for the ConductorOne API.
//!
//! [`Settings`] resolve to a [`Config`], with all problems reported at once. A [`Client`] with this configuration
//! obtains and renews its own access tokens. Its methods are in `api`, one file per API area; [`model`] contains the
//! types of the responses. Facts about the service come from ConductorOne's OpenAPI document (2026-08) and its public
//! documentation unless a comment says otherwise.

mod api;
mod auth;
pub mod catalog;
mod client;
mod client_id;
mod client_secret;
mod config;
pub mod environment;
mod error;
pub mod model;
mod retry;
mod secret_keys;

pub use api::{
    AppUpdate, ConnectorOwner, ConnectorUpdate, CreateApp, CreateConnector, CreateDelegatedConnector, ListedConnectors,
    PRIMARY_OWNER, UpdateMask, UpdatePath, UserSearch,
};
pub use client::Client;
pub use client_id::{ClientId, InvalidClientId};
pub use client_secret::{InvalidClientSecret, SigningKey};
pub use config::{Config, Credentials, OidcToken, Setting, SettingError, SettingProblem, Settings, Source};
pub use error::{ApiError, Error, TokenError};

#[cfg(test)]
mod tests;
