//! Grants: accounts with an entitlement, directly or through groups.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand::{Expansion, Mask};
use super::super::lookup;
use super::super::paging::Paging;
use super::super::synced::grant::{GRANTS, Grant};
use super::super::synced::kind::{ResourceKind, synced_id};
use super::super::synced::query::Conditions;
use super::super::tenant::Tenant;
use super::accounts;
use super::entitlements;
use super::lists::{self, Reference};
use super::resource_types;

/// Returns the memberships that a grant comes through.
fn sources(grant: &Grant) -> Vec<Value> {
    let id = |group: &String| synced_id(&grant.resource.connector_id, ResourceKind::Group.entitlement(), group);
    grant.group_ids.iter().map(|group| json!({"appId": grant.resource.app_id, "id": id(group)})).collect()
}

/// Returns `c1.api.app.v1.AppEntitlementUserView`.
fn user_view(grant: &Grant) -> Value {
    json!({
        "appEntitlementId": grant.resource.entitlement_id,
        "appEntitlementUserBindingCreatedAt": grant.resource.completed_at,
        "appEntitlementUserBindingDeprovisionAt": null,
        "appId": grant.resource.app_id,
        "appUser": accounts::row_view(&grant.account),
        "appUserId": grant.account.id,
        "grantSources": sources(grant),
        "originatingTicketId": "",
    })
}

fn page(tenant: &Tenant, paging: &Paging, conditions: &Conditions) -> Result<(Vec<Grant>, String), Rejection> {
    lookup::page(tenant, paging, &GRANTS, conditions, Grant::read)
}

fn of_entitlement(
    tenant: &Tenant,
    app_id: String,
    id: String,
    paging: &Paging,
) -> Result<(Vec<Grant>, String), Rejection> {
    lookup::entitlement(tenant, &app_id, &id)?;
    page(tenant, paging, &lookup::of_app(tenant, &app_id, vec![("resource.entitlement", vec![id])])?)
}

/// `GET /api/v1/apps/{app_id}/entitlements/{id}/users`.
pub(crate) async fn list_users(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let (grants, next) = of_entitlement(&tenant, app_id, id, &paging)?;
    Ok(Json(lists::response(grants.iter().map(user_view).collect(), next)))
}

/// `GET /api/v1/apps/{app_id}/entitlements/{id}/grants`. The service includes expired grants, the sandbox has none.
pub(crate) async fn list(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let (grants, next) = of_entitlement(&tenant, app_id, id, &paging)?;
    let list = grants.iter().map(|grant| {
        json!({
            "appEntitlementId": grant.resource.entitlement_id,
            "appId": grant.resource.app_id,
            "appUser": accounts::view(&grant.account),
            "appUserId": grant.account.id,
            "discovered": grant.resource.completed_at,
            "expired": null,
            "grantReasons": [],
            "grantSources": sources(grant),
            "user": null,
        })
    });
    Ok(Json(json!({"list": list.collect::<Vec<_>>(), "nextPageToken": next})))
}

/// The conditions of a grant search that the sandbox supports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search {
    #[serde(flatten)]
    paging: Paging,
    app_ids: Option<Vec<String>>,
    app_user_ids: Option<Vec<String>>,
    entitlement_refs: Option<Vec<Reference>>,
    resource_ids: Option<Vec<String>>,
    resource_type_ids: Option<Vec<String>>,
    user_id: Option<String>,
    #[serde(default)]
    expand_mask: Mask,
}

/// `POST /api/v1/search/grants`.
pub(crate) async fn search(State(tenant): State<Tenant>, Body(search): Body<Search>) -> Result<Json<Value>, Rejection> {
    let mut any_of = vec![
        ("resource.entitlement", lists::ids(None, search.entitlement_refs)),
        ("resource.id", search.resource_ids.unwrap_or_default()),
        ("resource.kind", resource_types::kinds(&tenant, &search.resource_type_ids.unwrap_or_default())),
        ("account.id", search.app_user_ids.unwrap_or_default()),
    ];
    if let Some(user) = search.user_id.filter(|user| !user.is_empty()) {
        let email = tenant.synced().user(&user).map(|user| user.email);
        any_of.push(("account.email", vec![email.unwrap_or_default()]));
    }
    let conditions = Conditions { app_ids: search.app_ids.unwrap_or_default(), any_of, ..Conditions::default() };
    let (grants, next) = page(&tenant, &search.paging, &conditions)?;
    // The mask applies to the entitlement's view, not to the account's.
    let mut expansion = Expansion::new(&tenant, &search.expand_mask, entitlements::RELATED);
    let list = grants.iter().map(|grant| {
        json!({
            "appEntitlementUserBinding": user_view(grant),
            "entitlement": expansion.expand(entitlements::row_view(&tenant, &grant.resource)),
        })
    });
    let list = list.collect();
    Ok(Json(lists::expanded_response(list, next, expansion.into_objects())))
}
