//! Users: lists, one user, their groups and admin roles.

use axum::Json;
use axum::extract::{Extension, Path, State};
use serde_json::Value;

use super::caller::Caller;
use super::error::OktaError;
use super::expression::{Expression, Grammar};
use super::org::{Kind, Org};
use super::paging::{Page, Paging};
use super::population::Status;
use super::views::{self, Fields, User};
use crate::clock::Timestamp;

/// Source: Okta's OpenAPI specification, `GET /api/v1/users`, parameter `filter`.
const FILTER: Grammar = Grammar {
    equal: &["status", "id", "profile.login", "profile.email", "profile.firstName", "profile.lastName"],
    ordered: &["lastUpdated"],
    combined: true,
    is_search: false,
};

/// The same, parameter `search`.
const SEARCH: Grammar = Grammar {
    equal: &["profile.login", "profile.email", "profile.firstName", "profile.lastName"],
    ordered: &["status", "id", "created", "activated", "statusChanged", "lastUpdated"],
    combined: true,
    is_search: true,
};

/// Properties by which a search may be sorted. The org's own order is that of `created` and of nothing else.
const SORTED_BY: [&str; 2] = ["created", "lastUpdated"];

/// `GET /api/v1/users`. A caller without a role gets an empty list and no refusal. Deprovisioned users are left out
/// unless there is a filter or a search.
pub(super) async fn list(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    paging: Paging,
) -> Result<Page, OktaError> {
    let filter = paging.expression("filter", &FILTER)?;
    let search = paging.expression("search", &SEARCH)?;
    if filter.is_some() && search.is_some() {
        return Err(OktaError::invalid_search());
    }
    let is_descending = sorting(&paging, search.is_some())?;
    if caller.roles.is_empty() {
        return Ok(Page::empty());
    }
    let is_search = search.is_some();
    let expression = filter.or(search);
    let query = paging.get("q").map(str::to_lowercase);
    let (first, end) = span(&org, expression.as_ref());
    let default = if query.is_some() { 10 } else { 200 };
    let fields = paging.get("fields").map(Fields::parse);
    let is_short = paging.is_short;
    paging.page(&org, (1, default, 200), |start| {
        let start = start.and_then(|start| u32::try_from(start).ok()).unwrap_or(0);
        let (org, inner) = (&org, &org);
        let places = (start..end.saturating_sub(first))
            .map(move |place| (u64::from(place) + 1, if is_descending { end - 1 - place } else { first + place }));
        let (expression, query) = (expression.clone(), query.clone());
        let caller = caller.clone();
        let places = places.filter(move |(_, user)| caller.sees_user(inner, *user));
        let kept = places.filter(move |(_, user)| match (&expression, &query) {
            (Some(expression), _) => holds(inner, *user, expression, is_search),
            (None, Some(query)) => {
                let (first_name, last_name) = inner.population().names(*user);
                let texts = [first_name.to_lowercase(), last_name.to_lowercase(), inner.login(*user)];
                inner.population().status(*user) != Status::Deprovisioned
                    && texts.iter().any(|text| text.starts_with(query))
            }
            (None, None) => inner.population().status(*user) != Status::Deprovisioned,
        });
        let fields = fields.clone();
        kept.map(move |(place, user)| {
            let fields = fields.clone();
            let view = move || {
                let view = User::of(org, user);
                let view = if is_short { view.without_credentials() } else { view };
                match &fields {
                    Some(fields) => view.only(fields),
                    None => view,
                }
            };
            (place, view)
        })
    })
}

/// Returns whether a list is sorted in descending order.
fn sorting(paging: &Paging, is_search: bool) -> Result<bool, OktaError> {
    match (paging.get("sortBy"), paging.get("sortOrder")) {
        (None, None) => Ok(false),
        (Some(property), order) if is_search && SORTED_BY.contains(&property) => match order {
            None | Some("asc") => Ok(false),
            Some("desc") => Ok(true),
            Some(_) => Err(OktaError::invalid_search()),
        },
        _ => Err(OktaError::invalid_search()),
    }
}

/// Returns the range of indices outside of which an expression matches no user.
fn span(org: &Org, expression: Option<&Expression>) -> (u32, u32) {
    let population = org.population();
    let (from, until) = expression.map(|expression| expression.bounds("created")).unwrap_or_default();
    let place = |text: &str| {
        let at = Timestamp::parse(text)?;
        Some(population.first_created_after(at.millis_since(org.created())))
    };
    let first = from.and_then(place).unwrap_or(0);
    // Bounds may include their moment, so one more is looked at.
    let end = until.and_then(place).map_or(population.users(), |end| (end + 1).min(population.users()));
    (first.min(end), end)
}

fn holds(org: &Org, user: u32, expression: &Expression, is_search: bool) -> bool {
    let population = org.population();
    let property = |name: &str| match name {
        "id" => Some(org.object_id(Kind::User, user)),
        "status" => Some(population.status(user).as_str().to_owned()),
        "created" | "lastUpdated" | "statusChanged" => Some(org.user_created(user).millis()),
        "activated" => (!matches!(population.status(user), Status::Staged | Status::Provisioned))
            .then(|| org.user_created(user).millis()),
        "profile.login" | "profile.email" => Some(org.login(user)),
        "profile.firstName" => Some(population.names(user).0.to_owned()),
        "profile.lastName" => Some(population.names(user).1.to_owned()),
        _ => None,
    };
    expression.holds(&property, is_search)
}

/// `GET /api/v1/users/{id}`; `me` is the token's owner, whom every caller may see.
pub(super) async fn get(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<User>, OktaError> {
    let permission = if id == "me" { Ok(()) } else { caller.require_any_role() };
    let user = org.judged(permission, || find(&org, &caller, &id))?;
    Ok(Json(User::of(&org, user)))
}

/// `GET /api/v1/users/{id}/groups`: all of them on one page.
pub(super) async fn groups(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, OktaError> {
    let user = org.judged(caller.require_any_role(), || find(&org, &caller, &id))?;
    let population = org.population();
    let mine = (0..population.groups()).filter(|group| caller.sees_group(*group) && org.is_member(*group, user));
    Ok(Json(mine.map(|group| views::group(&org, group, false)).collect()))
}

/// `GET /api/v1/users/{id}/roles`. What roles are good for comes along where it is asked for.
pub(super) async fn roles(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, OktaError> {
    let is_own = org.user(&id) == Some(caller.user) || id == "me";
    let permission = if caller.sees_own_roles && is_own { Ok(()) } else { caller.require_view_of_admins() };
    let user = org.judged(permission, || find(&org, &caller, &id))?;
    let (roles, targets) = (org.roles(user).into_iter(), org.targets(user));
    let views = roles.map(|(role, through)| {
        let mut view = views::role(&org, (Kind::User, user), role, through);
        if let Some(targets) = targets.filter(|_| through.is_none()) {
            views::embed_targets(&org, &mut view, role, targets, &paging);
        }
        view
    });
    Ok(Json(views.collect()))
}

fn find(org: &Org, caller: &Caller, id: &str) -> Result<u32, OktaError> {
    if id == "me" {
        return Ok(caller.user);
    }
    let user = org.user(id).ok_or_else(|| OktaError::not_found(id, "User"))?;
    caller.within_targets(caller.sees_user(org, user)).map(|()| user)
}
