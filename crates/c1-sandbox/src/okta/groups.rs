//! Groups: lists, one group, its members, apps and admin roles.

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use serde_json::Value;

use super::caller::Caller;
use super::error::OktaError;
use super::expression::Grammar;
use super::length::Length;
use super::org::{Kind, Org};
use super::paging::{Page, Paging};
use super::population::{GroupKind, Status};
use super::views::{self, User};
use crate::behaviour::{KeptGroup, LongPages};

/// Source: Okta's OpenAPI specification, `GET /api/v1/groups`, parameter `filter`.
const FILTER: Grammar = Grammar {
    equal: &["id", "type"],
    ordered: &["lastUpdated", "lastMembershipUpdated"],
    combined: true,
    is_search: false,
};

/// The same, parameter `search`.
const SEARCH: Grammar = Grammar {
    equal: &["id", "type", "profile.name", "profile.description"],
    ordered: &["created", "lastUpdated", "lastMembershipUpdated"],
    combined: true,
    is_search: true,
};

/// `GET /api/v1/groups`.
pub(super) async fn list(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    paging: Paging,
) -> Result<Page, OktaError> {
    caller.require_any_role()?;
    paging.refuse(&["sortBy", "sortOrder"])?;
    let filter = paging.expression("filter", &FILTER)?;
    let search = paging.expression("search", &SEARCH)?;
    let is_search = search.is_some();
    let expression = filter.or(search);
    let prefix = paging.get("q").map(str::to_lowercase);
    let with_stats = paging.expands("stats");
    paging.page(&org, (1, 200, 200), |start| {
        let (org, inner) = (&org, &org);
        let start = start.and_then(|start| u32::try_from(start).ok()).unwrap_or(0);
        let (expression, prefix) = (expression.clone(), prefix.clone());
        let caller = caller.clone();
        let groups = (start..inner.population().groups()).filter(move |group| caller.sees_group(*group));
        let groups = groups.filter(move |group| {
            let population = inner.population();
            let property = |name: &str| match name {
                "id" => Some(inner.object_id(Kind::Group, *group)),
                "type" => Some(population.group_kind(*group).as_str().to_owned()),
                "profile.name" => Some(population.group_names(*group).0),
                "profile.description" => Some(population.group_names(*group).1),
                "created" | "lastUpdated" | "lastMembershipUpdated" => Some(inner.created().millis()),
                _ => None,
            };
            expression.as_ref().is_none_or(|expression| expression.holds(&property, is_search))
                && prefix
                    .as_ref()
                    .is_none_or(|prefix| population.group_names(*group).0.to_lowercase().starts_with(prefix))
        });
        groups.map(move |group| {
            let view = move || views::group(org, group, with_stats);
            (u64::from(group) + 1, view)
        })
    })
}

/// `GET /api/v1/groups/{id}`.
pub(super) async fn get(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, OktaError> {
    let group = org.judged(caller.require_any_role(), || find(&org, &caller, &id))?;
    Ok(Json(views::group(&org, group, paging.expands("stats"))))
}

/// `GET /api/v1/groups/{id}/users`.
pub(super) async fn members(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Page, OktaError> {
    let group = org.judged(caller.require_any_role(), || find(&org, &caller, &id))?;
    let is_long = paging.get("limit").is_none_or(|limit| limit.parse().is_ok_and(|limit: u32| limit > 200));
    if is_long && org.behaviour().long_pages == LongPages::TimeOut {
        return Err(OktaError::with_status(StatusCode::INTERNAL_SERVER_ERROR));
    }
    paging.page(&org, (1, 1_000, 1_000), |start| {
        let org = &org;
        let start = start.and_then(|start| u32::try_from(start).ok()).unwrap_or(0);
        org.members(group, start).map(move |(place, user)| (u64::from(place), move || User::of(org, user)))
    })
}

/// `GET /api/v1/groups/{id}/apps`.
pub(super) async fn apps(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Page, OktaError> {
    let group = org.judged(caller.require_any_role(), || find(&org, &caller, &id))?;
    paging.page(&org, (1, 20, 200), |start| {
        let org = &org;
        let start = start.and_then(|start| usize::try_from(start).ok()).unwrap_or(0);
        let caller = caller.clone();
        let apps = org.apps_of_group(group).into_iter().enumerate().skip(start);
        let apps = apps.filter(move |(_, app)| caller.sees_app(*app));
        apps.map(move |(place, app)| (place as u64 + 1, move || views::app(org, app)))
    })
}

/// `GET /api/v1/groups/{id}/roles`.
pub(super) async fn roles(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, OktaError> {
    let group = org.judged(caller.require_view_of_admins(), || find(&org, &caller, &id))?;
    let role = org.population().group_role(group);
    Ok(Json(role.iter().map(|role| views::role(&org, (Kind::Group, group), *role, None)).collect()))
}

/// `PUT /api/v1/groups/{id}/users/{user}`. Who is in the group already stays in it.
pub(super) async fn add_member(
    _: Length,
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path((id, user_id)): Path<(String, String)>,
) -> Result<StatusCode, OktaError> {
    set_member(&org, &caller, &id, &user_id, true)
}

/// `DELETE /api/v1/groups/{id}/users/{user}`. Who is not in the group stays out of it.
pub(super) async fn remove_member(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path((id, user_id)): Path<(String, String)>,
) -> Result<StatusCode, OktaError> {
    set_member(&org, &caller, &id, &user_id, false)
}

fn set_member(org: &Org, caller: &Caller, id: &str, user_id: &str, is_wanted: bool) -> Result<StatusCode, OktaError> {
    // The required permission depends on whether the group exists, and the response does not reveal that.
    let carries_role = find(org, caller, id).is_ok_and(|group| org.population().group_role(group).is_some());
    let (group, user) = org.judged(caller.require_group_management(carries_role), || {
        let user = org.user(user_id).ok_or_else(|| OktaError::not_found(user_id, "User"));
        find(org, caller, id).and_then(|group| Ok((group, user?)))
    })?;
    if org.population().group_kind(group) != GroupKind::Okta {
        return Err(match org.behaviour().kept_group {
            KeptGroup::Forbidden => OktaError::forbidden(),
            KeptGroup::Unsupported => OktaError::with_status(StatusCode::NOT_IMPLEMENTED),
        });
    }
    if is_wanted && org.population().status(user) == Status::Deprovisioned {
        return Err(OktaError::wrong_status());
    }
    org.set_member(group, user, is_wanted);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn find(org: &Org, caller: &Caller, id: &str) -> Result<u32, OktaError> {
    let group = org.place(Kind::Group, id).ok_or_else(|| OktaError::not_found(id, "UserGroup"))?;
    caller.within_targets(caller.sees_group(group)).map(|()| group)
}
