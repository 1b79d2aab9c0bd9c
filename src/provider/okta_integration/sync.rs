//! Waiting for the sync that an apply started.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::conductorone;
use crate::conductorone::model::{Connector, SyncStatus, Timestamp};
use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::resource::Failure;
use crate::provider::diagnostics;
use crate::provider::services::Services;

use super::model::OktaIntegration;
use super::timeouts::Deadline;

/// First and longest pause between two looks at the connector.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// How long a sync may take to begin by itself before it is asked for. That saving settings begins one is how the
/// service behaves, not what it promises.
const START: Duration = Duration::from_secs(10);

/// How the wait ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The sync is done: ConductorOne shows *Connected*.
    Connected,
    /// The sync failed; the connector's last error, which may be empty.
    Failed(String),
    /// No sync runs because somebody or something stopped them.
    Halted(Halt),
    /// The time is up.
    TimeIsUp(Progress),
    /// The user interrupted.
    Interrupted(Progress),
    /// The connector was deleted meanwhile.
    Gone,
}

/// Why a connector does not sync, and what to do about it differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// ConductorOne paused it because much less data came than before; somebody has to confirm.
    DataDrop(String),
    /// Somebody paused or disabled it; the reason that the service gives, which may be empty.
    Disabled(String),
}

/// How far the sync is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It has not begun.
    NotStarted,
    /// It is running: ConductorOne shows *Syncing*.
    Running,
}

/// The last sync that a connector had before the apply touched it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    started_at: Option<Timestamp>,
}

impl Mark {
    /// Marks the last sync of an existing connector.
    pub(super) fn of(connector: &Connector) -> Self {
        Self { started_at: connector.status.as_ref().and_then(|status| status.started_at.clone()) }
    }
}

/// What one look at the connector says.
enum Look {
    Ended(Outcome),
    Going(Progress),
}

fn look(connector: &Connector, before: &Mark) -> Look {
    if connector.deleted_at.is_some() {
        return Look::Ended(Outcome::Gone);
    }
    let status = connector.status.as_ref();
    let began = status.is_some_and(|status| status.started_at.is_some() && status.started_at != before.started_at);
    match status.map(|status| &status.status) {
        Some(SyncStatus::Done) if began => return Look::Ended(Outcome::Connected),
        Some(SyncStatus::Error) if began => {
            let error = status.map(|status| status.last_error.clone()).unwrap_or_default();
            return Look::Ended(Outcome::Failed(error));
        }
        _ => {}
    }
    // A disabled sync with a good one before is no failure; the reason tells.
    if connector.sync_disabled_at.is_some() || matches!(status.map(|status| &status.status), Some(SyncStatus::Disabled))
    {
        let reason = connector.sync_disabled_reason.clone();
        let dropped = reason.starts_with("Sync paused due to significant drop in sync data");
        return Look::Ended(Outcome::Halted(if dropped { Halt::DataDrop(reason) } else { Halt::Disabled(reason) }));
    }
    match status.map(|status| &status.status) {
        Some(SyncStatus::Running) if began => Look::Going(Progress::Running),
        _ => Look::Going(Progress::NotStarted),
    }
}

/// Looks at a connector until a sync later than `before` has ended, `deadline` has come or `stop` is cancelled.
/// Asks for a sync when none begins.
///
/// # Errors
/// When the service refuses to show the connector. What passes by itself is waited out.
pub(super) async fn wait(
    client: &conductorone::Client,
    app_id: &str,
    id: &str,
    before: &Mark,
    deadline: &Deadline,
    stop: &CancellationToken,
) -> Result<Outcome, conductorone::Error> {
    let clock = client.clock();
    let begun = clock.monotonic();
    let mut pause = PAUSES.0;
    let mut progress = Progress::NotStarted;
    let mut asked = false;
    tracing::info!(connector_id = id, "waiting for the connector's sync");
    loop {
        let left = deadline.left(clock);
        if left.is_zero() {
            return Ok(Outcome::TimeIsUp(progress));
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(Outcome::Interrupted(progress)),
            () = clock.sleep(jittered(pause).min(left)) => {}
        }
        pause = (pause * 3 / 2).min(PAUSES.1);
        let passed = clock.monotonic().saturating_duration_since(begun);
        let elapsed = passed.as_secs();
        let connector = tokio::select! {
            () = stop.cancelled() => return Ok(Outcome::Interrupted(progress)),
            read = client.get_connector(app_id, id) => match read {
                Ok(connector) => connector,
                Err(error) if error.is_not_found() => return Ok(Outcome::Gone),
                Err(error) if error.is_transient() => {
                    tracing::warn!(connector_id = id, elapsed, %error, "could not look at the connector, trying again");
                    continue;
                }
                Err(error) => return Err(error),
            },
        };
        match look(&connector, before) {
            Look::Ended(outcome) => {
                tracing::info!(connector_id = id, elapsed, ?outcome, "the wait for the sync ended");
                return Ok(outcome);
            }
            Look::Going(now) => {
                if now != progress {
                    tracing::info!(connector_id = id, elapsed, from = ?progress, to = ?now, "the connector's state changed");
                }
                progress = now;
            }
        }
        tracing::info!(connector_id = id, elapsed, state = ?progress, "still waiting for the connector's sync");
        if progress == Progress::NotStarted && !asked && passed >= START {
            asked = true;
            tracing::info!(connector_id = id, elapsed, "no sync began by itself, asking for one");
            client.force_sync(app_id, id).await?;
        }
    }
}

/// A pause between four fifths and six fifths of the given one, so that many waits do not fall into step.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::random_range(0.8..1.2))
}

/// What the wait came after: it decides what becomes of the object when the sync failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Create,
    Update,
}

/// Ends an apply with what came of the wait. Only a sync that failed fails the apply.
///
/// # Errors
/// When the sync failed, or the connector vanished.
pub(super) fn conclude(
    cx: &Context<Services>,
    client: &conductorone::Client,
    after: After,
    state: OktaIntegration,
    outcome: Result<Outcome, conductorone::Error>,
) -> Result<OktaIntegration, Failure<OktaIntegration>> {
    let id = state.id.text().unwrap_or_default().to_owned();
    let done = match after {
        After::Create => "was created",
        After::Update => "was changed",
    };
    match outcome {
        Ok(Outcome::Connected) => Ok(state),
        Ok(Outcome::Failed(error)) => {
            let error = client.redactor().message(&error);
            let said = if error.is_empty() {
                "ConductorOne gives no reason".to_owned()
            } else {
                format!("ConductorOne says: {error}")
            };
            let next = match after {
                After::Create => {
                    "Find out why, then apply again. The connector is in the state, marked as tainted: the next apply \
                     replaces it. To keep it instead, run `terraform untaint` with its address first."
                }
                After::Update => {
                    "The new settings are saved. Find out why the sync failed; ConductorOne syncs again by itself, and \
                     the next plan warns as long as it fails."
                }
            };
            let detail =
                format!("The connector {id} {done}, and its sync failed. {}\n\n{next}", diagnostics::sentence(&said));
            Err(Failure::with(state, Diagnostic::error("Okta sync failed", detail)))
        }
        Ok(Outcome::Gone) => {
            let detail =
                format!("The connector {id} {done}, and somebody deleted it before its sync ended. Apply again.");
            match after {
                After::Create => Err(Diagnostic::error("Connector was deleted", detail).into()),
                After::Update => Err(Failure::with(state, Diagnostic::error("Connector was deleted", detail))),
            }
        }
        Ok(unfinished) => {
            cx.warn(unfinished_warning(&id, done, &unfinished, client));
            Ok(state)
        }
        Err(error) => {
            let mut problems = Diagnostics::from(diagnostics::conductorone("watch the connector's sync", &error));
            problems.push(Diagnostic::warning(
                "Connector exists",
                format!("The connector {id} {done} and is in the state."),
            ));
            Err(Failure::with(state, problems))
        }
    }
}

fn unfinished_warning(id: &str, done: &str, outcome: &Outcome, client: &conductorone::Client) -> Diagnostic {
    let how_far = |progress: &Progress| match progress {
        Progress::NotStarted => "its sync has not begun",
        Progress::Running => "its sync is still running",
    };
    let reason = |reason: &str| match client.redactor().message(reason) {
        reason if reason.is_empty() => "ConductorOne gives no reason.".to_owned(),
        reason => format!("Reason: {}", diagnostics::sentence(&reason)),
    };
    match outcome {
        Outcome::TimeIsUp(progress) => Diagnostic::warning(
            "Okta sync takes longer than the timeout",
            format!(
                "The connector {id} {done}, and {}. ConductorOne goes on without Terraform. For large orgs raise the \
                 timeouts, or set wait_for_sync = false.",
                how_far(progress)
            ),
        ),
        Outcome::Interrupted(progress) => Diagnostic::warning(
            "Stopped waiting for the Okta sync",
            format!(
                "Terraform was interrupted. The connector {id} {done} and is in the state, and {}. ConductorOne goes on \
                 without Terraform; nothing needs to be repeated.",
                how_far(progress)
            ),
        ),
        Outcome::Halted(Halt::DataDrop(text)) => Diagnostic::warning(
            "Okta sync is paused: much less data than before",
            format!(
                "The connector {id} {done}. ConductorOne paused its syncs because the last one found much less than the \
                 one before, which often means that the token lost rights. {}\n\nCheck the token's roles in Okta; if \
                 the drop is right, confirm it on the connector's page in ConductorOne.",
                reason(text)
            ),
        ),
        Outcome::Halted(Halt::Disabled(text)) => Diagnostic::warning(
            "Okta connector does not sync",
            format!(
                "The connector {id} {done}, and its syncs are paused. {}\n\nResume them on the connector's page in \
                 ConductorOne.",
                reason(text)
            ),
        ),
        Outcome::Connected | Outcome::Failed(_) | Outcome::Gone => {
            Diagnostic::warning("Okta sync ended", String::new())
        }
    }
}
