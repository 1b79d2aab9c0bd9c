//! Answers that never come: every write is carried out or not, the connection breaks or the service fails, and
//! afterwards there is exactly one connector for each one in a state.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::sync::Arc;
use std::time::Duration;

use c1_sandbox::{Fault, FaultKind, Options, Sandbox, Service};
use provider_testing::rpc::{Outcome, Rpc, has_error, shown};
use provider_testing::storm::storm;
use serde_json::Value as Json;
use tempfile::TempDir;
use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::provider::ConductorOne;
use test_support::SkippingClock;

const CREATE: &str = "/api/v1/apps/*/connectors/create";
const CONNECTOR: &str = "/api/v1/apps/*/connectors/*";

/// A sandbox and a provider that is configured for it.
struct World {
    sandbox: Sandbox,
    /// Where the machine's processes leave word for each other.
    temporary: Arc<TempDir>,
    rpc: Rpc,
}

impl World {
    async fn new() -> Self {
        Self::with_syncs_of(Duration::from_millis(20)).await
    }

    async fn with_syncs_of(sync_duration: Duration) -> Self {
        let options = Options { sync_duration, ..Options::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let temporary = Arc::new(tempfile::tempdir().unwrap());
        let rpc = process(&sandbox, &temporary).await;
        Self { sandbox, temporary, rpc }
    }

    /// Another process on the same machine.
    async fn process(&self) -> Rpc {
        process(&self.sandbox, &self.temporary).await
    }

    /// Goes on with another process. Gives the one before.
    async fn next_process(&mut self) -> Rpc {
        let next = self.process().await;
        std::mem::replace(&mut self.rpc, next)
    }

    fn order(&self, method: &str, path: &str, kind: FaultKind, status: Option<u16>, times: u32) {
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

    /// Plans and applies without a fault in between.
    async fn apply(&self, prior: &Value, config: &Value) -> Outcome {
        let planned = self.rpc.plan(prior, config, b"").await;
        assert!(!has_error(&planned.diagnostics), "{}", said(&planned.diagnostics));
        self.rpc.apply(prior, &planned, config).await
    }

    /// The state of a connector that was created without a fault.
    async fn created(&self) -> Value {
        let outcome = self.apply(&Value::Null, &self.config(false)).await;
        assert_eq!(outcome.diagnostics, []);
        outcome.state.unwrap()
    }

    /// Applies, and hangs up once there is a connector. What a call that nobody waits for any more makes of it is what a
    /// killed Terraform leaves behind.
    async fn hung_up_while_syncing(&self) {
        let config = self.config(false);
        tokio::select! {
            outcome = self.apply(&Value::Null, &config) => panic!("{}", said(&outcome.diagnostics)),
            () = self.created_by_somebody() => {}
        }
    }

    /// Waits until there is a connector.
    async fn created_by_somebody(&self) {
        while self.living().await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// The connectors that exist.
    async fn living(&self) -> Vec<Json> {
        let url = format!("{}/_sandbox/state", self.sandbox.ready().c1_url);
        let state: Json = reqwest::get(url).await.unwrap().json().await.unwrap();
        let connectors = state["connectors"].as_array().unwrap();
        connectors.iter().filter(|connector| connector["deleted_at"].is_null()).cloned().collect()
    }

    /// The apps that exist and have a name.
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

/// A provider process of its own.
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
async fn a_create_that_was_carried_out_is_adopted_however_its_answer_got_lost() {
    for kind in [FaultKind::DropAfter, FaultKind::Truncate, FaultKind::Delay] {
        let world = World::new().await;
        world.order("POST", CREATE, kind, None, 1);
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
async fn a_create_that_was_not_carried_out_says_that_nothing_was_created() {
    for (kind, status) in
        [(FaultKind::DropBefore, None), (FaultKind::Status, Some(500)), (FaultKind::Status, Some(503))]
    {
        let world = World::new().await;
        // Every attempt, so that a second create would be struck as well.
        world.order("POST", CREATE, kind, status, 0);
        let outcome = world.apply(&Value::Null, &world.config(false)).await;
        let said = said(&outcome.diagnostics);
        assert!(has_error(&outcome.diagnostics) && said.contains("nothing was created"), "{kind:?}: {said}");
        assert_eq!(outcome.state, None, "{kind:?}");
        assert!(world.living().await.is_empty(), "{kind:?}");
        world.sandbox.faults().clear();
        world.created().await;
        assert_eq!(world.living().await.len(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn two_creates_in_one_app_at_once_with_both_answers_lost_make_two_connectors_in_two_states() {
    let world = World::new().await;
    world.order("POST", CREATE, FaultKind::DropAfter, None, 2);
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
async fn two_processes_that_create_in_one_app_at_once_make_two_connectors() {
    let world = World::with_syncs_of(Duration::from_millis(500)).await;
    let other = world.process().await;
    let config = world.config(false);
    let planned = other.plan(&Value::Null, &config, b"").await;
    let later = async {
        world.created_by_somebody().await;
        other.apply(&Value::Null, &planned, &config).await
    };
    let (one, other) = tokio::join!(world.apply(&Value::Null, &config), later);
    assert_eq!((one.diagnostics.as_slice(), other.diagnostics.as_slice()), (&[][..], &[][..]));
    assert_ne!(id(&one.state.unwrap()), id(&other.state.unwrap()));
    let living = world.living().await;
    assert_eq!(living.iter().map(|connector| &connector["description"]).collect::<Vec<_>>(), ["", ""]);
}

#[tokio::test]
async fn a_connector_that_a_killed_process_left_is_taken_over_with_the_settings_of_the_next_apply() {
    let mut world = World::with_syncs_of(Duration::from_secs(3600)).await;
    world.hung_up_while_syncing().await;
    let left = world.living().await;
    let note = left[0]["description"].as_str().unwrap();
    assert!(note.contains("Terraform is creating this connector"), "{note}");

    // It lives on for a moment.
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
    assert!(warned.contains("is taken over") && warned.contains(&world.ids().await[0]), "{warned}");
    let outcome = world.rpc.apply(&Value::Null, &planned, &config).await;
    assert_eq!(outcome.diagnostics, []);
    let state = outcome.state.unwrap();
    let living = world.living().await;
    assert_eq!(living.len(), 1, "{living:?}");
    assert_eq!(living[0]["id"], left[0]["id"]);
    assert_eq!(living[0]["id"], id(&state));
    assert_eq!(living[0]["description"], "Okta of the workforce");
    assert_eq!(living[0]["skip_inactive_apps"], true);
    assert_eq!(world.rpc.read(&state, b"").await.state, Some(state), "nothing is left to do");
    drop(killed);
}

#[tokio::test]
async fn a_connector_that_one_process_has_taken_over_is_not_taken_by_another() {
    let world = World::with_syncs_of(Duration::from_secs(3600)).await;
    world.hung_up_while_syncing().await;
    let left = world.living().await[0]["description"].clone();
    let (second, third) = (world.process().await, world.process().await);
    let config = world.config(false);
    let planned = second.plan(&Value::Null, &config, b"").await;
    let taken = async {
        while world.living().await[0]["description"] == left {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        said(&third.plan(&Value::Null, &config, b"").await.diagnostics)
    };
    tokio::select! {
        outcome = second.apply(&Value::Null, &planned, &config) => panic!("{}", said(&outcome.diagnostics)),
        warned = taken => {
            assert!(!warned.contains("is taken over"), "{warned}");
            assert!(warned.contains("App has a connector for this Okta org already"), "{warned}");
        }
    }
    assert_eq!(world.ids().await.len(), 1);
}

#[tokio::test]
async fn what_a_process_was_killed_over_once_the_note_was_gone_is_taken_over_by_the_next_apply() {
    let mut world = World::new().await;
    let lost = id(&world.created().await);
    let plan = world.process().await;
    drop(world.next_process().await);

    let warned = said(&plan.plan(&Value::Null, &world.config(false), b"").await.diagnostics);
    assert!(warned.contains("is taken over") && warned.contains(&lost), "{warned}");
    assert_eq!(id(&world.created().await), lost);
    assert_eq!(world.ids().await, [lost]);
}

#[tokio::test]
async fn what_a_process_was_killed_over_is_left_alone_once_a_plan_finds_it_in_the_state() {
    for refreshes in [true, false] {
        let mut world = World::new().await;
        let config = world.config(false);
        let state = world.created().await;
        drop(world.next_process().await);
        if refreshes {
            world.process().await.read(&state, b"").await;
        } else {
            world.process().await.plan(&state, &config, b"").await;
        }

        let warned = said(&world.rpc.plan(&Value::Null, &config, b"").await.diagnostics);
        assert!(!warned.contains("is taken over"), "{warned}");
        assert_ne!(id(&world.created().await), id(&state));
        assert_eq!(world.ids().await.len(), 2);
    }
}

#[tokio::test]
async fn nothing_is_taken_over_once_terraform_has_said_goodbye_unless_it_was_interrupted() {
    for is_interrupted in [false, true] {
        let mut world = World::new().await;
        let state = world.created().await;
        if is_interrupted {
            world.rpc.stop().await;
        }
        world.rpc.goodbye();
        drop(world.next_process().await);
        assert_eq!(id(&world.created().await) == id(&state), is_interrupted);
    }
}

#[tokio::test]
async fn a_plan_names_both_what_is_taken_over_and_what_is_not() {
    let mut world = World::new().await;
    let config = world.config(false);
    let elsewhere = process(&world.sandbox, &Arc::new(tempfile::tempdir().unwrap())).await;
    let planned = elsewhere.plan(&Value::Null, &config, b"").await;
    let twin = id(&elsewhere.apply(&Value::Null, &planned, &config).await.state.unwrap());
    let left = id(&world.created().await);
    drop(world.next_process().await);

    let planned = world.rpc.plan(&Value::Null, &config, b"").await;
    let warned: Vec<String> = planned.diagnostics.iter().map(shown).collect();
    let [taken_over, doubled] = warned.as_slice() else { panic!("{warned:?}") };
    assert!(taken_over.contains("is taken over") && taken_over.contains(&left), "{taken_over}");
    assert!(doubled.contains("for this Okta org already") && doubled.contains(&twin), "{doubled}");
}

#[tokio::test]
async fn an_app_whose_process_was_killed_before_or_after_its_answer_is_taken_over_by_the_next_apply() {
    for is_answered in [false, true] {
        let mut world = World::new().await;
        let apps = world.rpc.about_apps();
        let config = apps.object(&[("display_name", "Subsidiary".into()), ("description", "Of the workforce".into())]);
        let planned = apps.plan(&Value::Null, &config, b"").await;
        assert_eq!(planned.diagnostics, []);
        if is_answered {
            let outcome = apps.apply(&Value::Null, &planned, &config).await;
            assert_eq!(outcome.diagnostics, []);
            assert_eq!(world.apps("Subsidiary").await[0]["description"], "Of the workforce");
        } else {
            world.order("POST", "/api/v1/apps", FaultKind::Delay, None, 1);
            tokio::select! {
                outcome = apps.apply(&Value::Null, &planned, &config) => panic!("{}", said(&outcome.diagnostics)),
                () = async { while world.apps("Subsidiary").await.is_empty() {} } => {}
            }
            assert!(
                world.apps("Subsidiary").await[0]["description"].as_str().unwrap().contains("Terraform is creating")
            );
        }
        drop((apps, world.next_process().await));

        // A process that hears of the hang-up with its answer lives on until then.
        let apps = world.rpc.about_apps();
        let planned = loop {
            let planned = world.process().await.about_apps().plan(&Value::Null, &config, b"").await;
            if said(&planned.diagnostics).contains("is taken over") {
                break planned;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let outcome = apps.apply(&Value::Null, &planned, &config).await;
        assert_eq!(outcome.diagnostics, []);
        let living = world.apps("Subsidiary").await;
        assert_eq!(living.len(), 1, "{living:?}");
        assert_eq!(
            (&living[0]["id"], &living[0]["description"]),
            (&id(&outcome.state.unwrap()).into(), &"Of the workforce".into())
        );
    }
}

#[tokio::test]
async fn an_app_that_a_plan_finds_in_the_state_is_left_alone() {
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
async fn a_description_that_cannot_be_put_back_is_a_warning_and_the_next_apply_puts_it_back() {
    let world = World::with_syncs_of(Duration::from_millis(500)).await;
    let config = world.config(false);
    let struck = async {
        world.created_by_somebody().await;
        // A create would be struck as well.
        world.order("POST", CONNECTOR, FaultKind::Status, Some(403), 0);
    };
    let (outcome, ()) = tokio::join!(world.apply(&Value::Null, &config), struck);
    assert!(!has_error(&outcome.diagnostics), "{}", said(&outcome.diagnostics));
    assert!(said(&outcome.diagnostics).contains("Adoption marker was not removed"), "{}", said(&outcome.diagnostics));
    world.sandbox.faults().clear();
    let state = world.rpc.read(&outcome.state.unwrap(), b"").await.state.unwrap();
    let healed = world.apply(&state, &world.config(false)).await;
    assert_eq!(healed.diagnostics, []);
    assert_eq!(world.living().await[0]["description"], "");
}

#[tokio::test]
async fn of_many_creates_at_once_with_lost_answers_each_makes_one_connector_in_at_most_two_applies() {
    let came = storm(40).await;
    assert_eq!((came.orphans, came.missing), (0, 0), "{came:?}");
    assert_eq!(came.first_apply + came.second_apply, 40);
    assert!(came.struck >= 40, "{came:?}");
}

#[tokio::test]
async fn a_connector_that_no_state_names_is_named_by_the_next_plan_and_one_that_was_read_is_not() {
    let world = World::new().await;
    let state = world.created().await;
    let twin = |planned: Vec<_>| {
        let said = said(&planned);
        said.contains("App has a connector for this Okta org already") && said.contains(&id(&state))
    };
    let next = world.process().await;
    assert!(twin(next.plan(&Value::Null, &world.config(false), b"").await.diagnostics));
    next.read(&state, b"").await;
    assert!(!twin(next.plan(&Value::Null, &world.config(false), b"").await.diagnostics));
}

#[tokio::test]
async fn an_update_without_an_answer_is_sent_again() {
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
        world.order("POST", CONNECTOR, kind, status, 1);
        let outcome = world.apply(&state, &world.config(true)).await;
        assert_eq!(outcome.diagnostics, [], "{kind:?} {status:?}");
        let after = outcome.state.unwrap();
        let living = world.living().await;
        assert_eq!((living.len(), &living[0]["skip_inactive_apps"]), (1, &Json::Bool(true)), "{kind:?} {status:?}");
        assert_eq!(world.rpc.read(&after, b"").await.state, Some(after), "{kind:?} {status:?}");
    }
}

#[tokio::test]
async fn an_update_that_stays_unanswered_keeps_the_state_and_the_next_apply_heals_it() {
    for kind in [FaultKind::DropBefore, FaultKind::DropAfter] {
        let world = World::new().await;
        let state = world.created().await;
        world.order("POST", CONNECTOR, kind, None, 0);
        let outcome = world.apply(&state, &world.config(true)).await;
        assert!(has_error(&outcome.diagnostics), "{kind:?}");
        assert_eq!(outcome.state, None, "{kind:?}: the state stays as it was");
        world.sandbox.faults().clear();

        let refreshed = world.rpc.read(&state, b"").await.state.unwrap();
        let carried_out = Value::Bool(kind == FaultKind::DropAfter);
        assert_eq!(refreshed.attribute("skip_inactive_apps"), &carried_out, "{kind:?}");
        let healed = world.apply(&refreshed, &world.config(true)).await;
        assert_eq!(healed.diagnostics, [], "{kind:?}");
        assert_eq!(world.ids().await, [id(&healed.state.unwrap())], "{kind:?}");
    }
}

#[tokio::test]
async fn a_deletion_without_an_answer_is_a_deletion() {
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
        world.order("DELETE", CONNECTOR, kind, status, 1);
        let outcome = world.apply(&state, &Value::Null).await;
        assert_eq!(outcome.diagnostics, [], "{kind:?} {status:?}");
        assert!(outcome.state.is_none_or(|state| state.is_null()), "{kind:?} {status:?}");
        assert!(world.living().await.is_empty(), "{kind:?} {status:?}");
    }
}

#[tokio::test]
async fn a_deletion_that_fails_every_time_keeps_the_connector_and_the_state() {
    let world = World::new().await;
    let state = world.created().await;
    world.order("DELETE", CONNECTOR, FaultKind::Status, Some(503), 0);
    let outcome = world.apply(&state, &Value::Null).await;
    assert!(has_error(&outcome.diagnostics));
    assert_eq!(outcome.state, None, "the state stays as it was");
    assert_eq!(world.ids().await, [id(&state)]);
}
