//! Listening on loopback, with connections that a fault can cut.
//!
//! Hyper answers every request it has read. To imitate a dropped response, the stream itself has
//! to fail, so the sandbox hands hyper a stream that can be switched off from inside the request's handler.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Longest time a client may take for its TLS handshake.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

/// Pause after a failed `accept`: the usual cause, too many open files, does not pass at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Binds a listener, on a loopback address only: the tenant's secrets are test data, but its answers are not checked
/// by anyone and must not be offered to a network.
pub(crate) async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    if !address.ip().is_loopback() {
        let message = format!("{address} is not a loopback address; the sandbox listens on 127.0.0.1 or ::1 only");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    TcpListener::bind(address).await
}

/// Serves `app` until `stop` is cancelled; then takes no new connections and ends with the last open exchange.
pub(crate) fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    app: Router,
    stop: CancellationToken,
) -> JoinHandle<io::Result<()>> {
    let listener = Loopback { listener, acceptor, handshakes: JoinSet::new() };
    let service = app.into_make_service_with_connect_info::<Cut>();
    tokio::spawn(async move { axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await })
}

/// The switch of one connection. Reaches handlers as `ConnectInfo<Cut>`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cut(Arc<AtomicBool>);

impl Cut {
    /// Lets no further byte out: the next write fails, and hyper then drops the connection.
    ///
    /// Over HTTP/2 this ends every exchange of the connection, as a lost connection does.
    pub(crate) fn cut(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Acquire) { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }
}

impl Connected<IncomingStream<'_, Loopback>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Loopback>) -> Self {
        stream.io().cut.clone()
    }
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A connection, plain or TLS, that writes nothing more once it was cut.
struct Connection {
    stream: Box<dyn Duplex>,
    cut: Cut,
}

impl Connection {
    fn new(stream: impl Duplex + 'static) -> Self {
        Self { stream: Box::new(stream), cut: Cut::default() }
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.cut.check()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.cut.check()?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // No TLS close_notify after a cut: a connection that broke sends none.
        self.cut.check()?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Accepts TCP and, where wanted, TLS connections. Handshakes run beside each other, so a silent client holds up none.
struct Loopback {
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    handshakes: JoinSet<Option<Connection>>,
}

impl axum::serve::Listener for Loopback {
    type Io = Connection;
    type Addr = ();

    async fn accept(&mut self) -> (Connection, ()) {
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    let Ok((stream, _)) = accepted else {
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                        continue;
                    };
                    // Answers are small and leave in two writes; Nagle's algorithm would hold the second one back.
                    // A socket that refuses the option only answers later.
                    let _ = stream.set_nodelay(true);
                    let Some(acceptor) = self.acceptor.clone() else { return (Connection::new(stream), ()) };
                    self.handshakes.spawn(async move {
                        let handshake = tokio::time::timeout(HANDSHAKE_LIMIT, acceptor.accept(stream));
                        handshake.await.ok()?.ok().map(Connection::new)
                    });
                }
                // A pattern here instead of the `if let` would switch this arm off after one failed handshake.
                ended = self.handshakes.join_next(), if !self.handshakes.is_empty() => {
                    if let Some(Ok(Some(connection))) = ended {
                        return (connection, ());
                    }
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}
