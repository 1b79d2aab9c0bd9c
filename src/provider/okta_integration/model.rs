//! What a configuration says about an integration, and what Terraform keeps of it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::secret::Secret;
use crate::framework::value::Value;

/// Connects an Okta org with an app in ConductorOne: creates the Okta connector, runs its first sync and waits
/// until it is connected.
///
/// Given `domain` and `api_token`, the credentials are checked against Okta before anything is created or changed.
/// Given neither, the connector is created without settings for its owners to finish (*delegated set-up*).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OktaIntegration {
    /// ID of the connector.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub id: Value<String>,
    /// When the connector was created, as an RFC 3339 timestamp.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub created_at: Value<String>,
    /// ID of the Okta org behind `domain`, as the org itself tells. Null where it was never asked: in a delegated
    /// set-up, or with `validate_credentials` off.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub okta_org_id: Value<String>,

    /// ID of the ConductorOne app that the connector feeds. Changing it makes a new connector.
    #[schemars(extend("x-tf" = { "required": true, "forces_replacement": true }))]
    pub app_id: Value<String>,
    /// Domain of the Okta org: `acme.okta.com`, with or without `https://`, or the org's custom domain. Needs a
    /// token with it. Another domain of the same org changes the connector in place; another org makes a new one,
    /// and so does a domain that is known only after apply.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub domain: Value<String>,
    /// API token of the Okta org. It has the rights of the administrator who made it. Kept in the state as plain
    /// text: protect the state.
    #[schemars(extend("x-tf" = { "optional": true, "sensitive": true }))]
    pub api_token: Value<Secret>,
    /// IDs of the ConductorOne users who own the connector. Defaults to whoever applies. An empty set leaves the
    /// connector without owners; leaving the argument out later keeps the owners as they are.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub owners: Value<BTreeSet<Value<String>>>,

    /// Leave out apps that are inactive in Okta. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub skip_inactive_apps: Value<bool>,
    /// Sync users that are deprovisioned in Okta too. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub sync_deprovisioned_users: Value<bool>,
    /// Read role assignments from the SAML settings of AWS apps. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub extract_aws_saml_roles: Value<bool>,

    /// Check domain and token against Okta, in the plan and again before anything is created or changed. Turn it
    /// off only where Terraform runs without a way to the org. Defaults to `true`.
    #[schemars(extend("x-tf" = { "optional": true, "default": true }))]
    pub validate_credentials: Value<bool>,
    /// Wait until the sync that an apply starts has ended, and fail when it fails. Defaults to `true`.
    #[schemars(extend("x-tf" = { "optional": true, "default": true }))]
    pub wait_for_sync: Value<bool>,

    /// How long operations may take.
    #[schemars(extend("x-tf" = { "block": true }))]
    pub timeouts: Value<Timeouts>,
}

/// How long operations may take, such as `30m` or `1h 30m`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timeouts {
    /// Creating, the first sync included. Defaults to `30m`. When only the sync is still running then, the apply
    /// succeeds with a warning.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub create: Value<String>,
    /// Changing, the sync that follows included. Defaults to `30m`. When only the sync is still running then, the
    /// apply succeeds with a warning.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub update: Value<String>,
    /// Deleting, until the connector is gone. Defaults to `5m`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub delete: Value<String>,
}
