//! Waiting for the sync that an apply started.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::framework::context::Context;
use crate::framework::diagnostics::{Diagnostic, Diagnostics};
use crate::framework::resource::ApplyError;
use crate::provider::data::ProviderData;
use crate::provider::support::diagnostics;
use conductorone_client::model::{Connector, SyncStatus, Timestamp};

use super::model::OktaIntegrationModel;
use super::timeouts::Deadline;
use crate::provider::support::sync_blocker::SyncBlocker;

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
    Halted(SyncBlocker),
    /// The time is up.
    TimeIsUp(Progress),
    /// The user interrupted.
    Interrupted(Progress),
    /// The connector was deleted meanwhile.
    Gone,
}

/// How far the sync is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It has not begun.
    NotStarted,
    /// It is running: ConductorOne shows *Syncing*.
    Running,
}

impl Progress {
    /// As part of a sentence.
    fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "its sync has not begun",
            Self::Running => "its sync is still running",
        }
    }
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
    let halt = SyncBlocker::of(connector);
    let dropped = halt.as_ref().is_some_and(SyncBlocker::is_data_drop);
    match status.map(|status| &status.status) {
        Some(SyncStatus::Done) if began => return Look::Ended(Outcome::Connected),
        // A sync that was paused for what it found counts as an error too, and needs no more than to be confirmed.
        Some(SyncStatus::Error) if began && !dropped => {
            let error = status.map(|status| status.last_error.clone()).unwrap_or_default();
            return Look::Ended(Outcome::Failed(error));
        }
        _ => {}
    }
    // A disabled sync with a good one before is no failure; the reason tells.
    if let Some(halt) = halt {
        return Look::Ended(Outcome::Halted(halt));
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
    client: &conductorone_client::Client,
    app_id: &str,
    id: &str,
    before: &Mark,
    deadline: &Deadline,
    stop: &CancellationToken,
) -> Result<Outcome, conductorone_client::Error> {
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
            read = deadline.bound(clock, client.get_connector(app_id, id)) => match read {
                Some(Ok(connector)) => connector,
                Some(Err(error)) if error.is_not_found() => return Ok(Outcome::Gone),
                Some(Err(error)) if error.is_transient() => {
                    tracing::warn!(connector_id = id, elapsed, %error, "could not look at the connector, trying again");
                    continue;
                }
                Some(Err(error)) => return Err(error),
                None => return Ok(Outcome::TimeIsUp(progress)),
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
            tracing::info!(connector_id = id, elapsed, "no sync began by itself, asking for one");
            match deadline.bound(clock, client.force_sync(app_id, id)).await {
                Some(Ok(())) => asked = true,
                // The next look tells.
                Some(Err(error)) if error.is_not_found() => {}
                Some(Err(error)) if error.is_transient() => {
                    // Asked for twice is as good as once.
                    tracing::warn!(connector_id = id, elapsed, %error, "could not ask for a sync, trying again");
                }
                Some(Err(error)) => return Err(error),
                None => return Ok(Outcome::TimeIsUp(progress)),
            }
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
    cx: &Context<ProviderData>,
    client: &conductorone_client::Client,
    after: After,
    state: OktaIntegrationModel,
    outcome: Result<Outcome, conductorone_client::Error>,
) -> Result<OktaIntegrationModel, ApplyError<OktaIntegrationModel>> {
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
            let detail = format!(
                "The connector {id} {done}, and its sync failed. {}\n\n{next}",
                diagnostics::as_sentence(&said)
            );
            Err(ApplyError::with(state, Diagnostic::error("Okta sync failed", detail)))
        }
        Ok(Outcome::Gone) => {
            let detail =
                format!("The connector {id} {done}, and somebody deleted it before its sync ended. Apply again.");
            // In the state all the same: a service that does not see yet what it has just created would leave it behind.
            // The next refresh takes out what is really gone.
            Err(ApplyError::with(state, Diagnostic::error("Connector was deleted", detail)))
        }
        Ok(Outcome::TimeIsUp(progress)) => {
            cx.warn(time_is_up(&id, done, progress));
            Ok(state)
        }
        Ok(Outcome::Interrupted(progress)) => {
            cx.warn(interrupted(&id, done, progress));
            Ok(state)
        }
        Ok(Outcome::Halted(halt)) => {
            cx.warn(halt.warning(&format!("The connector {id} {done}."), client));
            Ok(state)
        }
        Err(error) => {
            let mut problems = Diagnostics::from(diagnostics::conductorone("watch the connector's sync", &error));
            let next = match after {
                After::Create => {
                    ", marked as tainted: the next apply replaces it. To keep it instead, run `terraform untaint` with \
                     its address first"
                }
                After::Update => "; nothing needs to be repeated",
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
            "The connector {id} {done}, and {}. ConductorOne goes on without Terraform. For large orgs raise the \
             timeouts, or set wait_for_sync = false.",
            progress.as_str()
        ),
    )
}

fn interrupted(id: &str, done: &str, progress: Progress) -> Diagnostic {
    Diagnostic::warning(
        "Stopped waiting for the Okta sync",
        format!(
            "Terraform was interrupted. The connector {id} {done} and is in the state, and {}. ConductorOne goes on \
             without Terraform; nothing needs to be repeated.",
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
    fn only_a_sync_later_than_the_mark_says_how_it_went() {
        use Look::{Ended, Going};
        let none = Mark::default();
        let before = Mark::of(&connector("SYNC_STATUS_DONE", json!(BEFORE), None));
        let drop = "Sync paused due to significant drop in sync data: 90%";
        let failed = || Ended(Outcome::Failed("no way".to_owned()));
        let paused = |reason: &str| Ended(Outcome::Halted(SyncBlocker::Paused(reason.to_owned())));
        let disabled = || Ended(Outcome::Halted(SyncBlocker::Disabled(String::new())));
        let dropped = || Ended(Outcome::Halted(SyncBlocker::DataDrop(drop.to_owned())));
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
            let found = look(&connector(status, started_at.clone(), paused), mark);
            assert_eq!(found, expected, "{status} {started_at} {mark:?} {paused:?}");
        }
    }

    #[test]
    fn a_connector_without_a_status_waits_and_a_deleted_one_is_gone() {
        let bare: Connector = serde_json::from_value(json!({"id": "c", "status": null})).unwrap();
        assert_eq!(look(&bare, &Mark::default()), Look::Going(Progress::NotStarted));
        let deleted = Connector { deleted_at: serde_json::from_value(json!(LATER)).unwrap(), ..bare };
        assert_eq!(look(&deleted, &Mark::default()), Look::Ended(Outcome::Gone));
    }

    mod waiting {
        use super::*;
        use test_support::fake::{FakeServices, ResponseMode, SyncScript};

        /// Waits up to `limit` seconds for a sync that goes as told, and says what came of it, how many syncs were
        /// asked for, and how many seconds of the clock passed.
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
            let outcome = wait(&client, "app1", &id, &Mark::default(), &deadline, &stop).await;
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
        async fn a_stop_ends_the_wait_at_once() {
            let (outcome, _, _) = outcome(SyncScript::Endless, &[], 600, true).await;
            assert_eq!(outcome, Ok(Outcome::Interrupted(Progress::NotStarted)));
        }

        #[tokio::test]
        async fn the_wait_ends_when_its_time_is_up_and_not_later() {
            let (outcome, _, passed) = outcome(SyncScript::Endless, &[], 60, false).await;
            assert_eq!((outcome, passed), (Ok(Outcome::TimeIsUp(Progress::Running)), 60));
        }

        #[tokio::test]
        async fn a_sync_that_does_not_begin_is_asked_for_exactly_once() {
            assert_eq!(outcome(SyncScript::OnlyIfForced, &[], 600, false).await.1, 1);
            let (never, forced, _) = outcome(SyncScript::UnknownStatus, &[], 300, false).await;
            assert_eq!((never, forced), (Ok(Outcome::TimeIsUp(Progress::NotStarted)), 1));
        }

        #[tokio::test]
        async fn what_passes_by_itself_is_waited_out_and_what_does_not_ends_the_wait() {
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
        async fn asking_for_a_sync_is_tried_again_when_it_fails() {
            // Pauses of 1, 1.5, 2.25, 3.4 and 5.1 seconds, each a fifth more or less: the fifth look is the first
            // after ten seconds.
            let mut modes = vec![ResponseMode::Normal; 5];
            modes.push(ResponseMode::FailBefore);
            let (outcome, forced, _) = outcome(SyncScript::OnlyIfForced, &modes, 600, false).await;
            assert_eq!((outcome, forced), (Ok(Outcome::Connected), 1));
        }
    }
}
