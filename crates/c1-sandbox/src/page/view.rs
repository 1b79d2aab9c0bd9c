//! The page as HTML.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

use super::super::clock::Timestamp;
use super::super::conductorone::model::connector::{Connector, SyncRecord, SyncStatus};
use super::super::conductorone::model::user::User;
use super::super::conductorone::synced::users::UserFilter;
use super::super::conductorone::tenant::Tenant;
use super::super::control;

/// Users that a form offers as owners, besides those who are.
const OFFERED_OWNERS: usize = 25;

/// The whole page.
pub(super) fn page(tenant: &Tenant, changed: Option<&str>, refusal: Option<&str>) -> String {
    let apps = tenant.read(|data| {
        let connectors = |app: &str| data.connectors.active_of(app).cloned().collect::<Vec<Connector>>();
        data.apps.active().map(|app| (app.display_name().to_owned(), connectors(&app.id))).collect::<Vec<_>>()
    });
    let (offered, _) = tenant.synced().users(&Default::default(), &UserFilter::default()).unwrap_or_default();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "ConductorOne sandbox" }
                link rel="stylesheet" href="/_sandbox/page/style.css";
                script src="/_sandbox/page/follow.js" defer {}
            }
            body {
                header {
                    h1 { "ConductorOne sandbox" }
                    p { "Tenant " code { (tenant.url()) } }
                }
                main {
                    @if let Some(refusal) = refusal {
                        p.refusal role="alert" { "Nothing was changed: " (refusal) }
                    }
                    @for (app, connectors) in &apps {
                        section {
                            h2 { (app) }
                            @if connectors.is_empty() { p.hint { "No connectors." } }
                            @for connector in connectors { (card(tenant, connector, &offered, changed)) }
                        }
                    }
                    section {
                        h2 id="log-title" { "Log" }
                        ol.log role="log" aria-labelledby="log-title" tabindex="0" data-live="log" {
                            @for line in tenant.log().latest_first() {
                                li { time datetime=(line.at.millis()) { (clock_time(line.at)) } " " (line.text) }
                            }
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}

fn card(tenant: &Tenant, connector: &Connector, offered: &[User], changed: Option<&str>) -> Markup {
    let id = &connector.id;
    let settings = control::connector_view(connector);
    let name = settings["display_name"].as_str().unwrap_or_default();
    let (class, label) = label(connector);
    html! {
        article id={"c-" (id)} aria-labelledby={"n-" (id)} {
            h3 id={"n-" (id)} { (name) }
            @if changed == Some(id) { p.done role="status" { "Saved." } }
            p.label.(class) role="status" data-live={"label-" (id)} { (label) }
            div data-live={"facts-" (id)} { (facts(tenant, connector, &settings)) }
            div.actions {
                (action(id, "sync", "Sync now"))
                @if connector.sync_disabled_at.is_some() { (action(id, "resume", "Resume syncs")) }
                @else { (action(id, "pause", "Pause syncs")) }
                (action(id, "delete", "Delete"))
            }
            details {
                summary { "Edit settings" }
                (form(tenant, connector, &settings, offered))
            }
        }
    }
}

/// Returns the label of a connector's state in the web UI. Source: ConductorOne's documentation of connector statuses;
/// the labels of errors and disabled syncs are not documented.
fn label(connector: &Connector) -> (&'static str, String) {
    let Some(status) = connector.status.as_ref().filter(|_| connector.config.is_some()) else {
        return ("idle", "Not connected".to_owned());
    };
    match status.status {
        SyncStatus::Unspecified => ("idle", "Not connected".to_owned()),
        SyncStatus::Running => ("busy", "Syncing".to_owned()),
        SyncStatus::Done => ("good", "Connected".to_owned()),
        SyncStatus::Error => ("bad", format!("Error: {}", status.last_error)),
        SyncStatus::Disabled => ("idle", "Syncs are turned off".to_owned()),
    }
}

fn facts(tenant: &Tenant, connector: &Connector, settings: &Value) -> Markup {
    let owners: Vec<String> = connector
        .user_ids
        .iter()
        .map(|id| tenant.synced().user(id).map_or_else(|_| id.clone(), |user| user.email))
        .collect();
    let flags: Vec<String> = flags(settings).filter(|(_, on)| *on).map(|(name, _)| name.replace('_', " ")).collect();
    html! {
        dl {
            dt { "ID" } dd { code { (connector.id) } }
            dt { "Okta domain" } dd { (settings["domain"].as_str().unwrap_or("–")) }
            dt { "Owners" } dd { (if owners.is_empty() { "–".to_owned() } else { owners.join(", ") }) }
            dt { "On" } dd { (if flags.is_empty() { "–".to_owned() } else { flags.join(", ") }) }
            @if let Some(at) = connector.sync_disabled_at {
                dt { "Paused" }
                dd {
                    "since " (clock_time(at))
                    @if !connector.sync_disabled_reason.is_empty() { ": " (connector.sync_disabled_reason) }
                }
            }
        }
        @if !connector.history.is_empty() {
            table {
                caption { "Last syncs" }
                thead {
                    tr {
                        th scope="col" { "Begun" } th scope="col" { "Took" } th scope="col" { "Users" }
                        th scope="col" { "Groups" } th scope="col" { "Apps" } th scope="col" { "Roles" }
                        th scope="col" { "Grants" } th scope="col" { "Outcome" }
                    }
                }
                tbody { @for record in connector.history.iter().rev() { (row(record)) } }
            }
        }
    }
}

fn row(record: &SyncRecord) -> Markup {
    let took = record.completed_at.millis_since(record.started_at) as f64 / 1_000.0;
    html! {
        tr {
            td { (clock_time(record.started_at)) }
            td { (format!("{took:.1} s")) }
            @match &record.counts {
                Some(counts) => {
                    @for count in [counts.users, counts.groups, counts.apps, counts.roles, counts.grants] {
                        td.number { (count) }
                    }
                }
                None => { td colspan="5" { "–" } }
            }
            td { (record.outcome) }
        }
    }
}

fn action(id: &str, action: &str, label: &str) -> Markup {
    html! {
        form method="post" action={"/_sandbox/page/connectors/" (id) "/" (action)} {
            button.(action) type="submit" { (label) }
        }
    }
}

fn flags(settings: &Value) -> impl Iterator<Item = (&str, bool)> {
    let fields = settings.as_object().into_iter().flatten();
    fields.filter_map(|(name, value)| value.as_bool().map(|on| (name.as_str(), on)))
}

fn form(tenant: &Tenant, connector: &Connector, settings: &Value, offered: &[User]) -> Markup {
    let id = &connector.id;
    let own_flags = connector.entry().map_or(&[][..], |entry| entry.flags);
    let is_owner = |user: &User| connector.user_ids.contains(&user.id);
    let owners = connector.user_ids.iter().filter_map(|id| tenant.synced().user(id).ok());
    let others = offered.iter().filter(|user| !is_owner(user)).take(OFFERED_OWNERS).cloned();
    let users: Vec<User> = owners.chain(others).collect();
    html! {
        form method="post" action={"/_sandbox/page/connectors/" (id)} {
            @for (name, label) in
                [("display_name", "Display name"), ("description", "Description"), ("domain", "Okta domain")]
            {
                label for={(name) "-" (id)} { (label) }
                input id={(name) "-" (id)} name=(name) value=(settings[name].as_str().unwrap_or_default());
            }
            label for={"api_token-" (id)} { "Okta API token (empty: unchanged)" }
            input id={"api_token-" (id)} name="api_token" type="password" autocomplete="off";
            fieldset {
                legend { "Settings" }
                @for (_, name) in own_flags {
                    label {
                        input type="checkbox" name=(name) checked[settings[*name] == true];
                        " " (name.replace('_', " "))
                    }
                }
            }
            fieldset {
                legend { "Owners" }
                @for user in &users {
                    label {
                        input type="checkbox" name="owner" value=(user.id) checked[is_owner(user)];
                        " " (user.display_name) " (" (user.email) ")"
                    }
                }
            }
            button type="submit" { "Save" }
        }
    }
}

/// The time of day in UTC, to the second.
fn clock_time(at: Timestamp) -> String {
    let text = at.millis();
    text.get(11..19).map_or_else(|| text.clone(), str::to_owned)
}
