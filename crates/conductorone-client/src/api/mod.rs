//! The methods of the client, one file per API area.

mod apps;
mod connectors;
mod introspect;
mod owners;
mod pages;
mod roles;
mod update_mask;
mod users;

pub use apps::{AppUpdate, CreateApp};
pub use connectors::{ConnectorUpdate, CreateConnector, CreateDelegatedConnector, ListedConnectors};
pub use owners::{ConnectorOwner, PRIMARY_OWNER};
pub use update_mask::{UpdateMask, UpdatePath};
pub use users::UserSearch;

use serde::{Deserialize, Serialize};

/// The body of a response without content.
#[derive(Deserialize)]
struct Empty {}

#[expect(clippy::expect_used, reason = "structs of texts and maps with text keys always serialize")]
fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("a request body serializes")
}
