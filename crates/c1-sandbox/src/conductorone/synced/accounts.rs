//! Accounts: the users of the Okta org, as `c1.api.app.v1.AppUser`.

use axum::Json;
use axum::extract::{Path, State};
use rusqlite::Row;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::apps;
use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand::{self, Expansion, Mask, Relation};
use super::super::paging::Paging;
use super::super::tenant::Tenant;
use super::super::users::{self, Reference};
use super::rows::{self, Conditions, Question};

const ACCOUNTS: Question = Question {
    select: "SELECT account.login, account.email, account.name, account.status, sync.app, sync.completed_at,
                    coalesce((SELECT person.id FROM person WHERE person.email = account.email), ''),
                    account.external, account.id
             FROM account JOIN sync ON sync.id = account.sync",
    order: &["account.id"],
    is_grouped: false,
};

/// Accounts, as others point at them.
pub(crate) const OBJECT: expand::Object = expand::Object {
    message: "c1.api.app.v1.AppUser",
    find: |tenant, id| find(tenant, id).ok().flatten().map(|account| view(&account)),
};

/// The paths of `c1.api.app.v1.AppUserExpandMask` but `last_usage`: nobody uses the sandbox's accounts.
const RELATED: &[Relation] = &[
    Relation::new("app_id", "appPath", &["/appUser/appId"], &apps::OBJECT),
    Relation::new("identity_user_id", "identityUserPath", &["/appUser/identityUserId"], &users::OBJECT),
];

/// One account as it is kept.
pub(crate) struct Account {
    pub(crate) id: String,
    /// The ID of the user in Okta.
    pub(crate) external: String,
    login: String,
    email: String,
    name: String,
    status: String,
    pub(crate) app: String,
    completed_at: String,
    /// The user of the tenant whose account it is. Empty where there is none.
    pub(crate) owner: String,
}

/// How many columns an account has.
pub(super) const COLUMNS: usize = 9;

/// Reads the columns of an account that begin with this one.
pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Account> {
    Ok(Account {
        login: row.get(first)?,
        email: row.get(first + 1)?,
        name: row.get(first + 2)?,
        status: row.get(first + 3)?,
        app: row.get(first + 4)?,
        completed_at: row.get(first + 5)?,
        owner: row.get(first + 6)?,
        external: row.get(first + 7)?,
        id: row.get(first + 8)?,
    })
}

/// `c1.api.app.v1.AppUser`. An account belongs to the user of the tenant with the same email address.
pub(super) fn view(account: &Account) -> Value {
    let status = match account.status.as_str() {
        "DEPROVISIONED" => "STATUS_DELETED",
        "SUSPENDED" | "LOCKED_OUT" => "STATUS_DISABLED",
        _ => "STATUS_ENABLED",
    };
    json!({
        "agentStatus": "APP_USER_AGENT_STATUS_UNSPECIFIED",
        "appId": account.app,
        "appUserType": "APP_USER_TYPE_USER",
        "createdAt": account.completed_at,
        "deletedAt": null,
        "displayName": account.name,
        "email": account.email,
        "emails": [account.email],
        "employeeIds": [],
        "id": account.id,
        "identityUserId": account.owner,
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

/// `c1.api.app.v1.AppUserView`, pointing at nothing yet.
pub(super) fn row_view(account: &Account) -> Value {
    json!({"appUser": view(account), "appPath": "", "identityUserPath": "", "lastUsagePath": ""})
}

fn page(tenant: &Tenant, paging: &Paging, conditions: &Conditions, mask: &Mask) -> Result<Json<Value>, Rejection> {
    let (accounts, next) = rows::page(tenant, paging, &ACCOUNTS, conditions, |row| read(row, 0))?;
    let mut expansion = Expansion::new(tenant, mask, RELATED);
    let list = accounts.iter().map(|account| expansion.point(row_view(account))).collect();
    Ok(Json(rows::answer_with(list, next, expansion.into_objects())))
}

/// The account with this ID.
pub(crate) fn find(tenant: &Tenant, id: &str) -> Result<Option<Account>, Rejection> {
    let conditions = Conditions { any_of: vec![("account.id", vec![id.to_owned()])], ..Conditions::default() };
    first(tenant, &conditions)
}

/// The first account of a user of the tenant in an app.
pub(crate) fn of(tenant: &Tenant, app_id: &str, user_id: &str) -> Result<Option<Account>, Rejection> {
    first(tenant, &of_person(tenant, app_id, user_id)?)
}

fn of_person(tenant: &Tenant, app_id: &str, user_id: &str) -> Result<Conditions, Rejection> {
    let email = tenant.synced().user(user_id)?.email;
    Conditions::of_app(tenant, app_id, vec![("account.email", vec![email])])
}

fn first(tenant: &Tenant, conditions: &Conditions) -> Result<Option<Account>, Rejection> {
    let (accounts, _) = rows::page(tenant, &Paging::default(), &ACCOUNTS, conditions, |row| read(row, 0))?;
    Ok(accounts.into_iter().next())
}

/// `GET /api/v1/apps/{app_id}/app_users`.
pub(crate) async fn list(
    State(tenant): State<Tenant>,
    Path(app_id): Path<String>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    page(&tenant, &paging, &Conditions::of_app(&tenant, &app_id, Vec::new())?, &Mask::default())
}

/// `GET /api/v1/apps/{app_id}/users/{user_id}/app_users`: the accounts of one user of the tenant.
pub(crate) async fn of_user(
    State(tenant): State<Tenant>,
    Path((app_id, user_id)): Path<(String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Rejection> {
    page(&tenant, &paging, &of_person(&tenant, &app_id, &user_id)?, &Mask::default())
}

/// The conditions of a search for accounts that the sandbox knows.
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
    let mut any_of = vec![("account.id", rows::ids(search.app_user_ids, search.refs))];
    if !users.is_empty() {
        // Whoever is not there has no accounts, which is not the same as no condition.
        let nobody = vec![String::new()];
        any_of.push(("account.email", if emails.is_empty() { nobody } else { emails }));
    }
    let conditions = Conditions {
        apps: rows::apps(search.app_id, search.app_ids),
        any_of,
        none_of: vec![("account.id", search.exclude_app_user_ids.unwrap_or_default())],
        contains: search.query.map(|text| (&["account.name", "account.email", "account.login"][..], text)),
        ..Conditions::default()
    };
    page(&tenant, &search.paging, &conditions, &search.expand_mask)
}
