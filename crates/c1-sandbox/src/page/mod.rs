//! The page at `/`: connectors, their settings, their syncs, and what happens, for people with a browser.
//!
//! ```text
//! view    what is shown
//! edit    what a form changes
//! ```

mod edit;
mod view;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::conductorone::error::Rejection;
use super::conductorone::tenant::Tenant;

/// Content security policy: loads nothing from and sends nothing to other origins.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// The page and what its forms are sent to, as a value.
pub(crate) fn app(tenant: Tenant) -> Router {
    Router::new()
        .route("/", get(show))
        .route("/_sandbox/page/style.css", get(async || asset("text/css", include_str!("style.css"))))
        .route("/_sandbox/page/follow.js", get(async || asset("text/javascript", include_str!("follow.js"))))
        .route("/_sandbox/page/connectors/{connector_id}", post(edit::change))
        .route("/_sandbox/page/connectors/{connector_id}/{action}", post(edit::act))
        .with_state(tenant)
}

fn asset(media_type: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, media_type)], text)
}

/// Result of a form, in the query of the redirect.
#[derive(Default, Deserialize)]
struct Told {
    /// The connector that was changed.
    changed: Option<String>,
}

async fn show(State(tenant): State<Tenant>, Query(told): Query<Told>) -> Response {
    answer(StatusCode::OK, view::page(&tenant, told.changed.as_deref(), None))
}

/// The page with what was wrong with a form.
fn refused(tenant: &Tenant, rejection: &Rejection) -> Response {
    answer(StatusCode::BAD_REQUEST, view::page(tenant, None, Some(&rejection.to_string())))
}

fn answer(status: StatusCode, page: String) -> Response {
    let mut response = (status, Html(page)).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
