//! Changes through the page's forms: those that an administrator makes in ConductorOne's web UI.

use axum::extract::{Path, RawForm, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::{Map, Value, json};

use super::super::conductorone::error::Rejection;
use super::super::conductorone::handlers::connectors;
use super::super::conductorone::sync;
use super::super::conductorone::tenant::Tenant;
use super::super::control;
use super::refused;

/// A connector's form: its texts, its flags, its owners. A token that is left empty stays as it is.
pub(super) async fn change(
    State(tenant): State<Tenant>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Response {
    let changed = own(&headers).and_then(|()| {
        let before = control::connector(&tenant, &id)?;
        let changes = changes(&before, &form);
        control::change_connector(&tenant, &id, &changes)
    });
    after(&tenant, &id, changed.map(drop))
}

/// Sync now, pause, resume, delete.
pub(super) async fn act(
    State(tenant): State<Tenant>,
    Path((id, action)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let acted = own(&headers).and_then(|()| {
        let app = tenant.read(|data| {
            let found = data.connectors.get(&id);
            found.map(|connector| connector.app_id.clone()).ok_or_else(|| Rejection::not_found("connector not found"))
        })?;
        match action.as_str() {
            "sync" => sync::force(&tenant, &app, &id),
            "pause" => sync::pause(&tenant, &app, &id),
            "resume" => sync::resume(&tenant, &app, &id),
            "delete" => connectors::remove(&tenant, &app, &id),
            _ => Err(Rejection::not_found("no such action")),
        }
    });
    after(&tenant, &id, acted)
}

/// Back to the page, so that reloading it sends nothing again.
fn after(tenant: &Tenant, id: &str, outcome: Result<(), Rejection>) -> Response {
    match outcome {
        Ok(()) => Redirect::to(&format!("/?changed={id}#c-{id}")).into_response(),
        Err(rejection) => refused(tenant, &rejection),
    }
}

/// Refuses forms of other sites: a browser says where a form comes from.
fn own(headers: &HeaderMap) -> Result<(), Rejection> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    let is_own = match text(header::ORIGIN) {
        None => true,
        Some(origin) => origin.split_once("://").is_some_and(|(_, authority)| authority == host),
    };
    if is_own { Ok(()) } else { Err(Rejection::invalid("the form comes from another site")) }
}

/// Returns the fields that differ, in the format of the test interface.
fn changes(before: &Value, form: &[u8]) -> Map<String, Value> {
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(form).into_owned().collect();
    let text = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.trim());
    let mut changes = Map::new();
    for name in ["display_name", "description", "domain"] {
        if let Some(value) = text(name) {
            changes.insert(name.to_owned(), value.into());
        }
    }
    for (name, _) in before.as_object().into_iter().flatten().filter(|(_, value)| value.is_boolean()) {
        // A box that is not ticked is not sent.
        changes.insert(name.clone(), text(name).is_some().into());
    }
    let owners: Vec<&String> = fields.iter().filter(|(field, _)| field == "owner").map(|(_, owner)| owner).collect();
    changes.insert("owners".to_owned(), json!(owners));
    if let Some(token) = text("api_token").filter(|token| !token.is_empty()) {
        changes.insert("api_token".to_owned(), token.into());
    }
    let is_same = |name: &str, value: &Value| match name {
        "domain" => before[name].as_str().unwrap_or_default() == value.as_str().unwrap_or_default(),
        _ => before[name] == *value,
    };
    changes.retain(|name, value| name == "api_token" || !is_same(name, value));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_changed() {
        let before = json!({"display_name": "Okta", "description": "", "domain": "acme.okta.com", "owners": ["1"],
            "skip_inactive_apps": true, "sync_deprovisioned_users": false, "syncs": 3});
        let same = b"display_name=Okta&description=&domain=acme.okta.com&owner=1&skip_inactive_apps=on&api_token=";
        assert_eq!(Value::from(changes(&before, same)), json!({}));
        let other = b"display_name=Okta+2&description=&domain=acme.okta.com&owner=1&owner=2&api_token=00x";
        assert_eq!(
            Value::from(changes(&before, other)),
            json!({"display_name": "Okta 2", "owners": ["1", "2"], "skip_inactive_apps": false, "api_token": "00x"})
        );
    }

    #[test]
    fn forms_of_other_sites_are_refused() {
        let headers = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, "127.0.0.1:1234".parse().unwrap());
            origin.map(|origin| headers.insert(header::ORIGIN, origin.parse().unwrap()));
            headers
        };
        assert!(own(&headers(None)).is_ok() && own(&headers(Some("http://127.0.0.1:1234"))).is_ok());
        for origin in ["null", "http://127.0.0.1:80", "https://elsewhere.example"] {
            assert!(own(&headers(Some(origin))).is_err(), "{origin}");
        }
    }
}
