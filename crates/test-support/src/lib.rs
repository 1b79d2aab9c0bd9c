//! Loopback servers and clocks that tests of several packages share.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world must stop")]

mod authority;
mod clock;
mod credentials;
pub mod fake;
mod server;

pub use authority::Authority;
pub use clock::{FakeClock, SkippingClock};
pub use credentials::client_secret;
pub use server::{serve, serve_tls};
