//! A configuration with many integrations, from the first plan to destroy, with the cost of each phase.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use c1_sandbox::{Fault, FaultKind, Options, Service};
use serde_json::Value as Json;

use crate::harness::{World, integration};

/// Number of operations that Terraform runs concurrently.
pub const PARALLELISM: u32 = 100;

/// Number of requests per phase that ConductorOne rejects with 429 first.
const LIMITED: u32 = 3;

/// Cost of one Terraform command.
#[derive(Debug)]
pub struct Phase {
    pub name: &'static str,
    /// Requests to ConductorOne by method and path, without rejected ones. `*` replaces IDs.
    pub conductorone: BTreeMap<String, usize>,
    /// Requests to Okta by method and path. None in phases in which the sandbox's own syncs send requests too.
    pub okta: Option<BTreeMap<String, usize>>,
    /// Number of requests that were rejected with 429.
    pub limited: u64,
    /// Duration of the command.
    pub wall: Duration,
    /// Peak memory of a plugin process, in KiB.
    pub peak_kib: u64,
}

/// Plans, applies, plans again and destroys this many integrations and apps. Each response of ConductorOne takes `latency`.
pub async fn load(integrations: usize, apps: usize, latency: Duration) -> Vec<Phase> {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("journal");
    let options =
        Options { sync_duration: Duration::from_millis(1), journal: Some(journal.clone()), ..Options::default() };
    let world = World::new(options).await;
    let owner = &world.sandbox.ready().users[0].email;
    let arguments = format!(
        "  count     = {integrations}\n  domain    = var.domain\n  api_token = var.token\n  owners    = [\"{owner}\"]\n"
    );
    let app = format!(
        "resource \"conductorone_app\" \"one\" {{\n  count        = {apps}\n  display_name = \"App ${{count.index}}\"\n}}\n"
    );
    let of_app = format!("conductorone_app.one[count.index % {apps}].id");
    world.configure(&(app + &integration(&arguments).replace("var.app_id", &of_app)));

    let parallelism = format!("-parallelism={PARALLELISM}");
    let common = ["-input=false", "-no-color", &parallelism];
    let commands: [(&str, &[&str]); 4] = [
        ("plan", &["plan", "-out=plan.bin"]),
        ("apply", &["apply", "plan.bin"]),
        ("plan without a change", &["plan", "-detailed-exitcode"]),
        ("destroy", &["destroy", "-auto-approve"]),
    ];
    let mut phases = Vec::new();
    for (name, words) in commands {
        let skip = lines(&journal).count();
        world.sandbox.faults().add(vec![rate_limit(), delay(latency)]);
        let (command, rest) = words.split_at(1);
        let arguments: Vec<&str> = command.iter().chain(&common).chain(rest).copied().collect();
        let started = Instant::now();
        let run = world.run(&arguments);
        let mut peak_kib = 0;
        let watch = async {
            loop {
                peak_kib = peak_kib.max(peak_plugin_memory(world.workspace.folder()));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let output = tokio::select! {
            output = run => output,
            () = watch => unreachable!("the loop has no end"),
        };
        let wall = started.elapsed();
        assert_eq!(output.code, 0, "{name}: {}", output.prose());
        world.sandbox.faults().clear();
        let (mut conductorone, mut okta, mut limited) = (BTreeMap::new(), BTreeMap::new(), 0);
        for line in lines(&journal).skip(skip) {
            if line["status"] == 429 {
                limited += 1;
                continue;
            }
            let path = line["path"].as_str().unwrap();
            let call = format!("{} {}", line["method"].as_str().unwrap(), pattern(path));
            if path.starts_with("/_sandbox") {
                continue;
            }
            let calls = if line["service"] == "okta" { &mut okta } else { &mut conductorone };
            *calls.entry(call).or_default() += 1;
        }
        let okta = (name != "apply" && name != "destroy").then_some(okta);
        phases.push(Phase { name, conductorone, okta, limited, wall, peak_kib });
    }
    assert!(world.connectors().await.is_empty());
    phases
}

/// Returns a fault that rejects the first requests.
fn rate_limit() -> Fault {
    Fault { times: LIMITED, status: Some(429), retry_after: Some(1), ..on_requests(FaultKind::Status) }
}

/// Returns a fault that delays each response.
fn delay(latency: Duration) -> Fault {
    Fault { delay_ms: u64::try_from(latency.as_millis()).unwrap(), ..on_requests(FaultKind::Delay) }
}

fn on_requests(kind: FaultKind) -> Fault {
    let any = || "*".to_owned();
    let (service, path) = (Service::ConductorOne, "/api/*".to_owned());
    Fault {
        service,
        method: any(),
        path,
        user_agent: any(),
        kind,
        times: 0,
        status: None,
        delay_ms: 0,
        retry_after: None,
    }
}

fn lines(journal: &Path) -> impl Iterator<Item = Json> + use<> {
    let text = std::fs::read_to_string(journal).unwrap_or_default();
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.into_iter()
}

/// Replaces IDs in a path by `*`.
fn pattern(path: &str) -> String {
    let is_id = |part: &&str| part.len() > 16 && part.bytes().any(|byte| byte.is_ascii_digit());
    path.split('/').map(|part| if is_id(&part) { "*" } else { part }).collect::<Vec<_>>().join("/")
}

/// Returns the peak memory of the plugins that run from this folder, in KiB, or 0 if none runs.
fn peak_plugin_memory(folder: &Path) -> u64 {
    let Ok(folder) = folder.canonicalize() else { return 0 };
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let process = entry.ok()?.path();
        let program = std::fs::read_link(process.join("exe")).ok()?;
        let ours = program.starts_with(&folder) && program.to_string_lossy().contains("terraform-provider-");
        let status = ours.then(|| std::fs::read_to_string(process.join("status")))?.ok()?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        peak.trim().trim_end_matches(" kB").parse::<u64>().ok()
    });
    processes.max().unwrap_or_default()
}
