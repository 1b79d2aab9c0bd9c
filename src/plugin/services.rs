//! The services of go-plugin, which a host expects in addition to the plugin's own.

use std::pin::Pin;

use futures::{Stream, StreamExt, stream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::proto::go_plugin::conn_info::Knock;
use super::proto::go_plugin::{ConnInfo, Empty, StdioData};
use super::proto::go_plugin::{grpc_broker_server, grpc_controller_server, grpc_stdio_server};

/// Shuts the process down on the host's request.
pub(super) struct Controller {
    /// Cancelled by the host's request.
    pub(super) shutdown: CancellationToken,
}

#[tonic::async_trait]
impl grpc_controller_server::GrpcController for Controller {
    async fn shutdown(&self, _request: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("received a shutdown request");
        self.shutdown.cancel();
        Ok(Response::new(Empty {}))
    }
}

/// A stream without data: this process writes log lines to its real standard error, and nothing to standard output. The
/// stream stays open until the process ends, as the host expects.
pub(super) struct Stdio {
    /// Ends the stream.
    pub(super) shutdown: CancellationToken,
}

#[tonic::async_trait]
impl grpc_stdio_server::GrpcStdio for Stdio {
    type StreamStdioStream = Pin<Box<dyn Stream<Item = Result<StdioData, Status>> + Send>>;

    async fn stream_stdio(&self, _request: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        let shutdown = self.shutdown.clone().cancelled_owned();
        Ok(Response::new(Box::pin(stream::pending().take_until(shutdown))))
    }
}

/// Rejects all brokered connections. Providers never use them.
pub(super) struct Broker {
    /// Ends the stream.
    pub(super) shutdown: CancellationToken,
}

#[tonic::async_trait]
impl grpc_broker_server::GrpcBroker for Broker {
    type StartStreamStream = Pin<Box<dyn Stream<Item = Result<ConnInfo, Status>> + Send>>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let rejections = request.into_inner().filter_map(|offer| async move {
            let ConnInfo { service_id, knock, .. } = offer.ok()?;
            if !knock?.knock {
                return None;
            }
            let error = format!("this plugin does not accept connection {service_id}");
            let knock = Knock { knock: false, ack: true, error };
            Some(Ok(ConnInfo { service_id, knock: Some(knock), ..ConnInfo::default() }))
        });
        // The host closes its half early. A Go server keeps the other half open.
        let open = rejections.chain(stream::pending());
        Ok(Response::new(Box::pin(open.take_until(self.shutdown.clone().cancelled_owned()))))
    }
}
