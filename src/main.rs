//! The plugin's binary: parses the command line, then serves.

use std::process::ExitCode;

use terraform_provider_conductorone::framework::server::{Server, in_request};
use terraform_provider_conductorone::plugin::arguments::{Arguments, Command};
use terraform_provider_conductorone::plugin::handshake::{HandshakeConfig, HandshakeError};
use terraform_provider_conductorone::plugin::{environment, lifetime, logs, panics, reattach, server};
use terraform_provider_conductorone::provider::ConductorOne;
use tokio_util::sync::CancellationToken;

/// The plugin's name, version and texts.
const ARGUMENTS: Arguments = Arguments {
    program: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    about: "Terraform provider that connects ConductorOne with an Okta org.",
    provider_address: "terraform.local/conductorone-okta/conductorone",
};

/// The log of this plugin. Libraries are not logged, because an HTTP library logs the tokens that it sends.
const LOGS: logs::LogConfig = logs::LogConfig {
    level_variable: "TF_LOG_PROVIDER_CONDUCTORONE",
    crates: &[
        "terraform_provider_conductorone",
        "service_http",
        "conductorone_client",
        "okta_client",
        "okta_inventory",
    ],
};

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match ARGUMENTS.parse(std::env::args().skip(1)) {
        Ok(Command::Print(text)) => return print(&text),
        Ok(Command::Serve) => serve().await,
        Ok(Command::Debug { provider_address }) => debug(&provider_address).await,
        Err(invalid) => Err(invalid.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let config = HandshakeConfig::from_environment(environment::variable)?;
    let shutdown = CancellationToken::new();
    lifetime::watch_parent(shutdown.clone());
    observe();
    server::serve(Server::new(ConductorOne::default())?, &config, shutdown).await?;
    Ok(())
}

async fn debug(provider_address: &str) -> Result<(), Box<dyn std::error::Error>> {
    let shutdown = CancellationToken::new();
    lifetime::watch_signals(shutdown.clone());
    observe();
    let config = HandshakeConfig::for_debugger(environment::variable)?;
    let announcement = |address: &_| reattach::announcement(provider_address, address);
    server::serve_reattached(Server::new(ConductorOne::default())?, &config, announcement, shutdown).await?;
    Ok(())
}

fn observe() {
    panics::install(in_request);
    logs::install(&LOGS, environment::variable);
}

#[expect(clippy::print_stdout, reason = "the process does not serve")]
fn print(text: &str) -> ExitCode {
    println!("{text}");
    ExitCode::SUCCESS
}

/// Prints an error for a user at a terminal, or for the log of the program that started this one.
#[expect(clippy::print_stderr, reason = "Terraform is not connected, so standard error is the only channel")]
fn report(error: &(dyn std::error::Error + 'static)) {
    if error.downcast_ref::<HandshakeError>() == Some(&HandshakeError::NotAHost) {
        eprintln!("{error}");
        return;
    }
    let causes = std::iter::successors(Some(error), |error| error.source());
    eprintln!("Error: {}", causes.map(ToString::to_string).collect::<Vec<_>>().join(": "));
}
