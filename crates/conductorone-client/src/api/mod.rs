//! What may be asked of ConductorOne, one file per API area; each adds methods to the client.

mod apps;
mod connectors;
mod introspect;
mod owners;
mod pages;
mod roles;
mod users;

pub use apps::{AppUpdate, CreateApp};
pub use connectors::{
    ConnectorUpdate, CreateConnector, CreateDelegatedConnector, ListedConnectors, UpdateMask, UpdatePath,
};
pub use owners::{ConnectorOwner, PRIMARY_OWNER};
pub use users::UserSearch;

use serde::{Deserialize, Serialize};

use service_http::DecodeError;

use super::Error;

/// The object an answer must hold, or the error that it does not. An object without an ID counts as none: what cannot
/// be named again is of no use.
fn present<T>(
    object: Option<T>,
    id: impl Fn(&T) -> &str,
    operation: &'static str,
    path: &str,
    may_have_taken_effect: bool,
) -> Result<T, Error> {
    object.filter(|object| !id(object).is_empty()).ok_or_else(|| Error::Decode {
        operation,
        may_have_taken_effect,
        source: DecodeError::at(path, "expected an object with an ID and found none"),
    })
}

/// An answer that says nothing but that it worked.
#[derive(Deserialize)]
struct Done {}

#[expect(clippy::expect_used, reason = "structs of texts and maps with text keys always serialise")]
fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("a request body serialises")
}
