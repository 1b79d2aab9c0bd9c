//! Warnings about owners who cannot do what an owner has to: nothing stops them, but somebody should know.

use crate::framework::context::Context;
use crate::framework::diagnostics::Diagnostic;
use crate::framework::path::AttributePath;
use crate::provider::data::ProviderData;
use conductorone_client::model::{Role, User, UserStatus};
use okta_client::{AdminRole, Organization, RoleType, Token};

/// Warns about owners who cannot do what an owner has to.
pub(super) async fn warn_about(cx: &Context<ProviderData>, services: &ProviderData, users: &[(String, User)]) {
    let roles = match services.roles().await {
        Ok(roles) => roles,
        Err(error) => {
            // Not everybody may list roles, and nothing depends on it.
            tracing::debug!(%error, "could not list roles, owners are not checked for theirs");
            Vec::new()
        }
    };
    // One warning each: Terraform folds warnings with the same summary into one, and hides the others' details.
    let (mut disabled, mut powerless) = (Vec::new(), Vec::new());
    for (text, user) in users {
        if matches!(user.status, UserStatus::Disabled | UserStatus::Deleted) || user.deleted_at.is_some() {
            disabled.push(called(text, user));
            // A role would not help them.
            continue;
        }
        let held: Vec<&Role> = roles.iter().filter(|role| user.role_ids.contains(&role.id)).collect();
        if !roles.is_empty() && !held.iter().any(|role| role.may_own_connectors()) {
            let titles: Vec<&str> = held.iter().map(|role| role.title()).collect();
            let titles = if titles.is_empty() { "no role".to_owned() } else { titles.join(", ") };
            powerless.push(format!("{} has {titles}", called(text, user)));
        }
    }
    if !disabled.is_empty() {
        cx.warn(
            Diagnostic::warning(
                "Owner is disabled",
                format!(
                    "Who is disabled in ConductorOne cannot sign in and act on what the connector needs: {}. Name \
                     somebody else, or enable them again.",
                    disabled.join(", ")
                ),
            )
            .at(AttributePath::to("owners")),
        );
    }
    if !powerless.is_empty() {
        cx.warn(
            Diagnostic::warning(
                "Owner lacks a role",
                format!(
                    "ConductorOne's documentation asks for Super Administrator or Connector Administrator of whoever owns \
                     a connector. {}. Give them such a role in ConductorOne, or name somebody else.",
                    powerless.join("; ")
                ),
            )
            .at(AttributePath::to("owners")),
        );
    }
}

/// A user as the configuration has them, with their name where there is one.
fn called(text: &str, user: &User) -> String {
    if user.display_name.is_empty() { text.to_owned() } else { format!("{} ({text})", user.display_name) }
}

/// Warns about owners whom Okta shows without the admin role that ConductorOne's documentation asks for there. Says
/// nothing where the token may not read roles, or Okta knows nobody by that email.
pub(super) async fn warn_about_okta(
    cx: &Context<ProviderData>,
    services: &ProviderData,
    (organization, token): (&Organization, &Token),
    users: &[(String, User)],
) {
    let mut powerless = Vec::new();
    for (text, user) in users.iter().filter(|(_, user)| !user.email.is_empty()) {
        match services.admin_roles(organization, token, &user.email).await {
            Ok(Some(roles)) if !roles.iter().any(suffices) => powerless.push(called(text, user)),
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(%error, "could not read admin roles, owners are not checked in Okta");
                break;
            }
        }
    }
    if !powerless.is_empty() {
        cx.warn(
            Diagnostic::warning(
                "Owner lacks a role in Okta",
                format!(
                    "ConductorOne's documentation asks for Read-only Administrator or Super Administrator in Okta of \
                     whoever owns an Okta connector. Okta shows neither for {}. Give them such a role in Okta, or name \
                     somebody else.",
                    powerless.join(", ")
                ),
            )
            .at(AttributePath::to("owners")),
        );
    }
}

/// Whether ConductorOne's documentation is content with an admin role in Okta.
fn suffices(role: &AdminRole) -> bool {
    role.grants(&RoleType::Super) || role.grants(&RoleType::ReadOnly)
}
