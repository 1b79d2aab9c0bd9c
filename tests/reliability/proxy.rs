//! A TCP proxy in front of a service, with or without TLS. After a number of connections, it can refuse further ones or
//! present a certificate of an untrusted authority.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Mutex;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use test_support::Authority;

/// A proxy that forwards connections to one service.
pub struct Proxy {
    address: SocketAddr,
    service: SocketAddr,
    tls: Option<TlsAcceptor>,
    accept_loop: Mutex<JoinHandle<()>>,
}

/// Behavior of a proxy after its last regular connection.
#[derive(Clone, Copy, Debug)]
enum Afterwards {
    RefuseConnections,
    PresentUntrustedCertificate,
}

impl Proxy {
    /// Starts a proxy for the service at this loopback URL. With an authority, the proxy requires TLS and presents a
    /// certificate of that authority.
    pub fn start(url: &str, authority: Option<&Authority>) -> Self {
        let service = url.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let tls = authority.map(|authority| TlsAcceptor::from(authority.server()));
        let accept_loop = Mutex::new(accept(listener, service, tls.clone(), usize::MAX, Afterwards::RefuseConnections));
        Self { address, service, tls, accept_loop }
    }

    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Removes the limit of connections.
    pub async fn reset(&self) {
        self.restart(usize::MAX, Afterwards::RefuseConnections).await;
    }

    /// Refuses connections after this many.
    pub async fn refuse_after(&self, connections: usize) {
        self.restart(connections, Afterwards::RefuseConnections).await;
    }

    /// Presents a certificate of an untrusted authority after this many connections.
    pub async fn untrusted_after(&self, connections: usize) {
        self.restart(connections, Afterwards::PresentUntrustedCertificate).await;
    }

    async fn restart(&self, connections: usize, afterwards: Afterwards) {
        let running = {
            let mut accept_loop = self.accept_loop.lock().unwrap();
            std::mem::replace(&mut *accept_loop, tokio::spawn(async {}))
        };
        running.abort();
        // The task owns the listener, so the address is free only after its end.
        let _ = running.await;
        if connections > 0 || matches!(afterwards, Afterwards::PresentUntrustedCertificate) {
            let listener = TcpListener::bind(self.address).unwrap();
            *self.accept_loop.lock().unwrap() =
                accept(listener, self.service, self.tls.clone(), connections, afterwards);
        }
    }
}

fn accept(
    listener: TcpListener,
    service: SocketAddr,
    tls: Option<TlsAcceptor>,
    connections: usize,
    afterwards: Afterwards,
) -> JoinHandle<()> {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move {
        for _ in 0..connections {
            let (client, _) = listener.accept().await.unwrap();
            let tls = tls.clone();
            tokio::spawn(async move {
                let Some(tls) = tls else { return forward(client, service).await };
                // The client may disconnect during the handshake.
                if let Ok(client) = tls.accept(client).await {
                    forward(client, service).await;
                }
            });
        }
        if matches!(afterwards, Afterwards::PresentUntrustedCertificate) {
            let untrusted = TlsAcceptor::from(Authority::new().server());
            while let Ok((client, _)) = listener.accept().await {
                // The client disconnects during the handshake.
                let _ = untrusted.accept(client).await;
            }
        }
    })
}

async fn forward(mut client: impl AsyncRead + AsyncWrite + Unpin, service: SocketAddr) {
    let mut service = TcpStream::connect(service).await.unwrap();
    // Faults close connections, so an error here is expected.
    let _ = tokio::io::copy_bidirectional(&mut client, &mut service).await;
}
