//! Owners of a connector by role, in ConductorOne's draft API v2: users, as in `userIds`, and entitlements, whose
//! holders are owners too.
//!
//! ConductorOne publishes no role names; the sandbox has one role.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::lookup;
use super::super::model::connector::{Connector, EntitlementRef};
use super::super::model::user::User;
use super::super::paging::Paging;
use super::super::synced::users::UserFilter;
use super::super::tenant::Tenant;
use super::entitlements;
use super::lists::Reference;
use super::users;
use crate::behaviour::OwnerRoles;

/// The only role. ConductorOne's OpenAPI document mentions a "primary" role without its name.
const PRIMARY: &str = "primary";

/// Display names of roles of which an owner must have one. Source: ConductorOne's documentation of Okta connectors.
const OWNER_ROLES: [&str; 2] = ["Super Administrator", "Connector Administrator"];

/// Body of a replacement.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Set {
    role_slug: Option<String>,
    user_refs: Option<Vec<Reference>>,
    app_entitlement_refs: Option<Vec<EntitlementRef>>,
}

/// `PUT …/owners`: replaces the owners of a role.
pub(crate) async fn set(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    Body(Set { role_slug, user_refs, app_entitlement_refs }): Body<Set>,
) -> Result<Json<Value>, Rejection> {
    require_role(role_slug.as_deref().unwrap_or_default())?;
    let ids: Vec<String> = user_refs.unwrap_or_default().into_iter().map(|user| user.id).collect();
    let users = tenant.synced().resolve_owners(&ids)?;
    require_roles(&tenant, &users)?;
    let mut entitlements: Vec<EntitlementRef> = Vec::new();
    for entitlement in app_entitlement_refs.unwrap_or_default() {
        if !entitlements.contains(&entitlement) {
            entitlements.push(entitlement);
        }
    }
    require_entitlements(&tenant, &entitlements)?;
    change(&tenant, &app_id, &id, |connector| {
        connector.user_ids = users;
        connector.entitlement_owners = entitlements;
    })?;
    Ok(Json(json!({})))
}

/// Query parameters of a list of owners, besides its page.
#[derive(Deserialize)]
pub(crate) struct RoleFilter {
    role_slug: Option<String>,
}

impl RoleFilter {
    /// Returns whether owners of the only role match.
    fn matches(&self) -> bool {
        self.role_slug.as_deref().is_none_or(|slug| slug.is_empty() || slug == PRIMARY)
    }
}

/// `GET …/owners/users`.
pub(crate) async fn list_users(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    Query(role): Query<RoleFilter>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let connector = connector(&tenant, &app_id, &id)?;
    if !role.matches() || connector.user_ids.is_empty() {
        return Ok(Json(json!({"list": [], "nextPageToken": ""})));
    }
    let filter = UserFilter { ids: connector.user_ids.clone(), ..UserFilter::default() };
    let (owners, next) = tenant.synced().users(&paging, &filter)?;
    let list: Vec<Value> = owners.iter().map(|user| user_view(&connector, user)).collect();
    Ok(Json(json!({"list": list, "nextPageToken": next})))
}

/// `GET …/owners/entitlements`.
pub(crate) async fn list_entitlements(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    Query(role): Query<RoleFilter>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let connector = connector(&tenant, &app_id, &id)?;
    let owners = if role.matches() { connector.entitlement_owners.as_slice() } else { &[] };
    let (owners, next) = paging.page(owners, |owner| &owner.id)?;
    let list: Vec<Value> = owners.into_iter().map(|owner| entitlement_view(&tenant, &connector, owner)).collect();
    Ok(Json(json!({"list": list, "nextPageToken": next})))
}

/// The path of one owner: app, connector, role, user.
type UserPath = Path<(String, String, String, String)>;

/// `GET …/owners/users/{role_slug}/{user_ref_id}`.
pub(crate) async fn get_user(
    State(tenant): State<Tenant>,
    Path((app_id, id, slug, user_id)): UserPath,
) -> Result<Json<Value>, Rejection> {
    one_user(&tenant, &app_id, &id, &slug, &user_id)
}

/// `POST …/owners/users/{role_slug}/{user_ref_id}`. Idempotent.
pub(crate) async fn add_user(
    State(tenant): State<Tenant>,
    Path((app_id, id, slug, user_id)): UserPath,
) -> Result<Json<Value>, Rejection> {
    require_role(&slug)?;
    tenant.synced().resolve_owners(std::slice::from_ref(&user_id))?;
    require_roles(&tenant, std::slice::from_ref(&user_id))?;
    change(&tenant, &app_id, &id, |connector| {
        if !connector.user_ids.contains(&user_id) {
            connector.user_ids.push(user_id.clone());
        }
    })?;
    one_user(&tenant, &app_id, &id, &slug, &user_id)
}

/// `DELETE …/owners/users/{role_slug}/{user_ref_id}`.
pub(crate) async fn remove_user(
    State(tenant): State<Tenant>,
    Path((app_id, id, slug, user_id)): UserPath,
) -> Result<Json<Value>, Rejection> {
    one_user(&tenant, &app_id, &id, &slug, &user_id).map(drop)?;
    change(&tenant, &app_id, &id, |connector| connector.user_ids.retain(|owner| *owner != user_id))?;
    Ok(Json(json!({})))
}

/// The path of one owner: app, connector, role, the entitlement's app, the entitlement.
type EntitlementPath = Path<(String, String, String, String, String)>;

/// `GET …/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}`.
pub(crate) async fn get_entitlement(
    State(tenant): State<Tenant>,
    Path((app_id, id, slug, of_app, entitlement)): EntitlementPath,
) -> Result<Json<Value>, Rejection> {
    one_entitlement(&tenant, &app_id, &id, &slug, &EntitlementRef { app_id: of_app, id: entitlement })
}

/// `POST …/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}`.
pub(crate) async fn add_entitlement(
    State(tenant): State<Tenant>,
    Path((app_id, id, slug, of_app, entitlement)): EntitlementPath,
) -> Result<Json<Value>, Rejection> {
    require_role(&slug)?;
    let entitlement = EntitlementRef { app_id: of_app, id: entitlement };
    require_entitlements(&tenant, std::slice::from_ref(&entitlement))?;
    change(&tenant, &app_id, &id, |connector| {
        if !connector.entitlement_owners.contains(&entitlement) {
            connector.entitlement_owners.push(entitlement.clone());
        }
    })?;
    one_entitlement(&tenant, &app_id, &id, &slug, &entitlement)
}

/// `DELETE …/owners/entitlements/{role_slug}/{app_entitlement_ref_app_id}/{app_entitlement_ref_id}`.
pub(crate) async fn remove_entitlement(
    State(tenant): State<Tenant>,
    Path((app_id, id, slug, of_app, entitlement)): EntitlementPath,
) -> Result<Json<Value>, Rejection> {
    let entitlement = EntitlementRef { app_id: of_app, id: entitlement };
    one_entitlement(&tenant, &app_id, &id, &slug, &entitlement).map(drop)?;
    change(&tenant, &app_id, &id, |connector| connector.entitlement_owners.retain(|owner| *owner != entitlement))?;
    Ok(Json(json!({})))
}

/// Rejects entitlements that do not exist.
pub(super) fn require_entitlements(tenant: &Tenant, entitlements: &[EntitlementRef]) -> Result<(), Rejection> {
    entitlements.iter().try_for_each(|EntitlementRef { app_id, id }| {
        let found = lookup::entitlement(tenant, app_id, id);
        found.map(drop).map_err(|_| Rejection::invalid(format!("app entitlement {id} not found")))
    })
}

/// Rejects owners without a role that the documentation requires, if the tenant checks owners' roles.
pub(super) fn require_roles(tenant: &Tenant, ids: &[String]) -> Result<(), Rejection> {
    if tenant.behaviour().owner_roles == OwnerRoles::Unchecked {
        return Ok(());
    }
    let owner_roles: Vec<String> = tenant.read(|data| {
        let roles = data.roles.iter().filter(|role| OWNER_ROLES.contains(&role.display_name.as_str()));
        roles.map(|role| role.id.clone()).collect()
    });
    for id in ids {
        let user = tenant.synced().user(id)?;
        if !user.role_ids.iter().any(|role| owner_roles.contains(role)) {
            let message = format!("{} must be a Super Administrator or a Connector Administrator", user.email);
            return Err(Rejection::with_status(StatusCode::FORBIDDEN, message));
        }
    }
    Ok(())
}

fn connector(tenant: &Tenant, app_id: &str, id: &str) -> Result<Connector, Rejection> {
    tenant.read(|data| data.connector(app_id, id).cloned())
}

fn change(tenant: &Tenant, app_id: &str, id: &str, change: impl FnOnce(&mut Connector)) -> Result<(), Rejection> {
    tenant.change(|data| {
        data.change_connector(app_id, id, |connector| {
            change(connector);
            connector.updated_at = tenant.now();
            Ok(())
        })
    })
}

fn one_user(tenant: &Tenant, app_id: &str, id: &str, slug: &str, user_id: &str) -> Result<Json<Value>, Rejection> {
    let connector = connector(tenant, app_id, id)?;
    if slug != PRIMARY || !connector.user_ids.iter().any(|owner| owner == user_id) {
        return Err(Rejection::not_found("owner not found"));
    }
    Ok(Json(json!({"connectorOwnerUser": user_view(&connector, &tenant.synced().user(user_id)?)})))
}

fn one_entitlement(
    tenant: &Tenant,
    app_id: &str,
    id: &str,
    slug: &str,
    entitlement: &EntitlementRef,
) -> Result<Json<Value>, Rejection> {
    let connector = connector(tenant, app_id, id)?;
    if slug != PRIMARY || !connector.entitlement_owners.contains(entitlement) {
        return Err(Rejection::not_found("owner not found"));
    }
    Ok(Json(json!({"connectorOwnerEntitlement": entitlement_view(tenant, &connector, entitlement)})))
}

fn require_role(slug: &str) -> Result<(), Rejection> {
    if slug == PRIMARY { Ok(()) } else { Err(Rejection::invalid("roleSlug: unknown role")) }
}

/// Returns `c1.api.app.v2.ConnectorOwnerUser` with all its fields.
fn user_view(connector: &Connector, user: &User) -> Value {
    view(connector, "user", users::user(user))
}

/// Returns `c1.api.app.v2.ConnectorOwnerEntitlement` with all its fields. An entitlement missing in a later sync is null.
fn entitlement_view(tenant: &Tenant, connector: &Connector, EntitlementRef { app_id, id }: &EntitlementRef) -> Value {
    let found = lookup::entitlement(tenant, app_id, id).map(|resource| entitlements::view(tenant, &resource));
    view(connector, "appEntitlement", found.unwrap_or_default())
}

fn view(connector: &Connector, owner_field: &str, owner: Value) -> Value {
    json!({
        "appId": connector.app_id,
        "connectorId": connector.id,
        "createdAt": connector.created_at,
        "roleSlug": PRIMARY,
        owner_field: owner,
    })
}
