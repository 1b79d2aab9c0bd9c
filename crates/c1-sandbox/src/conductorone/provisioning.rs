//! Execution of tasks: changes of group membership and app assignment in the Okta org, with the connector's token.
//!
//! Source: Okta's OpenAPI specification, `/api/v1/groups/{groupId}/users/{userId}` and `/api/v1/apps/{appId}/users`.

use std::time::Duration;

use okta_client::{AuthenticatedClient, Error};
use serde_json::json;
use service_http::Method;

use super::error::Rejection;
use super::lookup;
use super::model::task::{Task, TaskKind, TaskOutcome};
use super::org_clients::{SyncSource, with_causes};
use super::synced::kind::ResourceKind;
use super::tenant::Tenant;

/// Time between two checks whether a connector is still paused.
const PAUSE_POLL: Duration = Duration::from_millis(250);

/// Restarts the tasks that a restart of the sandbox interrupted. All changes are idempotent.
pub(crate) fn resume_all(tenant: &Tenant) {
    let open: Vec<Task> = tenant.read(|data| data.tasks.active().cloned().collect());
    open.into_iter().for_each(|task| start(tenant, task));
}

/// Starts the execution of a task.
pub(crate) fn start(tenant: &Tenant, task: Task) {
    let tenant = tenant.clone();
    tokio::spawn(async move {
        let outcome = tokio::select! {
            outcome = execute(&tenant, &task) => outcome,
            () = tenant.stop().cancelled() => return,
        };
        let outcome = outcome.map_or_else(TaskOutcome::Failed, |()| TaskOutcome::Done);
        let id = task.id.clone();
        let completed = Some((tenant.now(), outcome));
        let saved = tenant.change(|data| {
            data.tasks.put(Task { completed, ..task });
            Ok(())
        });
        if let Err(error) = saved {
            tracing::error!(%error, task = id, "could not save the outcome of a task");
        }
    });
}

/// Executes a task, after the end of a pause of its connector. The error is a message for users.
async fn execute(tenant: &Tenant, task: &Task) -> Result<(), String> {
    let message = |rejection: Rejection| rejection.to_string();
    let resource = lookup::entitlement(tenant, &task.app_id, &task.entitlement_id).map_err(message)?;
    let account = lookup::account(tenant, &task.account_id).map_err(message)?;
    let account = account.ok_or("the account no longer exists")?;
    let source = unpaused(tenant, &task.app_id, &resource.connector_id).await.map_err(message)?;
    let SyncSource { entry, config, .. } = source.ok_or("the connector has no configuration")?;
    let client = tenant.org_clients().connect(entry, &config).await?;
    let (object, user) = (resource.external_id.as_str(), account.external_id.as_str());
    let changed = match (task.kind, resource.kind) {
        (TaskKind::Grant, ResourceKind::Group) => add_to_group(&client, object, user).await,
        (TaskKind::Revoke, ResourceKind::Group) => remove_from_group(&client, object, user).await,
        (TaskKind::Grant, _) => assign_app(&client, object, user).await,
        (TaskKind::Revoke, _) => unassign_app(&client, object, user).await,
    };
    changed.map_err(|error| with_causes(&error))?;
    let stored = match task.kind {
        TaskKind::Grant => tenant.synced().add_grant(&resource, user),
        TaskKind::Revoke => tenant.synced().remove_grant(&resource, user),
    };
    stored.map_err(|error| format!("could not change the synced objects: {error}"))
}

/// Waits for the end of a connector's pause and returns the connector's settings.
async fn unpaused(tenant: &Tenant, app_id: &str, id: &str) -> Result<Option<SyncSource>, Rejection> {
    loop {
        let source = tenant.read(|data| {
            let connector = data.connector(app_id, id)?;
            let is_paused = connector.sync_disabled_at.is_some();
            Ok(if is_paused { None } else { Some(connector.sync_source()?) })
        })?;
        match source {
            Some(source) => return Ok(source),
            None => tenant.clock().sleep(PAUSE_POLL).await,
        }
    }
}

/// Adds a user to a group. Succeeds if the user is a member already.
async fn add_to_group(client: &AuthenticatedClient, group: &str, user: &str) -> Result<(), Error> {
    let path = ["api", "v1", "groups", group, "users", user];
    client.change("adding a user to a group", Method::PUT, &path, None).await
}

/// Removes a user from a group. Okta excludes the user from a rule that assigned the membership.
async fn remove_from_group(client: &AuthenticatedClient, group: &str, user: &str) -> Result<(), Error> {
    let path = ["api", "v1", "groups", group, "users", user];
    client.change("removing a user from a group", Method::DELETE, &path, None).await
}

/// Assigns an app to a user directly. Succeeds if the app is assigned already.
async fn assign_app(client: &AuthenticatedClient, app: &str, user: &str) -> Result<(), Error> {
    let body = json!({"id": user, "scope": "USER"});
    client.change("assigning an app to a user", Method::POST, &["api", "v1", "apps", app, "users"], Some(&body)).await
}

/// Removes the direct assignment of an app to a user. An assignment through a group stays, or Okta rejects the request.
async fn unassign_app(client: &AuthenticatedClient, app: &str, user: &str) -> Result<(), Error> {
    let path = ["api", "v1", "apps", app, "users", user];
    client.change("removing an app from a user", Method::DELETE, &path, None).await
}
