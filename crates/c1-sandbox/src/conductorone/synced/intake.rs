//! From an inventory of an Okta org to rows.

use rusqlite::{Connection, params};

use super::super::sync::{Source, explain};
use super::super::tenant::Counts;
use super::{Database, ResourceKind, brought_id};
use crate::clock::Timestamp;
use okta_client::{AdminRole, Assignment, AuthenticatedClient, UserStatus};
use okta_inventory::{AppUserEntry, Event, Id, Selection, Sink};

use super::database::Published;

/// How a sync ended that read what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Brought {
    /// Whether it has to be confirmed before it is shown.
    pub(crate) is_held: bool,
    pub(crate) counts: Counts,
}

/// Reads an org and keeps what it finds as a sync of a connector.
///
/// # Errors
/// When the org cannot be read or the rows cannot be written: a text for `lastError`.
pub(crate) async fn bring(
    database: &Database,
    source: &Source,
    client: &AuthenticatedClient,
    selection: Selection,
) -> Result<Brought, String> {
    let Source { app, connector, may_hold, .. } = source;
    let may_hold = *may_hold;
    let kept = |error: rusqlite::Error| format!("what was found could not be kept: {error}");
    let sync = database.begin(app, connector).map_err(kept)?;
    let mut intake = Intake { database: database.clone(), connector: connector.clone(), sync };
    match okta_inventory::crawl(client, selection, &mut intake).await {
        Ok(summary) => {
            // Without one of these lists there is nothing to review: what the token cannot see would look as if gone.
            let needed = summary.unreadable.keys().find(|found| matches!(found.what, "users" | "groups" | "apps"));
            if let Some(unreadable) = needed {
                database.discard(sync).map_err(kept)?;
                return Err(format!("the token may not read {}: {}", unreadable.what, unreadable.why));
            }
            let database = database.clone();
            let publish = move || {
                let published = database.publish(sync, &Timestamp::now().micros(), may_hold)?;
                Ok(Brought { is_held: published == Published::Held, counts: database.counts(sync)? })
            };
            tokio::task::spawn_blocking(publish).await.map_err(|error| error.to_string())?.map_err(kept)
        }
        Err(error) => {
            database.discard(sync).map_err(kept)?;
            Err(explain(&error))
        }
    }
}

/// Writes rows of one sync. Objects may come more than once, and the last time counts.
struct Intake {
    database: Database,
    connector: String,
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
            Event::Users(users) => {
                let mut insert = rows.prepare_cached(
                    "INSERT OR REPLACE INTO account (sync, external, id, login, email, name, status)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?;
                for user in users {
                    let external = user.id.as_str();
                    let id = brought_id(&self.connector, "account", external);
                    let status = user.status.as_str();
                    insert.execute(params![
                        self.sync,
                        external,
                        id,
                        user.login,
                        user.email,
                        user.display_name,
                        status
                    ])?;
                }
                Ok(())
            }
            Event::Groups(groups) => groups.iter().try_for_each(|group| {
                self.resource(rows, ResourceKind::Group, group.id.as_str(), &group.name, &group.description)
            }),
            Event::Apps(apps) => apps
                .iter()
                .try_for_each(|app| self.resource(rows, ResourceKind::App, app.id.as_str(), &app.label, &app.name)),
            Event::Members { group, users } => {
                users.iter().try_for_each(|user| self.held(rows, ResourceKind::Group, &group, user, ""))
            }
            Event::EveryoneIsMember { group, deprovisioned_too } => {
                let insert = "INSERT OR IGNORE INTO held (sync, kind, external, account, source)
                              SELECT sync, 'group', ?2, external, '' FROM account
                              WHERE sync = ?1 AND (?3 OR status <> ?4)";
                let gone = UserStatus::Deprovisioned;
                rows.execute(insert, params![self.sync, group.as_str(), deprovisioned_too, gone.as_str()]).map(drop)
            }
            Event::AppUsers { app, users } => {
                users.iter().try_for_each(|AppUserEntry { user, is_direct, saml_roles }| {
                    self.held(rows, ResourceKind::App, &app, user, if *is_direct { "" } else { "?" })?;
                    saml_roles.iter().try_for_each(|role| {
                        // Each app has roles of its own, though they may be called the same.
                        let external = Id::from(format!("{app}:{role}").as_str());
                        self.resource(rows, ResourceKind::SamlRole, external.as_str(), role, "")?;
                        self.held(rows, ResourceKind::SamlRole, &external, user, "")
                    })
                })
            }
            Event::GroupApps { group, apps } => {
                apps.iter().try_for_each(|app| self.carried(rows, ResourceKind::App, app.as_str(), &group))
            }
            Event::UserRoles { user, roles } => roles.iter().filter(|role| role.is_active()).try_for_each(|role| {
                let source = if role.assignment == Assignment::Group { "?" } else { "" };
                let external = self.role(rows, role)?;
                self.held(rows, ResourceKind::Role, &external, &user, source)
            }),
            Event::GroupRoles { group, roles } => roles.iter().filter(|role| role.is_active()).try_for_each(|role| {
                let external = self.role(rows, role)?;
                self.carried(rows, ResourceKind::Role, external.as_str(), &group)
            }),
        }
    }

    fn resource(
        &self,
        rows: &Connection,
        kind: ResourceKind,
        external: &str,
        name: &str,
        description: &str,
    ) -> rusqlite::Result<()> {
        let mut insert = rows.prepare_cached(
            "INSERT OR REPLACE INTO resource (sync, kind, external, id, entitlement, name, description)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let id = brought_id(&self.connector, kind.as_str(), external);
        let entitlement = brought_id(&self.connector, kind.entitlement(), external);
        insert.execute(params![self.sync, kind.as_str(), external, id, entitlement, name, description]).map(drop)
    }

    /// A role as a resource. Roles of Okta's own have a type, which tells one from another; custom ones their name.
    fn role(&self, rows: &Connection, role: &AdminRole) -> rusqlite::Result<Id> {
        let kind = role.kind.as_str();
        let external = if kind == "CUSTOM" { role.label.as_str() } else { kind };
        let name = if role.label.is_empty() { kind } else { role.label.as_str() };
        self.resource(rows, ResourceKind::Role, external, name, "")?;
        Ok(Id::from(external))
    }

    fn held(&self, rows: &Connection, kind: ResourceKind, of: &Id, user: &Id, source: &str) -> rusqlite::Result<()> {
        let mut insert = rows.prepare_cached(
            "INSERT OR IGNORE INTO held (sync, kind, external, account, source) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        insert.execute(params![self.sync, kind.as_str(), of.as_str(), user.as_str(), source]).map(drop)
    }

    fn carried(&self, rows: &Connection, kind: ResourceKind, external: &str, group: &Id) -> rusqlite::Result<()> {
        let mut insert = rows
            .prepare_cached("INSERT OR IGNORE INTO carried (sync, kind, external, source) VALUES (?1, ?2, ?3, ?4)")?;
        insert.execute(params![self.sync, kind.as_str(), external, group.as_str()]).map(drop)
    }
}
