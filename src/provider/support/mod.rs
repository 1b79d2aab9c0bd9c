//! Helpers that resources and data sources share.

pub(super) mod diagnostics;
pub(super) mod note;
pub(super) mod probe;
pub(super) mod retry;
pub(super) mod run;
pub(super) mod single_flight;
pub(super) mod sync_blocker;
