//! Waiting for the sync that follows an apply.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::resource::ApplyError;
use crate::provider::data::ProviderData;
use crate::provider::support::deadline::Deadline;
use crate::provider::support::diagnostics;
use crate::provider::support::poll::{Poll, PollEnd};
use conductorone_client::model::{Connector, SyncStatus, Timestamp};
use conductorone_client::{Client, Error};

use super::model::OktaIntegrationModel;
use super::writes::ConnectorRef;
use crate::provider::support::sync_blocker::SyncBlocker;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Time after which the provider requests a sync if none has started. ConductorOne starts one when settings are saved,
/// but its documentation does not promise that.
const START: Duration = Duration::from_secs(10);

/// Result of the wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The sync succeeded: ConductorOne shows *Connected*.
    Connected,
    /// The sync failed. Contains the connector's last error, which may be empty.
    Failed(String),
    /// Syncs are paused, disabled or held back.
    Blocked(SyncBlocker),
    DeadlineExceeded(Progress),
    Cancelled(Progress),
    /// The connector was deleted.
    Gone,
}

/// Progress of a sync that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    NotStarted,
    /// ConductorOne shows *Syncing*.
    Running,
}

impl Progress {
    fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "its sync has not started",
            Self::Running => "its sync is still running",
        }
    }
}

/// The last sync before the apply. A later one is a new sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SyncBaseline {
    started_at: Option<Timestamp>,
}

impl SyncBaseline {
    pub(super) fn of(connector: &Connector) -> Self {
        Self { started_at: connector.status.as_ref().and_then(|status| status.started_at.clone()) }
    }
}

/// State of the sync in one response.
#[derive(Clone, Debug, PartialEq, Eq)]
enum SyncProgress {
    Ended(Outcome),
    Going(Progress),
}

fn progress_of(connector: &Connector, before: &SyncBaseline) -> SyncProgress {
    if connector.deleted_at.is_some() {
        return SyncProgress::Ended(Outcome::Gone);
    }
    let status = connector.status.as_ref();
    let began = status.is_some_and(|status| status.started_at.is_some() && status.started_at != before.started_at);
    let halt = SyncBlocker::of(connector);
    let dropped = halt.as_ref().is_some_and(SyncBlocker::is_data_drop);
    match status.map(|status| &status.status) {
        Some(SyncStatus::Done) if began => return SyncProgress::Ended(Outcome::Connected),
        // A sync that is held back because of a large drop of data has this status too. It needs a confirmation only.
        Some(SyncStatus::Error) if began && !dropped => {
            let error = status.map(|status| status.last_error.clone()).unwrap_or_default();
            return SyncProgress::Ended(Outcome::Failed(error));
        }
        _ => {}
    }
    // Disabled syncs are no failure, even if the last sync succeeded.
    if let Some(halt) = halt {
        return SyncProgress::Ended(Outcome::Blocked(halt));
    }
    match status.map(|status| &status.status) {
        Some(SyncStatus::Running) if began => SyncProgress::Going(Progress::Running),
        _ => SyncProgress::Going(Progress::NotStarted),
    }
}

/// Polls a connector until a sync later than `baseline` has ended, the deadline has passed or `cancelled` is cancelled.
/// Requests a sync if none starts.
///
/// # Errors
/// If the service refuses to return the connector. Transient failures are retried.
pub(super) async fn wait(
    client: &Client,
    connector: ConnectorRef<'_>,
    baseline: &SyncBaseline,
    deadline: &Deadline<'_>,
    cancelled: &CancellationToken,
) -> Result<Outcome, Error> {
    let ConnectorRef { app_id, id } = connector;
    let begun = client.clock().monotonic();
    let (mut progress, mut is_requested) = (Progress::NotStarted, false);
    tracing::info!(connector_id = id, "waiting for the connector's sync");
    let mut poll = Poll::new(pauses(), deadline, cancelled);
    let outcome = loop {
        let end = |end| match end {
            PollEnd::Cancelled => Outcome::Cancelled(progress),
            PollEnd::DeadlineExceeded | PollEnd::Exhausted => Outcome::DeadlineExceeded(progress),
        };
        if let Err(ended) = poll.pause().await {
            break end(ended);
        }
        let passed = client.clock().monotonic().saturating_duration_since(begun);
        let elapsed = passed.as_secs();
        let connector = match poll.look(client.get_connector(app_id, id)).await {
            Ok(Ok(connector)) => connector,
            Ok(Err(error)) if error.is_not_found() => break Outcome::Gone,
            Ok(Err(error)) if error.is_transient() => {
                tracing::warn!(connector_id = id, elapsed, %error, "could not read the connector, retrying");
                continue;
            }
            Ok(Err(error)) => return Err(error),
            Err(ended) => break end(ended),
        };
        let current = match progress_of(&connector, baseline) {
            SyncProgress::Ended(outcome) => break outcome,
            SyncProgress::Going(current) => current,
        };
        if current != progress {
            tracing::info!(connector_id = id, elapsed, from = ?progress, to = ?current, "the sync's state changed");
        }
        progress = current;
        tracing::info!(connector_id = id, elapsed, state = ?progress, "still waiting for the connector's sync");
        if progress == Progress::NotStarted && !is_requested && passed >= START {
            tracing::info!(connector_id = id, elapsed, "no sync started by itself, requesting one");
            match deadline.bound(client.force_sync(app_id, id)).await {
                Some(Ok(())) => is_requested = true,
                // The next poll finds out.
                Some(Err(error)) if error.is_not_found() => {}
                // Requesting a sync twice does no harm.
                Some(Err(error)) if error.is_transient() => {
                    tracing::warn!(connector_id = id, elapsed, %error, "could not request a sync, retrying");
                }
                Some(Err(error)) => return Err(error),
                None => break Outcome::DeadlineExceeded(progress),
            }
        }
    };
    tracing::info!(connector_id = id, ?outcome, "the wait for the sync ended");
    Ok(outcome)
}

/// Growing pauses with jitter of a fifth, so that the polls of many resources spread out.
fn pauses() -> impl Iterator<Item = Duration> {
    let grow = |pause: &Duration| Some((*pause * 3 / 2).min(LONGEST_PAUSE));
    std::iter::successors(Some(FIRST_PAUSE), grow).map(|pause| pause.mul_f64(rand::random_range(0.8..1.2)))
}

/// The operation that the wait belongs to. It decides the state of the object if the sync fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Create,
    Update,
}

/// Returns the result of an apply. Only a failed sync or a deleted connector fails the apply.
pub(super) fn finish_apply(
    cx: &Context<ProviderData>,
    client: &Client,
    after: After,
    state: OktaIntegrationModel,
    outcome: Result<Outcome, Error>,
) -> Result<OktaIntegrationModel, ApplyError<OktaIntegrationModel>> {
    let id = state.id.text().unwrap_or_default().to_owned();
    let done = match after {
        After::Create => "was created",
        After::Update => "was updated",
    };
    match outcome {
        Ok(Outcome::Connected) => Ok(state),
        Ok(Outcome::Failed(error)) => {
            let error = client.redactor().message(&error);
            let said = if error.is_empty() {
                "ConductorOne returned no reason".to_owned()
            } else {
                format!("ConductorOne returned: {error}")
            };
            let next = match after {
                After::Create => {
                    "Resolve the cause, then apply again. The connector is in the state, marked as tainted: the next apply \
                     replaces it. To keep it, run `terraform untaint` with its address first."
                }
                After::Update => {
                    "The new settings are saved. Resolve the cause. ConductorOne repeats syncs by itself, and each plan \
                     warns while they fail."
                }
            };
            let detail = format!(
                "The connector {id} {done}, and its sync failed. {}\n\n{next}",
                diagnostics::as_sentence(&said)
            );
            Err(ApplyError::with(state, Diagnostic::error("Okta sync failed", detail)))
        }
        Ok(Outcome::Gone) => {
            let detail = format!("The connector {id} {done}, and was deleted before its sync ended. Apply again.");
            // It stays in the state: a service that does not return a new connector yet would leave it untracked. The
            // next refresh removes it if it is really deleted.
            Err(ApplyError::with(state, Diagnostic::error("Connector was deleted", detail)))
        }
        Ok(Outcome::DeadlineExceeded(progress)) => {
            cx.warn(time_is_up(&id, done, progress));
            Ok(state)
        }
        Ok(Outcome::Cancelled(progress)) => {
            cx.warn(interrupted(&id, done, progress));
            Ok(state)
        }
        Ok(Outcome::Blocked(halt)) => {
            cx.warn(halt.warning(&format!("The connector {id} {done}."), client));
            Ok(state)
        }
        Err(error) => {
            let mut problems = Diagnostics::from(diagnostics::conductorone("wait for the connector's sync", &error));
            let next = match after {
                After::Create => {
                    ", marked as tainted: the next apply replaces it. To keep it, run `terraform untaint` with \
                     its address first"
                }
                After::Update => ". No action is needed",
            };
            problems.push(Diagnostic::warning(
                "Connector exists",
                format!("The connector {id} {done} and is in the state{next}."),
            ));
            Err(ApplyError::with(state, problems))
        }
    }
}

fn time_is_up(id: &str, done: &str, progress: Progress) -> Diagnostic {
    Diagnostic::warning(
        "Okta sync takes longer than the timeout",
        format!(
            "The connector {id} {done}, and {}. ConductorOne continues it without Terraform. For large orgs, \
             raise the timeouts, or set wait_for_sync = false.",
            progress.as_str()
        ),
    )
}

fn interrupted(id: &str, done: &str, progress: Progress) -> Diagnostic {
    Diagnostic::warning(
        "Stopped waiting for the Okta sync",
        format!(
            "Terraform was interrupted. The connector {id} {done} and is in the state, and {}. ConductorOne \
             continues it without Terraform. No action is needed.",
            progress.as_str()
        ),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const BEFORE: &str = "2026-08-20T10:00:00Z";
    const LATER: &str = "2026-08-20T11:00:00Z";

    fn connector(status: &str, started_at: Value, paused: Option<&str>) -> Connector {
        let status = json!({"status": status, "startedAt": started_at, "lastError": "no way"});
        let paused_at = paused.map(|_| LATER);
        let json = json!({"id": "c", "status": status, "syncDisabledAt": paused_at, "syncDisabledReason": paused});
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn only_a_sync_later_than_the_baseline_decides() {
        use SyncProgress::{Ended, Going};
        let none = SyncBaseline::default();
        let before = SyncBaseline::of(&connector("SYNC_STATUS_DONE", json!(BEFORE), None));
        let drop = "Sync paused due to significant drop in sync data: 90%";
        let failed = || Ended(Outcome::Failed("no way".to_owned()));
        let paused = |reason: &str| Ended(Outcome::Blocked(SyncBlocker::Paused(reason.to_owned())));
        let disabled = || Ended(Outcome::Blocked(SyncBlocker::Disabled(String::new())));
        let dropped = || Ended(Outcome::Blocked(SyncBlocker::DataDrop(drop.to_owned())));
        let waits = || Going(Progress::NotStarted);
        let rows = [
            ("SYNC_STATUS_DONE", json!(LATER), &none, None, Ended(Outcome::Connected)),
            ("SYNC_STATUS_DONE", json!(LATER), &before, None, Ended(Outcome::Connected)),
            ("SYNC_STATUS_DONE", json!(BEFORE), &before, None, waits()),
            ("SYNC_STATUS_DONE", json!(null), &none, None, waits()),
            ("SYNC_STATUS_DONE", json!(LATER), &before, Some("system"), Ended(Outcome::Connected)),
            ("SYNC_STATUS_DONE", json!(BEFORE), &before, Some("system"), paused("system")),
            ("SYNC_STATUS_ERROR", json!(LATER), &before, None, failed()),
            ("SYNC_STATUS_ERROR", json!(LATER), &none, Some("system"), failed()),
            ("SYNC_STATUS_ERROR", json!(LATER), &none, Some(drop), dropped()),
            ("SYNC_STATUS_ERROR", json!(BEFORE), &before, None, waits()),
            ("SYNC_STATUS_ERROR", json!(BEFORE), &before, Some(drop), dropped()),
            ("SYNC_STATUS_RUNNING", json!(LATER), &before, None, Going(Progress::Running)),
            ("SYNC_STATUS_RUNNING", json!(BEFORE), &before, None, waits()),
            ("SYNC_STATUS_RUNNING", json!(null), &none, None, waits()),
            ("SYNC_STATUS_DISABLED", json!(LATER), &none, None, disabled()),
            ("SYNC_STATUS_DISABLED", json!(BEFORE), &before, Some("system"), paused("system")),
            ("SYNC_STATUS_UNSPECIFIED", json!(null), &none, None, waits()),
            ("SYNC_STATUS_DREAMING", json!(LATER), &before, None, waits()),
        ];
        for (status, started_at, mark, paused, expected) in rows {
            let found = progress_of(&connector(status, started_at.clone(), paused), mark);
            assert_eq!(found, expected, "{status} {started_at} {mark:?} {paused:?}");
        }
    }

    #[test]
    fn a_missing_status_waits_and_a_deleted_connector_ends_the_wait() {
        let bare: Connector = serde_json::from_value(json!({"id": "c", "status": null})).unwrap();
        assert_eq!(progress_of(&bare, &SyncBaseline::default()), SyncProgress::Going(Progress::NotStarted));
        let deleted = Connector { deleted_at: serde_json::from_value(json!(LATER)).unwrap(), ..bare };
        assert_eq!(progress_of(&deleted, &SyncBaseline::default()), SyncProgress::Ended(Outcome::Gone));
    }

    mod waiting {
        use super::*;
        use test_support::fake::{FakeServices, ResponseMode, SyncScript};

        /// Waits up to `limit` seconds for a sync. Returns the outcome, the number of requested syncs, and the seconds
        /// that passed on the clock.
        async fn outcome(
            sync: SyncScript,
            modes: &[ResponseMode],
            limit: u64,
            stopped: bool,
        ) -> (Result<Outcome, String>, u32, u64) {
            let fake = FakeServices::start().await;
            let id = fake.world().add("app1", Some(serde_json::Map::new()), Vec::new(), sync, "");
            fake.world().modes.extend(modes);
            let client = fake.client();
            let begun = client.clock().monotonic();
            let deadline = Deadline::after(Duration::from_secs(limit), client.clock());
            let stop = CancellationToken::new();
            if stopped {
                stop.cancel();
            }
            let outcome =
                wait(&client, ConnectorRef { app_id: "app1", id: &id }, &SyncBaseline::default(), &deadline, &stop)
                    .await;
            let passed = (client.clock().monotonic() - begun).as_secs();
            let forced = fake.world().forced;
            (outcome.map_err(|error| error.to_string()), forced, passed)
        }

        #[tokio::test]
        async fn a_sync_is_followed_to_its_end() {
            assert_eq!(outcome(SyncScript::Succeeds(3), &[], 600, false).await.0, Ok(Outcome::Connected));
            let (failed, forced, _) = outcome(SyncScript::Fails(1), &[], 600, false).await;
            assert!(matches!(failed, Ok(Outcome::Failed(error)) if error.contains("403 Forbidden")));
            assert_eq!(forced, 0);
        }

        #[tokio::test]
        async fn cancellation_ends_the_wait_at_once() {
            let (outcome, _, _) = outcome(SyncScript::Endless, &[], 600, true).await;
            assert_eq!(outcome, Ok(Outcome::Cancelled(Progress::NotStarted)));
        }

        #[tokio::test]
        async fn the_wait_ends_at_the_deadline() {
            let (outcome, _, passed) = outcome(SyncScript::Endless, &[], 60, false).await;
            assert_eq!((outcome, passed), (Ok(Outcome::DeadlineExceeded(Progress::Running)), 60));
        }

        #[tokio::test]
        async fn a_sync_that_does_not_start_is_requested_exactly_once() {
            assert_eq!(outcome(SyncScript::OnlyIfForced, &[], 600, false).await.1, 1);
            let (never, forced, _) = outcome(SyncScript::UnknownStatus, &[], 300, false).await;
            assert_eq!((never, forced), (Ok(Outcome::DeadlineExceeded(Progress::NotStarted)), 1));
        }

        #[tokio::test]
        async fn transient_failures_are_retried_and_others_end_the_wait() {
            let failing = vec![ResponseMode::FailBefore; 12];
            assert_eq!(outcome(SyncScript::Succeeds(0), &failing, 600, false).await.0, Ok(Outcome::Connected));
            assert_eq!(
                outcome(SyncScript::Succeeds(0), &[ResponseMode::NotFound], 600, false).await.0,
                Ok(Outcome::Gone)
            );
            assert_eq!(
                outcome(SyncScript::Succeeds(0), &[ResponseMode::DeleteConnector], 600, false).await.0,
                Ok(Outcome::Gone)
            );
            let forbidden = outcome(SyncScript::Succeeds(0), &[ResponseMode::Forbidden], 600, false).await.0;
            assert!(forbidden.is_err_and(|error| error.contains("403")));
        }

        #[tokio::test]
        async fn a_failed_sync_request_is_retried() {
            // Pauses of 1, 1.5, 2.25, 3.4 and 5.1 seconds, each a fifth more or less: the fifth poll is the first
            // after ten seconds.
            let mut modes = vec![ResponseMode::Normal; 5];
            modes.push(ResponseMode::FailBefore);
            let (outcome, forced, _) = outcome(SyncScript::OnlyIfForced, &modes, 600, false).await;
            assert_eq!((outcome, forced), (Ok(Outcome::Connected), 1));
        }
    }
}
