//! Apps: lists, one app, its users and groups.

use axum::Json;
use axum::extract::{Extension, Path, State};
use serde_json::Value;

use super::caller::Caller;
use super::error::OktaError;
use super::expression::{Expression, Grammar};
use super::groups;
use super::org::{Kind, Org};
use super::paging::{Page, Paging};
use super::views::{self, AppUser};

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
        let apps = (start..inner.population().apps()).filter(move |app| {
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
    // Belonging is no property with one value, so the value that is asked for is the one that is told.
    let belongs = |name: &str, value: &str| match name {
        "user.id" => {
            org.user(value).is_some_and(|user| population.app_users(app, 0).any(|(_, known, _)| known == user))
        }
        _ => org.place(Kind::Group, value).is_some_and(|group| population.groups_of_app(app).contains(&group)),
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
    caller.require_any_role()?;
    Ok(Json(views::app(&org, find(&org, &id)?)))
}

/// `GET /api/v1/apps/{id}/users`, those who came through a group included.
pub(super) async fn users(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Page, OktaError> {
    caller.require_any_role()?;
    let app = find(&org, &id)?;
    let with_user = paging.expands("user");
    paging.page(&org, (1, 50, 500), |start| {
        let org = &org;
        org.population().app_users(app, start.unwrap_or(0)).map(move |(place, user, is_direct)| {
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
    caller.require_any_role()?;
    let app = find(&org, &id)?;
    let wanted = org.place(Kind::User, &user_id);
    let found = org.population().app_users(app, 0).find(|(_, user, _)| Some(*user) == wanted);
    let (_, user, is_direct) = found.ok_or_else(|| OktaError::not_found(&user_id, "AppUser"))?;
    Ok(Json(AppUser::of(&org, app, user, is_direct, paging.expands("user"))))
}

/// `GET /api/v1/apps/{id}/groups`.
pub(super) async fn assigned_groups(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Page, OktaError> {
    caller.require_any_role()?;
    let app = find(&org, &id)?;
    let with_group = paging.expands("group");
    paging.page(&org, (20, 20, 200), |start| {
        let org = &org;
        let start = start.and_then(|start| usize::try_from(start).ok()).unwrap_or(0);
        let groups = org.population().groups_of_app(app).iter().enumerate().skip(start);
        groups.map(move |(place, group)| {
            let view = move || views::app_group(org, app, *group, place, with_group);
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
    caller.require_any_role()?;
    let app = find(&org, &id)?;
    let group = groups::find(&org, &group_id)?;
    let place = org.population().groups_of_app(app).iter().position(|known| *known == group);
    let place = place.ok_or_else(|| OktaError::not_found(&group_id, "AppGroup"))?;
    Ok(Json(views::app_group(&org, app, group, place, paging.expands("group"))))
}

fn find(org: &Org, id: &str) -> Result<u32, OktaError> {
    org.place(Kind::App, id).ok_or_else(|| OktaError::not_found(id, "AppInstance"))
}
