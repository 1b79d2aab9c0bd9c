//! Tasks: access to a group or an app, granted or revoked in the Okta org with the connector's token.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::apps;
use super::body::Body;
use super::error::Rejection;
use super::expand::{Expansion, Mask, Relation};
use super::provisioning;
use super::sync;
use super::synced::{ResourceKind, accounts, entitlements};
use super::tenant::{Caller, Tenant};
use super::users;
use crate::clock::Timestamp;
use crate::identifiers::conductorone_id;
use okta_client::AuthenticatedClient;

/// How often a task looks whether its connector's pause is over.
const PAUSED: Duration = Duration::from_millis(250);

/// Those paths of `c1.api.task.v1.TaskExpandMask` that lead to objects of the sandbox: it has no access reviews,
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

/// A task, done or not.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    id: String,
    number: u64,
    kind: Kind,
    app_id: String,
    entitlement: String,
    account: String,
    identity_user: String,
    description: String,
    grant_duration: Option<String>,
    emergency: bool,
    created_by: String,
    created_at: Timestamp,
    /// How it ended and when. None: it has not.
    ended: Option<(Timestamp, Outcome)>,
}

/// What a task is for.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Grant,
    Revoke,
}

/// How a task ended.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Outcome {
    Done,
    /// What the Okta org or the sandbox said.
    Failed(String),
}

/// Body of both creates. A revocation takes neither a duration nor an emergency.
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
    create(&tenant, &caller, Kind::Grant, request)
}

/// `POST /api/v1/task/revoke`.
pub(crate) async fn revoke(
    State(tenant): State<Tenant>,
    Extension(caller): Extension<Caller>,
    Body(request): Body<Create>,
) -> Result<Json<Value>, Rejection> {
    create(&tenant, &caller, Kind::Revoke, Create { grant_duration: None, emergency_access: None, ..request })
}

/// `GET /api/v1/tasks/{id}`. The number is as good as the ID.
pub(crate) async fn get(State(tenant): State<Tenant>, Path(id): Path<String>) -> Result<Json<Value>, Rejection> {
    tenant.read(|data| {
        let found = data.tasks.iter().find(|task| task.id == id || task.number.to_string() == id);
        let found = found.ok_or_else(|| Rejection::not_found("task not found"))?;
        Ok(Json(json!({"taskView": view(found), "expanded": []})))
    })
}

fn create(tenant: &Tenant, caller: &Caller, kind: Kind, request: Create) -> Result<Json<Value>, Rejection> {
    let named = |text: Option<String>, field: &str| {
        text.filter(|text| !text.is_empty()).ok_or_else(|| Rejection::invalid(format!("{field}: is required")))
    };
    let app_id = named(request.app_id, "appId")?;
    let entitlement = named(request.app_entitlement_id, "appEntitlementId")?;
    let resource = entitlements::find(tenant, &app_id, &entitlement)?;
    let of_app = |account: &accounts::Account| account.app == app_id;
    let account = match (request.app_user_id.unwrap_or_default(), request.identity_user_id.unwrap_or_default()) {
        (account, _) if !account.is_empty() => accounts::find(tenant, &account)?.filter(of_app),
        (_, user) if !user.is_empty() => accounts::of(tenant, &app_id, &user)?,
        // Reported from a live tenant in these words.
        _ => return Err(Rejection::with_status(StatusCode::INTERNAL_SERVER_ERROR, "user_id is required")),
    };
    let account = account.ok_or_else(|| Rejection::not_found("app user not found"))?;
    // ConductorOne's documentation of the Okta connector provisions groups and apps only.
    if !matches!(resource.kind, ResourceKind::Group | ResourceKind::App) {
        return Err(Rejection::with_status(StatusCode::FORBIDDEN, "app entitlement is not requestable"));
    }
    let task = tenant.change(|data| {
        let task = Task {
            id: conductorone_id(),
            number: data.tasks.len() as u64 + 1,
            kind,
            app_id,
            entitlement,
            account: account.id,
            identity_user: account.owner,
            description: request.description.unwrap_or_default(),
            grant_duration: request.grant_duration,
            emergency: request.emergency_access.unwrap_or_default(),
            created_by: caller.user_id.clone(),
            created_at: Timestamp::now(),
            ended: None,
        };
        data.tasks.push(task.clone());
        Ok(task)
    })?;
    let mut expansion = Expansion::new(tenant, &request.expand_mask, RELATED);
    let view = expansion.point(view(&task));
    let shown = Json(json!({"taskView": view, "expanded": expansion.into_objects()}));
    start(tenant, task);
    Ok(shown)
}

/// Starts the tasks anew that a restart has interrupted. Each is the same done once and twice.
pub(crate) fn resume_all(tenant: &Tenant) {
    let open: Vec<Task> = tenant.read(|data| data.tasks.iter().filter(|task| task.ended.is_none()).cloned().collect());
    open.into_iter().for_each(|task| start(tenant, task));
}

fn start(tenant: &Tenant, task: Task) {
    let tenant = tenant.clone();
    tokio::spawn(async move {
        let outcome = tokio::select! {
            outcome = carry_out(&tenant, &task) => outcome,
            () = tenant.stop().cancelled() => return,
        };
        let ended = Some((Timestamp::now(), outcome.map_or_else(Outcome::Failed, |()| Outcome::Done)));
        let saved = tenant.change(|data| {
            if let Some(task) = data.tasks.iter_mut().find(|kept| kept.id == task.id) {
                task.ended = ended;
            }
            Ok(())
        });
        if let Err(error) = saved {
            tracing::error!(%error, task = task.id, "a task's outcome is lost");
        }
    });
}

/// Does what a task is for; the error is a text for people. Waits while the connector is paused.
async fn carry_out(tenant: &Tenant, task: &Task) -> Result<(), String> {
    let missing = |rejection: Rejection| rejection.to_string();
    let resource = entitlements::find(tenant, &task.app_id, &task.entitlement).map_err(missing)?;
    let account = accounts::find(tenant, &task.account).map_err(missing)?;
    let account = account.ok_or("the account is gone")?;
    let source = loop {
        let source = tenant.read(|data| {
            let connector = data.connector(&task.app_id, &resource.connector)?;
            Ok(if connector.sync_disabled_at.is_some() { None } else { Some(sync::source(connector)?) })
        });
        match source.map_err(missing)? {
            Some(source) => break source.ok_or("the connector has no configuration")?,
            None => sleep(PAUSED).await,
        }
    };
    let client = tenant.crawler().client(&source).await?;
    change(&client, task.kind, resource.kind, &resource.external, &account.external)
        .await
        .map_err(|error| sync::explain(&error))?;
    let changed = match task.kind {
        Kind::Grant => tenant.synced().hold(&resource, &account.external),
        Kind::Revoke => tenant.synced().release(&resource, &account.external),
    };
    changed.map_err(|error| format!("the synced rows could not be changed: {error}"))
}

async fn change(
    client: &AuthenticatedClient,
    kind: Kind,
    of: ResourceKind,
    resource: &str,
    user: &str,
) -> Result<(), okta_client::Error> {
    match (kind, of) {
        (Kind::Grant, ResourceKind::Group) => provisioning::add_to_group(client, resource, user).await,
        (Kind::Revoke, ResourceKind::Group) => provisioning::remove_from_group(client, resource, user).await,
        (Kind::Grant, _) => provisioning::assign_app(client, resource, user).await,
        (Kind::Revoke, _) => provisioning::unassign_app(client, resource, user).await,
    }
}

/// `c1.api.task.v1.TaskView`, every field of it, pointing at nothing yet.
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

/// `c1.api.task.v1.Task`, every field of it. Where the service tells why a task failed is not published: the sandbox
/// tells it under `data`.
fn task(task: &Task) -> Value {
    let (name, done, failed, open) = match task.kind {
        Kind::Grant => ("grant", "GRANT_OUTCOME_GRANTED", "GRANT_OUTCOME_ERROR", "GRANT_OUTCOME_UNSPECIFIED"),
        Kind::Revoke => ("revoke", "REVOKE_OUTCOME_REVOKED", "REVOKE_OUTCOME_ERROR", "REVOKE_OUTCOME_UNSPECIFIED"),
    };
    let (outcome, at, why) = match &task.ended {
        None => (open, None, None),
        Some((at, Outcome::Done)) => (done, Some(at), None),
        Some((at, Outcome::Failed(why))) => (failed, Some(at), Some(why)),
    };
    let mut kind = json!({
        "appEntitlementId": task.entitlement,
        "appId": task.app_id,
        "appUserId": task.account,
        "identityUserId": task.identity_user,
        "outcome": outcome,
        "outcomeTime": at,
        "source": null,
    });
    match task.kind {
        Kind::Grant => kind["grantDuration"] = json!(task.grant_duration),
        Kind::Revoke => kind["resource"] = Value::Null,
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
        "data": why.map(|why| json!({"error": why})),
        "deletedAt": null,
        "description": task.description,
        "displayName": "",
        "emergencyAccess": task.emergency,
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
        "userId": task.identity_user,
    })
}
