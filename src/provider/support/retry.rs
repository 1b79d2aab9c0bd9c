//! Retries of updates whose response was dropped: the second one sets the values that the first one may have set.

use std::time::Duration;

use conductorone_client::{Client, Error};

const ATTEMPTS: u32 = 3;

/// Sends an idempotent update until ConductorOne responds, with growing pauses.
///
/// # Errors
/// The error of the last attempt.
pub(crate) async fn idempotent<T, F: Future<Output = Result<T, Error>>>(
    client: &Client,
    id: &str,
    update: impl Fn() -> F,
) -> Result<T, Error> {
    let mut attempt = 1;
    loop {
        match update().await {
            Err(error) if error.may_have_taken_effect() && attempt < ATTEMPTS => {
                tracing::warn!(id, attempt, %error, "the response to an update was dropped, retrying");
                attempt += 1;
                client.clock().sleep(Duration::from_secs(attempt.into())).await;
            }
            outcome => return outcome,
        }
    }
}
