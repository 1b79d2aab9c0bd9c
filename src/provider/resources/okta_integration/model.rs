//! The model of an integration: its arguments and attributes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::framework::secret::Secret;
use crate::framework::value::Value;
use crate::provider::support::values::SetOfStrings;
use conductorone_client::catalog::{CatalogEntry, Flag};

/// Connects an Okta org with an app in ConductorOne: creates the Okta connector, runs its first sync and waits until
/// ConductorOne reports *Connected*.
///
/// With `domain` and `api_token` (or `api_token_wo`), the provider verifies the credentials in Okta before it creates
/// or changes anything. Without them, it creates the connector without settings, and the connector's owners configure
/// it in ConductorOne (*delegated setup*).
///
/// Changes to settings, the token, or the domain of the same org update the connector in place and start a sync.
/// Changes made in the ConductorOne UI appear as drift in the next plan. The token is the exception: ConductorOne never
/// returns it, so the provider can only warn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OktaIntegrationModel {
    /// ID of the connector.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub id: Value<String>,
    /// Time when the connector was created, as an RFC 3339 timestamp.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub created_at: Value<String>,
    /// Name of the connector in ConductorOne. The provider never changes it.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub display_name: Value<String>,
    /// Capabilities that the token gives ConductorOne: any of `review_group_membership`, `provision_group_membership`,
    /// `review_app_assignment`, `provision_app_assignment` and `review_org_roles`. Includes presumed capabilities,
    /// which the data source `conductorone_okta_token` distinguishes. Determined by each apply that verifies the token,
    /// and by every plan if `required_capabilities` is set. Null if the token was never verified.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub capabilities: SetOfStrings,
    /// ID of the Okta org at `domain`. Null in a delegated setup, or if `validate_credentials` is `false`.
    #[schemars(extend("x-tf" = { "computed": true }))]
    pub okta_org_id: Value<String>,

    /// ID of the ConductorOne app that the connector belongs to. Changing it creates a new connector.
    #[schemars(extend("x-tf" = { "required": true, "requires_replace": true }))]
    pub app_id: Value<String>,
    /// Entry in ConductorOne's connector catalog: `okta`, or its successor `okta_v2`, to which ConductorOne directs
    /// new users. Defaults to `okta`. Changing it creates a new connector.
    #[schemars(extend("x-tf" = { "optional": true, "default": "okta", "requires_replace": true }))]
    pub connector: Value<String>,
    /// Domain of the Okta org, such as `acme.okta.com`, with or without `https://`, or a custom domain. Requires
    /// `api_token` or `api_token_wo`. Another domain of the same org updates the connector in place. A domain of
    /// another org creates a new connector, as does a domain that is known only after apply.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub domain: Value<String>,
    /// API token of the Okta org. It has the permissions of the administrator who created it. Stored in the state as
    /// plain text: protect the state, or use `api_token_wo` instead.
    #[schemars(extend("x-tf" = { "optional": true, "sensitive": true }))]
    pub api_token: Value<Secret>,
    /// API token of the Okta org as a write-only argument, which Terraform never stores in a plan or state. Set
    /// `api_token_wo_version` too, because Terraform cannot detect a change of a write-only argument. Requires
    /// Terraform 1.11 or OpenTofu 1.11.
    // Not also marked as sensitive: Terraform 1.11 keeps the paths of sensitive attributes in random order, and with
    // more than one of them `plan -refresh-only -detailed-exitcode` reports a change every other time.
    #[schemars(extend("x-tf" = { "optional": true, "write_only": true }))]
    pub api_token_wo: Value<Secret>,
    /// Version of the token in `api_token_wo`. Increment it whenever the token changes. Each change sends the token
    /// again and updates the connector in place. Requires `api_token_wo`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub api_token_wo_version: Value<i64>,
    /// Description of the connector in ConductorOne. Defaults to none. Changing it updates the connector in place.
    /// While Terraform creates the connector, ConductorOne shows an adoption marker instead.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub description: Value<String>,
    /// IDs or emails of the ConductorOne users who own the connector. Each should be a Super Administrator or Connector
    /// Administrator. An ID and an email of the same user are equivalent, and the state keeps the configured one.
    /// Defaults to the user of the provider's credentials. An empty set removes all owners. Removing the argument keeps
    /// the current owners. Changing it updates the connector in place.
    #[schemars(extend("x-tf" = { "optional": true, "computed": true }))]
    pub owners: SetOfStrings,

    /// Omit apps that are inactive in Okta. Only for the connector `okta`. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub skip_inactive_apps: Value<bool>,
    /// Also sync users that are deprovisioned in Okta. Only for the connector `okta`. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub sync_deprovisioned_users: Value<bool>,
    /// Read role assignments from the SAML settings of AWS apps. Only for the connector `okta`. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub extract_aws_saml_roles: Value<bool>,
    /// Sync custom admin roles of the org. Only for the connector `okta_v2`. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub sync_custom_roles: Value<bool>,
    /// Omit secondary email addresses of users. Only for the connector `okta_v2`. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub skip_secondary_emails: Value<bool>,
    /// Sync API tokens as resources. Only for the connector `okta_v2`. Defaults to `false`.
    #[schemars(extend("x-tf" = { "optional": true, "default": false }))]
    pub sync_secrets: Value<bool>,

    /// Capabilities that the token must have, by the same names as in `capabilities`. Every plan verifies them and
    /// fails if one is missing. Defaults to none. Requires `domain`, a token and `validate_credentials = true`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub required_capabilities: SetOfStrings,

    /// Verify `domain` and the token in Okta during plan, and again before an apply creates or changes anything.
    /// Disable it only if Terraform has no network access to the org. Defaults to `true`.
    #[schemars(extend("x-tf" = { "optional": true, "default": true }))]
    pub validate_credentials: Value<bool>,
    /// Wait for the end of the sync that an apply starts, and fail if the sync fails. `timeouts` limits the time. With
    /// `false`, an apply ends as soon as ConductorOne has saved the settings. Defaults to `true`.
    #[schemars(extend("x-tf" = { "optional": true, "default": true }))]
    pub wait_for_sync: Value<bool>,

    /// Arbitrary text. Each change starts a sync, even if no setting changes. Set it to the ID of an object that the
    /// sync should include, or to a date. Has no effect in a delegated setup.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub sync_trigger: Value<String>,

    /// Timeouts of operations, as durations in Go's grammar: numbers with a unit (`h`, `m`, `s`, `ms`, `us` or `ns`)
    /// and without spaces, such as `90s`, `30m`, `1h30m` or `1.5h`.
    #[schemars(extend("x-tf" = { "block": true }))]
    pub timeouts: Value<Timeouts>,
}

/// Timeouts of operations, as durations in Go's grammar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timeouts {
    /// Timeout of a create, including the first sync. Defaults to `30m`. If only the sync is still running at that
    /// time, the apply succeeds with a warning.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub create: Value<String>,
    /// Timeout of an update, including the sync that follows. Defaults to `30m`. If only the sync is still running at
    /// that time, the apply succeeds with a warning.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub update: Value<String>,
    /// Timeout of a delete, until ConductorOne no longer returns the connector. Defaults to `5m`.
    #[schemars(extend("x-tf" = { "optional": true }))]
    pub delete: Value<String>,
}

impl OktaIntegrationModel {
    /// Returns the model of an existing connector before its first read. Arguments without a counterpart in
    /// ConductorOne have their defaults.
    pub(super) fn of_connector(app_id: Value<String>, id: Value<String>) -> Self {
        Self {
            id,
            app_id,
            validate_credentials: Value::Known(true),
            wait_for_sync: Value::Known(true),
            ..Self::default()
        }
    }

    /// Returns the flags of all connectors.
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

    /// Returns the flags of all connectors for writing.
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

    /// Returns the catalog entry, if it is known. A plan always has one, because it has a default.
    pub(super) fn entry(&self) -> Option<CatalogEntry> {
        self.connector.text()?.parse().ok()
    }
}
