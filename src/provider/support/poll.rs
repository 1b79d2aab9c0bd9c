//! Polling: pauses and looks that end at a deadline or on cancellation.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::deadline::Deadline;

/// Why polling ended without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PollEnd {
    Cancelled,
    DeadlineExceeded,
    /// All pauses were used.
    Exhausted,
}

/// One wait for a state of a service: [`Poll::pause`] and [`Poll::look`] in turn.
pub(crate) struct Poll<'p, P> {
    pauses: P,
    deadline: &'p Deadline<'p>,
    cancelled: &'p CancellationToken,
}

impl<'p, P: Iterator<Item = Duration>> Poll<'p, P> {
    pub(crate) fn new(
        pauses: impl IntoIterator<IntoIter = P>,
        deadline: &'p Deadline<'p>,
        cancelled: &'p CancellationToken,
    ) -> Self {
        Self { pauses: pauses.into_iter(), deadline, cancelled }
    }

    /// Waits for the next pause.
    ///
    /// # Errors
    /// If the pauses are used, the deadline has passed, or the wait is cancelled.
    pub(crate) async fn pause(&mut self) -> Result<(), PollEnd> {
        if self.cancelled.is_cancelled() {
            return Err(PollEnd::Cancelled);
        }
        let pause = self.pauses.next().ok_or(PollEnd::Exhausted)?;
        let left = self.deadline.left();
        if left.is_zero() {
            return Err(PollEnd::DeadlineExceeded);
        }
        tokio::select! {
            () = self.cancelled.cancelled() => Err(PollEnd::Cancelled),
            () = self.deadline.clock().sleep(pause.min(left)) => Ok(()),
        }
    }

    /// Runs a read, and gives it up at the deadline or on cancellation.
    ///
    /// # Errors
    /// If the deadline has passed or the wait is cancelled.
    pub(crate) async fn look<T>(&self, read: impl Future<Output = T>) -> Result<T, PollEnd> {
        tokio::select! {
            biased;
            () = self.cancelled.cancelled() => Err(PollEnd::Cancelled),
            read = self.deadline.bound(read) => read.ok_or(PollEnd::DeadlineExceeded),
        }
    }
}

#[cfg(test)]
mod tests {
    use test_support::FakeClock;

    use super::*;

    const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

    /// Pauses until the end. Returns it and the pauses.
    async fn end(limit: u64, cancelled: bool) -> (PollEnd, Vec<Duration>) {
        let clock = FakeClock::new();
        let token = CancellationToken::new();
        if cancelled {
            token.cancel();
        }
        let deadline = Deadline::after(Duration::from_secs(limit), &*clock);
        let mut poll = Poll::new(PAUSES, &deadline, &token);
        loop {
            if let Err(end) = poll.pause().await {
                return (end, clock.pauses());
            }
        }
    }

    #[tokio::test]
    async fn pauses_end_at_the_deadline_and_on_cancellation() {
        let seconds = |pauses: &[u64]| pauses.iter().copied().map(Duration::from_secs).collect::<Vec<_>>();
        assert_eq!(end(60, false).await, (PollEnd::Exhausted, seconds(&[1, 2, 4])));
        assert_eq!(end(2, false).await, (PollEnd::DeadlineExceeded, seconds(&[1, 1])));
        assert_eq!(end(60, true).await, (PollEnd::Cancelled, seconds(&[])));
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_hangs_ends_at_the_deadline_and_on_cancellation() {
        let deadline = Deadline::after(Duration::from_secs(60), &service_http::SystemClock);
        let token = CancellationToken::new();
        let poll = Poll::new(PAUSES, &deadline, &token);
        assert_eq!(poll.look(std::future::pending::<()>()).await, Err(PollEnd::DeadlineExceeded));
        token.cancel();
        assert_eq!(poll.look(std::future::pending::<()>()).await, Err(PollEnd::Cancelled));
    }
}
