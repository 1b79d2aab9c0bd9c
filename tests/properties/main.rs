//! Properties of the integration's whole life: whatever the configuration says and however the services answer,
//! Terraform's core accepts every plan and every result, and no connector is lost.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use provider_testing::core_conformance::{apply_violations, final_plan_violations, plan_violations};
use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::provider::ConductorOne;

use provider_testing::rpc::{Outcome, Planned, Rpc, has_error, shown};
use secrecy::ExposeSecret;
use test_support::FakeClock;
use test_support::fake::{APPS, CLIENT_ID, Fake, Mood, OktaMood, Sync};

/// Returns the provider block for the fake tenant.
fn arguments(fake: &Fake) -> [(&'static str, Value); 3] {
    [
        ("server_url", fake.tenant.as_str().into()),
        ("client_id", CLIENT_ID.into()),
        ("client_secret", fake.client_secret().expose_secret().into()),
    ]
}

/// Returns a provider that is configured for the fake tenant. Its environment is empty, its clock moves when it waits.
async fn configured(fake: &Fake) -> Rpc {
    let rpc = Rpc::new(ConductorOne::new(|_| None, FakeClock::new()));
    assert_eq!(rpc.configure(&arguments(fake)).await, []);
    rpc
}

/// A text of the configuration, before the fake's addresses are known.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Domain {
    Null,
    Unknown,
    /// Org, and how it is spelled.
    Org(usize, Spelling),
    /// Nobody is there.
    Nowhere,
    /// No domain at all.
    Malformed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Spelling {
    Plain,
    Slash,
    Shouted,
    /// Another name of the same org.
    Alias,
}

impl Domain {
    fn value(self, fake: &Fake) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
            Self::Org(org, spelling) => {
                let url = &fake.orgs[org];
                match spelling {
                    Spelling::Plain => url.clone(),
                    Spelling::Slash => format!("{url}/"),
                    Spelling::Shouted => url.replace("http", "HTTP"),
                    Spelling::Alias => url.replace("127.0.0.1", "localhost"),
                }
                .as_str()
                .into()
            }
            Self::Nowhere => "http://127.0.0.1:1".into(),
            Self::Malformed => "https://acme.okta.com/app?x".into(),
        }
    }
}

/// A configuration, and what its unknown values turn out to be.
#[derive(Clone, Debug)]
struct Written {
    domain: (Domain, Domain),
    others: Value,
    later: BTreeMap<String, Value>,
}

impl Written {
    fn config(&self, rpc: &Rpc, fake: &Fake) -> Value {
        self.with(rpc, self.others.clone(), self.domain.0.value(fake))
    }

    fn resolved(&self, rpc: &Rpc, fake: &Fake) -> Value {
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
        1 => Just(Spelling::Slash),
        1 => Just(Spelling::Shouted),
        1 => Just(Spelling::Alias),
    ];
    prop_oneof![
        2 => Just(Domain::Null),
        2 => Just(Domain::Unknown),
        12 => (prop_oneof![4 => Just(0_usize), 1 => Just(1)], spelling).prop_map(|(org, spelling)| Domain::Org(org, spelling)),
        1 => Just(Domain::Nowhere),
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
            Just(Value::from("1h 30m")),
            Just(Value::from("500000000000y")),
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
        2 => Just(Value::from("Okta of ours [eu]")),
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
    ) -> Written {
        let domain = if malformed { (Domain::Malformed, domain.1) } else { domain };
        // What is not known cannot turn into something that is not known.
        let later = match domain.1 {
            Domain::Unknown => Domain::Org(0, Spelling::Plain),
            later => later,
        };
        let finally = if domain.0 == Domain::Unknown { later } else { domain.0 };
        // Mostly a token goes with a domain; without one it is an error, seldom worth a case.
        let token_now = if domain.0 == Domain::Null && !lone_token { Value::Null } else { token.0.clone() };
        let token_later = if finally == Domain::Null {
            Value::Null
        } else if token.1.is_wholly_known() {
            token.1
        } else {
            "00first-token-of-the-org-aaaaaaaaaaaaaaaaaa".into()
        };
        // A token that is known stays when its domain turns out to be null.
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
        Written { domain: (domain.0, later), others: Value::Map(others), later: later_values }
    }
}

fn moods() -> impl Strategy<Value = Vec<Mood>> {
    use Mood::*;
    let lie = prop::sample::select(vec![
        OtherOwners,
        NoOwners,
        NoDescription,
        ConfigNull,
        MissingKeys,
        ForeignConfig,
        NullObject,
        NullMoments,
        FailsAfter,
        HtmlAfter,
        FailsBefore,
        Html404,
        NotFound,
        Forbidden,
        Invalid,
        Limited,
        Deletes,
    ]);
    let mood = prop_oneof![6 => Just(Truthful), 3 => Just(Respelt), 4 => lie];
    let times = prop_oneof![8 => Just(1_usize), 1 => 2..7_usize];
    let some = prop::collection::vec((mood, times), 0..12)
        .prop_map(|moods| moods.into_iter().flat_map(|(mood, times)| std::iter::repeat_n(mood, times)).collect());
    prop_oneof![1 => Just(Vec::new()), 2 => some]
}

fn okta_moods() -> impl Strategy<Value = Vec<OktaMood>> {
    use OktaMood::*;
    let lie = prop::sample::select(vec![Refuses, Suspended, Forbids, Fails, Limited, Html, Redirects]);
    let some = prop::collection::vec(prop_oneof![4 => Just(Truthful), 1 => lie], 0..8);
    prop_oneof![3 => Just(Vec::new()), 1 => some]
}

fn syncs() -> impl Strategy<Value = Sync> {
    prop_oneof![
        4 => (0..4_u32).prop_map(Sync::Done),
        2 => (0..3_u32).prop_map(Sync::Failed),
        1 => prop::sample::select(vec![Sync::DataDrop, Sync::Disabled, Sync::Strange, Sync::Idle, Sync::Endless]),
    ]
}

/// One run of Terraform and what happens during it.
#[derive(Clone, Debug)]
struct Run {
    written: Written,
    plan_moods: Vec<Mood>,
    apply_moods: Vec<Mood>,
    /// How the refresh before the plan is answered.
    read_moods: Vec<Mood>,
    okta_moods: Vec<OktaMood>,
    syncs: Vec<Sync>,
    /// The user interrupts before the apply.
    interrupt: bool,
}

prop_compose! {
    fn runs()(
        written in configurations(), plan_moods in prop_oneof![3 => Just(Vec::new()), 1 => moods()],
        apply_moods in moods(), read_moods in moods(), okta_moods in okta_moods(),
        syncs in prop::collection::vec(syncs(), 0..4), interrupt in prop::bool::weighted(0.1),
    ) -> Run {
        Run { written, plan_moods, apply_moods, read_moods, okta_moods, syncs, interrupt }
    }
}

/// Terraform with one resource in its configuration.
struct Core {
    fake: Fake,
    rpc: Rpc,
    state: Value,
    private: Vec<u8>,
    /// Connectors of which a message said that they may exist.
    announced: BTreeSet<String>,
    /// Whether a message said that the description is not as it should be.
    noted: bool,
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
        let fake = Fake::start().await;
        let rpc = configured(&fake).await;
        Self { fake, rpc, state: Value::Null, private: Vec::new(), announced: BTreeSet::new(), noted: false }
    }

    /// A plan that core finds valid, or `None` when it has errors.
    async fn plan(&self, prior: &Value, config: &Value, private: &[u8]) -> Option<Planned> {
        let planned = self.rpc.plan(prior, config, private).await;
        no_secret(&planned.diagnostics);
        if has_error(&planned.diagnostics) {
            return None;
        }
        let violations = plan_violations(&self.rpc.block, prior, config, &planned.value);
        assert!(violations.is_empty(), "invalid plan: {violations:?}");
        Some(planned)
    }

    /// What core makes of a plan: paths whose value stays do not replace anything.
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

    /// One plan and apply. True when the apply was wanted and went well.
    async fn run(&mut self, run: &Run) -> bool {
        let block = self.rpc.block.clone();
        let config = run.written.config(&self.rpc, &self.fake);
        let known = run.written.resolved(&self.rpc, &self.fake);
        {
            let mut world = self.fake.world();
            world.calm();
            world.moods.extend(&run.plan_moods);
            world.okta_moods.extend(&run.okta_moods);
            world.okta_lied = false;
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
        self.fake.world().calm();
        let Some(second) = self.plan(&base, &known, &private).await else { return false };
        let became = self.action(&base, &second);
        if action == Action::Update && became == Action::Replace && self.fake.world().okta_lied {
            // An org that did not say who it is to the first plan said so to the second: no provider can know that.
            return false;
        }
        let violations = final_plan_violations(&block, &first.value, &second.value);
        assert!(violations.is_empty(), "inconsistent final plan: {violations:?}");
        match (action, became) {
            (Action::Update, Action::Nothing) => return true,
            (Action::Replace, Action::Create) => {}
            (action, became) => assert_eq!(became, action, "the planned action changed"),
        }
        if action == Action::Replace && !self.destroy().await {
            return false;
        }
        self.fake.world().moods.extend(&run.apply_moods);
        self.fake.world().okta_moods.extend(&run.okta_moods);
        self.fake.world().syncs = run.syncs.iter().copied().collect();
        if run.interrupt {
            self.rpc.stop().await;
        }
        let before: BTreeSet<String> = self.fake.world().connectors.keys().cloned().collect();
        let outcome = self.rpc.apply(&base, &second, &known).await;
        self.judge(&base, &second, &outcome, &before);
        if run.interrupt {
            self.fake.world().calm();
            assert_eq!(self.rpc.configure(&arguments(&self.fake)).await, []);
        }
        !has_error(&outcome.diagnostics)
    }

    /// Holds an apply to core's rules and stores what core would store.
    fn judge(&mut self, prior: &Value, planned: &Planned, outcome: &Outcome, before: &BTreeSet<String>) {
        no_secret(&outcome.diagnostics);
        let messages: Vec<String> = outcome.diagnostics.iter().map(shown).collect();
        let said = messages.join("\n\n");
        self.noted = said.contains("Adoption marker was not removed");
        if !has_error(&outcome.diagnostics) {
            let state = outcome.state.clone().unwrap_or(Value::Null);
            let violations = apply_violations(&self.rpc.block, &planned.value, &state);
            assert!(violations.is_empty(), "inconsistent result after apply: {violations:?}\n{said}");
            if prior.attribute("id").is_null() && !state.is_null() {
                assert!(!state.attribute("id").is_null(), "a connector without an ID");
            }
        }
        if let Some(state) = outcome.state.clone().filter(|state| !state.is_null()) {
            assert!(state.is_wholly_known(), "{said}");
            assert!(!state.attribute("id").is_null(), "{said}");
            assert!(prior.is_null() || prior.attribute("id") == state.attribute("id"), "{said}");
            self.state = state;
            self.private = outcome.private.clone();
        }
        let world = self.fake.world();
        let made: Vec<&String> = world.connectors.keys().filter(|id| !before.contains(*id)).collect();
        assert!(made.len() <= 1, "more than one connector was made: {made:?}");
        for id in made {
            let living = !world.connectors[id].deleted;
            let in_state = self.state.attribute("id") == &Value::from(id.as_str());
            let announced = said.contains("may have been created");
            assert!(!living || in_state || announced, "nothing tracks {id}:\n{said}");
            assert!(!living || !said.to_lowercase().contains("othing was c"), "{id} exists, and yet:\n{said}");
            if announced && !in_state {
                self.announced.insert(id.clone());
            }
        }
    }

    /// Reads, with lies. What comes is stored as core stores it.
    async fn read(&mut self) {
        if self.state.is_null() {
            return;
        }
        let outcome = self.rpc.read(&self.state, &self.private).await;
        no_secret(&outcome.diagnostics);
        if has_error(&outcome.diagnostics) {
            assert_eq!(outcome.state.as_ref(), Some(&self.state), "an error changes nothing");
            return;
        }
        let state = outcome.state.unwrap_or(Value::Null);
        assert!(state.is_wholly_known());
        assert_eq!(outcome.private, self.private, "private data is echoed");
        (self.state, self.private) = (state, outcome.private);
    }

    /// A refresh and a plan of the same configuration, told the truth, find nothing to do.
    async fn nothing_is_left_to_do(&mut self, run: &Run) {
        let known = run.written.resolved(&self.rpc, &self.fake);
        self.read().await;
        if self.state.is_null() {
            // Somebody deleted it.
            return;
        }
        // Owners that the service told wrongly, and by chance as they should be, could not be put right.
        let misled = std::mem::take(&mut self.fake.world().lied);
        let again = self.rpc.plan(&self.state, &known, &self.private).await;
        let said: Vec<String> = again.diagnostics.iter().map(shown).collect();
        assert!(!has_error(&again.diagnostics), "a second plan fails: {said:?}");
        let mut expected = self.state.clone();
        if misled && let Some(members) = expected.as_object_mut() {
            members.insert("owners".to_owned(), again.value.attribute("owners").clone());
        }
        if self.noted
            && let Some(members) = expected.as_object_mut()
        {
            members.insert("description".to_owned(), again.value.attribute("description").clone());
        }
        assert_eq!(again.value, expected, "a second plan has changes");
        assert!(again.replace.is_empty(), "a second plan replaces for {:?}", again.replace);
    }

    /// Destroys what is there. True when it is gone.
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

fn no_secret(diagnostics: &[terraform_provider_conductorone::plugin::proto::tfplugin5::Diagnostic]) {
    for diagnostic in diagnostics {
        let text = shown(diagnostic);
        assert!(!text.contains("00first") && !text.contains("secret-token:conductorone.com:v1:ey"), "{text}");
        assert_ne!(diagnostic.summary, "Provider failed unexpectedly", "{text}");
        assert!(!text.contains("bug in the provider") || text.contains("proxy"), "{text}");
    }
}

async fn life(sequence: Vec<Run>) {
    let mut core = Core::start().await;
    for run in sequence {
        // Terraform refreshes before it plans. What the service lies then, the plan believes.
        core.fake.world().moods.extend(&run.read_moods);
        core.read().await;
        let informed = !std::mem::take(&mut core.fake.world().lied);
        let good = core.run(&run).await;
        core.fake.world().calm();
        if good && informed {
            core.nothing_is_left_to_do(&run).await;
        }
    }
    core.read().await;
    if !core.state.is_null() {
        assert!(core.destroy().await);
    }
    let left: BTreeSet<String> = core.fake.world().living().into_iter().collect();
    assert!(left.is_subset(&core.announced), "orphans: {left:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn core_accepts_every_plan_and_result_and_no_connector_is_lost(sequence in prop::collection::vec(runs(), 1..5)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(life(sequence));
    }
}
