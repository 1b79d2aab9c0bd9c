//! Warnings about owners who lack what an owner needs. ConductorOne accepts them, so these are not errors.

use crate::framework::context::Context;
use crate::framework::diagnostics::Diagnostic;
use crate::framework::path::AttributePath;
use crate::provider::data::ProviderData;
use conductorone_client::model::{Role, User, UserStatus};
use okta_client::{AdminRole, Organization, RoleType, Token};

/// Warns about owners who are disabled or lack a role in ConductorOne.
pub(super) async fn warn_about(cx: &Context<ProviderData>, services: &ProviderData, users: &[(String, User)]) {
    let roles = match services.roles().await {
        Ok(roles) => roles,
        Err(error) => {
            // The credentials may lack the permission to list roles. The check is optional.
            tracing::debug!(%error, "could not list roles, skipping the check of the owners' roles");
            Vec::new()
        }
    };
    // One warning for all owners: Terraform shows only one detail of several warnings with the same summary.
    let (mut disabled, mut lacking) = (Vec::new(), Vec::new());
    for (text, user) in users {
        if matches!(user.status, UserStatus::Disabled | UserStatus::Deleted) || user.deleted_at.is_some() {
            disabled.push(label(text, user));
            continue;
        }
        let held: Vec<&Role> = roles.iter().filter(|role| user.role_ids.contains(&role.id)).collect();
        if !roles.is_empty() && !held.iter().any(|role| role.may_own_connectors()) {
            let titles: Vec<&str> = held.iter().map(|role| role.title()).collect();
            let titles = if titles.is_empty() { "no role".to_owned() } else { titles.join(", ") };
            lacking.push(format!("{} has {titles}", label(text, user)));
        }
    }
    if !disabled.is_empty() {
        cx.warn(
            Diagnostic::warning(
                "Owner is disabled",
                format!(
                    "Disabled users cannot sign in to ConductorOne to act as owner: {}. Choose another owner, or enable \
                     the user.",
                    disabled.join(", ")
                ),
            )
            .at(AttributePath::to("owners")),
        );
    }
    if !lacking.is_empty() {
        cx.warn(
            Diagnostic::warning(
                "Owner lacks a role",
                format!(
                    "According to ConductorOne's documentation, the owner of a connector needs the role Super \
                     Administrator or Connector Administrator. {}. Assign one of these roles in ConductorOne, or \
                     choose another owner.",
                    lacking.join("; ")
                ),
            )
            .at(AttributePath::to("owners")),
        );
    }
}

/// Returns the display name, if there is one, and the text from the configuration.
fn label(text: &str, user: &User) -> String {
    if user.display_name.is_empty() { text.to_owned() } else { format!("{} ({text})", user.display_name) }
}

/// Warns about owners without the admin role in Okta that ConductorOne's documentation requires. Does not warn if the
/// token may not read roles, or if the org has no user with that email.
pub(super) async fn warn_about_okta(
    cx: &Context<ProviderData>,
    services: &ProviderData,
    (organization, token): (&Organization, &Token),
    users: &[(String, User)],
) {
    let mut lacking = Vec::new();
    for (text, user) in users.iter().filter(|(_, user)| !user.email.is_empty()) {
        match services.admin_roles(organization, token, &user.email).await {
            Ok(Some(roles)) if !roles.iter().any(suffices) => lacking.push(label(text, user)),
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "could not read admin roles, skipping the check of the owners in Okta");
                break;
            }
        }
    }
    if !lacking.is_empty() {
        cx.warn(
            Diagnostic::warning(
                "Owner lacks a role in Okta",
                format!(
                    "According to ConductorOne's documentation, the owner of an Okta connector needs the role Read-only \
                     Administrator or Super Administrator in Okta. Okta returned neither for {}. Assign one of these \
                     roles in Okta, or choose another owner.",
                    lacking.join(", ")
                ),
            )
            .at(AttributePath::to("owners")),
        );
    }
}

/// Returns whether an admin role in Okta satisfies ConductorOne's documentation.
fn suffices(role: &AdminRole) -> bool {
    role.grants(&RoleType::Super) || role.grants(&RoleType::ReadOnly)
}
