//! Operations of the tenant's API, one module per kind of object.

pub(crate) mod accounts;
pub(crate) mod app_owners;
pub(crate) mod apps;
pub(crate) mod catalog;
pub(crate) mod connector_owners;
pub(crate) mod connector_syncs;
pub(crate) mod connector_view;
pub(crate) mod connectors;
pub(crate) mod entitlements;
pub(crate) mod grants;
mod lists;
pub(crate) mod resource_types;
pub(crate) mod resources;
pub(crate) mod roles;
pub(crate) mod tasks;
pub(crate) mod token;
pub(crate) mod users;
