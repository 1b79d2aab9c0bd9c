//! Where the host connects: a Unix socket that only this user can open, or a port of the loopback interface.

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

/// Longest time that a client may take for the TLS handshake.
const TLS_HANDSHAKE: Duration = Duration::from_secs(10);

/// A bound socket or port. Dropping it removes the socket's file.
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
    /// Binds a Unix socket where there are such, else the first free port of the range.
    ///
    /// A folder whose path is too long for a socket (about 107 bytes) makes it a port too.
    ///
    /// # Errors
    /// When neither can be bound, or the socket cannot be given to the group that the host named.
    pub async fn bind(launch: &HandshakeConfig) -> io::Result<Self> {
        #[cfg(unix)]
        {
            let folder = launch.socket_dir.clone().unwrap_or_else(std::env::temp_dir);
            match Self::bind_unix(&folder, launch.socket_group.as_deref()) {
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    tracing::warn!(%error, "no socket in this folder, listening on a port instead");
                }
                bound => return bound,
            }
        }
        Self::bind_tcp(launch).await
    }

    #[cfg(unix)]
    fn bind_unix(folder: &Path, group: Option<&str>) -> io::Result<Self> {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;

        let path = folder.join(format!("plugin{}", rand::random::<u64>()));
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

    async fn bind_tcp(launch: &HandshakeConfig) -> io::Result<Self> {
        for port in launch.ports.clone() {
            if let Ok(listener) = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
                let address = Address::Tcp(listener.local_addr()?);
                return Ok(Self { socket: Socket::Tcp(listener), address });
            }
        }
        let message = format!("no free port from {} to {}", launch.ports.start(), launch.ports.end());
        Err(io::Error::new(io::ErrorKind::AddrInUse, message))
    }

    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The connections that come in, over TLS when there is a configuration for it. A client whose handshake
    /// fails is turned away without disturbing others.
    pub fn connections(self, tls: Option<Arc<ServerConfig>>) -> Connections {
        let (sender, receiver) = mpsc::channel(16);
        let address = self.address.clone();
        let acceptor = tls.map(TlsAcceptor::from);
        let accepting = tokio::spawn(async move {
            loop {
                match self.accept().await {
                    Ok(stream) => {
                        tokio::spawn(accept_connection(stream, acceptor.clone(), sender.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "could not accept a connection");
                        // Out of file descriptors, for instance; trying again at once would spin.
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                }
            }
        });
        Connections {
            receiver,
            first_connection: CancellationToken::new(),
            accepting,
            socket: address.socket().map(Path::to_owned),
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

async fn accept_connection(
    stream: Connection,
    acceptor: Option<TlsAcceptor>,
    sender: mpsc::Sender<io::Result<Connection>>,
) {
    let stream = match acceptor {
        None => stream,
        Some(acceptor) => match tokio::time::timeout(TLS_HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Connection(Box::pin(stream)),
            Ok(Err(error)) => return tracing::warn!(%error, "turned a client away"),
            Err(_) => return tracing::warn!("turned a client away that did not finish its TLS handshake"),
        },
    };
    // Nobody receives any more once the server shuts down.
    drop(sender.send(Ok(stream)).await);
}

/// The number of a group that is given by name or number.
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

/// Incoming connections. Dropping it stops listening and removes the socket's file.
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
    /// Cancelled once somebody has connected.
    pub(super) fn first_connection(&self) -> CancellationToken {
        self.first_connection.clone()
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.accepting.abort();
        if let Some(socket) = &self.socket {
            drop(std::fs::remove_file(socket));
        }
    }
}

/// What can be read from and written to.
trait Io: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> Io for T {}

/// One connection, whatever it runs over.
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
