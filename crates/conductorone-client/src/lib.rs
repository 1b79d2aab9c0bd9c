//! ConductorOne API client: what the service says in [`model`], and what may be asked of it as methods of
//! [`Client`], one file per API area in `api`.
//!
//! Settings become a [`Config`] once, with every problem reported; a [`Client`] made from it gets and renews its own
//! access tokens. Facts about the service come from ConductorOne's OpenAPI document (2026-08) and its public
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
