//! The listener for the host: a Unix socket that only this user can open, or a port of the loopback interface.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Stream;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

use super::handshake::{Address, HandshakeConfig};

/// The time limit of the TLS handshake.
const TLS_HANDSHAKE: Duration = Duration::from_secs(10);

/// A bound socket or port.
pub struct Listener {
    socket: Socket,
    address: Address,
}

enum Socket {
    #[cfg(unix)]
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Listener {
    /// Binds a Unix socket, or the first free port of the range on systems without Unix sockets.
    ///
    /// Also binds a port if the path of the directory is too long for a socket (about 107 bytes).
    ///
    /// # Errors
    /// If neither can be bound, or the socket's group cannot be set to the host's.
    pub async fn bind(config: &HandshakeConfig) -> io::Result<Self> {
        #[cfg(unix)]
        {
            let directory = config.socket_dir.clone().unwrap_or_else(std::env::temp_dir);
            match Self::bind_unix(&directory, config.socket_group.as_deref()) {
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    tracing::warn!(%error, "could not create a socket in this directory; listening on a port instead");
                }
                bound => return bound,
            }
        }
        Self::bind_tcp(config).await
    }

    #[cfg(unix)]
    fn bind_unix(directory: &Path, group: Option<&str>) -> io::Result<Self> {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;

        let path = directory.join(format!("plugin{}", rand::random::<u64>()));
        let socket = UnixListener::bind(&path)?;
        let listener = Self { socket: Socket::Unix(socket), address: Address::Unix(path.clone()) };
        let mode = match group {
            Some(group) => {
                std::os::unix::fs::chown(&path, None, Some(group_id(group)?))?;
                0o660
            }
            None => 0o600,
        };
        std::fs::set_permissions(&path, Permissions::from_mode(mode))?;
        Ok(listener)
    }

    async fn bind_tcp(config: &HandshakeConfig) -> io::Result<Self> {
        for port in config.ports.clone() {
            if let Ok(listener) = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
                let address = Address::Tcp(listener.local_addr()?);
                return Ok(Self { socket: Socket::Tcp(listener), address });
            }
        }
        let message = format!("no free port from {} to {}", config.ports.start(), config.ports.end());
        Err(io::Error::new(io::ErrorKind::AddrInUse, message))
    }

    /// Returns the address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Accepts connections, with TLS if there is a configuration for it. A failed TLS handshake does not affect other
    /// clients.
    pub fn connections(self, tls: Option<Arc<ServerConfig>>) -> Connections {
        let (sender, receiver) = mpsc::channel(16);
        let address = self.address.clone();
        let acceptor = tls.map(TlsAcceptor::from);
        let accepting = tokio::spawn(self.accept_loop(acceptor, sender));
        Connections {
            receiver,
            first_connection: CancellationToken::new(),
            accepting,
            socket: address.socket().map(Path::to_owned),
        }
    }

    async fn accept_loop(self, acceptor: Option<TlsAcceptor>, sender: mpsc::Sender<io::Result<Connection>>) {
        loop {
            match self.accept().await {
                Ok(stream) => {
                    tokio::spawn(handshake(stream, acceptor.clone(), sender.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    // An immediate retry would spin if, for example, the process has no file descriptors left.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    async fn accept(&self) -> io::Result<Connection> {
        match &self.socket {
            #[cfg(unix)]
            Socket::Unix(listener) => listener.accept().await.map(|(stream, _)| Connection(Box::pin(stream))),
            Socket::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Connection(Box::pin(stream)))
            }
        }
    }
}

/// Completes the TLS handshake of a connection, and sends it to the server.
async fn handshake(stream: Connection, acceptor: Option<TlsAcceptor>, sender: mpsc::Sender<io::Result<Connection>>) {
    let stream = match acceptor {
        None => stream,
        Some(acceptor) => match tokio::time::timeout(TLS_HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Connection(Box::pin(stream)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "rejected a client whose TLS handshake failed");
                return;
            }
            Err(_) => {
                tracing::warn!("rejected a client that did not complete the TLS handshake in time");
                return;
            }
        },
    };
    // The send fails only if the server has shut down.
    let _ = sender.send(Ok(stream)).await;
}

/// Returns the number of a group, given by name or number.
#[cfg(unix)]
fn group_id(group: &str) -> io::Result<u32> {
    if let Ok(number) = group.parse() {
        return Ok(number);
    }
    match nix::unistd::Group::from_name(group)? {
        Some(found) => Ok(found.gid.as_raw()),
        None => Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no group {group:?}"))),
    }
}

/// A stream of connections. Dropping it stops the listener and removes the socket's file.
pub struct Connections {
    receiver: mpsc::Receiver<io::Result<Connection>>,
    first_connection: CancellationToken,
    accepting: tokio::task::JoinHandle<()>,
    socket: Option<PathBuf>,
}

impl Stream for Connections {
    type Item = io::Result<Connection>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let connection = self.receiver.poll_recv(cx);
        if let Poll::Ready(Some(Ok(_))) = &connection {
            self.first_connection.cancel();
        }
        connection
    }
}

impl Connections {
    /// Returns a token that is cancelled by the first connection.
    pub(super) fn first_connection(&self) -> CancellationToken {
        self.first_connection.clone()
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.accepting.abort();
        if let Some(socket) = &self.socket {
            let _ = std::fs::remove_file(socket);
        }
    }
}

/// A bidirectional byte stream.
trait Io: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Io for T {}

/// One connection, over a socket or a port, with or without TLS.
pub struct Connection(Pin<Box<dyn Io>>);

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_shutdown(cx)
    }
}
