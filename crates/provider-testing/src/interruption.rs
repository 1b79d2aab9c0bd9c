//! Applies that are interrupted at a random moment, and the objects, state entries and processes that remain.
//!
//! Each round applies a change with real Terraform, interrupts it, and continues as a user would: plan and apply again.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use c1_sandbox::Options;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::Value as Json;

use crate::harness::World;

/// Number of integrations that rounds create and delete in turn, together with their app.
const INTEGRATIONS: usize = 3;

/// Display name of the app.
const APP: &str = "Interrupted";

/// Resource type of the integrations.
const INTEGRATION: &str = "conductorone_okta_integration";

/// Longest time until an interrupted apply and its plugin have ended.
const PATIENCE: Duration = Duration::from_secs(60);

/// Method of interrupting an apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    KillPlugin,
    KillTerraform,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-C twice.
    InterruptTwice,
}

impl Interruption {
    pub const ALL: [Self; 4] = [Self::KillPlugin, Self::KillTerraform, Self::Interrupt, Self::InterruptTwice];
}

/// Counts of the rounds with one kind of interruption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub applies: u32,
    /// Applies that were interrupted before their end.
    pub during_changes: u32,
    /// State files that Terraform had emptied and not written yet. Terraform's backup replaces them.
    pub emptied_states: u32,
    /// Integrations in the state whose connector never existed.
    pub missing_objects: u32,
    /// Plugin processes that did not end with their Terraform.
    pub remaining_processes: u32,
    /// Next applies that failed.
    pub failed_applies: u32,
    /// Apps and connectors without a state entry after the next apply.
    pub untracked: u32,
    /// Untracked objects that the next plan named.
    pub named: u32,
    /// Untracked connectors in an app of the state that the next plan did not name.
    pub unnamed_connectors: u32,
}

/// A world with interrupted applies.
pub struct InterruptedApplies {
    world: World,
    /// Duration of an apply without interruption.
    duration: Duration,
    wanted: usize,
    random: StdRng,
}

impl InterruptedApplies {
    pub async fn new() -> Self {
        let mut world = World::new(Options { sync_duration: Duration::from_millis(300), ..Options::default() }).await;
        world.configure(&format!(
            r#"
variable "wanted" {{}}

resource "conductorone_app" "interrupted" {{
  count        = var.wanted > 0 ? 1 : 0
  display_name = "{APP}"
}}

resource "conductorone_okta_integration" "interrupted" {{
  count     = var.wanted
  app_id    = conductorone_app.interrupted[0].id
  domain    = var.domain
  api_token = var.token
}}
"#
        ));
        world.set_variable("wanted", &INTEGRATIONS.to_string());
        let started = std::time::Instant::now();
        world.expect_apply().await;
        Self { world, duration: started.elapsed(), wanted: INTEGRATIONS, random: crate::random() }
    }

    /// Runs a round and adds its counts. Rounds create and delete the objects in turn.
    pub async fn round(&mut self, interruption: Interruption, outcome: &mut Outcome) {
        self.wanted = if self.wanted == 0 { INTEGRATIONS } else { 0 };
        self.world.set_variable("wanted", &self.wanted.to_string());
        let mut apply = self.world.workspace.start(&["apply", "-input=false", "-no-color", "-auto-approve"]).unwrap();
        let terraform = Pid::from_raw(i32::try_from(apply.id().unwrap()).unwrap());
        let moment = self.random.random_range(0.1..1.0);
        tokio::time::sleep(self.duration.mul_f64(moment)).await;
        outcome.applies += 1;
        outcome.during_changes += u32::from(apply.try_wait().unwrap().is_none());
        match interruption {
            Interruption::KillPlugin => {
                self.plugins().into_iter().for_each(|plugin| send_signal(plugin, Signal::SIGKILL))
            }
            Interruption::KillTerraform => send_signal(terraform, Signal::SIGKILL),
            Interruption::Interrupt => send_signal(terraform, Signal::SIGINT),
            Interruption::InterruptTwice => {
                send_signal(terraform, Signal::SIGINT);
                tokio::time::sleep(Duration::from_millis(50)).await;
                send_signal(terraform, Signal::SIGINT);
            }
        }
        tokio::time::timeout(PATIENCE, apply.wait_with_output()).await.expect("the apply did not end").unwrap();
        let ended = async {
            while !self.plugins().is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        outcome.remaining_processes += u32::from(tokio::time::timeout(PATIENCE, ended).await.is_err());

        outcome.emptied_states += u32::from(self.restore_emptied_state());
        let missing = self.known(INTEGRATION).difference(&self.connectors(true).await).count();
        outcome.missing_objects += u32::try_from(missing).unwrap();
        let untracked_before = self.untracked().await;
        let apps = self.known("conductorone_app");
        let plan = self.world.plan().await.prose();
        let applied = self.world.apply().await;
        if applied.code != 0 {
            outcome.failed_applies += 1;
            assert_eq!(self.world.apply().await.code, 0, "the second apply fails too: {}", applied.prose());
        }
        self.world.expect_no_changes().await;
        let known = self.known(INTEGRATION);
        assert_eq!(known.len(), self.wanted, "{}", applied.prose());
        let existing = self.connectors(false).await;
        assert!(known.is_subset(&existing), "the state contains {known:?}, {existing:?} exist");
        let connectors_of_known_apps = self.connectors_of(&apps).await;
        let untracked = self.untracked().await;
        for id in &untracked {
            assert!(untracked_before.contains(id), "an apply without interruption created the untracked object {id}");
            let is_named = plan.contains(id.as_str());
            outcome.untracked += 1;
            outcome.named += u32::from(is_named);
            outcome.unnamed_connectors += u32::from(!is_named && connectors_of_known_apps.contains(id));
        }
        self.remove(&untracked).await;
    }

    /// Replaces an empty state file by Terraform's backup. Returns true if the file was empty.
    fn restore_emptied_state(&self) -> bool {
        let state = self.world.workspace.folder().join("terraform.tfstate");
        let is_empty = std::fs::metadata(&state).unwrap().len() == 0;
        if is_empty {
            std::fs::copy(state.with_extension("tfstate.backup"), &state).unwrap();
        }
        is_empty
    }

    /// Returns the IDs of a resource type in the state file.
    fn known(&self, resource_type: &str) -> BTreeSet<String> {
        let text = std::fs::read_to_string(self.world.workspace.folder().join("terraform.tfstate")).unwrap();
        let state: Json = serde_json::from_str(&text).expect("the state file is valid");
        let mut resources = state["resources"].as_array().cloned().unwrap_or_default();
        resources.retain(|resource| resource["type"] == resource_type);
        let instances =
            resources.iter().flat_map(|resource| resource["instances"].as_array().cloned().unwrap_or_default());
        instances.map(|instance| instance["attributes"]["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Returns the IDs of existing apps and connectors without a state entry.
    async fn untracked(&self) -> BTreeSet<String> {
        let mut apps = self.world.apps().await;
        apps.retain(|app| app["display_name"] == APP);
        let existing = &ids(&apps) | &self.connectors(false).await;
        let known = &self.known("conductorone_app") | &self.known(INTEGRATION);
        &existing - &known
    }

    /// Returns the IDs of existing connectors in these apps.
    async fn connectors_of(&self, apps: &BTreeSet<String>) -> BTreeSet<String> {
        let mut connectors = self.world.connectors().await;
        connectors.retain(|connector| apps.contains(connector["app_id"].as_str().unwrap()));
        ids(&connectors)
    }

    async fn connectors(&self, with_deleted: bool) -> BTreeSet<String> {
        let mut connectors = self.world.connectors_with_deleted().await;
        connectors.retain(|connector| with_deleted || connector["deleted_at"].is_null());
        ids(&connectors)
    }

    /// Deletes untracked objects.
    async fn remove(&self, untracked: &BTreeSet<String>) {
        for connector in self.world.connectors().await {
            if untracked.contains(connector["id"].as_str().unwrap()) {
                self.world.delete_connector(&connector).await;
            }
        }
        for app in ids(&self.world.apps().await).intersection(untracked) {
            self.world.delete_app(app).await;
        }
    }

    /// Returns the plugin processes that run from this world's folder.
    fn plugins(&self) -> Vec<Pid> {
        let folder = self.world.workspace.folder().canonicalize().unwrap();
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let path = entry.ok()?.path();
            let number = path.file_name()?.to_str()?.parse().ok()?;
            runs_from(&path, &folder).then(|| Pid::from_raw(number))
        });
        processes.collect()
    }
}

fn ids(objects: &[Json]) -> BTreeSet<String> {
    objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

/// Sends a signal. The process may have ended already.
fn send_signal(process: Pid, signal: Signal) {
    let _ = kill(process, signal);
}

/// Returns true if the process runs the plugin from this folder. An ended process has no program.
fn runs_from(process: &Path, folder: &Path) -> bool {
    std::fs::read_link(process.join("exe")).is_ok_and(|program| {
        program.starts_with(folder) && program.to_string_lossy().contains("terraform-provider-conductorone")
    })
}
