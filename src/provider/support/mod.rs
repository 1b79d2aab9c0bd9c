//! Helpers that resources and data sources share.

pub(super) mod adoption;
pub(super) mod connector_settings;
pub(super) mod create_or_adopt;
pub(super) mod deadline;
pub(super) mod diagnostics;
pub(super) mod ids;
pub(super) mod lookup;
pub(super) mod okta_arguments;
pub(super) mod poll;
pub(super) mod probe;
pub(super) mod retry;
pub(super) mod single_flight;
pub(super) mod sync_blocker;
pub(super) mod values;
