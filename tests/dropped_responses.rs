//! Dropped responses and interrupted applies: a write takes effect or not, the connection breaks or the service fails,
//! and afterwards there is exactly one connector for each one in a state.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::sync::Arc;
use std::time::Duration;

use c1_sandbox::{Fault, FaultKind, Options, Sandbox, Service};
use provider_testing::dropped_creates;
use provider_testing::rpc::{Outcome, Rpc, has_error, shown};
use serde_json::Value as Json;
use tempfile::{NamedTempFile, TempDir};
use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::provider::ConductorOne;
use test_support::SkippingClock;

/// Summaries of the plan's warnings.
const ADOPTING: &str = "Adopting a connector from an interrupted apply";
const DUPLICATE: &str = "App already has a connector for this org";

/// Longest real time that a test waits for a state.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

const CREATE: &str = "/api/v1/apps/*/connectors/create";
const CONNECTOR: &str = "/api/v1/apps/*/connectors/*";

/// A sandbox and a provider that is configured for it.
struct World {
    sandbox: Sandbox,
    /// Folder of the lock files.
    temporary: Arc<TempDir>,
    journal: NamedTempFile,
    rpc: Rpc,
}

impl World {
    async fn new() -> Self {
        Self::with_syncs_of(Duration::from_millis(20)).await
    }

    async fn with_syncs_of(sync_duration: Duration) -> Self {
        Self::with(sync_duration, tempfile::tempdir().unwrap()).await
    }

    /// Creates a world whose processes cannot create lock files, because their folder does not exist.
    async fn without_lock_folder() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::remove_dir(folder.path()).unwrap();
        Self::with(Duration::from_secs(3600), folder).await
    }

    async fn with(sync_duration: Duration, temporary: TempDir) -> Self {
        let journal = tempfile::NamedTempFile::new().unwrap();
        let options = Options { sync_duration, journal: Some(journal.path().to_owned()), ..Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let temporary = Arc::new(temporary);
        let rpc = process(&sandbox, &temporary).await;
        Self { sandbox, temporary, journal, rpc }
    }

    /// Starts another process on the same machine.
    async fn process(&self) -> Rpc {
        process(&self.sandbox, &self.temporary).await
    }

    /// Continues with another process. Returns the previous one.
    async fn next_process(&mut self) -> Rpc {
        let next = self.process().await;
        std::mem::replace(&mut self.rpc, next)
    }

    fn add_fault(&self, method: &str, path: &str, kind: FaultKind, status: Option<u16>, times: u32) {
        let (method, path) = (method.to_owned(), path.to_owned());
        let delay_ms = if kind == FaultKind::Delay { 300 } else { 0 };
        let service = Service::ConductorOne;
        self.sandbox.faults().add(vec![Fault {
            service,
            method,
            path,
            user_agent: "*".to_owned(),
            kind,
            times,
            status,
            delay_ms,
            retry_after: None,
        }]);
    }

    fn config(&self, skip_inactive_apps: bool) -> Value {
        let ready = self.sandbox.ready();
        self.rpc.object(&[
            ("app_id", ready.apps[0].id.as_str().into()),
            ("domain", ready.okta_url.as_str().into()),
            ("api_token", ready.okta_tokens.read_only.as_str().into()),
            ("skip_inactive_apps", Value::Bool(skip_inactive_apps)),
        ])
    }

    /// Plans and applies.
    async fn apply(&self, prior: &Value, config: &Value) -> Outcome {
        let planned = self.rpc.plan(prior, config, b"").await;
        assert!(!has_error(&planned.diagnostics), "{}", said(&planned.diagnostics));
        self.rpc.apply(prior, &planned, config).await
    }

    /// Creates a connector and returns its state.
    async fn created(&self) -> Value {
        let outcome = self.apply(&Value::Null, &self.config(false)).await;
        assert_eq!(outcome.diagnostics, []);
        outcome.state.unwrap()
    }

    /// Applies, and cancels the call once there is a connector, as a killed Terraform does.
    async fn disconnected_while_syncing(&self) {
        let config = self.config(false);
        tokio::select! {
            outcome = self.apply(&Value::Null, &config) => panic!("{}", said(&outcome.diagnostics)),
            () = self.connector_exists() => {}
        }
    }

    /// Waits until the sandbox has a connector.
    async fn connector_exists(&self) {
        self.connectors_exist(1).await;
    }

    /// Waits until the sandbox has this many connectors.
    async fn connectors_exist(&self, count: usize) {
        until("connectors exist", async || self.living().await.len() >= count).await;
    }

    /// Waits until the sandbox has an app with a name.
    async fn app_exists(&self, name: &str) {
        until("an app exists", async || !self.apps(name).await.is_empty()).await;
    }

    /// Waits until no process holds a lock. A cancelled call releases its lock when its task ends.
    async fn locks_are_released(&self) {
        until("locks are released", async || {
            std::fs::read_dir(self.temporary.path()).unwrap().all(|entry| {
                let file = std::fs::OpenOptions::new().write(true).open(entry.unwrap().path()).unwrap();
                file.try_lock_shared().is_ok()
            })
        })
        .await;
    }

    /// Creates a connector whose apply is interrupted, so that it keeps its marker. Returns its ID. `count` is the number
    /// of connectors afterwards.
    async fn orphan(&self, count: usize) -> String {
        let before = self.ids().await;
        let config = self.config(false);
        tokio::select! {
            outcome = self.apply(&Value::Null, &config) => panic!("{}", said(&outcome.diagnostics)),
            () = self.connectors_exist(count) => {}
        }
        self.locks_are_released().await;
        self.ids().await.into_iter().find(|id| !before.contains(id)).unwrap()
    }

    /// Returns the requests that the provider has sent to ConductorOne's API.
    fn requests(&self) -> Vec<String> {
        let journal = std::fs::read_to_string(self.journal.path()).unwrap();
        let lines = journal.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
        let text = |line: &Json, name: &str| line[name].as_str().unwrap().to_owned();
        let lines = lines.filter(|line| line["service"] == "conductorone" && text(line, "path").starts_with("/api/"));
        lines.map(|line| format!("{} {}", text(&line, "method"), text(&line, "path"))).collect()
    }

    fn config_without_wait(&self) -> Value {
        let ready = self.sandbox.ready();
        self.rpc.object(&[
            ("app_id", ready.apps[0].id.as_str().into()),
            ("domain", ready.okta_url.as_str().into()),
            ("api_token", ready.okta_tokens.read_only.as_str().into()),
            ("wait_for_sync", Value::Bool(false)),
        ])
    }

    /// Returns the living connectors.
    async fn living(&self) -> Vec<Json> {
        let url = format!("{}/_sandbox/state", self.sandbox.ready().c1_url);
        let state: Json = reqwest::get(url).await.unwrap().json().await.unwrap();
        let connectors = state["connectors"].as_array().unwrap();
        connectors.iter().filter(|connector| connector["deleted_at"].is_null()).cloned().collect()
    }

    /// Returns the living apps with a name.
    async fn apps(&self, name: &str) -> Vec<Json> {
        let ready = self.sandbox.ready();
        let request = reqwest::Client::new().get(format!("{}/api/v1/apps", ready.c1_url));
        let page = request.bearer_auth(&ready.access_token).send().await.unwrap().error_for_status().unwrap();
        let page: Json = page.json().await.unwrap();
        page["list"].as_array().unwrap().iter().filter(|app| app["displayName"] == name).cloned().collect()
    }

    async fn ids(&self) -> Vec<String> {
        self.living().await.iter().map(|connector| connector["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// Polls until `holds` returns true.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let reached = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LONGEST_WAIT, reached).await.unwrap_or_else(|_| panic!("timed out waiting until {what}"));
}

/// Starts a configured provider.
async fn process(sandbox: &Sandbox, temporary: &Arc<TempDir>) -> Rpc {
    let rpc = Rpc::beside(ConductorOne::new(|_| None, Arc::<SkippingClock>::default()), temporary);
    let ready = sandbox.ready();
    rpc.signed_in(&ready.c1_url, &ready.client_id, &ready.client_secret).await
}

fn said(diagnostics: &[terraform_provider_conductorone::plugin::proto::tfplugin5::Diagnostic]) -> String {
    diagnostics.iter().map(shown).collect::<Vec<_>>().join("\n\n")
}

fn id(state: &Value) -> String {
    let Value::String(id) = state.attribute("id") else { panic!("{state:?} has no id") };
    id.clone()
}

#[tokio::test]
async fn a_create_whose_response_was_dropped_is_found() {
    for kind in [FaultKind::DropAfter, FaultKind::Truncate, FaultKind::Delay] {
        let world = World::new().await;
        world.add_fault("POST", CREATE, kind, None, 1);
        let outcome = world.apply(&Value::Null, &world.config(false)).await;
        assert_eq!(outcome.diagnostics, [], "{kind:?}");
        let state = outcome.state.unwrap();
        assert_eq!(world.ids().await, [id(&state)], "{kind:?}");
        assert_eq!(world.living().await[0]["status"], "SYNC_STATUS_DONE", "{kind:?}");
        let again = world.rpc.plan(&state, &world.config(false), b"").await;
        assert_eq!(again.value, state, "{kind:?}");
        assert!(world.sandbox.faults().list().is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_create_that_had_no_effect_reports_that_no_connector_was_found() {
    for (kind, status) in
        [(FaultKind::DropBefore, None), (FaultKind::Status, Some(500)), (FaultKind::Status, Some(503))]
    {
        let world = World::new().await;
        // For every attempt, so that a second create would fail as well.
        world.add_fault("POST", CREATE, kind, status, 0);
        let outcome = world.apply(&Value::Null, &world.config(false)).await;
        let said = said(&outcome.diagnostics);
        assert!(has_error(&outcome.diagnostics) && said.contains("found none"), "{kind:?}: {said}");
        assert_eq!(outcome.state, None, "{kind:?}");
        assert!(world.living().await.is_empty(), "{kind:?}");
        world.sandbox.faults().clear();
        world.created().await;
        assert_eq!(world.living().await.len(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn two_concurrent_creates_with_dropped_responses_make_two_connectors() {
    let world = World::new().await;
    world.add_fault("POST", CREATE, FaultKind::DropAfter, None, 2);
    let config = world.config(false);
    let (one, other) = tokio::join!(world.apply(&Value::Null, &config), world.apply(&Value::Null, &config));
    assert_eq!((one.diagnostics.as_slice(), other.diagnostics.as_slice()), (&[][..], &[][..]));
    let mut states = [id(&one.state.unwrap()), id(&other.state.unwrap())];
    let mut living = world.ids().await;
    states.sort();
    living.sort();
    assert_eq!(living, states);
    assert_ne!(states[0], states[1]);
}

#[tokio::test]
async fn processes_that_create_at_the_same_time_do_not_adopt_each_others_connectors() {
    let world = World::with_syncs_of(Duration::from_millis(500)).await;
    let other = world.process().await;
    let config = world.config(false);
    let planned = other.plan(&Value::Null, &config, b"").await;
    let later = async {
        world.connector_exists().await;
        other.apply(&Value::Null, &planned, &config).await
    };
    let (one, other) = tokio::join!(world.apply(&Value::Null, &config), later);
    assert_eq!((one.diagnostics.as_slice(), other.diagnostics.as_slice()), (&[][..], &[][..]));
    assert_ne!(id(&one.state.unwrap()), id(&other.state.unwrap()));
    let living = world.living().await;
    assert_eq!(living.iter().map(|connector| &connector["description"]).collect::<Vec<_>>(), ["", ""]);
}

#[tokio::test]
async fn an_orphan_is_adopted_with_the_settings_of_the_next_apply() {
    let mut world = World::with_syncs_of(Duration::from_secs(3600)).await;
    world.disconnected_while_syncing().await;
    world.locks_are_released().await;
    let left = world.living().await;
    let marker = left[0]["description"].as_str().unwrap();
    assert!(marker.contains("Terraform is creating this connector"), "{marker}");

    // The killed process lives on for a moment.
    let killed = world.next_process().await;
    let config = world.rpc.object(&[
        ("app_id", world.sandbox.ready().apps[0].id.as_str().into()),
        ("domain", world.sandbox.ready().okta_url.as_str().into()),
        ("api_token", world.sandbox.ready().okta_tokens.super_admin.as_str().into()),
        ("skip_inactive_apps", Value::Bool(true)),
        ("description", "Okta of the workforce".into()),
        ("wait_for_sync", Value::Bool(false)),
    ]);
    let planned = world.rpc.plan(&Value::Null, &config, b"").await;
    let warned = said(&planned.diagnostics);
    assert!(warned.contains(ADOPTING) && warned.contains(&world.ids().await[0]), "{warned}");
    let outcome = world.rpc.apply(&Value::Null, &planned, &config).await;
    assert_eq!(outcome.diagnostics, []);
    let state = outcome.state.unwrap();
    let living = world.living().await;
    assert_eq!(living.len(), 1, "{living:?}");
    assert_eq!(living[0]["id"], left[0]["id"]);
    assert_eq!(living[0]["id"], id(&state));
    assert_eq!(living[0]["description"], "Okta of the workforce");
    assert_eq!(living[0]["skip_inactive_apps"], true);
    assert_eq!(world.rpc.read(&state, b"").await.state, Some(state), "a refresh shows no difference");
    drop(killed);
}

#[tokio::test]
async fn an_adopted_connector_is_not_adopted_by_another_process() {
    let world = World::with_syncs_of(Duration::from_secs(3600)).await;
    world.disconnected_while_syncing().await;
    world.locks_are_released().await;
    let left = world.living().await[0]["description"].clone();
    let (second, third) = (world.process().await, world.process().await);
    let config = world.config(false);
    let planned = second.plan(&Value::Null, &config, b"").await;
    let taken = async {
        until("the marker is replaced", async || world.living().await[0]["description"] != left).await;
        said(&third.plan(&Value::Null, &config, b"").await.diagnostics)
    };
    tokio::select! {
        outcome = second.apply(&Value::Null, &planned, &config) => panic!("{}", said(&outcome.diagnostics)),
        warned = taken => {
            assert!(!warned.contains(ADOPTING), "{warned}");
            assert!(warned.contains(DUPLICATE), "{warned}");
        }
    }
    assert_eq!(world.ids().await.len(), 1);
}

#[tokio::test]
async fn a_plan_names_both_the_orphan_and_the_duplicate() {
    let mut world = World::with_syncs_of(Duration::from_secs(3600)).await;
    let elsewhere = process(&world.sandbox, &Arc::new(tempfile::tempdir().unwrap())).await;
    let config = world.config_without_wait();
    let planned = elsewhere.plan(&Value::Null, &config, b"").await;
    let duplicate = id(&elsewhere.apply(&Value::Null, &planned, &config).await.state.unwrap());
    let orphan = world.orphan(2).await;
    drop(world.next_process().await);

    let planned = world.rpc.plan(&Value::Null, &config, b"").await;
    let warnings: Vec<String> = planned.diagnostics.iter().map(shown).collect();
    let [adopting, doubled] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert!(adopting.contains(ADOPTING) && adopting.contains(&orphan), "{adopting}");
    assert!(doubled.contains(DUPLICATE) && doubled.contains(&duplicate), "{doubled}");
}

#[tokio::test]
async fn with_local_state_an_orphan_without_its_lock_file_is_a_duplicate() {
    let mut world = World::with_syncs_of(Duration::from_secs(3600)).await;
    let orphan = world.orphan(1).await;
    drop(world.next_process().await);
    for entry in std::fs::read_dir(world.temporary.path()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let config = world.config_without_wait();
    let planned = world.rpc.plan(&Value::Null, &config, b"").await;
    let warnings = said(&planned.diagnostics);
    assert!(!warnings.contains(ADOPTING) && warnings.contains(DUPLICATE) && warnings.contains(&orphan), "{warnings}");
    let created = world.rpc.apply(&Value::Null, &planned, &config).await.state.unwrap();
    assert_ne!(id(&created), orphan);
}

#[tokio::test]
async fn processes_that_cannot_create_lock_files_adopt_nothing() {
    let mut world = World::with_syncs_of(Duration::from_secs(3600)).await;
    let orphan = world.orphan(1).await;
    let locks = world.temporary.path().to_owned();
    drop(world.next_process().await);
    // A folder that contains the lock file of the orphan and accepts no new files.
    let mut permissions = std::fs::metadata(&locks).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&locks, permissions).unwrap();
    let is_ignored = std::fs::write(locks.join("probe"), "").is_ok();
    let config = world.config_without_wait();
    let planned = world.rpc.plan(&Value::Null, &config, b"").await;
    let created = world.rpc.apply(&Value::Null, &planned, &config).await.state.unwrap();
    // The superuser may write to every folder.
    assert_eq!(id(&created) == orphan, is_ignored);
    let missing = World::without_lock_folder().await;
    let (one, other) = (missing.process().await, missing.process().await);
    let config = missing.config_without_wait();
    let mut created = Vec::new();
    for process in [one, other] {
        let planned = process.plan(&Value::Null, &config, b"").await;
        created.push(id(&process.apply(&Value::Null, &planned, &config).await.state.unwrap()));
    }
    assert_ne!(created[0], created[1]);
}

#[tokio::test]
async fn creates_take_few_requests_however_many_apps_there_are() {
    let world = World::new().await;
    let apps = world.process().await.about_apps();
    for number in 0..30 {
        let config = apps.object(&[("display_name", format!("Subsidiary {number}").as_str().into())]);
        let planned = apps.plan(&Value::Null, &config, b"").await;
        let before = world.requests().len();
        assert_eq!(apps.apply(&Value::Null, &planned, &config).await.diagnostics, []);
        let requests = world.requests().split_off(before);
        // The search, the create and the update of the description.
        assert_eq!(requests.len(), 3, "{requests:?}");
    }
    let config = world.config_without_wait();
    for is_first in [true, false] {
        let before = world.requests().len();
        let planned = world.rpc.plan(&Value::Null, &config, b"").await;
        assert_eq!(world.rpc.apply(&Value::Null, &planned, &config).await.diagnostics, []);
        let requests = world.requests().split_off(before);
        // The app, the create and the update of the description. The first integration of a process also reads the
        // connectors of the app and the roles.
        assert_eq!(requests.len(), if is_first { 5 } else { 3 }, "{requests:?}");
    }
}

#[tokio::test]
async fn an_orphaned_app_is_adopted_by_the_next_apply() {
    let mut world = World::new().await;
    let apps = world.rpc.about_apps();
    let config = apps.object(&[("display_name", "Subsidiary".into()), ("description", "Of the workforce".into())]);
    let planned = apps.plan(&Value::Null, &config, b"").await;
    world.add_fault("POST", "/api/v1/apps", FaultKind::Delay, None, 1);
    tokio::select! {
        outcome = apps.apply(&Value::Null, &planned, &config) => panic!("{}", said(&outcome.diagnostics)),
        () = world.app_exists("Subsidiary") => {}
    }
    let description = world.apps("Subsidiary").await[0]["description"].clone();
    assert!(description.as_str().unwrap().contains("Terraform is creating this app"), "{description}");
    drop((apps, world.next_process().await));
    world.locks_are_released().await;

    let apps = world.rpc.about_apps();
    let planned = apps.plan(&Value::Null, &config, b"").await;
    let outcome = apps.apply(&Value::Null, &planned, &config).await;
    let warnings = said(&outcome.diagnostics);
    assert!(warnings.contains("Adopting an app from an interrupted apply"), "{warnings}");
    let living = world.apps("Subsidiary").await;
    assert_eq!(living.len(), 1, "{living:?}");
    assert_eq!(
        (&living[0]["id"], &living[0]["description"]),
        (&id(&outcome.state.unwrap()).into(), &"Of the workforce".into())
    );
    assert_eq!(std::fs::read_dir(world.temporary.path()).unwrap().count(), 0, "the lock file is deleted");
}

#[tokio::test]
async fn an_app_in_the_state_is_not_adopted() {
    let mut world = World::new().await;
    let apps = world.rpc.about_apps();
    let config = apps.object(&[("display_name", "Subsidiary".into())]);
    let planned = apps.plan(&Value::Null, &config, b"").await;
    let state = apps.apply(&Value::Null, &planned, &config).await.state.unwrap();
    drop((apps, world.next_process().await));
    let apps = world.rpc.about_apps();
    apps.read(&state, b"").await;
    let planned = apps.plan(&Value::Null, &config, b"").await;
    assert_eq!(planned.diagnostics, []);
    assert_ne!(apps.apply(&Value::Null, &planned, &config).await.state.unwrap(), state);
    assert_eq!(world.apps("Subsidiary").await.len(), 2);
}

#[tokio::test]
async fn a_marker_that_cannot_be_removed_is_a_warning_and_the_next_apply_removes_it() {
    let world = World::with_syncs_of(Duration::from_millis(500)).await;
    let config = world.config(false);
    let failing = async {
        world.connector_exists().await;
        // Not before, because the fault matches a create as well.
        world.add_fault("POST", CONNECTOR, FaultKind::Status, Some(403), 0);
    };
    let (outcome, ()) = tokio::join!(world.apply(&Value::Null, &config), failing);
    assert!(!has_error(&outcome.diagnostics), "{}", said(&outcome.diagnostics));
    assert!(said(&outcome.diagnostics).contains("Adoption marker was not removed"), "{}", said(&outcome.diagnostics));
    world.sandbox.faults().clear();
    let state = world.rpc.read(&outcome.state.unwrap(), b"").await.state.unwrap();
    let repaired = world.apply(&state, &world.config(false)).await;
    assert_eq!(repaired.diagnostics, []);
    assert_eq!(world.living().await[0]["description"], "");
}

#[tokio::test]
async fn many_concurrent_creates_with_dropped_responses_make_one_connector_each() {
    let counts = dropped_creates::run(40).await;
    assert_eq!((counts.untracked, counts.missing), (0, 0), "{counts:?}");
    assert_eq!(counts.first_apply + counts.second_apply, 40);
    assert!(counts.dropped >= 40, "{counts:?}");
}

#[tokio::test]
async fn a_connector_outside_the_state_is_reported_as_a_duplicate() {
    let world = World::new().await;
    let state = world.created().await;
    let is_duplicate = |planned: Vec<_>| {
        let said = said(&planned);
        said.contains(DUPLICATE) && said.contains(&id(&state))
    };
    let next = world.process().await;
    assert!(is_duplicate(next.plan(&Value::Null, &world.config(false), b"").await.diagnostics));
    next.read(&state, b"").await;
    assert!(!is_duplicate(next.plan(&Value::Null, &world.config(false), b"").await.diagnostics));
}

#[tokio::test]
async fn an_update_whose_response_was_dropped_is_retried() {
    for (kind, status) in [
        (FaultKind::DropBefore, None),
        (FaultKind::DropAfter, None),
        (FaultKind::Truncate, None),
        (FaultKind::Delay, None),
        (FaultKind::Status, Some(500)),
        (FaultKind::Status, Some(503)),
    ] {
        let world = World::new().await;
        let state = world.created().await;
        world.add_fault("POST", CONNECTOR, kind, status, 1);
        let outcome = world.apply(&state, &world.config(true)).await;
        assert_eq!(outcome.diagnostics, [], "{kind:?} {status:?}");
        let after = outcome.state.unwrap();
        let living = world.living().await;
        assert_eq!((living.len(), &living[0]["skip_inactive_apps"]), (1, &Json::Bool(true)), "{kind:?} {status:?}");
        assert_eq!(world.rpc.read(&after, b"").await.state, Some(after), "{kind:?} {status:?}");
    }
}

#[tokio::test]
async fn an_update_without_a_response_keeps_the_state_and_the_next_apply_completes_it() {
    for kind in [FaultKind::DropBefore, FaultKind::DropAfter] {
        let world = World::new().await;
        let state = world.created().await;
        world.add_fault("POST", CONNECTOR, kind, None, 0);
        let outcome = world.apply(&state, &world.config(true)).await;
        assert!(has_error(&outcome.diagnostics), "{kind:?}");
        assert_eq!(outcome.state, None, "{kind:?}: the state stays as it was");
        world.sandbox.faults().clear();

        let refreshed = world.rpc.read(&state, b"").await.state.unwrap();
        let carried_out = Value::Bool(kind == FaultKind::DropAfter);
        assert_eq!(refreshed.attribute("skip_inactive_apps"), &carried_out, "{kind:?}");
        let repaired = world.apply(&refreshed, &world.config(true)).await;
        assert_eq!(repaired.diagnostics, [], "{kind:?}");
        assert_eq!(world.ids().await, [id(&repaired.state.unwrap())], "{kind:?}");
    }
}

#[tokio::test]
async fn a_deletion_whose_response_was_dropped_succeeds() {
    for (kind, status) in [
        (FaultKind::DropBefore, None),
        (FaultKind::DropAfter, None),
        (FaultKind::Truncate, None),
        (FaultKind::Delay, None),
        (FaultKind::Status, Some(500)),
        (FaultKind::Status, Some(503)),
    ] {
        let world = World::new().await;
        let state = world.created().await;
        world.add_fault("DELETE", CONNECTOR, kind, status, 1);
        let outcome = world.apply(&state, &Value::Null).await;
        assert_eq!(outcome.diagnostics, [], "{kind:?} {status:?}");
        assert!(outcome.state.is_none_or(|state| state.is_null()), "{kind:?} {status:?}");
        assert!(world.living().await.is_empty(), "{kind:?} {status:?}");
    }
}

#[tokio::test]
async fn a_rejected_deletion_keeps_the_connector_and_the_state() {
    let world = World::new().await;
    let state = world.created().await;
    world.add_fault("DELETE", CONNECTOR, FaultKind::Status, Some(503), 0);
    let outcome = world.apply(&state, &Value::Null).await;
    assert!(has_error(&outcome.diagnostics));
    assert_eq!(outcome.state, None, "the state stays as it was");
    assert_eq!(world.ids().await, [id(&state)]);
}
