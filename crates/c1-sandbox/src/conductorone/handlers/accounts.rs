//! Accounts, `c1.api.app.v1.AppUser`: the users of an Okta org.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand::{self, Expansion, Mask, Relation};
use super::super::lookup;
use super::super::paging::Paging;
use super::super::synced::account::Account;
use super::super::synced::query::Conditions;
use super::super::tenant::Tenant;
use super::apps;
use super::lists::{self, Reference};
use super::users;

/// Accounts as related objects.
pub(crate) const OBJECT: expand::Object = expand::Object {
    message: "c1.api.app.v1.AppUser",
    find: |tenant, id| lookup::account(tenant, id).ok().flatten().map(|account| view(&account)),
};

/// The paths of `c1.api.app.v1.AppUserExpandMask` except `last_usage`: the sandbox's accounts have no usage.
const RELATED: &[Relation] = &[
    Relation::new("app_id", "appPath", &["/appUser/appId"], &apps::OBJECT),
    Relation::new("identity_user_id", "identityUserPath", &["/appUser/identityUserId"], &users::OBJECT),
];

/// Returns `c1.api.app.v1.AppUser`. An account belongs to the user of the tenant with the same email address.
pub(super) fn view(account: &Account) -> Value {
    let status = match account.status.as_str() {
        "DEPROVISIONED" => "STATUS_DELETED",
        "SUSPENDED" | "LOCKED_OUT" => "STATUS_DISABLED",
        _ => "STATUS_ENABLED",
    };
    json!({
        "agentStatus": "APP_USER_AGENT_STATUS_UNSPECIFIED",
        "appId": account.app_id,
        "appUserType": "APP_USER_TYPE_USER",
        "createdAt": account.completed_at,
        "deletedAt": null,
        "displayName": account.name,
        "email": account.email,
        "emails": [account.email],
        "employeeIds": [],
        "id": account.id,
        "identityUserId": account.user_id,
        "isExternal": false,
        "nhiDetail": "",
        "nhiType": "APP_USER_NHI_TYPE_UNSPECIFIED",
        "profile": {"login": account.login},
        "status": {"status": status, "details": account.status},
        "updatedAt": account.completed_at,
        "username": account.login,
        "usernames": [account.login],
    })
}

/// Returns `c1.api.app.v1.AppUserView` with empty paths.
pub(super) fn row_view(account: &Account) -> Value {
    json!({"appUser": view(account), "appPath": "", "identityUserPath": "", "lastUsagePath": ""})
}

fn page(tenant: &Tenant, paging: &Paging, conditions: &Conditions, mask: &Mask) -> Result<Json<Value>, Rejection> {
    let (accounts, next) = lookup::accounts(tenant, paging, conditions)?;
    let mut expansion = Expansion::new(tenant, mask, RELATED);
    let list = accounts.iter().map(|account| expansion.expand(row_view(account))).collect();
    Ok(Json(lists::expanded_response(list, next, expansion.into_objects())))
}

/// `GET /api/v1/apps/{app_id}/app_users`.
pub(crate) async fn list(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    page(&tenant, &paging, &lookup::of_app(&tenant, &app_id, Vec::new())?, &Mask::default())
}

/// `GET /api/v1/apps/{app_id}/users/{user_id}/app_users`: the accounts of one user of the tenant.
pub(crate) async fn list_of_user(
    State(tenant): State<Tenant>,
    Path((app_id, user_id)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    page(&tenant, &paging, &lookup::of_user(&tenant, &app_id, &user_id)?, &Mask::default())
}

/// The conditions of an account search that the sandbox supports.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search {
    #[serde(flatten)]
    paging: Paging,
    app_id: Option<String>,
    app_ids: Option<Vec<String>>,
    app_user_ids: Option<Vec<String>>,
    exclude_app_user_ids: Option<Vec<String>>,
    refs: Option<Vec<Reference>>,
    user_ids: Option<Vec<String>>,
    query: Option<String>,
    #[serde(default)]
    expand_mask: Mask,
}

/// `POST /api/v1/search/app_users`.
pub(crate) async fn search(State(tenant): State<Tenant>, Body(search): Body<Search>) -> Result<Json<Value>, Rejection> {
    let users = search.user_ids.unwrap_or_default();
    let emails: Vec<String> =
        users.iter().filter_map(|user| tenant.synced().user(user).ok()).map(|user| user.email).collect();
    let mut any_of = vec![("account.id", lists::ids(search.app_user_ids, search.refs))];
    if !users.is_empty() {
        // An empty list would be no condition, but unknown users have no accounts.
        let matches_none = vec![String::new()];
        any_of.push(("account.email", if emails.is_empty() { matches_none } else { emails }));
    }
    let conditions = Conditions {
        app_ids: lists::app_ids(search.app_id, search.app_ids),
        any_of,
        none_of: vec![("account.id", search.exclude_app_user_ids.unwrap_or_default())],
        contains: search.query.map(|text| (&["account.name", "account.email", "account.login"][..], text)),
        ..Conditions::default()
    };
    page(&tenant, &search.paging, &conditions, &search.expand_mask)
}
