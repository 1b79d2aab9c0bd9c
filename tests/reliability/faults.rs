//! The columns of the matrix: the faults that are injected into a request.

use c1_sandbox::{Fault, FaultKind, Service};

/// A fault with its name in the matrix.
pub struct Column {
    pub name: &'static str,
    /// Description in the matrix's legend and in failures of the test.
    pub meaning: &'static str,
    pub injection: Injection,
}

/// Method by which a fault is injected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injection {
    /// No process listens at the service's address.
    RefusedConnection,
    /// The server's certificate is from an authority that the provider does not trust.
    UntrustedCertificate,
    /// The sandbox injects a fault of this kind, with this status.
    Sandbox(FaultKind, Option<u16>),
    /// The sandbox returns 429 with a `Retry-After` of this many seconds.
    RetryAfter(u64),
}

impl Injection {
    /// Returns true if the client cannot connect.
    pub fn prevents_connection(self) -> bool {
        matches!(self, Self::RefusedConnection | Self::UntrustedCertificate)
    }

    /// Returns true if only the client's own time limit ends the request.
    pub fn is_timeout(self) -> bool {
        matches!(self, Self::Sandbox(FaultKind::Delay | FaultKind::Drip, _))
    }

    /// Returns true if the service itself reports that the object does not exist.
    pub fn is_not_found(self) -> bool {
        self == Self::Sandbox(FaultKind::Status, Some(404))
    }

    /// Returns the fault to order from the sandbox, unless the proxy injects it.
    pub fn fault(self, service: Service, method: &str, path: &str, times: u32) -> Option<Fault> {
        let (kind, status, retry_after) = match self {
            Self::RefusedConnection | Self::UntrustedCertificate => return None,
            Self::Sandbox(kind, status) => (kind, status, None),
            Self::RetryAfter(seconds) => (FaultKind::Status, Some(429), Some(seconds)),
        };
        // Longer than the time limit of any client.
        let delay_ms = if self.is_timeout() { 3_600_000 } else { 0 };
        // IDs in the sandbox's tenant start with 3. Without it, the pattern of a connector also matches `create`.
        let (method, path) = (method.to_owned(), path.replace("/connectors/*", "/connectors/3*"));
        let user_agent = terraform_provider_conductorone::provider::USER_AGENT.to_owned();
        Some(Fault { service, method, path, user_agent, kind, times, status, delay_ms, retry_after })
    }
}

const fn status(code: u16) -> Injection {
    Injection::Sandbox(FaultKind::Status, Some(code))
}

const fn kind(kind: FaultKind) -> Injection {
    Injection::Sandbox(kind, None)
}

const fn column(name: &'static str, meaning: &'static str, injection: Injection) -> Column {
    Column { name, meaning, injection }
}

/// All faults, in the order of the matrix.
pub const COLUMNS: [Column; 26] = [
    column("ref", "connection refused", Injection::RefusedConnection),
    column("tls", "certificate of an untrusted authority", Injection::UntrustedCertificate),
    column("rb", "connection reset before the service acts", kind(FaultKind::DropBefore)),
    column("ra", "connection reset after the service acts", kind(FaultKind::DropAfter)),
    column("cut", "truncated response", kind(FaultKind::Truncate)),
    column("sil", "no response within the time limit of a request", kind(FaultKind::Delay)),
    column("drp", "response that arrives byte by byte", kind(FaultKind::Drip)),
    column("401", "401", status(401)),
    column("403", "403", status(403)),
    column("404", "404 of the service", status(404)),
    column("prx", "404 of a proxy", Injection::Sandbox(FaultKind::Html, Some(404))),
    column("409", "409", status(409)),
    column("429", "429", status(429)),
    column("r7", "429 with Retry-After: 7", Injection::RetryAfter(7)),
    column("r∞", "429 with Retry-After: 1000000000000000", Injection::RetryAfter(1_000_000_000_000_000)),
    column("500", "500", status(500)),
    column("502", "502", status(502)),
    column("503", "503", status(503)),
    column("504", "504", status(504)),
    column("htm", "web page instead of JSON", kind(FaultKind::Html)),
    column("nul", "`null` instead of an object", kind(FaultKind::Null)),
    column("mis", "objects without their fields", kind(FaultKind::MissingFields)),
    column("new", "objects with additional fields", kind(FaultKind::UnknownFields)),
    column("typ", "values of other types", kind(FaultKind::WrongTypes)),
    column("big", "body of 200 MB", kind(FaultKind::Huge)),
    column("red", "redirect to another origin", kind(FaultKind::Redirect)),
];
