//! The retry loop.

use std::time::Duration;

use service_http::{Backoff, RetryDecision, RetryOutcome, retry};
use test_support::FakeClock;

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(500), cap: Duration::from_secs(2), attempts: 4 };

async fn run(classify: impl FnMut(&u32) -> RetryDecision) -> (RetryOutcome<u32>, Vec<Duration>) {
    let clock = FakeClock::new();
    let mut sent = 0;
    let attempt = || {
        sent += 1;
        std::future::ready(sent)
    };
    let attempted = retry(&*clock, BACKOFF, attempt, classify).await;
    (attempted, clock.pauses())
}

#[tokio::test]
async fn a_final_outcome_is_not_retried() {
    assert_eq!(run(|_| RetryDecision::No).await, (RetryOutcome { outcome: 1, attempts: 1 }, vec![]));
}

#[tokio::test]
async fn number_of_attempts_and_pauses_are_bounded() {
    let (attempted, pauses) = run(|_| RetryDecision::AfterBackoff).await;
    assert_eq!(attempted, RetryOutcome { outcome: 4, attempts: 4 });
    assert_eq!(pauses.len(), 3);
    for (pause, bound) in pauses.iter().zip([500, 1_000, 2_000]) {
        assert!(*pause <= Duration::from_millis(bound), "{pauses:?}");
    }
}

#[tokio::test]
async fn a_pause_requested_by_the_service_is_kept_exactly() {
    let pause = Duration::from_secs(7);
    let (attempted, pauses) = run(|sent| if *sent < 3 { RetryDecision::After(pause) } else { RetryDecision::No }).await;
    assert_eq!((attempted.attempts, pauses), (3, vec![pause, pause]));
}

#[tokio::test]
async fn an_immediate_retry_does_not_sleep() {
    let (attempted, pauses) = run(|_| RetryDecision::After(Duration::ZERO)).await;
    assert_eq!((attempted.attempts, pauses), (4, vec![]));
}
