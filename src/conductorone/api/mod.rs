//! What may be asked of ConductorOne, one file per API area; each adds methods to the client.

mod apps;
mod connectors;
mod introspect;
mod users;

pub use connectors::{
    ConnectorUpdate, CreateConnector, CreateDelegatedConnector, ListedConnectors, UpdateMask, UpdatePath,
};

use crate::http::DecodeError;

use super::Error;

/// The object an answer must hold, or the error that it does not. An object without an ID counts as none: what cannot
/// be named again is of no use.
fn present<T>(
    object: Option<T>,
    id: impl Fn(&T) -> &str,
    operation: &'static str,
    path: &str,
    may_have_acted: bool,
) -> Result<T, Error> {
    object.filter(|object| !id(object).is_empty()).ok_or_else(|| Error::Decode {
        operation,
        may_have_acted,
        source: DecodeError::at(path, "expected an object with an ID and found none"),
    })
}
