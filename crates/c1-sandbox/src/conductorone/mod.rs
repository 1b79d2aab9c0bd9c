//! A ConductorOne tenant: the operations of its public API that the Okta integration needs.
//!
//! Bodies follow ConductorOne's OpenAPI document. They contain every field, because the service's protobuf encoder
//! writes unset fields too. Comments document each choice that public sources leave open.
//!
//! ```text
//! handlers                operations of the API
//! sync, scheduler         syncs of connectors
//! provisioning            execution of tasks
//! lookup                  reads of synced objects
//! tenant                  the running tenant: objects, sessions, settings
//! data, records, store    objects, their indexes, the state file
//! synced                  database of synced objects
//! org_clients             clients of Okta orgs
//! model, catalog, config  types of objects
//! ```

pub(crate) mod body;
pub(crate) mod catalog;
pub(crate) mod config;
#[cfg(test)]
mod cost_tests;
pub(crate) mod credentials;
pub(crate) mod data;
pub(crate) mod error;
mod expand;
pub(crate) mod fields;
pub(crate) mod handlers;
mod lookup;
pub(crate) mod model;
pub(crate) mod org_clients;
mod paging;
pub(crate) mod provisioning;
mod records;
pub(crate) mod scheduler;
pub(crate) mod seed;
pub(crate) mod store;
pub(crate) mod sync;
pub(crate) mod synced;
pub(crate) mod tenant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};

use crate::behaviour::ErrorDetails;
use error::Rejection;
use handlers::{
    accounts, app_owners, apps, catalog as catalog_entries, connector_owners, connector_syncs, connectors,
    entitlements, grants, resource_types, resources, roles, tasks, token, users,
};
use tenant::Tenant;

/// Returns the router of the tenant's API.
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
        .route("/api/v1/apps/{app_id}/connectors/{connector_id}/force_sync", post(connector_syncs::force))
        .route("/api/v1/apps/{app_id}/connectors/{connector_id}/pause", post(connector_syncs::pause))
        .route("/api/v1/apps/{app_id}/connectors/{connector_id}/resume", post(connector_syncs::resume))
        .route("/api/v1/apps/{app_id}/connectors/{connector_id}/schedule", post(connector_syncs::set_schedule))
        .route("/api/v2/apps/{app_id}/connectors/{connector_id}/owners", put(connector_owners::set))
        .route("/api/v2/apps/{app_id}/connectors/{connector_id}/owners/users", get(connector_owners::list_users))
        .route(
            "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/users/{role_slug}/{user_ref_id}",
            get(connector_owners::get_user).post(connector_owners::add_user).delete(connector_owners::remove_user),
        )
        .route("/api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements", get(connector_owners::list_entitlements))
        .route(
            "/api/v2/apps/{app_id}/connectors/{connector_id}/owners/entitlements/{role_slug}/{of_app_id}/{entitlement_id}",
            get(connector_owners::get_entitlement).post(connector_owners::add_entitlement).delete(connector_owners::remove_entitlement),
        )
        .route(
            "/api/v1/apps/{app_id}/connectors/{connector_id}/confirm_sync_valid/{sync_lifecycle_id}",
            post(connector_syncs::confirm),
        )
        .route("/api/v1/apps/{app_id}/app_users", get(accounts::list))
        .route("/api/v1/apps/{app_id}/users/{user_id}/app_users", get(accounts::list_of_user))
        .route("/api/v1/search/app_users", post(accounts::search))
        .route("/api/v1/apps/{app_id}/resource_types", get(resource_types::list))
        .route("/api/v1/apps/{app_id}/resource_types/{type_id}", get(resource_types::get))
        .route("/api/v1/search/app_resource_types", post(resource_types::search))
        .route("/api/v1/apps/{app_id}/resource_types/{type_id}/resources", get(resources::list))
        .route("/api/v1/apps/{app_id}/resource_types/{type_id}/resources/{resource_id}", get(resources::get))
        .route("/api/v1/search/app_resources", post(resources::search))
        .route("/api/v1/apps/{app_id}/entitlements", get(entitlements::list))
        .route("/api/v1/apps/{app_id}/entitlements/{entitlement_id}", get(entitlements::get))
        .route("/api/v1/apps/{app_id}/entitlements/users/{account_id}", get(entitlements::list_of_account))
        .route(
            "/api/v1/apps/{app_id}/entitlements/resource_types/{type_id}/resources/{resource_id}",
            get(entitlements::list_of_resource),
        )
        .route("/api/v1/search/entitlements", post(entitlements::search))
        .route("/api/v1/apps/{app_id}/entitlements/{entitlement_id}/users", get(grants::list_users))
        .route("/api/v1/apps/{app_id}/entitlements/{entitlement_id}/grants", get(grants::list))
        .route("/api/v1/search/grants", post(grants::search))
        .route("/api/v1/task/grant", post(tasks::grant))
        .route("/api/v1/task/revoke", post(tasks::revoke))
        .route("/api/v1/tasks/{id}", get(tasks::get))
        .route("/api/v1/connectorcatalog", post(catalog_entries::schema))
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
    let errors = middleware::map_response_with_state(tenant.clone(), adapt_error);
    app.layer(errors).with_state(tenant)
}

/// Adapts error responses to the tenant's behavior.
async fn adapt_error(State(tenant): State<Tenant>, response: Response) -> Response {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    if is_error && tenant.behaviour().error_details == ErrorDetails::Absent {
        return error::without_details(response).await;
    }
    response
}

/// Rejects requests without a valid bearer token, and adds the caller to the extensions of the others.
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

/// Responds to paths without an operation.
///
/// Like live tenants, redirects a path with an empty segment to the path without it. With an empty ID, a client that
/// follows redirects receives a list instead of an object.
async fn unknown_path(uri: Uri) -> Response {
    let path = uri.path();
    let clean: String =
        path.split('/').filter(|segment| !matches!(*segment, "" | ".")).map(|segment| format!("/{segment}")).collect();
    if clean != path && path != "/" {
        return (StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, clean)]).into_response();
    }
    Rejection::not_found("Not Found").into_response()
}
