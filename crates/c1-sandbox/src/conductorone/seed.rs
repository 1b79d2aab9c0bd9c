//! What a new tenant holds: a few apps, and one user for each way in which an owner can be right or wrong.

use serde_json::json;

use super::app_owners::AppOwners;
use super::apps;
use super::credentials::Credentials;
use super::fields;
use super::tenant::{App, Data, Role, User};
use crate::clock::Timestamp;
use crate::identifiers::conductorone_id;

/// Name and display name of each role. The first three names are constants of a public ConductorOne client; those of
/// the others are not published, and clients match them by display name.
const ROLES: &[(&str, &str)] = &[
    ("system:owner", "Super Administrator"),
    ("system:viewer", "Read-Only Administrator"),
    ("system:user", "Basic User"),
    ("system:connector-admin", "Connector Administrator"),
    ("system:application-admin", "Application Administrator"),
];

/// Display name, email, roles, type, status.
const USERS: &[(&str, &str, &[&str], &str, &str)] = &[
    ("Ada Admin", "ada.admin@example.com", &["system:owner"], HUMAN, ENABLED),
    ("Terraform", "terraform@example.com", &["system:owner"], "USER_TYPE_SERVICE", ENABLED),
    ("Conrad Connector", "conrad.connector@example.com", &["system:user", "system:connector-admin"], HUMAN, ENABLED),
    ("Vera Viewer", "vera.viewer@example.com", &["system:user", "system:viewer"], HUMAN, ENABLED),
    ("Basil Basic", "basil.basic@example.com", &["system:user"], HUMAN, ENABLED),
    ("Gone Galore", "gone.galore@example.com", &["system:user"], HUMAN, "DISABLED"),
    // Users of the first Okta org too: one with an admin role there, one without.
    ("Sue Superadmin", "sue.superadmin@sandbox.example.com", &["system:owner"], HUMAN, ENABLED),
    ("Alice Active", "alice.active@sandbox.example.com", &["system:owner"], HUMAN, ENABLED),
];

const HUMAN: &str = "USER_TYPE_HUMAN";
const ENABLED: &str = "ENABLED";

const APPS: &[&str] = &["Okta", "Okta (preview)", "Internal Tools"];

/// A new tenant, with ids and secrets of its own.
pub(crate) fn new_tenant() -> Data {
    let now = Timestamp::now();
    let roles: Vec<Role> = ROLES
        .iter()
        .map(|(name, display_name)| Role {
            id: conductorone_id(),
            name: (*name).to_owned(),
            display_name: (*display_name).to_owned(),
            created_at: now,
        })
        .collect();
    let users: Vec<User> = USERS
        .iter()
        .map(|(display_name, email, names, kind, status)| User {
            id: conductorone_id(),
            display_name: (*display_name).to_owned(),
            email: (*email).to_owned(),
            status: (*status).to_owned(),
            kind: (*kind).to_owned(),
            role_ids: roles
                .iter()
                .filter(|role| names.contains(&role.name.as_str()))
                .map(|role| role.id.clone())
                .collect(),
            created_at: now,
            directory: None,
        })
        .collect();
    let apps = APPS
        .iter()
        .map(|name| {
            let mut fields = fields::zeros(apps::FIELDS);
            fields.insert("displayName".to_owned(), json!(name));
            App {
                id: conductorone_id(),
                fields,
                owners: AppOwners::default(),
                created_at: now,
                updated_at: now,
                deleted_at: None,
            }
        })
        .collect();
    // The first user is the person with the API key, the second the service principal; see USERS.
    let id = |index: usize| users.get(index).map(|user: &User| user.id.clone()).unwrap_or_default();
    Data {
        tenant_id: conductorone_id(),
        credentials: Credentials::random(&id(0), &id(1)),
        roles,
        users,
        apps,
        connectors: Vec::new(),
        tasks: Vec::new(),
    }
}
