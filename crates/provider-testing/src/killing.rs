//! Applies that are killed at a moment nobody chose, and what is left.
//!
//! Each round applies a change with real Terraform, strikes in the middle, and goes on as a practitioner would.

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

/// How many integrations are created and deleted in turn, in one app that is so too.
const INTEGRATIONS: usize = 3;

/// The name of that app.
const APP: &str = "Killed";

/// Longest time that a killed apply and its plugin may go on.
const PATIENCE: Duration = Duration::from_secs(60);

/// How an apply is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// SIGKILL of the plugin.
    Plugin,
    /// SIGKILL of Terraform.
    Terraform,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-C twice.
    TwoInterrupts,
}

impl Blow {
    pub const ALL: [Self; 4] = [Self::Plugin, Self::Terraform, Self::Interrupt, Self::TwoInterrupts];
}

/// What came of the rounds with one kind of blow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aftermath {
    /// Rounds.
    pub rounds: u32,
    /// Applies that were struck before they were done.
    pub in_the_middle: u32,
    /// State files that Terraform had emptied and not written yet; its backup takes their place.
    pub torn: u32,
    /// Integrations in the state whose connector never existed.
    pub invented: u32,
    /// Plugin processes that outlived their Terraform.
    pub processes: u32,
    /// Next applies that failed.
    pub failed: u32,
    /// Apps and connectors that nothing in the state stands for.
    pub orphans: u32,
    /// Of those, how many the next plan named.
    pub named: u32,
}

/// A world that applies are killed in.
pub struct Battlefield {
    world: World,
    /// How long an apply takes that nobody kills.
    whole: Duration,
    wanted: usize,
    random: StdRng,
}

impl Battlefield {
    pub async fn new() -> Self {
        let mut world = World::new(Options { sync_duration: Duration::from_millis(300), ..Options::default() }).await;
        world.configure(&format!(
            r#"
variable "wanted" {{}}

resource "conductorone_app" "killed" {{
  count        = var.wanted > 0 ? 1 : 0
  display_name = "{APP}"
}}

resource "conductorone_okta_integration" "killed" {{
  count     = var.wanted
  app_id    = conductorone_app.killed[0].id
  domain    = var.domain
  api_token = var.token
}}
"#
        ));
        world.set_variable("wanted", &INTEGRATIONS.to_string());
        let begun = std::time::Instant::now();
        world.expect_apply().await;
        Self { world, whole: begun.elapsed(), wanted: INTEGRATIONS, random: crate::random() }
    }

    /// One round. Creates where there is nothing, else deletes.
    pub async fn round(&mut self, blow: Blow, aftermath: &mut Aftermath) {
        self.wanted = if self.wanted == 0 { INTEGRATIONS } else { 0 };
        self.world.set_variable("wanted", &self.wanted.to_string());
        let mut apply = self.world.workspace.start(&["apply", "-input=false", "-no-color", "-auto-approve"]).unwrap();
        let terraform = Pid::from_raw(i32::try_from(apply.id().unwrap()).unwrap());
        let moment = self.random.random_range(0.1..1.0);
        tokio::time::sleep(self.whole.mul_f64(moment)).await;
        aftermath.rounds += 1;
        aftermath.in_the_middle += u32::from(apply.try_wait().unwrap().is_none());
        match blow {
            Blow::Plugin => self.plugins().into_iter().for_each(|plugin| strike(plugin, Signal::SIGKILL)),
            Blow::Terraform => strike(terraform, Signal::SIGKILL),
            Blow::Interrupt => strike(terraform, Signal::SIGINT),
            Blow::TwoInterrupts => {
                strike(terraform, Signal::SIGINT);
                tokio::time::sleep(Duration::from_millis(50)).await;
                strike(terraform, Signal::SIGINT);
            }
        }
        tokio::time::timeout(PATIENCE, apply.wait_with_output()).await.expect("the apply goes on").unwrap();
        let gone = async {
            while !self.plugins().is_empty() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        aftermath.processes += u32::from(tokio::time::timeout(PATIENCE, gone).await.is_err());

        aftermath.torn += u32::from(self.restored());
        let invented = self.known(INTEGRATION).difference(&self.connectors(true).await).count();
        aftermath.invented += u32::try_from(invented).unwrap();
        let stray = self.strangers().await;
        let again = self.world.plan().await.prose();
        let applied = self.world.apply().await;
        if applied.code != 0 {
            aftermath.failed += 1;
            assert_eq!(self.world.apply().await.code, 0, "it never converges: {}", applied.prose());
        }
        self.world.expect_no_changes().await;
        let known = self.known(INTEGRATION);
        assert_eq!(known.len(), self.wanted, "{}", applied.prose());
        let living = self.connectors(false).await;
        assert!(known.is_subset(&living), "{known:?} are known, {living:?} exist");
        let orphans = self.strangers().await;
        for orphan in &orphans {
            assert!(stray.contains(orphan), "an apply that nobody killed left {orphan} behind");
            aftermath.orphans += 1;
            aftermath.named += u32::from(again.contains(orphan.as_str()));
        }
        self.remove(&orphans).await;
    }

    /// Puts Terraform's backup in the place of a state file that is empty. Tells whether it was.
    fn restored(&self) -> bool {
        let state = self.world.workspace.folder().join("terraform.tfstate");
        let is_empty = std::fs::metadata(&state).unwrap().len() == 0;
        if is_empty {
            std::fs::copy(state.with_extension("tfstate.backup"), &state).unwrap();
        }
        is_empty
    }

    /// IDs of one type in the state file.
    fn known(&self, resource_type: &str) -> BTreeSet<String> {
        let text = std::fs::read_to_string(self.world.workspace.folder().join("terraform.tfstate")).unwrap();
        let state: Json = serde_json::from_str(&text).expect("the state is whole");
        let mut resources = state["resources"].as_array().cloned().unwrap_or_default();
        resources.retain(|resource| resource["type"] == resource_type);
        let instances =
            resources.iter().flat_map(|resource| resource["instances"].as_array().cloned().unwrap_or_default());
        instances.map(|instance| instance["attributes"]["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Apps and connectors that exist and that nothing in the state stands for.
    async fn strangers(&self) -> BTreeSet<String> {
        let mut apps = self.world.apps().await;
        apps.retain(|app| app["display_name"] == APP);
        let living = &ids(&apps) | &self.connectors(false).await;
        let known = &self.known("conductorone_app") | &self.known(INTEGRATION);
        &living - &known
    }

    async fn connectors(&self, with_deleted: bool) -> BTreeSet<String> {
        let mut connectors = self.world.connectors_with_deleted().await;
        connectors.retain(|connector| with_deleted || connector["deleted_at"].is_null());
        ids(&connectors)
    }

    /// Deletes what nothing stands for.
    async fn remove(&self, orphans: &BTreeSet<String>) {
        for connector in self.world.connectors().await {
            if orphans.contains(connector["id"].as_str().unwrap()) {
                self.world.delete_connector(&connector).await;
            }
        }
        for app in ids(&self.world.apps().await).intersection(orphans) {
            self.world.delete_app(app).await;
        }
    }

    /// Plugins that run out of this world's folder.
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

/// The resource type of an integration.
const INTEGRATION: &str = "conductorone_okta_integration";

fn ids(objects: &[Json]) -> BTreeSet<String> {
    objects.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

/// Sends a signal. A process that is gone already is none to strike.
fn strike(process: Pid, signal: Signal) {
    let _ = kill(process, signal);
}

/// Whether a process's program lies in a folder. One that has ended has none any more.
fn runs_from(process: &Path, folder: &Path) -> bool {
    std::fs::read_link(process.join("exe")).is_ok_and(|program| {
        program.starts_with(folder) && program.to_string_lossy().contains("terraform-provider-conductorone")
    })
}
