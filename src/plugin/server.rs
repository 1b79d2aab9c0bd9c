//! The plugin's gRPC server, from the handshake to the end of the process.

use std::convert::Infallible;
use std::io::{self, Write};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codegen::http;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::Server;

use super::handshake::{self, Address, Launch};
use super::lifetime;
use super::listener::{Connections, Listener};
use super::proto::go_plugin::grpc_broker_server::GrpcBrokerServer;
use super::proto::go_plugin::grpc_controller_server::GrpcControllerServer;
use super::proto::go_plugin::grpc_stdio_server::GrpcStdioServer;
use super::proto::tfplugin5::provider_server;
use super::services::{Broker, Controller, Stdio};
use super::tls::{self, MutualTls};

/// Largest message that is accepted or sent, in bytes: the limit of Go's plugin servers.
const MAX_MESSAGE: usize = 256 << 20;

/// How long calls may go on after the host asked the process to end, which waits two seconds for that.
const GRACE: Duration = Duration::from_secs(1);

/// How a plugin's work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The host said goodbye.
    Goodbye,
    /// The host is gone, or somebody ended this process.
    Abrupt,
}

/// Why the plugin could not serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No socket and no port.
    #[error("could not listen for Terraform")]
    Listen(#[source] io::Error),
    /// No TLS.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// Standard output is closed, so nobody can be told where to connect.
    #[error("could not write to standard output")]
    Announce(#[source] io::Error),
    /// The server failed while running.
    #[error("the gRPC server failed")]
    Serve(#[source] tonic::transport::Error),
}

/// Serves the program that started this process until it asks for the end, or is gone.
///
/// # Errors
/// When it cannot even begin.
pub async fn serve(
    provider: impl provider_server::Provider,
    launch: &Launch,
    shutdown: CancellationToken,
) -> Result<End, Error> {
    let listener = Listener::bind(launch).await.map_err(Error::Listen)?;
    let tls = launch.client_certificate.as_deref().map(MutualTls::accepting).transpose()?;
    let certificate = tls.as_ref().map(|tls| tls.certificate.as_slice());
    let line = handshake::line(listener.address(), certificate, launch.multiplex);
    let connections = listener.connections(tls.map(|tls| tls.config));
    announce(&line).map_err(Error::Announce)?;
    lifetime::expect_host(connections.met(), shutdown.clone());
    run(provider, connections, shutdown).await
}

/// Serves whoever connects, without TLS and handshake, until `shutdown`. For debuggers.
///
/// # Errors
/// When it cannot even begin.
pub async fn serve_reattached(
    provider: impl provider_server::Provider,
    launch: &Launch,
    announcement: impl FnOnce(&Address) -> String,
    shutdown: CancellationToken,
) -> Result<End, Error> {
    let listener = Listener::bind(launch).await.map_err(Error::Listen)?;
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
) -> Result<End, Error> {
    let goodbye = CancellationToken::new();
    let controller = Controller { goodbye: goodbye.clone(), shutdown: shutdown.clone() };
    let routes = routes(provider, controller).await;
    let serving = Server::builder()
        // The defaults of 64 KiB make large states slow.
        .initial_stream_window_size(4 << 20)
        .initial_connection_window_size(16 << 20)
        .add_routes(routes)
        .serve_with_incoming_shutdown(connections, shutdown.clone().cancelled_owned());
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = serving => served.map_err(Error::Serve)?,
        () = overdue => {}
    }
    Ok(if goodbye.is_cancelled() { End::Goodbye } else { End::Abrupt })
}

async fn routes(provider: impl provider_server::Provider, controller: Controller) -> Routes {
    let shutdown = controller.shutdown.clone();
    let (health, health_service) = tonic_health::server::health_reporter();
    // The name under which a plugin's host asks.
    health.set_service_status("plugin", tonic_health::ServingStatus::Serving).await;
    let provider = provider_server::ProviderServer::new(provider)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    let mut routes = Routes::default();
    add(&mut routes, provider);
    add(&mut routes, health_service);
    add(&mut routes, GrpcControllerServer::new(controller));
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
