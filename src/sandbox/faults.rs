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

/// What happens to a request that a fault applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Nothing is done; the answer has `status` and the service's own error body.
    Status,
    /// The request is carried out at once, its answer sent after `delay_ms`.
    Delay,
    /// Nothing is done; the connection is closed without an answer.
    DropBefore,
    /// The request is carried out; the connection is closed without an answer.
    DropAfter,
    /// The request is carried out; the answer breaks off in its body, then the connection is closed.
    Truncate,
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
    /// What happens.
    pub kind: FaultKind,
    /// How many requests it strikes before it is used up. Absent: 1. 0: all, until the faults are deleted.
    #[serde(default = "once")]
    pub times: u32,
    /// The status of kind `status`, 300 to 599. Absent: 503.
    #[serde(default)]
    pub status: Option<u16>,
    /// Milliseconds to wait: with kind `delay`, `drop_after` and `truncate` between the work and its answer, else
    /// before anything happens. Absent: 0.
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
            Some(_) if self.kind != FaultKind::Status => Some("status goes with kind `status` only".to_owned()),
            _ => None,
        }
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    fn strikes(&self, service: Service, method: &str, path: &str) -> bool {
        self.service == service
            && (self.method == "*" || self.method.eq_ignore_ascii_case(method))
            && matches(&self.path, path)
    }
}

/// The faults still to come, in the order in which they were ordered. Clones are the same list.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    /// Orders faults, after those that are there.
    pub fn add(&self, faults: Vec<Fault>) {
        self.lock().extend(faults);
    }

    /// Takes all faults back.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// What is still to come.
    pub fn list(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// The first fault that strikes this request, used up by one.
    pub(crate) fn take(&self, service: Service, method: &str, path: &str) -> Option<Fault> {
        if path.starts_with("/_sandbox/") {
            return None;
        }
        let mut faults = self.lock();
        let index = faults.iter().position(|fault| fault.strikes(service, method, path))?;
        match faults[index].times {
            1 => Some(faults.remove(index)),
            0 => Some(faults[index].clone()),
            _ => {
                faults[index].times -= 1;
                Some(faults[index].clone())
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `pattern`, in which `*` stands for any run of characters, fits the whole of `text`.
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
        assert!(faults.take(Service::Okta, "POST", "/a").is_none());
        assert!(faults.take(Service::ConductorOne, "GET", "/a").is_none());
        assert!(faults.take(Service::Okta, "GET", "/a").is_some());
        assert!(faults.take(Service::Okta, "GET", "/a").is_none());
        for _ in 0..3 {
            assert!(faults.take(Service::Okta, "PUT", "/b").is_some());
        }
    }
}
