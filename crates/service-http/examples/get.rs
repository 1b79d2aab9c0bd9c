//! Sends one GET request and prints the outcome. Takes the origin of a server as its argument.
//!
//! The integration test `environment` runs it with environment variables that another process cannot have.

#![expect(clippy::print_stdout, reason = "the output is the purpose")]

use service_http::{Client, Method, Origin, Request, SendError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let origin: Origin = std::env::args().nth(1).ok_or("usage: get ORIGIN")?.parse()?;
    match Client::new("example/1").send(&Request::new(Method::GET, &origin, &["hello"])).await {
        Ok(response) => println!("status {}", response.status().as_u16()),
        Err(SendError::NotSent(error)) => println!("not sent: {error}"),
        Err(other) => println!("other: {other:?}"),
    }
    Ok(())
}
