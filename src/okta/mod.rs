//! Okta management API client.
//!
//! What this module promises: a token reaches a host only after that host has shown itself to be an Okta org, and
//! never any other host. [`Client`] can only ask for the org's public document; the [`Organization`] it returns is
//! the one thing that an [`AuthenticatedClient`] can be made from.

mod assignment;
mod client;
mod domain;
mod error;
mod exchange;
pub mod inventory;
mod limits;
mod list;
mod membership;
mod model;
mod powers;
mod probe;
mod role;
mod token;

pub use client::{AuthenticatedClient, Client, Organization};
pub use domain::{Domain, InvalidDomain};
pub use error::{ApiError, Error};
pub use limits::{Bucket, InvalidRateShare, Limits, Quota, RateShare};
pub use list::next_link;
pub use model::{Pipeline, User, UserProfile, UserStatus};
pub use powers::{Capability, Powers, Reach, Scope, UnknownCapability, Verdict, Warning};
pub use role::{AdminRole, Assignment, RoleStatus, RoleType};
pub use token::{InvalidToken, Token};
