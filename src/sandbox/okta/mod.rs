//! An Okta org: the part of Okta's management API that shows whether a domain and a token are good, and what the
//! token may do.
//!
//! Bodies follow Okta's OpenAPI specification; permissions follow ConductorOne's and Okta's tables of what each admin
//! role may do. A call is judged in this order: credential, path, permission, existence.

pub(crate) mod error;
pub(crate) mod limits;
pub(crate) mod org;
mod paging;
mod views;

use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use error::OktaError;
use limits::Limits;
use org::{Org, RoleType, User};
use paging::{Page, Paging};

use super::identifiers::random_base62;

/// The org's API as a value.
pub(crate) fn app(org: Org) -> Router {
    let gate = Gate { org: org.clone(), limits: Limits::default() };
    let api = Router::new()
        .route("/api/v1/org", get(organization))
        .route("/api/v1/org/privacy/oktaSupport", get(support))
        .route("/api/v1/users", get(users))
        .route("/api/v1/users/{user_id}", get(user))
        .route("/api/v1/users/{user_id}/roles", get(user_roles))
        .route("/api/v1/groups", get(groups))
        .route("/api/v1/groups/{group_id}", get(group))
        .route("/api/v1/apps", get(apps))
        .route("/api/v1/apps/{app_id}", get(application))
        .route("/api/v1/iam/assignees/users", get(assignees))
        .route("/api/v1/meta/schemas/group/default", get(group_schema))
        .fallback(async || OktaError::unknown_path())
        .method_not_allowed_fallback(async || OktaError::method_not_allowed())
        .layer(middleware::from_fn_with_state(gate, authenticate));
    Router::new()
        .route("/.well-known/okta-organization", get(well_known))
        .merge(api)
        .with_state(org)
        .layer(middleware::map_response(stamp))
}

/// Every answer of Okta has an id. Source: Okta developer docs, "Request debugging".
async fn stamp(mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::from_str(&random_base62(22)) {
        response.headers_mut().insert("x-okta-request-id", id);
    }
    response
}

#[derive(Clone)]
struct Gate {
    org: Org,
    limits: Limits,
}

/// What the caller may do, from the roles of the token's owner.
#[derive(Clone, Debug)]
struct Caller {
    user_id: String,
    roles: &'static [RoleType],
    sees_own_roles: bool,
}

impl Caller {
    fn has(&self, role: RoleType) -> bool {
        self.roles.contains(&role)
    }

    /// Users, groups and apps: any admin role reads them.
    fn require_any_role(&self) -> Result<(), OktaError> {
        if self.roles.is_empty() { Err(OktaError::forbidden()) } else { Ok(()) }
    }

    fn require(&self, roles: &[RoleType]) -> Result<(), OktaError> {
        if roles.iter().any(|role| self.has(*role)) { Ok(()) } else { Err(OktaError::forbidden()) }
    }
}

/// Lets calls with a token that lives pass. Only authenticated calls are counted.
async fn authenticate(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let Some(credentials) = request.headers().get(header::AUTHORIZATION) else {
        return OktaError::invalid_session().into_response();
    };
    let (scheme, token) = credentials.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    let Some((owner, grant)) = gate.org.token_owner(token).filter(|_| scheme.eq_ignore_ascii_case("SSWS")) else {
        return OktaError::invalid_token().into_response();
    };
    let (token, path) = (token.to_owned(), request.uri().path().to_owned());
    let (user_id, roles, sees_own_roles) = (owner.id.clone(), grant.roles, grant.sees_own_roles);
    request.extensions_mut().insert(Caller { user_id, roles, sees_own_roles });
    let mut response = next.run(request).await;
    gate.limits.count(&token, &path, response.headers_mut());
    response
}

/// `GET /.well-known/okta-organization`: no credential needed, so that a host can be told apart from an org before
/// a token goes there.
async fn well_known(State(org): State<Org>) -> Json<Value> {
    Json(json!({
        "id": org.id(),
        "pipeline": "idx",
        "_links": {"organization": {"href": org.url()}},
    }))
}

/// `GET /api/v1/org`.
async fn organization(State(org): State<Org>, Extension(caller): Extension<Caller>) -> Result<Json<Value>, OktaError> {
    caller.require(&[RoleType::Super, RoleType::ReadOnly])?;
    Ok(Json(views::organization(&org)))
}

/// `GET /api/v1/org/privacy/oktaSupport`: super administrators only.
async fn support(State(org): State<Org>, Extension(caller): Extension<Caller>) -> Result<Json<Value>, OktaError> {
    caller.require(&[RoleType::Super])?;
    let grant = format!("{}/api/v1/org/privacy/oktaSupport/grant", org.url());
    Ok(Json(json!({"support": "DISABLED", "expiration": null, "_links": {"grant": {"href": grant}}})))
}

/// `GET /api/v1/users/{id}`; `me` is the token's owner, whom every caller may see.
async fn user(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, OktaError> {
    if id != "me" {
        caller.require_any_role()?;
    }
    Ok(Json(views::user(&org, find_user(&org, &caller, &id)?)))
}

fn find_user<'a>(org: &'a Org, caller: &'a Caller, id: &'a str) -> Result<&'a User, OktaError> {
    let id = if id == "me" { &caller.user_id } else { id };
    org.user(id).ok_or_else(|| OktaError::not_found(id, "User"))
}

/// `GET /api/v1/users`. A caller without a role gets an empty list and no refusal. `filter`, `search` and `q` are not
/// offered yet and refused as expressions that Okta does not understand.
async fn users(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    paging: Paging,
) -> Result<Page, OktaError> {
    paging.refuse(&["filter", "search", "q"])?;
    if caller.roles.is_empty() {
        return Ok(Page::empty());
    }
    // Without a filter or search, deprovisioned users are left out. Source: Okta's OpenAPI specification.
    let users = org.users().iter().filter(|user| user.status != "DEPROVISIONED");
    paging.page(&org, "/api/v1/users", 200, 200, users.map(|user| views::user(&org, user)))
}

/// Roles that view administrators: super administrators and custom ones with `okta.iam.read`.
const VIEW_ADMINS: &[RoleType] = &[RoleType::Super, RoleType::Custom];

/// `GET /api/v1/users/{id}/roles`. No role of the sandbox's has targets, so `expand` changes nothing.
async fn user_roles(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, OktaError> {
    if !(caller.sees_own_roles && (id == "me" || id == caller.user_id)) {
        caller.require(VIEW_ADMINS)?;
    }
    let user = find_user(&org, &caller, &id)?;
    Ok(Json(org.roles(user).iter().map(|role| views::role(&org, user, *role)).collect()))
}

/// `GET /api/v1/iam/assignees/users`: as `user_roles`. Few enough for one page.
async fn assignees(State(org): State<Org>, Extension(caller): Extension<Caller>) -> Result<Json<Value>, OktaError> {
    caller.require(VIEW_ADMINS)?;
    let admins = org.users().iter().filter(|user| !org.roles(user).is_empty());
    let value: Vec<Value> = admins.map(|user| views::assignee(&org, user)).collect();
    Ok(Json(json!({"value": value, "_links": {}})))
}

/// `GET /api/v1/groups`, also by type: the one filter that is offered.
async fn groups(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    paging: Paging,
) -> Result<Page, OktaError> {
    caller.require_any_role()?;
    paging.refuse(&["search", "q", "expand"])?;
    let kind = paging.wanted("filter", "type")?;
    let groups = org.groups().iter().filter(|group| kind.is_none_or(|kind| kind == group.kind));
    paging.page(&org, "/api/v1/groups", 200, 200, groups.map(|group| views::group(&org, group)))
}

/// `GET /api/v1/groups/{id}`.
async fn group(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, OktaError> {
    caller.require_any_role()?;
    let group = org.groups().iter().find(|group| group.id == id);
    Ok(Json(views::group(&org, group.ok_or_else(|| OktaError::not_found(&id, "UserGroup"))?)))
}

/// `GET /api/v1/apps`. Inactive apps are among them, as a public client of Okta's finds them.
async fn apps(State(org): State<Org>, Extension(caller): Extension<Caller>, paging: Paging) -> Result<Page, OktaError> {
    caller.require_any_role()?;
    paging.refuse(&["filter", "q", "expand"])?;
    paging.page(&org, "/api/v1/apps", 20, 200, org.apps().iter().map(|app| views::app(&org, app)))
}

/// `GET /api/v1/apps/{id}`.
async fn application(
    State(org): State<Org>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<Value>, OktaError> {
    caller.require_any_role()?;
    let app = org.apps().iter().find(|app| app.id == id);
    Ok(Json(views::app(&org, app.ok_or_else(|| OktaError::not_found(&id, "AppInstance"))?)))
}

/// `GET /api/v1/meta/schemas/group/default`: application administrators may, read-only ones may not. It is the only
/// read that tells the two apart. Source: role annotations in Okta's OpenAPI specification.
async fn group_schema(State(org): State<Org>, Extension(caller): Extension<Caller>) -> Result<Json<Value>, OktaError> {
    caller.require(&[RoleType::Super, RoleType::Application])?;
    Ok(Json(views::group_schema(&org)))
}
