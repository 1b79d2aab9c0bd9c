//! The columns: what can happen to a call.

use c1_sandbox::{Fault, FaultKind, Service};

/// A way for a call to fail.
pub struct Column {
    /// Its name in the table.
    pub name: &'static str,
    /// What happens, for people.
    pub meaning: &'static str,
    /// How it is brought about.
    pub trouble: Trouble,
}

/// How a fault is brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody listens.
    Refused,
    /// Who answers has a certificate that nobody vouches for.
    Untrusted,
    /// The sandbox does it.
    Kind(FaultKind, Option<u16>),
    /// 429 with a `Retry-After` of so many seconds.
    RetryAfter(u64),
}

impl Trouble {
    /// Whether no connection comes about.
    pub fn is_of_connections(self) -> bool {
        matches!(self, Self::Refused | Self::Untrusted)
    }

    /// Whether the client can only wait for its own time limit.
    pub fn is_silence(self) -> bool {
        matches!(self, Self::Kind(FaultKind::Delay | FaultKind::Drip, _))
    }

    /// The service's own word that the object is not there.
    pub fn is_absence(self) -> bool {
        self == Self::Kind(FaultKind::Status, Some(404))
    }

    /// The fault for the sandbox, where it is one.
    pub fn fault(self, service: Service, method: &str, path: &str, times: u32) -> Option<Fault> {
        let (kind, status, retry_after) = match self {
            Self::Refused | Self::Untrusted => return None,
            Self::Kind(kind, status) => (kind, status, None),
            Self::RetryAfter(seconds) => (FaultKind::Status, Some(429), Some(seconds)),
        };
        // Longer than any client's patience.
        let delay_ms = if self.is_silence() { 3_600_000 } else { 0 };
        // The sandbox's IDs of ConductorOne begin with a 3. Without it the path of one connector is that of a create, too.
        let (method, path) = (method.to_owned(), path.replace("/connectors/*", "/connectors/3*"));
        let user_agent = terraform_provider_conductorone::provider::USER_AGENT.to_owned();
        Some(Fault { service, method, path, user_agent, kind, times, status, delay_ms, retry_after })
    }
}

const fn status(code: u16) -> Trouble {
    Trouble::Kind(FaultKind::Status, Some(code))
}

const fn kind(kind: FaultKind) -> Trouble {
    Trouble::Kind(kind, None)
}

/// The columns of the table.
pub const COLUMNS: [Column; 26] = [
    Column { name: "ref", meaning: "connection refused", trouble: Trouble::Refused },
    Column { name: "tls", meaning: "certificate that nobody vouches for", trouble: Trouble::Untrusted },
    Column { name: "rb", meaning: "connection reset before the service acted", trouble: kind(FaultKind::DropBefore) },
    Column { name: "ra", meaning: "connection reset after the service acted", trouble: kind(FaultKind::DropAfter) },
    Column { name: "cut", meaning: "answer that breaks off in the middle", trouble: kind(FaultKind::Truncate) },
    Column { name: "sil", meaning: "no answer within the time limit of a call", trouble: kind(FaultKind::Delay) },
    Column { name: "drp", meaning: "answer that drips in", trouble: kind(FaultKind::Drip) },
    Column { name: "401", meaning: "401", trouble: status(401) },
    Column { name: "403", meaning: "403", trouble: status(403) },
    Column { name: "404", meaning: "404 of the service", trouble: status(404) },
    Column { name: "p404", meaning: "404 of a proxy", trouble: Trouble::Kind(FaultKind::Html, Some(404)) },
    Column { name: "409", meaning: "409", trouble: status(409) },
    Column { name: "429", meaning: "429", trouble: status(429) },
    Column { name: "r7", meaning: "429 with Retry-After: 7", trouble: Trouble::RetryAfter(7) },
    Column {
        name: "r∞",
        meaning: "429 with Retry-After: 1000000000000000",
        trouble: Trouble::RetryAfter(1_000_000_000_000_000),
    },
    Column { name: "500", meaning: "500", trouble: status(500) },
    Column { name: "502", meaning: "502", trouble: status(502) },
    Column { name: "503", meaning: "503", trouble: status(503) },
    Column { name: "504", meaning: "504", trouble: status(504) },
    Column { name: "htm", meaning: "web page in place of JSON", trouble: kind(FaultKind::Html) },
    Column { name: "nul", meaning: "`null` in place of an object", trouble: kind(FaultKind::Null) },
    Column { name: "mis", meaning: "objects without their fields", trouble: kind(FaultKind::MissingFields) },
    Column { name: "new", meaning: "objects with fields nobody knows", trouble: kind(FaultKind::UnknownFields) },
    Column { name: "typ", meaning: "values of other types", trouble: kind(FaultKind::WrongTypes) },
    Column { name: "big", meaning: "200 MB", trouble: kind(FaultKind::Huge) },
    Column { name: "red", meaning: "redirect to another origin", trouble: kind(FaultKind::Redirect) },
];
