//! The plugin's binary: arguments, then serve.

use std::process::ExitCode;

use clap::Parser;
use terraform_provider_conductorone::framework::server::{Server, in_request};
use terraform_provider_conductorone::plugin::handshake::{Launch, Refusal};
use terraform_provider_conductorone::plugin::server::End;
use terraform_provider_conductorone::plugin::{lifetime, logs, panics, reattach, server};
use terraform_provider_conductorone::provider::ConductorOne;
use tokio_util::sync::CancellationToken;

/// Terraform provider that connects ConductorOne with an Okta org.
///
/// Terraform and OpenTofu start this program themselves, without arguments.
#[derive(Parser)]
#[command(name = "terraform-provider-conductorone", version)]
struct Arguments {
    /// Run until interrupted, for a debugger, and print the TF_REATTACH_PROVIDERS that makes Terraform use it.
    #[arg(long)]
    debug: bool,
    /// With --debug: the provider's source address in the configurations that use it.
    #[arg(long, value_name = "ADDRESS", default_value = "terraform.local/conductorone-okta/conductorone")]
    provider_address: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    // Go's providers take `-debug`, and the tools that start them know nothing else.
    let arguments = std::env::args().map(|word| if word == "-debug" { "--debug".to_owned() } else { word });
    let arguments = Arguments::parse_from(arguments);
    let shutdown = CancellationToken::new();
    let outcome = if arguments.debug {
        lifetime::follow_person(shutdown.clone());
        debug(&arguments.provider_address, shutdown).await
    } else {
        serve(shutdown).await
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

type Failed = Box<dyn std::error::Error>;

async fn serve(shutdown: CancellationToken) -> Result<(), Failed> {
    let launch = Launch::from_environment(variable)?;
    lifetime::follow_host(shutdown.clone());
    observe();
    let provider = Server::new(ConductorOne::default())?;
    if server::serve(provider.clone(), &launch, shutdown).await? == End::Goodbye {
        provider.finish();
    }
    Ok(())
}

async fn debug(provider_address: &str, shutdown: CancellationToken) -> Result<(), Failed> {
    observe();
    let launch = Launch::for_debugger(variable)?;
    let announcement = |address: &_| reattach::announcement(provider_address, address);
    let provider = Server::new(ConductorOne::default())?;
    server::serve_reattached(provider, &launch, announcement, shutdown).await?;
    Ok(())
}

/// Crates whose events are logged. Libraries log what passes through them, and an HTTP library handles tokens.
const LOGGED_CRATES: [&str; 5] =
    ["terraform_provider_conductorone", "service_http", "conductorone_client", "okta_client", "okta_inventory"];

fn observe() {
    panics::install(in_request);
    logs::install(logs::level(variable), &LOGGED_CRATES);
}

/// An environment variable. One that is not Unicode counts as unset.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Tells a person at a terminal, or the log of the program that started this one, what went wrong.
#[expect(clippy::print_stderr, reason = "Nobody is connected yet who could be told otherwise")]
fn complain(error: &(dyn std::error::Error + 'static)) {
    if error.downcast_ref::<Refusal>().is_some_and(|refusal| *refusal == Refusal::NotAHost) {
        return eprintln!("{error}");
    }
    let causes = std::iter::successors(Some(error), |error| error.source());
    eprintln!("Error: {}", causes.map(ToString::to_string).collect::<Vec<_>>().join(": "));
}
