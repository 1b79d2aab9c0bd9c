//! Objects of a new tenant: a few apps, and one user for each reason why an owner is valid or not.

use serde_json::json;

use super::credentials::Credentials;
use super::data::Data;
use super::fields;
use super::handlers::apps;
use super::model::app::{App, AppOwners};
use super::model::user::{Role, User};
use super::records::Records;
use crate::clock::Timestamp;
use crate::identifiers::conductorone_id;

/// Name and display name of each role. The first three names are constants of a public ConductorOne client. The names of
/// the others are not published, so clients match them by display name.
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
    // Users of the first Okta org too, one of them with an admin role there.
    ("Sue Superadmin", "sue.superadmin@sandbox.example.com", &["system:owner"], HUMAN, ENABLED),
    ("Alice Active", "alice.active@sandbox.example.com", &["system:owner"], HUMAN, ENABLED),
];

const HUMAN: &str = "USER_TYPE_HUMAN";
const ENABLED: &str = "ENABLED";

const APPS: &[&str] = &["Okta", "Okta (preview)", "Internal Tools"];

/// Creates a tenant with random IDs and secrets.
pub(crate) fn new_tenant(now: Timestamp) -> Data {
    let roles = roles(now);
    let users = users(now, &roles);
    // See USERS: the first user owns the API key, the second is the service principal.
    let id = |index: usize| users.get(index).map(|user: &User| user.id.clone()).unwrap_or_default();
    let credentials = Credentials::random(&id(0), &id(1));
    let mut data = Data {
        tenant_id: conductorone_id(),
        credentials,
        roles,
        users,
        apps: Records::default(),
        connectors: Records::default(),
        tasks: Records::default(),
    };
    APPS.iter().for_each(|name| data.apps.put(app(name, now)));
    data.commit();
    data
}

fn roles(now: Timestamp) -> Vec<Role> {
    ROLES
        .iter()
        .map(|(name, display_name)| Role {
            id: conductorone_id(),
            name: (*name).to_owned(),
            display_name: (*display_name).to_owned(),
            created_at: now,
        })
        .collect()
}

fn users(now: Timestamp, roles: &[Role]) -> Vec<User> {
    USERS
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
        .collect()
}

fn app(name: &str, now: Timestamp) -> App {
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
}
