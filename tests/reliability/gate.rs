//! The way to a service, with or without TLS. It can be shut, and then nobody listens there; or, with TLS, somebody else
//! can take its place, who has a certificate that nobody vouches for.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Mutex;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use test_support::Authority;

/// Passes connections on to a service.
pub struct Gate {
    address: SocketAddr,
    service: SocketAddr,
    tls: Option<TlsAcceptor>,
    accepting: Mutex<JoinHandle<()>>,
}

/// What becomes of a gate after so many connections.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// Nobody listens any more.
    Shut,
    /// Somebody else listens.
    Usurped,
}

impl Gate {
    /// An open gate to the service at this URL of loopback, with a certificate of this authority where there is one.
    pub fn to(url: &str, authority: Option<&Authority>) -> Self {
        let service = url.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let tls = authority.map(|authority| TlsAcceptor::from(authority.server()));
        let accepting = Mutex::new(accept(listener, service, tls.clone(), usize::MAX, Fate::Shut));
        Self { address, service, tls, accepting }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Lets any number of connections through.
    pub async fn open(&self) {
        self.after(usize::MAX, Fate::Shut).await;
    }

    /// Lets so many more connections through, and then refuses.
    pub async fn shut_after(&self, connections: usize) {
        self.after(connections, Fate::Shut).await;
    }

    /// Lets so many more connections through, and then shows a certificate of its own.
    pub async fn usurped_after(&self, connections: usize) {
        self.after(connections, Fate::Usurped).await;
    }

    async fn after(&self, connections: usize, fate: Fate) {
        let accepting = {
            let mut accepting = self.accepting.lock().unwrap();
            std::mem::replace(&mut *accepting, tokio::spawn(async {}))
        };
        accepting.abort();
        // The listener is gone only once its task is.
        let _ = accepting.await;
        if connections > 0 || matches!(fate, Fate::Usurped) {
            let listener = TcpListener::bind(self.address).unwrap();
            *self.accepting.lock().unwrap() = accept(listener, self.service, self.tls.clone(), connections, fate);
        }
    }
}

fn accept(
    listener: TcpListener,
    service: SocketAddr,
    tls: Option<TlsAcceptor>,
    connections: usize,
    fate: Fate,
) -> JoinHandle<()> {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move {
        for _ in 0..connections {
            let (client, _) = listener.accept().await.unwrap();
            let tls = tls.clone();
            tokio::spawn(async move {
                let Some(tls) = tls else { return pass_on(client, service).await };
                // The client may hang up in the handshake.
                if let Ok(client) = tls.accept(client).await {
                    pass_on(client, service).await;
                }
            });
        }
        if matches!(fate, Fate::Usurped) {
            let usurper = TlsAcceptor::from(Authority::new().server());
            while let Ok((client, _)) = listener.accept().await {
                // The client hangs up in the handshake.
                let _ = usurper.accept(client).await;
            }
        }
    })
}

async fn pass_on(mut client: impl AsyncRead + AsyncWrite + Unpin, service: SocketAddr) {
    let mut service = TcpStream::connect(service).await.unwrap();
    // A connection that breaks is what tests of faults are about.
    let _ = tokio::io::copy_bidirectional(&mut client, &mut service).await;
}
