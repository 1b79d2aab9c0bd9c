//! A ConductorOne tenant: the operations of its public API that the Okta integration needs.
//!
//! Bodies follow ConductorOne's OpenAPI document with every field present, because the real service marshals protobuf
//! with unset fields written out. Where the document and public sources leave something open, the choice is told
//! where it is made.

pub(crate) mod app_owners;
pub(crate) mod apps;
pub(crate) mod body;
pub(crate) mod catalog;
pub(crate) mod config;
pub(crate) mod connectors;
pub(crate) mod credentials;
pub(crate) mod error;
pub(crate) mod expand;
pub(crate) mod fields;
pub(crate) mod owners;
pub(crate) mod paging;
mod provisioning;
pub(crate) mod roles;
pub(crate) mod schedule;
pub(crate) mod seed;
pub(crate) mod store;
pub(crate) mod sync;
pub(crate) mod synced;
pub(crate) mod tasks;
pub(crate) mod tenant;
pub(crate) mod token;
pub(crate) mod users;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};

use crate::behaviour::ErrorDetails;
use error::Rejection;
use synced::{accounts, entitlements, grants, resources};
use tenant::Tenant;

/// The tenant's API as a value.
pub(crate) fn app(tenant: Tenant) -> Router {
    let api = Router::new()
        .route("/api/v1/auth/introspect", get(users::introspect_token))
        .route("/api/v1/apps", get(apps::list).post(apps::create))
        .route("/api/v1/apps/{app_id}", get(apps::get).post(apps::update).delete(apps::delete))
        .route("/api/v1/apps/{app_id}/owners", get(app_owners::list).put(app_owners::set).delete(app_owners::delete))
        .route("/api/v1/apps/{app_id}/owners/{user_id}", post(app_owners::add).delete(app_owners::remove))
        .route("/api/v1/apps/{app_id}/ownerids", get(app_owners::list_ids))
        .route("/api/v1/search/apps", post(apps::search))
        .route("/api/v1/apps/{app_id}/connectors", get(connectors::list).post(connectors::create_delegated))
        .route("/api/v1/apps/{app_id}/connectors/create", post(connectors::create))
        .route(
            "/api/v1/apps/{app_id}/connectors/{connector_id}",
            get(connectors::get).post(connectors::update).delete(connectors::delete),
        )
        .route("/api/v1/apps/{app_id}/connectors/{connector_id}/delegated", post(connectors::update_delegated))
        .route("/api/v1/apps/{app_id}/connectors/{connector_id}/force_sync", post(connectors::force_sync))
        .route("/api/v1/apps/{app_id}/connectors/{connector_id}/pause", post(connectors::pause))
        .route("/api/v1/apps/{app_id}/connectors/{connector_id}/resume", post(connectors::resume))
        .route("/api/v1/apps/{app_id}/connectors/{connector_id}/schedule", post(schedule::set))
        .route("/api/v2/apps/{app_id}/connectors/{connector_id}/owners", put(owners::set))
        .route("/api/v2/apps/{app_id}/connectors/{connector_id}/owners/users", get(owners::list_users))
        .route(
            "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/users/{role_slug}/{user_ref_id}",
            get(owners::get_user).post(owners::add_user).delete(owners::remove_user),
        )
        .route("/api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements", get(owners::list_entitlements))
        .route(
            "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements/{role_slug}/{of_app_id}/{entitlement_id}",
            get(owners::get_entitlement).post(owners::add_entitlement).delete(owners::remove_entitlement),
        )
        .route(
            "/api/v1/apps/{app_id}/connectors/{connector_id}/confirm_sync_valid/{sync_lifecycle_id}",
            post(connectors::confirm_sync_valid),
        )
        .route("/api/v1/apps/{app_id}/app_users", get(accounts::list))
        .route("/api/v1/apps/{app_id}/users/{user_id}/app_users", get(accounts::of_user))
        .route("/api/v1/search/app_users", post(accounts::search))
        .route("/api/v1/apps/{app_id}/resource_types", get(resources::list_types))
        .route("/api/v1/apps/{app_id}/resource_types/{type_id}", get(resources::get_type))
        .route("/api/v1/search/app_resource_types", post(resources::search_types))
        .route("/api/v1/apps/{app_id}/resource_types/{type_id}/resources", get(resources::list))
        .route("/api/v1/apps/{app_id}/resource_types/{type_id}/resources/{resource_id}", get(resources::get))
        .route("/api/v1/search/app_resources", post(resources::search))
        .route("/api/v1/apps/{app_id}/entitlements", get(entitlements::list))
        .route("/api/v1/apps/{app_id}/entitlements/{entitlement_id}", get(entitlements::get))
        .route("/api/v1/apps/{app_id}/entitlements/users/{account_id}", get(entitlements::of_account))
        .route(
            "/api/v1/apps/{app_id}/entitlements/resource_types/{type_id}/resources/{resource_id}",
            get(entitlements::of_resource),
        )
        .route("/api/v1/search/entitlements", post(entitlements::search))
        .route("/api/v1/apps/{app_id}/entitlements/{entitlement_id}/users", get(grants::users))
        .route("/api/v1/apps/{app_id}/entitlements/{entitlement_id}/grants", get(grants::with_expired))
        .route("/api/v1/search/grants", post(grants::search))
        .route("/api/v1/task/grant", post(tasks::grant))
        .route("/api/v1/task/revoke", post(tasks::revoke))
        .route("/api/v1/tasks/{id}", get(tasks::get))
        .route("/api/v1/connectorcatalog", post(catalog::schema))
        .route("/api/v1/users", get(users::list))
        .route("/api/v1/users/introspect", post(users::introspect))
        .route("/api/v1/users/{user_id}", get(users::get))
        .route("/api/v1/search/users", post(users::search))
        .route("/api/v1/iam/roles", get(roles::list))
        .route("/api/v1/iam/roles/{role_id}", get(roles::get))
        .fallback(unknown_path)
        .method_not_allowed_fallback(async || Rejection::unimplemented("Method Not Allowed"))
        .layer(middleware::from_fn_with_state(tenant.clone(), authenticate));
    let app = Router::new().route("/auth/v1/token", post(token::issue)).merge(api);
    let refusals = middleware::map_response_with_state(tenant.clone(), refusal);
    app.layer(refusals).with_state(tenant)
}

/// The last touch to a refusal: what the tenant's refusals look like.
async fn refusal(State(tenant): State<Tenant>, response: Response) -> Response {
    let is_refusal = response.status().is_client_error() || response.status().is_server_error();
    if is_refusal && tenant.behaviour().error_details == ErrorDetails::Absent {
        return error::without_details(response).await;
    }
    response
}

/// Lets calls with a good bearer token pass; handlers find the caller among the request's extensions.
async fn authenticate(State(tenant): State<Tenant>, headers: HeaderMap, mut request: Request, next: Next) -> Response {
    let credentials = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, token) = credentials.split_once(' ').unwrap_or_default();
    match tenant.caller(token).filter(|_| scheme.eq_ignore_ascii_case("bearer")) {
        Some(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        None => Rejection::unauthenticated().into_response(),
    }
}

/// Answers what no operation has taken.
///
/// A path with an empty segment is answered with a redirect to the path without it, as seen on live tenants: an empty
/// id can turn a read of one object into a read of all, and a client that follows takes a list for an object.
async fn unknown_path(uri: Uri) -> Response {
    let path = uri.path();
    let clean: String =
        path.split('/').filter(|piece| !matches!(*piece, "" | ".")).map(|piece| format!("/{piece}")).collect();
    if clean != path && path != "/" {
        return (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, clean)]).into_response();
    }
    Rejection::not_found("Not Found").into_response()
}
