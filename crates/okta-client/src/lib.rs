//! Okta management API client.
//!
//! What this module promises: a token reaches a host only after that host has shown itself to be an Okta org, and
//! never any other host. [`Client`] can only ask for the org's public document; the [`Organization`] it returns is
//! the one thing that an [`AuthenticatedClient`] can be made from.

mod client;
mod domain;
mod endpoint_group;
mod error;
mod limiter;
mod limits;
mod list;
mod model;
mod permissions;
mod probe;
mod role;
mod token;
mod transport;

pub use client::{AuthenticatedClient, Client, Organization};
pub use domain::{Domain, InvalidDomain};
pub use endpoint_group::Bucket;
pub use error::{ApiError, Error};
pub use limiter::RequestPriority;
pub use limits::{InvalidRateShare, Limits, Quota, RateShare};
pub use list::{Listed, Paginator, next_link};
pub use model::{Link, Pipeline, User, UserProfile, UserStatus, null_as_default};
pub use permissions::{Capability, Extent, Scope, TokenPermissions, UnknownCapability, Verdict, Warning};
pub use role::{AdminRole, Assignment, RoleStatus, RoleType};
pub use token::{InvalidToken, Token};
pub use transport::{RequestOptions, RetryPolicy};
