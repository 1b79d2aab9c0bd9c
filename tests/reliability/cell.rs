//! One cell of the table: an operation with one call of it struck by one fault, and what has to be true afterwards.

use std::time::{Duration, Instant};

use c1_sandbox::{Fault, FaultKind, Service};
use serde_json::Value as Json;
use service_http::Clock;
use terraform_provider_conductorone::framework::cty::Value;
use terraform_provider_conductorone::plugin::proto::tfplugin5::Diagnostic;

use crate::faults::{COLUMNS, Trouble};
use crate::operations::{Change, Effect, Kind, Operation};
use crate::world::World;
use provider_testing::rpc::{Outcome, has_error, shown};

/// Longest time of the provider's clock for an operation whose `timeouts` say 2 minutes: one call that was under way
/// when they ended is heard out, and what it created is looked for.
const WITH_TIMEOUTS: Duration = Duration::from_secs(120 + 61 + 61);

/// Longest time for the others: two questions one after the other, each of 5 attempts of a minute with their pauses.
const WITHOUT_TIMEOUTS: Duration = Duration::from_secs(11 * 60);

/// Longest time for an inventory, which waits for the end of 20 of Okta's limits before it gives up.
const INVENTORY: Duration = Duration::from_secs(21 * 60);

/// Real time after which something hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A little more than the time limit of a call.
const CALL: Duration = Duration::from_secs(61);

/// What a message that says what to do contains at least one of.
const ADVICE: [&str; 23] = [
    "Find out ",
    "Check ",
    "check ",
    "Run Terraform again",
    "run Terraform again",
    "Set ",
    "set ",
    "Apply again",
    "apply again",
    "report it",
    "Plan again",
    "Look ",
    "Destroy again",
    "Make a new",
    "Try again",
    "Give ",
    "Change what",
    "untaint",
    "Raise ",
    "raise ",
    "Nothing needs",
    "nothing needs",
    "Import ",
];

/// Stands for a cell that a run left out.
pub const LEFT_OUT: char = '\0';

/// A run that does not write the table tries every so many cells of each row.
const SHARE: usize = 4;

/// What came of it, as one character of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As without the fault.
    Fine,
    /// Done, with a warning, or less was told and it says so.
    Warned,
    /// An error; nothing lost.
    Refused,
    /// An error that asks to look, because nobody can know.
    Look,
    /// Taken for gone, as the service said.
    Gone,
    /// Cannot be.
    Impossible,
    /// Left out of this run.
    LeftOut,
}

impl Mark {
    pub fn symbol(self) -> char {
        match self {
            Self::Fine => '+',
            Self::Warned => 'w',
            Self::Refused => '!',
            Self::Look => '?',
            Self::Gone => 'g',
            Self::Impossible => ' ',
            Self::LeftOut => LEFT_OUT,
        }
    }
}

/// A call, and what came of each fault.
pub struct Row {
    pub operation: Operation,
    pub call: Call,
    /// The fault once, and every time.
    pub cells: Vec<(Mark, Mark)>,
    /// Cells that are not as they have to be, for people.
    pub wrong: Vec<String>,
}

/// A call that an operation makes. `*` in the path stands for an ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub service: Service,
    pub method: String,
    pub path: String,
    /// How many calls to the same service the operation makes before it.
    pub before: usize,
}

impl Call {
    /// Whether two calls ask for the same, however often a sync was looked at before.
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.place() == other.place()
    }

    /// Where it stands among the calls of an operation.
    fn place(&self) -> (bool, &str, &str) {
        (self.service == Service::Okta, &self.path, &self.method)
    }
}

/// How an operation went.
struct Tried {
    outcome: Outcome,
    elapsed: Duration,
    struck: bool,
}

impl World {
    /// The cells of the operation in these columns; the others are left blank.
    pub async fn rows(mut self, complete: bool, columns: impl Fn(Trouble) -> bool) -> Vec<Row> {
        let change = self.prepare().await;
        let rpc = self.ready_to_try().await;
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
                let mut marks = [Mark::Impossible; 2];
                for (mark, times) in marks.iter_mut().zip([1, 0]) {
                    // A refused connection stays refused, and whoever took a service's place stays there.
                    if times == 1 && column.trouble.is_of_connections() || !columns(column.trouble) {
                        continue;
                    }
                    // Another share in each row, so that every fault meets many calls.
                    if !complete && !(self.operation as usize + line + place).is_multiple_of(SHARE) {
                        *mark = Mark::LeftOut;
                        continue;
                    }
                    match self.cell(&call, column.trouble, times, &baseline).await {
                        Ok(found) => *mark = found,
                        Err(problem) => {
                            let often = if times == 1 { "once" } else { "always" };
                            let (title, Call { method, path, .. }) = (self.operation.title(), &call);
                            wrong.push(format!("{title}, {method} {path}, {} {often}: {problem}", column.meaning));
                        }
                    }
                }
                cells.push((marks[0], marks[1]));
            }
            rows.push(Row { operation: self.operation, call, cells, wrong });
        }
        rows
    }

    /// Tries the operation with one call of it in trouble, and judges what came of it.
    async fn cell(&mut self, call: &Call, trouble: Trouble, times: u32, baseline: &Outcome) -> Result<Mark, String> {
        let change = self.prepare().await;
        let before = self.living().await;
        let Tried { outcome, elapsed, struck } = self.tried(call, trouble, times, change.as_ref()).await;
        let after = self.living().await;
        let said = outcome.diagnostics.iter().map(shown).collect::<Vec<_>>().join("\n");
        let verdict = self.judge(trouble, baseline, &outcome, (&before, &after));
        let healed = self.settle(outcome.clone()).await;
        if healed.is_err() {
            self.start_over().await;
        }
        let timed = matches!(self.operation.kind(), Kind::Connector) && self.operation.effect() != Effect::None;
        let limit = match self.operation {
            Operation::OktaInventory => INVENTORY,
            _ if timed => WITH_TIMEOUTS,
            _ => WITHOUT_TIMEOUTS,
        };
        let mark = verdict.map_err(|problem| format!("{problem}\n{said}"))?;
        healed.map_err(|problem| format!("{problem}\n{said}"))?;
        if !struck {
            return Err("the fault did not strike".to_owned());
        }
        if elapsed > limit {
            return Err(format!("took {elapsed:?} of the provider's time, more than {limit:?}\n{said}"));
        }
        for diagnostic in &outcome.diagnostics {
            if diagnostic.summary == "Provider failed unexpectedly" {
                return Err(format!("panicked: {said}"));
            }
            if !ADVICE.iter().any(|advice| diagnostic.detail.contains(advice)) {
                return Err(format!("does not say what to do: {}", shown(diagnostic)));
            }
        }
        Ok(mark)
    }

    async fn tried(&mut self, call: &Call, trouble: Trouble, times: u32, change: Option<&Change>) -> Tried {
        if trouble.is_of_connections() {
            // Every call needs a connection of its own then, so that they can be counted.
            for service in [Service::ConductorOne, Service::Okta] {
                self.sandbox.faults().add(vec![close(service)]);
            }
        }
        let rpc = self.ready_to_try().await;
        let gate = if call.service == Service::Okta { &self.okta } else { &self.conductorone };
        match trouble {
            Trouble::Refused => gate.shut_after(call.before).await,
            Trouble::Untrusted => gate.usurped_after(call.before).await,
            Trouble::Kind(..) | Trouble::RetryAfter(_) => {}
        }
        let faults = self.sandbox.faults().clone();
        if let Some(fault) = trouble.fault(call.service, &call.method, &call.path, times) {
            faults.add(vec![fault]);
        }
        let (struck, begun) = (faults.struck(), self.clock.monotonic());
        let acting = self.act(&rpc, change);
        let outcome = tokio::select! {
            outcome = acting => outcome,
            () = self.let_time_pass(trouble.is_silence()) => unreachable!("time passes for ever"),
            () = hang() => panic!("{:?} hangs: {call:?} {trouble:?}", self.operation),
        };
        let elapsed = self.clock.monotonic() - begun;
        let struck = trouble.is_of_connections() || faults.struck() > struck;
        faults.clear();
        if trouble.is_of_connections() {
            self.okta.open().await;
            self.conductorone.open().await;
        }
        Tried { outcome, elapsed, struck }
    }

    /// Whether what is known fits what exists.
    fn judge(
        &self,
        trouble: Trouble,
        baseline: &Outcome,
        outcome: &Outcome,
        (before, after): (&[String], &[String]),
    ) -> Result<Mark, String> {
        let failed = has_error(&outcome.diagnostics);
        let known = outcome.state.as_ref().and_then(id);
        let object = self.object.as_ref().map(|(state, _)| state);
        let success = |warned: bool| Ok(if warned { Mark::Warned } else { Mark::Fine });
        let more_than_before = outcome.diagnostics.len() > baseline.diagnostics.len();
        match self.operation.effect() {
            Effect::None if before != after => Err("a read changed something".to_owned()),
            Effect::None if self.operation.is_refresh() => match (&outcome.state, failed) {
                (state, true) if self.operation == Operation::Import || state.as_ref() == object => Ok(Mark::Refused),
                (state, true) => Err(format!("the state is lost: {state:?}")),
                (Some(Value::Null), false) if trouble.is_absence() => Ok(Mark::Gone),
                (state, false) if *state == baseline.state => success(more_than_before),
                (state, false) => Err(format!("another state without an error: {state:?}")),
            },
            Effect::None if failed => Ok(Mark::Refused),
            Effect::None if self.operation.is_sign_in() => success(more_than_before),
            Effect::None => match (&outcome.state, &baseline.state) {
                (Some(found), Some(expected)) => success(compare(found, expected, trouble)? || more_than_before),
                _ => Err("no answer and no error".to_owned()),
            },
            Effect::Creates => match (known, after) {
                (None, []) if failed => Ok(Mark::Refused),
                (None, [_]) if failed && asks_to_look(outcome) => Ok(Mark::Look),
                (None, _) if failed => Err(format!("left behind: {after:?}")),
                (Some(known), [only]) if known == *only && failed => Ok(Mark::Refused),
                (Some(known), [only]) if known == *only => success(more_than_before),
                (known, after) => Err(format!("{known:?} is known, {after:?} exist")),
            },
            Effect::Changes => {
                let same = object.and_then(id).is_some_and(|id| after == [id]);
                match (&outcome.state, failed) {
                    _ if !same => Err(format!("{after:?} exist")),
                    (Some(Value::Null), _) => Err("the state is lost".to_owned()),
                    (_, true) => Ok(Mark::Refused),
                    (Some(_), false) => success(more_than_before),
                    (None, false) => Err("no state and no error".to_owned()),
                }
            }
            Effect::Deletes => match (failed, after) {
                (false, []) => success(more_than_before),
                (false, _) if trouble.is_absence() => Ok(Mark::Gone),
                (false, after) => Err(format!("{after:?} are left behind")),
                (true, _) if outcome.state.is_none() => Ok(Mark::Refused),
                (true, _) => Err("the state is lost".to_owned()),
            },
        }
    }

    /// Goes on as a practitioner would, without faults, until the operation is done; and makes the world ready for
    /// the next cell.
    async fn settle(&mut self, outcome: Outcome) -> Result<(), String> {
        let failed = has_error(&outcome.diagnostics);
        match self.operation.effect() {
            Effect::None => Ok(()),
            Effect::Creates => {
                if asks_to_look(&outcome) {
                    for id in self.living().await {
                        self.delete(&id).await;
                    }
                }
                self.object = outcome.state.filter(|state| !state.is_null()).map(|state| (state, outcome.private));
                let rpc = self.calm();
                if failed {
                    if self.object.is_some() {
                        // Terraform marks it as tainted and replaces it.
                        let change = self.planned(&rpc, Effect::Deletes).await;
                        self.applied(&rpc, &change).await;
                        self.object = None;
                    }
                    let change = self.planned(&rpc, Effect::Creates).await;
                    self.object = Some(self.applied(&rpc, &change).await);
                }
                self.only_object_is_known().await?;
                let change = self.planned(&rpc, Effect::Deletes).await;
                self.applied(&rpc, &change).await;
                self.object = None;
                let left = self.living().await;
                if left.is_empty() { Ok(()) } else { Err(format!("{left:?} are left after all")) }
            }
            Effect::Changes => {
                let rpc = self.calm();
                if let Some(state) = outcome.state.filter(|state| !state.is_null()) {
                    self.object = Some((state, outcome.private));
                }
                let (state, private) = self.object.clone().ok_or("no object")?;
                let read = rpc.read(&state, &private).await;
                if has_error(&read.diagnostics) {
                    return Err(format!("cannot be refreshed: {:?}", read.diagnostics));
                }
                self.object = Some((read.state.ok_or("the refresh lost the state")?, read.private));
                if failed {
                    // The same configuration again.
                    self.variant -= 1;
                    let change = self.planned(&rpc, Effect::Changes).await;
                    self.object = Some(self.applied(&rpc, &change).await);
                }
                self.only_object_is_known().await
            }
            Effect::Deletes => {
                if failed {
                    let rpc = self.calm();
                    let change = self.planned(&rpc, Effect::Deletes).await;
                    self.applied(&rpc, &change).await;
                }
                self.object = None;
                for id in self.living().await {
                    self.delete(&id).await;
                }
                Ok(())
            }
        }
    }

    /// Leaves nothing, so that one wrong cell does not spoil the next.
    async fn start_over(&mut self) {
        for id in self.living().await {
            self.delete(&id).await;
        }
        self.object = None;
    }

    /// What is in the state is all that exists, and is as the configuration says.
    async fn only_object_is_known(&mut self) -> Result<(), String> {
        let living = self.living().await;
        let (state, private) = self.object.clone().ok_or("nothing is known")?;
        if id(&state).is_none_or(|id| living != [id]) {
            return Err(format!("{:?} is known, {living:?} exist", id(&state)));
        }
        let rpc = self.calm();
        let read = rpc.read(&state, &private).await;
        let refreshed = read.state.ok_or("the refresh lost the state")?;
        let config = self.config(&rpc, self.variant);
        let mut planned = rpc.plan(&refreshed, &config, &read.private).await;
        let mut refreshed = refreshed;
        if planned.value != refreshed && planned.replace.is_empty() {
            // What Okta told wrongly of the token is found out again: one more apply.
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

    /// The calls in the journal after so many lines, each once, by service and path.
    fn calls(&self, skip: usize) -> Vec<Call> {
        let journal = std::fs::read_to_string(self.journal()).unwrap();
        let mut calls: Vec<Call> = Vec::new();
        let mut sent = [0, 0];
        for line in journal.lines().skip(skip) {
            let line: Json = serde_json::from_str(line).unwrap();
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            let service: Service = serde_json::from_value(line["service"].clone()).unwrap();
            let (method, path) = (text("method"), pattern(&text("path")));
            // The sandbox's own syncs ask Okta too.
            if path.starts_with("/_sandbox")
                || text("user_agent") != terraform_provider_conductorone::provider::USER_AGENT
            {
                continue;
            }
            let sent = &mut sent[usize::from(service == Service::Okta)];
            let call = Call { service, method, path, before: *sent };
            let is_known = calls.iter().any(|known| call.is_same_as(known));
            // How often a sync is looked at is a matter of time, so all looks count as one.
            let is_look = call.method == "GET" && call.path.ends_with("/connectors/*");
            *sent += usize::from(!(is_known && is_look));
            if !is_known {
                calls.push(call);
            }
        }
        // What is asked at the same time arrives in any order.
        calls.sort_by(|one, other| one.place().cmp(&other.place()));
        calls
    }

    /// Lets a minute pass whenever a call was struck by silence, so that nobody waits for it.
    async fn let_time_pass(&self, silence: bool) {
        let faults = self.sandbox.faults();
        let mut seen = faults.struck();
        loop {
            tokio::time::sleep(Duration::from_millis(3)).await;
            let struck = faults.struck();
            if silence && struck > seen {
                seen = struck;
                // The head of an answer that drips has to arrive first.
                tokio::time::sleep(Duration::from_millis(5)).await;
                self.no_sync_runs().await;
                tokio::time::pause();
                tokio::time::advance(CALL).await;
                tokio::time::resume();
            }
        }
    }
}

/// A path with `*` in place of IDs and addresses.
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

/// Ends when too much real time has passed, whatever the runtime's clock says.
async fn hang() {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
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

fn asks_to_look(outcome: &Outcome) -> bool {
    let about = |diagnostic: &Diagnostic| diagnostic.summary.ends_with("may have been created");
    outcome.diagnostics.iter().any(about)
}

/// Whether the answer tells less than it should, and says so.
///
/// # Errors
/// When it tells something else.
fn compare(found: &Value, expected: &Value, trouble: Trouble) -> Result<bool, String> {
    let mut less = false;
    let (Value::Map(found), Value::Map(expected)) = (found, expected) else {
        return Err("another kind of answer".to_owned());
    };
    for (name, value) in found {
        if *value == expected[name] {
            continue;
        }
        less = true;
        match (name.as_str(), value) {
            // What could not be found out is told as such, attribute by attribute.
            ("evidence" | "warnings" | "advice" | "requests" | "unreadable" | "least_sync_seconds", _) => {}
            ("capabilities", Value::Map(verdicts)) => {
                let Value::Map(known) = &expected[name] else { return Err(format!("{:?}", expected[name])) };
                for (capability, verdict) in verdicts {
                    let open = [&known[capability], &"unknown".into(), &"presumed".into(), &"no".into()];
                    if !open.contains(&verdict) {
                        return Err(format!("{capability} became {verdict:?}"));
                    }
                }
            }
            _ if found.get("unreadable").is_some_and(|told| *told != expected["unreadable"]) => {}
            // What is gone meanwhile is not counted.
            (_, Value::Number(_)) if trouble.is_absence() => {}
            // Documented: null where they may not be read.
            ("admin_roles", Value::Null) => {}
            ("roles", Value::Null) if trouble == Trouble::Kind(FaultKind::Status, Some(403)) => {}
            // By ID where the list has no name for them.
            ("roles", Value::Sequence(roles)) if !roles.is_empty() => {}
            _ => return Err(format!("{name} is {value:?} and not {:?}, without a message", expected[name])),
        }
    }
    Ok(less)
}
