//! Apps: lists, one app, its users and groups.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::caller::Caller;
use super::changes::{Given, GroupSettings};
use super::error::OktaError;
use super::expression::{Expression, Grammar};
use super::groups;
use super::length::Length;
use super::org::{Kind, Org};
use super::paging::{Page, Paging};
use super::population::Status;
use super::views::{self, AppUser};
use crate::behaviour::DerivedUnassignment;

/// Source: Okta's OpenAPI specification, `GET /api/v1/apps`, parameter `filter`: one comparison.
const FILTER: Grammar = Grammar {
    equal: &["id", "status", "name", "user.id", "group.id"],
    ordered: &[],
    combined: false,
    is_search: false,
};

/// `GET /api/v1/apps`. Inactive apps are among them, as a public client of Okta's finds them.
pub(super) async fn list(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    paging: Paging,
) -> Result<Page, OktaError> {
    caller.require_any_role()?;
    let filter = paging.expression("filter", &FILTER)?;
    let prefix = paging.get("q").map(str::to_lowercase);
    paging.page(&org, (1, 20, 200), |start| {
        let (org, inner) = (&org, &org);
        let start = start.and_then(|start| u32::try_from(start).ok()).unwrap_or(0);
        let (filter, prefix) = (filter.clone(), prefix.clone());
        let caller = caller.clone();
        let apps = (start..inner.population().apps()).filter(move |app| caller.sees_app(*app));
        let apps = apps.filter(move |app| {
            let (name, label, _) = inner.population().app_names(*app);
            filter.as_ref().is_none_or(|filter| fits(inner, *app, filter))
                && prefix.as_ref().is_none_or(|prefix| {
                    name.to_lowercase().starts_with(prefix) || label.to_lowercase().starts_with(prefix)
                })
        });
        apps.map(move |app| (u64::from(app) + 1, move || views::app(org, app)))
    })
}

fn fits(org: &Org, app: u32, filter: &Expression) -> bool {
    let population = org.population();
    // A membership is not a property with one value, so the requested value is compared.
    let belongs = |name: &str, value: &str| match name {
        "user.id" => org.user(value).is_some_and(|user| org.assignment(app, user).is_some()),
        _ => org.place(Kind::Group, value).is_some_and(|group| org.groups_of_app(app).contains(&group)),
    };
    if let Expression::Compare(name, _, value) = filter
        && matches!(name.as_str(), "user.id" | "group.id")
    {
        return belongs(name, value);
    }
    let property = |name: &str| match name {
        "id" => Some(org.object_id(Kind::App, app)),
        "status" => Some(if population.is_active_app(app) { "ACTIVE" } else { "INACTIVE" }.to_owned()),
        "name" => Some(population.app_names(app).0.to_owned()),
        _ => None,
    };
    filter.holds(&property, false)
}

/// `GET /api/v1/apps/{id}`.
pub(super) async fn get(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, OktaError> {
    let app = org.judged(caller.require_any_role(), || find(&org, &caller, &id))?;
    Ok(Json(views::app(&org, app)))
}

/// `GET /api/v1/apps/{id}/users`, those who came through a group included.
pub(super) async fn users(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Page, OktaError> {
    let app = org.judged(caller.require_any_role(), || find(&org, &caller, &id))?;
    let with_user = paging.expands("user");
    paging.page(&org, (1, 50, 500), |start| {
        let org = &org;
        org.app_users(app, start.unwrap_or(0)).map(move |(place, user, is_direct)| {
            let view = move || AppUser::of(org, app, user, is_direct, with_user);
            (place, view)
        })
    })
}

/// `GET /api/v1/apps/{id}/users/{user}`.
pub(super) async fn user(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path((id, user_id)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<AppUser>, OktaError> {
    let (app, user, is_direct) = org.judged(caller.require_any_role(), || find_user(&org, &caller, &id, &user_id))?;
    Ok(Json(AppUser::of(&org, app, user, is_direct, paging.expands("user"))))
}

/// `GET /api/v1/apps/{id}/groups`.
pub(super) async fn assigned_groups(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Page, OktaError> {
    let app = org.judged(caller.require_any_role(), || find(&org, &caller, &id))?;
    let with_group = paging.expands("group");
    paging.page(&org, (20, 20, 200), |start| {
        let org = &org;
        let start = start.and_then(|start| usize::try_from(start).ok()).unwrap_or(0);
        let caller = caller.clone();
        let groups = org.groups_of_app(app).into_iter().enumerate().skip(start);
        let groups = groups.filter(move |(_, group)| caller.sees_group(*group));
        groups.map(move |(place, group)| {
            let view = move || views::app_group(org, app, group, place, with_group);
            (place as u64 + 1, view)
        })
    })
}

/// `GET /api/v1/apps/{id}/groups/{group}`.
pub(super) async fn assigned_group(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path((id, group_id)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, OktaError> {
    let (app, group, place) = org.judged(caller.require_any_role(), || find_group(&org, &caller, &id, &group_id))?;
    Ok(Json(views::app_group(&org, app, group, place, paging.expands("group"))))
}

/// Body of a request that assigns an app to a user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewUser {
    id: Option<String>,
    credentials: Option<NewCredentials>,
    profile: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewCredentials {
    user_name: Option<String>,
}

/// Body of a request that assigns an app to a group.
#[derive(Default, Deserialize)]
struct NewGroup {
    priority: Option<i64>,
    profile: Option<Map<String, Value>>,
}

/// `POST /api/v1/apps/{id}/users`: assigns a user directly. Who is assigned already gets what is new.
pub(super) async fn assign(
    _: Length,
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<AppUser>, OktaError> {
    let app = org.judged(caller.require_app_management(), || find(&org, &caller, &id))?;
    let new: NewUser = read(&body)?;
    let user_id = new.id.ok_or_else(|| OktaError::validation("id", "id: The field cannot be left blank"))?;
    let user = org.user(&user_id).ok_or_else(|| OktaError::not_found(&user_id, "User"))?;
    let user_name = new.credentials.and_then(|credentials| credentials.user_name);
    if user_name.is_some() && org.population().app_names(app).2 == "BOOKMARK" {
        return Err(OktaError::takes_no_credentials());
    }
    if org.population().status(user) == Status::Deprovisioned {
        return Err(OktaError::wrong_status());
    }
    org.assign(app, user, Given { user_name, profile: new.profile.unwrap_or_default() });
    Ok(Json(AppUser::of(&org, app, user, true, false)))
}

/// `DELETE /api/v1/apps/{id}/users/{user}`: ends a direct assignment, and what the app knew of the user with it.
pub(super) async fn unassign(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path((id, user_id)): Path<(String, String)>,
) -> Result<StatusCode, OktaError> {
    let (app, user, is_direct) =
        org.judged(caller.require_app_management(), || find_user(&org, &caller, &id, &user_id))?;
    if !is_direct && org.behaviour().derived_unassignment == DerivedUnassignment::Refused {
        return Err(OktaError::forbidden());
    }
    org.unassign(app, user);
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /api/v1/apps/{id}/groups/{group}`: assigns all members of a group. The body may be missing.
pub(super) async fn assign_group(
    _: Length,
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path((id, group_id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Json<Value>, OktaError> {
    let (app, group) = org.judged(caller.require_app_management(), || {
        find(&org, &caller, &id).and_then(|app| Ok((app, groups::find(&org, &caller, &group_id)?)))
    })?;
    let new: NewGroup = if body.is_empty() { NewGroup::default() } else { read(&body)? };
    org.assign_group(app, group, GroupSettings { priority: new.priority, profile: new.profile.unwrap_or_default() });
    let place = org.groups_of_app(app).iter().position(|known| *known == group).unwrap_or_default();
    Ok(Json(views::app_group(&org, app, group, place, false)))
}

/// `DELETE /api/v1/apps/{id}/groups/{group}`.
pub(super) async fn unassign_group(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path((id, group_id)): Path<(String, String)>,
) -> Result<StatusCode, OktaError> {
    let (app, group, _) = org.judged(caller.require_app_management(), || find_group(&org, &caller, &id, &group_id))?;
    org.unassign_group(app, group);
    Ok(StatusCode::NO_CONTENT)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, OktaError> {
    serde_json::from_slice(body).map_err(|_| OktaError::with_status(StatusCode::BAD_REQUEST))
}

/// An app, a user of it, and whether the assignment is direct.
fn find_user(org: &Org, caller: &Caller, id: &str, user_id: &str) -> Result<(u32, u32, bool), OktaError> {
    let app = find(org, caller, id)?;
    let found = org.place(Kind::User, user_id).and_then(|user| Some((app, user, org.assignment(app, user)?)));
    found.ok_or_else(|| OktaError::not_found(user_id, "AppUser"))
}

/// An app, a group of it, and its place among the app's.
fn find_group(org: &Org, caller: &Caller, id: &str, group_id: &str) -> Result<(u32, u32, usize), OktaError> {
    let (app, group) = (find(org, caller, id)?, groups::find(org, caller, group_id)?);
    let place = org.groups_of_app(app).iter().position(|known| *known == group);
    place.map(|place| (app, group, place)).ok_or_else(|| OktaError::not_found(group_id, "AppGroup"))
}

fn find(org: &Org, caller: &Caller, id: &str) -> Result<u32, OktaError> {
    let app = org.place(Kind::App, id).ok_or_else(|| OktaError::not_found(id, "AppInstance"))?;
    caller.within_targets(caller.sees_app(app)).map(|()| app)
}
