//! Helpers that resources and data sources share.

pub(super) mod connector_settings;
pub(super) mod diagnostics;
pub(super) mod ids;
pub(super) mod lookup;
pub(super) mod note;
pub(super) mod okta_arguments;
pub(super) mod probe;
pub(super) mod retry;
pub(super) mod run;
pub(super) mod single_flight;
pub(super) mod sync_blocker;
pub(super) mod values;
