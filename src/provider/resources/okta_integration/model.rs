//! What a configuration says about an integration, and what Terraform keeps of it.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::secret::Secret;
use crate::framework::value::Value;
use conductorone_client::catalog::{CatalogEntry, Flag};

/// Connects an Okta org with an app in ConductorOne: creates the Okta connector, runs its first sync and waits
/// until it is connected.
///
/// Given `domain` and `api_token` (or `api_token_wo`), the credentials are checked against Okta before anything is created
/// or changed. Given neither, the connector is created without settings for its owners to finish (*delegated set-up*).
///
/// A changed domain of the same org, token or setting is written in place and runs a new sync. Whatever is changed by
/// hand in ConductorOne shows in the next plan, but for the token, of which only a warning can tell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OktaIntegration {
    /// ID of the connector.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub id: Value<String>,
    /// When the connector was created, as an RFC 3339 timestamp.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub created_at: Value<String>,
    /// Name that ConductorOne shows for the connector. Whatever it is called there stays.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub display_name: Value<String>,
    /// What ConductorOne can do with the token: some of `review_group_membership`, `provision_group_membership`,
    /// `review_app_assignment`, `provision_app_assignment`, `review_org_roles`. As of the last apply that checked the
    /// token, or of every plan where `required_capabilities` is set. Those that can only be presumed are among them; the
    /// data source `conductorone_okta_token` tells which. Null where the token was never checked.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub capabilities: Value<BTreeSet<Value<String>>>,
    /// ID of the Okta org behind `domain`, as the org itself tells. Null where it was never asked: in a delegated
    /// set-up, or with `validate_credentials` off.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub okta_org_id: Value<String>,

    /// ID of the ConductorOne app that the connector feeds. Changing it makes a new connector.
    #[schemars(extend("x-tf" = { "required": true, "requires_replace": true }))]
    pub app_id: Value<String>,
    /// CatalogEntry of ConductorOne's catalog: `okta`, or `okta_v2` for its successor, which ConductorOne sends new users to.
    /// Defaults to `okta`. Changing it makes a new connector.
    #[schemars(extend("x-tf" = { "optional": true, "default": "okta", "requires_replace": true }))]
    pub connector: Value<String>,
    /// Domain of the Okta org: `acme.okta.com`, with or without `https://`, or the org's custom domain. Needs a
    /// token with it. Another domain of the same org changes the connector in place; another org makes a new one,
    /// and so does a domain that is known only after apply.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub domain: Value<String>,
    /// API token of the Okta org. It has the rights of the administrator who made it. Kept in the state as plain
    /// text: protect the state, or use `api_token_wo` instead.
    #[schemars(extend("x-tf" = { "optional": true, "sensitive": true }))]
    pub api_token: Value<Secret>,
    /// The same token, write-only: in no plan and no state. Needs Terraform 1.11 or OpenTofu 1.11. Goes with
    /// `api_token_wo_version`, because a change of the token alone cannot be seen.
    // Not marked as sensitive too: Terraform 1.11 keeps the paths of sensitive attributes in random order, and with
    // more than one of them `plan -refresh-only -detailed-exitcode` reports a change every other time.
    #[schemars(extend("x-tf" = { "optional": true, "write_only": true }))]
    pub api_token_wo: Value<Secret>,
    /// Number of the token that `api_token_wo` holds: any change sends the token again, in place. Count it up with each
    /// new token. Needs `api_token_wo`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub api_token_wo_version: Value<i64>,
    /// Text that ConductorOne shows beside the connector. Changing it changes the connector in place. While a connector
    /// is being created, a note of Terraform's stands in its place. Defaults to none.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub description: Value<String>,
    /// ConductorOne users who own the connector, by ID or email. Each should be a Super Administrator or Connector
    /// Administrator there. Kept as written, compared by user. Defaults to whoever applies. An empty set leaves the
    /// connector without owners; leaving the argument out later keeps the owners as they are. Changing them changes the
    /// connector in place.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub owners: Value<BTreeSet<Value<String>>>,

    /// Leave out apps that are inactive in Okta. For the connector `okta` only. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub skip_inactive_apps: Value<bool>,
    /// Sync users that are deprovisioned in Okta too. For the connector `okta` only. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub sync_deprovisioned_users: Value<bool>,
    /// Read role assignments from the SAML settings of AWS apps. For the connector `okta` only. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub extract_aws_saml_roles: Value<bool>,
    /// Sync admin roles that the org made itself. For the connector `okta_v2` only. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub sync_custom_roles: Value<bool>,
    /// Leave out users' second email addresses. For the connector `okta_v2` only. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub skip_secondary_emails: Value<bool>,
    /// Sync API tokens as things that somebody holds. For the connector `okta_v2` only. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub sync_secrets: Value<bool>,

    /// What ConductorOne must be able to do with the token, from the same names as `capabilities`. Every plan checks
    /// the token then, and fails when it lacks one. Defaults to none. Needs `domain` and a token, and
    /// `validate_credentials`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub required_capabilities: Value<BTreeSet<Value<String>>>,

    /// Check domain and token against Okta, in the plan and again before anything is created or changed. Turn it
    /// off only where Terraform runs without a way to the org. Defaults to `true`.
    #[schemars(extend("x-tf" = { "optional": true, "default": true }))]
    pub validate_credentials: Value<bool>,
    /// Wait until the sync that an apply starts has ended, and fail when it fails; `timeouts` say how long. With `false`
    /// an apply ends when ConductorOne has the settings. Defaults to `true`.
    #[schemars(extend("x-tf" = { "optional": true, "default": true }))]
    pub wait_for_sync: Value<bool>,

    /// Any text; each change of it runs a new sync, although no setting changes. Give it the ID of something else that
    /// Okta should have by then, or a date. Does nothing in a delegated set-up.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub sync_trigger: Value<String>,

    /// How long operations may take, such as `90s`, `30m` or `1h 30m`.
    #[schemars(extend("x-tf" = { "block": true }))]
    pub timeouts: Value<Timeouts>,
}

/// How long operations may take, such as `90s`, `30m` or `1h 30m`.
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

impl OktaIntegration {
    /// An integration of which only the connector is known, with the arguments that only Terraform knows at their
    /// defaults. Reading it fills in the rest.
    pub(super) fn of_connector(app_id: Value<String>, id: Value<String>) -> Self {
        Self {
            id,
            app_id,
            created_at: Value::Null,
            display_name: Value::Null,
            capabilities: Value::Null,
            connector: Value::Null,
            okta_org_id: Value::Null,
            domain: Value::Null,
            api_token: Value::Null,
            api_token_wo: Value::Null,
            api_token_wo_version: Value::Null,
            description: Value::Null,
            owners: Value::Null,
            skip_inactive_apps: Value::Null,
            sync_deprovisioned_users: Value::Null,
            extract_aws_saml_roles: Value::Null,
            sync_custom_roles: Value::Null,
            skip_secondary_emails: Value::Null,
            sync_secrets: Value::Null,
            required_capabilities: Value::Null,
            validate_credentials: Value::Known(true),
            wait_for_sync: Value::Known(true),
            sync_trigger: Value::Null,
            timeouts: Value::Null,
        }
    }
}

impl OktaIntegration {
    /// The flags of every kind of connector.
    pub(super) fn flags(&self) -> [(Flag, &Value<bool>); 6] {
        [
            (Flag::SkipInactiveApps, &self.skip_inactive_apps),
            (Flag::SyncDeprovisionedUsers, &self.sync_deprovisioned_users),
            (Flag::ExtractAwsSamlRoles, &self.extract_aws_saml_roles),
            (Flag::SyncCustomRoles, &self.sync_custom_roles),
            (Flag::SkipSecondaryEmails, &self.skip_secondary_emails),
            (Flag::SyncSecrets, &self.sync_secrets),
        ]
    }

    /// The same, to be set.
    pub(super) fn flags_mut(&mut self) -> [(Flag, &mut Value<bool>); 6] {
        [
            (Flag::SkipInactiveApps, &mut self.skip_inactive_apps),
            (Flag::SyncDeprovisionedUsers, &mut self.sync_deprovisioned_users),
            (Flag::ExtractAwsSamlRoles, &mut self.extract_aws_saml_roles),
            (Flag::SyncCustomRoles, &mut self.sync_custom_roles),
            (Flag::SkipSecondaryEmails, &mut self.skip_secondary_emails),
            (Flag::SyncSecrets, &mut self.sync_secrets),
        ]
    }

    /// The kind of connector, where it is known; a plan never leaves it null.
    pub(super) fn entry(&self) -> Option<CatalogEntry> {
        self.connector.text()?.parse().ok()
    }
}
