//! The plugin's gRPC server, from the handshake to the shutdown.

use std::convert::Infallible;
use std::io::{self, Write};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::Server;

use super::handshake::{self, Address, HandshakeConfig};
use super::lifetime;
use super::listener::{Connections, Listener};
use super::proto::go_plugin::grpc_broker_server::GrpcBrokerServer;
use super::proto::go_plugin::grpc_controller_server::GrpcControllerServer;
use super::proto::go_plugin::grpc_stdio_server::GrpcStdioServer;
use super::proto::tfplugin5::provider_server;
use super::services::{Broker, Controller, Stdio};
use super::tls::{self, MutualTls};

/// The size limit of a message in bytes. Go's plugin servers have the same.
const MAX_MESSAGE: usize = 256 << 20;

/// The time for running calls after the host requests the shutdown. The host kills the process after two seconds.
const GRACE: Duration = Duration::from_secs(1);

/// The reason why the plugin could not serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither a socket nor a port could be bound.
    #[error("could not listen for Terraform")]
    Listen(#[source] io::Error),
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// Standard output is closed, so that the host cannot receive the address.
    #[error("could not write to standard output")]
    Announce(#[source] io::Error),
    /// The server failed.
    #[error("the gRPC server failed")]
    Serve(#[source] tonic::transport::Error),
}

/// Serves the program that started this process until `shutdown`, which that program's shutdown request also cancels.
///
/// # Errors
/// If the server cannot start.
pub async fn serve(
    provider: impl provider_server::Provider,
    config: &HandshakeConfig,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let listener = Listener::bind(config).await.map_err(Error::Listen)?;
    let tls = config.client_certificate.as_deref().map(MutualTls::accepting).transpose()?;
    let certificate = tls.as_ref().map(|tls| tls.certificate.as_slice());
    let line = handshake::handshake_line(listener.address(), certificate, config.multiplex);
    let connections = listener.connections(tls.map(|tls| tls.config));
    announce(&line).map_err(Error::Announce)?;
    lifetime::watch_for_first_connection(connections.first_connection(), shutdown.clone());
    run(provider, connections, shutdown).await
}

/// Serves any client, without TLS and handshake, until `shutdown`. For debuggers.
///
/// # Errors
/// If the server cannot start.
pub async fn serve_reattached(
    provider: impl provider_server::Provider,
    config: &HandshakeConfig,
    announcement: impl FnOnce(&Address) -> String,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let listener = Listener::bind(config).await.map_err(Error::Listen)?;
    let text = announcement(listener.address());
    let connections = listener.connections(None);
    announce(&text).map_err(Error::Announce)?;
    run(provider, connections, shutdown).await
}

fn announce(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}

async fn run(
    provider: impl provider_server::Provider,
    connections: Connections,
    shutdown: CancellationToken,
) -> Result<(), Error> {
    let routes = routes(provider, shutdown.clone()).await;
    let serving = Server::builder()
        // The default windows of 64 KiB make large states slow.
        .initial_stream_window_size(4 << 20)
        .initial_connection_window_size(16 << 20)
        .add_routes(routes)
        .serve_with_incoming_shutdown(connections, shutdown.clone().cancelled_owned());
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served.map_err(Error::Serve),
        () = overdue => Ok(()),
    }
}

async fn routes(provider: impl provider_server::Provider, shutdown: CancellationToken) -> Routes {
    let (health, health_service) = tonic_health::server::health_reporter();
    // The name that a plugin's host uses.
    health.set_service_status("plugin", tonic_health::ServingStatus::Serving).await;
    let provider = provider_server::ProviderServer::new(provider)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let mut routes = Routes::default();
    add(&mut routes, provider);
    add(&mut routes, health_service);
    add(&mut routes, GrpcControllerServer::new(Controller { shutdown: shutdown.clone() }));
    add(&mut routes, GrpcStdioServer::new(Stdio { shutdown: shutdown.clone() }));
    add(&mut routes, GrpcBrokerServer::new(Broker { shutdown }));
    routes
}

fn add<S>(routes: &mut Routes, service: S)
where
    S: tonic::codegen::Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    *routes = std::mem::take(routes).add_service(service);
}
