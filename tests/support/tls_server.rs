//! A server in TLS on loopback, with a certificate authority of its own.

use std::net::Ipv4Addr;

use axum::Router;
use axum_server::tls_rustls::RustlsConfig;

#[path = "authority.rs"]
mod authority;

use self::authority::Authority;

/// Serves `app` on a free loopback port until the test ends, and gives the server's address and the PEM of the authority
/// that vouches for it.
pub async fn serve_tls(app: Router) -> (String, String) {
    let authority = Authority::new();
    let config = RustlsConfig::from_config(authority.server());
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        axum_server::from_tcp_rustls(listener, config).unwrap().serve(app.into_make_service()).await
    });
    (address, authority.pem().to_owned())
}
