//! Properties of an integration's life cycle: for all configurations and responses of the services, Terraform core
//! accepts every plan and every result, and every connector is in the state or announced by a message.

#![expect(clippy::unwrap_used, reason = "a failed step must end the test")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use provider_testing::core_conformance::{apply_violations, final_plan_violations, plan_violations};
use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::provider::ConductorOne;

use provider_testing::rpc::{Outcome, Planned, Rpc, has_error, shown};
use secrecy::ExposeSecret;
use test_support::FakeClock;
use test_support::fake::{APPS, CLIENT_ID, FakeServices, OktaResponseMode, ResponseMode, SyncScript};

/// Returns the provider block for the fake tenant.
fn arguments(fake: &FakeServices) -> [(&'static str, Value); 3] {
    [
        ("server_url", fake.tenant.as_str().into()),
        ("client_id", CLIENT_ID.into()),
        ("client_secret", fake.client_secret().expose_secret().into()),
    ]
}

/// Returns a provider that is configured for the fake tenant, with an empty environment and a fake clock.
async fn configured(fake: &FakeServices) -> Rpc {
    let rpc = Rpc::new(ConductorOne::new(|_| None, FakeClock::new()));
    assert_eq!(rpc.configure(&arguments(fake)).await, []);
    rpc
}

/// A value of `domain`, before the fake has its addresses.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Domain {
    Null,
    Unknown,
    /// The domain of an org in a spelling.
    Org(usize, Spelling),
    /// A port without a server.
    Unreachable,
    /// A text that is not a domain.
    Malformed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Spelling {
    Plain,
    TrailingSlash,
    UpperCaseScheme,
    /// Another host name of the same org.
    Alias,
}

impl Domain {
    fn value(self, fake: &FakeServices) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
            Self::Org(org, spelling) => {
                let url = &fake.orgs[org];
                match spelling {
                    Spelling::Plain => url.clone(),
                    Spelling::TrailingSlash => format!("{url}/"),
                    Spelling::UpperCaseScheme => url.replace("http", "HTTP"),
                    Spelling::Alias => url.replace("127.0.0.1", "localhost"),
                }
                .as_str()
                .into()
            }
            Self::Unreachable => "http://127.0.0.1:1".into(),
            Self::Malformed => "https://acme.okta.com/app?x".into(),
        }
    }
}

/// A configuration, and the later values of its unknown values.
#[derive(Clone, Debug)]
struct Configuration {
    domain: (Domain, Domain),
    others: Value,
    later: BTreeMap<String, Value>,
}

impl Configuration {
    fn config(&self, rpc: &Rpc, fake: &FakeServices) -> Value {
        self.with(rpc, self.others.clone(), self.domain.0.value(fake))
    }

    fn resolved(&self, rpc: &Rpc, fake: &FakeServices) -> Value {
        let Value::Map(members) = &self.others else { unreachable!("an object") };
        let members = members.iter().map(|(name, value)| {
            let later = &self.later[name];
            let value = match (value, later) {
                (Value::Unknown, later) => later.clone(),
                (Value::Sequence(elements), _) => Value::Sequence(elements.iter().map(known_element).collect()),
                (Value::Map(members), _) => {
                    Value::Map(members.iter().map(|(name, value)| (name.clone(), known_limit(value))).collect())
                }
                (known, _) => known.clone(),
            };
            (name.clone(), value)
        });
        let domain = match self.domain {
            (Domain::Unknown, later) => later,
            (known, _) => known,
        };
        self.with(rpc, Value::Map(members.collect()), domain.value(fake))
    }

    fn with(&self, rpc: &Rpc, others: Value, domain: Value) -> Value {
        let Value::Map(mut members) = others else { unreachable!("an object") };
        members.insert("domain".to_owned(), domain);
        Value::Map(members).conform(&rpc.block.ty()).unwrap()
    }
}

fn known_element(element: &Value) -> Value {
    if element.is_wholly_known() { element.clone() } else { "user3".into() }
}

fn known_limit(limit: &Value) -> Value {
    if limit.is_wholly_known() { limit.clone() } else { "20s".into() }
}

fn domains() -> impl Strategy<Value = Domain> {
    let spelling = prop_oneof![
        4 => Just(Spelling::Plain),
        1 => Just(Spelling::TrailingSlash),
        1 => Just(Spelling::UpperCaseScheme),
        1 => Just(Spelling::Alias),
    ];
    prop_oneof![
        2 => Just(Domain::Null),
        2 => Just(Domain::Unknown),
        12 => (prop_oneof![4 => Just(0_usize), 1 => Just(1)], spelling).prop_map(|(org, spelling)| Domain::Org(org, spelling)),
        1 => Just(Domain::Unreachable),
    ]
}

fn flags() -> impl Strategy<Value = Value> {
    prop_oneof![3 => Just(Value::Null), 1 => Just(Value::Unknown), 4 => any::<bool>().prop_map(Value::Bool)]
}

fn owners() -> impl Strategy<Value = Value> {
    let user = prop_oneof![8 => "user[12]".prop_map(Value::String), 1 => Just(Value::Unknown)];
    prop_oneof![
        2 => Just(Value::Null),
        1 => Just(Value::Unknown),
        5 => prop::collection::btree_set(user, 0..3).prop_map(|set| Value::Sequence(set.into_iter().collect())),
    ]
}

fn timeouts() -> impl Strategy<Value = Value> {
    let limit = || {
        prop_oneof![
            Just(Value::Null),
            Just(Value::Unknown),
            Just(Value::from("2s")),
            Just(Value::from("1h30m")),
            Just(Value::from("2562047h")),
        ]
    };
    prop_oneof![
        2 => Just(Value::Null),
        1 => Just(Value::Unknown),
        3 => (limit(), limit(), limit()).prop_map(|(create, update, delete)| Value::Map(
            [("create".to_owned(), create), ("update".to_owned(), update), ("delete".to_owned(), delete)].into()
        )),
    ]
}

fn tokens() -> impl Strategy<Value = Value> {
    let known = prop_oneof![4 => Just("00first-token-of-the-org-aaaaaaaaaaaaaaaaaa"), 1 => Just("00other-token")];
    prop_oneof![1 => Just(Value::Unknown), 6 => known.prop_map(Value::from)]
}

fn descriptions() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => Just(Value::Null),
        1 => Just(Value::Unknown),
        1 => Just(Value::from("")),
        2 => Just(Value::from("Okta of the EU [2024-01-15]")),
    ]
}

prop_compose! {
    fn configurations()(
        domain in (domains(), domains()),
        malformed in prop::bool::weighted(0.02),
        lone_token in prop::bool::weighted(0.03),
        token in (tokens(), tokens()),
        app_id in prop_oneof![9 => Just(Value::from(APPS[0])), 1 => Just(Value::from(APPS[1])), 1 => Just(Value::Unknown), 1 => Just(Value::from("missing"))],
        flags in prop::array::uniform5((flags(), any::<bool>(), any::<bool>())),
        owners in owners(),
        timeouts in timeouts(),
        description in (descriptions(), descriptions()),
    ) -> Configuration {
        let domain = if malformed { (Domain::Malformed, domain.1) } else { domain };
        // Unknown values must become known.
        let later = match domain.1 {
            Domain::Unknown => Domain::Org(0, Spelling::Plain),
            later => later,
        };
        let final_domain = if matches!(domain.0, Domain::Unknown) { later } else { domain.0 };
        // A token without a domain is an error, so few cases have one.
        let token_now = if domain.0 == Domain::Null && !lone_token { Value::Null } else { token.0.clone() };
        let token_later = if final_domain == Domain::Null {
            Value::Null
        } else if token.1.is_wholly_known() {
            token.1
        } else {
            "00first-token-of-the-org-aaaaaaaaaaaaaaaaaa".into()
        };
        let names = ["skip_inactive_apps", "sync_deprovisioned_users", "extract_aws_saml_roles", "validate_credentials", "wait_for_sync"];
        let mut others = BTreeMap::from([
            ("app_id".to_owned(), app_id), ("api_token".to_owned(), token_now),
            ("owners".to_owned(), owners), ("timeouts".to_owned(), timeouts), ("description".to_owned(), description.0),
        ]);
        let text_later = if description.1.is_wholly_known() { description.1 } else { Value::Null };
        let mut later_values = BTreeMap::from([
            ("app_id".to_owned(), Value::from(APPS[0])), ("api_token".to_owned(), token_later),
            ("owners".to_owned(), Value::Sequence(vec!["user1".into()])), ("timeouts".to_owned(), Value::Null),
            ("description".to_owned(), text_later),
        ]);
        for (name, (value, null, later)) in names.into_iter().zip(flags) {
            others.insert(name.to_owned(), value);
            later_values.insert(name.to_owned(), if null { Value::Null } else { Value::Bool(later) });
        }
        Configuration { domain: (domain.0, later), others: Value::Map(others), later: later_values }
    }
}

fn modes() -> impl Strategy<Value = Vec<ResponseMode>> {
    use ResponseMode::*;
    let incorrect = prop::sample::select(vec![
        OtherOwners,
        NoOwners,
        NoDescription,
        NullConfig,
        MissingKeys,
        ForeignConfig,
        NullObject,
        NullTimestamps,
        FailAfter,
        HtmlAfter,
        FailBefore,
        Html404,
        NotFound,
        Forbidden,
        BadRequest,
        RateLimited,
        DeleteConnector,
    ]);
    let mode = prop_oneof![6 => Just(Normal), 3 => Just(EquivalentSpelling), 4 => incorrect];
    let times = prop_oneof![8 => Just(1_usize), 1 => 2..7_usize];
    let some = prop::collection::vec((mode, times), 0..12)
        .prop_map(|modes| modes.into_iter().flat_map(|(mode, times)| std::iter::repeat_n(mode, times)).collect());
    prop_oneof![1 => Just(Vec::new()), 2 => some]
}

fn okta_modes() -> impl Strategy<Value = Vec<OktaResponseMode>> {
    use OktaResponseMode::*;
    let incorrect =
        prop::sample::select(vec![RejectToken, SuspendedOwner, Forbidden, ServerError, RateLimited, Html, Redirect]);
    let some = prop::collection::vec(prop_oneof![4 => Just(Normal), 1 => incorrect], 0..8);
    prop_oneof![3 => Just(Vec::new()), 1 => some]
}

fn syncs() -> impl Strategy<Value = SyncScript> {
    prop_oneof![
        4 => (0..4_u32).prop_map(SyncScript::Succeeds),
        2 => (0..3_u32).prop_map(SyncScript::Fails),
        1 => prop::sample::select(vec![SyncScript::DataDrop, SyncScript::Disabled, SyncScript::UnknownStatus, SyncScript::OnlyIfForced, SyncScript::Endless]),
    ]
}

/// One run of Terraform and the responses during it.
#[derive(Clone, Debug)]
struct Run {
    configuration: Configuration,
    plan_modes: Vec<ResponseMode>,
    apply_modes: Vec<ResponseMode>,
    /// Responses to the refresh before the plan.
    read_modes: Vec<ResponseMode>,
    okta_modes: Vec<OktaResponseMode>,
    syncs: Vec<SyncScript>,
    /// Terraform cancels before the apply.
    interrupt: bool,
}

prop_compose! {
    fn runs()(
        configuration in configurations(), plan_modes in prop_oneof![3 => Just(Vec::new()), 1 => modes()],
        apply_modes in modes(), read_modes in modes(), okta_modes in okta_modes(),
        syncs in prop::collection::vec(syncs(), 0..4), interrupt in prop::bool::weighted(0.1),
    ) -> Run {
        Run { configuration, plan_modes, apply_modes, read_modes, okta_modes, syncs, interrupt }
    }
}

/// Terraform core with one resource in its configuration.
struct Core {
    fake: FakeServices,
    rpc: Rpc,
    state: Value,
    private: Vec<u8>,
    /// Connectors that may exist according to a message.
    announced: BTreeSet<String>,
    /// Set if a message reported that the description still has the adoption marker.
    has_marker: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Action {
    Create,
    Replace,
    Update,
    Nothing,
}

impl Core {
    async fn start() -> Self {
        let fake = FakeServices::start().await;
        let rpc = configured(&fake).await;
        Self { fake, rpc, state: Value::Null, private: Vec::new(), announced: BTreeSet::new(), has_marker: false }
    }

    /// Plans and asserts that core accepts the plan. Returns `None` if the plan has errors.
    async fn plan(&self, prior: &Value, config: &Value, private: &[u8]) -> Option<Planned> {
        let planned = self.rpc.plan(prior, config, private).await;
        assert_no_secret(&planned.diagnostics);
        if has_error(&planned.diagnostics) {
            return None;
        }
        let violations = plan_violations(&self.rpc.block, prior, config, &planned.value);
        assert!(violations.is_empty(), "invalid plan: {violations:?}");
        Some(planned)
    }

    /// Returns core's action for a plan. Core ignores replacement by attributes whose value does not change.
    fn action(&self, prior: &Value, planned: &Planned) -> Action {
        let ty = self.rpc.block.ty();
        let changes = |name: &String| {
            let ty = &self.rpc.block.attributes[name].ty;
            !prior.attribute(name).equals(planned.value.attribute(name), ty)
        };
        match () {
            () if prior.is_null() => Action::Create,
            () if planned.replace.iter().any(changes) => Action::Replace,
            () if planned.value.equals(prior, &ty) => Action::Nothing,
            () => Action::Update,
        }
    }

    /// Plans and applies. Returns whether the apply succeeded or was not necessary.
    async fn run(&mut self, run: &Run) -> bool {
        let block = self.rpc.block.clone();
        let config = run.configuration.config(&self.rpc, &self.fake);
        let known = run.configuration.resolved(&self.rpc, &self.fake);
        {
            let mut world = self.fake.world();
            world.clear_modes();
            world.modes.extend(&run.plan_modes);
            world.okta_modes.extend(&run.okta_modes);
            world.okta_misreported = false;
        }
        if has_error(&self.rpc.validate(&config).await) {
            return false;
        }
        let prior = self.state.clone();
        let Some(first) = self.plan(&prior, &config, &self.private).await else { return false };
        let action = self.action(&prior, &first);
        let first = match action {
            Action::Nothing => return true,
            Action::Replace => match self.plan(&Value::Null, &config, &first.private).await {
                Some(planned) => planned,
                None => return false,
            },
            Action::Create | Action::Update => first,
        };

        if has_error(&self.rpc.validate(&known).await) {
            return false;
        }
        let base = if action == Action::Replace { Value::Null } else { prior.clone() };
        let private = if action == Action::Replace { Vec::new() } else { self.private.clone() };
        self.fake.world().clear_modes();
        let Some(second) = self.plan(&base, &known, &private).await else { return false };
        let final_action = self.action(&base, &second);
        if action == Action::Update && final_action == Action::Replace && self.fake.world().okta_misreported {
            // The first plan could not read the org's ID, and the second could. No provider can predict that.
            return false;
        }
        let violations = final_plan_violations(&block, &first.value, &second.value);
        assert!(violations.is_empty(), "inconsistent final plan: {violations:?}");
        match (action, final_action) {
            (Action::Update, Action::Nothing) => return true,
            (Action::Replace, Action::Create) => {}
            (action, final_action) => assert_eq!(final_action, action, "the planned action changed"),
        }
        if action == Action::Replace && !self.destroy().await {
            return false;
        }
        self.fake.world().modes.extend(&run.apply_modes);
        self.fake.world().okta_modes.extend(&run.okta_modes);
        self.fake.world().syncs = run.syncs.iter().copied().collect();
        if run.interrupt {
            self.rpc.stop().await;
        }
        let before: BTreeSet<String> = self.fake.world().connectors.keys().cloned().collect();
        let outcome = self.rpc.apply(&base, &second, &known).await;
        self.check_result(&base, &second, &outcome, &before);
        if run.interrupt {
            self.fake.world().clear_modes();
            assert_eq!(self.rpc.configure(&arguments(&self.fake)).await, []);
        }
        !has_error(&outcome.diagnostics)
    }

    /// Asserts core's rules for the result of an apply, and stores the state as core does.
    fn check_result(&mut self, prior: &Value, planned: &Planned, outcome: &Outcome, before: &BTreeSet<String>) {
        assert_no_secret(&outcome.diagnostics);
        let messages: Vec<String> = outcome.diagnostics.iter().map(shown).collect();
        let text = messages.join("\n\n");
        self.has_marker = text.contains("Adoption marker was not removed");
        if !has_error(&outcome.diagnostics) {
            let state = outcome.state.clone().unwrap_or(Value::Null);
            let violations = apply_violations(&self.rpc.block, &planned.value, &state);
            assert!(violations.is_empty(), "inconsistent result after apply: {violations:?}\n{text}");
            if prior.attribute("id").is_null() && !state.is_null() {
                assert!(!state.attribute("id").is_null(), "a connector without an ID");
            }
        }
        if let Some(state) = outcome.state.clone().filter(|state| !state.is_null()) {
            assert!(state.is_wholly_known(), "{text}");
            assert!(!state.attribute("id").is_null(), "{text}");
            assert!(prior.is_null() || prior.attribute("id") == state.attribute("id"), "{text}");
            self.state = state;
            self.private = outcome.private.clone();
        }
        let world = self.fake.world();
        let created: Vec<&String> = world.connectors.keys().filter(|id| !before.contains(*id)).collect();
        assert!(created.len() <= 1, "more than one connector was created: {created:?}");
        for id in created {
            let exists = !world.connectors[id].deleted;
            let in_state = self.state.attribute("id") == &Value::from(id.as_str());
            let announced = text.contains("may have been created");
            assert!(!exists || in_state || announced, "{id} is neither in the state nor announced:\n{text}");
            assert!(
                !exists || !text.to_lowercase().contains("othing was c"),
                "{id} exists, but the message denies it:\n{text}"
            );
            if announced && !in_state {
                self.announced.insert(id.clone());
            }
        }
    }

    /// Refreshes the state, and stores it as core does.
    async fn read(&mut self) {
        if self.state.is_null() {
            return;
        }
        let outcome = self.rpc.read(&self.state, &self.private).await;
        assert_no_secret(&outcome.diagnostics);
        if has_error(&outcome.diagnostics) {
            assert_eq!(outcome.state.as_ref(), Some(&self.state), "an error changes nothing");
            return;
        }
        let state = outcome.state.unwrap_or(Value::Null);
        assert!(state.is_wholly_known());
        assert_eq!(outcome.private, self.private, "private data is echoed");
        (self.state, self.private) = (state, outcome.private);
    }

    /// Asserts that a refresh and a plan of the same configuration have no changes.
    async fn assert_no_changes(&mut self, run: &Run) {
        let known = run.configuration.resolved(&self.rpc, &self.fake);
        self.read().await;
        if self.state.is_null() {
            // The connector was deleted out of band.
            return;
        }
        // An incorrect response with the configured owners hides that they are not set.
        let was_misled = std::mem::take(&mut self.fake.world().misreported);
        let again = self.rpc.plan(&self.state, &known, &self.private).await;
        let messages: Vec<String> = again.diagnostics.iter().map(shown).collect();
        assert!(!has_error(&again.diagnostics), "a second plan fails: {messages:?}");
        let mut expected = self.state.clone();
        if was_misled && let Some(members) = expected.as_object_mut() {
            members.insert("owners".to_owned(), again.value.attribute("owners").clone());
        }
        if self.has_marker
            && let Some(members) = expected.as_object_mut()
        {
            members.insert("description".to_owned(), again.value.attribute("description").clone());
        }
        assert_eq!(again.value, expected, "a second plan has changes");
        assert!(again.replace.is_empty(), "a second plan replaces for {:?}", again.replace);
    }

    /// Destroys the connector. Returns whether that succeeded.
    async fn destroy(&mut self) -> bool {
        let planned = self.rpc.plan(&self.state, &Value::Null, &self.private).await;
        assert_eq!((planned.diagnostics.as_slice(), planned.value.is_null()), (&[][..], true));
        let outcome = self.rpc.apply(&self.state, &planned, &Value::Null).await;
        if has_error(&outcome.diagnostics) {
            assert!(outcome.state.is_none_or(|state| state == self.state));
            return false;
        }
        assert!(outcome.state.is_none_or(|state| state.is_null()));
        self.state = Value::Null;
        self.private = Vec::new();
        true
    }
}

fn assert_no_secret(diagnostics: &[terraform_provider_conductorone::plugin::proto::tfplugin5::Diagnostic]) {
    for diagnostic in diagnostics {
        let text = shown(diagnostic);
        assert!(!text.contains("00first") && !text.contains("secret-token:conductorone.com:v1:ey"), "{text}");
        assert_ne!(diagnostic.summary, "Provider failed unexpectedly", "{text}");
        assert!(!text.contains("bug in the provider") || text.contains("proxy"), "{text}");
    }
}

async fn life_cycle(sequence: Vec<Run>) {
    let mut core = Core::start().await;
    for run in sequence {
        // An incorrect response to the refresh misleads the plan.
        core.fake.world().modes.extend(&run.read_modes);
        core.read().await;
        let is_informed = !std::mem::take(&mut core.fake.world().misreported);
        let succeeded = core.run(&run).await;
        core.fake.world().clear_modes();
        if succeeded && is_informed {
            core.assert_no_changes(&run).await;
        }
    }
    core.read().await;
    if !core.state.is_null() {
        assert!(core.destroy().await);
    }
    let untracked: BTreeSet<String> = core.fake.world().existing().into_iter().collect();
    assert!(untracked.is_subset(&core.announced), "untracked connectors: {untracked:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn core_accepts_every_plan_and_result_and_no_connector_is_untracked(sequence in prop::collection::vec(runs(), 1..5)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(life_cycle(sequence));
    }
}
