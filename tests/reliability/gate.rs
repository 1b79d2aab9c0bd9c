//! The way to a service, which can be shut: then nobody listens there.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Mutex;

use tokio::task::JoinHandle;

/// Passes connections on to a service.
pub struct Gate {
    address: SocketAddr,
    service: SocketAddr,
    accepting: Mutex<JoinHandle<()>>,
}

impl Gate {
    /// An open gate to the service at this URL of loopback.
    pub fn to(url: &str) -> Self {
        let service = url.strip_prefix("http://").unwrap().parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        Self { address, service, accepting: Mutex::new(accept(listener, service, usize::MAX)) }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets any number of connections through.
    pub async fn open(&self) {
        self.shut_after(usize::MAX).await;
    }

    /// Lets so many more connections through, and then refuses.
    pub async fn shut_after(&self, connections: usize) {
        let accepting = {
            let mut accepting = self.accepting.lock().unwrap();
            std::mem::replace(&mut *accepting, tokio::spawn(async {}))
        };
        accepting.abort();
        // The listener is gone only once its task is.
        let _ = accepting.await;
        if connections > 0 {
            let listener = TcpListener::bind(self.address).unwrap();
            *self.accepting.lock().unwrap() = accept(listener, self.service, connections);
        }
    }
}

fn accept(listener: TcpListener, service: SocketAddr, connections: usize) -> JoinHandle<()> {
    listener.set_nonblocking(true).unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move {
        for _ in 0..connections {
            let (mut client, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut service = tokio::net::TcpStream::connect(service).await.unwrap();
                // A connection that breaks is what tests of faults are about.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut service).await;
            });
        }
    })
}

/// A listener that speaks TLS with a certificate of its own, which nobody vouches for.
pub fn untrusted() -> SocketAddr {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // The client hangs up in the handshake.
            let _ = acceptor.accept(stream).await;
        }
    });
    address
}
