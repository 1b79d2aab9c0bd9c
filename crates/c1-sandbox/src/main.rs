//! `c1-sandbox`: a ConductorOne tenant and an Okta org on loopback, to try Terraform modules and clients against.

use std::error::Error;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use c1_sandbox::demo::{self, DemoOptions};
use c1_sandbox::{
    C1Behaviour, FaultKind, OPERATIONS, OktaBehaviour, Operation, Options, OrgSize, RateLimits, RatePlan, Sandbox,
};
use clap::{Args, Parser, Subcommand};
use tokio::sync::oneshot;

/// A ConductorOne tenant and an Okta org on loopback.
#[derive(Debug, Parser)]
#[command(name = "c1-sandbox", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve both until SIGTERM or Ctrl-C.
    ///
    /// When both take requests, one JSON line on stdout says where they are and which credentials they know: c1_url,
    /// okta_url, ca_file, client_id, client_secret, access_token, okta_tokens, apps, users, oidc_client_id,
    /// oidc_token.
    #[command(after_long_help = test_interface())]
    Serve(Box<ServeArguments>),
    /// Tell the whole story with real Terraform: a dead token, an apply that ends connected, drift, healing, the end.
    Demo(DemoArguments),
    /// List the operations of both services' published contracts: which are offered, and why the others are not.
    Operations,
}

#[derive(Debug, Args)]
struct DemoArguments {
    /// Terraform or OpenTofu to use; default: the variable TF_BINARY, else terraform on the PATH.
    #[arg(long, value_name = "PATH")]
    terraform: Option<PathBuf>,
    /// The provider's binary; default: built by cargo when cargo runs this, else the one beside this binary.
    #[arg(long, value_name = "PATH")]
    provider: Option<PathBuf>,
    /// Append one JSON line per exchange to this file, without secrets.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Stop before destroy, keep the sandbox running and print how to continue manually.
    #[arg(long)]
    keep: bool,
}

#[derive(Debug, Args)]
struct ServeArguments {
    /// Address of the ConductorOne tenant, loopback only; port 0 selects a free port.
    #[arg(long, value_name = "ADDR", default_value_t = free_port())]
    c1_listen: SocketAddr,
    /// Address of the Okta org, loopback only; port 0 selects a free port.
    #[arg(long, value_name = "ADDR", default_value_t = free_port())]
    okta_listen: SocketAddr,
    /// Users of the Okta org, up to 1,000,000. The few named ones, who own the tokens, are always there.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    users: u32,
    /// Groups of the Okta org, up to 50,000.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=50_000))]
    groups: u32,
    /// Apps of the Okta org, up to 5,000.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=5_000))]
    apps: u32,
    /// Which org of this size: the same seed makes the same one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rate limits of the Okta org: off, integrator, one-app, customer-identity or workforce.
    #[arg(long, value_name = "PLAN", default_value = "off", value_parser = rate_plan)]
    rate_limits: RatePlan,
    /// How much of each rate limit one token gets, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(1..=100))]
    token_share: u8,
    /// Length of a rate-limit window in seconds. Shorter ones than Okta's own show in less time how a client waits.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=60))]
    rate_window: u32,
    /// How many milliseconds every answer of the Okta org takes: a number, or any from one to another, such as 100-500.
    #[arg(long, value_name = "MS", default_value = "0", value_parser = latency)]
    latency: RangeInclusive<Duration>,
    /// Append one JSON line per exchange to this file, without secrets.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Speak https with a certificate for localhost and 127.0.0.1 of a CA made for this run.
    #[arg(long, requires = "ca_file")]
    tls: bool,
    /// Write the CA's certificate to this file, for clients to trust.
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_file: Option<PathBuf>,
    /// Keep the tenant in this file, so that the next run goes on with it. Holds secrets.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// End when stdin is closed, so that the sandbox does not outlive the process that started it.
    #[arg(long)]
    until_stdin_closes: bool,
    /// How long a sync takes at least, such as 500ms or 2s.
    #[arg(long, value_name = "DURATION", default_value = "1500ms", value_parser = service_http::parse_duration)]
    sync_duration: Duration,
    /// How long after the start of one sync a connector starts the next, such as 30m, where it has no schedule.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = service_http::parse_duration)]
    sync_interval: Duration,
    /// How long after a change of an app's owners it is read, such as 1m. Live tenants take 45 to 150 seconds.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = service_http::parse_duration)]
    app_owners_delay: Duration,
    /// How long an issued token for the ConductorOne API is good, such as 30s or 1h.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = service_http::parse_duration)]
    token_lifetime: Duration,
    /// Behaviour of the tenant where ConductorOne's is not documented; repeatable. --help lists the switches.
    #[arg(long = "c1-behaviour", value_name = "NAME=VALUE", long_help = c1_switches())]
    c1_behaviour: Vec<String>,
    /// Behaviour of the Okta orgs where Okta's is not documented; repeatable. --help lists the switches.
    #[arg(long = "okta-behaviour", value_name = "NAME=VALUE", long_help = okta_switches())]
    okta_behaviour: Vec<String>,
}

fn c1_switches() -> String {
    format!(
        "What the tenant does where ConductorOne's behaviour is not published; once for each switch:\n{}",
        C1Behaviour::help()
    )
}

fn okta_switches() -> String {
    format!(
        "What the Okta orgs do where Okta's behaviour is not published; once for each switch:\n{}",
        OktaBehaviour::help()
    )
}

fn latency(text: &str) -> Result<RangeInclusive<Duration>, String> {
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    let millis = |text: &str| {
        text.trim().parse().map(Duration::from_millis).map_err(|_| format!("`{text}` is no number of milliseconds"))
    };
    let (least, most) = (millis(least)?, millis(most)?);
    if least > most { Err("the first number must not be above the second".to_owned()) } else { Ok(least..=most) }
}

/// Returns the help about the test interface, which is at the ConductorOne address and needs no credentials.
fn test_interface() -> String {
    let kinds: String = FaultKind::ALL.iter().map(|(name, _, effect)| format!("  {name}: {effect}\n")).collect();
    format!(
        "At c1_url, without a credential:\n  GET /_sandbox/state: what is in the tenant\n  PATCH \
         /_sandbox/connectors/ID: an administrator's edit\n  PATCH /_sandbox/okta/tokens/KIND: revoke a token, change \
         its owner's roles\n  GET, POST, DELETE /_sandbox/faults: faults that strike the next requests, a list of \
         {{service, method, path, user_agent, kind, times, status, delay_ms, retry_after}}; service is conductorone or okta, * in \
         path stands for anything, times 0 for ever\n\nKinds of faults:\n{kinds}"
    )
}

fn rate_plan(name: &str) -> Result<RatePlan, String> {
    let known = RatePlan::ALL.iter().find(|(known, _)| *known == name).map(|(_, plan)| *plan);
    let names = RatePlan::ALL.map(|(name, _)| name).join(", ");
    known.ok_or_else(|| format!("there is no such plan; there are {names}"))
}

fn free_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse_from(words(std::env::args()));
    let outcome = match command {
        Command::Serve(arguments) => run(serve(*arguments)),
        Command::Demo(arguments) => run(demo(arguments)),
        Command::Operations => operations(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let causes = std::iter::successors(Some(&*error as &dyn Error), |error| (*error).source());
            let text: Vec<String> = causes.map(ToString::to_string).collect();
            // A closed stderr leaves no way to report the error.
            let _ = writeln!(io::stderr(), "c1-sandbox: {}", text.join(": "));
            ExitCode::FAILURE
        }
    }
}

/// `cargo demo -- --keep` hands its `--` on behind `demo`, where it would end the options.
fn words(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut words: Vec<String> = words.collect();
    if words.get(1).is_some_and(|word| word == "demo") && words.get(2).is_some_and(|word| word == "--") {
        words.remove(2);
    }
    words
}

type Outcome = Result<(), Box<dyn Error>>;

fn operations() -> Outcome {
    let mut stdout = io::stdout().lock();
    for Operation { service, method, path, left_out } in OPERATIONS {
        let why = left_out.map(|why| format!("  # not offered: {why}")).unwrap_or_default();
        match writeln!(stdout, "{:<12}  {method:<6}  {path}{why}", service.name()) {
            // The reader, such as `head`, has closed the pipe.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            written => written?,
        }
    }
    Ok(())
}

fn run(command: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(command);
    // Does not wait for a request to some far Okta domain.
    runtime.shutdown_background();
    outcome
}

async fn serve(arguments: ServeArguments) -> Outcome {
    let ServeArguments {
        c1_listen,
        okta_listen,
        users,
        groups,
        apps,
        seed,
        rate_limits,
        token_share,
        rate_window,
        latency,
        journal,
        tls: _,
        ca_file,
        state,
        until_stdin_closes,
        sync_duration,
        sync_interval,
        app_owners_delay,
        token_lifetime,
        c1_behaviour: c1_switches,
        okta_behaviour: okta_switches,
    } = arguments;
    let (mut c1_behaviour, mut okta_behaviour) = (C1Behaviour::default(), OktaBehaviour::default());
    c1_switches.iter().try_for_each(|switch| c1_behaviour.set(switch))?;
    okta_switches.iter().try_for_each(|switch| okta_behaviour.set(switch))?;
    // Before the ready line: who has read it may end the process at once.
    let end = end(until_stdin_closes)?;
    let sandbox = Sandbox::start(Options {
        c1_listen,
        okta_listen,
        org_size: OrgSize { users, groups, apps, seed },
        rate_limits: RateLimits { plan: rate_limits, token_share, window: rate_window },
        okta_latency: latency,
        journal,
        tls_ca_file: ca_file,
        state,
        sync_duration,
        sync_interval,
        app_owners_delay,
        token_lifetime,
        c1_behaviour,
        okta_behaviour,
        ..Options::default()
    })
    .await?;
    {
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{}", serde_json::to_string(sandbox.ready())?)?;
        stdout.flush()?;
    }
    end.await;
    sandbox.stop().await;
    Ok(())
}

async fn demo(arguments: DemoArguments) -> Outcome {
    let DemoArguments { terraform, provider, journal, keep } = arguments;
    let options = DemoOptions { terraform, provider, journal, keep };
    Ok(demo::run(options, &mut io::stdout()).await?)
}

/// Waits for SIGTERM, Ctrl-C or, where wanted, the end of stdin.
fn end(until_stdin_closes: bool) -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    let (closed, stdin_closed) = oneshot::channel();
    if until_stdin_closes {
        // A thread and not Tokio's stdin, whose pending read would hold up the end of the process.
        std::thread::spawn(move || {
            let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
            let _ = closed.send(());
        });
    }
    Ok(async move {
        let stdin = async {
            // Without the flag the sender is gone, which is no reason to end.
            if stdin_closed.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        #[cfg(unix)]
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = stdin => {}
        }
        #[cfg(not(unix))]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = stdin => {}
        }
    })
}
