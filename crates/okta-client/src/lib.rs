//! A client for the Okta management API.
//!
//! A token is sent only to a host that has been verified as an Okta org, and to no other host. [`Client`] can only read
//! the org's public document. Only the [`Organization`] that it returns can create an [`AuthenticatedClient`].

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
mod rate_limit;
mod role;
mod token;
mod transport;

pub use client::{AuthenticatedClient, Client, Organization};
pub use domain::{Domain, InvalidDomain};
pub use endpoint_group::Bucket;
pub use error::{ApiError, Error};
pub use limiter::RequestPriority;
pub use limits::Limits;
pub use list::{Listed, Paginator, next_link};
pub use model::{Link, User, UserProfile, UserStatus};
pub use permissions::{Capability, CapabilityStatus, Extent, Scope, TokenPermissions, UnknownCapability, Warning};
pub use rate_limit::{InvalidRateShare, Quota, RateShare};
pub use role::{AdminRole, Assignment, RoleStatus, RoleType};
pub use token::{InvalidToken, Token, TokenFingerprint};
pub use transport::{RequestOptions, RetryLimits};
