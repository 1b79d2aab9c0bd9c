//! Grants: which account holds which entitlement, directly or through groups.

use axum::Json;
use axum::extract::{Path, State};
use rusqlite::Row;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand::{Expansion, Mask};
use super::super::paging::Paging;
use super::super::tenant::Tenant;
use super::super::users::Reference;
use super::accounts::{self, Account};
use super::entitlements;
use super::resources::{self, Resource};
use super::rows::{self, Conditions, Question};
use super::{ResourceKind, brought_id};

const GRANTS: Question = Question {
    select: "SELECT account.login, account.email, account.name, account.status, sync.app, sync.completed_at,
                    coalesce((SELECT person.id FROM person WHERE person.email = account.email), ''),
                    account.external, account.id,
                    resource.name, resource.description, resource.external, resource.kind, resource.entitlement,
                    sync.app, sync.connector, sync.completed_at, sync.id, resource.id,
                    group_concat(held.source, ' '), max(held.source = ''),
                    held.sync, held.kind, held.external, held.account
             FROM held JOIN sync ON sync.id = held.sync
             JOIN resource ON resource.sync = held.sync AND resource.kind = held.kind
                          AND resource.external = held.external
             JOIN account ON account.sync = held.sync AND account.external = held.account",
    order: &["held.sync", "held.kind", "held.external", "held.account"],
    is_grouped: true,
};

struct Grant {
    account: Account,
    resource: Resource,
    /// Groups that it came through, by their IDs in Okta. None of them matter for one that is direct as well.
    through: Vec<String>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Grant> {
    let (sources, is_direct): (String, bool) = (row.get(19)?, row.get(20)?);
    let through = if is_direct { Vec::new() } else { sources.split_whitespace().map(str::to_owned).collect() };
    Ok(Grant { account: accounts::read(row, 0)?, resource: resources::read(row, accounts::COLUMNS)?, through })
}

impl Grant {
    /// The memberships that it came through; none for a direct one.
    fn sources(&self) -> Vec<Value> {
        let id = |group: &String| brought_id(&self.resource.connector, ResourceKind::Group.entitlement(), group);
        self.through.iter().map(|group| json!({"appId": self.resource.app, "id": id(group)})).collect()
    }

    /// `c1.api.app.v1.AppEntitlementUserView`.
    fn user_view(&self) -> Value {
        json!({
            "appEntitlementId": self.resource.entitlement,
            "appEntitlementUserBindingCreatedAt": self.resource.completed_at,
            "appEntitlementUserBindingDeprovisionAt": null,
            "appId": self.resource.app,
            "appUser": accounts::row_view(&self.account),
            "appUserId": self.account.id,
            "grantSources": self.sources(),
            "originatingTicketId": "",
        })
    }
}

fn page(tenant: &Tenant, paging: &Paging, conditions: &Conditions) -> Result<(Vec<Grant>, String), Rejection> {
    rows::page(tenant, paging, &GRANTS, conditions, read)
}

fn of_entitlement(
    tenant: &Tenant,
    app_id: String,
    id: String,
    paging: &Paging,
) -> Result<(Vec<Grant>, String), Rejection> {
    entitlements::find(tenant, &app_id, &id)?;
    page(tenant, paging, &Conditions::of_app(tenant, &app_id, vec![("resource.entitlement", vec![id])])?)
}

/// `GET /api/v1/apps/{app_id}/entitlements/{id}/users`.
pub(crate) async fn users(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let (grants, next) = of_entitlement(&tenant, app_id, id, &paging)?;
    Ok(Json(rows::answer(grants.iter().map(|grant| grant.user_view()).collect(), next)))
}

/// `GET /api/v1/apps/{app_id}/entitlements/{id}/grants`: with those that have expired, of which the sandbox has none.
pub(crate) async fn with_expired(
    State(tenant): State<Tenant>,
    Path((app_id, id)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    let (grants, next) = of_entitlement(&tenant, app_id, id, &paging)?;
    let list = grants.iter().map(|grant| {
        json!({
            "appEntitlementId": grant.resource.entitlement,
            "appId": grant.resource.app,
            "appUser": accounts::view(&grant.account),
            "appUserId": grant.account.id,
            "discovered": grant.resource.completed_at,
            "expired": null,
            "grantReasons": [],
            "grantSources": grant.sources(),
            "user": null,
        })
    });
    Ok(Json(json!({"list": list.collect::<Vec<_>>(), "nextPageToken": next})))
}

/// The conditions of a search for grants that the sandbox knows.
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
        ("resource.entitlement", rows::ids(None, search.entitlement_refs)),
        ("resource.id", search.resource_ids.unwrap_or_default()),
        ("resource.kind", resources::kinds(&tenant, &search.resource_type_ids.unwrap_or_default())),
        ("account.id", search.app_user_ids.unwrap_or_default()),
    ];
    if let Some(user) = search.user_id.filter(|user| !user.is_empty()) {
        let email = tenant.synced().user(&user).map(|user| user.email);
        any_of.push(("account.email", vec![email.unwrap_or_default()]));
    }
    let conditions = Conditions { apps: search.app_ids.unwrap_or_default(), any_of, ..Conditions::default() };
    let (grants, next) = page(&tenant, &search.paging, &conditions)?;
    // The mask is the entitlement's: it says nothing of the account's view.
    let mut expansion = Expansion::new(&tenant, &search.expand_mask, entitlements::RELATED);
    let list = grants.iter().map(|grant| {
        json!({
            "appEntitlementUserBinding": grant.user_view(),
            "entitlement": expansion.point(entitlements::row_view(&tenant, &grant.resource)),
        })
    });
    let list = list.collect();
    Ok(Json(rows::answer_with(list, next, expansion.into_objects())))
}
