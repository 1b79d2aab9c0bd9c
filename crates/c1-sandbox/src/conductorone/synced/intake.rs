//! Writes the inventory of an Okta org to the database.

use rusqlite::{Connection, params};

use okta_client::{AdminRole, Assignment, AuthenticatedClient, UserStatus};
use okta_inventory::{AppUserEntry, Event, Id, Selection, Sink, UserEntry};

use super::super::model::connector::SyncCounts;
use super::super::org_clients::{SyncSource, with_causes};
use super::database::Database;
use super::kind::{ResourceKind, synced_id};
use super::lifecycle::Published;
use crate::clock::Clock;

/// Result of a sync that read everything it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyncResult {
    /// Reads return the sync's rows only after a confirmation.
    pub(crate) is_held_back: bool,
    pub(crate) counts: SyncCounts,
}

/// Reads an org and stores its objects as a sync of a connector.
///
/// # Errors
/// If the org cannot be read or the rows cannot be written. The error is the text of `lastError`.
pub(crate) async fn run(
    database: &Database,
    source: &SyncSource,
    client: &AuthenticatedClient,
    selection: Selection,
    clock: &Clock,
) -> Result<SyncResult, String> {
    let SyncSource { app_id, connector_id, checks_for_drop, .. } = source;
    let checks_for_drop = *checks_for_drop;
    let unwritten = |error: rusqlite::Error| format!("could not store the synced objects: {error}");
    let sync = database.begin(app_id, connector_id).map_err(unwritten)?;
    let mut intake = Intake { database: database.clone(), connector_id: connector_id.clone(), sync };
    match okta_inventory::crawl(client, selection, &mut intake).await {
        Ok(summary) => {
            // A sync without one of these lists would hide all its objects as if they had been deleted.
            let needed = summary.unreadable.keys().find(|found| matches!(found.what, "users" | "groups" | "apps"));
            if let Some(unreadable) = needed {
                database.discard(sync).map_err(unwritten)?;
                return Err(format!("the token may not read {}: {}", unreadable.what, unreadable.why));
            }
            let (database, completed_at) = (database.clone(), clock.now().micros());
            let publish = move || {
                let published = database.publish(sync, &completed_at, checks_for_drop)?;
                Ok(SyncResult { is_held_back: published == Published::HeldBack, counts: database.counts(sync)? })
            };
            tokio::task::spawn_blocking(publish).await.map_err(|error| error.to_string())?.map_err(unwritten)
        }
        Err(error) => {
            database.discard(sync).map_err(unwritten)?;
            Err(with_causes(&error))
        }
    }
}

/// Source of a grant through a group that Okta does not name. Publishing the sync replaces it.
const UNKNOWN_GROUP: &str = "?";

/// Writes the rows of one sync. Later events replace earlier ones for the same object.
struct Intake {
    database: Database,
    connector_id: String,
    sync: i64,
}

impl Sink for Intake {
    type Error = rusqlite::Error;

    async fn accept(&mut self, event: Event) -> Result<(), Self::Error> {
        self.database.with(|rows| self.write(rows, event))
    }
}

impl Intake {
    fn write(&self, rows: &Connection, event: Event) -> rusqlite::Result<()> {
        match event {
            Event::Users(users) => users.iter().try_for_each(|user| self.account(rows, user)),
            Event::Groups(groups) => groups.iter().try_for_each(|group| {
                self.resource(rows, ResourceKind::Group, group.id.as_str(), &group.name, &group.description)
            }),
            Event::Apps(apps) => apps
                .iter()
                .try_for_each(|app| self.resource(rows, ResourceKind::App, app.id.as_str(), &app.label, &app.name)),
            Event::Members { group, users } => {
                users.iter().try_for_each(|user| self.grant(rows, ResourceKind::Group, &group, user, ""))
            }
            Event::EveryoneIsMember { group, deprovisioned_too } => {
                self.grant_to_everyone(rows, &group, deprovisioned_too)
            }
            Event::AppUsers { app, users } => users.iter().try_for_each(|user| self.app_user(rows, &app, user)),
            Event::GroupApps { group, apps } => {
                apps.iter().try_for_each(|app| self.group_grant(rows, ResourceKind::App, app, &group))
            }
            Event::UserRoles { user, roles } => roles.iter().filter(|role| role.is_active()).try_for_each(|role| {
                let source = if role.assignment == Assignment::Group { UNKNOWN_GROUP } else { "" };
                let external_id = self.role(rows, role)?;
                self.grant(rows, ResourceKind::Role, &external_id, &user, source)
            }),
            Event::GroupRoles { group, roles } => roles.iter().filter(|role| role.is_active()).try_for_each(|role| {
                let external_id = self.role(rows, role)?;
                self.group_grant(rows, ResourceKind::Role, &external_id, &group)
            }),
        }
    }

    fn account(&self, rows: &Connection, user: &UserEntry) -> rusqlite::Result<()> {
        let mut insert = rows.prepare_cached(
            "INSERT OR REPLACE INTO account (sync, external_id, id, login, email, name, status)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let (external_id, status) = (user.id.as_str(), user.status.as_str());
        let id = synced_id(&self.connector_id, "account", external_id);
        insert.execute(params![self.sync, external_id, id, user.login, user.email, user.display_name, status]).map(drop)
    }

    /// Stores an assignment of an app with the SAML roles that it includes.
    fn app_user(&self, rows: &Connection, app: &Id, entry: &AppUserEntry) -> rusqlite::Result<()> {
        let AppUserEntry { user, is_direct, saml_roles } = entry;
        self.grant(rows, ResourceKind::App, app, user, if *is_direct { "" } else { UNKNOWN_GROUP })?;
        saml_roles.iter().try_for_each(|role| {
            // Roles belong to their app: two apps can have roles of the same name.
            let external_id = Id::from(format!("{app}:{role}").as_str());
            self.resource(rows, ResourceKind::SamlRole, external_id.as_str(), role, "")?;
            self.grant(rows, ResourceKind::SamlRole, &external_id, user, "")
        })
    }

    fn resource(
        &self,
        rows: &Connection,
        kind: ResourceKind,
        external_id: &str,
        name: &str,
        description: &str,
    ) -> rusqlite::Result<()> {
        let mut insert = rows.prepare_cached(
            "INSERT OR REPLACE INTO resource (sync, kind, external_id, id, entitlement, name, description)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let id = synced_id(&self.connector_id, kind.as_str(), external_id);
        let entitlement = synced_id(&self.connector_id, kind.entitlement(), external_id);
        insert.execute(params![self.sync, kind.as_str(), external_id, id, entitlement, name, description]).map(drop)
    }

    /// Stores an admin role and returns its external ID: the type of a standard role, the name of a custom one.
    fn role(&self, rows: &Connection, role: &AdminRole) -> rusqlite::Result<Id> {
        let kind = role.kind.as_str();
        let external_id = if kind == "CUSTOM" { role.label.as_str() } else { kind };
        let name = if role.label.is_empty() { kind } else { role.label.as_str() };
        self.resource(rows, ResourceKind::Role, external_id, name, "")?;
        Ok(Id::from(external_id))
    }

    fn grant(
        &self,
        rows: &Connection,
        kind: ResourceKind,
        external_id: &Id,
        user: &Id,
        source: &str,
    ) -> rusqlite::Result<()> {
        let mut insert = rows.prepare_cached(
            "INSERT OR IGNORE INTO grants (sync, kind, external_id, account, source) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        insert.execute(params![self.sync, kind.as_str(), external_id.as_str(), user.as_str(), source]).map(drop)
    }

    fn grant_to_everyone(&self, rows: &Connection, group: &Id, deprovisioned_too: bool) -> rusqlite::Result<()> {
        let insert = "INSERT OR IGNORE INTO grants (sync, kind, external_id, account, source)
                      SELECT sync, 'group', ?2, external_id, '' FROM account
                      WHERE sync = ?1 AND (?3 OR status <> ?4)";
        let deprovisioned = UserStatus::Deprovisioned;
        rows.execute(insert, params![self.sync, group.as_str(), deprovisioned_too, deprovisioned.as_str()]).map(drop)
    }

    fn group_grant(&self, rows: &Connection, kind: ResourceKind, external_id: &Id, group: &Id) -> rusqlite::Result<()> {
        let mut insert = rows.prepare_cached(
            "INSERT OR IGNORE INTO group_grants (sync, kind, external_id, source) VALUES (?1, ?2, ?3, ?4)",
        )?;
        insert.execute(params![self.sync, kind.as_str(), external_id.as_str(), group.as_str()]).map(drop)
    }
}
