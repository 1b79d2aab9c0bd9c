//! Reads of synced objects. They omit objects of deleted apps and connectors.

use rusqlite::Row;

use super::error::Rejection;
use super::paging::Paging;
use super::synced::account::{ACCOUNTS, Account};
use super::synced::query::{ColumnValues, Conditions, Selection};
use super::synced::resource::{RESOURCES, Resource};
use super::tenant::Tenant;

/// Returns one page of rows, and the token of the next page.
pub(crate) fn page<T>(
    tenant: &Tenant,
    paging: &Paging,
    selection: &Selection,
    conditions: &Conditions,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<(Vec<T>, String), Rejection> {
    let visible: Vec<String> = tenant.read(|data| {
        let app_ids = &conditions.app_ids;
        if app_ids.is_empty() {
            let connectors = data.connectors.active().filter(|connector| data.app(&connector.app_id).is_ok());
            return connectors.map(|connector| connector.id.clone()).collect();
        }
        let app_ids = app_ids.iter().filter(|app_id| data.app(app_id).is_ok());
        app_ids.flat_map(|app_id| data.connectors.active_of(app_id)).map(|connector| connector.id.clone()).collect()
    });
    tenant.synced().page(paging, selection, &visible, conditions, read)
}

/// Returns one page of resources, and the token of the next page.
pub(crate) fn resources(
    tenant: &Tenant,
    paging: &Paging,
    conditions: &Conditions,
) -> Result<(Vec<Resource>, String), Rejection> {
    page(tenant, paging, &RESOURCES, conditions, |row| Resource::read(row, 0))
}

/// Returns one page of accounts, and the token of the next page.
pub(crate) fn accounts(
    tenant: &Tenant,
    paging: &Paging,
    conditions: &Conditions,
) -> Result<(Vec<Account>, String), Rejection> {
    page(tenant, paging, &ACCOUNTS, conditions, |row| Account::read(row, 0))
}

/// Returns the conditions for objects of an app, which must not be deleted.
pub(crate) fn of_app(tenant: &Tenant, app_id: &str, any_of: Vec<ColumnValues>) -> Result<Conditions, Rejection> {
    tenant.read(|data| data.app(app_id).map(drop))?;
    Ok(Conditions { app_ids: vec![app_id.to_owned()], any_of, ..Conditions::default() })
}

/// Returns the conditions for the accounts of a user in an app.
pub(crate) fn of_user(tenant: &Tenant, app_id: &str, user_id: &str) -> Result<Conditions, Rejection> {
    let email = tenant.synced().user(user_id)?.email;
    of_app(tenant, app_id, vec![("account.email", vec![email])])
}

/// Returns the resource of any app with this value in a unique column.
pub(crate) fn resource(tenant: &Tenant, column: &'static str, value: &str) -> Option<Resource> {
    let conditions = Conditions { any_of: vec![(column, vec![value.to_owned()])], ..Conditions::default() };
    resources(tenant, &Paging::default(), &conditions).ok()?.0.into_iter().next()
}

/// Returns the resource of the entitlement with this ID in an app.
pub(crate) fn entitlement(tenant: &Tenant, app_id: &str, id: &str) -> Result<Resource, Rejection> {
    let conditions = of_app(tenant, app_id, vec![("resource.entitlement", vec![id.to_owned()])])?;
    let (found, _) = resources(tenant, &Paging::default(), &conditions)?;
    found.into_iter().next().ok_or_else(|| Rejection::not_found("app entitlement not found"))
}

/// Returns the account with this ID.
pub(crate) fn account(tenant: &Tenant, id: &str) -> Result<Option<Account>, Rejection> {
    let conditions = Conditions { any_of: vec![("account.id", vec![id.to_owned()])], ..Conditions::default() };
    Ok(accounts(tenant, &Paging::default(), &conditions)?.0.into_iter().next())
}

/// Returns the first account of a user in an app.
pub(crate) fn account_of_user(tenant: &Tenant, app_id: &str, user_id: &str) -> Result<Option<Account>, Rejection> {
    let conditions = of_user(tenant, app_id, user_id)?;
    Ok(accounts(tenant, &Paging::default(), &conditions)?.0.into_iter().next())
}
