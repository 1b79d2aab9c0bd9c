//! The environment variables of this client.
//!
//! The names are those of ConductorOne's own Terraform provider, so that existing environments keep working.

/// An access token. Takes precedence over all other credentials, including those given as arguments.
pub const CONDUCTORONE_ACCESS_TOKEN: &str = "CONDUCTORONE_ACCESS_TOKEN";

/// An OIDC token to exchange for an access token (workload federation). Requires a client ID.
pub const CONDUCTORONE_OIDC_TOKEN: &str = "CONDUCTORONE_OIDC_TOKEN";

/// An OIDC token, set by HCP Terraform for an audience tagged `CONDUCTORONE`.
pub const TFC_WORKLOAD_IDENTITY_TOKEN_CONDUCTORONE: &str = "TFC_WORKLOAD_IDENTITY_TOKEN_CONDUCTORONE";

/// An OIDC token, set by HCP Terraform for an audience tagged `C1`.
pub const TFC_WORKLOAD_IDENTITY_TOKEN_C1: &str = "TFC_WORKLOAD_IDENTITY_TOKEN_C1";

/// An OIDC token, set by HCP Terraform for its untagged audience.
pub const TFC_WORKLOAD_IDENTITY_TOKEN: &str = "TFC_WORKLOAD_IDENTITY_TOKEN";

/// Client ID, `<id>@<host>/<use>`.
pub const CONDUCTORONE_CLIENT_ID: &str = "CONDUCTORONE_CLIENT_ID";

/// Client secret, `secret-token:conductorone.com:v1:…`.
pub const CONDUCTORONE_CLIENT_SECRET: &str = "CONDUCTORONE_CLIENT_SECRET";

/// The tenant: its name, host or address.
pub const CONDUCTORONE_TENANT_DOMAIN: &str = "CONDUCTORONE_TENANT_DOMAIN";

/// The tenant's address.
pub const CONDUCTORONE_SERVER_URL: &str = "CONDUCTORONE_SERVER_URL";

/// The variables of OIDC tokens. The first that is set is used.
pub const OIDC_TOKENS: [&str; 4] = [
    CONDUCTORONE_OIDC_TOKEN,
    TFC_WORKLOAD_IDENTITY_TOKEN_CONDUCTORONE,
    TFC_WORKLOAD_IDENTITY_TOKEN_C1,
    TFC_WORKLOAD_IDENTITY_TOKEN,
];
