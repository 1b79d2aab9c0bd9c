//! Asking once: many resources of one process need the same answer at the same time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

/// Answers by question. Whoever asks what is being asked already waits for that answer; failures are not kept.
#[derive(Debug)]
pub(crate) struct Memo<K, V>(Mutex<HashMap<K, Arc<OnceCell<V>>>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// The answer to a question; `ask` is run only when nobody has the answer yet.
    pub(crate) async fn get<E, A>(&self, question: K, ask: impl FnOnce() -> A) -> Result<V, E>
    where
        A: Future<Output = Result<V, E>>,
    {
        let cell = {
            let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry(question).or_default())
        };
        cell.get_or_try_init(ask).await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn one_question_is_asked_once_however_many_want_to_know() {
        let (memo, asked) = (Memo::<&str, u32>::default(), AtomicU32::new(0));
        let ask = || async {
            tokio::task::yield_now().await;
            Ok::<_, ()>(asked.fetch_add(1, Ordering::Relaxed))
        };
        let answers = futures::future::join_all((0..10).map(|_| memo.get("a", ask))).await;
        assert!(answers.iter().all(|answer| *answer == Ok(0)));
        assert_eq!(memo.get("b", ask).await, Ok(1));
    }

    #[tokio::test]
    async fn a_failure_is_asked_again() {
        let memo = Memo::<&str, u32>::default();
        assert_eq!(memo.get("a", || async { Err::<u32, _>("no") }).await, Err("no"));
        assert_eq!(memo.get("a", || async { Ok::<_, &str>(7) }).await, Ok(7));
    }
}
