//! Sharing one lookup among the resources of a process that need its result at the same time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

/// Results of lookups by key. Concurrent callers of one key share one lookup. Failures are not stored.
#[derive(Debug)]
pub(crate) struct SingleFlight<K, V>(Mutex<HashMap<K, Arc<OnceCell<V>>>>);

impl<K, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> SingleFlight<K, V> {
    /// Returns the result for a key, running `look_up` if there is none yet.
    pub(crate) async fn get<E, F>(&self, key: K, look_up: impl FnOnce() -> F) -> Result<V, E>
    where
        F: Future<Output = Result<V, E>>,
    {
        let cell = {
            let mut results = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(results.entry(key).or_default())
        };
        cell.get_or_try_init(look_up).await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn concurrent_callers_share_one_lookup() {
        let (shared, lookups) = (SingleFlight::<&str, u32>::default(), AtomicU32::new(0));
        let look_up = || async {
            tokio::task::yield_now().await;
            Ok::<_, ()>(lookups.fetch_add(1, Ordering::Relaxed))
        };
        let results = futures::future::join_all((0..10).map(|_| shared.get("a", look_up))).await;
        assert!(results.iter().all(|result| *result == Ok(0)));
        assert_eq!(shared.get("b", look_up).await, Ok(1));
    }

    #[tokio::test]
    async fn a_failed_lookup_is_repeated() {
        let shared = SingleFlight::<&str, u32>::default();
        assert_eq!(shared.get("a", || async { Err::<u32, _>("no") }).await, Err("no"));
        assert_eq!(shared.get("a", || async { Ok::<_, &str>(7) }).await, Ok(7));
    }
}
