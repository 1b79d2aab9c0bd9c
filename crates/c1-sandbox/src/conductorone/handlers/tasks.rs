//! Tasks: requests to grant or revoke access to a group or an app.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::body::Body;
use super::super::error::Rejection;
use super::super::expand::{Expansion, Mask, Relation};
use super::super::lookup;
use super::super::model::task::{Task, TaskKind, TaskOutcome};
use super::super::provisioning;
use super::super::synced::account::Account;
use super::super::synced::kind::ResourceKind;
use super::super::tenant::{Caller, Tenant};
use super::accounts;
use super::apps;
use super::entitlements;
use super::users;
use crate::identifiers::conductorone_id;

/// The paths of `c1.api.task.v1.TaskExpandMask` that lead to objects of the sandbox, which has no access reviews,
/// approvers, insights or usage.
const RELATED: &[Relation] = &[
    Relation::new("app_id", "appPath", &["/task/type/grant/appId", "/task/type/revoke/appId"], &apps::OBJECT),
    Relation::new("user_id", "userPath", &["/task/userId"], &users::OBJECT),
    Relation::new("created_by_user_id", "createdByUserPath", &["/task/createdByUserId"], &users::OBJECT),
    Relation::new(
        "app_user_id",
        "appUserPath",
        &["/task/type/grant/appUserId", "/task/type/revoke/appUserId"],
        &accounts::OBJECT,
    ),
    Relation::new(
        "app_entitlement_ids",
        "entitlementsPath",
        &["/task/type/grant/appEntitlementId", "/task/type/revoke/appEntitlementId"],
        &entitlements::OBJECT,
    ),
    Relation::new(
        "identity_user_id",
        "identityUserPath",
        &["/task/type/grant/identityUserId", "/task/type/revoke/identityUserId"],
        &users::OBJECT,
    ),
];

/// Body of both creates. A revocation ignores `grantDuration` and `emergencyAccess`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Create {
    app_id: Option<String>,
    app_entitlement_id: Option<String>,
    app_user_id: Option<String>,
    identity_user_id: Option<String>,
    description: Option<String>,
    grant_duration: Option<String>,
    emergency_access: Option<bool>,
    expand_mask: Mask,
}

/// `POST /api/v1/task/grant`.
pub(crate) async fn grant(
    State(tenant): State<Tenant>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<Create>,
) -> Result<Json<Value>, Rejection> {
    create(&tenant, &caller, TaskKind::Grant, request)
}

/// `POST /api/v1/task/revoke`.
pub(crate) async fn revoke(
    State(tenant): State<Tenant>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<Create>,
) -> Result<Json<Value>, Rejection> {
    create(&tenant, &caller, TaskKind::Revoke, Create { grant_duration: None, emergency_access: None, ..request })
}

/// `GET /api/v1/tasks/{id}`. Accepts the task's number instead of its ID.
pub(crate) async fn get(State(tenant): State<Tenant>, Path(id): Path<String>) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| {
        let by_number = || data.tasks.iter().find(|task| task.number.to_string() == id);
        let found = data.tasks.get(&id).or_else(by_number);
        let found = found.ok_or_else(|| Rejection::not_found("task not found"))?;
        Ok(Json(json!({"taskView": view(found), "expanded": []})))
    })
}

fn create(tenant: &Tenant, caller: &Caller, kind: TaskKind, request: Create) -> Result<Json<Value>, Rejection> {
    let mut task = new_task(tenant, caller, kind, &request)?;
    let task = tenant.change(|data| {
        task.number = data.tasks.len() as u64 + 1;
        data.tasks.put(task.clone());
        Ok(task)
    })?;
    let mut expansion = Expansion::new(tenant, &request.expand_mask, RELATED);
    let view = expansion.expand(view(&task));
    let response = Json(json!({"taskView": view, "expanded": expansion.into_objects()}));
    provisioning::start(tenant, task);
    Ok(response)
}

/// Returns a task without its number, or rejects the request.
fn new_task(tenant: &Tenant, caller: &Caller, kind: TaskKind, request: &Create) -> Result<Task, Rejection> {
    let required = |text: &Option<String>, field: &str| {
        let text = text.clone().filter(|text| !text.is_empty());
        text.ok_or_else(|| Rejection::invalid(format!("{field}: is required")))
    };
    let app_id = required(&request.app_id, "appId")?;
    let entitlement_id = required(&request.app_entitlement_id, "appEntitlementId")?;
    let resource = lookup::entitlement(tenant, &app_id, &entitlement_id)?;
    let account = account(tenant, &app_id, request)?.ok_or_else(|| Rejection::not_found("app user not found"))?;
    // ConductorOne's documentation of the Okta connector provisions groups and apps only.
    if !matches!(resource.kind, ResourceKind::Group | ResourceKind::App) {
        return Err(Rejection::with_status(StatusCode::FORBIDDEN, "app entitlement is not requestable"));
    }
    Ok(Task {
        id: conductorone_id(),
        number: 0,
        kind,
        app_id,
        entitlement_id,
        account_id: account.id,
        identity_user_id: account.user_id,
        description: request.description.clone().unwrap_or_default(),
        grant_duration: request.grant_duration.clone(),
        is_emergency: request.emergency_access.unwrap_or_default(),
        created_by: caller.user_id.clone(),
        created_at: tenant.now(),
        completed: None,
    })
}

/// Returns the account of a request, which names the account itself or its user.
fn account(tenant: &Tenant, app_id: &str, request: &Create) -> Result<Option<Account>, Rejection> {
    let named = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
    match (named(&request.app_user_id), named(&request.identity_user_id)) {
        (Some(account_id), _) => Ok(lookup::account(tenant, &account_id)?.filter(|account| account.app_id == app_id)),
        (None, Some(user_id)) => lookup::account_of_user(tenant, app_id, &user_id),
        // The message was reported from a live tenant.
        (None, None) => Err(Rejection::with_status(StatusCode::INTERNAL_SERVER_ERROR, "user_id is required")),
    }
}

/// Returns `c1.api.task.v1.TaskView` with all its fields and empty paths.
fn view(task: &Task) -> Value {
    let mut view = json!({"objectPermissions": null, "task": self::task(task)});
    for path in [
        "accessReviewPath",
        "appPath",
        "appUserLastUsagePath",
        "appUserPath",
        "approversPath",
        "createdByUserPath",
        "entitlementsPath",
        "identityUserPath",
        "insightsPath",
        "principalResourcePath",
        "resourceBindingsPath",
        "roleResourcePath",
        "scopeResourcePath",
        "stepApproversPath",
        "userPath",
    ] {
        view[path] = "".into();
    }
    view
}

/// Returns `c1.api.task.v1.Task` with all its fields. The place of an error in the service's task is not published; the
/// sandbox returns it in `data`.
fn task(task: &Task) -> Value {
    let (name, done, failed, open) = match task.kind {
        TaskKind::Grant => ("grant", "GRANT_OUTCOME_GRANTED", "GRANT_OUTCOME_ERROR", "GRANT_OUTCOME_UNSPECIFIED"),
        TaskKind::Revoke => ("revoke", "REVOKE_OUTCOME_REVOKED", "REVOKE_OUTCOME_ERROR", "REVOKE_OUTCOME_UNSPECIFIED"),
    };
    let (outcome, at, error) = match &task.completed {
        None => (open, None, None),
        Some((at, TaskOutcome::Done)) => (done, Some(at), None),
        Some((at, TaskOutcome::Failed(error))) => (failed, Some(at), Some(error)),
    };
    let mut kind = json!({
        "appEntitlementId": task.entitlement_id,
        "appId": task.app_id,
        "appUserId": task.account_id,
        "identityUserId": task.identity_user_id,
        "outcome": outcome,
        "outcomeTime": at,
        "source": null,
    });
    match task.kind {
        TaskKind::Grant => kind["grantDuration"] = json!(task.grant_duration),
        TaskKind::Revoke => kind["resource"] = Value::Null,
    }
    let is_open = at.is_none();
    json!({
        "actions": [],
        "analysisId": "",
        "annotations": [],
        "approverIds": [],
        "commentCount": 0,
        "createdAt": task.created_at,
        "createdByUserId": task.created_by,
        "data": error.map(|error| json!({"error": error})),
        "deletedAt": null,
        "description": task.description,
        "displayName": "",
        "emergencyAccess": task.is_emergency,
        "externalRefs": [],
        "form": null,
        "id": task.id,
        "insightIds": [],
        "numericId": task.number.to_string(),
        "origin": "TASK_ORIGIN_API",
        "policy": null,
        "policyGenerationId": "",
        "processing": if is_open { "TASK_PROCESSING_TYPE_PROCESSING" } else { "TASK_PROCESSING_TYPE_DONE" },
        "recommendation": "INSIGHT_RECOMMENDATION_UNSPECIFIED",
        "revocationTargets": [],
        "state": if is_open { "TASK_STATE_OPEN" } else { "TASK_STATE_CLOSED" },
        "stepApproverIds": [],
        "type": {name: kind},
        "updatedAt": at.unwrap_or(&task.created_at),
        "userId": task.identity_user_id,
    })
}
