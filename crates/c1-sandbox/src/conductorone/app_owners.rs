//! Owners of an app. What is written is read a while later, as on live tenants, where it takes 45 to 150 seconds.
//!
//! Source: notes of a public ConductorOne client that were taken against live tenants.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::Body;
use super::error::Rejection;
use super::paging::Paging;
use super::synced::people::Wanted;
use super::tenant::Tenant;
use super::users;
use crate::clock::Timestamp;

/// Owners as they were written, and those that are read until then.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct AppOwners {
    written: Vec<String>,
    /// What is read before what was written is, each with the time at which that ends. In the order of time.
    before: Vec<(Timestamp, Vec<String>)>,
}

impl AppOwners {
    pub(crate) fn new(owners: Vec<String>) -> Self {
        Self { written: owners, before: Vec::new() }
    }

    fn read(&self, now: Timestamp) -> &[String] {
        self.before.iter().find(|(until, _)| *until > now).map_or(&self.written, |(_, owners)| owners)
    }

    fn write(&mut self, owners: Vec<String>, now: Timestamp, delay_millis: u64) {
        self.before.retain(|(until, _)| *until > now);
        let before = std::mem::replace(&mut self.written, owners);
        if delay_millis > 0 {
            self.before.push((now.plus_millis(delay_millis), before));
        }
    }
}

/// Users that a request names.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Named {
    user_ids: Option<Vec<String>>,
}

/// `GET /api/v1/apps/{app_id}/owners`.
pub(crate) async fn list(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let ids = owners(&tenant, &app_id)?;
    if ids.is_empty() {
        return Ok(Json(json!({"list": [], "nextPageToken": ""})));
    }
    let (users, next) = tenant.synced().users(&paging, &Wanted { ids, ..Wanted::default() })?;
    Ok(Json(json!({"list": users.iter().map(users::user).collect::<Vec<_>>(), "nextPageToken": next})))
}

/// `GET /api/v1/apps/{app_id}/ownerids`.
pub(crate) async fn list_ids(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
) -> Result<Json<Value>, Rejection> {
    Ok(Json(json!({"userIds": owners(&tenant, &app_id)?})))
}

/// `PUT /api/v1/apps/{app_id}/owners`: these and no others.
pub(crate) async fn set(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    Body(named): Body<Named>,
) -> Result<Json<Value>, Rejection> {
    let owners = tenant.synced().owners(&named.user_ids.unwrap_or_default())?;
    change(&tenant, &app_id, |_| owners)
}

/// `DELETE /api/v1/apps/{app_id}/owners`: not these any more. Whoever is none already is no error.
pub(crate) async fn delete(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    Body(named): Body<Named>,
) -> Result<Json<Value>, Rejection> {
    let gone = named.user_ids.unwrap_or_default();
    change(&tenant, &app_id, |owners| without(owners, &gone))
}

/// `POST /api/v1/apps/{app_id}/owners/{user_id}`. Whoever is one already stays one.
pub(crate) async fn add(
    State(tenant): State<Tenant>,
    Path((app_id, user_id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    tenant.synced().user(&user_id)?;
    change(&tenant, &app_id, |mut owners| {
        if !owners.contains(&user_id) {
            owners.push(user_id);
        }
        owners
    })
}

/// `DELETE /api/v1/apps/{app_id}/owners/{user_id}`.
pub(crate) async fn remove(
    State(tenant): State<Tenant>,
    Path((app_id, user_id)): Path<(String, String)>,
) -> Result<Json<Value>, Rejection> {
    change(&tenant, &app_id, |owners| without(owners, &[user_id]))
}

fn without(owners: Vec<String>, gone: &[String]) -> Vec<String> {
    owners.into_iter().filter(|owner| !gone.contains(owner)).collect()
}

fn owners(tenant: &Tenant, app_id: &str) -> Result<Vec<String>, Rejection> {
    tenant.read(|data| Ok(data.app(app_id)?.owners.read(Timestamp::now()).to_vec()))
}

/// Changes what was written last, whether it is read already or not.
fn change(
    tenant: &Tenant,
    app_id: &str,
    changed: impl FnOnce(Vec<String>) -> Vec<String>,
) -> Result<Json<Value>, Rejection> {
    let delay = u64::try_from(tenant.timing().app_owners_delay.as_millis()).unwrap_or(u64::MAX);
    tenant.change(|data| {
        let owners = &mut data.app_mut(app_id)?.owners;
        let changed = changed(owners.written.clone());
        owners.write(changed, Timestamp::now(), delay);
        Ok(Json(json!({})))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_when_its_time_has_come_and_in_its_order() {
        let at = |second: u64| Timestamp::parse("2026-01-01T00:00:00Z").unwrap().plus_millis(second * 1_000);
        let names = |names: &str| names.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut owners = AppOwners::new(names("a"));
        owners.write(names("a b"), at(0), 50_000);
        owners.write(names("b"), at(20), 50_000);
        for (second, read) in [(0, "a"), (49, "a"), (50, "a b"), (69, "a b"), (70, "b"), (1_000, "b")] {
            assert_eq!(owners.read(at(second)), names(read), "{second}");
        }
        owners.write(names(""), at(80), 0);
        assert!(owners.read(at(80)).is_empty() && owners.before.is_empty());
    }
}
