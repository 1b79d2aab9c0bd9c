//! Updates whose answer is lost: sent again, because the second time sets what the first may have set.

use std::future::Future;
use std::time::Duration;

use conductorone_client::{Client, Error};

/// How often an update is sent whose answer is lost.
const ATTEMPTS: u32 = 3;

/// Sends an update of the object with an ID until it is answered, with growing pauses.
///
/// # Errors
/// What the last attempt ended with.
pub(crate) async fn until_answered<T, F: Future<Output = Result<T, Error>>>(
    client: &Client,
    id: &str,
    update: impl Fn() -> F,
) -> Result<T, Error> {
    let mut attempt = 1;
    loop {
        match update().await {
            Err(error) if error.may_have_taken_effect() && attempt < ATTEMPTS => {
                tracing::warn!(id, attempt, %error, "the update was not answered, sending it again");
                attempt += 1;
                client.clock().sleep(Duration::from_secs(attempt.into())).await;
            }
            outcome => return outcome,
        }
    }
}
