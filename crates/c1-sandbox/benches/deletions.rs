//! Processor time of the sandbox per round of creating and deleting apps and connectors. Prints a table and asserts
//! nothing.
//!
//! `cargo bench -p c1-sandbox --bench deletions` runs five rounds of 300 apps with one connector each; `-- 100` runs
//! rounds of 100. Every row should cost the same: what earlier rounds deleted must not slow down later ones.
//! `-- 300 --state` keeps the tenant in a file as well.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use reqwest::{Client, Method};
use serde_json::{Value, json};

const ROUNDS: usize = 5;

/// Concurrent requests, as with Terraform's default parallelism.
const PARALLELISM: usize = 10;

/// Pause between two reads of a connector whose sync is running.
const POLL: Duration = Duration::from_millis(200);

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Outcome<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(run())
}

async fn run() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let count = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(300);
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_c1-sandbox"));
    command.args(["serve", "--until-stdin-closes", "--sync-duration", "0s"]);
    if arguments.iter().any(|argument| argument == "--state") {
        command.arg("--state").arg(folder.path().join("state.json"));
    }
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(process.stdout.take().ok_or("no stdout")?).read_line(&mut line)?;
    let tenant = Tenant::new(&serde_json::from_str(&line)?)?;

    let mut out = std::io::stdout();
    writeln!(out, "{count} apps with one connector each; processor seconds of the sandbox")?;
    writeln!(out, "| round | deleted before | create | delete |\n| --- | --- | --- | --- |")?;
    for round in 0..ROUNDS {
        let start = cpu_seconds(process.id());
        let created: Vec<(String, String)> =
            stream::iter(0..count).map(|_| tenant.create()).buffer_unordered(PARALLELISM).try_collect().await?;
        let middle = cpu_seconds(process.id());
        let deletions = stream::iter(&created).map(|(app, connector)| tenant.delete(app, connector));
        deletions.buffer_unordered(PARALLELISM).try_collect::<Vec<()>>().await?;
        let end = cpu_seconds(process.id());
        writeln!(out, "| {} | {} | {:.2} | {:.2} |", round + 1, round * count, middle - start, end - middle)?;
    }
    drop(process.stdin.take());
    process.wait()?;
    Ok(())
}

/// A client of the sandbox's ConductorOne tenant.
struct Tenant {
    http: Client,
    url: String,
    token: String,
    config: Value,
}

impl Tenant {
    fn new(ready: &Value) -> Outcome<Self> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let config = json!({"@type": "type.googleapis.com/c1.api.app.v1.EnvConfig", "configuration": {
            "okta_domain": {"stringValue": ready["okta_url"]},
            "okta_api_key": {"stringValue": ready["okta_tokens"]["super_admin"]}}});
        let http = Client::builder().no_proxy().build()?;
        Ok(Self { http, url: text(&ready["c1_url"]), token: text(&ready["access_token"]), config })
    }

    /// Creates an app and a connector, and waits for the connector's first sync.
    async fn create(&self) -> Outcome<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let app = self.call(Method::POST, "/api/v1/apps", &json!({"displayName": "Bench"})).await?;
        let app = text(&app["app"]["id"]);
        let body = json!({"catalogId": "23w9L3qudsiSZQJ8jUP1KYyQqVW", "config": self.config});
        let created = self.call(Method::POST, &format!("/api/v1/apps/{app}/connectors/create"), &body).await?;
        let connector = text(&created["connectorView"]["connector"]["id"]);
        let path = format!("/api/v1/apps/{app}/connectors/{connector}");
        while self.call(Method::GET, &path, &Value::Null).await?["connectorView"]["connector"]["status"]["status"]
            != "SYNC_STATUS_DONE"
        {
            tokio::time::sleep(POLL).await;
        }
        Ok((app, connector))
    }

    async fn delete(&self, app: &str, connector: &str) -> Outcome<()> {
        self.call(Method::DELETE, &format!("/api/v1/apps/{app}/connectors/{connector}"), &json!({})).await?;
        self.call(Method::DELETE, &format!("/api/v1/apps/{app}"), &json!({})).await.map(drop)
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Outcome<Value> {
        let request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        let request = if body.is_null() { request } else { request.json(body) };
        Ok(request.send().await?.error_for_status()?.json().await?)
    }
}

/// Processor time of a process so far, in seconds. 0 on systems without `/proc`.
fn cpu_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}
