//! Compares the inventory with the bounds set by an org's page sizes, latency and rate limits. Prints tables, asserts
//! nothing.
//!
//! `cargo bench --bench inventory` takes a few minutes. Readers whose processor time and memory are shown run in a
//! process of their own. `cargo bench --bench inventory -- --million` adds an org of 1,000,000 users; `-- --only latency`
//! prints one table of `speed`, `latency`, `limits`, `shared`, `medium` and `million`.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use c1_sandbox::{Options, OrgCounts, OrgSize, RateLimits, RatePlan, Sandbox};
use okta_client::{AuthenticatedClient, Client, Limits, RateShare, Token};
use okta_inventory::{Detail, Event, Selection, Sink};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const SANDBOX: &str = env!("CARGO_BIN_EXE_c1-sandbox");
const SIZE: OrgSize = OrgSize { users: 100_000, groups: 5_000, apps: 1_000, seed: 1 };
const MEDIUM: OrgSize = OrgSize { users: 12_000, groups: 2_000, apps: 400, seed: 1 };
const CONCURRENCY: usize = 35;
const EVERYTHING: Selection =
    Selection { skip_inactive_apps: false, deprovisioned_users: true, aws_saml_roles: false, detail: Detail::Full };

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.iter().position(|argument| argument == "--reader") {
        Some(at) => runtime.block_on(read(&arguments[at + 1..])),
        None => {
            let only = arguments.iter().skip_while(|argument| *argument != "--only").nth(1);
            let million = arguments.iter().any(|argument| argument == "--million");
            let tables = |table: &str| match only {
                Some(only) => only == table,
                None => million || table != "million",
            };
            runtime.block_on(print(tables))
        }
    }
}

/// Reads the org in this process and prints the figures of one row.
async fn read(arguments: &[String]) -> Outcome<()> {
    let [what, url, token] = arguments else { return Err("--reader WHAT URL TOKEN".into()) };
    let started = Instant::now();
    let requests = match what.as_str() {
        "inventory" => {
            let client = client(url, token, Limits::default()).await?;
            okta_inventory::crawl(&client, EVERYTHING, &mut Discard).await?.requests
        }
        _ => fetch_only(url, token).await?,
    };
    let row = json!({
        "requests": requests, "wall": started.elapsed().as_secs_f64(), "cpu": cpu_seconds(), "memory": peak_memory("self"),
    });
    Ok(writeln!(std::io::stdout(), "{row}")?)
}

async fn client(url: &str, token: &str, limits: Limits) -> Outcome<AuthenticatedClient> {
    let organization = Client::new(url.parse()?, service_http::Client::new("test/1"), limits).organization().await?;
    Ok(organization.with_token(Token::try_new(SecretString::from(token))?))
}

/// Discards all events.
struct Discard;

impl Sink for Discard {
    type Error = Infallible;

    async fn accept(&mut self, _: Event) -> Result<(), Infallible> {
        Ok(())
    }
}

/// The addresses of the lists of an org's groups and apps.
#[derive(Default)]
struct Lists(Vec<String>);

impl Sink for Lists {
    type Error = Infallible;

    async fn accept(&mut self, event: Event) -> Result<(), Infallible> {
        match event {
            Event::Groups(groups) => {
                for group in groups.iter().filter(|group| !group.is_everyone()) {
                    let lists = [
                        (group.users_count != Some(0), "users?limit=1000"),
                        (group.apps_count != Some(0), "apps?limit=200"),
                        (group.has_admin_roles == Some(true), "roles"),
                    ];
                    let lists = lists.into_iter().filter(|(is_some, _)| *is_some);
                    self.0.extend(lists.map(|(_, list)| format!("/api/v1/groups/{}/{list}", group.id)));
                }
            }
            Event::Apps(apps) => {
                self.0.extend(apps.iter().map(|app| format!("/api/v1/apps/{}/users?limit=500", app.id)));
            }
            _ => {}
        }
        Ok(())
    }
}

/// Fetches the pages of an inventory over the same number of connections and discards them. A lower bound.
async fn fetch_only(url: &str, token: &str) -> Outcome<u64> {
    let mut lists = Lists::default();
    let of_lists = client(url, token, Limits::default()).await?;
    let counts = Selection { detail: Detail::Counts, ..EVERYTHING };
    okta_inventory::crawl(&of_lists, counts, &mut lists).await?;
    lists.0.push("/api/v1/users?limit=200&search=status+pr".to_owned());
    let (http, requests) = (reqwest::Client::builder().no_proxy().build()?, Arc::new(AtomicU64::new(0)));
    let mut running = JoinSet::new();
    for list in lists.0.into_iter().rev() {
        if running.len() >= CONCURRENCY {
            running.join_next().await.transpose()?.transpose()?;
        }
        let (http, requests, authorization) = (http.clone(), Arc::clone(&requests), format!("SSWS {token}"));
        let mut next = Some(format!("{url}{list}"));
        running.spawn(async move {
            while let Some(page) = next.take() {
                let mut answer = http.get(page).header("authorization", &authorization).send().await?;
                requests.fetch_add(1, Ordering::Relaxed);
                next = answer.headers().get_all("link").iter().find_map(|link| {
                    let link = link.to_str().ok()?.strip_suffix(">; rel=\"next\"")?;
                    Some(link.trim_start_matches('<').to_owned())
                });
                while answer.chunk().await?.is_some() {}
            }
            Ok::<(), reqwest::Error>(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    Ok(requests.load(Ordering::Relaxed))
}

async fn print(wants: impl Fn(&str) -> bool) -> Outcome<()> {
    let mut out = std::io::stdout();
    let counts = OrgCounts::of_size(SIZE);
    writeln!(
        out,
        "An org of {} users, {} groups, {} apps: {} memberships, {} users of apps, {} administrators.",
        counts.users, counts.groups, counts.apps, counts.memberships, counts.app_users, counts.administrators
    )?;
    writeln!(out, "The fewest requests for all of it: {}.\n", counts.fewest_requests())?;
    if wants("speed") {
        speed(&mut out, &counts)?;
    }
    if wants("latency") {
        latency(&mut out, &counts)?;
    }
    if wants("limits") {
        limited(&mut out, false).await?;
    }
    if wants("shared") {
        limited(&mut out, true).await?;
    }
    if wants("medium") {
        medium(&mut out).await?;
    }
    if wants("million") {
        million(&mut out).await?;
    }
    Ok(())
}

fn head(out: &mut impl Write, conditions: &str) -> std::io::Result<()> {
    writeln!(out, "{conditions:<26} requests  of fewest  wall s  reader's cpu s  reader's peak MB")
}

/// Compares the reader with a loop that only fetches, without limits or latency.
fn speed(out: &mut impl Write, counts: &OrgCounts) -> Outcome<()> {
    head(out, "No limits, no latency")?;
    let org = Org::serve(SIZE, &[])?;
    for what in ["inventory", "fetch only"] {
        row(out, what, &org.reader(what)?, counts)?;
    }
    Ok(writeln!(out, "peak memory of the org: {:.0} MB\n", org.peak_memory())?)
}

/// Compares the reader with the bound set by latency and concurrency.
fn latency(out: &mut impl Write, counts: &OrgCounts) -> Outcome<()> {
    let org = Org::serve(SIZE, &["--latency", "100"])?;
    head(out, "100 ms latency")?;
    let found = org.reader("inventory")?;
    row(out, "inventory", &found, counts)?;
    let bound = found["requests"].as_f64().unwrap_or_default() * 0.1 / CONCURRENCY as f64;
    let wall = found["wall"].as_f64().unwrap_or_default();
    Ok(writeln!(
        out,
        "bound with {CONCURRENCY} requests in flight: {bound:.1} s, {:.1} % of it reached\n",
        bound / wall * 100.0
    )?)
}

/// Reads the largest org.
async fn million(out: &mut impl Write) -> Outcome<()> {
    let size = OrgSize { users: 1_000_000, ..SIZE };
    let (counts, begun) = (OrgCounts::of_size(size), Instant::now());
    let org = Org::serve(size, &[])?;
    writeln!(out, "1,000,000 users: the org starts in {:.1} s", begun.elapsed().as_secs_f64())?;
    head(out, "No limits, no latency")?;
    row(out, "inventory", &org.reader("inventory")?, &counts)?;
    writeln!(out, "a page of 200 users takes {:.2} ms", org.page_time("users?limit=200").await? * 1_000.0)?;
    writeln!(out, "peak memory of the org: {:.0} MB\n", org.peak_memory())?;
    drop(org);

    let (size, begun) = (OrgSize { groups: 50_000, apps: 5_000, ..size }, Instant::now());
    let org = Org::serve(size, &[])?;
    let start = begun.elapsed().as_secs_f64();
    writeln!(out, "1,000,000 users, 50,000 groups, 5,000 apps: the org starts in {start:.1} s")?;
    for page in
        ["users?limit=200", "users?limit=200&search=status+pr", "groups?limit=200&expand=stats", "apps?limit=200"]
    {
        writeln!(out, "{page:<40} {:.2} ms", org.page_time(page).await? * 1_000.0)?;
    }
    Ok(writeln!(out, "peak memory of the org: {:.0} MB", org.peak_memory())?)
}

fn row(out: &mut impl Write, what: &str, found: &Value, counts: &OrgCounts) -> Outcome<()> {
    let number = |name: &str| found[name].as_f64().unwrap_or_default();
    let share = number("requests") / counts.fewest_requests() as f64 * 100.0;
    Ok(writeln!(
        out,
        "{what:<26} {:>8}  {share:>7.1} %  {:>6.1}  {:>14.2}  {:>16.1}",
        number("requests"),
        number("wall"),
        number("cpu"),
        number("memory"),
    )?)
}

/// Reads a medium org with the default share of the limits, in windows that are a tenth of Okta's.
async fn medium(out: &mut impl Write) -> Outcome<()> {
    let rate_limits = RateLimits { plan: RatePlan::Workforce, token_share: 50, window: 6 };
    let sandbox = Sandbox::start(Options { org_size: MEDIUM, rate_limits, ..Options::default() }).await?;
    let (url, token) = (sandbox.ready().okta_url.clone(), sandbox.ready().okta_tokens.super_admin.clone());
    let org = &sandbox.okta_orgs()[0];
    let counts = org.counts();
    head(out, "Windows of 6 s, share 50 %")?;
    let found = tokio::task::spawn_blocking(move || reader("inventory", &url, &token)).await??;
    row(out, "12,000 users", &found, &counts)?;
    let traffic = org.traffic();
    let (rate, concurrency) = (traffic.rate_refusals, traffic.concurrency_refusals);
    writeln!(out, "429 responses: {rate} for a rate limit, {concurrency} for concurrency\n")?;
    sandbox.stop().await;
    Ok(())
}

/// Reads an org with Workforce limits and a token share of 50 %, in windows of 2 s.
async fn limited(out: &mut impl Write, with_other: bool) -> Outcome<()> {
    let rate_limits = RateLimits { plan: RatePlan::Workforce, token_share: 50, window: 2 };
    let sandbox = Sandbox::start(Options { org_size: SIZE, rate_limits, ..Options::default() }).await?;
    let (url, token) = (sandbox.ready().okta_url.clone(), sandbox.ready().okta_tokens.super_admin.clone());
    let (others, refused_others) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let other = with_other.then(|| {
        let (url, token, others, refused) =
            (url.clone(), token.clone(), Arc::clone(&others), Arc::clone(&refused_others));
        tokio::spawn(async move {
            let http = reqwest::Client::builder().no_proxy().build().unwrap_or_default();
            // 15 of the 50 requests to apps in each window.
            let mut pace = tokio::time::interval(Duration::from_millis(133));
            loop {
                pace.tick().await;
                let request =
                    http.get(format!("{url}/api/v1/apps?limit=1")).header("authorization", format!("SSWS {token}"));
                if let Ok(answer) = request.send().await {
                    others.fetch_add(1, Ordering::Relaxed);
                    refused.fetch_add(u64::from(answer.status() == 429), Ordering::Relaxed);
                }
            }
        })
    });
    let org = &sandbox.okta_orgs()[0];
    let counts = org.counts();
    org.forget_traffic();
    let begun = Instant::now();
    let client = client(&url, &token, Limits::new(RateShare::percent(100)?)).await?;
    let summary = okta_inventory::crawl(&client, EVERYTHING, &mut Discard).await?;
    let wall = begun.elapsed().as_secs_f64();
    if let Some(other) = other {
        other.abort();
    }
    let traffic = org.traffic();
    let of_others = refused_others.load(Ordering::Relaxed);
    writeln!(
        out,
        "Workforce limits, windows of 2 s, token share 50 %{}",
        if with_other { ", another client with 30 % of the apps limit" } else { "" }
    )?;
    let apps = counts.app_user_pages + counts.apps.div_ceil(200);
    let quota = if with_other { 35 } else { 50 };
    let floor = (apps.div_ceil(quota) - 1) * 2;
    writeln!(
        out,
        "requests {}, wall {wall:.1} s, floor of the apps limit {floor} s ({:+.1} %)",
        summary.requests,
        (wall / floor as f64 - 1.0) * 100.0
    )?;
    writeln!(
        out,
        "429 responses: {} of this client, {of_others} of {} of the other client, {} for concurrency",
        traffic.rate_refusals - of_others,
        others.load(Ordering::Relaxed),
        traffic.concurrency_refusals
    )?;
    let full = traffic.windows.get("/api/v1/apps*").cloned().unwrap_or_default();
    let used: Vec<f64> = full.iter().map(|(quota, used)| f64::from(*used) / f64::from(*quota) * 100.0).collect();
    let least = used.iter().copied().fold(f64::INFINITY, f64::min);
    let mean = used.iter().sum::<f64>() / used.len().max(1) as f64;
    writeln!(
        out,
        "full windows of the apps limit: {}, used {mean:.1} % on average and {least:.1} % at the least\n",
        full.len()
    )?;
    sandbox.stop().await;
    Ok(())
}

/// Runs a reader in a process of its own and returns its figures.
fn reader(what: &str, url: &str, token: &str) -> Outcome<Value> {
    let reader = Command::new(std::env::current_exe()?).args(["--reader", what, url, token]).output()?;
    if !reader.status.success() {
        return Err(String::from_utf8_lossy(&reader.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&reader.stdout)?)
}

/// An org in a process of its own, which ends when this is dropped.
struct Org {
    process: Child,
    url: String,
    token: String,
}

impl Org {
    fn serve(size: OrgSize, more: &[&str]) -> Outcome<Self> {
        let mut process = Command::new(SANDBOX)
            .args([
                "serve",
                "--until-stdin-closes",
                "--seed",
                &size.seed.to_string(),
                "--users",
                &size.users.to_string(),
            ])
            .args(["--groups", &size.groups.to_string(), "--apps", &size.apps.to_string()])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no stdout")?).read_line(&mut line)?;
        let ready: Value = serde_json::from_str(&line)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Self { process, url: text(&ready["okta_url"]), token: text(&ready["okta_tokens"]["super_admin"]) })
    }

    fn reader(&self, what: &str) -> Outcome<Value> {
        reader(what, &self.url, &self.token)
    }

    /// Returns the peak memory of the org's process in MB.
    fn peak_memory(&self) -> f64 {
        peak_memory(&self.process.id().to_string())
    }

    /// Returns the mean time from sending to the last byte, in seconds.
    async fn page_time(&self, page: &str) -> Outcome<f64> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let page = format!("{}/api/v1/{page}", self.url);
        let begun = Instant::now();
        for _ in 0..200 {
            http.get(&page).header("authorization", format!("SSWS {}", self.token)).send().await?.bytes().await?;
        }
        Ok(begun.elapsed().as_secs_f64() / 200.0)
    }
}

impl Drop for Org {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Returns the processor time of this process in seconds, at a resolution of 10 ms. 0 without `/proc`.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

/// Returns the peak memory of a process in MB. 0 without `/proc`.
fn peak_memory(process: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    peak.unwrap_or_default() / 1_024.0
}
