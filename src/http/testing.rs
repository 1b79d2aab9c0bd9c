//! What the clients' tests share: a server on loopback and a clock that does not wait.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use futures::future::BoxFuture;
use tokio::net::TcpListener;

use super::{Clock, Origin};

#[path = "../../tests/support/tls_server.rs"]
mod tls_server;

/// Serves `app` on a free loopback port until the test ends.
pub(crate) async fn serve(app: Router) -> Origin {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    origin
}

/// Serves `app` in TLS on a free loopback port, and gives the PEM of the authority that vouches for it.
pub(crate) async fn serve_tls(app: Router) -> (Origin, String) {
    let (address, authority_pem) = tls_server::serve_tls(app).await;
    (address.parse().unwrap(), authority_pem)
}

/// A clock that moves only when something sleeps or a test says so, and that remembers every pause.
pub(crate) struct FakeClock {
    start: (Instant, SystemTime),
    passed: Mutex<Duration>,
    pauses: Mutex<Vec<Duration>>,
}

impl FakeClock {
    pub(crate) fn new() -> Arc<Self> {
        let start = (Instant::now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000));
        Arc::new(Self { start, passed: Mutex::default(), pauses: Mutex::default() })
    }

    pub(crate) fn advance(&self, duration: Duration) {
        *self.passed.lock().unwrap() += duration;
    }

    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().unwrap().clone()
    }
}

impl Clock for FakeClock {
    fn monotonic(&self) -> Instant {
        self.start.0 + *self.passed.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        self.start.1 + *self.passed.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.advance(duration);
        self.pauses.lock().unwrap().push(duration);
        // Let other tasks run, as a real pause would.
        Box::pin(tokio::task::yield_now())
    }
}
