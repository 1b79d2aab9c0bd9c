//! An Okta org of any size: Okta's management API as far as ConductorOne and this provider use it.
//!
//! Bodies follow Okta's OpenAPI specification; permissions follow ConductorOne's and Okta's tables of what each admin
//! role may do. A call is judged in this order: credential, limits, path, permission, existence; a switch turns the last two round.

mod apps;
mod caller;
mod changes;
pub(crate) mod counts;
mod directory;
pub(crate) mod error;
mod expression;
mod groups;
mod iam;
mod length;
pub(crate) mod limits;
pub(crate) mod org;
mod paging;
pub(crate) mod population;
pub(crate) mod roles;
mod users;
mod views;

use std::ops::RangeInclusive;
use std::time::Duration;

use axum::extract::{Extension, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde_json::{Value, json};

use caller::Caller;
use error::OktaError;
use limits::{Counted, Limits};
use org::Org;
use roles::RoleType;

use super::clock::Clock;
use super::identifiers::random_base62;

/// The org's API as a value.
pub(crate) fn app(org: Org, limits: Limits, latency: RangeInclusive<Duration>, clock: Clock) -> Router {
    let gate = Gate { org: org.clone(), limits, latency, clock };
    let api = Router::new()
        .route("/api/v1/org", get(organization))
        .route("/api/v1/org/privacy/oktaSupport", get(support))
        .route("/api/v1/users", get(users::list))
        .route("/api/v1/users/{user_id}", get(users::get))
        .route("/api/v1/users/{user_id}/groups", get(users::groups))
        .route("/api/v1/users/{user_id}/roles", get(users::roles))
        .route("/api/v1/groups", get(groups::list))
        .route("/api/v1/groups/{group_id}", get(groups::get))
        .route("/api/v1/groups/{group_id}/users", get(groups::members))
        .route("/api/v1/groups/{group_id}/users/{user_id}", put(groups::add_member).delete(groups::remove_member))
        .route("/api/v1/groups/{group_id}/apps", get(groups::apps))
        .route("/api/v1/groups/{group_id}/roles", get(groups::roles))
        .route("/api/v1/apps", get(apps::list))
        .route("/api/v1/apps/{app_id}", get(apps::get))
        .route("/api/v1/apps/{app_id}/users", get(apps::users).post(apps::assign))
        .route("/api/v1/apps/{app_id}/users/{user_id}", get(apps::user).delete(apps::unassign))
        .route("/api/v1/apps/{app_id}/groups", get(apps::assigned_groups))
        .route(
            "/api/v1/apps/{app_id}/groups/{group_id}",
            get(apps::assigned_group).put(apps::assign_group).delete(apps::unassign_group),
        )
        .route("/api/v1/iam/assignees/users", get(iam::assignees))
        .route("/api/v1/iam/roles", get(iam::roles))
        .route("/api/v1/iam/roles/{role_id}", get(iam::get_role))
        .route("/api/v1/iam/roles/{role_id}/permissions", get(iam::permissions))
        .route("/api/v1/iam/resource-sets", get(iam::resource_sets))
        .route("/api/v1/iam/resource-sets/{set_id}", get(iam::get_resource_set))
        .route("/api/v1/iam/resource-sets/{set_id}/bindings", get(iam::bindings))
        .route("/api/v1/iam/resource-sets/{set_id}/bindings/{role_id}", get(iam::get_binding))
        .route("/api/v1/iam/resource-sets/{set_id}/bindings/{role_id}/members", get(iam::members))
        .route("/api/v1/iam/resource-sets/{set_id}/resources", get(iam::resources))
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
    /// How long every answer takes at least.
    latency: RangeInclusive<Duration>,
    clock: Clock,
}

/// Lets calls with a token that lives pass, as many as the limits allow. Only authenticated calls are counted.
async fn authenticate(State(gate): State<Gate>, mut request: Request, next: Next) -> Response {
    let Some(credentials) = request.headers().get(header::AUTHORIZATION) else {
        return OktaError::invalid_session().into_response();
    };
    let (scheme, token) = credentials.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    let Some((user, grant)) = gate.org.token_owner(token).filter(|_| scheme.eq_ignore_ascii_case("SSWS")) else {
        return OktaError::invalid_token().into_response();
    };
    match gate.limits.count(token, request.method(), request.uri().path()) {
        Counted::Refused(headers) => {
            (headers, OktaError::with_status(StatusCode::TOO_MANY_REQUESTS).into_response()).into_response()
        }
        Counted::Accepted(headers, in_flight) => {
            let caller =
                Caller { user, roles: grant.roles, targets: grant.targets, sees_own_roles: grant.sees_own_roles };
            request.extensions_mut().insert(caller);
            if !gate.latency.end().is_zero() {
                gate.clock.sleep(rand::random_range(gate.latency)).await;
            }
            let response = next.run(request).await;
            drop(in_flight);
            (headers, response).into_response()
        }
    }
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

/// `GET /api/v1/meta/schemas/group/default`: application administrators may, read-only ones may not. It is the only
/// read that tells the two apart. Source: role annotations in Okta's OpenAPI specification.
async fn group_schema(State(org): State<Org>, Extension(caller): Extension<Caller>) -> Result<Json<Value>, OktaError> {
    caller.require(&[RoleType::Super, RoleType::Application])?;
    Ok(Json(views::group_schema(&org)))
}
