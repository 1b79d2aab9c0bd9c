//! Faults that a test orders: what a client meets when the network or a service fails.
//!
//! Only the rules live here; `exchange` carries them out.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One of the two services that the sandbox plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// The ConductorOne tenant.
    ConductorOne,
    /// The Okta org, or any of them.
    Okta,
}

impl Service {
    /// As the journal and faults name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ConductorOne => "conductorone",
            Self::Okta => "okta",
        }
    }
}

/// Effect of a fault on a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Does not process the request. The response has `status` and the service's error body.
    Status,
    /// The request is carried out at once, its answer sent after `delay_ms`.
    Delay,
    /// Does not process the request. Closes the connection without a response.
    DropBefore,
    /// The request is carried out; the connection is closed without an answer.
    DropAfter,
    /// The request is carried out; the answer breaks off in its body, then the connection is closed.
    Truncate,
    /// The request is carried out and answered; the connection is closed afterwards, so that the next request needs a
    /// new one.
    Close,
    /// The request is carried out; a web page comes in place of the answer, as from a proxy.
    Html,
    /// The request is carried out; the answer is `null`.
    Null,
    /// The request is carried out; the objects of the answer are empty.
    MissingFields,
    /// The request is carried out; every object of the answer has one more field, which no contract knows.
    UnknownFields,
    /// The request is carried out; every text, number and truth value of the answer is of another type.
    WrongTypes,
    /// The request is carried out; the answer is followed by white space up to 200 MB, without saying so beforehand.
    Huge,
    /// The request is carried out; the answer comes a byte at a time, with `delay_ms` before each.
    Drip,
    /// Does not process the request. The response redirects to another host.
    Redirect,
}

impl FaultKind {
    /// Every kind with its name on the wire and what it does, in the order in which help lists them.
    pub const ALL: [(&str, Self, &str); 14] = [
        ("status", Self::Status, "nothing is done; the answer is `status`, with the service's own error body"),
        ("delay", Self::Delay, "done at once, answered after `delay_ms`"),
        ("drop_before", Self::DropBefore, "nothing is done; the connection is closed without an answer"),
        ("drop_after", Self::DropAfter, "done; the connection is closed without an answer"),
        ("truncate", Self::Truncate, "done; the answer breaks off in its body"),
        ("close", Self::Close, "done and answered; the connection is closed afterwards"),
        ("html", Self::Html, "done; a web page comes in place of the answer"),
        ("null", Self::Null, "done; the answer is null"),
        ("missing_fields", Self::MissingFields, "done; the objects of the answer are empty"),
        ("unknown_fields", Self::UnknownFields, "done; every object of the answer has one more field"),
        ("wrong_types", Self::WrongTypes, "done; every value of the answer is of another type"),
        ("huge", Self::Huge, "done; the answer is followed by white space up to 200 MB"),
        ("drip", Self::Drip, "done; the answer comes a byte at a time, `delay_ms` before each"),
        ("redirect", Self::Redirect, "nothing is done; the answer is a redirect to another host"),
    ];

    /// Returns whether the request is not processed.
    pub(crate) fn prevents(self) -> bool {
        matches!(self, Self::Status | Self::DropBefore | Self::Redirect)
    }
}

/// A fault, as `POST /_sandbox/faults` takes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The service it strikes.
    pub service: Service,
    /// The HTTP method it strikes, in any case. Absent or `*`: every method.
    #[serde(default = "any")]
    pub method: String,
    /// The path it strikes, without the query. `*` stands for any run of characters, `/` included. Absent: every path.
    /// Paths under `/_sandbox/` are never struck, so that a test can always take its faults back.
    #[serde(default = "any")]
    pub path: String,
    /// Pattern of the `User-Agent`, with `*` as in `path`: `c1-sandbox/*` matches the sandbox's own syncs. Absent: any.
    #[serde(default = "any")]
    pub user_agent: String,
    /// Effect on the request.
    pub kind: FaultKind,
    /// How many requests it strikes before it is used up. Absent: 1. 0: all, until the faults are deleted.
    #[serde(default = "once")]
    pub times: u32,
    /// The status of kind `status`, 300 to 599; absent: 503. Of kind `html`, absent: that of the answer.
    #[serde(default)]
    pub status: Option<u16>,
    /// Milliseconds to wait: with kind `drip` before each byte of the answer; with other kinds that carry the request
    /// out between the work and its answer; else before anything happens. Absent: 0.
    #[serde(default)]
    pub delay_ms: u64,
    /// Seconds to name in a `Retry-After` header of kind `status`. Absent: no such header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

fn any() -> String {
    "*".to_owned()
}

fn once() -> u32 {
    1
}

impl Fault {
    /// Says what is wrong with the fault, if anything is.
    pub(crate) fn problem(&self) -> Option<String> {
        match self.status {
            Some(status) if !(300..=599).contains(&status) => Some(format!("status {status} is not in 300..=599")),
            Some(_) if !matches!(self.kind, FaultKind::Status | FaultKind::Html) => {
                Some("status goes with the kinds `status` and `html` only".to_owned())
            }
            _ => None,
        }
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    fn strikes(&self, service: Service, method: &str, path: &str, user_agent: &str) -> bool {
        self.service == service
            && (self.method == "*" || self.method.eq_ignore_ascii_case(method))
            && matches(&self.path, path)
            && matches(&self.user_agent, user_agent)
    }
}

/// The faults still to come, in the order in which they were ordered. Clones are the same list.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Ordered>>);

#[derive(Debug, Default)]
struct Ordered {
    faults: Vec<Fault>,
    struck: u64,
}

impl Faults {
    /// Orders faults, after those that are there.
    pub fn add(&self, faults: Vec<Fault>) {
        self.lock().faults.extend(faults);
    }

    /// Takes all faults back.
    pub fn clear(&self) {
        self.lock().faults.clear();
    }

    /// How many requests were struck since the start.
    pub fn struck(&self) -> u64 {
        self.lock().struck
    }

    /// Returns the faults that are still active.
    pub fn list(&self) -> Vec<Fault> {
        self.lock().faults.clone()
    }

    /// The first fault that strikes this request, used up by one.
    pub(crate) fn take(&self, service: Service, method: &str, path: &str, user_agent: &str) -> Option<Fault> {
        if path.starts_with("/_sandbox/") {
            return None;
        }
        let mut ordered = self.lock();
        let faults = &mut ordered.faults;
        let index = faults.iter().position(|fault| fault.strikes(service, method, path, user_agent))?;
        let fault = match faults[index].times {
            1 => faults.remove(index),
            0 => faults[index].clone(),
            _ => {
                faults[index].times -= 1;
                faults[index].clone()
            }
        };
        ordered.struck += 1;
        Some(fault)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Ordered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns whether `pattern`, in which `*` matches any characters, matches the whole of `text`.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run_of_characters() {
        let rows = [
            ("*", "/api", true),
            ("/api/v1/apps/*/connectors", "/api/v1/apps/1/connectors", true),
            ("/api/v1/apps/*/connectors", "/api/v1/apps/1/connectors/2", false),
            ("/api/v1/apps/*/connectors/*", "/api/v1/apps/1/connectors/2/pause", true),
            ("/api/*/x*", "/api/x", false),
            ("/api", "/api", true),
            ("/api", "/api/", false),
            ("*ab*ba", "aba", false),
            ("/a*a", "/a", false),
        ];
        for (pattern, text, expected) in rows {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_fault_strikes_once_unless_told_otherwise() {
        let faults = Faults::default();
        let fault = |text: &str| serde_json::from_str::<Fault>(text).unwrap();
        faults.add(vec![
            fault(r#"{"service":"okta","method":"get","path":"/a","kind":"drop_before"}"#),
            fault(r#"{"service":"okta","path":"/b","kind":"delay","times":0}"#),
        ]);
        assert!(faults.take(Service::Okta, "POST", "/a", "").is_none());
        assert!(faults.take(Service::ConductorOne, "GET", "/a", "").is_none());
        assert!(faults.take(Service::Okta, "GET", "/a", "").is_some());
        assert!(faults.take(Service::Okta, "GET", "/a", "").is_none());
        for _ in 0..3 {
            assert!(faults.take(Service::Okta, "PUT", "/b", "").is_some());
        }
        assert_eq!(faults.struck(), 4);
    }

    #[test]
    fn every_kind_is_listed_by_its_name_on_the_wire() {
        for (name, kind, _) in FaultKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), name);
        }
        // serde knows all of them, and lists them in its message about one that is unknown.
        let unknown = serde_json::from_str::<FaultKind>("\"?\"").unwrap_err().to_string();
        assert_eq!(unknown.matches('`').count() / 2 - 1, FaultKind::ALL.len(), "{unknown}");
    }
}
