//! Settings and owners of a connector as ConductorOne returns them.

use std::str::FromStr;

use crate::framework::value::Value;
use conductorone_client::catalog::{CatalogEntry, EntrySettings};
use conductorone_client::model::Connector;
use okta_client::Domain;

use super::values::{SetOfStrings, set_of_strings};

/// Returns the settings that ConductorOne returned, empty if it returned none.
pub(crate) fn settings_of(entry: CatalogEntry, connector: &Connector) -> EntrySettings {
    connector.config.as_ref().map(|config| entry.settings(config)).unwrap_or_default()
}

/// Returns the IDs of the owners as an attribute. Omits empty IDs, which ConductorOne's schema does not exclude.
pub(crate) fn owner_ids(connector: &Connector) -> SetOfStrings {
    set_of_strings(connector.user_ids.iter().filter(|id| !id.is_empty()).cloned())
}

/// Returns whether two known domains mean the same host.
pub(crate) fn same_domain(one: &Value<String>, other: &Value<String>) -> bool {
    match (one.text(), other.text()) {
        (Some(one), Some(other)) => {
            one == other
                || matches!((Domain::from_str(one), Domain::from_str(other)), (Ok(one), Ok(other)) if one == other)
        }
        _ => false,
    }
}
