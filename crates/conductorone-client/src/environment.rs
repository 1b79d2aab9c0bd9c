//! Every environment variable this client reads, in one place.
//!
//! The names are those of ConductorOne's own Terraform provider, so that a working environment keeps working.

/// A ready access token. Beats every other way of authenticating, even settings given as arguments.
pub const CONDUCTORONE_ACCESS_TOKEN: &str = "CONDUCTORONE_ACCESS_TOKEN";

/// An OIDC token to exchange for an access token (workload federation); needs a client ID.
pub const CONDUCTORONE_OIDC_TOKEN: &str = "CONDUCTORONE_OIDC_TOKEN";

/// The same, as HCP Terraform sets it for an audience tagged `CONDUCTORONE`.
pub const TFC_WORKLOAD_IDENTITY_TOKEN_CONDUCTORONE: &str = "TFC_WORKLOAD_IDENTITY_TOKEN_CONDUCTORONE";

/// The same, as HCP Terraform sets it for an audience tagged `C1`.
pub const TFC_WORKLOAD_IDENTITY_TOKEN_C1: &str = "TFC_WORKLOAD_IDENTITY_TOKEN_C1";

/// The same, as HCP Terraform sets it for its untagged audience.
pub const TFC_WORKLOAD_IDENTITY_TOKEN: &str = "TFC_WORKLOAD_IDENTITY_TOKEN";

/// Client ID, `<id>@<host>/<use>`.
pub const CONDUCTORONE_CLIENT_ID: &str = "CONDUCTORONE_CLIENT_ID";

/// Client secret, `secret-token:conductorone.com:v1:…`.
pub const CONDUCTORONE_CLIENT_SECRET: &str = "CONDUCTORONE_CLIENT_SECRET";

/// The tenant: its name, host or address.
pub const CONDUCTORONE_TENANT_DOMAIN: &str = "CONDUCTORONE_TENANT_DOMAIN";

/// The tenant's address.
pub const CONDUCTORONE_SERVER_URL: &str = "CONDUCTORONE_SERVER_URL";

/// Where an OIDC token is looked for, first match wins.
pub const OIDC_TOKENS: [&str; 4] = [
    CONDUCTORONE_OIDC_TOKEN,
    TFC_WORKLOAD_IDENTITY_TOKEN_CONDUCTORONE,
    TFC_WORKLOAD_IDENTITY_TOKEN_C1,
    TFC_WORKLOAD_IDENTITY_TOKEN,
];
