//! One case of the matrix: an operation with a fault in one of its requests, and the conditions that must hold
//! afterwards.

use std::time::{Duration, Instant};

use c1_sandbox::{Fault, FaultKind, Service};
use serde_json::Value as Json;
use service_http::Clock;
use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::plugin::proto::tfplugin5::Diagnostic;

use crate::faults::{COLUMNS, Injection};
use crate::operations::{Change, Effect, Kind, Operation};
use crate::world::World;
use provider_testing::rpc::{Outcome, has_error, shown};

/// Limit of the provider's clock for an operation with `timeouts` of 2 minutes. The request that is in flight when they
/// end is awaited, and the check for a created object follows.
const WITH_TIMEOUTS: Duration = Duration::from_secs(120 + 61 + 61);

/// Limit for operations without `timeouts`: two requests in sequence, each with 5 attempts of a minute and their pauses.
const WITHOUT_TIMEOUTS: Duration = Duration::from_secs(11 * 60);

/// Limit for an inventory, which waits for 20 of Okta's rate limits before it fails.
const INVENTORY: Duration = Duration::from_secs(21 * 60);

/// Real time after which an operation counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// Slightly more than the time limit of a request.
const REQUEST_LIMIT: Duration = Duration::from_secs(61);

/// Verbs of a next step. A message must contain a clause that starts with one of them.
const IMPERATIVES: [&str; 51] = [
    "add",
    "allow",
    "apply",
    "approve",
    "ask",
    "assign",
    "change",
    "check",
    "choose",
    "configure",
    "confirm",
    "contact",
    "correct",
    "create",
    "delete",
    "destroy",
    "enable",
    "enter",
    "find",
    "fix",
    "generate",
    "give",
    "grant",
    "import",
    "increase",
    "look",
    "make",
    "open",
    "plan",
    "raise",
    "refresh",
    "remove",
    "replace",
    "report",
    "reset",
    "restart",
    "restore",
    "resume",
    "retry",
    "review",
    "run",
    "set",
    "specify",
    "start",
    "try",
    "untaint",
    "update",
    "upgrade",
    "use",
    "verify",
    "wait",
];

/// Symbol of a case that this run skips.
pub const SKIPPED: char = '\0';

/// A run that only compares executes every fourth case of each row.
const SHARE: usize = 4;

/// Result of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Same as without the fault.
    Unchanged,
    /// Done with a warning, or an attribute reports missing data.
    Warned,
    /// An error; no object is lost.
    Failed,
    /// An error that asks the user to check, because the outcome cannot be determined.
    Undetermined,
    /// The object counts as deleted, as the service reported.
    Deleted,
    /// The fault cannot occur only once.
    NotApplicable,
    /// This run skips the case.
    Skipped,
}

impl Verdict {
    /// Returns the symbol in the matrix.
    pub fn symbol(self) -> char {
        match self {
            Self::Unchanged => '+',
            Self::Warned => 'w',
            Self::Failed => '!',
            Self::Undetermined => '?',
            Self::Deleted => 'g',
            Self::NotApplicable => ' ',
            Self::Skipped => SKIPPED,
        }
    }
}

/// A request with the result of each fault.
pub struct Row {
    pub operation: Operation,
    pub call: Call,
    /// Results of each fault that occurs once, and on every attempt.
    pub cells: Vec<(Verdict, Verdict)>,
    /// Failures, for the message of the test.
    pub wrong: Vec<String>,
}

/// A request of an operation. `*` in the path replaces an ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub service: Service,
    pub method: String,
    pub path: String,
    /// Number of requests to the same service that the operation sends before.
    pub before: usize,
}

impl Call {
    /// Returns true if both are the same request, regardless of the polls that precede it.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.sort_key() == other.sort_key()
    }

    fn sort_key(&self) -> (bool, &str, &str) {
        (self.service == Service::Okta, &self.path, &self.method)
    }
}

/// Observations of an operation with a fault.
struct Attempt {
    outcome: Outcome,
    elapsed: Duration,
    fault_occurred: bool,
}

impl World {
    /// Runs the cases of the operation with the selected faults. The others are blank.
    pub async fn rows(mut self, complete: bool, is_selected: impl Fn(Injection) -> bool) -> Vec<Row> {
        let change = self.prepare().await;
        let rpc = self.configured().await;
        let skip = std::fs::read_to_string(self.journal()).unwrap().lines().count();
        let outcome = self.act(&rpc, change.as_ref()).await;
        assert!(!has_error(&outcome.diagnostics), "{:?}: {:?}", self.operation, outcome.diagnostics);
        let calls = self.calls(skip);
        assert!(!calls.is_empty(), "{:?}: {:?}", self.operation, std::fs::read_to_string(self.journal()));
        let baseline = outcome.clone();
        self.settle(outcome).await.unwrap();

        let mut rows = Vec::new();
        for (line, call) in calls.into_iter().enumerate() {
            let (mut cells, mut wrong) = (Vec::new(), Vec::new());
            for (place, column) in COLUMNS.iter().enumerate() {
                let mut verdicts = [Verdict::NotApplicable; 2];
                for (verdict, times) in verdicts.iter_mut().zip([1, 0]) {
                    // A fault of connections affects all later connections too.
                    if times == 1 && column.injection.prevents_connection() || !is_selected(column.injection) {
                        continue;
                    }
                    // The offset differs between rows, so that a run covers all faults.
                    if !complete && !(self.operation as usize + line + place).is_multiple_of(SHARE) {
                        *verdict = Verdict::Skipped;
                        continue;
                    }
                    match self.cell(&call, column.injection, times, &baseline).await {
                        Ok(found) => *verdict = found,
                        Err(problem) => {
                            let often = if times == 1 { "once" } else { "always" };
                            let (title, Call { method, path, .. }) = (self.operation.title(), &call);
                            wrong.push(format!("{title}, {method} {path}, {} {often}: {problem}", column.meaning));
                        }
                    }
                }
                cells.push((verdicts[0], verdicts[1]));
            }
            rows.push(Row { operation: self.operation, call, cells, wrong });
        }
        rows
    }

    /// Runs the operation with a fault in one request, and returns the result.
    ///
    /// # Errors
    /// If a condition does not hold.
    async fn cell(
        &mut self,
        call: &Call,
        injection: Injection,
        times: u32,
        baseline: &Outcome,
    ) -> Result<Verdict, String> {
        let change = self.prepare().await;
        let before = self.existing_ids().await;
        let Attempt { outcome, elapsed, fault_occurred } = self.attempt(call, injection, times, change.as_ref()).await;
        let after = self.existing_ids().await;
        let messages = outcome.diagnostics.iter().map(shown).collect::<Vec<_>>().join("\n");
        let verdict = self.judge(injection, baseline, &outcome, (&before, &after));
        let settled = self.settle(outcome.clone()).await;
        if settled.is_err() {
            self.delete_all().await;
        }
        let timed = matches!(self.operation.kind(), Kind::Connector) && self.operation.effect() != Effect::None;
        let limit = match self.operation {
            Operation::OktaInventory => INVENTORY,
            _ if timed => WITH_TIMEOUTS,
            _ => WITHOUT_TIMEOUTS,
        };
        let verdict = verdict.map_err(|problem| format!("{problem}\n{messages}"))?;
        settled.map_err(|problem| format!("{problem}\n{messages}"))?;
        if !fault_occurred {
            return Err("the fault did not occur".to_owned());
        }
        if elapsed > limit {
            return Err(format!("took {elapsed:?} of the provider's clock, more than {limit:?}\n{messages}"));
        }
        for diagnostic in &outcome.diagnostics {
            if diagnostic.summary == "Provider failed unexpectedly" {
                return Err(format!("panicked: {messages}"));
            }
            if !contains_next_step(&diagnostic.detail) {
                return Err(format!("the message contains no next step: {}", shown(diagnostic)));
            }
        }
        Ok(verdict)
    }

    async fn attempt(&mut self, call: &Call, injection: Injection, times: u32, change: Option<&Change>) -> Attempt {
        if injection.prevents_connection() {
            // The proxy counts connections, so each request must open its own.
            for service in [Service::ConductorOne, Service::Okta] {
                self.sandbox.faults().add(vec![close(service)]);
            }
        }
        let rpc = self.configured().await;
        let proxy = if call.service == Service::Okta { &self.okta } else { &self.conductorone };
        match injection {
            Injection::RefusedConnection => proxy.refuse_after(call.before).await,
            Injection::UntrustedCertificate => proxy.untrusted_after(call.before).await,
            Injection::Sandbox(..) | Injection::RetryAfter(_) => {}
        }
        let faults = self.sandbox.faults().clone();
        if let Some(fault) = injection.fault(call.service, &call.method, &call.path, times) {
            faults.add(vec![fault]);
        }
        let (struck, started) = (faults.struck(), self.clock.monotonic());
        let acting = self.act(&rpc, change);
        let outcome = tokio::select! {
            outcome = acting => outcome,
            () = self.skip_time_limits(injection.is_timeout()) => unreachable!("the loop has no end"),
            () = hang() => panic!("{:?} hangs: {call:?} {injection:?}", self.operation),
        };
        let elapsed = self.clock.monotonic() - started;
        let fault_occurred = injection.prevents_connection() || faults.struck() > struck;
        faults.clear();
        if injection.prevents_connection() {
            self.okta.reset().await;
            self.conductorone.reset().await;
        }
        Attempt { outcome, elapsed, fault_occurred }
    }

    /// Compares the state with the existing objects and returns the result.
    ///
    /// # Errors
    /// If an object is lost, untracked or duplicated.
    fn judge(
        &self,
        injection: Injection,
        baseline: &Outcome,
        outcome: &Outcome,
        (before, after): (&[String], &[String]),
    ) -> Result<Verdict, String> {
        let failed = has_error(&outcome.diagnostics);
        let known = outcome.state.as_ref().and_then(id);
        let object = self.object.as_ref().map(|(state, _)| state);
        let success = |warned: bool| Ok(if warned { Verdict::Warned } else { Verdict::Unchanged });
        let more_than_before = outcome.diagnostics.len() > baseline.diagnostics.len();
        match self.operation.effect() {
            Effect::None if before != after => Err("a read changed something".to_owned()),
            Effect::None if self.operation.is_refresh() => match (&outcome.state, failed) {
                (state, true) if self.operation == Operation::Import || state.as_ref() == object => Ok(Verdict::Failed),
                (state, true) => Err(format!("the state is lost: {state:?}")),
                (Some(Value::Null), false) if injection.is_not_found() => Ok(Verdict::Deleted),
                (state, false) if *state == baseline.state => success(more_than_before),
                (state, false) => Err(format!("another state without an error: {state:?}")),
            },
            Effect::None if failed => Ok(Verdict::Failed),
            Effect::None if self.operation.is_sign_in() => success(more_than_before),
            Effect::None => match (&outcome.state, &baseline.state) {
                (Some(found), Some(expected)) => success(compare(found, expected, injection)? || more_than_before),
                _ => Err("no result and no error".to_owned()),
            },
            Effect::Creates => match (known, after) {
                (None, []) if failed => Ok(Verdict::Failed),
                (None, [_]) if failed && asks_to_check(outcome) => Ok(Verdict::Undetermined),
                (None, _) if failed => Err(format!("untracked objects: {after:?}")),
                (Some(known), [only]) if known == *only && failed => Ok(Verdict::Failed),
                (Some(known), [only]) if known == *only => success(more_than_before),
                (known, after) => Err(format!("the state contains {known:?}, {after:?} exist")),
            },
            Effect::Changes => {
                let same = object.and_then(id).is_some_and(|id| after == [id]);
                match (&outcome.state, failed) {
                    _ if !same => Err(format!("{after:?} exist")),
                    (Some(Value::Null), _) => Err("the state is lost".to_owned()),
                    (_, true) => Ok(Verdict::Failed),
                    (Some(_), false) => success(more_than_before),
                    (None, false) => Err("no state and no error".to_owned()),
                }
            }
            Effect::Deletes => match (failed, after) {
                (false, []) => success(more_than_before),
                (false, _) if injection.is_not_found() => Ok(Verdict::Deleted),
                (false, after) => Err(format!("{after:?} still exist")),
                (true, _) if outcome.state.is_none() => Ok(Verdict::Failed),
                (true, _) => Err("the state is lost".to_owned()),
            },
        }
    }

    /// Repeats the operation without faults until it is done, as a user would, and prepares the world for the next case.
    ///
    /// # Errors
    /// If the operation cannot be completed.
    async fn settle(&mut self, outcome: Outcome) -> Result<(), String> {
        let failed = has_error(&outcome.diagnostics);
        match self.operation.effect() {
            Effect::None => Ok(()),
            Effect::Creates => {
                if asks_to_check(&outcome) {
                    for id in self.existing_ids().await {
                        self.delete(&id).await;
                    }
                }
                self.object = outcome.state.filter(|state| !state.is_null()).map(|state| (state, outcome.private));
                let rpc = self.reliable();
                if failed {
                    if self.object.is_some() {
                        // Terraform marks the object as tainted and replaces it.
                        let change = self.planned(&rpc, Effect::Deletes).await;
                        self.applied(&rpc, &change).await;
                        self.object = None;
                    }
                    let change = self.planned(&rpc, Effect::Creates).await;
                    self.object = Some(self.applied(&rpc, &change).await);
                }
                self.verify_only_object().await?;
                let change = self.planned(&rpc, Effect::Deletes).await;
                self.applied(&rpc, &change).await;
                self.object = None;
                let left = self.existing_ids().await;
                if left.is_empty() { Ok(()) } else { Err(format!("{left:?} still exist in the end")) }
            }
            Effect::Changes => {
                let rpc = self.reliable();
                if let Some(state) = outcome.state.filter(|state| !state.is_null()) {
                    self.object = Some((state, outcome.private));
                }
                let (state, private) = self.object.clone().ok_or("no object")?;
                let read = rpc.read(&state, &private).await;
                if has_error(&read.diagnostics) {
                    return Err(format!("the refresh fails: {:?}", read.diagnostics));
                }
                self.object = Some((read.state.ok_or("the refresh lost the state")?, read.private));
                if failed {
                    // The next plan repeats the configuration.
                    self.variant -= 1;
                    let change = self.planned(&rpc, Effect::Changes).await;
                    self.object = Some(self.applied(&rpc, &change).await);
                }
                self.verify_only_object().await
            }
            Effect::Deletes => {
                if failed {
                    let rpc = self.reliable();
                    let change = self.planned(&rpc, Effect::Deletes).await;
                    self.applied(&rpc, &change).await;
                }
                self.object = None;
                for id in self.existing_ids().await {
                    self.delete(&id).await;
                }
                Ok(())
            }
        }
    }

    /// Deletes all objects, so that a failed case does not affect the next one.
    async fn delete_all(&mut self) {
        for id in self.existing_ids().await {
            self.delete(&id).await;
        }
        self.object = None;
    }

    /// Verifies that the object in the state is the only one and matches the configuration.
    async fn verify_only_object(&mut self) -> Result<(), String> {
        let existing = self.existing_ids().await;
        let (state, private) = self.object.clone().ok_or("the state is empty")?;
        if id(&state).is_none_or(|id| existing != [id]) {
            return Err(format!("the state contains {:?}, {existing:?} exist", id(&state)));
        }
        let rpc = self.reliable();
        let read = rpc.read(&state, &private).await;
        let refreshed = read.state.ok_or("the refresh lost the state")?;
        let config = self.config(&rpc, self.variant);
        let mut planned = rpc.plan(&refreshed, &config, &read.private).await;
        let mut refreshed = refreshed;
        if planned.value != refreshed && planned.replace.is_empty() {
            // One more apply corrects attributes that were computed from a wrong response of Okta.
            let applied = rpc.apply(&refreshed, &planned, &config).await;
            refreshed = applied.state.ok_or("the second apply lost the state")?;
            self.object = Some((refreshed.clone(), applied.private.clone()));
            planned = rpc.plan(&refreshed, &config, &applied.private).await;
        }
        if planned.value != refreshed || !planned.replace.is_empty() {
            return Err(format!("the next plan is not empty: {refreshed:?} {planned:?}"));
        }
        Ok(())
    }

    /// Returns the distinct requests in the journal after this many lines, by service and path.
    fn calls(&self, skip: usize) -> Vec<Call> {
        let journal = std::fs::read_to_string(self.journal()).unwrap();
        let mut calls: Vec<Call> = Vec::new();
        let mut sent = [0, 0];
        for line in journal.lines().skip(skip) {
            let line: Json = serde_json::from_str(line).unwrap();
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            let service: Service = serde_json::from_value(line["service"].clone()).unwrap();
            let (method, path) = (text("method"), pattern(&text("path")));
            // The sandbox's own syncs send requests to Okta too.
            if path.starts_with("/_sandbox")
                || text("user_agent") != terraform_provider_conductorone::provider::USER_AGENT
            {
                continue;
            }
            let sent = &mut sent[usize::from(service == Service::Okta)];
            let call = Call { service, method, path, before: *sent };
            let is_known = calls.iter().any(|known| call.is_same_as(known));
            // The number of polls of a sync depends on timing, so all polls count as one.
            let is_poll = call.method == "GET" && call.path.ends_with("/connectors/*");
            *sent += usize::from(!(is_known && is_poll));
            if !is_known {
                calls.push(call);
            }
        }
        // Concurrent requests arrive in any order.
        calls.sort_by(|one, other| one.sort_key().cmp(&other.sort_key()));
        calls
    }

    /// Advances the runtime's clock by a request's time limit after each request without a response.
    async fn skip_time_limits(&self, is_timeout: bool) {
        let faults = self.sandbox.faults();
        let mut seen = faults.struck();
        loop {
            tokio::time::sleep(Duration::from_millis(3)).await;
            let struck = faults.struck();
            if is_timeout && struck > seen {
                seen = struck;
                // The head of a slow response has to arrive first.
                tokio::time::sleep(Duration::from_millis(5)).await;
                self.wait_for_syncs().await;
                tokio::time::pause();
                tokio::time::advance(REQUEST_LIMIT).await;
                tokio::time::resume();
            }
        }
    }
}

/// Replaces IDs and addresses in a path by `*`.
fn pattern(path: &str) -> String {
    let is_id = |part: &&str| part.contains(['@', '%']) || part.len() > 16 && part.bytes().any(|b| b.is_ascii_digit());
    path.split('/').map(|part| if is_id(&part) { "*" } else { part }).collect::<Vec<_>>().join("/")
}

fn close(service: Service) -> Fault {
    let (method, path) = ("*".to_owned(), "*".to_owned());
    let user_agent = "*".to_owned();
    Fault {
        service,
        method,
        path,
        user_agent,
        kind: FaultKind::Close,
        times: 0,
        status: None,
        delay_ms: 0,
        retry_after: None,
    }
}

/// Returns after too much real time, regardless of the runtime's clock.
async fn hang() {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn id(state: &Value) -> Option<String> {
    match state {
        Value::Map(_) => match state.attribute("id") {
            Value::String(id) => Some(id.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Returns true if a clause of the text starts with an imperative, or the text states that no action is required.
fn contains_next_step(text: &str) -> bool {
    let no_action = ["no action is", "no change is", "nothing needs"];
    let lower = text.to_lowercase();
    no_action.iter().any(|phrase| lower.contains(phrase))
        || lower.split(['.', ',', ';', ':', '(', '\n']).any(|clause| {
            let mut words = clause.split_whitespace().skip_while(|word| ["and", "or", "then", "please"].contains(word));
            words.next().is_some_and(|verb| IMPERATIVES.contains(&verb))
        })
}

fn asks_to_check(outcome: &Outcome) -> bool {
    let about = |diagnostic: &Diagnostic| diagnostic.summary.ends_with("may have been created");
    outcome.diagnostics.iter().any(about)
}

/// Returns true if the result contains less data than without the fault, and reports it.
///
/// # Errors
/// If it contains other data, or does not report the missing data.
fn compare(found: &Value, expected: &Value, injection: Injection) -> Result<bool, String> {
    let mut less = false;
    let (Value::Map(found), Value::Map(expected)) = (found, expected) else {
        return Err("another type of value".to_owned());
    };
    for (name, value) in found {
        if *value == expected[name] {
            continue;
        }
        less = true;
        match (name.as_str(), value) {
            // These attributes report missing data.
            ("evidence" | "warnings" | "advice" | "requests" | "unreadable" | "least_sync_seconds", _) => {}
            ("capabilities", Value::Map(verdicts)) => {
                let Value::Map(known) = &expected[name] else { return Err(format!("{:?}", expected[name])) };
                for (capability, verdict) in verdicts {
                    let allowed = [&known[capability], &"unknown".into(), &"presumed".into(), &"no".into()];
                    if !allowed.contains(&verdict) {
                        return Err(format!("{capability} became {verdict:?}"));
                    }
                }
            }
            _ if found.get("unreadable").is_some_and(|unreadable| *unreadable != expected["unreadable"]) => {}
            // Deleted objects are not counted.
            (_, Value::Number(_)) if injection.is_not_found() => {}
            // Documented: null if the token cannot read them.
            ("admin_roles", Value::Null) => {}
            ("roles", Value::Null) if injection == Injection::Sandbox(FaultKind::Status, Some(403)) => {}
            // Roles appear by ID if the list does not contain their names.
            ("roles", Value::Sequence(roles)) if !roles.is_empty() => {}
            _ => return Err(format!("{name} is {value:?} instead of {:?}, without a message", expected[name])),
        }
    }
    Ok(less)
}
