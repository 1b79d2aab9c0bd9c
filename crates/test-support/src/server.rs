//! Servers on loopback, with and without TLS.

use std::net::Ipv4Addr;

use axum::Router;
use axum_server::tls_rustls::RustlsConfig;
use tokio::net::TcpListener;

use crate::Authority;

/// Serves `app` on a free loopback port until the test ends. Returns the server's origin.
pub async fn serve(app: Router) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    origin
}

/// Serves `app` over TLS on a free loopback port until the test ends. Returns the server's origin and the PEM of the
/// certificate authority that issued its certificate.
pub async fn serve_tls(app: Router) -> (String, String) {
    let authority = Authority::new();
    let config = RustlsConfig::from_config(authority.server());
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum_server::from_tcp_rustls(listener, config).unwrap().serve(app.into_make_service()).await
    });
    (origin, authority.pem().to_owned())
}
