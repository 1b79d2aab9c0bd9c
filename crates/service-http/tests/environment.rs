//! The variables of the environment that affect connections. Each case runs the example `get` in a process of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world must stop")]
#![cfg(target_os = "linux")]

use axum::Router;
use axum::routing::get;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::process::Command;

fn hello() -> Router {
    Router::new().route("/hello", get(|| async { "hello" }))
}

/// Returns the outcome of a request to `origin` from a process with these environment variables.
async fn outcome_in(environment: &[(&str, &str)], origin: &str) -> String {
    // Cargo builds the example with the tests, into the folder beside that of the tests.
    let tests = std::env::current_exe().unwrap();
    let example = tests.parent().unwrap().parent().unwrap().join("examples/get");
    assert!(example.exists(), "run `cargo test -p service-http`, which also builds the example `get`");
    let mut command = Command::new(example);
    command.arg(origin);
    for name in ["SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    let output = command.envs(environment.iter().copied()).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn only_authorities_of_the_file_or_directory_are_trusted() {
    let (origin, authority) = test_support::serve_tls(hello()).await;
    let origin = origin.to_string();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("company.pem");
    std::fs::write(&file, authority).unwrap();
    let empty = tempfile::tempdir().unwrap();
    let (file, directory) = (file.to_str().unwrap(), directory.path().to_str().unwrap());
    let directories = format!("{}:{directory}", empty.path().display());

    let trusted = "status 200";
    assert_eq!(outcome_in(&[("SSL_CERT_FILE", file)], &origin).await, trusted);
    assert_eq!(outcome_in(&[("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", directory)], &origin).await, trusted);
    assert_eq!(outcome_in(&[("SSL_CERT_DIR", &directories)], &origin).await, trusted);
    let nowhere = [("SSL_CERT_FILE", "/nowhere.pem"), ("SSL_CERT_DIR", "/nowhere")];
    let outcome = outcome_in(&nowhere, &origin).await;
    assert!(outcome.starts_with("not sent: "), "{outcome}");
}

#[tokio::test]
async fn proxies_are_used_for_other_machines_only() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let environment = [("HTTPS_PROXY", &*address), ("HTTP_PROXY", &*address), ("ALL_PROXY", &*address)];
    let origin = test_support::serve(hello()).await;
    assert_eq!(outcome_in(&environment, &origin.to_string()).await, "status 200");

    let first_line = tokio::spawn(async move {
        let (mut stream, _) = proxy.accept().await.unwrap();
        let mut buffer = [0; 64];
        let length = stream.read(&mut buffer).await.unwrap();
        String::from_utf8_lossy(&buffer[..length]).lines().next().unwrap_or_default().to_owned()
    });
    // The request to the proxy needs no certificate authorities, but the client cannot be created without any.
    let (_, authority) = test_support::serve_tls(Router::new()).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, authority).unwrap();
    let environment = [("HTTPS_PROXY", &*address), ("SSL_CERT_FILE", file.path().to_str().unwrap())];
    let outcome = outcome_in(&environment, "https://acme.example").await;
    assert!(outcome.starts_with("not sent: "), "{outcome}");
    assert_eq!(first_line.await.unwrap(), "CONNECT acme.example:443 HTTP/1.1");
}
